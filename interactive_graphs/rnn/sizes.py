"""Sizes of states and outputs: what cells say of themselves, and zeros of it.

A size is an int, a TensorShape or a list of dimensions, all without the batch, or an
int32 scalar tensor where it is known only when it runs; a cell with several states has
a nested tuple of sizes. Read next: `dynamic.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Dimension, Shape, to_static
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import constant, zeros
from interactive_graphs.ops.shape import expand_dims, shape as shape_of


def with_batch(batch: int | None, size: Any) -> Shape:
    """The static shape of a batch of what has the size `size`."""
    dims = (None,) if isinstance(size, Tensor) else to_static(size)
    return None if dims is None else (batch, *dims)


def zeros_of(batch_size: Any, size: Any, dtype: Any) -> Tensor:
    """Zeros for a batch.

    Args:
        batch_size: int32, `[]`, or a number.
        size: the size of one element.
        dtype: of the zeros.

    Returns:
        A tensor `[batch_size, *size]`.
    """
    batch_size = _known(batch_size)
    sizes = [_known(size)] if isinstance(size, Tensor) else to_static(size) or ()
    if not any(isinstance(n, Tensor) for n in (batch_size, *sizes)):
        return zeros((int(batch_size), *sizes), dtype)
    rest = sizes if isinstance(size, Tensor) else constant(sizes, int32)
    result = zeros(concat([expand_dims(batch_size, 0), rest], 0), dtype)
    result.set_shape(
        [None if isinstance(n, Tensor) else n for n in (batch_size, *sizes)]
    )
    return result


def _known(number: Any) -> Any:
    """A number, or a tensor where it is not known."""
    if isinstance(number, Dimension):
        return number.value
    if isinstance(number, Tensor):
        value = static_value(number)
        return convert(number, int32) if value is None else int(value)
    return number


def zeros_like_sizes(batch_size: Any, sizes: Any, dtype: Any) -> Any:
    """Zeros for a batch, in the structure of `sizes`.

    Args:
        batch_size: int32, `[]`, or a number.
        sizes: sizes in any nested structure.
        dtype: of all the zeros, or a structure of dtypes like `sizes`.
    """
    flat = nest.flatten(sizes)
    dtypes = nest.flatten(dtype)
    dtypes = dtypes if len(dtypes) == len(flat) else dtypes * len(flat)
    return nest.pack_sequence_as(
        sizes, [zeros_of(batch_size, s, d) for s, d in zip(flat, dtypes, strict=True)]
    )


def length_of(tensors: list[Tensor], axis: int) -> Any:
    """The length of an axis that tensors share: an int if one of them tells.

    Args:
        tensors: at least one tensor of at least `axis + 1` dimensions.
        axis: which of the dimensions.

    Returns:
        An int, or int32, `[]`.
    """
    for tensor in tensors:
        shape = tensor.static_shape
        if shape is not None and len(shape) > axis and shape[axis] is not None:
            return shape[axis]
    return shape_of(tensors[0])[axis]


def dtype_of(given: Any, state: Any) -> Any:
    """The dtype of outputs: as asked for, else that of the state.

    Args:
        given: a dtype, or None.
        state: a structure of tensors.

    Raises:
        ValueError: there is no state, or states have several dtypes.
    """
    if given is not None:
        return given
    found = {t.dtype.base_dtype for t in nest.flatten(state)}
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if len(found) > 1:
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            "representative dtype."
        )
    return found.pop()
