"""Examples as tensors: what features there are, and the functions that parse them.

    features = tf.parse_single_example(
        serialized,
        {"image": tf.FixedLenFeature([], tf.string), "ids": tf.VarLenFeature(tf.int64)},
    )

Read next: `parsing.py`, the ops.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype, string
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import constant
from interactive_graphs.ops.shape import expand_dims, reshape
from interactive_graphs.ops.sparse_shape import sparse_reorder

# -- kinds of features ----------------------------------------------------------------


class FixedLenFeature(NamedTuple):
    """A feature that has the same shape in each example.

    Attributes:
        shape: of its values.
        dtype: float32, int64 or string.
        default_value: for examples that lack it; without one, they are refused.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any length, which becomes a SparseTensor.

    Attributes:
        dtype: float32, int64 or string.
    """

    dtype: Any


class SparseFeature(NamedTuple):
    """A SparseTensor whose indices are features, too.

    Attributes:
        index_key: the feature of the indices, int64; a list, one per dimension.
        value_key: the feature of the values.
        dtype: of the values: float32, int64 or string.
        size: the dense size; a list, one per dimension.
        already_sorted: whether the indices are in order.
    """

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


class FixedLenSequenceFeature(NamedTuple):
    """A feature with any number of rows, which becomes a dense tensor.

    Attributes:
        shape: of a row.
        dtype: float32, int64 or string.
        allow_missing: whether examples may lack it, and rows are filled up.
        default_value: what they are filled up with; 0 or ''.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class _Raw:
    """What the ops are asked for, from a dictionary of features."""

    def __init__(self, features: Mapping[str, Any], kinds: tuple[type, ...]) -> None:
        """Sort the features of the given kinds.

        Raises:
            ValueError: a feature is of another kind, or lacks shape or dtype.
        """
        self.sparse: dict[str, DType] = {}
        self.dense: dict[str, tuple[DType, list[int | None], Any]] = {}
        self.may_be_missing: list[str] = []
        for key in sorted(features):
            feature = features[key]
            if not isinstance(feature, kinds):
                kind = type(feature).__name__
                raise ValueError(f"Unsupported {kind} {feature} for key '{key}'")
            self._add(key, feature)

    def _add(self, key: str, feature: Any) -> None:
        if not feature.dtype:
            raise ValueError(
                f"Missing type for feature {key}. Received feature={feature}."
            )
        dtype = as_dtype(feature.dtype)
        if isinstance(feature, VarLenFeature):
            self._add_sparse(key, dtype)
        elif isinstance(feature, SparseFeature):
            for index_key in _as_list(feature.index_key):
                self._add_sparse(index_key, as_dtype("int64"))
            self._add_sparse(feature.value_key, dtype)
        else:
            self._add_dense(key, dtype, feature)

    def _add_sparse(self, key: str, dtype: DType) -> None:
        if self.sparse.setdefault(key, dtype) != dtype:
            raise ValueError(
                f"Conflicting type {self.sparse[key].name} vs {dtype.name} for feature "
                f"{key}."
            )

    def _add_dense(self, key: str, dtype: DType, feature: Any) -> None:
        if feature.shape is None:
            raise ValueError(
                f"Missing shape for feature {key}. Received feature={feature}."
            )
        dims = TensorShape(feature.shape).as_list()
        if isinstance(feature, FixedLenFeature):
            if dims and dims[0] is None:
                raise ValueError(
                    f"First dimension of shape for feature {key} unknown. Consider "
                    f"using FixedLenSequenceFeature. Received feature={feature}."
                )
        elif feature.allow_missing:
            self.may_be_missing.append(key)
        if None in dims:
            raise ValueError(
                f"All dimensions of shape for feature {key} need to be known but "
                f"received {feature.shape!s}."
            )
        self.dense[key] = dtype, dims, feature.default_value

    def rows_of_any_number(self, features: Mapping[str, Any]) -> None:
        """Let sequences of examples have any number of rows.

        Raises:
            ValueError: one must not be missing.
        """
        for key, feature in features.items():
            if isinstance(feature, FixedLenSequenceFeature):
                if not feature.allow_missing:
                    raise ValueError(
                        "Unsupported: FixedLenSequenceFeature requires allow_missing "
                        "to be True."
                    )
                dtype, dims, default = self.dense[key]
                self.dense[key] = dtype, [None, *dims], default

    def defaults(self) -> list[Tensor]:
        """A tensor for each dense feature, empty where it must be there."""
        found = []
        for key, (dtype, dims, default) in self.dense.items():
            name = "key_" + re.sub("[^A-Za-z0-9_.\\-/]", "_", key)
            if dims and dims[0] is None:
                if default is None:
                    default = "" if dtype == string else 0
                found.append(convert(default, dtype, name))
            elif default is None:
                found.append(constant([], dtype))
            else:
                found.append(reshape(convert(default, dtype, name), dims))
        return found


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


