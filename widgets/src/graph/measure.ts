// How wide words are, asked of the browser's own font.

const MOST = 240;
/** Where there is no canvas to ask: the mean of a sans serif, in parts of its size. */
const MEAN = 0.56;

let family = "system-ui, sans-serif";
let canvas: CanvasRenderingContext2D | null | undefined;
let known = new Map<string, number>();

/** Names the font that boxes are written in; true if it is another than before. */
export function setFont(name: string): boolean {
  if (!name || name === family) return false;
  family = name;
  known = new Map();
  return true;
}

/** The width of `text` in pixels at font size `size`. */
export function textWidth(text: string, size: number, bold = false): number {
  const key = `${size}${bold}${text}`;
  let width = known.get(key);
  if (width === undefined) {
    width = measure(text, size, bold);
    known.set(key, width);
  }
  return width;
}

function measure(text: string, size: number, bold: boolean): number {
  if (canvas === undefined) {
    canvas = document.createElement("canvas").getContext("2d") ?? null;
  }
  if (canvas === null) return text.length * size * MEAN;
  canvas.font = `${bold ? "600 " : ""}${size}px ${family}`;
  return canvas.measureText(text).width;
}

/** `text` with its middle left out where it would be wider than `width`: the end of a
 * name tells more than its middle. */
export function shorten(
  text: string,
  size: number,
  width: number,
  bold = false,
): string {
  const letters = Array.from(text.length > MOST ? ends(text) : text);
  if (text.length <= MOST && textWidth(text, size, bold) <= width) return text;
  let low = 1;
  let high = Math.max(letters.length - 1, 1);
  while (low < high) {
    const keep = Math.ceil((low + high) / 2);
    if (textWidth(shortened(letters, keep), size, bold) <= width) low = keep;
    else high = keep - 1;
  }
  return shortened(letters, low);
}

/** The two ends of a text of any length: nobody measures ten thousand letters. */
function ends(text: string): string {
  return text.slice(0, MOST / 2) + text.slice(-MOST / 2);
}

function shortened(letters: string[], keep: number): string {
  const end = Math.floor(keep / 2);
  const last = end ? letters.slice(-end).join("") : "";
  return `${letters.slice(0, keep - end).join("")}…${last}`;
}
