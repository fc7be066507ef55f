"""The element types of tensors: ``tf.float32`` and its kin.

There is one DType object per type, so they may be compared with ``is``. Every fact
about a type is a plain attribute, filled in once, because graph construction reads
them all the time. A variable's tensor has a *reference type*, e.g. ``float32_ref``,
with the code of the base type plus 100; ``dtype.base_dtype`` is the type without it.

    >>> as_dtype("float") is float32, float32.name, float32.size
    (True, 'float32', 4)

Read next: tensor_shape.py.
"""

import builtins
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from interactive_graphs._util import lazy

_REF_OFFSET = 100


class DType:
    """The type of a tensor's elements.

    Attributes:
        name: e.g. "float32" or, for a reference type, "float32_ref".
        as_datatype_enum: the number of the type in protos.
        size: bytes per element; 0 where elements have no fixed size.
        base_dtype: the type without the reference.
        real_dtype: float32 for complex64, float64 for complex128, else the type itself.
        is_ref_dtype: whether it is a reference type.
        is_floating: whether it is float16, bfloat16, float32 or float64.
        is_integer: whether it is an integer that is not quantized.
        is_unsigned: whether it is an integer without sign.
        is_complex: whether it is complex64 or complex128.
        is_bool: whether it is bool.
        is_quantized: whether it is one of the quantized types.
        is_numpy_compatible: whether numpy arrays can hold the values.
        as_numpy_dtype: numpy's class for an element; `object` for strings.
        np_dtype: the same as a `np.dtype`.
    """

    __slots__ = (
        "_as_ref",
        "_is_ref_dtype",
        "as_datatype_enum",
        "as_numpy_dtype",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_ref_dtype",
        "is_unsigned",
        "name",
        "np_dtype",
        "real_dtype",
        "size",
    )

    name: str
    as_datatype_enum: int
    size: int
    base_dtype: "DType"
    real_dtype: "DType"
    is_ref_dtype: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_unsigned: builtins.bool
    is_complex: builtins.bool
    is_bool: builtins.bool
    is_quantized: builtins.bool
    is_numpy_compatible: builtins.bool
    as_numpy_dtype: Any
    np_dtype: np.dtype[Any]
    _as_ref: "DType"
    _is_ref_dtype: builtins.bool

    def __new__(cls, type_enum: int) -> Self:
        """Returns the one DType with this number."""
        found: Any = _BY_ENUM.get(int(type_enum))
        if found is None:
            raise TypeError(f"{type_enum} does not correspond to a valid DataType.")
        return found  # type: ignore[no-any-return]  # Self cannot name the instance

    if not TYPE_CHECKING:  # or the type checker would pass any name

        def __getattr__(self, name: str) -> Any:
            """Fills the empty slots: bfloat16's numpy type is a package of its own."""
            if name not in ("np_dtype", "as_numpy_dtype"):
                raise AttributeError(f"DType has no attribute {name!r}")
            self.as_numpy_dtype = lazy.load("ml_dtypes").bfloat16
            self.np_dtype = np.dtype(self.as_numpy_dtype)
            return getattr(self, name)

    @property
    def engine_name(self) -> str:
        """The name in TensorFlow's engine's messages: "float" for float32."""
        short = {1: "float", 2: "double", 19: "half"}
        base = short.get(self.base_dtype.as_datatype_enum, self.base_dtype.name)
        return f"{base}_ref" if self.is_ref_dtype else base

    @property
    def min(self) -> Any:
        """The lowest finite value; TypeError for types without an order."""
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The highest finite value; TypeError for types without an order."""
        return self._extreme("max", "maximum")

    def _extreme(self, which: str, word: str) -> Any:
        if self.is_integer:
            return getattr(np.iinfo(self.np_dtype), which)
        if self.base_dtype is bfloat16:
            return getattr(lazy.load("ml_dtypes").finfo(self.as_numpy_dtype), which)
        if self.is_floating:
            return getattr(np.finfo(self.np_dtype), which)
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range that image ops scale to: 0 and 1, or 0 and the largest integer.

        Raises:
            ValueError: no range is defined for the type.
        """
        if self.is_bool:
            return 0, True
        if self.is_integer:
            return 0, self.max
        if self.base_dtype in (float32, float64):
            return 0, 1
        raise ValueError(f"{self} does not have defined limits.")

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a value of type `other` may be used where this type is wanted.

        A reference may stand for a value, but not the other way round.
        """
        other = as_dtype(other)
        return other is self or other.base_dtype is self

    def __eq__(self, other: object) -> builtins.bool:
        """Compares with anything that as_dtype takes."""
        if other is self:
            return True
        if other is None or type(other) is DType:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __hash__(self) -> int:
        """Returns the number of the type, so that it is found under its number too."""
        return self.as_datatype_enum

    def __int__(self) -> int:
        """Returns the number of the type in protos."""
        return self.as_datatype_enum

    def __str__(self) -> str:
        """Returns e.g. ``<dtype: 'float32'>``."""
        return f"<dtype: {self.name!r}>"

    def __repr__(self) -> str:
        """Returns e.g. ``tf.float32``."""
        return f"tf.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles by name, so that there stays one object per type."""
        return as_dtype, (self.name,)