_EXAMPLE_KINDS = (
    VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature
)  # fmt: skip


def _named(features: _Raw, outputs: list[Tensor]) -> dict[str, Any]:
    """An op's outputs by key."""
    n = len(features.sparse)
    parts = zip(outputs[:n], outputs[n : 2 * n], outputs[2 * n : 3 * n], strict=True)
    found: dict[str, Any] = {
        key: SparseTensor(*part)
        for key, part in zip(features.sparse, parts, strict=True)
    }
    found.update(zip(features.dense, outputs[3 * n :], strict=True))
    return found


def _with_sparse_features(
    features: Mapping[str, Any], found: dict[str, Any]
) -> dict[str, Any]:
    """Put the parts of each SparseFeature together, and leave out what is not asked."""
    result = {}
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, SparseFeature):
            result[key] = _joined(feature, found)
        else:
            result[key] = found[key]
    return result


def _joined(feature: SparseFeature, found: dict[str, Any]) -> SparseTensor:
    """The SparseTensor whose indices and values are two features' values."""
    values = found[feature.value_key]
    columns = [found[key] for key in _as_list(feature.index_key)]
    # The last column of a value's own indices is its place, which nobody wants.
    rows = values.indices[:, :-1]
    indices = concat([rows, *(expand_dims(c.values, 1) for c in columns)], 1)
    sizes = [convert(s, as_dtype("int64")) for s in _as_list(feature.size)]
    shape = concat([values.dense_shape[:-1], sizes], 0)
    tensor = SparseTensor(indices, values.values, shape)
    if feature.already_sorted:
        return tensor
    return sparse_reorder(tensor)


# -- the functions --------------------------------------------------------------------


