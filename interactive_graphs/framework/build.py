"""Arguments to a checked node: what every op constructor does.

`apply(op_def, args, attrs, name)` converts the arguments, works out the type
attributes, checks everything against the op's record with TF1's words, and adds the
node. Most calls (`x + y` of two float tensors) take the short way at its top.
Read next: `raw.py`.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np

from interactive_graphs._util import raising
from interactive_graphs.framework import lookup, source
from interactive_graphs.framework.convert import convert, make_scalar
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import Graph, default_graphs, get_default_graph
from interactive_graphs.framework.names import check_op_name, known_good
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import MISSING, Arg, Attr, OpDef
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static


def apply(
    op_def: OpDef, args: tuple[Any, ...], attrs: dict[str, Any], name: str | None = None
) -> Operation:
    """Add a node of `op_def`.

    Args:
        op_def: the op.
        args: a value per input: a tensor or what converts to one, a list for lists.
        attrs: attributes that do not follow from the inputs.
        name: the node's name; the op's when None.

    Returns:
        The operation.

    Raises:
        TypeError: an argument's type does not fit.
        ValueError: an argument's value or shape does not fit.
    """
    if op_def.plain and not attrs:
        op = _apply_plain(op_def, args, name)
        if op is not None:
            return op
    graph = graph_of(args)
    with ExitStack() as scopes:
        if graph is not default_graphs.top():
            scopes.enter_context(graph.as_default())
        if name is not None and not name.endswith("/"):
            check_op_name(name)
        full = graph.unique_op_name(name or op_def.name)
        values = dict(attrs)
        tensors = _convert_inputs(op_def, args, values, graph, full)
        _finish_attrs(op_def, values)
        types = output_types(op_def, values)
        if any(arg.is_ref for arg in op_def.inputs):
            _check_references(op_def, tensors)
            # Who changes a variable runs where the variable is.
            for tensor in tensors:
                if tensor.dtype._is_ref_dtype:
                    scopes.enter_context(graph.colocate_with(tensor.op))
        return graph.add(op_def, full, tuple(tensors), values, types)


def apply_reserved(
    op_def: OpDef,
    args: tuple[Any, ...],
    full: str,
    stack: source.RawStack | None = None,
) -> Operation:
    """`apply` under a full name that `Graph.unique_op_name` gave before."""
    if op_def.plain:
        op = _apply_plain(op_def, args, full, True, stack)
        if op is not None:
            return op
    return apply(op_def, args, {}, full + "/")


def _apply_plain(
    op_def: OpDef,
    args: tuple[Any, ...],
    name: str | None,
    reserved: bool = False,
    stack: source.RawStack | None = None,
) -> Operation | None:
    """The short way: all inputs are tensors of one dtype in one graph; else None."""
    if len(args) != len(op_def.inputs):
        return None
    first = args[0]
    if type(first) is not Tensor:
        return None
    dtype = first.dtype
    graph = first.op.graph
    items = default_graphs.items
    if items and items[-1] is not graph and items[-1].building_function:
        return None
    for other in args:
        if other is not first and (
            type(other) is not Tensor
            or (other.dtype is not dtype and not _same_base(other.dtype, dtype))
            or other.op.graph is not graph
        ):
            return None
    # By id: a DType lives for ever, and its hash is a method.
    form = op_def.plain_forms.get(id(dtype)) or _plain_form(op_def, dtype)
    if form is None:
        return None
    if name is None:
        name = graph.unique_name(op_def.name)
    elif not reserved:
        if name[-1:] == "/":
            name = graph.unique_op_name(name)
        else:
            if name not in known_good:
                check_op_name(name)
            name = graph.unique_name(name)
    if stack is None:
        stack = source.capture(4)  # passing over `apply` and the function that calls it
    return graph.add(op_def, name, args, form[0], form[1], stack)


def _same_base(one: DType, other: DType) -> bool:
    return one.base_dtype is other.base_dtype


def _plain_form(
    op_def: OpDef, dtype: DType
) -> tuple[dict[str, Any], tuple[DType, ...]] | None:
    """What all plain nodes share whose first input is of `dtype`; None if none is."""
    base = dtype.base_dtype
    allowed = op_def.attrs["T"].allowed
    if allowed is not None and base not in allowed:
        return None
    values = {**op_def.defaults, "T": base}
    form = values, output_types(op_def, values)
    op_def.plain_forms[id(dtype)] = form
    return form


def scalar_operand(
    graph: Graph,
    value: Any,
    dtype: DType,
    op_name: str,
    operand: str,
    stack: source.RawStack | None = None,
) -> Tensor:
    """A Python number that meets a tensor, as the constant `<op>/<operand>`.

    Args:
        graph: where to put it.
        value: the number.
        dtype: the other operand's dtype.
        op_name: the full name of the op that will take it.
        operand: 'x' or 'y'.
        stack: where the user made it; found out when None.
    """
    name = graph.names.unique(f"{op_name}/{operand}")
    return make_scalar(graph, value, dtype, name, stack)


def graph_of(args: tuple[Any, ...]) -> Graph:
    """The graph that the tensors among `args` share, else the default graph.

    While a function is defined it is the function's.

    Raises:
        ValueError: they are of different graphs.
    """
    if default_graphs.items and default_graphs.items[-1].building_function:
        return default_graphs.items[-1]  # type: ignore[no-any-return]
    first: Any = None
    pending = list(reversed(args))
    while pending:
        item = pending.pop()
        if isinstance(item, (list, tuple)):
            pending.extend(reversed(item))
        elif isinstance(item, (Tensor, Operation)) or (
            hasattr(item, "_as_graph_element") and hasattr(item, "graph")
        ):
            if first is None:
                first = item
            elif item.graph is not first.graph:
                raise _of_two_graphs(item, first)
    return get_default_graph() if first is None else first.graph


def _of_two_graphs(item: Any, first: Any) -> ValueError:
    error = ValueError(f"{item} must be from the same graph as {first}.")
    found = []
    for one in (item, first):
        element = (
            one if isinstance(one, (Tensor, Operation)) else one._as_graph_element()
        )
        error.add_note(f"'{element.name}' {lookup.whereabouts(element)}")
        found.append(lookup.operation_of(element))
    return raising.about(error, *found)


def _convert_inputs(
    op_def: OpDef,
    args: tuple[Any, ...],
    values: dict[str, Any],
    graph: Graph,
    full_name: str,
) -> list[Tensor]:
    """Each argument as tensors; type attributes they settle go into `values`."""
    if len(args) != len(op_def.inputs):
        raise TypeError(
            f"'{op_def.name}' Op takes {len(op_def.inputs)} inputs "
            f"{list(op_def.input_names)}, got {len(args)}"
        )
    tensors: list[Tensor] = []
    settled_by: dict[str, str] = {}
    with ExitStack() as scopes:
        if not all(type(a) is Tensor for a in args):
            # Constants made for an op live in a scope of its name.
            scopes.enter_context(graph.name_scope(full_name + "/"))
        for arg, value in zip(op_def.inputs, args, strict=True):
            if arg.is_list:
                found = _list_input(op_def, arg, value, values)
            else:
                found = [_single_input(op_def, arg, value, values)]
            _settle(op_def, arg, found, values, settled_by)
            tensors += found
    return [t if t.op.graph is graph else graph.adopt(t) for t in tensors]


def _check_references(op_def: OpDef, tensors: list[Tensor]) -> None:
    """A function captures values: it cannot change a variable by reference."""
    for arg, tensor in zip(op_def.inputs, tensors, strict=False):
        if arg.is_ref and not tensor.dtype._is_ref_dtype:
            raise TypeError(
                f"'{op_def.name}' Op requires that input '{arg.name}' be a mutable "
                "tensor (e.g.: a tf.Variable)"
            )


def _wanted(op_def: OpDef, arg: Arg, values: dict[str, Any]) -> tuple[Any, Any]:
    """(required dtype, preferred dtype) of an argument, None where open."""
    if arg.dtype is not None:
        return arg.dtype, None
    if arg.type_attr is not None:
        if arg.type_attr in values:
            return as_dtype(values[arg.type_attr]), None
        default = op_def.defaults.get(arg.type_attr)
        return None, default
    return None, None


def _single_input(
    op_def: OpDef, arg: Arg, value: Any, values: dict[str, Any]
) -> Tensor:
    required, preferred = _wanted(op_def, arg, values)
    try:
        if isinstance(value, Tensor):
            tensor = value
        else:
            tensor = convert(value, required, arg.name, arg.is_ref, preferred)
    except TypeError as error:
        if required is None:
            raise
        raise TypeError(
            f"Expected {required.name} passed to parameter '{arg.name}' of op "
            f"'{op_def.name}', got {value!r} of type '{type(value).__name__}' instead. "
            f"({error})"
        ) from None
    except ValueError:
        if required is not None and not isinstance(value, (list, tuple)):
            # A variable or the like of another dtype: let the type check word it.
            try:
                tensor = convert(value, None, arg.name, arg.is_ref)
            except (TypeError, ValueError):
                pass
            else:
                return tensor
        raise
    if arg.is_ref and not tensor.dtype._is_ref_dtype:
        raise TypeError(
            f"'{op_def.name}' Op requires that input '{arg.name}' be a mutable tensor "
            "(e.g.: a tf.Variable)"
        )
    return tensor


def _list_input(
    op_def: OpDef, arg: Arg, value: Any, values: dict[str, Any]
) -> list[Tensor]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(
            f"Expected list for '{arg.name}' argument to '{op_def.name}' Op, not "
            f"{value}."
        )
    if arg.type_list_attr is not None:
        given = values.get(arg.type_list_attr)
        wanted = list(given) if given is not None else [None] * len(value)
        if len(wanted) != len(value):
            raise ValueError(
                f"'{op_def.name}' Op: '{arg.name}' has {len(value)} tensors where "
                f"'{arg.type_list_attr}' names {len(wanted)} types"
            )
        return [
            convert(
                v, None if t is None else as_dtype(t), f"{arg.name}_{i}", arg.is_ref
            )
            for i, (v, t) in enumerate(zip(value, wanted, strict=True))
        ]
    required, preferred = _wanted(op_def, arg, values)
    if required is None:
        for item in value:
            dtype = getattr(item, "dtype", None)
            if isinstance(dtype, DType):
                required = dtype.base_dtype
                break
    try:
        return [
            convert(v, required, f"{arg.name}_{i}", arg.is_ref, preferred)
            for i, v in enumerate(value)
        ]
    except (TypeError, ValueError) as error:
        names = [getattr(getattr(v, "dtype", None), "name", None) for v in value]
        if all(n is not None for n in names) and len(set(names)) > 1:
            shown = ", ".join(str(n) for n in names)
            raise TypeError(
                f"Tensors in list passed to '{arg.name}' of '{op_def.name}' Op have "
                f"types [{shown}] that don't all match."
            ) from error
        raise


def _settle(
    op_def: OpDef,
    arg: Arg,
    found: list[Tensor],
    values: dict[str, Any],
    settled_by: dict[str, str],
) -> None:
    """Check an argument's types against the record and note what they decide."""
    types = [t.dtype.base_dtype for t in found]
    if arg.type_list_attr is not None:
        values[arg.type_list_attr] = tuple(types)
        _check_allowed_types(op_def.attrs[arg.type_list_attr], arg.name, types)
        return
    if arg.number_attr is not None:
        _settle_number(op_def, arg, len(found), values)
    for dtype in types:
        if arg.dtype is not None:
            if dtype is not arg.dtype:
                raise TypeError(
                    f"Input '{arg.name}' of '{op_def.name}' Op has type {dtype.name} "
                    f"that does not match expected type of {arg.dtype.name}."
                )
            continue
        attr = arg.type_attr
        assert attr is not None
        if attr not in values:
            _check_allowed_types(op_def.attrs[attr], arg.name, [dtype])
            values[attr] = dtype
            settled_by[attr] = arg.name
        elif as_dtype(values[attr]) is not dtype:
            other = settled_by.get(attr)
            wanted = as_dtype(values[attr]).name
            raise TypeError(
                f"Input '{arg.name}' of '{op_def.name}' Op has type {dtype.name} that "
                f"does not match type {wanted} of argument '{other or attr}'."
            )


