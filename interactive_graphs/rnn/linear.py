"""A linear map of several inputs, with the variable names that old cells have.

Read next: `projections.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.initializers import Constant
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_bias import bias_add
from interactive_graphs.ops.variable_scope import get_variable


def linear(
    args: Any,
    output_size: int,
    bias: bool,
    bias_initializer: Any = None,
    kernel_initializer: Any = None,
) -> Tensor:
    """The inputs side by side, times the variable `kernel`, plus the variable `bias`.

    Args:
        args: a tensor `[batch, n]` or a list of them.
        output_size: how many features the result has.
        bias: whether there is a bias.
        bias_initializer: of the bias; zeros when None.
        kernel_initializer: of the kernel; the scope's when None.

    Returns:
        A tensor `[batch, output_size]`.

    Raises:
        ValueError: there are no inputs, or one is no matrix of known depth.
    """
    if args is None or (nest.is_sequence(args) and not args):
        raise ValueError("`args` must be specified")
    tensors = [convert(t) for t in (args if nest.is_sequence(args) else [args])]
    rows = 0
    for tensor in tensors:
        shape = with_rank(tensor.static_shape, 2)
        if shape is None or shape[1] is None:
            raise ValueError(
                f"linear expects shape[1] to be provided for shape {tensor.shape}, but "
                "saw None"
            )
        rows += shape[1]
    dtype = tensors[0].dtype.base_dtype
    kernel = get_variable(
        "kernel", [rows, output_size], dtype, initializer=kernel_initializer
    )
    joined = tensors[0] if len(tensors) == 1 else concat(tensors, 1)
    result = matmul(joined, kernel)
    if not bias:
        return result
    if bias_initializer is None:
        bias_initializer = Constant(0.0, dtype=dtype)
    return bias_add(
        result, get_variable("bias", [output_size], dtype, initializer=bias_initializer)
    )
