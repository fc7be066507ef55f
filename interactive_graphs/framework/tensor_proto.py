"""Python and numpy values to arrays, and arrays to TensorProto and back.

`to_array` holds the rules by which a value becomes a constant; no protobuf is needed
for it. `make_tensor_proto` and `make_ndarray` are TensorFlow's functions of that name.
`constant([1., 2.])` goes through the first, a GraphDef through the other two.

    >>> to_array([1, 2], shape=[2, 3])
    array([[1, 2, 2],
           [2, 2, 2]], dtype=int32)

Read next: `convert.py`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework import dtypes
from interactive_graphs.framework.dtypes import DType

Array = np.ndarray[Any, Any]

_MOST_FILLED = 1 << 28
"""How many bytes the values may take that a message from outside leaves out."""

_array = np.array  # one lookup less where every constant passes

# Python scalars that convert without any question asked: type of the value, and `id`
# of the dtype asked for (`DType.__hash__` is Python code, `id` is not), to numpy's
# dtype. Whatever is not here takes the long way round.
_DIRECT: dict[type, dict[int, np.dtype[Any]]] = {
    bool: {id(d): d.np_dtype for d in (dtypes.bool, *dtypes.INTEGER)},
    int: {id(d): d.np_dtype for d in dtypes.INTEGER},
    float: {},
}
for _targets in _DIRECT.values():
    for _dtype in (*dtypes.FLOAT, *dtypes.COMPLEX):
        if _dtype is not dtypes.bfloat16:  # its numpy type is loaded on first use
            _targets[id(_dtype)] = _dtype.np_dtype
_DIRECT[bool][id(None)] = dtypes.bool.np_dtype
_DIRECT[int][id(None)] = dtypes.int32.np_dtype
_DIRECT[float][id(None)] = dtypes.float32.np_dtype


def to_array(
    values: Any,
    dtype: DType | None = None,
    shape: Iterable[Any] | None = None,
    verify_shape: bool = False,
) -> Array:
    """Returns the value of `tf.constant(values, dtype, shape)` as a fresh array.

    Args:
        values: A Python number, string or nested list of them, or a numpy array.
            Python floats become float32 and ints int32, or int64 where they do not fit;
            numpy arrays keep their dtype.
        dtype: The base dtype wanted. Python values must fit it (no 1.5 for int32),
            numpy arrays are cast.
        shape: The shape wanted. Missing elements repeat the last one.
        verify_shape: Whether `values` must have exactly that shape.

    Returns:
        An array in C order that nothing else refers to; strings are an object array of
        bytes.

    Raises:
        TypeError: a value does not fit `dtype`, has no dtype, or `verify_shape` found
            another shape.
        ValueError: `values` is None, ragged, or has too many elements for `shape`.
    """
    if shape is None:
        try:
            return _array(values, _DIRECT[type(values)][id(dtype)])
        except (KeyError, OverflowError):
            pass  # outside the handler, so that errors do not drag this one along
        return _convert(values, dtype)
    return _fill(_convert(values, dtype), _dimensions(shape), verify_shape)


def _convert(values: Any, dtype: DType | None) -> Array:
    """`values` as an array of `dtype`, in the shape that they have."""
    if dtype is not None and not dtype.is_numpy_compatible:
        raise TypeError(f"Expected {dtype.name}, which no constant can hold.")
    if isinstance(values, (np.ndarray, np.generic)):
        return _from_numpy(np.asarray(values), dtype)
    if values is None:
        raise ValueError("None values not supported.")
    if isinstance(values, range):
        values = list(values)
    if dtype is None:
        return _from_python_untyped(values)
    if dtype is dtypes.string:
        return _from_strings(values, dtype)
    return _from_python(values, dtype)


def _from_numpy(values: Array, dtype: DType | None) -> Array:
    """Casts to `dtype` as numpy does; to native byte order when it is None."""
    source = dtypes.as_dtype(values.dtype)
    if dtype is None:
        dtype = source
    if dtype is dtypes.string:
        return _to_bytes(values.astype(object))
    if source is dtype:
        return np.array(values, dtype.np_dtype, order="C")
    if source.is_complex and not dtype.is_complex:
        values = values.real
    with np.errstate(all="ignore"):
        return np.array(values.astype(dtype.np_dtype), order="C")


def _from_python_untyped(values: Any) -> Array:
    """The array of a Python value whose dtype follows from the value alone."""
    array = _natural_array(values)
    kind = array.dtype.kind
    if kind in "USO":
        return _from_untyped_objects(values)
    _check_dense(values, array)
    if isinstance(values, (list, tuple, int, float)):
        # Python's own numbers are 64 bits wide: prefer TF's 32.
        if array.dtype == np.float64:
            return array.astype(np.float32)
        if array.dtype == np.int64:
            narrow = array.astype(np.int32)
            return narrow if (narrow == array).all() else array
    return _from_numpy(array, None)


def _from_untyped_objects(values: Any) -> Array:
    """Strings, and ints that numpy does not know, such as Dimension."""
    leaves = list(_leaves(values))
    if leaves and all(isinstance(leaf, (str, bytes)) for leaf in leaves):
        return _from_strings(values, dtypes.string)
    if leaves and all(_is_index(leaf) for leaf in leaves):
        for dtype in (dtypes.int32, dtypes.int64):
            try:
                return _from_python(values, dtype, wrap=False)
            except OverflowError:
                continue
            except TypeError:  # Dimension(None) has no value
                break
    return _fail(values)


def _from_python(values: Any, dtype: DType, wrap: bool = True) -> Array:
    """The array of a Python value that must fit `dtype`."""
    array = _natural_array(values)
    if array.dtype.kind not in _KINDS_THAT_FIT[_category(dtype)]:
        _check_leaves(values, dtype)
    _check_dense(values, array)
    try:
        return np.array(values, dtype.np_dtype)
    except OverflowError:
        if not (wrap and dtype.is_integer):
            raise
    # An integer too large wraps around, as in TensorFlow.
    mask = (1 << 8 * dtype.size) - 1
    wrapped = [int(leaf) & mask for leaf in _leaves(values)]
    unsigned = np.array(wrapped, f"u{dtype.size}").reshape(array.shape)
    return unsigned.view(dtype.np_dtype)


def _natural_array(values: Any) -> Array:
    """What numpy makes of `values`; ragged and strange ones get TF's errors."""
    try:
        return np.array(values)
    except ValueError:
        _check_ragged(values)
        # Its first element is no list, but another one is.
        deepest = max((_dense_shape(value) for value in values), key=len)
        return _not_dense(values, (len(values),), (len(values), *deepest))
    except TypeError:  # raised by objects such as Tensor, which refuse to be iterated
        return _fail(values)


