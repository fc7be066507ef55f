// Planes on a canvas: a heat map, or an image; NaN marked X, infinities I.
import { colourOf, type Palette, type Scale } from "./colour";
import type { Plane } from "./model";

const WIDEST = 640;
const HIGHEST = 420;
const LARGEST_CELL = 28;
/** Marks smaller than this could not be read: a coloured cell has to do. */
const SMALLEST_MARK = 7;

/** Pixels for each drawn element, down and across. */
export function cellSize(rows: number, columns: number): [number, number] {
  const fit = Math.min(
    WIDEST / Math.max(1, columns),
    HIGHEST / Math.max(1, rows),
    LARGEST_CELL,
  );
  if (fit >= 1) return [Math.floor(fit), Math.floor(fit)];
  // Very long planes are squeezed one way only, so that the other can be seen.
  return [
    Math.min(LARGEST_CELL, Math.max(HIGHEST / rows, rows === 1 ? 24 : 0)),
    Math.min(LARGEST_CELL, Math.max(WIDEST / columns, columns === 1 ? 24 : 0)),
  ];
}

type Paint = (at: number) => readonly [number, number, number, number?];

/** Draws a plane of numbers in the colours of a scale. */
export function drawHeat(
  canvas: HTMLCanvasElement,
  plane: Plane,
  scale: Scale,
  palette: Palette,
): void {
  const { values, channels } = plane;
  draw(canvas, plane, palette, (at) => {
    const value = values[at * channels]!;
    return Number.isFinite(value) ? colourOf(value, scale, palette) : palette.bad;
  });
}

/** Draws a plane of colours: grey, red-green-blue, or these and opacity. */
export function drawImage(
  canvas: HTMLCanvasElement,
  plane: Plane,
  range: [number, number],
  palette: Palette,
): void {
  const { values, channels } = plane;
  const [low, high] = range;
  const level = (value: number) => ((value - low) / (high - low || 1)) * 255;
  draw(canvas, plane, palette, (at) => {
    const start = at * channels;
    const parts = values.subarray(start, start + channels);
    if (!parts.every(Number.isFinite)) return palette.bad;
    const [red, green, blue, alpha] = Array.from(parts, level);
    if (green === undefined || blue === undefined) return [red!, red!, red!];
    return [red!, green, blue, alpha ?? 255];
  });
}

/** Which numbers are black and white: those of the usual kinds of image, else the ends. */
export function imageRange(
  dtype: string,
  low: number | null,
  high: number | null,
): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (dtype === "uint8") return [0, 255];
  if (low >= 0 && high <= 1) return [0, 1];
  if (low >= 0 && high <= 255 && high > 2) return [0, 255];
  return [low, high];
}

function draw(
  canvas: HTMLCanvasElement,
  plane: Plane,
  palette: Palette,
  paint: Paint,
): void {
  const { rows, columns } = plane;
  const context = canvas.getContext("2d");
  if (!context || !rows || !columns) return;
  const [down, across] = cellSize(rows, columns);
  const small = new ImageData(columns, rows);
  const data = new Uint8ClampedArray(rows * columns * 4);
  for (let at = 0; at < rows * columns; at++) {
    const [red, green, blue, alpha] = paint(at);
    data.set([red, green, blue, alpha ?? 255], at * 4);
  }
  small.data.set(data);
  const source = new OffscreenCanvas(columns, rows);
  source.getContext("2d")?.putImageData(small, 0, 0);
  canvas.width = Math.max(1, Math.round(columns * across));
  canvas.height = Math.max(1, Math.round(rows * down));
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  if (Math.min(down, across) >= SMALLEST_MARK)
    mark(context, plane, down, across, palette);
}

/** An X on each NaN and an I on each infinity. */
function mark(
  context: CanvasRenderingContext2D,
  plane: Plane,
  down: number,
  across: number,
  palette: Palette,
): void {
  const { values, rows, columns, channels } = plane;
  context.fillStyle = palette.ink;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `bold ${Math.min(down, across) * 0.85}px sans-serif`;
  for (let at = 0; at < rows * columns; at++) {
    const parts = values.subarray(at * channels, (at + 1) * channels);
    if (parts.every(Number.isFinite)) continue;
    const letter = parts.some(Number.isNaN) ? "X" : "I";
    const x = ((at % columns) + 0.5) * across;
    context.fillText(letter, x, (Math.floor(at / columns) + 0.55) * down);
  }
}
