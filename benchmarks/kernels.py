"""Single operations here and under TensorFlow: `python -m benchmarks.kernels`.

Each runs at three sizes on variables; nothing is fed and one number fetched. What a
session costs by itself is in both figures. The report names
what is more than twice, and what is more than ten times slower than TensorFlow.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks import report
from benchmarks.operations.table import FAMILIES, TABLE
from benchmarks.runner import ROOT, Side, Worker, working

SIZES = (100, 10_000, 1_000_000)
REPORT = ROOT / "benchmarks" / "kernels.md"
# Two libraries draw different numbers, and sums grow with the number of runs.
NOT_EQUAL = (
    "random_",
    "truncated_",
    "multinomial",
    "dropout",
    "assign_add",
    "scatter_add",
)


class Cell(NamedTuple):
    """One operation at one size.

    Attributes:
        ours: seconds.
        rival: seconds.
        trouble: what went wrong, '' otherwise.
    """

    ours: float
    rival: float
    trouble: str

    @property
    def ratio(self) -> float:
        """Ours by theirs."""
        return self.ours / self.rival


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.kernels", description=__doc__)
    add = parser.add_argument
    add("operations", nargs="*", help="all by default; 'conv2d' means all with it")
    add("--sizes", type=int, nargs="+", default=SIZES)
    add("--bursts", type=int, default=5)
    add("--numpy", action="store_true", help="let ours use numpy only")
    add(
        "--rival-python",
        default=ROOT / ".venv-oracle" / "bin" / "python",
        type=Path,
        help="an interpreter that has TensorFlow",
    )
    options = parser.parse_args()
    wanted = options.operations or [""]
    names = [name for name in TABLE if any(part in name for part in wanted)]
    ours = Side("numpy" if options.numpy else "ours", Path(sys.executable))
    found: dict[str, list[Cell]] = {}
    with (
        working(ours, "benchmarks.operations.worker") as first,
        working(
            Side("tensorflow", options.rival_python), "benchmarks.operations.worker"
        ) as second,
    ):
        for name in names:
            found[name] = [
                measure(name, size, (first, second), options.bursts)
                for size in options.sizes
            ]
            print(line(name, found[name]), flush=True)
        versions = f"TensorFlow {second.versions['library']}"
    if not options.operations:
        REPORT.write_text(text(found, options.sizes, versions))


def measure(name: str, size: int, workers: tuple[Worker, Worker], bursts: int) -> Cell:
    """An operation on both sides, in turns."""
    troubles = [worker.ask(f"{name}\t{size}") for worker in workers]
    if any(troubles):
        return Cell(math.nan, math.nan, " | ".join(map(str, troubles)))
    least = [math.inf, math.inf]
    for _ in range(bursts):
        for i, worker in enumerate(workers):
            least[i] = min(least[i], worker.ask("go"))
    mine, theirs = (worker.ask("check") for worker in workers)
    trouble = ""
    if isinstance(mine, str) or isinstance(theirs, str):
        trouble = f"{mine} | {theirs}"
    elif not name.startswith(NOT_EQUAL) and not math.isclose(
        mine, theirs, rel_tol=1e-3, abs_tol=1e-3
    ):
        trouble = f"not equal: {mine:g} and {theirs:g}"
    return Cell(least[0], least[1], trouble)


def line(name: str, cells: list[Cell]) -> str:
    """A row of the table."""
    return f"| {name} | " + " | ".join(map(cell_text, cells)) + " |"


def cell_text(cell: Cell) -> str:
    """What a reader sees of it."""
    if cell.trouble:
        return cell.trouble.replace("\n", " ")
    mark = " (!!)" if cell.ratio > 10 else " (!)" if cell.ratio > 2 else ""
    return f"{cell.ratio:.2g}{mark}: {cell.ours * 1e6:.3g}, {cell.rival * 1e6:.3g}"


def text(found: dict[str, list[Cell]], sizes: tuple[int, ...], versions: str) -> str:
    """The whole report."""
    head = "| operation | " + " | ".join(f"{size:,}" for size in sizes) + " |"
    lines = [
        "# Single operations",
        "",
        "Written by `python -m benchmarks.kernels`: the ratio of our time to",
        "TensorFlow's, then both in microseconds, at three sizes (about so many",
        "elements). (!) marks what is more than twice slower, (!!) what is more than",
        "ten times slower.",
        "",
        f"{report.today()}, {report.machine()}; {versions}.",
    ]
    for limit in (10, 2):
        slow = [n for n, cells in found.items() if any(c.ratio > limit for c in cells)]
        lines += ["", f"More than {limit} times slower: {', '.join(slow) or 'none'}."]
    for family, operations in FAMILIES.items():
        lines += ["", f"## {family}", "", head, "|---|" + "---|" * len(sizes)]
        lines += [line(name, found[name]) for name in operations if name in found]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
