"""The table of what was measured, with machine, versions, date and load."""

import datetime
import os
import platform
import statistics
from pathlib import Path

from benchmarks.ladder import LADDER
from benchmarks.rung import Rung
from benchmarks.runner import Found

FACTORS = {"s": 1.0, "ms": 1e3, "us": 1e6, "MB": 1e-6}
HEAD = [
    "program",
    "goal",
    "ours / TensorFlow",
    "reached",
    "numpy only / TensorFlow",
    "ours: least, median",
    "numpy only",
    "TensorFlow",
    "jax / TensorFlow",
    "torch / TensorFlow",
]


def table(results: dict[str, dict[str, Found]], second: str) -> str:
    """The Markdown table.

    Args:
        results: by program and side.
        second: the side in the column "numpy only".
    """
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    for name, found in results.items():
        lines.append("| " + " | ".join(row(LADDER[name], found, second)) + " |")
    return "\n".join(lines)


def row(rung: Rung, found: dict[str, Found], second: str) -> list[str]:
    """One program's cells."""
    ours, rival = found.get("ours"), found.get("tensorflow")
    others = [ratio_text(found.get(name), rival) for name in ("jax", "torch")]
    return [
        rung.title,
        goal_text(rung),
        ratio_text(ours, rival, spread=True),
        reached(rung, ours, rival),
        ratio_text(found.get(second), rival),
        figures(ours, rung.unit),
        figures(found.get(second), rung.unit),
        figures(rival, rung.unit),
        *others,
    ]


def goal_text(rung: Rung) -> str:
    """The goal, with its unit if it is no ratio."""
    if rung.goal is None:
        return ""
    return f"{rung.goal:g} {rung.unit}" if rung.absolute else f"{rung.goal:g}"


def ratio(mine: Found, rival: Found) -> float:
    """Least by least."""
    return least(mine) / least(rival)


def ratio_text(mine: Found | None, rival: Found | None, spread: bool = False) -> str:
    """The ratio of the least figures, and those of the single rounds."""
    if mine is None or rival is None:
        return ""
    text = f"{ratio(mine, rival):.2g}"
    if not spread:
        return text
    pairs = zip(mine.rounds, rival.rounds, strict=True)
    rounds = [min(ours) / min(theirs) for ours, theirs in pairs]
    return f"**{text}** ({min(rounds):.2g} to {max(rounds):.2g})"


def reached(rung: Rung, mine: Found | None, rival: Found | None) -> str:
    """Whether the goal is reached."""
    if rung.goal is None or mine is None:
        return ""
    if rung.absolute:
        return "yes" if least(mine) * FACTORS[rung.unit] <= rung.goal else "no"
    if rival is None:
        return ""
    return "yes" if ratio(mine, rival) <= rung.goal else "no"


def least(found: Found) -> float:
    """The least of all rounds."""
    return min(value for values in found.rounds for value in values)


def figures(found: Found | None, unit: str) -> str:
    """The least and the median."""
    if found is None:
        return ""
    values = [value * FACTORS[unit] for values in found.rounds for value in values]
    return f"{min(values):.3g}, {statistics.median(values):.3g} {unit}"


def circumstances(results: dict[str, dict[str, Found]], rounds: int) -> str:
    """Where and when it was measured."""
    versions: dict[str, str] = {}
    for found in results.values():
        for side, result in found.items():
            versions[side] = result.versions["library"]
            if side == "ours":
                versions["numpy"] = result.versions["numpy"]
    versions.pop("bare", None)
    named = ", ".join(
        f"{'interactive_graphs' if name == 'ours' else name} {version}"
        for name, version in versions.items()
    )
    return (
        f"{today()}, {machine()}; Python {platform.python_version()}, {named}. "
        f"{rounds} rounds; load while measuring {os.getloadavg()[2]:.1f}."
    )


def today() -> datetime.date:
    """The date."""
    return datetime.datetime.now(tz=datetime.UTC).date()


def machine() -> str:
    """The processor and the number of cores."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [s for s in info.read_text().splitlines() if s.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{os.cpu_count()} cores of {model}"
