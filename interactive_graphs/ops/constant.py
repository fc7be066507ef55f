"""Sources: constants, placeholders, and the nodes that only pass values on.

The lowest family of the fixed order (constant < shape < slicing < elementwise < ...).
Read next: `elementwise.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert, make_const
from interactive_graphs.framework.dtypes import (
    INDEX,
    NUMERIC,
    DType,
    as_dtype,
    float32,
    int32,
    string,
)
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.names import check_op_name
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import (
    from_attr,
    from_shape_input,
    same,
    same_as,
)
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_proto import to_array
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_list,
    merge,
    num_elements,
    to_static,
)

const_op = define(
    "Const", "-> output: dtype",
    value=Attr("tensor"), dtype=types(),
    shape=lambda op: [op.attrs["value"].shape],
    doc="A value that never changes.",
)  # fmt: skip


@const_op.kernel("CPU")
def _(value: np.ndarray) -> np.ndarray:
    return value


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """A tensor that always has the same value.

    Args:
        value: a number, string, list or array.
        dtype: the dtype; inferred when None.
        shape: the shape; the last value is repeated to fill it.
        name: the node's name.
        verify_shape: whether `value` must have exactly `shape`.

    Returns:
        A tensor of that dtype, `[shape]`.

    Raises:
        TypeError: the value does not fit the dtype, or its shape `shape`.
        ValueError: `value` is None, or has more elements than `shape`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.constant([1, 2], shape=[2, 3]))
        array([[1, 2, 2],
               [2, 2, 2]], dtype=int32)
    """
    wanted = None if dtype is None else as_dtype(dtype).base_dtype
    dims = None if shape is None else to_static(shape)
    array = to_array(value, wanted, dims, verify_shape)
    found = wanted if wanted is not None else as_dtype(array.dtype)
    graph = get_default_graph()
    if not name.endswith("/"):
        check_op_name(name)
    return make_const(graph, array, found, graph.unique_op_name(name))


placeholder_op = define(
    "Placeholder", "-> output: dtype",
    dtype=types(), shape=Attr("shape", None), shape_rule=from_attr("shape"),
    stateful=True, gradient=None,
    doc="A value to be fed.",
)  # fmt: skip


@placeholder_op.kernel("CPU")
def _(ctx: Any, dtype: DType, shape: Shape) -> np.ndarray:
    # Runs only when the step needs it and nobody fed it.
    dims = f" and shape {format_list(shape)}" if shape else ""
    invalid(
        f"You must feed a value for placeholder tensor '{ctx.op.name}' with dtype "
        f"{dtype.engine_name}{dims}"
    )


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor whose value is given to each run.

    Args:
        dtype: of the values that will be fed.
        shape: of the values; None in it means any size, None for it any shape.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`; running it without a feed is an
        InvalidArgumentError.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
        >>> with tf.Session() as sess:
        ...     sess.run(x * 2, {x: [[1, 2]]})
        array([[2., 4.]], dtype=float32)
    """
    tensor: Tensor = raw.Placeholder(dtype=dtype, shape=shape, name=name)
    return tensor


default_op = define(
    "PlaceholderWithDefault", "input: dtype -> output: dtype",
    dtype=types(), shape=Attr("shape"), shape_rule=from_attr("shape"),
    gradient=lambda op, dy: [dy],
    doc="Its input, unless something is fed.",
)  # fmt: skip


