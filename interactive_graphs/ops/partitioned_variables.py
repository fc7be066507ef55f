"""Variables in parts: one large variable kept as several smaller ones.

`get_variable` makes them when a partitioner is in force; the partitioner says into how
many parts each axis is cut. Read next: `variable_store.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import (
    convert,
    register_tensor_conversion_function,
)
from interactive_graphs.framework.dtypes import DType, as_dtype, string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape, to_static
from interactive_graphs.ops._variable_operators import install_operators


class PartitionInfo:
    """Tells an initializer of which larger tensor it makes a part.

    Args:
        full_shape: the shape of the whole.
        var_offset: where the part starts.
    """

    def __init__(self, full_shape: Any, var_offset: Any) -> None:
        """See the class."""
        self.full_shape = [int(d) for d in full_shape]
        self.var_offset = [int(d) for d in var_offset]

    def single_offset(self, shape: Any) -> int:
        """Where a part of `shape` starts along the axis that is cut."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self.var_offset[axis]

    def single_slice_dim(self, shape: Any) -> int | None:
        """The axis that is cut, for a part of `shape`; None when none is.

        Raises:
            ValueError: more than one is.
        """
        pairs = enumerate(zip(shape, self.full_shape, strict=True))
        cut = [axis for axis, (part, whole) in pairs if part != whole]
        if len(cut) > 1:
            raise ValueError(
                f"single_slice_dim() called with shape {list(shape)}, which is cut "
                f"along the axes {cut} of full_shape {self.full_shape}."
            )
        return cut[0] if cut else None


class PartitionedVariable:
    """A variable kept in parts; as a tensor it is their concatenation.

    Args:
        name: of the whole.
        shape: of the whole.
        dtype: of its values.
        variable_list: the parts, in order.
        partitions: into how many parts each axis is cut.

    Raises:
        TypeError: `variable_list` or `partitions` is no list.
        ValueError: they do not go together.
    """

    # So that `ndarray + variable` asks the variable instead of looping over the array.
    __array_priority__ = 100

    def __init__(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        variable_list: list[Any],
        partitions: list[int],
    ) -> None:
        """See the class."""
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        self._name = name
        self._shape = TensorShape(shape)
        self._dtype = as_dtype(dtype)
        self._variable_list = list(variable_list)
        self._partitions = list(partitions)
        self._as_whole: Tensor | None = None

    def __iter__(self) -> Iterator[Any]:
        """The parts."""
        return iter(self._variable_list)

    def __len__(self) -> int:
        """How many parts there are."""
        return len(self._variable_list)

    @property
    def name(self) -> str:
        """The name of the whole."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The same as `shape`."""
        return self._shape

    def value(self) -> Tensor:
        """The same as `as_tensor`; what expressions use."""
        return self.as_tensor()

    def __getitem__(self, spec: Any) -> Tensor:
        """A slice of the whole."""
        part: Tensor = self.as_tensor()[spec]
        return part

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        """The axes that are cut."""
        axes = [axis for axis, count in enumerate(self._partitions) if count > 1]
        return axes or [0]

    def as_tensor(self) -> Tensor:
        """The whole as a tensor.

        Raises:
            NotImplementedError: it is cut along more than one axis.
        """
        if self._as_whole is None:
            self._as_whole = self._concat()
        return self._as_whole

    def _concat(self) -> Tensor:
        parts, axes = self._variable_list, self._partition_axes()
        graph = get_default_graph()
        if len(axes) > 1:
            raise NotImplementedError(
                f"Cannot concatenate along more than one dimension: {axes}.  "
                "Multi-axis partition concat is not supported"
            )
        with graph.control_dependencies(None), graph.name_scope(None):
            whole: Tensor
            if len(parts) == 1:
                whole = raw.Identity(parts[0], name=self._name)
                return whole
            with graph.name_scope(self._name + "/ConcatPartitions/"):
                joined = raw.ConcatV2(parts, axes[0], name="concat")
            whole = raw.Identity(joined, name=self._name)
            return whole

    def assign(self, value: Any, use_locking: bool = False) -> list[Any]:
        """Set all parts.

        Args:
            value: a tensor of the dtype and the shape of the whole.
            use_locking: accepted as in TF1.

        Returns:
            An assignment per part.
        """
        whole = convert(value, self._dtype)
        made = []
        for part in self._variable_list:
            info = part._get_save_slice_info()
            piece = raw.Slice(whole, info.var_offset, info.var_shape)
            made.append(part.assign(piece, use_locking=use_locking))
        return made


