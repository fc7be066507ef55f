"""DType: what the types are, what stands for them, how they compare."""

import copy
import pickle
import re
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

from interactive_graphs.framework import dtypes
from interactive_graphs.framework.dtypes import DType, as_dtype


def exactly(text):
    return f"^{re.escape(text)}$"


NUMBERS = {
    "float32": 1,
    "float64": 2,
    "int32": 3,
    "uint8": 4,
    "int16": 5,
    "int8": 6,
    "string": 7,
    "complex64": 8,
    "int64": 9,
    "bool": 10,
    "qint8": 11,
    "quint8": 12,
    "qint32": 13,
    "bfloat16": 14,
    "qint16": 15,
    "quint16": 16,
    "uint16": 17,
    "complex128": 18,
    "float16": 19,
    "resource": 20,
    "variant": 21,
    "uint32": 22,
    "uint64": 23,
}


@pytest.mark.parametrize(("name", "number"), NUMBERS.items())
def test_numbers_are_those_of_the_protos(name, number):
    dtype = getattr(dtypes, name)
    assert dtype.name == name
    assert dtype.as_datatype_enum == int(dtype) == hash(dtype) == number
    assert as_dtype(name) is as_dtype(number) is DType(number) is dtype
    ref = as_dtype(number + 100)
    assert ref.name == f"{name}_ref"
    assert as_dtype(ref.name) is ref
    assert ref.base_dtype is dtype.base_dtype is dtype
    assert dtype._as_ref is ref._as_ref is ref
    assert ref.is_ref_dtype
    assert ref._is_ref_dtype
    assert not dtype.is_ref_dtype
    assert not dtype._is_ref_dtype


def test_all_lists_every_base_type_once():
    assert {d.name: int(d) for d in dtypes.ALL} == NUMBERS
    assert len(dtypes.ALL) == len(NUMBERS)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # M06
        ("float", "float32"),
        (np.int64, "int64"),
        ("int32_ref", "int32_ref"),
        (1, "float32"),
        (object, "string"),
        # names
        ("double", "float64"),
        ("half", "float16"),
        ("float_ref", "float32_ref"),
        ("resource", "resource"),
        # Python's types
        (float, "float32"),
        (bool, "bool"),
        # numpy's
        (np.float16, "float16"),
        (np.bool_, "bool"),
        (np.complex128, "complex128"),
        (np.dtype("uint16"), "uint16"),
        (np.dtype(">i4"), "int32"),
        (np.longlong, "int64"),
        (np.dtype("longlong"), "int64"),
        (np.intc, "int32"),
        (np.str_, "string"),
        (np.bytes_, "string"),
        (np.dtype("S3"), "string"),
        (np.dtype("U3"), "string"),
        (np.dtype(object), "string"),
        (np.zeros(2, np.int8), "int8"),
        (np.dtype([("qint8", "i1")]), "qint8"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.bfloat16), "bfloat16"),
        (np.zeros(2, ml_dtypes.bfloat16), "bfloat16"),
    ],
)
def test_m06_what_stands_for_a_type(value, expected):
    assert as_dtype(value).name == expected


@pytest.mark.parametrize(
    "value",
    [
        "zork",
        "int",
        "f4",
        int,
        str,
        bytes,
        complex,
        None,
        99,
        124,
        0,
        -1,
        1.5,
        [],
        b"float32",
        np.generic,
        np.number,
        np.datetime64,
        np.longdouble,
        np.dtype([("x", "i4")]),
    ],
)
def test_m07_what_stands_for_no_type(value):
    text = f"Cannot convert value {value!r} to a TensorFlow DType."
    with pytest.raises(TypeError, match=exactly(text)):
        as_dtype(value)


def test_m08_reference_is_compatible_one_way_and_unequal():
    ref = as_dtype("int32_ref")
    assert dtypes.int32.is_compatible_with(ref)
    assert not ref.is_compatible_with(dtypes.int32)
    assert ref.is_compatible_with(ref)
    assert dtypes.int32.is_compatible_with("int32")
    assert not dtypes.int32.is_compatible_with("int64")
    assert dtypes.int32 != ref


def test_equal_to_whatever_stands_for_it():
    assert dtypes.float32 == "float"
    assert dtypes.float32 == np.float32
    assert dtypes.float32 == 1
    assert dtypes.float32 != "float64"
    assert dtypes.float32 != "zork"
    assert dtypes.float32 != None  # noqa: E711  # the operator is under test
    assert {1: "found"}[dtypes.float32] == "found"


def test_printed_forms():
    assert str(dtypes.float32) == "<dtype: 'float32'>"
    assert repr(dtypes.float32) == "tf.float32"
    assert repr(as_dtype("float32_ref")) == "tf.float32_ref"


@pytest.mark.parametrize("number", [0, 24, 99, 200])
def test_constructor_refuses_unknown_numbers(number):
    with pytest.raises(TypeError, match=f"^{number} does not correspond"):
        DType(number)


