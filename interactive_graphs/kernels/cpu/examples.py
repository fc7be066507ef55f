"""Examples, serialized, as arrays: dense features, sparse ones, and lists of them.

What is missing, of the wrong dtype or of the wrong length is refused with the feature's
key and the example's name. Read next: `../../ops/parsing.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list

Features = Mapping[str, Any]
"""A message's map, or a part of one."""
Sparse = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Indices, values and dense shape."""

_KINDS: Final[dict[str, tuple[str, Any, str]]] = {
    "int64": ("int64_list", np.dtype(np.int64), "int64"),
    "float32": ("float_list", np.dtype(np.float32), "float"),
    "string": ("bytes_list", np.dtype(object), "string"),
}
_NAMES: Final[dict[str, str]] = {field: shown for field, _, shown in _KINDS.values()}


class Dense(NamedTuple):
    """A feature that has one length.

    Attributes:
        key: in the example.
        dtype: 'int64', 'float32' or 'string'.
        shape: of the values; with an unknown first dimension it may have any number of
            rows.
        default: what a missing feature is, or, with an unknown first dimension, what
            rows are filled up with; empty where there must be a feature.
    """

    key: str
    dtype: str
    shape: tuple[int | None, ...]
    default: np.ndarray

    @property
    def is_variable(self) -> bool:
        """Whether it may have any number of rows."""
        return bool(self.shape) and self.shape[0] is None

    @property
    def stride(self) -> int:
        """How many values a row has."""
        return int(math.prod(_known(self.shape[1:])))


def _known(shape: Sequence[int | None]) -> list[Any]:
    return [d or 0 for d in shape]


class Where(NamedTuple):
    """Which example is being read, for error texts.

    Attributes:
        name: its name; None where only one is read.
        place: in the batch.
    """

    name: str | None = None
    place: int = 0

    def key(self, key: str) -> str:
        """The start of a text on one feature."""
        if self.name is None:
            return f"Key: {key}.  "
        return f"Name: {self.name}, Key: {key}, Index: {self.place}.  "

    def missing(self, key: str, dtype: str) -> NoReturn:
        """Refuse an example that lacks a feature."""
        start = "" if self.name is None else f"Name: {self.name}, "
        shown = _KINDS[dtype][2]
        invalid(
            f"{start}Feature: {key} (data type: {shown}) is required but could not be "
            "found."
        )


def parse_message(kind: str, data: bytes) -> Any:
    """An Example or a SequenceExample.

    Raises:
        InvalidArgumentError: the bytes are none.
    """
    try:
        return getattr(protos, kind).FromString(data)
    except lazy.load("google.protobuf.message").DecodeError:
        shown = data[:200].decode("utf-8", "backslashreplace")
        invalid(f"Could not parse example input, value: '{shown}'")


def values_of(feature: Any, dtype: str) -> np.ndarray | None:
    """The values in a feature; None where it is empty or missing.

    Raises:
        TypeError: they are of another dtype, whose name is the argument.
    """
    kind = None if feature is None else feature.WhichOneof("kind")
    if kind is None:
        return None
    field, np_dtype, _ = _KINDS[dtype]
    if kind != field:
        raise TypeError(_NAMES[kind])
    given = getattr(feature, kind).value
    if np_dtype.kind != "O":
        return np.array(given, np_dtype)
    found = np.empty(len(given), object)
    found[:] = list(given)
    return found


def _dense_values(features: Features, wanted: Dense, where: Where) -> np.ndarray | None:
    """The values of a dense feature; None where it is missing.

    Raises:
        InvalidArgumentError: they are of another dtype.
    """
    try:
        return values_of(features.get(wanted.key), wanted.dtype)
    except TypeError as error:
        invalid(
            f"{where.key(wanted.key)}Data types don't match. Data type: {error} but "
            f"expected type: {_KINDS[wanted.dtype][2]}"
        )


def dense(features: Features, wanted: Dense, where: Where) -> np.ndarray:
    """A dense feature of one example.

    Raises:
        InvalidArgumentError: it is missing, or not what it must be.
    """
    found = _dense_values(features, wanted, where)
    if wanted.is_variable:
        inner = _known(wanted.shape[1:])
        if found is None:
            found = np.empty(0, _KINDS[wanted.dtype][1])
        if found.size % max(wanted.stride, 1):
            invalid(
                f"{where.key(wanted.key)}Number of {_KINDS[wanted.dtype][2]} values is "
                f"not a multiple of stride length. Saw {found.size} values but output "
                f"shape is: {format_list(wanted.shape)}"
            )
        return found.reshape(found.size // max(wanted.stride, 1), *inner)
    shape = _known(wanted.shape)
    if found is None:
        if wanted.default.size == 0 and math.prod(shape):
            where.missing(wanted.key, wanted.dtype)
        return np.asarray(wanted.default).reshape(shape)
    if found.size != math.prod(shape):
        invalid(
            f"{where.key(wanted.key)}Number of {_KINDS[wanted.dtype][2]} values != "
            f"expected.  Values size: {found.size} but output shape: "
            f"{format_list(wanted.shape)}"
        )
    return found.reshape(shape)


def sparse(features: Features, key: str, dtype: str, where: Where) -> np.ndarray:
    """A feature of any length of one example, empty where it is missing.

    Raises:
        InvalidArgumentError: it is of another dtype.
    """
    try:
        found = values_of(features.get(key), dtype)
    except TypeError as error:
        invalid(
            f"{where.key(key)}Data types don't match. Expected type: "
            f"{_KINDS[dtype][2]}, Actual type: {error}"
        )
    return np.empty(0, _KINDS[dtype][1]) if found is None else found


# -- batches --------------------------------------------------------------------------


def parse_batch(
    serialized: Sequence[bytes],
    names: Sequence[bytes],
    sparse_keys: Sequence[tuple[str, str]],
    dense_keys: Sequence[Dense],
) -> tuple[list[Sparse], list[np.ndarray]]:
    """The features of several examples.

    Args:
        serialized: an Example each.
        names: of the examples, for error texts; may be empty.
        sparse_keys: keys and dtypes of features of any length.
        dense_keys: features that have one length.

    Returns:
        A sparse matrix for each of the sparse ones, a stacked array for each other.

    Raises:
        InvalidArgumentError: an example is not what it must be.
    """
    sparse_rows: list[list[np.ndarray]] = [[] for _ in sparse_keys]
    dense_rows: list[list[np.ndarray]] = [[] for _ in dense_keys]
    for i, data in enumerate(serialized):
        name = names[i].decode("utf-8", "replace") if len(names) else "<unknown>"
        where = Where(name, i)
        features = parse_message("Example", data).features.feature
        for rows, wanted in zip(dense_rows, dense_keys, strict=True):
            rows.append(dense(features, wanted, where))
        for rows, (key, dtype) in zip(sparse_rows, sparse_keys, strict=True):
            rows.append(sparse(features, key, dtype, where))
    found = [
        matrix(rows, dtype)
        for rows, (_, dtype) in zip(sparse_rows, sparse_keys, strict=True)
    ]
    stacked = [
        _stacked(rows, wanted)
        for rows, wanted in zip(dense_rows, dense_keys, strict=True)
    ]
    return found, stacked


def _stacked(rows: list[np.ndarray], wanted: Dense) -> np.ndarray:
    """Dense features of examples, filled up where they have different lengths."""
    dtype = _KINDS[wanted.dtype][1]
    inner = _known(wanted.shape[1:])
    if not wanted.is_variable:
        if not rows:
            return np.empty((0, *_known(wanted.shape)), dtype)
        return np.stack(rows).astype(dtype, copy=False)
    longest = max(map(len, rows), default=0)
    filler = wanted.default.reshape(-1)[0]
    found = np.full((len(rows), longest, *inner), filler, dtype)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return found


def matrix(rows: list[np.ndarray], dtype: str) -> Sparse:
    """Rows of different lengths as a sparse matrix.

    Args:
        rows: `[n]` each.
        dtype: of the values.
    """
    lengths = [len(row) for row in rows]
    total = sum(lengths)
    indices = np.empty((total, 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), lengths)
    indices[:, 1] = np.concatenate([np.arange(n) for n in (0, *lengths)])
    values = np.concatenate([np.empty(0, _KINDS[dtype][1]), *rows])
    return indices, values, np.array([len(rows), max(lengths, default=0)], np.int64)


def vector(values: np.ndarray) -> Sparse:
    """Values as a sparse vector that lacks nothing."""
    count = len(values)
    return np.arange(count)[:, None], values, np.array([count], np.int64)


def parse_one(
    serialized: bytes,
    sparse_keys: Sequence[tuple[str, str]],
    dense_keys: Sequence[Dense],
    where: Where | None = None,
) -> tuple[list[Sparse], list[np.ndarray]]:
    """The features of one example; as `parse_batch`, without a dimension for it."""
    features = parse_message("Example", serialized).features.feature
    return _one(features, sparse_keys, dense_keys, where or Where())


def _one(
    features: Any,
    sparse_keys: Sequence[tuple[str, str]],
    dense_keys: Sequence[Dense],
    where: Where,
) -> tuple[list[Sparse], list[np.ndarray]]:
    at = features
    found = [vector(sparse(at, key, dtype, where)) for key, dtype in sparse_keys]
    return found, [dense(at, wanted, where) for wanted in dense_keys]


# -- lists of features ----------------------------------------------------------------


def parse_sequence(
    serialized: bytes,
    name: bytes,
    context: tuple[Sequence[tuple[str, str]], Sequence[Dense]],
    lists: tuple[Sequence[tuple[str, str]], Sequence[Dense]],
    may_be_missing: Sequence[str],
) -> tuple[list[Sparse], list[np.ndarray], list[Sparse], list[np.ndarray]]:
    """The features of a SequenceExample.

    Args:
        serialized: the message.
        name: for error texts; may be empty.
        context: sparse and dense features that it has once.
        lists: sparse and dense features that it has for each step.
        may_be_missing: dense lists that may be missing, and are empty then.

    Returns:
        Sparse and dense features of the context, sparse and dense lists.

    Raises:
        InvalidArgumentError: it is not what it must be.
    """
    message = parse_message("SequenceExample", serialized)
    where = Where(name.decode("utf-8", "replace") or "<unknown>")
    once = _one(message.context.feature, *context, where)
    steps = message.feature_lists.feature_list
    sparse_lists = []
    for key, dtype in lists[0]:
        found = steps.get(key)
        rows = [] if found is None else found.feature
        sparse_lists.append(
            matrix([sparse({key: row}, key, dtype, where) for row in rows], dtype)
        )
    dense_lists = []
    for wanted in lists[1]:
        found = steps.get(wanted.key)
        if found is None and wanted.key not in may_be_missing:
            invalid(
                f"Name: {where.name}, Feature list '{wanted.key}' is required but "
                "could not be found.  Did you mean to include it in "
                "feature_list_dense_missing_assumed_empty or "
                "feature_list_dense_defaults?"
            )
        rows = [] if found is None else found.feature
        dense_lists.append(
            _stacked(
                [
                    dense({wanted.key: row}, wanted, Where(where.name, i))
                    for i, row in enumerate(rows)
                ],
                wanted,
            )
        )
    return (*once, sparse_lists, dense_lists)
