// Brings a saved page to life: `display/page.py` writes what is read here.
import type { WidgetModel } from "../shared/types";
import type { Facts } from "./answers";
import { PageModel } from "./model";

interface Saved {
  /** The traits of each view, `_view` among them. */
  views: Record<string, unknown>[];
  facts: Facts | null;
}

type Start = (place: { model: WidgetModel; el: HTMLElement }) => unknown;

/** Starts the views of this page, if it is a saved one. */
export async function startPage(start: Start): Promise<void> {
  const block = document.querySelector("script.ig-saved");
  const place = document.querySelector<HTMLElement>(".ig-page-views");
  if (!block || !place || place.dataset.started) return;
  place.dataset.started = "yes";
  const { views, facts } = await read(block);
  if (!views.length) return;
  // A page is there for its view alone: it may be as high as the window.
  if (views.length === 1) views[0]!.height ||= Math.max(400, window.innerHeight - 130);
  for (const traits of views) {
    const el = document.createElement("div");
    place.append(el);
    start({ model: new PageModel(traits, facts), el });
  }
  // The view has the title, too; and what stood there for browsers without scripts has
  // done its work.
  document.querySelector(".ig-page-head")?.classList.add("ig-heard");
  for (const still of document.querySelectorAll<HTMLElement>(".ig-page-still"))
    still.hidden = true;
}

async function read(block: Element): Promise<Saved> {
  const text = block.textContent ?? "";
  if (block.getAttribute("data-packed") !== "gzip") return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(unpacked).text());
}
