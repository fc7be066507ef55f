"""What is known of a tensor's shape while the graph is built.

Inside the package a static shape is plain data, the type `Shape`: None if even the
rank is unknown, else a tuple with an int or None (unknown) per dimension. The functions
here work on that; shape rules use them. `TensorShape` and `Dimension` are TensorFlow
1's classes around it, for users: ``tensor.shape`` makes one when asked.

    >>> merge((1, None), (None, 3)), broadcast((2, None), (5,))
    ((1, 3), (2, 5))
    >>> TensorShape([None, 3])[0] * 2
    Dimension(None)

Read next: registry.py.
"""

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from interactive_graphs import protos

if TYPE_CHECKING:
    from interactive_graphs.protos.graph_pb2 import TensorShapeProto

Shape = tuple[int | None, ...] | None


def to_static(value: Any) -> Shape:
    """Returns the static shape that `value` stands for.

    Args:
        value: None (unknown rank), an int (one dimension), an iterable of dimensions
            (int, None or Dimension), a TensorShape or a TensorShapeProto.

    Raises:
        TypeError: it is a string, or stands for no shape.
        ValueError: a dimension is negative or has a fraction.
    """
    if value is None:
        return None
    if isinstance(value, TensorShape):
        return value.static
    if isinstance(value, list | tuple):
        return tuple([_to_dim(dim) for dim in value])
    if isinstance(value, str | bytes):
        raise TypeError(
            "A string has ambiguous TensorShape, please wrap in a list or convert to "
            f"an int: {value!s}"
        )
    if hasattr(value, "unknown_rank"):  # a TensorShapeProto, ours or TensorFlow's
        if value.unknown_rank:
            return None
        return tuple(
            [None if dim.size == -1 else _to_dim(dim.size) for dim in value.dim]
        )
    try:
        dims = iter(value)
    except TypeError:
        return (_to_dim(value),)
    return tuple([_to_dim(dim) for dim in dims])


def from_static(shape: Shape) -> "TensorShape":
    """Returns a TensorShape around a static shape, which it does not check."""
    result = TensorShape.__new__(TensorShape)
    result.static = shape
    return result


def _to_dim(value: Any) -> int | None:
    """Returns one dimension as an int, or None if unknown, as TF 1.9 reads it."""
    if value is None:
        return None
    if type(value) is not int:
        if isinstance(value, Dimension):
            return value.value
        number = int(value)
        if not isinstance(value, str | bytes) and number != value:
            raise ValueError(f"Ambiguous dimension: {value}")
        value = number
    if value < 0:
        raise ValueError(f"Dimension {value} must be >= 0")
    return int(value)


def merge(a: Shape, b: Shape) -> Shape:
    """Returns what is known if both `a` and `b` are true.

    Raises:
        ValueError: they contradict each other; the text is the engine's.
    """
    if a is None or a == b:
        return b
    if b is None:
        return a
    if len(a) != len(b):
        raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x != y and x is not None and y is not None:
            raise ValueError(
                f"Dimension {i} in both shapes must be equal, but are {x} and {y}. "
                f"Shapes are {format_list(a)} and {format_list(b)}."
            )
    return tuple([y if x is None else x for x, y in zip(a, b, strict=True)])


def is_compatible(a: Shape, b: Shape) -> bool:
    """Whether one tensor can have both shapes."""
    if a is None or b is None or a == b:
        return True
    return len(a) == len(b) and all(
        x == y or x is None or y is None for x, y in zip(a, b, strict=True)
    )


def broadcast(a: Shape, b: Shape) -> Shape:
    """Returns the shape of ``x + y`` for x of shape `a` and y of shape `b`.

    Raises:
        ValueError: two dimensions differ and neither is 1; the text is the engine's.
    """
    if a is None or b is None:
        return None
    if a == b:
        return a
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    lead = len(longer) - len(shorter)
    result = list(longer)
    for i, y in enumerate(shorter, lead):
        x = longer[i]
        if x == 1:
            result[i] = y
        elif x is None and y != 1:
            result[i] = y  # a known y other than 1 must be the result
        elif x != y and y is not None and y != 1:
            first, second = (x, y) if longer is a else (y, x)
            raise ValueError(f"Dimensions must be equal, but are {first} and {second}")
    return tuple(result)


