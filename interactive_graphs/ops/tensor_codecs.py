"""Tensors as bytes and back: serialized TensorProtos, and compressed bytes.

Read next: `../framework/tensor_proto.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import same, scalar
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_proto import array_in, array_to_bytes_proto
from interactive_graphs.framework.tensor_shape import format_list

parse_tensor_op = define(
    "ParseTensor", "serialized: string -> output: out_type", out_type=Attr("type"),
    gradient=None, doc="The tensor in a serialized TensorProto.",
)  # fmt: skip


@parse_tensor_op.kernel("CPU")
def _(serialized: Any, out_type: DType) -> Any:
    if np.ndim(serialized):
        shown = format_list(np.shape(serialized))
        invalid(f"Expected `serialized` to be a scalar, got shape: {shown}")
    return tensor_in(np.asarray(serialized, object).item(), out_type)


def tensor_in(data: bytes, out_type: DType) -> Any:
    """The array in a serialized TensorProto.

    Args:
        data: the message.
        out_type: its dtype.

    Raises:
        InvalidArgumentError: it is no message, or of another dtype.
    """
    shown = data[:100].decode("utf-8", "backslashreplace")
    failure = f"Could not parse `serialized` as TensorProto: '{shown}'"
    try:
        message = protos.TensorProto.FromString(data)
    except lazy.load("google.protobuf.message").DecodeError:
        invalid(failure)
    if message.dtype != out_type.as_datatype_enum:
        invalid(
            f"Type mismatch between parsed tensor ({_shown(message.dtype)}) and dtype "
            f"({out_type.engine_name})"
        )
    array = array_in(message)
    if array is None:
        invalid(failure)
    return array


def _shown(number: int) -> str:
    """The dtype of that number as error texts show it."""
    try:
        return as_dtype(number).engine_name
    except TypeError:
        return "invalid"


def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor in a serialized TensorProto.

    Args:
        serialized: string, `[]`.
        out_type: the tensor's dtype.
        name: the node's name.

    Returns:
        A tensor of `out_type`, whose shape is not known before it runs.

    Raises:
        InvalidArgumentError: when it runs and the bytes are none of that dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> data = tf.serialize_tensor([[1, 2]])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.parse_tensor(data, tf.int32))
        array([[1, 2]], dtype=int32)
    """
    result: Tensor = raw.ParseTensor(serialized, out_type=out_type, name=name)
    return result


serialize_tensor_op = define(
    "SerializeTensor", "tensor: T -> serialized: string", T=Attr("type"), shape=scalar,
    gradient=None, doc="A tensor as a serialized TensorProto.",
)  # fmt: skip


@serialize_tensor_op.kernel("CPU")
def _(tensor: Any, T: DType) -> Any:
    message = array_to_bytes_proto(np.asarray(tensor, T.np_dtype))
    return np.array(message.SerializeToString(), object)


def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a serialized TensorProto.

    Args:
        tensor: of any dtype.
        name: the node's name.

    Returns:
        A string scalar, which `parse_tensor` takes.
    """
    result: Tensor = raw.SerializeTensor(tensor, name=name)
    return result


decode_compressed_op = define(
    "DecodeCompressed", "bytes: string -> output: string", compression_type="",
    shape=same, gradient=None, doc="Strings, decompressed.",
)  # fmt: skip


@decode_compressed_op.kernel("CPU")
def _(bytes: Any, compression_type: Any) -> Any:
    kind = compression_type.decode()
    if kind not in ("", "ZLIB", "GZIP"):
        invalid("Only ZLIB, GZIP or NONE are supported compressions")
    if not kind:
        return bytes
    zlib = lazy.load("zlib")
    strings = np.asarray(bytes, object)
    found = np.empty(strings.shape, object)
    for place, data in np.ndenumerate(strings):
        try:
            found[place] = zlib.decompress(data, 15 if kind == "ZLIB" else 31)
        except zlib.error as error:
            reason = str(error).removeprefix("Error -3 while decompressing data: ")
            text = f"inflate() failed with error -3: {reason}"
            raise errors.DataLossError(None, None, text) from None
    return found


def decode_compressed(
    bytes: Any, compression_type: str = "", name: str | None = None
) -> Tensor:
    """Strings, decompressed.

    Args:
        bytes: string.
        compression_type: 'ZLIB', 'GZIP' or ''.
        name: the node's name.

    Returns:
        A string tensor of that shape.
    """
    result: Tensor = raw.DecodeCompressed(
        bytes, compression_type=compression_type, name=name
    )
    return result
