// The timeline on a canvas. Only what is seen is drawn, and one slice a pixel.
import { bytes, duration } from "../shared/format";
import { firstAfter, HUES, makers, type Trace, takers } from "./model";
import type { Palette } from "./palette";
import { AXIS, GUTTER, LANE, type Rows } from "./rows";
import { roundStep, type Window } from "./window";

export interface Look {
  trace: Trace;
  rows: Rows;
  window: Window;
  width: number;
  palette: Palette;
  /** The slice that is selected; -1 for none. */
  selected: number;
  hovered: number;
  /** Operations that are not dimmed; null dims none. */
  bright: Set<number> | null;
  /** The operation whose every turn is marked; -1 for none. */
  same: number;
}

type Pen = CanvasRenderingContext2D;

/** The x of a time, in pixels. */
export function xOf(look: Pick<Look, "window" | "width">, time: number): number {
  const { from, to } = look.window;
  return GUTTER + ((time - from) / (to - from)) * (look.width - GUTTER);
}

/** The time at an x. */
export function timeAt(look: Pick<Look, "window" | "width">, x: number): number {
  const { from, to } = look.window;
  return from + ((x - GUTTER) / (look.width - GUTTER)) * (to - from);
}

export function draw(pen: Pen, look: Look): void {
  const { width, rows, palette } = look;
  pen.clearRect(0, 0, width, rows.height);
  pen.font = `11px ${palette.font}`;
  pen.textBaseline = "middle";
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER, 0, width - GUTTER, rows.height);
  pen.clip();
  drawAxis(pen, look);
  drawRuns(pen, look);
  for (let track = 0; track < rows.tracks.length; track++) drawTrack(pen, look, track);
  drawMemory(pen, look);
  drawSelection(pen, look);
  pen.restore();
  drawLabels(pen, look);
}

/** Times count from the start of the run in the middle. */
function drawAxis(pen: Pen, look: Look): void {
  const { window, rows, palette, width } = look;
  const step = roundStep(((window.to - window.from) / (width - GUTTER)) * 90);
  const origin = originOf(look);
  const first = Math.ceil((window.from - origin) / step);
  const last = Math.floor((window.to - origin) / step);
  pen.textAlign = "center";
  for (let i = first; i <= last; i++) {
    const x = Math.round(xOf(look, origin + i * step)) + 0.5;
    pen.strokeStyle = palette.faint;
    line(pen, x, AXIS - 4, x, rows.height);
    pen.fillStyle = palette.muted;
    pen.fillText(tick(i * step, step), x, AXIS / 2 - 1);
  }
}

function originOf({ trace, window }: Look): number {
  const middle = (window.from + window.to) / 2;
  const runs = trace.model.runs;
  const inside = runs.filter((run) => run.start <= middle);
  const run = inside[inside.length - 1] ?? runs[0];
  // With several runs in sight there is one origin: that of them all.
  const alone = run && window.to - window.from <= run.took * 1.2;
  return alone ? run.start : 0;
}

function tick(time: number, step: number): string {
  if (time === 0) return "0";
  const sign = time < 0 ? "−" : "";
  const size = Math.abs(time);
  if (step < 0.1) return `${sign}${size.toFixed(2)} us`;
  return (
    sign + (size < 1000 ? `${Number(size.toPrecision(6))} us` : longer(size, step))
  );
}

function longer(size: number, step: number): string {
  const [unit, name] = size < 1e6 ? [1000, "ms"] : [1e6, "s"];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9));
  return `${(size / unit).toFixed(Math.min(digits, 6))} ${name}`;
}

function drawRuns(pen: Pen, look: Look): void {
  const { trace, rows, palette } = look;
  let free = -1;
  for (const run of trace.model.runs) {
    const left = xOf(look, run.start);
    const right = xOf(look, run.start + run.took);
    if (right < GUTTER || left > look.width || right <= free + 0.5) continue;
    free = right;
    pen.fillStyle = palette.raised;
    pen.fillRect(left, rows.runs, Math.max(right - left, 1), LANE - 4);
    pen.strokeStyle = run.error ? palette.bad : palette.line;
    if (right - left > 3)
      pen.strokeRect(left + 0.5, rows.runs + 0.5, right - left - 1, LANE - 5);
    const words = `${run.error ? "✕ " : ""}run ${run.number}: ${run.title}`;
    label(pen, palette.text, words, left, right, rows.runs);
  }
}

