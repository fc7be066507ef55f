"""Every op says of itself what TensorFlow's OpDef says, so that graphs can travel."""

import os
from typing import Any

import pytest

from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import as_dtype

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
from tensorflow.python.framework import op_def_registry

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

# Ops whose int32 arguments later versions let be int64.
SINCE_WIDENED = {"ConcatOffset", "TopKV2"}
# Attributes that later versions added and that mean nothing here.
IGNORED = {"grad_a", "grad_b", "grad_x", "grad_y"}


def arguments(args: Any) -> list[tuple[Any, ...]]:
    """Name and type of each argument of a TensorFlow OpDef."""
    return [
        (
            arg.name,
            as_dtype(arg.type).name if arg.type else None,
            arg.type_attr or None,
            arg.number_attr or None,
            arg.type_list_attr or None,
            arg.is_ref,
        )
        for arg in args
    ]


def own_arguments(args: tuple[registry.Arg, ...]) -> list[tuple[Any, ...]]:
    return [
        (
            arg.name,
            arg.dtype.name if arg.dtype else None,
            arg.type_attr,
            arg.number_attr,
            arg.type_list_attr,
            arg.is_ref,
        )
        for arg in args
    ]


@pytest.mark.parametrize("name", registry.op_names())
def test_arguments_are_tensorflows(name):
    theirs = op_def_registry.get(name)
    assert theirs is not None, f"TensorFlow has no op {name}"
    ours = registry.lookup(name)
    for mine, others in (
        (ours.inputs, theirs.input_arg),
        (ours.outputs, theirs.output_arg),
    ):
        if name in SINCE_WIDENED:
            assert [arg.name for arg in mine] == [arg.name for arg in others]
        else:
            assert own_arguments(mine) == arguments(others)


@pytest.mark.parametrize("name", registry.op_names())
def test_attributes_are_tensorflows(name):
    theirs = op_def_registry.get(name)
    if theirs is None:
        return
    ours = registry.lookup(name)
    found = {attr.name: attr for attr in theirs.attr}
    assert set(ours.attrs) <= set(found), "attributes that TensorFlow has not"
    for attr_name, attr in found.items():
        if attr_name in IGNORED:
            continue
        if attr_name not in ours.attrs:
            # Left out: then TensorFlow must have a default that means "as in 1.9".
            assert attr.HasField("default_value"), f"{attr_name} is missing"
            continue
        mine = ours.attrs[attr_name]
        assert mine.kind == attr.type, attr_name
        has_default = mine.default is not registry.MISSING
        assert has_default == attr.HasField("default_value"), attr_name
        if has_default:
            assert same_default(mine, attr.default_value), attr_name
        if attr.type in ("type", "list(type)") and mine.allowed is not None:
            theirs_allowed = [as_dtype(t) for t in attr.allowed_values.list.type]
            assert not theirs_allowed or set(mine.allowed) <= set(theirs_allowed)


def same_default(mine: registry.Attr, value: Any) -> bool:
    """Whether two defaults of the simple kinds are equal; others are not compared."""
    field = {"int": "i", "float": "f", "bool": "b", "string": "s", "type": "type"}
    if mine.kind not in field:
        return True
    theirs = getattr(value, field[mine.kind])
    if mine.kind == "type":
        return as_dtype(theirs) is mine.default
    if mine.kind == "float":
        return theirs == pytest.approx(mine.default, rel=1e-6)
    return theirs == mine.default


@pytest.mark.parametrize("name", registry.op_names())
def test_commutes_and_keeps_state_as_tensorflows(name):
    theirs = op_def_registry.get(name)
    if theirs is None:
        return
    assert registry.lookup(name).commutative <= theirs.is_commutative