def _settle_number(op_def: OpDef, arg: Arg, count: int, values: dict[str, Any]) -> None:
    attr = arg.number_attr
    assert attr is not None
    if attr in values and values[attr] != count:
        raise ValueError(
            f"List argument '{arg.name}' to '{op_def.name}' Op with length {count} "
            f"must match length {values[attr]} of argument '{attr}'."
        )
    minimum = op_def.attrs[attr].minimum
    if minimum is not None and count < minimum:
        raise ValueError(
            f"List argument '{arg.name}' to '{op_def.name}' Op with length {count} "
            f"shorter than minimum length {minimum}."
        )
    values[attr] = count


def _check_allowed_types(attr: Attr, parameter: str, found: list[DType]) -> None:
    if attr.allowed is None:
        return
    for dtype in found:
        if dtype not in attr.allowed:
            names = ", ".join(d.name for d in attr.allowed)
            raise TypeError(
                f"Value passed to parameter '{parameter}' has DataType {dtype.name} "
                f"not in list of allowed values: {names}"
            )


def _finish_attrs(op_def: OpDef, values: dict[str, Any]) -> None:
    """Check the attributes given, fill in defaults, refuse what the op has not."""
    for name in values:
        if name not in op_def.attrs and not name.startswith("_"):
            raise TypeError(f"apply_op() got unexpected keyword arguments: {name}")
    for name, attr in op_def.attrs.items():
        if values.get(name, MISSING) is MISSING:
            if attr.default is MISSING:
                raise TypeError(f"No argument for attr {name} of '{op_def.name}' Op")
            values[name] = attr.default
        else:
            values[name] = attr_value(op_def, attr, values[name])