function drawTrack(pen: Pen, look: Look, track: number): void {
  const { trace, window, bright, palette } = look;
  const { slices } = trace.tracks[track]!;
  const top = look.rows.tracks[track]!;
  let free = -1;
  for (let at = firstAfter(trace, slices, window.from); at < slices.length; at++) {
    const i = slices[at]!;
    if (trace.start[i]! > window.to) break;
    const left = xOf(look, trace.start[i]!);
    const right = Math.max(xOf(look, trace.start[i]! + trace.took[i]!), left + 0.8);
    const op = trace.op[i]!;
    const isBright = !bright || bright.has(op);
    const isMarked = op === look.same || (bright !== null && isBright);
    if (right <= free + 0.5 && !isMarked) continue;
    free = right;
    pen.globalAlpha = isBright ? 1 : 0.28;
    pen.fillStyle = palette.hues[trace.hue[op]!]!;
    pen.fillRect(left, top, right - left, LANE - 4);
    if (isMarked && right - left > 3) {
      pen.strokeStyle = op === look.same ? palette.accent : palette.text;
      pen.strokeRect(left + 0.5, top + 0.5, right - left - 1, LANE - 5);
    }
    nameOf(pen, look, i, left, right, top);
  }
  pen.globalAlpha = 1;
}

/** The name where there is room; else the number of its colour. */
function nameOf(
  pen: Pen,
  look: Look,
  slice: number,
  left: number,
  right: number,
  top: number,
): void {
  if (right - left < 9) return;
  const { trace, palette } = look;
  const op = trace.op[slice]!;
  const name = trace.model.ops.name[op]!;
  const last = name.slice(name.lastIndexOf("/") + 1);
  const hue = trace.hue[op]!;
  const fits = right - left > 6 * Math.min(last.length, 6) + 6;
  if (fits) label(pen, palette.text, last, left, right, top);
  else if (hue < HUES - 1) label(pen, palette.text, `${hue + 1}`, left, right, top);
}

/** Words inside of a bar, in the part of it that is seen. */
function label(
  pen: Pen,
  colour: string,
  words: string,
  left: number,
  right: number,
  top: number,
): void {
  const from = Math.max(left, GUTTER);
  const room = Math.min(right, pen.canvas.clientWidth || right) - from - 6;
  if (room < 6) return;
  // A name of 10 000 characters is not measured.
  const short = words.slice(0, Math.ceil(room / 2));
  let width = pen.measureText(short).width;
  let shown = short;
  while (shown.length > 1 && width > room) {
    shown = shown.slice(0, Math.max(1, Math.floor((shown.length * room) / width) - 1));
    width = pen.measureText(`${shown}…`).width;
  }
  if (shown.length < words.length) shown += "…";
  if (shown.length < 3 && words.length > 3) return;
  pen.fillStyle = colour;
  pen.textAlign = "left";
  const x = Math.max(from + 3, (from + Math.min(right, from + room + 6) - width) / 2);
  pen.fillText(shown, x, top + (LANE - 4) / 2 + 0.5);
}

function drawMemory(pen: Pen, look: Look): void {
  const { trace, rows, palette, window } = look;
  if (!rows.memoryHeight) return;
  const base = rows.memory + rows.memoryHeight;
  const yOf = (held: number) => base - (held / trace.peak) * (rows.memoryHeight - 2);
  pen.beginPath();
  let [last, column, most] = [base, GUTTER - 1, base];
  pen.moveTo(GUTTER - 2, base);
  for (let i = 0; i < trace.time.length; i++) {
    const time = trace.time[i]!;
    const y = yOf(trace.held[i]!);
    if (time < window.from) {
      last = y;
      most = y;
      continue;
    }
    const x = xOf(look, Math.min(time, window.to));
    if (x - column < 0.5) {
      most = Math.min(most, y);
    } else {
      pen.lineTo(column, most);
      pen.lineTo(column, last);
      pen.lineTo(x, last);
      column = x;
      most = y;
    }
    last = y;
    if (time > window.to) break;
  }
  pen.lineTo(column, most);
  pen.lineTo(column, last);
  pen.lineTo(column, base);
  pen.closePath();
  pen.fillStyle = palette.memory;
  pen.globalAlpha = 0.45;
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = palette.memory;
  pen.stroke();
}

