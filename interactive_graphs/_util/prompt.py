"""Whether a person types, in a notebook or at a prompt, and no program runs."""

from __future__ import annotations

import sys


def is_interactive() -> bool:
    """Whether there is a prompt; IPython's kernels have one, too."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive)