def attr_value(op_def: OpDef, attr: Attr, value: Any) -> Any:
    """`value` in the form that `Operation.attrs` keeps.

    Raises:
        TypeError: it is of another kind.
        ValueError: it is not among the allowed values, or below the minimum.
    """
    if attr.kind.startswith("list("):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"Expected list for attr {attr.name}")
        if attr.minimum is not None and len(value) < attr.minimum:
            raise ValueError(
                f"Attr '{attr.name}' of '{op_def.name}' Op passed list of length "
                f"{len(value)} less than minimum {attr.minimum}."
            )
        kind = attr.kind[5:-1]
        return tuple(_one_value(op_def, attr, kind, v) for v in value)
    return _one_value(op_def, attr, attr.kind, value)


def _one_value(op_def: OpDef, attr: Attr, kind: str, value: Any) -> Any:
    if kind == "type":
        dtype = as_dtype(value).base_dtype
        _check_allowed_types(attr, attr.name, [dtype])
        return dtype
    if kind == "int":
        return _int_value(op_def, attr, value)
    if kind == "float":
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
            raise TypeError(f"Expected float for argument '{attr.name}' not {value!r}.")
        return float(np.float32(value))  # as the wire has it
    if kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"Expected bool for argument '{attr.name}' not {value!r}.")
        return bool(value)
    if kind == "string":
        return _string_value(op_def, attr, value)
    if kind == "shape":
        return to_static(value)
    if kind == "tensor":
        return np.asarray(value)
    return value if isinstance(value, str) else getattr(value, "name", str(value))


