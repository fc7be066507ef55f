"""What a checkpoint holds under a name: saveable objects, made of variables.

A *saveable* says which tensors are written under which names, and which ops put the
values back (`ops/save_spec.py`). Variables have one each, a partitioned variable has
one for each part, and lookup tables bring their own. Read next: `saver_builder.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops import state
from interactive_graphs.ops.partitioned_variables import PartitionedVariable
from interactive_graphs.ops.resource_variable import ResourceVariable
from interactive_graphs.ops.save_spec import SaveableObject, SaveSpec
from interactive_graphs.ops.variables import Variable

_REFERENCES = ("Variable", "VariableV2", "AutoReloadVariable")


class _ReferenceSaveable(SaveableObject):
    """A variable that is a reference."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        # A part is read through its `read` node, as TensorFlow does.
        tensor = var._as_graph_element() if isinstance(var, Variable) else var
        self._ref = tensor
        if slice_spec and isinstance(var, Variable):
            tensor = var.value()
        super().__init__(self._ref, [SaveSpec(tensor, slice_spec, name)], name)

    def restore(
        self, restored_tensors: list[Tensor], restored_shapes: Any
    ) -> Operation:
        (value,) = restored_tensors
        shape = self._ref.static_shape
        if restored_shapes is not None:
            value = raw.Reshape(value, restored_shapes[0])
        validate = restored_shapes is None and shape is not None and None not in shape
        assigned: Tensor = state.assign(self._ref, value, validate_shape=validate)
        return assigned.op


class _ResourceSaveable(SaveableObject):
    """A resource variable."""

    def __init__(self, var: ResourceVariable, slice_spec: str, name: str) -> None:
        self._var = var
        spec = SaveSpec(var._as_graph_element(), slice_spec, name, var.dtype)
        super().__init__(var.handle, [spec], name)

    @property
    def device(self) -> str:
        return self._var.device

    def restore(
        self, restored_tensors: list[Tensor], restored_shapes: Any
    ) -> Operation:
        (value,) = restored_tensors
        if restored_shapes is not None:
            value = raw.Reshape(value, restored_shapes[0])
        value = raw.Identity(value)
        shape = to_static(self._var.shape)
        known = shape is not None and None not in shape
        if known and restored_shapes is None:
            value.set_shape(shape)
        assigned: Operation = raw.AssignVariableOp(
            self._var.handle, value, validate_shape=known
        )
        return assigned


def all_saveable_objects(scope: str | None = None) -> list[Any]:
    """What a Saver keeps that is not told: global variables, and saveable objects."""
    graph = get_default_graph()
    return graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope) + (
        graph.get_collection(GraphKeys.SAVEABLE_OBJECTS, scope)
    )


# -- what a Saver was given -----------------------------------------------------------


def by_name(var_list: Any) -> dict[str, Any]:
    """What to save under which name.

    Args:
        var_list: a list of variables and saveables; or a dictionary, whose values may
            also be partitioned variables and lists of their parts.

    Raises:
        TypeError: it is neither, or something in it cannot be saved.
        ValueError: two have one name.
    """
    if isinstance(var_list, dict):
        for name, var in var_list.items():
            _check_named(name, var)
        return dict(var_list)
    if not isinstance(var_list, Iterable) or isinstance(var_list, (str, Variable)):
        raise TypeError(
            f"Variables to save should be passed in a dict or a list: {var_list}"
        )
    result: dict[str, Any] = {}
    for var in sorted(var_list, key=_sort_key):
        _add(result, var)
    return result


def _sort_key(var: Any) -> str:
    return str(getattr(var, "name", ""))


def _check_named(name: Any, var: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(
            "names_to_saveables must be a dict mapping string names to variables. "
            f"Name is not a string: {name}"
        )
    if not _can_be_saved(var):
        raise TypeError(
            "names_to_saveables must be a dict mapping string names to Tensors/"
            f"Variables. Not a variable: {var}"
        )


def _can_be_saved(var: Any) -> bool:
    if isinstance(var, (list, tuple)):
        return all(isinstance(part, Variable) for part in var)
    if isinstance(var, Tensor):
        return var.op.type in _REFERENCES
    return isinstance(var, (Variable, PartitionedVariable, SaveableObject))


def _add(result: dict[str, Any], var: Any) -> None:
    """Put one element of a list under its name."""
    if isinstance(var, PartitionedVariable):
        for part in var:
            _add(result, part)
        return
    if not _can_be_saved(var) or isinstance(var, (list, tuple)):
        raise TypeError(f"Variable to save is not a Variable: {var}")
    info = var._get_save_slice_info() if isinstance(var, Variable) else None
    if info is not None:
        parts = result.setdefault(info.full_name, [])
        if not isinstance(parts, list):
            raise ValueError(
                f"Mixing slices and non-slices with the same name: {info.full_name}"
            )
        parts.append(var)
        return
    name = var.name if isinstance(var, SaveableObject) else var.op.name
    if name in result:
        raise ValueError(f"At least two variables have the same name: {name}")
    result[name] = var


def saveables(names: dict[str, Any]) -> list[SaveableObject]:
    """The saveable objects for what `by_name` gave, sorted by name.

    Raises:
        ValueError: one thing has two names.
    """
    result: list[SaveableObject] = []
    seen: set[int] = set()
    for name in sorted(names):
        for made in _saveables_of(names[name], name):
            # Tensors compare as themselves, so their identity is what counts.
            if id(made.op) in seen:
                raise ValueError(
                    "The same saveable will be restored with two names: " + name
                )
            seen.add(id(made.op))
            result.append(made)
    return result


def _saveables_of(var: Any, name: str) -> list[SaveableObject]:
    if isinstance(var, SaveableObject):
        return [var]
    if isinstance(var, (list, tuple, PartitionedVariable)):
        return [_part(part, name) for part in var]
    return [_saveable(var, "", name)]


def _part(part: Any, name: str) -> SaveableObject:
    info = part._get_save_slice_info()
    if info is None:
        raise ValueError(
            f"Slices must all be slices of one variable: {part} is no slice"
        )
    return _saveable(part, info.spec, name)


def _saveable(var: Any, spec: str, name: str) -> SaveableObject:
    if isinstance(var, ResourceVariable):
        return _ResourceSaveable(var, spec, name)
    return _ReferenceSaveable(var, spec, name)
