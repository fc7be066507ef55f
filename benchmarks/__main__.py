"""Times every program here and under TensorFlow, in turn, and writes the table.

Each round starts a fresh process of either side, so that what else the machine does
meets both alike. The figures are the least and the median of all measurements.
"""

import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import programs

ROOT = Path(__file__).parents[1]
README = ROOT / "benchmarks" / "README.md"
MARK = "<!-- written by ./run bench -->\n"
SCALE = {"s": 1.0, "us": 1e6}


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("programs", nargs="*", help="names, all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--rival-python",
        default=ROOT / ".venv-oracle" / "bin" / "python",
        type=Path,
        help="an interpreter that has TensorFlow",
    )
    parser.add_argument("--no-write", action="store_true", help="leave README.md alone")
    options = parser.parse_args()
    sides = {"interactive_graphs": Path(sys.executable)}
    if options.rival_python.exists():
        sides["tensorflow"] = options.rival_python
    else:
        print(f"No TensorFlow: {options.rival_python} does not exist", file=sys.stderr)
    rounds = measure(sides, options.rounds, options.programs)
    table = table_of(rounds)
    print(table)
    if not options.no_write and not options.programs:
        head = README.read_text().split(MARK)[0]
        README.write_text(f"{head}{MARK}\n{table}\n")


def measure(
    sides: dict[str, Path], count: int, names: list[str]
) -> dict[str, list[dict[str, Any]]]:
    """What each side's worker printed, once for each round."""
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for side, python in sides.items():
        work(python, side, ["import"])  # so that compiled modules lie on the disk
    for number in range(count):
        for side, python in sides.items():
            print(f"round {number + 1} of {count}: {side}", file=sys.stderr)
            found[side].append(work(python, side, names))
    return found


def work(python: Path, side: str, names: list[str]) -> dict[str, Any]:
    """What one fresh process prints."""
    command = [str(python), "-m", "benchmarks.worker", side, *names]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    report: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return report


def table_of(rounds: dict[str, list[dict[str, Any]]]) -> str:
    """The report: where and when, and a line for each program."""
    ours = rounds["interactive_graphs"]
    theirs = rounds.get("tensorflow")
    versions = [f"Python {platform.python_version()}"]
    versions += [f"numpy {ours[0]['versions']['numpy']}"]
    versions += [f"interactive_graphs {ours[0]['versions']['library']}"]
    versions += [f"TensorFlow {theirs[0]['versions']['library']}"] if theirs else []
    today = datetime.datetime.now(tz=datetime.UTC).date()
    lines = [
        f"{today}, {machine()}; {', '.join(versions)}. {len(ours)} rounds; load while "
        f"measuring {os.getloadavg()[0]:.1f}.",
        "",
        "| program | ours, least | median | promised | TensorFlow, least | median | "
        "times faster |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, result in ours[0]["results"].items():
        lines.append(line_of(name, result, ours, theirs))
    return "\n".join(lines)


def line_of(
    name: str,
    result: dict[str, Any],
    ours: list[dict[str, Any]],
    theirs: list[dict[str, Any]] | None,
) -> str:
    """One program's line."""
    unit = result["unit"]
    if name in programs.PROGRAMS:
        title = (programs.PROGRAMS[name].__doc__ or "").strip().rstrip(".")
    else:
        title = {"import": "`import` of the library"}.get(name, f"`{name}` in it")
    mine = figures(ours, name, unit)
    budget = "" if result["budget"] is None else f"{result['budget']:g} {unit}"
    cells = [title, *(f"{value:.3g} {unit}" for value in mine), budget]
    if theirs:
        check(name, result["check"], theirs[0]["results"][name]["check"])
        rival = figures(theirs, name, unit)
        cells += [f"{value:.3g} {unit}" for value in rival]
        cells += [f"{rival[0] / mine[0]:.1f}"]
    else:
        cells += ["", "", ""]
    return "| " + " | ".join(cells) + " |"


def figures(rounds: list[dict[str, Any]], name: str, unit: str) -> tuple[float, float]:
    """The least and the median of all rounds' measurements."""
    values = [t * SCALE[unit] for r in rounds for t in r["results"][name]["seconds"]]
    return min(values), statistics.median(values)


def check(name: str, mine: float, rival: float) -> None:
    """Stops if the two sides did not compute the same."""
    if not math.isclose(mine, rival, rel_tol=1e-3, abs_tol=1e-6):
        sys.exit(f"{name}: {mine} here and {rival} in TensorFlow")


def machine() -> str:
    """The processor and the number of cores."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [s for s in info.read_text().splitlines() if s.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{os.cpu_count()} cores of {model}"


if __name__ == "__main__":
    main()