@default_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    return input


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A placeholder that has a value when none is fed.

    Args:
        input: the default, a tensor or what makes one.
        shape: the shape that fed values must have; may be partial.
        name: the node's name.

    Returns:
        A tensor of the default's dtype, `[shape]`.
    """
    tensor: Tensor = raw.PlaceholderWithDefault(input, shape=shape, name=name)
    return tensor


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Any:
    """A SparseTensor of placeholders.

    Args:
        dtype: of the values.
        shape: the dense shape; fed with the value when None.
        name: prefix of the three nodes.

    Returns:
        A SparseTensor, to be fed with a SparseTensorValue.
    """
    prefix = name or "Placeholder"
    dims = None if shape is None else to_static(shape)
    if dims is None:
        dense = placeholder("int64", [None], prefix + "/shape")
    else:
        known = [-1 if d is None else d for d in dims]
        dense = constant(known, "int64", name=prefix + "/shape")
    rank = None if dims is None else len(dims)
    return SparseTensor(
        values=placeholder(dtype, [None], prefix + "/values"),
        indices=placeholder("int64", [None, rank], prefix + "/indices"),
        dense_shape=dense,
    )


identity_op = define(
    "Identity", "input: T -> output: T", shape=same, gradient=lambda op, dy: [dy],
    doc="Its input.",
)  # fmt: skip


@identity_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    return input


def identity(input: Any, name: str | None = None) -> Tensor:
    """A tensor with the same value, as a node of its own.

    Args:
        input: any tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant(1.0)
        >>> with tf.control_dependencies([tf.no_op("first")]):
        ...     second = tf.identity(x)
        >>> [op.name for op in second.op.control_inputs]
        ['first']
    """
    tensor: Tensor = raw.Identity(input, name=name)
    return tensor


identity_n_op = define(
    "IdentityN", "input: T -> output: T", T=Attr("list(type)", minimum=1),
    shape=lambda op: [t.static_shape for t in op.inputs],
    gradient=lambda op, *dys: list(dys),
    doc="Its inputs.",
)  # fmt: skip


@identity_n_op.kernel("CPU")
def _(input: list[np.ndarray]) -> list[np.ndarray]:
    return input


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Tensors with the same values, as one node.

    Args:
        input: a list of tensors.
        name: the node's name.

    Returns:
        A list of tensors of their dtypes and shapes.
    """
    tensors: list[Tensor] = raw.IdentityN(input, name=name)
    return tensors


stop_gradient_op = define(
    "StopGradient", "input: T -> output: T", shape=same, gradient=None,
    doc="Its input, where gradients stop.",
)  # fmt: skip


@stop_gradient_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    return input


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """The same value, treated as a constant by `gradients`.

    Args:
        input: any tensor.
        name: the node's name.

    Returns:
        A tensor of its dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant(3.0)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.gradients(x * tf.stop_gradient(x), [x]))
        [np.float32(3.0)]
    """
    tensor: Tensor = raw.StopGradient(input, name=name)
    return tensor


def _no_gradient_here(op: Operation, dy: Tensor) -> Any:
    raise LookupError(
        "Gradient explicitly disabled. Reason: "
        + op.attrs["message"].decode(errors="replace")
    )


prevent_gradient_op = define(
    "PreventGradient", "input: T -> output: T", shape=same, message="",
    gradient=_no_gradient_here, doc="Its input; differentiating it is an error.",
)  # fmt: skip


@prevent_gradient_op.kernel("CPU")
def _(input: np.ndarray) -> np.ndarray:
    return input


no_op_op = define("NoOp", "->", gradient=None, doc="Does nothing, after its inputs.")


@no_op_op.kernel("CPU")
def _() -> None:
    return None


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing; useful for what it waits for.

    Args:
        name: the node's name.

    Returns:
        The operation.
    """
    op: Operation = raw.NoOp(name=name)
    return op


fill_op = define(
    "Fill", "dims: index_type, value: T -> output: T",
    index_type=types(INDEX, int32), shape=from_shape_input(0),
    gradient=lambda op, dy: [None, raw.Sum(dy, raw.Range(0, raw.Rank(dy), 1))],
    doc="A tensor filled with one value.",
)  # fmt: skip


@fill_op.kernel("CPU")
def _(dims: np.ndarray, value: np.ndarray) -> np.ndarray:
    if (np.asarray(dims) < 0).any():
        bad = int(np.flatnonzero(np.asarray(dims) < 0)[0])
        invalid(f"Fill dimensions must be >= 0, got dims[{bad}] = {dims[bad]}")
    return np.full(tuple(int(d) for d in dims), value, np.asarray(value).dtype)


def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor filled with `value`.

    Args:
        dims: int32 or int64, `[rank]`, its shape.
        value: a scalar of any dtype.
        name: the node's name.

    Returns:
        A tensor of the value's dtype, `[dims]`.
    """
    tensor: Tensor = raw.Fill(dims, value, name=name)
    return tensor


