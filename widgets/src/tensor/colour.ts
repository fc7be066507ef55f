// Numbers as colours: from the paper to one colour for each sign.

export type Rgb = [number, number, number];

export interface Palette {
  paper: Rgb;
  negative: Rgb;
  positive: Rgb;
  bad: Rgb;
  ink: string;
}

/** The theme's colours as numbers; `el` is inside of the view. */
export function paletteOf(el: Element): Palette {
  const probe = document.createElement("span");
  el.append(probe);
  const read = (name: string): Rgb => {
    probe.style.color = `var(${name})`;
    return rgb(getComputedStyle(probe).color);
  };
  const palette = {
    paper: read("--ig-paper"),
    negative: read("--ig-negative"),
    positive: read("--ig-positive"),
    bad: read("--ig-bad"),
    ink: `rgb(${read("--ig-paper").join(" ")})`,
  };
  probe.remove();
  return palette;
}

/** "rgb(1, 2, 3)" and "color(srgb 0.1 0.2 0.3)" as three numbers up to 255. */
export function rgb(text: string): Rgb {
  const numbers = text.match(/-?[\d.]+/g)?.map(Number) ?? [];
  const scale = text.startsWith("color(") ? 255 : 1;
  const [red = 0, green = 0, blue = 0] = numbers.map((one) => one * scale);
  return [red, green, blue];
}

/** Between which numbers colours run; one that ends in zero where signs differ. */
export interface Scale {
  low: number;
  high: number;
  /** Two colours that meet at zero, or one from `low` up. */
  diverging: boolean;
}

export function scaleOf(low: number | null, high: number | null): Scale {
  if (low === null || high === null) return { low: 0, high: 1, diverging: false };
  if (low < 0 && high > 0) {
    const size = Math.max(-low, high);
    return { low: -size, high: size, diverging: true };
  }
  // Zero is where colour begins, unless that would make all look the same.
  if (low >= 0 && low < high * 0.6) return { low: 0, high, diverging: false };
  if (high <= 0 && high > low * 0.6) return { low, high: 0, diverging: false };
  return { low, high: high > low ? high : low + 1, diverging: false };
}

/** The colour of a finite number. */
export function colourOf(value: number, scale: Scale, palette: Palette): Rgb {
  if (scale.diverging)
    return mix(
      palette.paper,
      value < 0 ? palette.negative : palette.positive,
      Math.abs(value) / scale.high,
    );
  const level = (value - scale.low) / (scale.high - scale.low);
  return scale.high <= 0
    ? mix(palette.paper, palette.negative, 1 - level)
    : mix(palette.paper, palette.positive, level);
}

function mix(from: Rgb, to: Rgb, level: number): Rgb {
  const share = Math.min(1, Math.max(0, level)) ** 0.8;
  return [0, 1, 2].map((at) =>
    Math.round(from[at]! + (to[at]! - from[at]!) * share),
  ) as Rgb;
}
