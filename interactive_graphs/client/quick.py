"""The quick way's keys: how a run with known fetches and feeds finds its program.

Read next: `programs.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs.client.fetches import Fetches
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.compile import Result

# Parts of the keys in `BaseSession._quick` that no fetch can equal, a tuple of tensors
# included.
SEVERAL: Final = object()
FED: Final = object()


def quick_way(
    wanted: Fetches,
    tensors: tuple[Tensor, ...],
    converted: dict[Tensor, Any],
    fetches: Any,
    feed_dict: Any,
) -> tuple[Any, Result]:
    """How the next run with equal fetches and feeds finds its program.

    Args:
        wanted: the fetches, checked.
        tensors: those of them that have to be computed.
        converted: what is fed, by tensor.
        fetches: as the user gave them.
        feed_dict: as the user gave it.

    Returns:
        The key, None where there is no quick way; and what the program returns, so that
        this run and the next ones can share one.
    """
    template = wanted.template
    slow: tuple[Any, Result] = None, list(tensors)
    if template is None or len(tensors) != len(wanted.tensors):
        return slow
    keys = tuple(feed_dict) if feed_dict else ()
    if keys != tuple(converted) or any(type(k) is not Tensor for k in keys):
        return slow
    if type(template) is list:
        leaves = list(fetches.values() if type(fetches) is dict else fetches)
        if not all(_by_identity(leaf) for leaf in leaves):
            return slow
        key: Any = (SEVERAL, *leaves, FED, *keys)
        return key, [e if isinstance(e, Tensor) else None for e in template]
    if not _by_identity(fetches):
        return slow
    key = (FED, fetches, *keys) if keys else fetches
    return key, template if isinstance(template, Tensor) else None


def _by_identity(item: Any) -> bool:
    """Whether equal means identical, so that `item` is a safe key; names are too."""
    kind = type(item)
    if kind is str:
        return True
    same: Any = (kind.__eq__, kind.__hash__)
    return bool(same == (object.__eq__, object.__hash__))
