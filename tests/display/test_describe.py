import ml_dtypes
import numpy as np
import pytest

from interactive_graphs.display import describe
from tests.display.fakes import FakeGraph


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (None, "<unknown>"),
        ((), "()"),
        ((3,), "(3,)"),
        ((None,), "(?,)"),
        ((None, 3), "(?, 3)"),
    ],
)
def test_shapes_read_as_in_tf1(shape, text):
    assert describe.shape_text(shape) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float32(5), "5.0"),
        (np.int32(-3), "-3"),
        (np.bool_(True), "True"),
        (np.array([0, 1], np.int32), "[0, 1]"),
        (np.zeros((2, 2), np.float32), "[[0.0, 0.0], [0.0, 0.0]]"),
        (np.array([], np.float32), "[]"),
        (np.zeros((28, 28), np.float32), "float32 (28, 28)"),
        (np.array(b"abc", object), "'abc'"),
        (np.array([b"a", b"b"], object), "['a', 'b']"),
        (np.array([b"x" * 90], object), "string (1,)"),
        (np.array(b"\xff\x00", object), "'\\\\xff\\x00'"),
        (np.array(1.5, ml_dtypes.bfloat16), "1.5"),
        (np.array(1 + 2j, np.complex64), "(1+2j)"),
    ],
)
def test_small_values_are_told_in_full_and_large_ones_by_shape(value, text):
    assert describe.value_text(value) == text


def test_long_strings_lose_their_middle():
    text = describe.value_text(np.array(b"start" + b"." * 500 + b"end", object))
    assert len(text) <= 32
    assert text.startswith("'start")
    assert text.endswith("end'")


@pytest.mark.parametrize(
    ("device", "text"),
    [
        ("", ""),
        ("/device:GPU:1", "GPU:1"),
        ("/job:localhost/replica:0/task:0/device:CPU:0", "CPU:0"),
        ("/job:worker/task:1/device:CPU:0", "worker/1 CPU:0"),
        ("/job:ps", "ps"),
    ],
)
def test_devices_are_short(device, text):
    assert describe.device_text(device) == text


def test_plain_text_has_no_control_characters():
    assert describe.plain("a\nb\x00c\x1b") == "a b\\x00c\\x1b"


@pytest.mark.parametrize(
    ("op_type", "stateful", "kind"),
    [
        ("Const", False, describe.CONSTANT),
        ("Placeholder", False, describe.PLACEHOLDER),
        ("PlaceholderWithDefault", False, describe.PLACEHOLDER),
        ("VariableV2", True, describe.VARIABLE),
        ("VarHandleOp", True, describe.VARIABLE),
        ("NoOp", False, describe.GROUP),
        ("MatMul", False, describe.OPERATION),
        ("ReadVariableOp", True, describe.OPERATION),
        ("RandomUniform", True, describe.STATEFUL),
        ("QueueDequeueV2", True, describe.STATEFUL),
    ],
)
def test_kinds_follow_from_what_an_operation_does(op_type, stateful, kind):
    op = FakeGraph().op(op_type, "x", stateful=stateful).op
    assert describe.kind_of(op) == kind


def test_assigning_to_a_reference_is_stateful():
    graph = FakeGraph()
    graph.variable("w", ())
    assert describe.kind_of(graph.named("w/Assign")) == describe.STATEFUL
    assert describe.kind_of(graph.named("w/read")) == describe.OPERATION
