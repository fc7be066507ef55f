// Light or dark: what Jupyter's theme says, where there is one; else the browser's.
import { useEffect, useState } from "preact/hooks";

/** Calls `changed` when Jupyter's theme, or the browser's, is another; returns an end. */
export function onTheme(changed: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  const attributeFilter = ["data-jp-theme-name", "data-jp-theme-light"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  return () => {
    media.removeEventListener("change", changed);
    observer.disconnect();
  };
}

/** Has `light-dark()` in a view mean what the theme means, now and later. */
export function followTheme(el: HTMLElement): () => void {
  const follow = () => {
    const light = document.body.dataset.jpThemeLight;
    el.style.colorScheme =
      light === undefined ? "light dark" : light === "true" ? "light" : "dark";
  };
  follow();
  return onTheme(follow);
}

/** A number that is another after each change of theme, for what is painted. */
export function useTheme(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => onTheme(() => setChanges((before) => before + 1)), []);
  return changes;
}
