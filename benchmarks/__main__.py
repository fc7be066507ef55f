"""Times every program here and elsewhere, in turn, and writes the table.

Each round starts a fresh process of either side; figures are the least and the median
of all measurements. `ladder.py` names the programs.
"""

import argparse
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.ladder import LADDER
from benchmarks.runner import ROOT, FailedError, Found, Side, has, measure

README = ROOT / "benchmarks" / "README.md"
BEGIN = "<!-- written by ./run bench -->\n"
END = "<!-- end of what ./run bench writes -->\n"


def main() -> None:
    """Runs the command line."""
    options = parser().parse_args()
    unknown = [name for name in options.programs if name not in LADDER]
    if unknown:
        sys.exit(f"No program {', '.join(unknown)}; there are {', '.join(LADDER)}")
    sides = find_sides(options)
    results: dict[str, dict[str, Found]] = {}
    failures: list[str] = []
    for name in options.programs or LADDER:
        try:
            results[name] = measure(
                name, sides, options.rounds, options.seconds, options.warm_up
            )
        except FailedError as failure:
            failures.append(f"{name}: {failure}")
            print(failures[-1], file=sys.stderr)
    text = report.circumstances(results, options.rounds)
    table = report.table(results, options.second)
    print(f"{text}\n\n{table}")
    if not options.no_write and not options.programs:
        write("\n".join([text, "", table, *failures]) + "\n")
    sys.exit("\n".join(failures))


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    add = found.add_argument
    add("programs", nargs="*", help="names, all by default")
    add("--rounds", type=int, default=3)
    add("--seconds", type=float, default=1.0, help="each side measures in each round")
    add("--warm-up", type=float, default=1.0, help="factor of its time")
    add(
        "--rival-python",
        default=ROOT / ".venv-oracle" / "bin" / "python",
        type=Path,
        help="an interpreter that has TensorFlow",
    )
    add(
        "--other-python",
        default=Path(sys.executable),
        type=Path,
        help="an interpreter that has JAX, PyTorch, or both",
    )
    add(
        "--second",
        default="bare",
        choices=["bare", "numpy"],
        help="numpy only, because llvmlite is not there or since we are told so",
    )
    add("--only", nargs="+", metavar="SIDE", help="leave the other sides out")
    add("--no-write", action="store_true", help="leave README.md alone")
    return found


def find_sides(options: argparse.Namespace) -> list[Side]:
    """Who takes part."""
    here = Path(sys.executable)
    sides = [Side("ours", here), Side(options.second, here)]
    for name, python in (
        ("tensorflow", options.rival_python),
        ("jax", options.other_python),
        ("torch", options.other_python),
    ):
        if python.exists() and has(python, name):
            sides.append(Side(name, python))
        elif name == "tensorflow":
            print(f"No TensorFlow: no {python}", file=sys.stderr)
    return [side for side in sides if not options.only or side.name in options.only]


def write(text: str) -> None:
    """Puts the table between the marks in README.md."""
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