install_operators(PartitionedVariable)


def _as_tensor(
    value: PartitionedVariable, dtype: DType | None, name: str | None, as_ref: bool
) -> Tensor:
    del name
    if dtype is not None and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for "
            f"variable of type '{value.dtype.name}'"
        )
    if as_ref:
        raise NotImplementedError(
            "PartitionedVariable doesn't support being used as a reference."
        )
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _as_tensor)


# -- how to cut -----------------------------------------------------------------------

Partitioner = Callable[..., list[int]]


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """A partitioner that cuts one axis into a fixed number of parts.

    Args:
        num_shards: how many parts; never more than the axis has elements.
        axis: which axis.

    Returns:
        A function of a shape and a dtype: the number of parts of each axis.
    """

    def partitioner(shape: Any, **_unused: Any) -> list[int]:
        dims = _known(shape)
        counts = [1] * len(dims)
        counts[axis] = min(num_shards, dims[axis])
        return counts

    return partitioner


def variable_axis_size_partitioner(
    max_shard_bytes: int,
    axis: int = 0,
    bytes_per_string_element: int = 16,
    max_shards: int | None = None,
) -> Partitioner:
    """A partitioner that cuts one axis so that no part is larger than some bytes.

    Args:
        max_shard_bytes: the largest size of a part.
        axis: which axis.
        bytes_per_string_element: what a string is taken to need.
        max_shards: the largest number of parts.

    Returns:
        A function of a shape and a dtype: the number of parts of each axis.

    Raises:
        ValueError: a number is not positive.
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("max_shard_bytes and bytes_per_string_element must be >= 1.")
    if max_shards is not None and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        dims = _known(shape)
        size = _element_size(dtype, bytes_per_string_element)
        counts = [1] * len(dims)
        row = size * math.prod(d for i, d in enumerate(dims) if i != axis % len(dims))
        per_shard = max(1, max_shard_bytes // max(row, 1))
        shards = math.ceil(dims[axis] / per_shard)
        counts[axis] = min(shards, max_shards) if max_shards else shards
        return counts

    return partitioner


def min_max_variable_partitioner(
    max_partitions: int = 1,
    axis: int = 0,
    min_slice_size: int = 256 << 10,
    bytes_per_string_element: int = 16,
) -> Partitioner:
    """A partitioner that makes as many parts as are worth it.

    Args:
        max_partitions: the largest number of parts.
        axis: which axis.
        min_slice_size: the smallest size of a part in bytes.
        bytes_per_string_element: what a string is taken to need.

    Returns:
        A function of a shape and a dtype: the number of parts of each axis.
    """

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        dims = _known(shape)
        size = _element_size(dtype, bytes_per_string_element) * math.prod(dims)
        counts = [1] * len(dims)
        wanted = min(max_partitions, math.ceil(size / min_slice_size))
        counts[axis] = max(1, min(dims[axis], wanted))
        return counts

    return partitioner


def _known(shape: Any) -> tuple[int, ...]:
    dims = to_static(shape)
    if dims is None or None in dims:
        raise ValueError(f"The shape must be fully known to be cut, not {shape}")
    return dims  # type: ignore[return-value]


def _element_size(dtype: Any, string_size: int) -> int:
    found = as_dtype(dtype)
    return string_size if found.base_dtype is string else found.size
