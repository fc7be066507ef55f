"""`tf.bitwise`: bits."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.bitwise import (
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    invert,
    left_shift,
    right_shift,
)

__all__ = [
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "left_shift",
    "right_shift",
]

__getattr__ = _missing.unknown("tf.bitwise", __name__)
