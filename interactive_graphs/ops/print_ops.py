"""Values as text: `tf.strings.format`, and `tf.print`, which shows it.

Tensors are written as numpy writes arrays, in brackets, with the middle of long
dimensions left out. Read next: `debug.py`, which has the older `Print`.
"""

from __future__ import annotations

import pprint
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from interactive_graphs._util import nest
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import string
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.summarize import c_escape, element
from interactive_graphs.ops.resource_variable import ResourceVariable
from interactive_graphs.ops.variables import Variable
from interactive_graphs.platform import tf_logging

# -- text -----------------------------------------------------------------------------


def _word(value: Any) -> str:
    if not isinstance(value, bytes):
        return element(value)
    # What is not ASCII stays as it is: letters of UTF-8.
    escaped = (bytes([b]) if b > 127 else c_escape(bytes([b])).encode() for b in value)
    return f'"{b"".join(escaped).decode("utf-8", "surrogateescape")}"'


def _text(array: np.ndarray, limit: int, depth: int = 1) -> str:
    """An array in brackets; of each dimension `limit` entries from either end."""
    if array.ndim == 0:
        return _word(array[()])
    if 0 <= 2 * limit < len(array):
        ends = [*array[:limit], ..., *array[len(array) - limit :]]
    else:
        ends = list(array)
    parts = [
        "..." if e is ... else _text(np.asarray(e, array.dtype), limit, depth + 1)
        for e in ends
    ]
    # Rows stand below each other, matrices with an empty line between them.
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * depth
    return f"[{between.join(parts)}]"


format_op = define(
    "StringFormat", "inputs: T -> output: string", T=Attr("list(type)", minimum=0),
    template="%s", placeholder="%s", summarize=3, shape=scalar, gradient=None,
    doc="A template with values in its places.",
)  # fmt: skip


@format_op.kernel("CPU")
def _(
    inputs: list[Any], template: bytes, placeholder: bytes, summarize: int
) -> np.ndarray:
    parts = template.split(placeholder)
    if len(parts) - 1 != len(inputs):
        invalid(
            f"num placeholders in template and num inputs must match: {len(parts) - 1} "
            f"vs. {len(inputs)}"
        )
    text = parts[0]
    for value, part in zip(inputs, parts[1:], strict=True):
        shown = _text(np.asarray(value), summarize)
        text += shown.encode("utf-8", "surrogateescape") + part
    return np.array(text, object)


def format(
    template: str,
    inputs: Any,
    placeholder: str = "{}",
    summarize: int = 3,
    name: str | None = None,
) -> Tensor:
    """A text with the values of tensors in its places.

    Args:
        template: the text.
        inputs: a tensor, or a list of one per place.
        placeholder: what marks a place.
        summarize: how many elements to show at either end of a dimension; all when -1.
        name: the node's name.

    Returns:
        A string scalar.

    Raises:
        ValueError: there are not as many places as tensors.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.strings.format("sum of {}: {}", [tf.range(9), 36]))
        b'sum of [0 1 2 ... 6 7 8]: 36'
    """
    values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    if len(values) != template.count(placeholder):
        raise ValueError(
            f"The template expects {template.count(placeholder)} tensors, but the "
            f"inputs only has {len(values)}. Please ensure the number of placeholders "
            "in template matches inputs length."
        )
    result: Tensor = raw.StringFormat(
        [convert(v, None) for v in values], template=template, placeholder=placeholder,
        summarize=summarize, name=name,
    )  # fmt: skip
    return result


# -- output ---------------------------------------------------------------------------

_LOGS = {
    "log(info)": tf_logging.info,
    "log(warning)": tf_logging.warning,
    "log(error)": tf_logging.error,
}

print_op = define(
    "PrintV2", "input: string ->", output_stream="stderr", end="\n", stateful=True,
    gradient=None, doc="Shows a text.",
)  # fmt: skip


