"""The table of ops: records complete themselves when they are asked."""

import pytest

import interactive_graphs  # noqa: F401 - declares the ops
from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import float32, int32
from interactive_graphs.framework.registry import Attr, define, lookup, types


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    monkeypatch.setattr(registry, "_OPS", dict(registry._OPS))
    monkeypatch.setattr(registry, "_GRADIENTS", dict(registry._GRADIENTS))


@pytest.mark.parametrize("name", registry.op_names())
def test_a_record_fits_its_signature_and_kernels(name):
    record = lookup(name)
    assert record.input_names == tuple(arg.name for arg in record.inputs)
    for kernel in record.kernels.values():
        assert set(kernel.attrs) <= set(record.attrs)


def test_a_signature_says_what_an_op_takes_and_gives():
    record = define(
        "OfTests", "x: T, rest: N * T, ref: Ref(float32), ins: Tin -> y: T, z: bool",
        T=types([float32, int32]), Tin=Attr("list(type)"), axis=0,
    )  # fmt: skip
    x, rest, ref, ins = record.inputs
    assert (x.type_attr, x.is_list) == ("T", False)
    assert (rest.number_attr, rest.type_attr, rest.is_list) == ("N", "T", True)
    assert (ref.dtype, ref.is_ref) == (float32, True)
    assert (ins.type_list_attr, ins.is_list) == ("Tin", True)
    assert [arg.name for arg in record.outputs] == ["y", "z"]
    assert sorted(record.attrs) == ["N", "T", "Tin", "axis"]
    assert record.attrs["T"].allowed == (float32, int32)
    assert record.defaults == {"axis": 0}


def test_one_attribute_may_serve_under_several_names():
    index = types([int32], int32)
    record = define("OfTests", "x: Tx, y: Ty -> z: Tx", Tx=index, Ty=index)
    assert [record.attrs[name].name for name in ("Tx", "Ty")] == ["Tx", "Ty"]


def test_a_kernel_may_come_after_a_record_was_asked():
    record = define("OfTests", "x: T -> y: T", axis=0)
    assert record.kernels == {}

    @record.kernel("CPU")
    def kernel(x, axis):
        return x

    assert record.kernels["CPU"].fn is kernel
    assert record.kernels["CPU"].attrs == ("axis",)


def test_a_kernel_may_take_ctx_first():
    record = define("OfTests", "x: T -> y: T")
    record.kernel("CPU")(lambda ctx, x: x)
    assert record.kernels["CPU"].takes_ctx
    assert not record.is_pure


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (lambda y: y, r"takes \['y'\] where the op has the inputs \['x'\]"),
        (lambda x, axes: x, r"asks for \['axes'\], which are neither"),
    ],
)
def test_a_kernel_that_does_not_fit_is_named_with_its_place(kernel, words):
    record = define("OfTests", "x: T -> y: T", axis=0)
    record.kernel("CPU")(kernel)
    for _ in range(2):
        with pytest.raises(TypeError, match=rf"test_registry\.py:\d+: .*{words}"):
            _ = record.kernels


def test_an_op_has_one_kernel_for_a_device():
    record = define("OfTests", "x: T -> y: T")
    record.kernel("CPU")(lambda x: x)
    with pytest.raises(TypeError, match="'OfTests' has a CPU kernel already"):
        record.kernel("CPU")(lambda x: x)


def test_a_second_definition_names_both_places():
    define("OfTests", "x: T -> y: T")
    with pytest.raises(KeyError, match=r"test_registry\.py:\d+ and .*test_registry"):
        define("OfTests", "x: T -> y: T")


def test_an_unknown_op_gets_the_nearest_name():
    with pytest.raises(LookupError, match="'MatMull'; did you mean 'MatMul'"):
        lookup("MatMull")


def test_a_record_has_no_other_fields():
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = lookup("MatMul").colour