function drawSelection(pen: Pen, look: Look): void {
  const { trace, selected, hovered, palette } = look;
  if (hovered >= 0) outline(pen, look, hovered, palette.muted, 1);
  if (selected < 0 || selected >= trace.count) return;
  pen.strokeStyle = palette.accent;
  for (const maker of makers(trace, selected)) arrow(pen, look, maker, selected);
  for (const taker of takers(trace, selected)) arrow(pen, look, selected, taker);
  outline(pen, look, selected, palette.accent, 2.5);
}

function outline(
  pen: Pen,
  look: Look,
  slice: number,
  colour: string,
  width: number,
): void {
  const { trace, rows } = look;
  const left = xOf(look, trace.start[slice]!);
  const right = Math.max(xOf(look, trace.start[slice]! + trace.took[slice]!), left + 2);
  const top = rows.tracks[trace.track[slice]!]!;
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.strokeRect(left - 1, top - 1, right - left + 2, LANE - 2);
  pen.lineWidth = 1;
}

function arrow(pen: Pen, look: Look, from: number, to: number): void {
  const { trace, rows } = look;
  const middle = rows.tracks[trace.track[from]!]! + (LANE - 4) / 2;
  const end = rows.tracks[trace.track[to]!]! + (LANE - 4) / 2;
  const x0 = xOf(look, trace.start[from]! + trace.took[from]!);
  const x1 = xOf(look, trace.start[to]!);
  // Neighbours need none, and it would be a knot.
  if (x1 - x0 < 8 && middle === end) return;
  // Within a lane the arrow is an arc above it.
  const lift = middle === end ? LANE * 0.9 : 0;
  pen.beginPath();
  pen.moveTo(x0, middle - (lift ? (LANE - 4) / 2 : 0));
  const reach = Math.max(Math.min((x1 - x0) / 2, 60), 12);
  const tip = end - (lift ? (LANE - 4) / 2 : 0);
  pen.bezierCurveTo(x0 + reach, middle - lift, x1 - reach, end - lift, x1, tip);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x1, tip);
  pen.lineTo(x1 - 6, tip - (lift ? 6 : 3));
  pen.lineTo(x1 - 6, tip + (lift ? 0 : 3));
  pen.closePath();
  pen.fillStyle = pen.strokeStyle;
  pen.fill();
}

function drawLabels(pen: Pen, look: Look): void {
  const { trace, rows, palette, width } = look;
  pen.textAlign = "left";
  pen.fillStyle = palette.text;
  const text = (words: string, top: number, height = LANE - 4) =>
    pen.fillText(words.slice(0, 18), 4, top + height / 2 + 0.5, GUTTER - 10);
  text("runs", rows.runs);
  trace.tracks.forEach((track, number) => {
    if (track.lane === 0)
      text(trace.model.devices[track.device]!, rows.tracks[number]!);
  });
  if (rows.memoryHeight) {
    text("memory of", rows.memory, 16);
    text("results", rows.memory + 14, 16);
    pen.fillStyle = palette.muted;
    text(`to ${bytes(trace.peak)}`, rows.memory + 30, 16);
  }
  pen.strokeStyle = palette.line;
  line(pen, GUTTER - 0.5, 0, GUTTER - 0.5, rows.height);
  line(pen, 0, rows.runs - 4.5, width, rows.runs - 4.5);
}

function line(pen: Pen, x0: number, y0: number, x1: number, y1: number): void {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

/** A slice in words: what a screen reader says and the line below shows. */
export function sliceWords(trace: Trace, slice: number): string {
  const { ops, devices, words, runs } = trace.model;
  const op = trace.op[slice]!;
  const run = runs[trace.run[slice]!]!;
  const gives = words[trace.words[slice]!];
  const size = trace.bytes[slice]!;
  return [
    `${ops.name[op]}, ${ops.type[op]}`,
    `on ${devices[trace.device[slice]!]}`,
    `took ${duration(trace.took[slice]!)}`,
    `${duration(trace.start[slice]! - run.start)} into run ${run.number}`,
    ...(gives ? [`gave ${gives}`] : []),
    ...(size ? [bytes(size)] : []),
  ].join("; ");
}
