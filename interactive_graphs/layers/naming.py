"""What layers are called that were given no name.

`Conv2D` is 'conv2d_1', the next one 'conv2d_2'. The names of its variables do not come
from here but from its variable scope. Read next: `input_spec.py`.
"""

from __future__ import annotations

import re
import weakref

from interactive_graphs.framework.graph import (
    Graph,
    get_default_graph,
    keepers,
)

_COUNTS: weakref.WeakKeyDictionary[Graph, dict[str, int]] = weakref.WeakKeyDictionary()
keepers.append(lambda graph: [("layers", _COUNTS.setdefault(graph, {}))])


def to_snake_case(name: str) -> str:
    """A class's name as a scope's.

    Example:
        >>> [to_snake_case(n) for n in ("Conv2D", "MaxPooling2D", "BasicLSTMCell")]
        ['conv2d', 'max_pooling2d', 'basic_lstm_cell']
    """
    apart = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", apart).lower()
    # No scope may begin with an underscore.
    return "private" + snake if snake.startswith("_") else snake


def unique_layer_name(base: str) -> str:
    """`base` with the number of layers of that name in the default graph."""
    counts = _COUNTS.setdefault(get_default_graph(), {})
    counts[base] = counts.get(base, 0) + 1
    return f"{base}_{counts[base]}"