def parse_example(
    serialized: Any, features: Any, name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """The features of several serialized Examples.

    Args:
        serialized: string, `[n]`.
        features: a FixedLenFeature, VarLenFeature, SparseFeature or
            FixedLenSequenceFeature for each key.
        name: of the scope.
        example_names: string, `[n]`: names for error texts.

    Returns:
        A dictionary: for each key a tensor `[n, ...]`, or a SparseTensor for those of
        any length.

    Raises:
        ValueError: there are no features, or one is incomplete.
        InvalidArgumentError: when it runs and an example is not what it must be.

    Example:
        >>> import interactive_graphs as tf
        >>> ints = tf.train.Int64List(value=[7, 8])
        >>> feature = {"x": tf.train.Feature(int64_list=ints)}
        >>> example = tf.train.Example(features=tf.train.Features(feature=feature))
        >>> parsed = tf.parse_example(
        ...     [example.SerializeToString()], {"x": tf.FixedLenFeature([2], tf.int64)}
        ... )
        >>> with tf.Session() as sess:
        ...     sess.run(parsed)
        {'x': array([[7, 8]])}
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    wanted = _Raw(features, _EXAMPLE_KINDS)
    wanted.rows_of_any_number(features)
    with op_scope(name, "ParseExample", serialized, example_names):
        examples = convert(serialized, string, "serialized")
        outputs = raw.ParseExample(
            examples,
            [] if example_names is None else example_names,
            list(wanted.sparse),
            list(wanted.dense),
            wanted.defaults(),
            sparse_types=list(wanted.sparse.values()),
            Tdense=[d[0] for d in wanted.dense.values()],
            dense_shapes=[d[1] for d in wanted.dense.values()],
            name="ParseExample",
        )
        return _with_sparse_features(features, _named(wanted, outputs))


def parse_single_example(
    serialized: Any, features: Any, name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """The features of a serialized Example.

    Args:
        serialized: string, `[]`.
        features: a FixedLenFeature, VarLenFeature, SparseFeature or
            FixedLenSequenceFeature for each key.
        name: of the scope.
        example_names: string, `[]`: its name; accepted, and of no effect.

    Returns:
        A dictionary: for each key a tensor, or a SparseTensor for those of any length.

    Raises:
        ValueError: there are no features, or one is incomplete.
        InvalidArgumentError: when it runs and the example is not what it must be.
    """
    if not features:
        raise ValueError("Missing features.")
    wanted = _Raw(features, _EXAMPLE_KINDS)
    wanted.rows_of_any_number(features)
    with op_scope(name, "ParseSingleExample", serialized, example_names):
        example = convert(serialized, string, "serialized")
        outputs = raw.ParseSingleExample(
            example,
            wanted.defaults(),
            num_sparse=len(wanted.sparse),
            sparse_keys=list(wanted.sparse),
            dense_keys=list(wanted.dense),
            sparse_types=list(wanted.sparse.values()),
            Tdense=[d[0] for d in wanted.dense.values()],
            dense_shapes=[d[1] for d in wanted.dense.values()],
            name="ParseSingleExample",
        )
        return _with_sparse_features(features, _named(wanted, outputs))


def parse_single_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The features of a serialized SequenceExample.

    Args:
        serialized: string, `[]`.
        context_features: as `features` of `parse_single_example`, of what it has once.
        sequence_features: a FixedLenSequenceFeature, VarLenFeature or SparseFeature for
            each list that it has.
        example_name: string, `[]`: its name for error texts.
        name: of the scope.

    Returns:
        Two dictionaries, of the context and of the lists. A list is a tensor
        `[steps, ...]` or a SparseTensor.

    Raises:
        ValueError: there are no features, or one is incomplete.
        InvalidArgumentError: when it runs and the example is not what it must be.
    """
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context, lists = context_features or {}, sequence_features or {}
    once = _Raw(context, (VarLenFeature, SparseFeature, FixedLenFeature))
    steps = _Raw(lists, (VarLenFeature, SparseFeature, FixedLenSequenceFeature))
    with op_scope(name, "ParseSingleSequenceExample", serialized):
        outputs = raw.ParseSingleSequenceExample(
            convert(serialized, string, "serialized"),
            convert(steps.may_be_missing, string),
            list(once.sparse),
            list(once.dense),
            list(steps.sparse),
            list(steps.dense),
            once.defaults(),
            "" if example_name is None else example_name,
            context_sparse_types=list(once.sparse.values()),
            Tcontext_dense=[d[0] for d in once.dense.values()],
            feature_list_dense_types=[d[0] for d in steps.dense.values()],
            context_dense_shapes=[d[1] for d in once.dense.values()],
            feature_list_sparse_types=list(steps.sparse.values()),
            feature_list_dense_shapes=[d[1] for d in steps.dense.values()],
            name="ParseSingleSequenceExample",
        )
        count = 3 * len(once.sparse) + len(once.dense)
        return (
            _with_sparse_features(context, _named(once, outputs[:count])),
            _with_sparse_features(lists, _named(steps, outputs[count:])),
        )
