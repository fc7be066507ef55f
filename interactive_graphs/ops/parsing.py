"""The ops that take Examples apart; the functions are in `parsing_features.py`.

Read next: `../kernels/cpu/examples.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType, float32, int64, string
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.kernels.cpu.examples import (
    Dense,
    Sparse,
    parse_batch,
    parse_one,
    parse_sequence,
)

_TYPES = (float32, int64, string)


def _types(**options: Any) -> Attr:
    return Attr("list(type)", allowed=_TYPES, **options)


def _text(value: Any) -> str:
    """The key in a string scalar."""
    word: bytes = value if isinstance(value, bytes) else np.asarray(value).item()
    return word.decode()


def _sparse_keys(keys: Any, types: Any) -> list[tuple[str, str]]:
    return [(_text(k), t.name) for k, t in zip(keys, types, strict=True)]


def _dense_keys(keys: Any, types: Any, shapes: Any, defaults: Any) -> list[Dense]:
    return [
        Dense(_text(k), t.name, tuple(s or ()), np.asarray(d))
        for k, t, s, d in zip(keys, types, shapes, defaults, strict=True)
    ]


def _flat(sparse: list[Sparse], dense: list[np.ndarray]) -> list[Any]:
    """As the ops give them: all indices, all values, all shapes, all dense ones."""
    return [part[i] for i in (0, 1, 2) for part in sparse] + dense


def _sparse_shapes(count: int, rank: int) -> list[Shape]:
    return (
        [(None, rank)] * count + [(None,)] * count + [(rank,)] * count
    )  # indices, values, dense shapes


# -- several examples -----------------------------------------------------------------


def _examples_shape(op: Operation) -> list[Shape]:
    given = op.inputs[0].static_shape
    if given is not None and len(given) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(given)}")
    batch = None if given is None else given[0]
    dense: list[Shape] = [
        None if s is None else (batch, *s) for s in op.attrs["dense_shapes"]
    ]
    return _sparse_shapes(op.attrs["Nsparse"], 2) + dense


parse_example_op = define(
    "ParseExample",
    "serialized: string, names: string, sparse_keys: Nsparse * string, "
    "dense_keys: Ndense * string, dense_defaults: Tdense -> "
    "sparse_indices: Nsparse * int64, sparse_values: sparse_types, "
    "sparse_shapes: Nsparse * int64, dense_values: Tdense",
    Nsparse=Attr("int", minimum=0), Ndense=Attr("int", minimum=0),
    sparse_types=_types(), Tdense=_types(), dense_shapes=Attr("list(shape)"),
    shape=_examples_shape, gradient=None, doc="The features of serialized Examples.",
)  # fmt: skip


@parse_example_op.kernel("CPU")
def _(
    serialized: Any,
    names: Any,
    sparse_keys: list[Any],
    dense_keys: list[Any],
    dense_defaults: list[Any],
    sparse_types: tuple[DType, ...],
    Tdense: tuple[DType, ...],
    dense_shapes: tuple[Any, ...],
) -> list[Any]:
    if np.ndim(serialized) != 1:
        invalid(
            "Expected serialized to be a vector, got shape: "
            f"{format_list(np.shape(serialized))}"
        )
    if len(names) and len(names) != len(serialized):
        invalid(
            f"Expected len(names) == len(serialized), but got: {len(names)} vs. "
            f"{len(serialized)}"
        )
    found = parse_batch(
        serialized,
        names,
        _sparse_keys(sparse_keys, sparse_types),
        _dense_keys(dense_keys, Tdense, dense_shapes, dense_defaults),
    )
    return _flat(*found)


# -- one ------------------------------------------------------------------------------


def _single_example_shape(op: Operation) -> list[Shape]:
    given = op.inputs[0].static_shape
    if given is not None and given != ():
        raise ValueError(f"Shape must be rank 0 but is rank {len(given)}")
    return _sparse_shapes(op.attrs["num_sparse"], 1) + list(op.attrs["dense_shapes"])


parse_single_example_op = define(
    "ParseSingleExample",
    "serialized: string, dense_defaults: Tdense -> "
    "sparse_indices: num_sparse * int64, sparse_values: sparse_types, "
    "sparse_shapes: num_sparse * int64, dense_values: Tdense",
    num_sparse=Attr("int", minimum=0), sparse_keys=Attr("list(string)"),
    dense_keys=Attr("list(string)"), sparse_types=_types(), Tdense=_types(),
    dense_shapes=Attr("list(shape)"), shape=_single_example_shape, gradient=None,
    doc="The features of a serialized Example.",
)  # fmt: skip


@parse_single_example_op.kernel("CPU")
def _(
    serialized: Any,
    dense_defaults: list[Any],
    sparse_keys: tuple[bytes, ...],
    dense_keys: tuple[bytes, ...],
    sparse_types: tuple[DType, ...],
    Tdense: tuple[DType, ...],
    dense_shapes: tuple[Any, ...],
) -> list[Any]:
    found = parse_one(
        np.asarray(serialized).item(),
        _sparse_keys(sparse_keys, sparse_types),
        _dense_keys(dense_keys, Tdense, dense_shapes, dense_defaults),
    )
    return _flat(*found)


# -- one with lists -------------------------------------------------------------------


def _sequence_shape(op: Operation) -> list[Shape]:
    attrs = op.attrs
    lists: list[Shape] = [
        None if s is None else (None, *s) for s in attrs["feature_list_dense_shapes"]
    ]
    return [
        *_sparse_shapes(attrs["Ncontext_sparse"], 1),
        *attrs["context_dense_shapes"],
        *_sparse_shapes(attrs["Nfeature_list_sparse"], 2),
        *lists,
    ]


parse_sequence_op = define(
    "ParseSingleSequenceExample",
    "serialized: string, feature_list_dense_missing_assumed_empty: string, "
    "context_sparse_keys: Ncontext_sparse * string, "
    "context_dense_keys: Ncontext_dense * string, "
    "feature_list_sparse_keys: Nfeature_list_sparse * string, "
    "feature_list_dense_keys: Nfeature_list_dense * string, "
    "context_dense_defaults: Tcontext_dense, debug_name: string -> "
    "context_sparse_indices: Ncontext_sparse * int64, "
    "context_sparse_values: context_sparse_types, "
    "context_sparse_shapes: Ncontext_sparse * int64, "
    "context_dense_values: Tcontext_dense, "
    "feature_list_sparse_indices: Nfeature_list_sparse * int64, "
    "feature_list_sparse_values: feature_list_sparse_types, "
    "feature_list_sparse_shapes: Nfeature_list_sparse * int64, "
    "feature_list_dense_values: feature_list_dense_types",
    Ncontext_sparse=Attr("int", 0, minimum=0), Ncontext_dense=Attr("int", 0, minimum=0),
    Nfeature_list_sparse=Attr("int", 0, minimum=0),
    Nfeature_list_dense=Attr("int", 0, minimum=0),
    context_sparse_types=_types(default=()), Tcontext_dense=_types(default=()),
    feature_list_dense_types=_types(default=()),
    context_dense_shapes=Attr("list(shape)", ()),
    feature_list_sparse_types=_types(default=()),
    feature_list_dense_shapes=Attr("list(shape)", ()),
    shape=_sequence_shape, gradient=None,
    doc="The features of a serialized SequenceExample.",
)  # fmt: skip


@parse_sequence_op.kernel("CPU")
def _(
    serialized: Any,
    feature_list_dense_missing_assumed_empty: Any,
    context_sparse_keys: list[Any],
    context_dense_keys: list[Any],
    feature_list_sparse_keys: list[Any],
    feature_list_dense_keys: list[Any],
    context_dense_defaults: list[Any],
    debug_name: Any,
    context_sparse_types: tuple[DType, ...],
    Tcontext_dense: tuple[DType, ...],
    feature_list_dense_types: tuple[DType, ...],
    context_dense_shapes: tuple[Any, ...],
    feature_list_sparse_types: tuple[DType, ...],
    feature_list_dense_shapes: tuple[Any, ...],
) -> list[Any]:
    nothing = [np.empty(0)] * len(feature_list_dense_keys)
    once_sparse, once_dense, sparse_lists, dense_lists = parse_sequence(
        np.asarray(serialized).item(),
        np.asarray(debug_name).item(),
        (
            _sparse_keys(context_sparse_keys, context_sparse_types),
            _dense_keys(
                context_dense_keys,
                Tcontext_dense,
                context_dense_shapes,
                context_dense_defaults,
            ),
        ),
        (
            _sparse_keys(feature_list_sparse_keys, feature_list_sparse_types),
            _dense_keys(
                feature_list_dense_keys,
                feature_list_dense_types,
                feature_list_dense_shapes,
                nothing,
            ),
        ),
        [_text(k) for k in feature_list_dense_missing_assumed_empty],
    )
    return [*_flat(once_sparse, once_dense), *_flat(sparse_lists, dense_lists)]
