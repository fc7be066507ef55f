"""Runs of equal scopes as one box, for whoever asks: `layer_1 … layer_12 (12 equal)`.

Scopes are equal when they hold the same op types under the same names, numbers left
out of account. Nothing is folded unasked: two layers that look alike may well be what
a reader wants to compare. Read next: `arrange.py`.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from interactive_graphs.display.tree import Node

SHORTEST: Final = 3
"""How many equal scopes in a row are a series."""

_NUMBER: Final = re.compile(r"\d+")


def fold_series(parent: Node, visible: list[Node]) -> list[Node]:
    """`visible` with each run of equal scopes in it as one section.

    Args:
        parent: the scope they are seen in.
        visible: its boxes, in order of creation.
    """
    folded: list[Node] = []
    number = 0
    for signature, run in itertools.groupby(visible, _signature):
        scopes = list(run)
        if not signature or len(scopes) < SHORTEST:
            folded += scopes
            continue
        number += 1
        words = f"{scopes[0].label} … {scopes[-1].label}"
        node = Node(f"{parent.key}#s{number}", f"{words} ({len(scopes)} equal)", parent)
        node.section = True
        node.children = scopes
        node.count = sum(scope.count for scope in scopes)
        folded.append(node)
    return folded


def _signature(node: Node) -> tuple[tuple[str, str], ...]:
    """What a scope holds, for comparing it; empty for a single operation."""
    if node.section or not node.is_scope:
        return ()
    start = len(node.key)
    return tuple(
        (_NUMBER.sub("#", op.name[start:]), op.type) for op in node.operations()
    )
