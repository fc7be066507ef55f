"""`Input`: a placeholder, as the layers' programs call it.

Read next: `convolution.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.layers.naming import unique_layer_name


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = "float32",
    sparse: bool = False,
    tensor: Any = None,
) -> Tensor:
    """A placeholder for a batch of examples.

    Args:
        shape: of one example, without the batch.
        batch_size: how many examples a batch has; None for any number.
        name: the placeholder's name.
        dtype: of the examples.
        sparse: must be false; use `tf.sparse_placeholder`.
        tensor: a tensor to be taken instead of a new placeholder.

    Returns:
        A tensor of that dtype, `[batch_size, *shape]`.

    Raises:
        ValueError: there is no shape, or `sparse` is asked for.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.Input([784], name="images")
        <tf.Tensor 'images:0' shape=(?, 784) dtype=float32>
    """
    if sparse:
        raise ValueError("Input makes no sparse placeholders: use sparse_placeholder")
    if tensor is not None:
        given: Tensor = tensor
        return given
    dims = to_static(shape)
    if dims is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note "
            "that `shape` does not include the batch dimension."
        )
    placeholder: Tensor = raw.Placeholder(
        dtype=as_dtype(dtype), shape=(batch_size, *dims),
        name=name or unique_layer_name("input"),
    )  # fmt: skip
    return placeholder
