"""`tf.sets`: sets in the last dimension of tensors."""

from interactive_graphs._util import missing
from interactive_graphs.ops.sets import (
    set_difference,
    set_difference as difference,
    set_intersection,
    set_intersection as intersection,
    set_size,
    set_size as size,
    set_union,
    set_union as union,
)

__all__ = [
    "difference",
    "intersection",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
    "size",
    "union",
]
__getattr__ = missing.unknown("tf.sets", __name__)
