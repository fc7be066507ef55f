"""Strings and numbers: text forms, hash buckets, raw bytes, Base64.

The work is done in `kernels/cpu/text.py` and `kernels/cpu/hashing.py`.
Read next: `../kernels/cpu/text.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import (
    COMPLEX,
    FLOAT,
    INTEGER,
    DType,
    as_dtype,
    bool as bool_type,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import same
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import hashing, text
from interactive_graphs.ops.strings import string_to_string

# -- numbers --------------------------------------------------------------------------

as_string_op = define(
    "AsString", "input: T -> output: string",
    T=types((*FLOAT, *INTEGER, *COMPLEX, bool_type, string)),
    precision=-1, scientific=False, shortest=False, width=-1, fill="", shape=same,
    gradient=None, doc="Numbers as text.",
)  # fmt: skip


@as_string_op.kernel("CPU")
def _(
    input: np.ndarray,
    T: DType,
    precision: int,
    scientific: bool,
    shortest: bool,
    width: int,
    fill: bytes,
) -> np.ndarray:
    form = text.number_format(T, precision, scientific, shortest, width, fill)
    return text.each(input, form)


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Numbers as text.

    Args:
        input: a numeric or bool tensor.
        precision: digits after the point, for floating dtypes.
        scientific: whether floating numbers have an exponent.
        shortest: whether they take the shorter of both forms.
        width: the least length.
        fill: what fills it in front: ' ', '0', or a flag of C's printf.
        name: the node's name.

    Returns:
        A string tensor of that shape.
    """
    result: Tensor = raw.AsString(
        input,
        precision=precision,
        scientific=scientific,
        shortest=shortest,
        width=width,
        fill=fill,
        name=name,
    )
    return result


string_to_number_op = define(
    "StringToNumber", "string_tensor: string -> output: out_type",
    out_type=types((float32, float64, int32, int64), float32), shape=same,
    gradient=None, doc="The number that each string spells.",
)  # fmt: skip


@string_to_number_op.kernel("CPU")
def _(string_tensor: np.ndarray, out_type: DType) -> np.ndarray:
    return text.to_numbers(string_tensor, out_type.np_dtype)


def string_to_number(
    string_tensor: Any, out_type: Any = float32, name: str | None = None
) -> Tensor:
    """The number that each string spells.

    Args:
        string_tensor: string.
        out_type: float32, float64, int32 or int64.
        name: the node's name.

    Returns:
        A tensor of `out_type` of that shape.

    Raises:
        InvalidArgumentError: when it runs and a string spells none.
    """
    result: Tensor = raw.StringToNumber(string_tensor, out_type=out_type, name=name)
    return result


# -- hashing --------------------------------------------------------------------------


def _buckets(
    texts: np.ndarray, function: Callable[[Any], Any], count: int
) -> np.ndarray:
    """The hash of each string, modulo the number of buckets."""
    hashes = hashing.each(function, texts.reshape(-1).tolist())
    return (hashes % np.uint64(count)).astype(np.int64).reshape(texts.shape)


def _define_hash(op_type: str, argument: str, function: Callable[[Any], Any]) -> None:
    op = define(
        op_type, f"{argument}: string -> output: int64",
        num_buckets=Attr("int", minimum=1), shape=same, gradient=None,
        doc="The bucket that each string falls into.",
    )  # fmt: skip

    def kernel(*inputs: np.ndarray, num_buckets: int) -> np.ndarray:
        return _buckets(inputs[0], function, num_buckets)

    op.kernel("CPU")(kernel)


_define_hash("StringToHashBucket", "string_tensor", hashing.hash64)
_define_hash("StringToHashBucketFast", "input", hashing.fingerprint64)

strong_hash_op = define(
    "StringToHashBucketStrong", "input: string -> output: int64",
    num_buckets=Attr("int", minimum=1), key=Attr("list(int)"), shape=same,
    gradient=None, doc="The bucket that each string falls into, with a secret key.",
)  # fmt: skip