def num_elements(shape: Shape) -> int | None:
    """Returns the number of elements, None if it is not known."""
    if shape is None:
        return None
    count = 1
    for dim in shape:
        if dim is None:
            return None
        count *= dim
    return count


def is_fully_defined(shape: Shape) -> bool:
    """Whether the rank and every dimension are known."""
    return shape is not None and None not in shape


def format_shape(shape: Shape) -> str:
    """Returns e.g. ``(?, 3)``, ``(3,)`` or ``<unknown>``, as str(TensorShape)."""
    if shape is None:
        return "<unknown>"
    dims = ["?" if dim is None else str(dim) for dim in shape]
    return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"


def format_list(shape: Shape, unknown: str = "?") -> str:
    """Returns e.g. ``[?,3]``, as the engine's texts; `unknown` if the rank is."""
    if shape is None:
        return unknown
    return f"[{','.join(['?' if dim is None else str(dim) for dim in shape])}]"


class Dimension:
    """One dimension of a shape: a number, or None if it is unknown.

    Arithmetic with an unknown gives an unknown, comparison with one gives None.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        """Creates a dimension from an int, None or Dimension."""
        self._value = _to_dim(value)

    @property
    def value(self) -> int | None:
        """The number, or None."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two may be equal."""
        other = _to_dim(other)
        return self._value == other or self._value is None or other is None

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError if the two cannot be equal."""
        if not self.is_compatible_with(other):
            raise ValueError(
                f"Dimensions {self} and {Dimension(other)} are not compatible"
            )

    def merge_with(self, other: Any) -> "Dimension":
        """Returns the one that is known; ValueError if they cannot be equal."""
        self.assert_is_compatible_with(other)
        return Dimension(other if self._value is None else self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __int__(self) -> Any:
        return self._value

    def __index__(self) -> Any:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> Any:
        return _compare(operator.eq, self, other)

    def __ne__(self, other: object) -> Any:
        return _compare(operator.ne, self, other)

    # As in TF: a value that equals neither itself nor anything else has no hash.
    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> Any:
        return _compare(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return _compare(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(operator.ge, self, other)

    def __add__(self, other: Any) -> Any:
        return _combine(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return _combine(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return _combine(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _combine(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return _combine(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _combine(operator.mul, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _combine(operator.floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _combine(operator.floordiv, other, self)

    def __mod__(self, other: Any) -> Any:
        return _combine(operator.mod, self, other)

    def __rmod__(self, other: Any) -> Any:
        return _combine(operator.mod, other, self)


def _compare(function: Callable[[int, int], bool], left: Any, right: Any) -> Any:
    try:
        left, right = _to_dim(left), _to_dim(right)
    except (TypeError, ValueError):
        return NotImplemented
    return None if left is None or right is None else function(left, right)


def _combine(function: Callable[[int, int], int], left: Any, right: Any) -> Any:
    try:
        left, right = _to_dim(left), _to_dim(right)
    except (TypeError, ValueError):
        return NotImplemented
    return Dimension(None if left is None or right is None else function(left, right))


class TensorShape:
    """What is known of a tensor's shape; `Dimension` objects in a row, or nothing.

    Attributes:
        static: the same as plain data, see the module; not to be changed.
    """

    __slots__ = ("static",)

    static: Shape

    def __init__(self, dims: Any) -> None:
        """Creates a shape.

        Args:
            dims: None (unknown rank), an int (one dimension), an iterable of
                dimensions, a TensorShape or a TensorShapeProto.

        Raises:
            TypeError: `dims` is a string or stands for no shape.
            ValueError: a dimension is negative or has a fraction.
        """
        self.static = to_static(dims)

    @property
    def ndims(self) -> int | None:
        """The rank, or None."""
        return None if self.static is None else len(self.static)

    @property
    def rank(self) -> int | None:
        """The rank, or None: TensorFlow 2's name for `ndims`."""
        return self.ndims

    @property
    def dims(self) -> list[Dimension] | None:
        """A list of Dimensions, or None if the rank is unknown."""
        return None if self.static is None else [Dimension(d) for d in self.static]

    def as_list(self) -> list[int | None]:
        """Returns a list of ints and Nones; ValueError if the rank is unknown."""
        if self.static is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self.static)

    def as_proto(self) -> "TensorShapeProto":
        """Returns a TensorShapeProto, in which -1 is an unknown dimension."""
        proto = protos.TensorShapeProto(unknown_rank=self.static is None)
        for dim in self.static or ():
            proto.dim.add(size=-1 if dim is None else dim)
        return proto

    def num_elements(self) -> int | None:
        """Returns the number of elements, None if it is not known."""
        return num_elements(self.static)

    def is_fully_defined(self) -> bool:
        """Whether the rank and every dimension are known."""
        return is_fully_defined(self.static)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether one tensor can have both shapes."""
        return is_compatible(self.static, to_static(other))

    def merge_with(self, other: Any) -> "TensorShape":
        """Returns what is known if both are true; ValueError if they differ."""
        other = to_static(other)
        if not is_compatible(self.static, other):
            raise ValueError(
                f"Shapes {self} and {format_shape(other)} are not compatible"
            )
        return from_static(merge(self.static, other))

    def most_specific_compatible_shape(self, other: Any) -> "TensorShape":
        """Returns what holds for both shapes, unknown where they differ."""
        a, b = self.static, to_static(other)
        if a is None or b is None or len(a) != len(b):
            return from_static(None)
        return from_static(
            tuple([x if x == y else None for x, y in zip(a, b, strict=True)])
        )

    def concatenate(self, other: Any) -> "TensorShape":
        """Returns the dimensions of both in a row; unknown if either is."""
        other = to_static(other)
        if self.static is None or other is None:
            return from_static(None)
        return from_static(self.static + other)

    def with_rank(self, rank: int) -> "TensorShape":
        """Returns the shape, known to have this rank; ValueError if it has not."""
        if self.static is None:
            return from_static((None,) * rank)
        if len(self.static) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")
        return self

    def with_rank_at_least(self, rank: int) -> "TensorShape":
        """Returns the shape; ValueError if its rank is known and lower."""
        if self.static is not None and len(self.static) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> "TensorShape":
        """Returns the shape; ValueError if its rank is known and higher."""
        if self.static is not None and len(self.static) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError if the rank is known to be another."""
        if self.static is not None:
            self.with_rank(rank)

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError if the ranks are known to differ."""
        other = to_static(other)
        if self.static is None or other is None or len(self.static) == len(other):
            return
        raise ValueError(
            f"Shapes {self} and {format_shape(other)} must have the same rank"
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError if no tensor can have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {TensorShape(other)} are incompatible")

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError if something is unknown."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __str__(self) -> str:
        return format_shape(self.static)

    def __bool__(self) -> bool:
        return self.static is not None

    def __len__(self) -> int:
        if self.static is None:
            raise ValueError("Cannot take the length of Shape with unknown rank.")
        return len(self.static)

    def __iter__(self) -> Iterator[Dimension]:
        if self.static is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(dim) for dim in self.static])

    @overload
    def __getitem__(self, key: SupportsIndex) -> Dimension: ...

    @overload
    def __getitem__(self, key: slice) -> "TensorShape": ...

    def __getitem__(self, key: SupportsIndex | slice) -> "Dimension | TensorShape":
        if isinstance(key, slice):
            if self.static is None:
                return from_static(_slice_of_unknown(key))
            return from_static(self.static[key])
        return Dimension(None if self.static is None else self.static[key])

    def __add__(self, other: Any) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: Any) -> "TensorShape":
        return TensorShape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        try:
            static = to_static(other)
        except (TypeError, ValueError):
            return NotImplemented
        # TF 1.9: an unknown dimension equals only itself, not another unknown one.
        return static is self.static or (
            static == self.static and static is not None and None not in static
        )

    def __ne__(self, other: object) -> bool:
        try:
            static = to_static(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self.static is None or static is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self == other

    def __hash__(self) -> int:
        return hash(self.static)


def _slice_of_unknown(key: slice) -> Shape:
    """Returns the shape of ``shape[key]`` where `shape` has unknown rank."""
    start = 0 if key.start is None else operator.index(key.start)
    stop = None if key.stop is None else operator.index(key.stop)
    if key.step is not None:
        raise ValueError("Steps are not yet handled")
    if stop is None or start < 0 or stop < 0:
        return None
    return (None,) * max(0, stop - start)