def _int_value(op_def: OpDef, attr: Attr, value: Any) -> int:
    if hasattr(value, "value") and not isinstance(value, (np.ndarray, Tensor)):
        value = value.value  # a Dimension
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"Expected int for argument '{attr.name}' not {value!r}.")
    # A list's minimum is of its length.
    minimum = None if attr.kind.startswith("list(") else attr.minimum
    if minimum is not None and value < minimum:
        raise ValueError(
            f"Attr '{attr.name}' of '{op_def.name}' Op passed {value} less than "
            f"minimum {attr.minimum}."
        )
    return int(value)


def _string_value(op_def: OpDef, attr: Attr, value: Any) -> bytes:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"Expected string for argument '{attr.name}' not {value!r}.")
    text = value.encode() if isinstance(value, str) else value
    if attr.allowed is not None:
        allowed = [a.encode() if isinstance(a, str) else a for a in attr.allowed]
        if text not in allowed:
            names = '", "'.join(a.decode() for a in allowed)
            raise ValueError(
                f"Attr '{attr.name}' of '{op_def.name}' Op passed string "
                f"'{text.decode(errors='replace')}' not in: \"{names}\"."
            )
    return text


def output_types(op_def: OpDef, values: dict[str, Any]) -> tuple[DType, ...]:
    """A dtype for each output, given the attributes."""
    types: list[DType] = []
    for arg in op_def.outputs:
        if arg.type_list_attr is not None:
            types += values[arg.type_list_attr]
            continue
        dtype = arg.dtype if arg.dtype is not None else values[str(arg.type_attr)]
        if arg.is_ref:
            dtype = dtype._as_ref
        types += [dtype] * (values[arg.number_attr] if arg.number_attr else 1)
    return tuple(types)


def input_groups(op: Operation) -> list[int | None]:
    """For each input argument the number of tensors it took; None for single ones."""
    groups: list[int | None] = []
    for arg in op.op_def.inputs:
        if arg.number_attr is not None:
            groups.append(op.attrs[arg.number_attr])
        elif arg.type_list_attr is not None:
            groups.append(len(op.attrs[arg.type_list_attr]))
        else:
            groups.append(None)
    return groups
