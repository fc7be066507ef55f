// Smooth lines through the points of a layout.

export interface Point {
  x: number;
  y: number;
}

/** A curve through all points that leaves and arrives vertically and never overshoots
 * sideways (monotone cubic interpolation of x over y). */
export function curve(points: Point[]): string {
  const [first, ...rest] = simplified(points);
  if (!first) return "";
  const all = [first, ...rest];
  const slopes = all.map((_, index) => slope(all, index));
  let path = `M${coordinate(first.x)} ${coordinate(first.y)}`;
  for (let index = 1; index < all.length; index += 1) {
    const a = all[index - 1]!;
    const b = all[index]!;
    const third = (b.y - a.y) / 3;
    path +=
      `C${coordinate(a.x + third * slopes[index - 1]!)} ${coordinate(a.y + third)} ` +
      `${coordinate(b.x - third * slopes[index]!)} ${coordinate(b.y - third)} ` +
      `${coordinate(b.x)} ${coordinate(b.y)}`;
  }
  return path;
}

/** A number of the picture, to a tenth of a pixel. */
export function coordinate(value: number): number {
  return Math.round(value * 10) / 10;
}

/** dx/dy at a point: vertical at both ends and where the line turns back. */
function slope(points: Point[], index: number): number {
  const before = points[index - 1];
  const at = points[index]!;
  const after = points[index + 1];
  if (!before || !after) return 0;
  const above = at.y - before.y;
  const below = after.y - at.y;
  if (above === 0 || below === 0 || above > 0 !== below > 0) return 0;
  const s0 = (at.x - before.x) / above;
  const s1 = (after.x - at.x) / below;
  if (s0 * s1 <= 0) return 0;
  const mean = (s0 * below + s1 * above) / (above + below);
  const most = 2 * Math.min(Math.abs(s0), Math.abs(s1));
  return Math.sign(mean) * Math.min(Math.abs(mean), most);
}

/** Without points that lie on the line between their neighbours, or on each other. */
function simplified(points: Point[]): Point[] {
  const kept: Point[] = [];
  points.forEach((point, index) => {
    const before = kept[kept.length - 1];
    const after = points[index + 1];
    if (before && Math.hypot(point.x - before.x, point.y - before.y) < 0.5) return;
    if (before && after) {
      const cross =
        (point.x - before.x) * (after.y - before.y) -
        (point.y - before.y) * (after.x - before.x);
      const length = Math.hypot(after.x - before.x, after.y - before.y) || 1;
      if (Math.abs(cross) / length < 0.5) return;
    }
    kept.push(point);
  });
  return kept;
}
