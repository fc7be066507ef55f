"""Python's search for garbage, kept out of work that makes many objects and no garbage.

The collector looks at the young objects again and again while a large graph grows, and
finds nothing. Read next: `../framework/graph.py`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Fewer new objects are looked through in a few milliseconds.
_MANY: Final = 50_000


@contextmanager
def all_kept() -> Iterator[None]:
    """A block whose objects stay: nothing looks for garbage among them.

    Where it made very many they count as old at its end, as if collections had come and
    gone. Otherwise the next one would go through all of them, and twice more after it.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            # What somebody else has frozen must stay so, hence no thawing then.
            if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