@strong_hash_op.kernel("CPU")
def _(input: np.ndarray, num_buckets: int, key: tuple[int, ...]) -> np.ndarray:
    if len(key) != 2:
        invalid("Key must have 2 elements")
    return _buckets(input, lambda s: hashing.siphash(s, key), num_buckets)


def string_to_hash_bucket(
    string_tensor: Any, num_buckets: int, name: str | None = None
) -> Tensor:
    """The bucket that each string falls into; `string_to_hash_bucket_fast` is better.

    Args:
        string_tensor: string.
        num_buckets: how many buckets.
        name: the node's name.

    Returns:
        An int64 tensor of that shape, in `[0, num_buckets)`.
    """
    result: Tensor = raw.StringToHashBucket(
        string_tensor, num_buckets=num_buckets, name=name
    )
    return result


def string_to_hash_bucket_fast(
    input: Any, num_buckets: int, name: str | None = None
) -> Tensor:
    """The bucket that each string falls into, by FarmHash: the same as TensorFlow's.

    Args:
        input: string.
        num_buckets: how many buckets.
        name: the node's name.

    Returns:
        An int64 tensor of that shape, in `[0, num_buckets)`.
    """
    result: Tensor = raw.StringToHashBucketFast(
        input, num_buckets=num_buckets, name=name
    )
    return result


def string_to_hash_bucket_strong(
    input: Any, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """The bucket that each string falls into, by SipHash with a key.

    Args:
        input: string.
        num_buckets: how many buckets.
        key: two ints.
        name: the node's name.

    Returns:
        An int64 tensor of that shape, in `[0, num_buckets)`.
    """
    result: Tensor = raw.StringToHashBucketStrong(
        input, num_buckets=num_buckets, key=key, name=name
    )
    return result


# -- encodings ------------------------------------------------------------------------

_RAW_TYPES = (
    float16, float32, float64, int32, uint16, uint8, int16, int8, int64, complex64,
    complex128, bool_type,
)  # fmt: skip


def _decode_shape(op: Operation) -> list[Shape]:
    shape = op.inputs[0].static_shape
    return [None if shape is None else (*shape, None)]


decode_raw_op = define(
    "DecodeRaw", "bytes: string -> output: out_type", out_type=types(_RAW_TYPES),
    little_endian=True, shape=_decode_shape, gradient=None,
    doc="The bytes of strings as numbers.",
)  # fmt: skip


@decode_raw_op.kernel("CPU")
def _(bytes: np.ndarray, out_type: DType, little_endian: bool) -> np.ndarray:
    return text.decode_raw(bytes, out_type.np_dtype, little_endian)


def decode_raw(
    bytes: Any, out_type: Any, little_endian: bool = True, name: str | None = None
) -> Tensor:
    """The bytes of strings as numbers.

    Args:
        bytes: string, all of one length.
        out_type: the dtype of the numbers.
        little_endian: whether the lowest byte comes first.
        name: the node's name.

    Returns:
        A tensor of `out_type` with one more dimension.
    """
    result: Tensor = raw.DecodeRaw(
        bytes, out_type=as_dtype(out_type), little_endian=little_endian, name=name
    )
    return result


encode_base64_op = define(
    "EncodeBase64", "input: string -> output: string", pad=False, shape=same,
    gradient=None, doc="Strings in Base64 for web addresses.",
)  # fmt: skip


@encode_base64_op.kernel("CPU")
def _(input: np.ndarray, pad: bool) -> np.ndarray:
    return text.each(input, lambda s: text.encode_base64(s, pad))


def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings in Base64 for web addresses.

    Args:
        input: string.
        pad: whether '=' fills up the length to a multiple of four.
        name: the node's name.

    Returns:
        A string tensor of that shape.
    """
    result: Tensor = raw.EncodeBase64(input, pad=pad, name=name)
    return result


string_to_string("DecodeBase64", "Undoes EncodeBase64.", text.decode_base64)


def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """Undoes `encode_base64`.

    Args:
        input: string, with or without '=' at the end.
        name: the node's name.

    Returns:
        A string tensor of that shape.
    """
    result: Tensor = raw.DecodeBase64(input, name=name)
    return result
