"""The library that a process measures, and how long it took to import."""

import importlib
import sys
from time import perf_counter
from typing import Any

MODULES = {"tensorflow": "tensorflow.compat.v1", "jax": "jax", "torch": "torch"}


def load(side: str) -> tuple[Any, float]:
    """Imports what a side runs.

    Args:
        side: as of `runner.Side`; ours where `MODULES` does not name it.

    Returns:
        The module, and seconds.
    """
    if side == "bare":
        # What somebody has for whom there is no llvmlite: importing it fails.
        absent: dict[str, Any] = {"llvmlite": None}
        sys.modules.update(absent)
    start = perf_counter()
    library = importlib.import_module(MODULES.get(side, "interactive_graphs"))
    if side == "tensorflow":
        library.disable_v2_behavior()
    return library, perf_counter() - start
