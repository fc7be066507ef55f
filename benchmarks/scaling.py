"""Cost as work grows, here and under TensorFlow: `python -m benchmarks.scaling`.

Three curves: ops of a graph, examples of a batch, threads with a session each. Every
point has a fresh process of either side. Writes `scaling.md` and `scaling.svg`.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks import report
from benchmarks.runner import ROOT, Side, working

REPORT = ROOT / "benchmarks" / "scaling.md"
PICTURE = ROOT / "benchmarks" / "scaling.svg"
WIDTH, HEIGHT, MARGIN = 300, 220, 46
COLOURS = {"ours": "#1f77b4", "tensorflow": "#d95f02"}


class Curve(NamedTuple):
    """What grows.

    Attributes:
        title: of its panel.
        points: how far.
        rival: how far TensorFlow goes, which would take minutes for the rest.
    """

    title: str
    points: tuple[int, ...]
    rival: int


CURVES = {
    "ops": Curve("ops in a chain", (10, 100, 1_000, 10_000, 100_000), 10_000),
    "batch": Curve("examples a step", (1, 10, 100, 1_000, 10_000), 10_000),
    "threads": Curve("threads with sessions", (1, 2, 4, 8), 8),
}
Points = dict[int, dict[str, float]]


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.scaling", description=__doc__)
    add = parser.add_argument
    add("curves", nargs="*", help=f"of {', '.join(CURVES)}; all by default")
    add(
        "--rival-python",
        default=ROOT / ".venv-oracle" / "bin" / "python",
        type=Path,
        help="an interpreter that has TensorFlow",
    )
    options = parser.parse_args()
    sides = [Side("ours", Path(sys.executable))]
    if options.rival_python.exists():
        sides.append(Side("tensorflow", options.rival_python))
    found: dict[str, dict[str, Points]] = {}
    for name in options.curves or CURVES:
        found[name] = measured(name, sides)
        print("\n".join(table(name, found[name])), flush=True)
    if not options.curves:
        lines = [
            "# Cost as work grows",
            "",
            f"Written by `python -m benchmarks.scaling`; {report.today()}, "
            f"{report.machine()}.",
            "",
            "![The curves, both axes logarithmic](scaling.svg)",
        ]
        for name, curve in found.items():
            lines += ["", *table(name, curve)]
        REPORT.write_text("\n".join(lines) + "\n")
        PICTURE.write_text(picture(found))


def measured(name: str, sides: list[Side]) -> dict[str, Points]:
    """A curve of each side."""
    found: dict[str, Points] = {side.name: {} for side in sides}
    for point in CURVES[name].points:
        for side in sides:
            if side.name == "tensorflow" and point > CURVES[name].rival:
                continue
            with working(side, "benchmarks.curves", name, str(point)) as worker:
                found[side.name][point] = worker.ask("go")
    return found


def table(name: str, found: dict[str, Points]) -> list[str]:
    """Microseconds of each side, and their ratio."""
    kinds = list(next(iter(found["ours"].values())))
    head = [f"{kind}: ours, TensorFlow, ratio" for kind in kinds]
    lines = [
        f"| {CURVES[name].title} | " + " | ".join(head) + " |",
        "|---|" + "---|" * len(kinds),
    ]
    for point, mine in found["ours"].items():
        theirs = found.get("tensorflow", {}).get(point)
        cells = [cell(mine[kind], (theirs or {}).get(kind)) for kind in kinds]
        lines.append(f"| {point:,} | " + " | ".join(cells) + " |")
    return lines


def cell(mine: float, theirs: float | None) -> str:
    """One point."""
    text = f"{mine * 1e6:,.3g} us"
    if theirs is None:
        return text
    return f"{text}, {theirs * 1e6:,.3g} us, **{mine / theirs:.2g}**"


def picture(found: dict[str, dict[str, Points]]) -> str:
    """All curves beside each other, as SVG."""
    panels = [
        panel(i * WIDTH, CURVES[name].title, curves)
        for i, (name, curves) in enumerate(found.items())
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} '
        f'{HEIGHT}" font-family="sans-serif" font-size="10">\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def panel(left: int, title: str, curves: dict[str, Points]) -> str:
    """One curve of each side: the last kind of time, the one that is paid again."""
    series = {
        side: [(point, list(times.values())[-1]) for point, times in points.items()]
        for side, points in curves.items()
    }
    every = [pair for pairs in series.values() for pair in pairs]
    across = [math.log10(x) for x, _ in every]
    up = [math.log10(y * 1e6) for _, y in every]
    low, high = math.floor(min(up)), math.ceil(max(up))

    def place(x: float, y: float) -> tuple[float, float]:
        part_x = (math.log10(x) - min(across)) / (max(across) - min(across) or 1)
        part_y = (math.log10(y * 1e6) - low) / (high - low or 1)
        return (
            left + MARGIN + part_x * (WIDTH - MARGIN - 20),
            HEIGHT - 34 - part_y * (HEIGHT - 64),
        )

    parts = [f'<text x="{left + MARGIN}" y="14" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        _, y = place(10 ** min(across), 10.0 ** (power - 6))
        parts.append(
            f'<path d="M{left + MARGIN} {y:.1f}h{WIDTH - MARGIN - 20}" '
            f'stroke="#ddd"/><text x="{left + MARGIN - 4}" y="{y + 3:.1f}" '
            f'text-anchor="end">{microseconds(power)}</text>'
        )
    for side, pairs in series.items():
        spots = [place(x, y) for x, y in pairs]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{COLOURS[side]}" '
            'stroke-width="2"/>'
        )
        x, y = spots[-1]
        parts.append(
            f'<text x="{x:.1f}" y="{y - 6:.1f}" text-anchor="end" '
            f'fill="{COLOURS[side]}">{side}</text>'
        )
    for x, _ in series["ours"]:
        at, _ = place(x, 10.0 ** (low - 6))
        parts.append(
            f'<text x="{at:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{x:,}</text>'
        )
    return "\n".join(parts)


def microseconds(power: int) -> str:
    """A power of ten of them, in words."""
    unit, smaller = (("us", 0), ("ms", 3), ("s", 6))[min(2, max(0, power // 3))]
    return f"{10 ** (power - smaller):g} {unit}"


if __name__ == "__main__":
    main()
