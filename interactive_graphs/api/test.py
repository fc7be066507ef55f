"""`tf.test`: whether gradients are right."""

from interactive_graphs.testing.gradient_check import (
    compute_gradient,
    compute_gradient_error,
)

__all__ = ["compute_gradient", "compute_gradient_error"]
