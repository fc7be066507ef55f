"""`tf.nest`: lists, tuples and dicts within each other."""

from interactive_graphs._util import missing
from interactive_graphs._util.nest import (
    assert_same_structure,
    flatten,
    is_sequence as is_nested,
    map_structure,
    pack_sequence_as,
)

__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "map_structure",
    "pack_sequence_as",
]

__getattr__ = missing.unknown("tf.nest", __name__)
