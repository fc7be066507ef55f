"""How values become arrays, and arrays TensorProtos and back."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from interactive_graphs import protos
from interactive_graphs.framework import dtypes
from interactive_graphs.framework.tensor_proto import (
    array_to_proto,
    make_ndarray,
    make_tensor_proto,
    to_array,
)
from interactive_graphs.framework.tensor_shape import Dimension, TensorShape

OBJECT = object()


def check(array, expected, dtype):
    assert isinstance(array, np.ndarray)
    assert dtypes.as_dtype(array.dtype) is dtype
    assert array.flags.c_contiguous
    expected = np.array(expected, array.dtype)
    assert array.shape == expected.shape
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("value", "expected", "dtype"),
    [
        (1.5, 1.5, dtypes.float32),
        (3, 3, dtypes.int32),
        (-(2**31), -(2**31), dtypes.int32),
        (2**31, 2**31, dtypes.int64),
        (2**63, 2**63, dtypes.uint64),
        (True, True, dtypes.bool),
        (1 + 2j, 1 + 2j, dtypes.complex128),
        ("ä", b"\xc3\xa4", dtypes.string),
        (b"\xff\x00", b"\xff\x00", dtypes.string),
        ([], [], dtypes.float32),
        ((), [], dtypes.float32),
        ([[], []], [[], []], dtypes.float32),
        ([1, 2], [1, 2], dtypes.int32),
        ((1, 2.5), [1, 2.5], dtypes.float32),
        ([True, 1], [1, 1], dtypes.int32),
        ([2**31, 1], [2**31, 1], dtypes.int64),
        ([1j, 1], [1j, 1], dtypes.complex128),
        ([["a"], [b"b\x00"]], [[b"a"], [b"b\x00"]], dtypes.string),
        (range(3), [0, 1, 2], dtypes.int32),
        ([np.float64(1)], [1], dtypes.float32),
        ([np.int64(1)], [1], dtypes.int32),
        ([np.float16(1)], [1], dtypes.float16),
        (Dimension(3), 3, dtypes.int32),
        ([Dimension(2**40), 4], [2**40, 4], dtypes.int64),
        (bytearray(b"ab"), [97, 98], dtypes.uint8),
    ],
    ids=repr,
)
def test_python_values_find_their_dtype(value, expected, dtype):
    check(to_array(value), expected, dtype)


@pytest.mark.parametrize("dtype", [d for d in dtypes.NUMERIC if d != dtypes.bfloat16])
def test_numpy_values_keep_their_dtype(dtype):
    array = np.array([[1, 2], [3, 4]], dtype.as_numpy_dtype)
    check(to_array(array), array, dtype)
    check(to_array(array[0, 1]), 2, dtype)


def test_numpy_strings_become_bytes():
    for array in (
        np.array(["a", "bc"]),
        np.array([b"a", b"bc"]),
        np.array(["a", b"bc"], object),
    ):
        check(to_array(array), [b"a", b"bc"], dtypes.string)


def test_foreign_byte_order_is_read_right():
    check(to_array(np.array([1, 2], ">i4")), [1, 2], dtypes.int32)


def test_result_shares_nothing_with_the_argument():
    array = np.zeros([2, 3], np.float32)
    for result in (to_array(array), to_array(array, shape=[3, 2])):
        result[:] = 1
    to_array(array, dtypes.float32).fill(2)
    assert not array.any()
    assert to_array(np.ones([2, 3]).T).flags.c_contiguous


@pytest.mark.parametrize("value", [0, 1, -1, 7, True, False, 0.5, -0.0, np.nan, np.inf])
@pytest.mark.parametrize("dtype", [None, dtypes.bool, *dtypes.NUMERIC], ids=repr)
def test_a_bare_scalar_gives_what_a_list_of_it_gives(value, dtype):
    # Bare scalars go by a table, lists through the checks.
    def outcome(values):
        try:
            array = to_array(values, dtype)
        except TypeError as error:
            return str(error)
        return array.dtype, array.tobytes()

    assert outcome(value) == outcome([value])


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        (1, dtypes.float32, 1.0),
        (True, dtypes.int32, 1),
        (1, dtypes.complex64, 1),
        (1.5, dtypes.bfloat16, 1.5),
        ([np.int32(1)], dtypes.float32, [1.0]),
        (Fraction(1, 2), dtypes.float32, 0.5),
        ([Dimension(3), 4], dtypes.int64, [3, 4]),
        ([np.True_], dtypes.bool, [True]),
        ([], dtypes.string, []),
        (np.array([1.7, -1.7]), dtypes.int32, [1, -1]),
        (np.float32(1.5), dtypes.int32, 1),
        (np.array([2, 0]), dtypes.bool, [True, False]),
        (np.array([1 + 2j]), dtypes.float32, [1.0]),
        (np.array(["a"]), dtypes.string, [b"a"]),
        # Integers too large wrap around, as in TensorFlow.
        (2**31, dtypes.int32, -(2**31)),
        (-1, dtypes.uint8, 255),
        ([[1], [300]], dtypes.int8, [[1], [44]]),
        (2**64 + 5, dtypes.uint64, 5),
    ],
    ids=repr,
)
def test_values_of_a_given_dtype(value, dtype, expected):
    check(to_array(value, dtype), expected, dtype)


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (1.5, dtypes.int32, "Expected int32, got 1.5 of type 'float' instead."),
        ([1, 2.5], dtypes.int64, "Expected int64, got 2.5 of type 'float' instead."),
        (np.nan, dtypes.int32, "Expected int32, got nan of type 'float' instead."),
        (1, dtypes.bool, "Expected bool, got 1 of type 'int' instead."),
        ([True, 1], dtypes.bool, "Expected bool, got 1 of type 'int' instead."),
        ("1", dtypes.float32, "Expected float32, got '1' of type 'str' instead."),
        ([1.5, "a"], dtypes.float32, "Expected float32, got 'a' of type 'str'"),
        ([1, None], dtypes.float32, "Expected float32, got None of type 'NoneType'"),
        (1j, dtypes.float64, "Expected float64, got 1j of type 'complex' instead."),
        (1, dtypes.string, "Expected string, got 1 of type 'int' instead."),
        (True, dtypes.string, "Expected string, got True of type 'bool' instead."),
        (OBJECT, dtypes.int32, "of type 'object' instead."),
        (np.array([1]), dtypes.string, "Expected binary or unicode string, got 1"),
        (["a", 1], None, "Failed to convert object of type <class 'list'> to Tensor."),
        ([1, None], None, "Contents: [1, None]. Consider casting elements"),
        (OBJECT, None, "Failed to convert object of type <class 'object'>"),
        ({"a": 1}, None, "Failed to convert object of type <class 'dict'>"),
        (int, None, "Failed to convert object of type <class 'type'>"),
        (10**400, None, "Failed to convert object of type <class 'int'>"),
        (Dimension(None), None, "Failed to convert object of type"),
        (np.datetime64("2020-01-01"), None, "to a TensorFlow DType."),
        (1, dtypes.resource, "Expected resource"),
    ],
    ids=repr,
)
def test_wrong_kinds_are_type_errors(value, dtype, text):  # M11
    with pytest.raises(TypeError) as info:
        to_array(value, dtype)
    assert text in str(info.value)
    assert not isinstance(info.value.__context__, KeyError)


def test_none_is_a_value_error():  # M12
    for dtype in (None, dtypes.float32):
        with pytest.raises(ValueError, match=r"^None values not supported\.$"):
            to_array(None, dtype)


@pytest.mark.parametrize("dtype", [None, dtypes.float32, dtypes.int32], ids=repr)
@pytest.mark.parametrize(
    ("value", "got", "wanted"),
    [
        ([[1, 2], [3]], "[2]", "[2, 2]"),
        ([[1, 2], 3], "[2]", "[2, 2]"),
        ([1, [2, 3]], "[2]", "[2, 2]"),
        ([[], [1]], "[2]", "[2, 0]"),
        ([[[1], [2]], [[3], [4, 5]]], "[2, 2]", "[2, 2, 1]"),
        ([np.array([1, 2]), np.array([3, 4])], "[2, 2]", "[2]"),
    ],
)
def test_ragged_lists_are_value_errors(value, got, wanted, dtype):
    with pytest.raises(ValueError, match=r"^Argument must be a dense tensor: ") as info:
        to_array(value, dtype)
    assert str(info.value).endswith(f" - got shape {got}, but wanted {wanted}.")


def test_ragged_strings_are_value_errors():
    with pytest.raises(ValueError, match=r"got shape \[2\], but wanted \[2, 2\]\.$"):
        to_array([["a", "b"], ["c"]])


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ([1, 2], [2, 3], [[1, 2, 2], [2, 2, 2]]),  # M09
        (7, [2, 2], [[7, 7], [7, 7]]),
        ([1, 2, 3, 4], (2, 2), [[1, 2], [3, 4]]),
        ([[1, 2], [3, 4]], [4], [1, 2, 3, 4]),
        ([1], [], 1),
        (1, [0, 3], np.zeros([0, 3])),
        (1, [Dimension(1)], [1]),
        (1, TensorShape([2]), [1, 1]),
        (1, np.array([2]), [1, 1]),
    ],
)
def test_missing_elements_repeat_the_last(value, shape, expected):
    check(to_array(value, shape=shape), expected, dtypes.int32)


def test_strings_fill_a_shape_too():
    check(to_array("a", shape=[2]), [b"a", b"a"], dtypes.string)
    check(to_array([], dtypes.string, [2]), [b"", b""], dtypes.string)


def test_too_many_elements():  # M10
    with pytest.raises(ValueError, match="Too many elements provided") as info:
        to_array([1, 2, 3], shape=[2])
    assert "Needed at most 2, but received 3" in str(info.value)
    with pytest.raises(ValueError, match="Needed at most 0, but received 2"):
        to_array([1, 2], shape=[0])


def test_verify_shape():
    check(to_array([1, 2], shape=[2], verify_shape=True), [1, 2], dtypes.int32)
    for value, got in (([1, 2], "(2,)"), (7, "()"), ([1, 2, 3, 4], "(4,)")):
        with pytest.raises(TypeError) as info:
            to_array(value, shape=[2, 2], verify_shape=True)
        assert str(info.value) == f"Expected Tensor's shape: (2, 2), got {got}."


def samples():
    for dtype in (*dtypes.NUMERIC, dtypes.bool):
        for shape in ((), (1,), (3,), (2, 3), (0,), (0, 2)):
            size = int(np.prod(shape))
            values = np.arange(size) % (2 if dtype.is_bool else 100)
            yield values.reshape(shape).astype(dtype.as_numpy_dtype)
    for dtype in (dtypes.int8, dtypes.int64, dtypes.uint32, dtypes.uint64):
        yield np.array(dtype.max)
        yield np.array([dtype.min, dtype.max])
    yield np.array([np.nan, np.inf, -np.inf, -0.0], np.float32)
    yield np.array([1 + 2j, -3.5j], np.complex64)
    yield np.array(1 + 2j)
    yield np.array([b"a", b"\x00\xff", b""], object)
    yield np.array(b"one", object)
    yield np.array([], object)
    for dtype in (dtypes.qint8, dtypes.quint8, dtypes.qint32):
        yield np.array([(1,), (2,)], dtype.as_numpy_dtype)


@pytest.mark.parametrize(
    "array", list(samples()), ids=lambda a: f"{dtypes.as_dtype(a.dtype).name}{a.shape}"
)
def test_round_trip(array):  # M13
    for proto in (make_tensor_proto(array), array_to_proto(array)):
        assert proto.dtype == dtypes.as_dtype(array.dtype).as_datatype_enum
        wire = protos.TensorProto.FromString(proto.SerializeToString())
        back = make_ndarray(wire)
        assert back.dtype == array.dtype
        assert back.shape == array.shape
        assert back.tolist() == array.tolist() or np.isnan(array).any()
        if array.dtype != object:
            assert back.tobytes() == array.tobytes()


def test_wire_form():
    def fields(*args, **kwargs):
        proto = make_tensor_proto(*args, **kwargs)
        names = [field.name for field, _ in proto.ListFields()]
        assert names[:2] == ["dtype", "tensor_shape"]
        return names[2:]

    assert fields([1.0, 2.0]) == ["tensor_content"]
    assert fields(1.0) == ["float_val"]
    assert fields([1.0]) == ["float_val"]
    assert fields([1.0, 2.0], shape=[3]) == ["float_val"]
    assert fields([1, 2], np.int16) == ["tensor_content"]
    assert fields(1, np.uint16) == ["int_val"]
    assert fields([1.0, 2.0], np.float16) == ["half_val"]
    assert fields([True, False]) == ["bool_val"]
    assert fields([1j, 2]) == ["dcomplex_val"]
    assert fields(["a", "b"]) == ["string_val"]
    assert fields([]) == []


def test_tensor_content_is_little_endian():
    assert make_tensor_proto([1, 2]).tensor_content == b"\1\0\0\0\2\0\0\0"
    assert make_tensor_proto([1.0, 2.0]).tensor_content == b"\0\0\x80?\0\0\0@"


def test_values_of_a_tensor_proto_repeat_the_last():
    proto = make_tensor_proto([1, 2], shape=[2, 3])
    assert proto.int_val == [1, 2]
    assert make_ndarray(proto).tolist() == [[1, 2, 2], [2, 2, 2]]
    assert make_ndarray(make_tensor_proto(7, shape=[2])).tolist() == [7, 7]
    none = protos.TensorProto(dtype=protos.DataType.DT_INT32)
    none.tensor_shape.dim.add(size=2)
    assert make_ndarray(none).tolist() == [0, 0]


def test_filled_arrays_take_one_element():
    proto = array_to_proto(np.full([1000, 1000], 2.5, np.float32))
    assert proto.ByteSize() < 50
    assert proto.float_val == [2.5]
    assert make_ndarray(proto).sum() == 2.5e6
    zeros = np.array([0.0, -0.0], np.float32)
    assert make_ndarray(array_to_proto(zeros)).tobytes() == zeros.tobytes()
    nans = np.full([5], np.nan)
    assert np.isnan(make_ndarray(array_to_proto(nans))).all()


def test_make_tensor_proto_takes_what_as_dtype_takes():
    for dtype in ("float64", np.float64, dtypes.float64, dtypes.float64._as_ref):
        assert make_tensor_proto(1, dtype).double_val == [1.0]


def test_make_tensor_proto_errors():
    with pytest.raises(ValueError, match=r"None values not supported\."):
        make_tensor_proto(None)
    with pytest.raises(ValueError, match="Needed at most 2, but received 3"):
        make_tensor_proto([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(2, 2\), got \(2,"):
        make_tensor_proto([1, 2], shape=[2, 2], verify_shape=True)
    with pytest.raises(TypeError, match=r"Expected int32, got 1\.5 of type 'float'"):
        make_tensor_proto(1.5, "int32")


def test_make_tensor_proto_returns_a_proto_as_it_is():
    proto = make_tensor_proto(1)
    assert make_tensor_proto(proto) is proto


def test_resources_are_no_arrays():
    with pytest.raises(TypeError, match="Unsupported tensor type: resource"):
        make_ndarray(protos.TensorProto(dtype=protos.DataType.DT_RESOURCE))


def test_constants_load_no_protobuf():
    code = (
        "import sys; from interactive_graphs.framework.tensor_proto import to_array; "
        "to_array([1.0]); assert 'google.protobuf' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
