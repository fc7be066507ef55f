"""The variables of `get_variable`, by full name: making them, and giving them again.

One store per graph, shared by all threads; which names are asked for is
`variable_scope.py`'s business. Read next: `variable_init.py`.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.source import RawStack, capture
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_shape,
    is_compatible,
    to_static,
)
from interactive_graphs.ops import initializers
from interactive_graphs.ops.partitioned_variables import (
    PartitionedVariable,
    PartitionInfo,
)
from interactive_graphs.ops.save_slice import SaveSliceInfo
from interactive_graphs.ops.variables import Variable

_ADVICE = "Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope?"


class VariableStore:
    """Variables by full name.

    In all methods `reuse` is False (make a new one), True (give an existing one), or
    anything else that is true (whichever fits).
    """

    def __init__(self) -> None:
        """No variables."""
        self._vars: dict[str, Any] = {}
        self._partitioned_vars: dict[str, PartitionedVariable] = {}
        self._asked: dict[str, dict[RawStack, None]] = {}

    def asked_for(self, name: str) -> list[RawStack]:
        """The user's lines that share a variable: who made it comes first.

        Each is a stack, see `framework.source`; of a loop's many only one.
        """
        return list(self._asked.get(name, ()))

    def kept(self) -> Iterator[tuple[str, dict[Any, Any]]]:
        """What is part of the graph's state, for `framework.retire`."""
        yield "variables", self._vars
        yield "partitioned variables", self._partitioned_vars
        yield "asked for", self._asked

    def _note(self, name: str) -> None:
        self._asked.setdefault(name, {})[capture(2)] = None

    def get_variable(
        self, name: str, custom_getter: Callable[..., Any] | None = None, **kwargs: Any
    ) -> Any:
        """A variable of that name, through `custom_getter` if there is one.

        Args:
            name: the full name.
            custom_getter: `fn(getter, name, **kwargs)`.
            **kwargs: as of `get_variable`, with `reuse`.

        Raises:
            ValueError: see `get_variable`.
        """
        if custom_getter is None:
            return self._true_getter(name, **kwargs)
        if not callable(custom_getter):
            raise ValueError(
                f"Passed a custom_getter which is not callable: {custom_getter}"
            )
        if not _accepts(custom_getter, "constraint"):
            kwargs.pop("constraint", None)
        return custom_getter(getter=self._true_getter, name=name, **kwargs)

    def _true_getter(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """`get_variable` without custom getters."""
        wanted = as_dtype("float32" if dtype is None else dtype).base_dtype
        dims = to_static(shape)
        whole = partitioner is None or dims == ()
        if whole and not (reuse and name in self._partitioned_vars):
            if f"{name}/part_0" in self._vars:
                raise ValueError(
                    "No partitioner was provided, but a partitioned version of the "
                    f"variable was found: {name}/part_0. Perhaps a variable of the "
                    "same name was already created with partitioning?"
                )
            return self._single(
                name, dims, wanted, initializer, regularizer, reuse, **kwargs
            )
        if partitioner is not None and not callable(partitioner):
            raise ValueError(
                f"Partitioner must be callable, but received: {partitioner}"
            )
        return self._partitioned(
            name, dims, wanted, initializer, regularizer, reuse, partitioner, **kwargs
        )

    # -- one variable --------------------------------------------------------------

    def _single(
        self,
        name: str,
        shape: Shape,
        dtype: DType,
        initializer: Any,
        regularizer: Any,
        reuse: Any,
        partition_info: PartitionInfo | None = None,
        **kwargs: Any,
    ) -> Any:
        from_value = initializer is not None and not callable(initializer)
        if from_value and shape is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        if name in self._vars:
            found = self._existing(name, shape, dtype, reuse)
            self._note(name)
            return found
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with "
                "tf.get_variable(). Did you mean to set reuse=tf.AUTO_REUSE in "
                "VarScope?"
            )
        if from_value:
            start, made_dtype = initializer, None
        else:
            start = _initial_value(name, shape, dtype, initializer, partition_info)
            made_dtype = dtype
        variable = Variable(start, name=name, dtype=made_dtype, **kwargs)
        self._vars[name] = variable
        self._note(name)
        if regularizer:
            _regularize(variable, name, regularizer)
        return variable

    def _existing(self, name: str, shape: Shape, dtype: DType, reuse: Any) -> Any:
        found = self._vars[name]
        if reuse is False or reuse is None:
            where = "".join(traceback.format_list(found.op.traceback[::-1][:3]))
            raise ValueError(
                f"Variable {name} already exists, disallowed. {_ADVICE} Originally "
                f"defined at:\n\n{where}"
            )
        if not is_compatible(shape, found.shape.static):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape "
                f"{format_shape(shape)} and found shape {found.shape}."
            )
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} "
                f"and found dtype {found.dtype.name}."
            )
        return found

    # -- a variable in parts -------------------------------------------------------

    def _partitioned(
        self,
        name: str,
        shape: Shape,
        dtype: DType,
        initializer: Any,
        regularizer: Any,
        reuse: Any,
        partitioner: Any,
        **kwargs: Any,
    ) -> PartitionedVariable:
        if name in self._vars:
            raise ValueError(
                "A partitioner was provided, but an unpartitioned version of the "
                f"variable was found: {name}.  Perhaps a variable of the same name was "
                "already created without partitioning?"
            )
        if initializer is not None and not callable(initializer):
            initializer = convert(initializer, dtype)
            shape = initializer.static_shape if shape is None else shape
        if name in self._partitioned_vars:
            return self._existing_parts(name, shape, dtype, reuse, partitioner)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with "
                "tf.get_variable(). Did you mean to set reuse=False or "
                "reuse=tf.AUTO_REUSE in VarScope?"
            )
        dims = _fully_known(name, shape)
        counts = _checked_counts(partitioner(shape=shape, dtype=dtype), dims)
        parts = []
        for i, (offset, size) in enumerate(_cuts(dims, counts)):
            part = self._single(
                f"{name}/part_{i}",
                size if initializer is None or callable(initializer) else None,
                dtype,
                _part_of(initializer, offset, size),
                regularizer,
                reuse,
                partition_info=PartitionInfo(dims, offset),
                **kwargs,
            )
            part._set_save_slice_info(
                SaveSliceInfo(name, list(dims), list(offset), list(size))
            )
            parts.append(part)
        whole = PartitionedVariable(name, dims, dtype, parts, counts)
        self._partitioned_vars[name] = whole
        return whole

    def _existing_parts(
        self, name: str, shape: Shape, dtype: DType, reuse: Any, partitioner: Any
    ) -> PartitionedVariable:
        found = self._partitioned_vars[name]
        start = f"Trying to reuse partitioned variable {name}, but specified"
        if not reuse:
            raise ValueError(
                f"Partitioned variable with name {name} already exists. {_ADVICE}"
            )
        if not is_compatible(shape, found.shape.static):
            raise ValueError(
                f"{start} shape {format_shape(shape)} and found shape {found.shape}."
            )
        if dtype is not found.dtype:
            raise ValueError(
                f"{start} dtype {dtype.name} and found dtype {found.dtype.name}."
            )
        if partitioner is not None:
            counts = partitioner(shape=found.shape.static, dtype=dtype)
            if list(counts) != found._get_partitions():
                raise ValueError(
                    f"{start} partitions {counts} and found partitions "
                    f"{found._get_partitions()}."
                )
        return found