def _filled(
    value: Any, shape: Any, dtype: Any, name: str | None, default: str
) -> Tensor:
    """Zeros or ones: a constant when the shape is known and small, else a Fill."""
    wanted = as_dtype(dtype).base_dtype
    graph = get_default_graph()
    scalar = _scalar(value, wanted)
    with graph.name_scope(name or default) as scope:
        if not isinstance(shape, Tensor):
            try:
                dims = to_static(shape)
            except TypeError:
                dims = None
            count = num_elements(dims)
            if dims is not None and count is not None and count < _LARGE:
                return constant(scalar, wanted, dims, name=scope)
            shape = convert(shape, None, "shape", preferred=int32)
        return fill(shape, constant(scalar, wanted, name="Const"), name=scope)


_LARGE = 1000


def _scalar(value: int, dtype: DType) -> Any:
    if dtype is string:
        return b""
    return bool(value) if dtype.is_bool else value


def zeros(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """A tensor of zeros (False, empty strings).

    Args:
        shape: a list, TensorShape or integer tensor.
        dtype: its dtype.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`.
    """
    return _filled(0, shape, dtype, name, "zeros")


def ones(shape: Any, dtype: Any = float32, name: str | None = None) -> Tensor:
    """A tensor of ones (True).

    Args:
        shape: a list, TensorShape or integer tensor.
        dtype: its dtype.
        name: the node's name.

    Returns:
        A tensor of that dtype, `[shape]`.
    """
    return _filled(1, shape, dtype, name, "ones")


zeros_like_op = define(
    "ZerosLike", "x: T -> y: T", shape=same_as(0), gradient=None,
    doc="Zeros of its input's shape.",
)  # fmt: skip


@zeros_like_op.kernel("CPU")
def _(x: Any) -> Any:
    if hasattr(x, "zeros_like"):  # a list of tensors
        return x.zeros_like()
    x = np.asarray(x)
    return np.full(x.shape, b"", object) if x.dtype == object else np.zeros_like(x)


ones_like_op = define(
    "OnesLike", "x: T -> y: T", T=types((*NUMERIC, as_dtype("bool"))),
    shape=same_as(0), gradient=None, doc="Ones of its input's shape.",
)  # fmt: skip


@ones_like_op.kernel("CPU")
def _(x: np.ndarray) -> np.ndarray:
    return np.ones_like(np.asarray(x))


def zeros_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Zeros of the shape of `tensor`.

    Args:
        tensor: any tensor.
        dtype: another dtype than the tensor's.
        name: the node's name.
        optimize: whether a known shape makes a constant.

    Returns:
        A tensor `[shape of tensor]`.
    """
    return _like(tensor, dtype, name, optimize, "zeros_like", zeros, raw.ZerosLike)


def ones_like(
    tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True
) -> Tensor:
    """Ones of the shape of `tensor`.

    Args:
        tensor: any tensor.
        dtype: another dtype than the tensor's.
        name: the node's name.
        optimize: whether a known shape makes a constant.

    Returns:
        A tensor `[shape of tensor]`.
    """
    return _like(tensor, dtype, name, optimize, "ones_like", ones, raw.OnesLike)


def _like(
    tensor: Any,
    dtype: Any,
    name: str | None,
    optimize: bool,
    default: str,
    make: Any,
    node: Any,
) -> Tensor:
    x = convert(tensor, None, "tensor")
    wanted = x.dtype.base_dtype if dtype is None else as_dtype(dtype).base_dtype
    graph = get_default_graph()
    shape = x.static_shape
    result: Tensor
    if optimize and shape is not None and None not in shape:
        result = make(shape, wanted, name or default)
    elif wanted is x.dtype.base_dtype:
        result = node(x, name=name or default)
    else:
        with graph.name_scope(name or default) as scope:
            result = make(raw.Shape(x), wanted, scope)
    result.static_shape = merge(result.static_shape, shape)
    return result
