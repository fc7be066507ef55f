"""Strings: joining, splitting, replacing.

A string is a row of bytes. The work is done in `kernels/cpu/text.py`. Read next:
`string_codes.py`, numbers as text and back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    INDEX,
    string,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import reduction, same, with_rank
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    broadcast,
    format_list,
    merge,
)
from interactive_graphs.kernels.cpu import text

_UNITS = ("BYTE", "UTF8_CHAR")


# -- joining and splitting ------------------------------------------------------------


def _join_shape(op: Operation) -> list[Shape]:
    # Scalars go with any shape; all others must agree.
    shape: Shape = ()
    for tensor in op.inputs:
        found = tensor.static_shape
        if found is None:
            return [None]
        if found:
            shape = merge(shape, found) if shape else found
    return [shape]


string_join_op = define(
    "StringJoin", "inputs: N * string -> output: string", N=Attr("int", minimum=0),
    separator="", shape=_join_shape, gradient=None,
    doc="Strings joined element by element.",
)  # fmt: skip


@string_join_op.kernel("CPU")
def _(inputs: list[np.ndarray], separator: bytes) -> np.ndarray:
    shape: tuple[int, ...] = ()
    for x in inputs:
        if x.ndim and shape and x.shape != shape:
            invalid(
                f"Input shapes do not match: {format_list(shape)} vs. "
                f"{format_list(x.shape)}"
            )
        shape = shape or x.shape
    columns = [np.broadcast_to(x, shape).reshape(-1).tolist() for x in inputs]
    output = np.empty(math.prod(shape), object)
    # No strings at all are one empty string.
    output[:] = list(map(separator.join, zip(*columns, strict=True))) or b""
    return output.reshape(shape)


def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Strings joined element by element.

    Args:
        inputs: a list of string tensors of one shape, or scalars.
        separator: what to put between.
        name: the node's name.

    Returns:
        A string tensor of that shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.string_join(["a", ["b", "c"]], "-"))
        array([b'a-b', b'a-c'], dtype=object)
    """
    result: Tensor = raw.StringJoin(inputs, separator=separator, name=name)
    return result


def _split_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 1)
    with_rank(op.inputs[1].static_shape, 0)
    return [(None, 2), (None,), (2,)]


string_split_op = define(
    "StringSplit",
    "input: string, delimiter: string -> indices: int64, values: string, shape: int64",
    skip_empty=True, shape_rule=_split_shape, gradient=None,
    doc="The parts of each string between delimiters, as a SparseTensor.",
)  # fmt: skip


@string_split_op.kernel("CPU")
def _(input: np.ndarray, delimiter: np.ndarray, skip_empty: bool) -> Any:
    if input.ndim != 1:
        invalid(f"input must be a vector, got shape: {format_list(input.shape)}")
    if delimiter.ndim:
        invalid(
            f"delimiter must be a scalar, got shape: {format_list(delimiter.shape)}"
        )
    mark = delimiter.item()
    return text.ragged([text.split(s, mark, skip_empty) for s in input.tolist()])


string_split_v2_op = define(
    "StringSplitV2",
    "input: string, sep: string -> indices: int64, values: string, shape: int64",
    maxsplit=-1, shape_rule=_split_shape, gradient=None,
    doc="The parts of each string between separators, as Python's split.",
)  # fmt: skip


@string_split_v2_op.kernel("CPU")
def _(input: np.ndarray, sep: np.ndarray, maxsplit: int) -> Any:
    mark = sep.item()
    return text.ragged([text.split_on(s, mark, maxsplit) for s in input.tolist()])


def string_split(
    source: Any, delimiter: Any = " ", skip_empty: bool = True, name: str | None = None
) -> SparseTensor:
    """The parts of each string between delimiters.

    Args:
        source: string, `[n]`.
        delimiter: a string scalar; each of its bytes delimits. An empty one splits
            into single bytes.
        skip_empty: whether empty parts are left out.
        name: of the scope.

    Returns:
        A SparseTensor of strings, `[n, most parts]`.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.string_split(["a b", "c"])).values
        array([b'a', b'b', b'c'], dtype=object)
    """
    mark = convert(delimiter, string, None)
    x = convert(source, string, None)
    indices, values, shape = raw.StringSplit(x, mark, skip_empty=skip_empty, name=name)
    indices.set_shape([None, 2])
    values.set_shape([None])
    shape.set_shape([2])
    return SparseTensor(indices, values, shape)


# -- parts, lengths, patterns ---------------------------------------------------------


def _substr_shape(op: Operation) -> list[Shape]:
    x, pos, length = (t.static_shape for t in op.inputs)
    merge(pos, length)
    return [broadcast(x, pos)]


substr_op = define(
    "Substr", "input: string, pos: T, len: T -> output: string", T=types(INDEX),
    unit=Attr("string", "BYTE", allowed=_UNITS), shape=_substr_shape, gradient=None,
    doc="A part of each string.",
)  # fmt: skip


