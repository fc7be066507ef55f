"""Each op's record against TensorFlow's own: same arguments, attributes, defaults.

Only then do GraphDefs go both ways. TensorFlow may know attributes that 1.9 did not
have; ours must all be known there.
"""

import os

import pytest

import interactive_graphs  # noqa: F401 - defines the ops
from interactive_graphs import protos
from interactive_graphs.framework import registry
from interactive_graphs.framework.graph_def import op_def_proto
from interactive_graphs.framework.node_reader import means_nothing

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
from tensorflow.python.framework import op_def_registry

pytestmark = pytest.mark.oracle

# Ops with a further attribute since 1.9 for what was of one type then.
CHANGED_SINCE_1_9 = {"ConcatOffset", "TopKV2"}


def arguments(args):
    return [
        (a.name, int(a.type), a.type_attr, a.number_attr, a.type_list_attr, a.is_ref)
        for a in args
    ]


def theirs(name):
    """TensorFlow's record, as a message of ours."""
    found = op_def_registry.get(name)
    return found and protos.OpDef.FromString(found.SerializeToString())


@pytest.mark.parametrize("name", registry.op_names())
def test_record_is_tensorflows(name):
    ours, other = op_def_proto(registry.lookup(name)), theirs(name)
    assert other is not None, f"TensorFlow has no op {name}"
    if name in CHANGED_SINCE_1_9:
        pytest.skip("changed since 1.9")
    assert arguments(ours.input_arg) == arguments(other.input_arg)
    assert arguments(ours.output_arg) == arguments(other.output_arg)
    known = {attr.name: attr for attr in other.attr}
    for attr in ours.attr:
        assert attr.name in known, f"TensorFlow's {name} has no attr {attr.name}"
        described = known.pop(attr.name)
        assert attr.type == described.type, attr.name
        assert attr.default_value == described.default_value, attr.name
        # Where ours has none, the shape rule looks, with 1.9's words.
        assert attr.minimum in (0, described.minimum), attr.name
    for attr in known.values():
        assert attr.HasField("default_value"), f"{attr.name} is missing here"
        assert means_nothing(attr.name, attr.default_value), attr.name


@pytest.mark.parametrize("name", registry.op_names())
def test_what_is_stateful_there_is_stateful_here(name):
    other = theirs(name)
    if other is not None and other.is_stateful:
        assert registry.lookup(name).stateful