def _from_strings(values: Any, dtype: DType) -> Array:
    """An object array of bytes; str is encoded in UTF-8."""
    _check_leaves(values, dtype)
    _check_ragged(values)
    array = np.empty(_dense_shape(values), object)
    # Leaf by leaf: numpy's own string arrays lose trailing zero bytes.
    array.reshape(-1)[:] = np.fromiter(_leaves(values), object)
    return _to_bytes(array)


def _to_bytes(array: Array) -> Array:
    """A copy of an object array in which str became bytes."""
    flat = [_as_bytes(item) for item in array.reshape(-1)]
    result = np.empty(array.shape, object)
    result.reshape(-1)[:] = np.fromiter(flat, object, len(flat))
    return result


def _as_bytes(item: Any) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, (bytes, bytearray)):
        return bytes(item)
    raise TypeError(f"Expected binary or unicode string, got {item!r}")


def _category(dtype: DType) -> str:
    if dtype.is_integer:
        return "integer"
    if dtype.is_floating:
        return "floating"
    if dtype.is_complex:
        return "complex"
    return dtype.name


def _is_index(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, (np.ndarray, type))


def _is_instance(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types)


# Kinds of numpy array all of whose elements fit; one of another kind may fit too, for
# a Fraction or a Dimension makes an object array, and is asked about leaf by leaf.
_KINDS_THAT_FIT = {"integer": "biu", "floating": "biuf", "complex": "biufc"}
_KINDS_THAT_FIT |= {"bool": "b", "string": ""}
_KINDS_THAT_FIT |= {d.name: "" for d in dtypes.ALL if d.is_quantized}
_FITS: dict[str, Callable[[Any], bool]] = {
    "integer": _is_index,
    "floating": _is_instance(numbers.Real),
    "complex": _is_instance(numbers.Complex),
    "bool": _is_instance(bool, np.bool_),
    "string": _is_instance(str, bytes),
}


def _check_leaves(values: Any, dtype: DType) -> None:
    """Raises TypeError for the first element that is not of `dtype`'s kind."""
    fits = _FITS.get(_category(dtype), _is_instance(tuple, int))
    for leaf in _leaves(values):
        if not fits(leaf) and not (_is_index(leaf) and _takes_ints(dtype)):
            raise TypeError(
                f"Expected {dtype.name}, got {leaf!r} of type "
                f"'{type(leaf).__name__}' instead."
            )