@substr_op.kernel("CPU")
def _(input: np.ndarray, pos: np.ndarray, len: np.ndarray, unit: bytes) -> np.ndarray:
    try:
        texts, starts, sizes = np.broadcast_arrays(input, pos, len)
    except ValueError:
        invalid(
            f"Incompatible shapes: {format_list(input.shape)} vs. "
            f"{format_list(pos.shape)}"
        )
    parts = zip(
        texts.reshape(-1).tolist(),
        starts.reshape(-1).tolist(),
        sizes.reshape(-1).tolist(),
        strict=True,
    )
    output = np.empty(texts.size, object)
    output[:] = [
        text.substring(s, start, size, i, unit == b"BYTE")
        for i, (s, start, size) in enumerate(parts)
    ]
    return output.reshape(texts.shape)


def substr(
    input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE"
) -> Tensor:
    """A part of each string.

    Args:
        input: string.
        pos: int32 or int64, where the part starts; counted from the end when negative.
        len: the same dtype, how many bytes.
        name: the node's name.
        unit: 'BYTE', or 'UTF8_CHAR' to count characters.

    Returns:
        A string tensor of the broadcast shape.
    """
    result: Tensor = raw.Substr(input, pos, len, unit=unit, name=name)
    return result


string_length_op = define(
    "StringLength", "input: string -> output: int32",
    unit=Attr("string", "BYTE", allowed=_UNITS), shape=same, gradient=None,
    doc="The length of each string in bytes.",
)  # fmt: skip


@string_length_op.kernel("CPU")
def _(input: np.ndarray, unit: bytes) -> np.ndarray:
    if unit == b"BYTE":
        return text.each(input, len, np.int32)
    return text.each(input, lambda s: len(s.decode(errors="replace")), np.int32)


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The length of each string.

    Args:
        input: string.
        name: the node's name.
        unit: 'BYTE' or 'UTF8_CHAR'.

    Returns:
        An int32 tensor of that shape.
    """
    result: Tensor = raw.StringLength(input, unit=unit, name=name)
    return result


def string_to_string(
    op_type: str, doc: str, function: Callable[[bytes], bytes]
) -> None:
    """An op that makes a string of each string."""
    op = define(
        op_type, "input: string -> output: string", shape=same, gradient=None, doc=doc
    )

    @op.kernel("CPU")
    def _(input: np.ndarray) -> np.ndarray:
        return text.each(input, function)


string_to_string("StringStrip", "Each string without white space around.", bytes.strip)


def string_strip(input: Any, name: str | None = None) -> Tensor:
    """Each string without white space around it.

    Args:
        input: string.
        name: the node's name.

    Returns:
        A string tensor of that shape.
    """
    result: Tensor = raw.StringStrip(input, name=name)
    return result


def _case(op_type: str, method: str) -> None:
    op = define(
        op_type, "input: string -> output: string", encoding="", shape=same,
        gradient=None, doc=f"Each string in {method} case.",
    )  # fmt: skip

    @op.kernel("CPU")
    def _(input: np.ndarray, encoding: bytes) -> np.ndarray:
        if encoding == b"utf-8":
            return text.each(
                input,
                lambda s: getattr(s.decode(errors="replace"), method)().encode(),
            )
        return text.each(input, lambda s: getattr(s, method)())


_case("StringUpper", "upper")
_case("StringLower", "lower")


def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in upper case.

    Args:
        input: string.
        encoding: '' for ASCII letters only, 'utf-8' for all.
        name: the node's name.

    Returns:
        A string tensor of its shape.
    """
    result: Tensor = raw.StringUpper(input, encoding=encoding, name=name)
    return result