_BY_ENUM: dict[int, DType] = {}
# Everything as_dtype takes, by itself. A DType equals its number and hashes like it.
_LOOKUP: dict[Any, DType] = {}


def _define(name: str, enum: int, numpy_type: Any, kind: str, size: int) -> DType:
    """Makes the DType `name` and its reference type; returns the former."""
    base = _new(name, enum, numpy_type, kind, size)
    ref = _new(f"{name}_ref", enum + _REF_OFFSET, numpy_type, kind, size)
    base.base_dtype = ref.base_dtype = base
    base._as_ref = ref._as_ref = ref
    base.real_dtype, ref.real_dtype = base, ref
    base.is_ref_dtype = base._is_ref_dtype = False
    ref.is_ref_dtype = ref._is_ref_dtype = True
    return base


def _new(name: str, enum: int, numpy_type: Any, kind: str, size: int) -> DType:
    dtype = object.__new__(DType)
    dtype.name = name
    dtype.as_datatype_enum = enum
    dtype.size = size
    dtype.is_floating = kind == "f"
    dtype.is_integer = kind in ("i", "u")
    dtype.is_unsigned = kind == "u"
    dtype.is_complex = kind == "c"
    dtype.is_bool = kind == "b"
    dtype.is_quantized = kind == "q"
    dtype.is_numpy_compatible = kind != "handle"
    if numpy_type is not None:
        dtype.as_numpy_dtype = numpy_type
        dtype.np_dtype = np.dtype(numpy_type)
    _BY_ENUM[enum] = _LOOKUP[enum] = _LOOKUP[name] = dtype
    return dtype


def _quantized(name: str, enum: int, numpy_type: Any) -> DType:
    # As in TF a record of one field, so that it is not mistaken for a plain integer.
    record = np.dtype([(name, numpy_type)])
    _LOOKUP[record] = dtype = _define(name, enum, record, "q", record.itemsize)
    return dtype


float32 = _define("float32", 1, np.float32, "f", 4)
float64 = _define("float64", 2, np.float64, "f", 8)
int32 = _define("int32", 3, np.int32, "i", 4)
uint8 = _define("uint8", 4, np.uint8, "u", 1)
int16 = _define("int16", 5, np.int16, "i", 2)
int8 = _define("int8", 6, np.int8, "i", 1)
string = _define("string", 7, object, "s", 0)
complex64 = _define("complex64", 8, np.complex64, "c", 8)
int64 = _define("int64", 9, np.int64, "i", 8)
bool = _define("bool", 10, np.bool_, "b", 1)
qint8 = _quantized("qint8", 11, np.int8)
quint8 = _quantized("quint8", 12, np.uint8)
qint32 = _quantized("qint32", 13, np.int32)
bfloat16 = _define("bfloat16", 14, None, "f", 2)
qint16 = _quantized("qint16", 15, np.int16)
quint16 = _quantized("quint16", 16, np.uint16)
uint16 = _define("uint16", 17, np.uint16, "u", 2)
complex128 = _define("complex128", 18, np.complex128, "c", 16)
float16 = _define("float16", 19, np.float16, "f", 2)
resource = _define("resource", 20, object, "handle", 0)
variant = _define("variant", 21, object, "handle", 0)
uint32 = _define("uint32", 22, np.uint32, "u", 4)
uint64 = _define("uint64", 23, np.uint64, "u", 8)
half, double = float16, float64

