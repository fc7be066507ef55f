"""What programs say to TensorFlow 2 so that it behaves as TensorFlow 1 did.

Here it does, so these calls are accepted and do nothing. Read next: `scopes.py`.
"""

from __future__ import annotations


def disable_v2_behavior() -> None:
    """Accepted for programs written for `tensorflow.compat.v1`: nothing to disable.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.disable_v2_behavior()
        >>> tf.executing_eagerly()
        False
    """


def disable_eager_execution() -> None:
    """Accepted, as `disable_v2_behavior`: nothing runs before a session runs it."""


def disable_v2_tensorshape() -> None:
    """Accepted, as `disable_v2_behavior`: dimensions are TF1's `Dimension`."""


def disable_control_flow_v2() -> None:
    """Accepted, as `disable_v2_behavior`: loops are made of TF1's nodes."""


def disable_resource_variables() -> None:
    """Accepted, as `disable_v2_behavior`: variables are TF1's unless asked for."""


def disable_tensor_equality() -> None:
    """Accepted, as `disable_v2_behavior`: `==` of tensors compares identities."""


def control_flow_v2_enabled() -> bool:
    """False: loops are made of TF1's nodes."""
    return False


def resource_variables_enabled() -> bool:
    """False: `get_variable` makes a resource variable only with `use_resource`."""
    return False
