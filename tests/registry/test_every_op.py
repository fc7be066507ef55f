"""What holds for every op: no op escapes, since each must have a sample.

A sample's node is made with `raw`; its kernel's result is held against the declared
dtype and the shape rule, its gradient against a difference quotient, its NodeDef
against what an imported copy says. `sample.py` describes the records.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry
from interactive_graphs.framework.tensor_shape import is_compatible
from tests.registry.node import Node
from tests.registry.sample import Sample

SAMPLES = [
    sample
    for path in sorted((Path(__file__).parent / "samples").glob("*.py"))
    if path.stem != "__init__"
    for sample in importlib.import_module(f"tests.registry.samples.{path.stem}").SAMPLES
]
RUN = [sample for sample in SAMPLES if sample.run]


def label(sample: Sample) -> str:
    return sample.op


def differentiable(sample: Sample) -> bool:
    try:
        return registry.lookup_gradient(sample.op) is not None
    except LookupError:
        return False


SMOOTH = [sample for sample in RUN if differentiable(sample)]


def test_every_op_has_a_sample():
    missing = set(registry.op_names()) - {sample.op for sample in SAMPLES}
    assert not missing, f"no sample in tests/registry/samples for: {sorted(missing)}"


def test_every_sample_names_an_op():
    assert {sample.op for sample in SAMPLES} <= set(registry.op_names())


def test_what_is_not_run_says_why():
    silent = [sample.op for sample in SAMPLES if not sample.run and not sample.note]
    assert silent == []


@pytest.mark.parametrize("name", registry.op_names())
def test_has_a_kernel(name):
    if registry.lookup(name).kernels:
        return
    notes = [sample.note for sample in SAMPLES if sample.op == name]
    assert any("kernel" in note for note in notes), "no kernel, and no note on why"


@pytest.mark.parametrize("sample", RUN, ids=label)
def test_gives_what_it_declares(sample):
    node = Node(sample)
    for tensor, value in zip(node.op.outputs, node.run(), strict=True):
        declared = tensor.dtype.base_dtype.np_dtype
        assert value.dtype == declared, f"{tensor.name} should be {declared}"
        # Stacks and TensorArrays declare [2], as in TF: that was their handle's shape
        # when it was two strings. A handle is an object now and has none.
        if (tensor.dtype, tensor.static_shape) == (tf.resource, (2,)):
            continue
        assert is_compatible(tensor.static_shape, value.shape), (
            f"{tensor.name}: the shape rule says {tensor.static_shape}, "
            f"the kernel gives {value.shape}"
        )


def arrays_in(args: object) -> Iterator[np.ndarray]:
    if isinstance(args, np.ndarray):
        yield args
    elif isinstance(args, list | tuple):
        for arg in args:
            yield from arrays_in(arg)


@pytest.mark.parametrize("sample", RUN, ids=label)
def test_its_kernel_leaves_its_inputs_alone(sample, monkeypatch):
    node = Node(sample)
    kernel = registry.lookup(sample.op).kernels.get("CPU")
    if kernel is None:
        return
    function, calls = kernel.fn, []

    def watched(*args, **attrs):
        before = [array.copy() for array in arrays_in(args)]
        result = function(*args, **attrs)
        calls.append(list(zip(before, arrays_in(args), strict=True)))
        return result

    monkeypatch.setattr(kernel, "fn", watched)
    node.run()
    for before, after in (pair for call in calls for pair in call):
        np.testing.assert_array_equal(after, before, strict=True)


@pytest.mark.parametrize("sample", RUN, ids=label)
def test_its_shape_rule_takes_unknown_shapes(sample):
    known, unknown = Node(sample), Node(sample, hide_shapes=True)
    pairs = zip(known.op.outputs, unknown.op.outputs, strict=True)
    for exact, vague in pairs:
        assert is_compatible(exact.static_shape, vague.static_shape)


def types_to_try(sample: Sample) -> list[tuple[str, str]]:
    """Each type attribute of the inputs with each dtype that it may be."""
    op = registry.lookup(sample.op)
    names = {arg.type_attr for arg in op.inputs if arg.type_attr and not arg.is_ref}
    found = []
    for name in sorted(names):
        allowed = op.attrs[name].allowed or ()
        found += [
            (name, d.name)
            for d in allowed
            if not d.is_quantized and d.name not in ("resource", "variant")
        ]
    return found


def fixed_type(value: object) -> bool:
    """Whether an input cannot be cast: a handle, or strings."""
    if isinstance(value, list):
        return any(map(fixed_type, value))
    return callable(value) or np.asarray(value).dtype.kind in "OSU"


@pytest.mark.parametrize("sample", RUN, ids=label)
def test_takes_every_dtype_it_allows(sample):
    if any(map(fixed_type, sample.inputs)):
        return
    for attr, dtype in types_to_try(sample):
        if dtype == "string":
            continue
        with tf.Graph().as_default():
            try:
                node = Node(sample, cast={attr: dtype})
                values = node.run()
            except (tf.errors.InvalidArgumentError, ValueError):
                continue  # the sample's values do not suit the dtype
        for tensor, value in zip(node.op.outputs, values, strict=True):
            assert value.dtype == tensor.dtype.base_dtype.np_dtype, f"{attr}={dtype}"


@pytest.mark.parametrize("sample", RUN, ids=label)
def test_its_node_survives_the_wire(sample):
    node = Node(sample)
    wire = node.op.graph.as_graph_def().SerializeToString()
    graph_def = tf.GraphDef.FromString(wire)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    copy = graph.get_operation_by_name(node.op.name)
    assert copy.node_def == node.op.node_def
    assert [t.dtype for t in copy.outputs] == [t.dtype for t in node.op.outputs]
    for mine, theirs in zip(node.op.outputs, copy.outputs, strict=True):
        assert mine.static_shape == theirs.static_shape


@pytest.mark.parametrize("sample", SMOOTH, ids=label)
def test_gradient_is_the_slope(sample):
    node = Node(sample, precise=True)
    if not node.sources:
        return
    for index, found in node.gradients().items():
        slope = node.slope(index)
        scale = max(1.0, np.abs(slope).max(initial=0))
        np.testing.assert_allclose(
            found / scale, slope / scale, atol=node.tolerance,
            err_msg=f"input {index} of {sample.op}",
        )  # fmt: skip
