"""`tf.debugging`: checks."""

from interactive_graphs.ops.comparison import is_finite, is_inf, is_nan

__all__ = [
    "is_finite",
    "is_inf",
    "is_nan",
]