@pytest.mark.parametrize("dtype", [dtypes.int32, dtypes.bfloat16._as_ref])
def test_there_is_one_object_per_type(dtype):
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert copy.deepcopy(dtype) is dtype


KINDS = {
    "is_floating": "float16 bfloat16 float32 float64",
    "is_integer": "int8 int16 int32 int64 uint8 uint16 uint32 uint64",
    "is_unsigned": "uint8 uint16 uint32 uint64",
    "is_complex": "complex64 complex128",
    "is_bool": "bool",
    "is_quantized": "qint8 quint8 qint16 quint16 qint32",
}


@pytest.mark.parametrize(("predicate", "names"), KINDS.items())
def test_kinds_of_types(predicate, names):
    for dtype in dtypes.ALL:
        expected = dtype.name in names.split()
        assert getattr(dtype, predicate) is expected, dtype
        assert getattr(dtype._as_ref, predicate) is expected, dtype


def test_groups_hold_what_their_names_say():
    assert set(dtypes.FLOAT) == {d for d in dtypes.ALL if d.is_floating}
    assert set(dtypes.COMPLEX) == {d for d in dtypes.ALL if d.is_complex}
    assert set(dtypes.INTEGER) == {d for d in dtypes.ALL if d.is_integer}
    assert dtypes.FLOAT_OR_COMPLEX == dtypes.FLOAT + dtypes.COMPLEX
    assert set(dtypes.REAL) == {*dtypes.FLOAT, *dtypes.INTEGER}
    assert set(dtypes.NUMERIC) == {*dtypes.REAL, *dtypes.COMPLEX}
    assert (dtypes.int32, dtypes.int64) == dtypes.INDEX


@pytest.mark.parametrize("dtype", [d for d in dtypes.ALL if d.size], ids=repr)
def test_size_is_that_of_the_numpy_type(dtype):
    assert dtype.size == dtype.np_dtype.itemsize
    assert dtype.np_dtype == np.dtype(dtype.as_numpy_dtype)
    assert dtype._as_ref.np_dtype == dtype.np_dtype
    assert as_dtype(dtype.np_dtype) is dtype


@pytest.mark.parametrize("dtype", [dtypes.string, dtypes.resource, dtypes.variant])
def test_elements_without_fixed_size_are_objects(dtype):
    assert dtype.size == 0
    assert dtype.as_numpy_dtype is object
    assert dtype.np_dtype == np.dtype(object)
    assert dtype.is_numpy_compatible is (dtype is dtypes.string)


def test_real_dtype():
    assert dtypes.complex64.real_dtype is dtypes.float32
    assert as_dtype("complex128_ref").real_dtype is dtypes.float64
    assert dtypes.int32.real_dtype is dtypes.int32
    assert as_dtype("int32_ref").real_dtype is as_dtype("int32_ref")


def test_extremes():
    assert (dtypes.int8.min, dtypes.int8.max) == (-128, 127)
    assert (dtypes.uint64.min, dtypes.uint64.max) == (0, 2**64 - 1)
    assert dtypes.float64.max == np.finfo(np.float64).max
    assert dtypes.float16.min == -65504
    assert float(dtypes.bfloat16.max) == float.fromhex("0x1.FEp127")
    assert as_dtype("int32_ref").max == 2**31 - 1


@pytest.mark.parametrize(
    "dtype",
    [
        dtypes.string,
        dtypes.bool,
        dtypes.complex64,
        dtypes.qint8,
        dtypes.resource,
        as_dtype("string_ref"),
    ],
    ids=repr,
)
def test_types_without_order_have_no_extremes(dtype):
    text = f"Cannot find minimum value of {dtype}."
    with pytest.raises(TypeError, match=exactly(text)):
        _ = dtype.min
    text = f"Cannot find maximum value of {dtype}."
    with pytest.raises(TypeError, match=exactly(text)):
        _ = dtype.max


def test_limits():
    assert dtypes.uint8.limits == (0, 255)
    assert dtypes.int32.limits == (0, 2**31 - 1)
    assert dtypes.float32.limits == (0, 1)
    assert dtypes.bool.limits == (0, True)
    with pytest.raises(ValueError, match="does not have defined limits"):
        _ = dtypes.string.limits


def test_unknown_attributes_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'sise'"):
        _ = dtypes.bfloat16.sise


def test_ml_dtypes_is_loaded_only_for_bfloat16_values():
    program = (
        "import sys\n"
        "from interactive_graphs.framework import dtypes\n"
        "dtypes.as_dtype('bfloat16').size\n"
        "assert 'ml_dtypes' not in sys.modules\n"
        "assert dtypes.bfloat16._as_ref.np_dtype.name == 'bfloat16'\n"
        "assert 'ml_dtypes' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
