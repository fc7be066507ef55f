"""What a TensorArray is while a step runs: a list of arrays, each written once.

The value of a TensorArray's handle is such a list. It is made by the step's own
`TensorArrayV3` node and dies with the step, so no session has to keep it. Its gradients
are lists of the same kind, found through it by the name of the differentiation that
they belong to; what is written to them is added up.

    >>> from interactive_graphs.framework.dtypes import float32
    >>> cells = TensorArrayCells("a", float32, 2)
    >>> cells.write(1, np.float32(3))
    >>> cells.read(1)
    np.float32(3.0)

Read next: `../../ops/tensor_array_ops.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor_shape import (
    Shape,
    format_list,
    is_compatible,
    is_fully_defined,
)

_EMPTY: Final = type("Empty", (), {"__repr__": lambda _: "<empty>"})()
_CLEARED: Final = type("Cleared", (), {"__repr__": lambda _: "<cleared>"})()


class TensorArrayCells:
    """The elements of one TensorArray.

    Attributes:
        name: what error texts call it.
        dtype: of all elements.
        element_shape: the static shape of all of them, as far as it is known.
        gradients: by the name of a differentiation the array of its gradients.
    """

    __slots__ = (
        "_cells", "_clear_after_read", "_closed", "_dynamic", "_forward", "_identical",
        "_shapes", "dtype", "element_shape", "gradients", "name",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        dtype: DType,
        size: int,
        element_shape: Shape = None,
        dynamic_size: bool = False,
        clear_after_read: bool = True,
        identical_shapes: bool = False,
        forward: TensorArrayCells | None = None,
    ) -> None:
        """An array of `size` elements that nobody has written.

        Args:
            name: what error texts call it.
            dtype: of all elements.
            size: how many there are.
            element_shape: what they must fit.
            dynamic_size: writing past the end makes it longer.
            clear_after_read: an element can be read once.
            identical_shapes: the first element says what shape all have.
            forward: the array whose gradients these are; writes are added up.
        """
        self.name = name
        self.dtype = dtype
        self.element_shape = element_shape
        self.gradients: dict[str, TensorArrayCells] = {}
        self._cells: list[Any] = [_EMPTY] * size
        self._shapes: list[Shape] = [None] * size
        self._dynamic = dynamic_size
        self._clear_after_read = clear_after_read
        self._identical = identical_shapes
        self._forward = forward
        self._closed = False

    def __repr__(self) -> str:
        """For people who debug."""
        return f"<TensorArrayCells {self.name!r} size={len(self._cells)}>"

    def __len__(self) -> int:
        """How many elements there are."""
        self._check_open()
        return len(self._cells)

    @property
    def _label(self) -> str:
        return f"TensorArray {self.name}"

    def gradient(self, source: str, lead: tuple[int, ...] = ()) -> TensorArrayCells:
        """The gradients of this array, made when first asked for.

        Args:
            source: the name of the differentiation.
            lead: dimensions that its elements have before those of these.
        """
        self._check_open()
        found = self.gradients.get(source)
        if found is None:
            shape = self.element_shape
            found = self.gradients[source] = TensorArrayCells(
                f"{self.name}@{source}",
                self.dtype,
                len(self._cells),
                None if shape is None else (*lead, *shape),
                dynamic_size=self._dynamic,
                # An element of gradients is a sum: each term's gradient reads it.
                clear_after_read=self._forward is None,
                forward=self,
            )
            found._shapes = [None if s is None else (*lead, *s) for s in self._shapes]
        elif len(found._cells) < len(self._cells):
            # The array has grown since.
            found._grow(len(self._cells), self._shapes)
        return found

    def close(self) -> None:
        """Forget everything."""
        self._cells, self._shapes, self._closed = [], [], True

    # -- writing -----------------------------------------------------------------------

    def check_writable(self, dtype: DType) -> None:
        """Refuse values of another dtype.

        Raises:
            InvalidArgumentError: `dtype` is not the array's.
        """
        if dtype.base_dtype is not self.dtype:
            invalid(
                f"TensorArray dtype is {self.dtype.engine_name} but Op is trying to "
                f"write dtype {dtype.engine_name}."
            )

    def write(self, index: int, value: Any) -> None:
        """Set an element, or add to it if these are gradients.

        Raises:
            InvalidArgumentError: the index is out of range, the element was written
                before, or `value` has not the elements' shape.
        """
        self._check_open()
        if not 0 <= index < len(self._cells):
            if index < 0 or not self._dynamic:
                invalid(
                    f"{self._label}: Tried to write to index {index} but array is not "
                    f"resizeable and size is: {len(self._cells)}"
                )
            self._grow(index + 1)
        shape = np.shape(value)
        self._check_shape(index, shape)
        known = self._cells[index]
        if known is not _EMPTY:
            value = self._added(index, known, value)
        self._cells[index] = value
        self._shapes[index] = shape

    def _grow(self, size: int, shapes: list[Shape] | None = None) -> None:
        more = range(len(self._cells), size)
        self._cells += [_EMPTY] * len(more)
        self._shapes += [shapes[i] if shapes else None for i in more]

    def _check_shape(self, index: int, shape: tuple[int, ...]) -> None:
        if not is_compatible(self.element_shape, shape):
            invalid(
                f"{self._label}: Could not write to TensorArray index {index} because "
                f"the value shape is {format_list(shape)} which is incompatible with "
                "the TensorArray's inferred element shape: "
                f"{format_list(self.element_shape)} "
                "(consider setting infer_shape=False)."
            )
        if self._identical:
            self.element_shape = shape

    def _added(self, index: int, known: Any, value: Any) -> Any:
        """What an element becomes that was written before."""
        problem = f"{self._label}: Could not write to TensorArray index {index} because"
        if self._forward is None:
            invalid(f"{problem} it has already been written to.")
        if known is _CLEARED:
            invalid(f"{problem} it has already been read.")
        if np.shape(known) != np.shape(value):
            invalid(
                f"{self._label}: Could not aggregate to TensorArray index {index} "
                f"because the existing shape is {format_list(np.shape(known))} but the "
                f"new input shape is {format_list(np.shape(value))}."
            )
        return np.add(known, value)

    def ensure_size(self, needed: int) -> None:
        """Make room for `needed` elements, if the array may grow."""
        self._check_open()
        if self._dynamic and needed > len(self._cells):
            self._grow(needed)

    # -- reading -----------------------------------------------------------------------

    def check_readable(self, dtype: DType) -> None:
        """Refuse to be read as another dtype.

        Raises:
            InvalidArgumentError: `dtype` is not the array's.
        """
        if dtype.base_dtype is not self.dtype:
            invalid(
                f"TensorArray dtype is {self.dtype.engine_name} but Op requested dtype "
                f"{dtype.engine_name}."
            )

    def read(self, index: int) -> Any:
        """An element; zeros if it was not written and its shape is known.

        Raises:
            InvalidArgumentError: the index is out of range; the element was cleared
                when it was read before; it was not written and has no known shape.
        """
        self._check_open()
        if not 0 <= index < len(self._cells):
            invalid(
                f"Tried to read from index {index} but array size is: "
                f"{len(self._cells)}"
            )
        value = self._cells[index]
        if value is _CLEARED:
            invalid(
                f"{self._label}: Could not read index {index} twice because it was "
                "cleared after a previous read (perhaps try setting clear_after_read "
                "= false?)."
            )
        if value is _EMPTY:
            value = self._zeros(index)
        if self._clear_after_read:
            self._cells[index] = _CLEARED
        return value

    def _zeros(self, index: int) -> Any:
        shape = self._shapes[index]
        if shape is None:
            shape = self.element_shape
        if shape is None or None in shape:
            shown = "<unknown>" if shape is None else format_list(shape)
            invalid(
                f"{self._label}: Could not read from TensorArray index {index}.  "
                "Furthermore, the element shape is not fully defined: "
                f"{shown}.  It is possible you are working with a resizeable "
                "TensorArray and stop_gradients is not allowing the gradients to be "
                "written.  If you set the full element_shape property on the forward "
                "TensorArray, the proper all-zeros tensor will be returned instead of "
                "incurring this error."
            )
        # Strings are objects, and none is b"", not 0.
        dtype = self.dtype.np_dtype
        nothing = b"" if dtype.hasobject else 0
        return np.full(shape, nothing, dtype)

    def stacked(self, indices: Any, element_shape: Shape) -> Any:
        """The elements at `indices` as one array.

        Args:
            indices: a vector of numbers of elements.
            element_shape: what is known of their shape.

        Raises:
            InvalidArgumentError: an element cannot be read, or shapes differ.
            UnimplementedError: there are none and their shape is not known.
        """
        shape = element_shape if self.element_shape is None else self.element_shape
        if len(indices) == 0:
            return np.empty((0, *_known(shape, "element shape", "packing")), self._np)
        values = [self.read(i) for i in indices]
        first = np.shape(values[0])
        result = np.empty((len(values), *first), self._np)
        for i, value in enumerate(values):
            if np.shape(value) != first:
                invalid(
                    "TensorArray has inconsistent shapes.  Index 0 has shape: "
                    f"{format_list(first)} but index {i} has shape: "
                    f"{format_list(np.shape(value))}"
                )
            result[i, ...] = value
        return result

    def joined(self, element_shape_except0: Shape) -> tuple[Any, Any]:
        """All elements one after the other along their first dimension.

        Args:
            element_shape_except0: what is known of the other dimensions.

        Returns:
            The array, and the length of each element (int64).

        Raises:
            InvalidArgumentError: an element cannot be read, or shapes do not fit.
            UnimplementedError: there are none and their shape is not known.
        """
        self._check_open()
        if not self._cells:
            rest = element_shape_except0
            if rest is None and self.element_shape:
                rest = self.element_shape[1:]
            known = _known(rest, "element_shape_except0", "concatenating")
            return np.empty((0, *known), self._np), np.empty(0, np.int64)
        values = [self.read(i) for i in range(len(self._cells))]
        for i, value in enumerate(values):
            if np.ndim(value) == 0:
                invalid(
                    f"Concat saw a scalar shape at index {i} but requires at least "
                    "vectors.  Did you mean to call pack?"
                )
            first, other = values[0].shape[1:], value.shape[1:]
            if first != other:
                invalid(
                    "TensorArray has inconsistent shapes.  Index 0 has (excepting "
                    f"dimension 0) shape: {format_list(first)} but index {i} has "
                    f"(excepting dimension 0) shape: {format_list(other)}"
                )
        lengths = np.array([len(value) for value in values], np.int64)
        return np.concatenate(values), lengths

    @property
    def _np(self) -> np.dtype[Any]:
        return self.dtype.np_dtype

    def _check_open(self) -> None:
        if self._closed:
            invalid(f"{self._label} has already been closed.")


def _known(shape: Shape, what: str, doing: str) -> tuple[int | None, ...]:
    """The shape of the elements of an empty array.

    Raises:
        UnimplementedError: it is not known.
    """
    if shape is not None and is_fully_defined(shape):
        return shape
    shown = "<unknown>" if shape is None else format_list(shape)
    raise errors.UnimplementedError(
        None,
        None,
        f"TensorArray has size zero, but {what} {shown} is not fully defined. "
        f"Currently only static shapes are supported when {doing} zero-size "
        "TensorArrays.",
    )