@print_op.kernel("CPU")
def _(input: Any, output_stream: bytes, end: bytes) -> None:
    if np.ndim(input):
        invalid("Input is expected to be scalar, but got " + str(np.shape(input)))
    value = input.item() if isinstance(input, np.ndarray) else input
    text = (value + end).decode(errors="replace")
    stream = output_stream.decode()
    if stream in _LOGS:
        _LOGS[stream]("%s", text.rstrip("\n"))
    elif stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text)
    else:
        # Looked up now: a notebook puts a stream of its own there.
        (sys.stdout if stream == "stdout" else sys.stderr).write(text)


def _stream(output_stream: Any) -> str:
    """The stream's name on the wire.

    Raises:
        ValueError: it is none that TensorFlow knows.
    """
    streams = [
        (sys.stdout, "stdout"), (sys.stderr, "stderr"), (tf_logging.info, "log(info)"),
        (tf_logging.warn, "log(warning)"), (tf_logging.warning, "log(warning)"),
        (tf_logging.error, "log(error)"),
    ]  # fmt: skip
    for known, name in streams:
        if output_stream is known:
            return name
    if isinstance(output_stream, str):
        if output_stream.startswith("file://"):
            return output_stream
        if output_stream in ("stdout", "stderr", *_LOGS):
            return output_stream
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{output_stream}. Supported "
        "streams are sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, "
        "tf.logging.error. File needs to be in the form of 'file://<filepath>'."
    )


class _Place:
    """Where a tensor's value goes, in the text of a structure."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def __repr__(self) -> str:
        return self._mark


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, Variable, ResourceVariable))


def _part(value: Any, mark: str, tensors: list[Any]) -> str:
    """One argument as text, with `mark` in place of each tensor, kept in `tensors`."""

    def leaf(x: Any) -> Any:
        if isinstance(x, SparseTensor):
            tensors.extend([x.indices, x.values, x.dense_shape])
            return f"SparseTensor(indices={mark}, values={mark}, shape={mark})"
        if not _is_tensor(x):
            return x
        tensors.append(x)
        return _Place(mark)

    if isinstance(value, str):
        return value
    return pprint.pformat(nest.map_structure(leaf, value))


def _strings(values: Any) -> Iterator[str]:
    """The texts in a structure, among which the mark must not be found."""
    for leaf in nest.flatten(values):
        if not _is_tensor(leaf) and not isinstance(leaf, SparseTensor):
            yield str(leaf)


def print(
    *inputs: Any,
    output_stream: Any = None,
    summarize: int = 3,
    sep: str = " ",
    end: str = "\n",
    name: str | None = None,
    **unknown: Any,
) -> Operation:
    """Shows values whenever the operation runs.

    The operation must be run, or be a control dependency of what runs.

    Args:
        *inputs: tensors, Python values, and lists, tuples and dicts of them.
        output_stream: sys.stderr (the default), sys.stdout, tf.logging.info, .warning
            or .error, or "file://" with a path that is appended to.
        summarize: how many elements to show at either end of a dimension; all when -1.
        sep: what stands between two inputs.
        end: what stands after the last.
        name: the node's name.
        **unknown: refused.

    Returns:
        The operation.

    Raises:
        ValueError: there is no such stream or argument.

    Example:
        >>> import sys
        >>> import interactive_graphs as tf
        >>> shown = tf.print("x:", tf.range(8), output_stream=sys.stdout)
        >>> with tf.Session() as sess:
        ...     sess.run(shown)
        x: [0 1 2 ... 5 6 7]
    """
    if unknown:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {unknown}")
    stream = _stream(sys.stderr if output_stream is None else output_stream)
    text: Any
    if len(inputs) == 1 and _is_text(inputs[0]):
        text = inputs[0]
    else:
        marks = ("{}" if i == 0 else f"{{}}{i}" for i in count())
        whole = sep.join([sep, *_strings(list(inputs))])
        mark = next(m for m in marks if m not in whole)
        tensors: list[Any] = []
        template = sep.join(_part(value, mark, tensors) for value in inputs)
        text = format(template, tensors, mark, summarize)
    op: Operation = raw.PrintV2(text, output_stream=stream, end=end, name=name)
    return op


def _is_text(value: Any) -> bool:
    """Whether a value is a scalar string tensor, which needs no brackets."""
    return (
        isinstance(value, Tensor)
        and value.dtype.base_dtype is string
        and value.static_shape == ()
    )
