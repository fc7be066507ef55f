"""What `gradients` gives for an x that no y depends on.

Read next: `backprop.py`.
"""

from __future__ import annotations

import enum


class UnconnectedGradients(enum.StrEnum):
    """What `gradients` gives for an x that no y depends on.

    Each equals its value, so that `unconnected_gradients="zero"` does as well.

    Attributes:
        NONE: None.
        ZERO: zeros of its shape.

    Example:
        >>> import interactive_graphs as tf
        >>> x, y = tf.constant([1.0, 2.0]), tf.constant(3.0)
        >>> zero = tf.UnconnectedGradients.ZERO
        >>> (dx,) = tf.gradients(y, x, unconnected_gradients=zero)
        >>> with tf.Session() as sess:
        ...     sess.run(dx)
        array([0., 0.], dtype=float32)
    """

    NONE = "none"
    ZERO = "zero"