def _accepts(function: Callable[..., Any], parameter: str) -> bool:
    """Whether a function can be called with a keyword argument."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # a builtin that does not tell
        return True
    return parameter in parameters or any(
        p.kind is p.VAR_KEYWORD for p in parameters.values()
    )


def _initial_value(
    name: str,
    shape: Shape,
    dtype: DType,
    initializer: Any,
    partition_info: PartitionInfo | None,
) -> Callable[[], Any]:
    """What makes the initial value, to be called where its nodes belong."""
    if initializer is None:
        _fully_known(name, shape)
        initializer = _default_initializer(name, dtype)
    if isinstance(initializer, type):
        initializer = initializer(dtype=dtype)
    if shape is None and not _takes_arguments(initializer):
        made: Callable[[], Any] = initializer
        return made
    dims = list(_fully_known(name, shape))
    kwargs: dict[str, Any] = {"dtype": dtype}
    if _accepts(initializer, "partition_info"):
        kwargs["partition_info"] = partition_info
    return lambda: initializer(dims, **kwargs)


def _takes_arguments(function: Callable[..., Any]) -> bool:
    try:
        return bool(inspect.signature(function).parameters)
    except ValueError:  # a builtin that does not tell
        return True


def _default_initializer(name: str, dtype: DType) -> Any:
    if dtype.is_floating:
        return initializers.glorot_uniform_initializer()
    if dtype.is_integer or dtype.is_bool or dtype.name == "string":
        return initializers.Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype} is required")


def _fully_known(name: str, shape: Shape) -> tuple[int, ...]:
    if shape is None or None in shape:
        raise ValueError(
            f"Shape of a new variable ({name}) must be fully defined, but instead was "
            f"{format_shape(shape)}."
        )
    return shape  # type: ignore[return-value]


def _regularize(variable: Any, name: str, regularizer: Callable[..., Any]) -> None:
    """Add a variable's loss to the collection of them."""
    graph = get_default_graph()
    with graph.colocate_with(variable.op), graph.name_scope(name + "/Regularizer/"):
        loss = regularizer(variable)
    if loss is not None:
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


def _checked_counts(counts: Any, shape: tuple[int, ...]) -> list[int]:
    """What a partitioner gave, if one axis at most is cut.

    Raises:
        ValueError: it is no list of a number per axis, or more than one axis is cut.
    """
    if not isinstance(counts, (list, tuple)) or len(counts) != len(shape):
        raise ValueError(
            "Partitioner must return a sequence of a number per axis, not "
            f"{counts} for shape {list(shape)}"
        )
    if any(c < 1 for c in counts):
        raise ValueError(
            f"Partitioner returned zero partitions for some axes: {counts}"
        )
    if sum(c > 1 for c in counts) > 1:
        raise ValueError(
            f"Can only slice a variable along one dimension: shape: {list(shape)}, "
            f"partitioning: {list(counts)}"
        )
    return list(counts)


def _cuts(
    shape: tuple[int, ...], counts: list[int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """(offset, size) of each part; the first ones take what does not come out even."""
    axis = next((i for i, c in enumerate(counts) if c > 1), 0)
    small, larger = divmod(shape[axis], counts[axis])
    cuts, start = [], 0
    for i in range(counts[axis]):
        length = small + (i < larger)
        offset = tuple(start if a == axis else 0 for a in range(len(shape)))
        size = tuple(length if a == axis else d for a, d in enumerate(shape))
        cuts.append((offset, size))
        start += length
    return cuts


def _part_of(initializer: Any, offset: tuple[int, ...], size: tuple[int, ...]) -> Any:
    """The initializer of a part: a value is cut, a function is told by its info."""
    if initializer is None or callable(initializer):
        return initializer
    spec = tuple(slice(o, o + s) for o, s in zip(offset, size, strict=True))
    return initializer[spec]