def _takes_ints(dtype: DType) -> bool:
    return dtype.is_integer or dtype.is_floating or dtype.is_complex


def _leaves(values: Any) -> Iterable[Any]:
    """The elements of nested lists, in order."""
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _leaves(value)
    else:
        yield values


def _dense_shape(values: Any) -> tuple[int, ...]:
    """The shape that nested lists have, if the first of each level is typical."""
    shape = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return tuple(shape)


def _check_dense(values: Any, array: Array) -> None:
    """Lists of arrays are not dense: TF wants them stacked on purpose."""
    if not isinstance(values, (list, tuple)):
        return
    wanted = _dense_shape(values)
    if array.shape != wanted:
        _not_dense(values, array.shape, wanted)


def _check_ragged(values: Any) -> None:
    wanted = _dense_shape(values)
    got = _common_shape(values)
    if got != wanted:
        _not_dense(values, got, wanted)


def _common_shape(values: Any) -> tuple[int, ...]:
    """The leading dimensions that all elements of nested lists agree on."""
    if not isinstance(values, (list, tuple)):
        return ()
    shapes = [_common_shape(value) for value in values]
    common: list[int] = []
    for sizes in zip(*shapes, strict=False):
        if len(set(sizes)) > 1:
            break
        common.append(sizes[0])
    return (len(values), *common)


def _not_dense(values: Any, got: Sequence[int], wanted: Sequence[int]) -> NoReturn:
    raise ValueError(
        f"Argument must be a dense tensor: {values} - got shape {list(got)}, but "
        f"wanted {list(wanted)}."
    )


def _fail(values: Any) -> NoReturn:
    raise TypeError(
        f"Failed to convert object of type {type(values)} to Tensor. Contents: "
        f"{values}. Consider casting elements to a supported type."
    )


def _dimensions(shape: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)


def _check_size(array: Array, shape: tuple[int, ...], verify_shape: bool) -> int:
    """Returns how many elements `shape` has, which must be enough for `array`."""
    if verify_shape and array.shape != shape:
        raise TypeError(f"Expected Tensor's shape: {shape}, got {array.shape}.")
    size = int(np.prod(shape, dtype=np.int64))
    # One value fills any shape, an empty one as well.
    if array.size > size and not (array.size == 1 and size == 0):
        raise ValueError(
            f"Too many elements provided. Needed at most {size}, but received "
            f"{array.size}"
        )
    return size


def _fill(array: Array, shape: tuple[int, ...], verify_shape: bool = False) -> Array:
    """`array` in another shape; what is missing at the end repeats the last element."""
    if array.shape == shape:
        return array
    size = _check_size(array, shape, verify_shape)
    if array.size == size:
        return array.reshape(shape)
    result = np.zeros(size, array.dtype)
    if array.dtype == object:
        result.fill(b"")
    if array.size and size:
        result[: array.size] = array.reshape(-1)
        result[array.size :] = array.reshape(-1)[-1]
    return result.reshape(shape)


def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Iterable[Any] | None = None,
    verify_shape: bool = False,
) -> protos.TensorProto:
    """Returns a TensorProto that holds `values`.

    Args:
        values: A Python number, string or nested list of them, or a numpy array.
        dtype: Anything `as_dtype` takes; follows from `values` when None.
        shape: The shape wanted, that of `values` when None. When it has more elements
            than `values`, the last one stands for the rest.
        verify_shape: Whether `values` must have exactly that shape.

    Raises:
        TypeError: a value does not fit `dtype`, or `verify_shape` found another shape.
        ValueError: `values` is None, ragged, or has too many elements for `shape`.

    Example:
        >>> make_tensor_proto([1, 2], shape=[2, 3]).int_val
        [1, 2]
    """
    if isinstance(values, protos.TensorProto):
        return values
    wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    array = _convert(values, wanted)
    target = array.shape if shape is None else _dimensions(shape)
    complete = _check_size(array, target, verify_shape) == array.size
    return _to_proto(array, target, dense=complete and array.size > 1)


def array_to_proto(array: Array) -> protos.TensorProto:
    """Returns the TensorProto of a run-time value; a filled array takes one element."""
    if array.size > 1 and array.dtype != object:
        flat = array.reshape(-1)
        # Equal and yet different are 0. and -0., so the bytes have the last word.
        first = flat[:1].tobytes()
        if (flat == flat[0]).all() and flat.tobytes() == first * flat.size:
            return _to_proto(flat[:1], array.shape, dense=False)
    return _to_proto(array, array.shape, dense=array.size > 1)


