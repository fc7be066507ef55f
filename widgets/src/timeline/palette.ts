// The colours of the theme as a canvas wants them: worked out, not variables.
import { HUES } from "./model";

export interface Palette {
  text: string;
  muted: string;
  line: string;
  faint: string;
  raised: string;
  accent: string;
  bad: string;
  memory: string;
  hues: string[];
  font: string;
}

/** Reads the variables of `theme.css` and `style.css` as they are on `el` now. */
export function readPalette(el: HTMLElement): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  el.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--ig-${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    text: colour("text"),
    muted: colour("muted"),
    line: colour("line"),
    faint: colour("faint"),
    raised: colour("raised"),
    accent: colour("accent"),
    bad: colour("bad"),
    memory: colour("time-memory"),
    hues: Array.from({ length: HUES }, (_, i) => colour(`time-${i}`)),
    font: getComputedStyle(el).fontFamily || "sans-serif",
  };
  probe.remove();
  return palette;
}