FLOAT = (float16, bfloat16, float32, float64)
COMPLEX = (complex64, complex128)
FLOAT_OR_COMPLEX = FLOAT + COMPLEX
INTEGER = (int32, uint8, int16, int8, int64, uint16, uint32, uint64)
REAL = FLOAT + INTEGER
NUMERIC = REAL + COMPLEX
INDEX = (int32, int64)
ALL = tuple(dtype for dtype in _BY_ENUM.values() if not dtype.is_ref_dtype)
QUANTIZED_DTYPES = frozenset(d for d in _BY_ENUM.values() if d.is_quantized)


def _fill_lookup() -> None:
    """Adds the other spellings: TF's short names, numpy's and Python's types."""
    complex64.real_dtype = complex64._as_ref.real_dtype = float32
    complex128.real_dtype = complex128._as_ref.real_dtype = float64
    for alias, dtype in (("half", float16), ("float", float32), ("double", float64)):
        _LOOKUP[alias] = dtype
        _LOOKUP[f"{alias}_ref"] = dtype._as_ref
    for dtype in (bool, *REAL, *COMPLEX):
        if dtype is not bfloat16:
            _LOOKUP[dtype.as_numpy_dtype] = _LOOKUP[dtype.np_dtype] = dtype
    # C's names, of which one or two are classes apart from int32 and int64.
    for c_type in (np.intc, np.uintc, np.int_, np.uint, np.longlong, np.ulonglong):
        c_dtype = np.dtype(c_type)
        same = _LOOKUP[np.dtype(f"{c_dtype.kind}{c_dtype.itemsize}")]
        _LOOKUP[c_type] = _LOOKUP[c_dtype] = same
    for text in (object, np.object_, np.bytes_, np.str_, np.dtype(object)):
        _LOOKUP[text] = string
    _LOOKUP[float] = float32
    _LOOKUP[builtins.bool] = bool


_fill_lookup()


def as_dtype(type_value: Any) -> DType:
    """Returns the DType that `type_value` stands for.

    Args:
        type_value: a DType, its number, its name ("float32", "float", "float32_ref"),
            a numpy dtype or type, an array (for its dtype), or Python's float or bool.
            Python's int and str are too vague.

    Raises:
        TypeError: it stands for none.

    Example:
        >>> as_dtype("int32_ref"), as_dtype(np.int64), as_dtype(1), as_dtype(object)
        (tf.int32_ref, tf.int64, tf.float32, tf.string)
    """
    if type(type_value) is DType:
        return type_value
    try:
        return _LOOKUP[type_value]
    except (KeyError, TypeError):
        pass
    dtype = _from_numpy(type_value)
    if dtype is None:
        raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.")
    return dtype


def _from_numpy(value: Any) -> DType | None:
    """Returns the DType for numpy types that are not in the table as they are."""
    if isinstance(value, np.ndarray):
        value = value.dtype
    if isinstance(value, np.dtype):
        value = value.type  # without byte order or, for strings, length
    if not (isinstance(value, type) and issubclass(value, np.generic)):
        return None
    if value.__name__ == "bfloat16":
        _LOOKUP[value] = _LOOKUP[np.dtype(value)] = bfloat16
        return bfloat16
    return _LOOKUP.get(value)