def array_to_bytes_proto(array: Array) -> protos.TensorProto:
    """The TensorProto with all numbers as raw bytes, as kernels write it."""
    if array.dtype == object:
        return array_to_proto(array)
    message = _to_proto(array.reshape(-1)[:0], array.shape, dense=False)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    message.tensor_content = little.tobytes()
    return message


# Types that travel as raw bytes when there is more than one element.
_RAW = {d for d in dtypes.ALL if d.is_integer or d.is_quantized}
_RAW |= {dtypes.float32, dtypes.float64}

_FIELD_OF = {
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    dtypes.int64: "int64_val",
    dtypes.bool: "bool_val",
    dtypes.string: "string_val",
    dtypes.complex64: "scomplex_val",
    dtypes.complex128: "dcomplex_val",
    dtypes.float16: "half_val",
    dtypes.bfloat16: "half_val",
    dtypes.uint32: "uint32_val",
    dtypes.uint64: "uint64_val",
}  # and int_val for all others


def _to_proto(array: Array, shape: Sequence[int], dense: bool) -> protos.TensorProto:
    """The message; `dense` says that `array` has all elements, and more than one."""
    dtype = dtypes.as_dtype(array.dtype)
    message = protos.TensorProto()
    proto: Any = message  # its stub takes no plain number for an enum
    proto.dtype = dtype.as_datatype_enum
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    if dense and dtype in _RAW:
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        proto.tensor_content = little.tobytes()
        return message
    flat: Any = array.reshape(-1)
    if dtype.is_complex:
        flat = flat.view(dtype.real_dtype.np_dtype)
    elif dtype in (dtypes.float16, dtypes.bfloat16):
        flat = flat.view(np.uint16)
    elif dtype.is_quantized:
        flat = flat.view(dtype.np_dtype[0])
    getattr(proto, _FIELD_OF.get(dtype, "int_val")).extend(flat.tolist())
    return message


def make_ndarray(tensor: protos.TensorProto) -> Array:
    """Returns the numpy array that a TensorProto holds; strings as an object array.

    Args:
        tensor: The message. Where it has fewer values than elements, the last value is
            that of the rest.

    Raises:
        TypeError: the type cannot be held by an array (resource, variant).

    Example:
        >>> make_ndarray(make_tensor_proto([[1.5], [2.5]]))
        array([[1.5],
               [2.5]], dtype=float32)
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    dtype = dtypes.as_dtype(int(tensor.dtype)).base_dtype
    if not dtype.is_numpy_compatible:
        raise TypeError(f"Unsupported tensor type: {dtype.name}")
    if tensor.tensor_content and dtype is not dtypes.string:
        little = dtype.np_dtype.newbyteorder("<")
        raw = np.frombuffer(tensor.tensor_content, little)
        return raw.astype(dtype.np_dtype).reshape(shape)
    values = getattr(tensor, _FIELD_OF.get(dtype, "int_val"))
    if dtype.is_complex:
        flat = np.array(values, dtype.real_dtype.np_dtype).view(dtype.np_dtype)
    elif dtype in (dtypes.float16, dtypes.bfloat16):
        flat = np.array(values, np.uint16).view(dtype.np_dtype)
    elif dtype.is_quantized:
        flat = np.array(values, dtype.np_dtype[0]).view(dtype.np_dtype)
    else:
        flat = np.fromiter(values, dtype.np_dtype, len(values))
    return _fill(flat, shape)


def array_in(message: protos.TensorProto) -> Array | None:
    """`make_ndarray` of a message from outside; None where it holds no tensor.

    A few bytes may claim any shape, since the last value stands for all that follow, so
    what goes far beyond the bytes that are there is refused before memory is taken.
    """
    size = math.prod(dim.size for dim in message.tensor_shape.dim)
    if any(dim.size < 0 for dim in message.tensor_shape.dim):
        return None
    # A byte of a message is one number of eight bytes at the most.
    if 8 * size > max(_MOST_FILLED, 64 * message.ByteSize()):
        return None
    try:
        return make_ndarray(message)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return None


def array_in_bytes(data: bytes) -> Array | None:
    """`array_in` of a serialized message; None also where the bytes are none."""
    try:
        return array_in(protos.TensorProto.FromString(data))
    except lazy.load("google.protobuf.message").DecodeError:
        return None