def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in lower case.

    Args:
        input: string.
        encoding: '' for ASCII letters only, 'utf-8' for all.
        name: the node's name.

    Returns:
        A string tensor of its shape.
    """
    result: Tensor = raw.StringLower(input, encoding=encoding, name=name)
    return result


regex_replace_op = define(
    "RegexReplace",
    "input: string, pattern: string, rewrite: string -> output: string",
    replace_global=True, shape=same, gradient=None,
    doc="Each string with the matches of a pattern rewritten.",
)  # fmt: skip


def _scalar_text(value: np.ndarray, name: str) -> bytes:
    if value.ndim:
        invalid(f"{name} must be scalar, but received {format_list(value.shape)}")
    found: bytes = value.item()
    return found


@regex_replace_op.kernel("CPU")
def _(
    input: np.ndarray, pattern: np.ndarray, rewrite: np.ndarray, replace_global: bool
) -> np.ndarray:
    compiled = text.compiled(_scalar_text(pattern, "Pattern"))
    template = _scalar_text(rewrite, "Rewrite")
    return text.each(
        input, lambda s: text.replace(compiled, s, template, replace_global)
    )


def regex_replace(
    input: Any,
    pattern: Any,
    rewrite: Any,
    replace_global: bool = True,
    name: str | None = None,
) -> Tensor:
    r"""Each string with the matches of a pattern rewritten.

    Args:
        input: string.
        pattern: a string scalar, a regular expression.
        rewrite: a string scalar; `\1` stands for the first group, `\0` for the match.
        replace_global: whether all matches are rewritten or the first only.
        name: the node's name.

    Returns:
        A string tensor of that shape.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.regex_replace("hello", "l+", "L"))
        b'heLo'
    """
    result: Tensor = raw.RegexReplace(
        input, pattern, rewrite, replace_global=replace_global, name=name
    )
    return result


regex_full_match_op = define(
    "RegexFullMatch", "input: string, pattern: string -> output: bool", shape=same,
    gradient=None, doc="Whether a pattern matches the whole of each string.",
)  # fmt: skip


def _full_matches(input: np.ndarray, pattern: bytes) -> np.ndarray:
    compiled = text.compiled(pattern)
    return text.each(
        input,
        lambda s: compiled.fullmatch(s.decode(errors="surrogateescape")) is not None,
        np.bool_,
    )


@regex_full_match_op.kernel("CPU")
def _(input: np.ndarray, pattern: np.ndarray) -> np.ndarray:
    return _full_matches(input, _scalar_text(pattern, "Pattern"))


# Graphs of TensorFlow 2 that save in shards have it.
static_regex_full_match_op = define(
    "StaticRegexFullMatch", "input: string -> output: bool", pattern=Attr("string"),
    shape=same, gradient=None, doc="Whether a pattern matches all of each string.",
)  # fmt: skip


@static_regex_full_match_op.kernel("CPU")
def _(input: np.ndarray, pattern: bytes) -> np.ndarray:
    return _full_matches(input, pattern)


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether a pattern matches the whole of each string.

    Args:
        input: string.
        pattern: a string scalar, a regular expression.
        name: the node's name.

    Returns:
        A bool tensor of that shape.
    """
    result: Tensor = raw.RegexFullMatch(input, pattern, name=name)
    return result


# -- joining along axes ---------------------------------------------------------------


def _reduce_join_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    axes = static_value(op.inputs[1])
    if shape is not None and axes is not None and axes.size == 0:
        return [shape]
    return reduction(op)


reduce_join_op = define(
    "ReduceJoin", "inputs: string, reduction_indices: int32 -> output: string",
    keep_dims=False, separator="", shape=_reduce_join_shape, gradient=None,
    doc="Strings joined along axes, the first axis first.",
)  # fmt: skip


@reduce_join_op.kernel("CPU")
def _(
    inputs: np.ndarray, reduction_indices: np.ndarray, keep_dims: bool, separator: bytes
) -> np.ndarray:
    n = inputs.ndim
    axes = []
    for axis in reduction_indices.reshape(-1).tolist():
        if not -n <= axis < n:
            raise errors.OutOfRangeError(
                None,
                None,
                f"Invalid reduction dimension {axis} for input with {n} dimension(s)",
            )
        if axis % n in axes:
            invalid(f"Duplicate reduction dimension {axis}")
        axes.append(axis % n)
    output = inputs
    for axis in axes:
        front = np.moveaxis(output, axis, -1)
        rows = front.reshape(-1, front.shape[-1]) if front.size else front[..., :0]
        joined = np.empty(int(np.prod(front.shape[:-1])), object)
        joined[:] = [
            separator.join(row) for row in rows.reshape(joined.size, -1).tolist()
        ]
        output = np.expand_dims(joined.reshape(front.shape[:-1]), axis)
    return output if keep_dims else output.squeeze(tuple(axes))


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool = False,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
) -> Tensor:
    """Strings joined along axes.

    Args:
        inputs: string.
        axis: int32, a scalar or `[n]`, in the order of joining; all axes, the last
            one first, when None.
        keep_dims: whether the axes stay, 1 long.
        separator: what to put between.
        name: the node's name.
        reduction_indices: the deprecated name of `axis`.

    Returns:
        A string tensor.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.reduce_join([["a", "b"], ["c", "d"]], 0))
        array([b'ac', b'bd'], dtype=object)
    """
    x = convert(inputs)
    axes = axis if reduction_indices is None else reduction_indices
    if axes is None and x.static_shape is not None:
        axes = np.arange(len(x.static_shape))[::-1].astype(np.int32)
    elif axes is None:
        axes = raw.Range(raw.Rank(x) - 1, -1, -1)
    elif isinstance(axes, (list, tuple)) and not axes:
        axes = np.array([], np.int32)
    result: Tensor = raw.ReduceJoin(
        x, axes, keep_dims=keep_dims, separator=separator, name=name
    )
    return result
