"""Functions applied along the first dimension: `map_fn`, `foldl`, `foldr` and `scan`.

All of them take their elements out of a TensorArray in a `while_loop`, so they are
differentiable and the number of elements may be unknown until the step runs. A Python
list of tensors is a structure of several inputs that are walked in step, not a tensor.
Read next: `while_loop.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import constant
from interactive_graphs.ops.shape import shape as shape_of
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.ops.variable_scope import get_variable_scope
from interactive_graphs.ops.while_loop import while_loop


class _Elements:
    """A structure of tensors that are walked along their first dimension.

    Attributes:
        tensors: the tensors, flat.
        count: how many elements there are: an int where it is known.
        static_count: that int, or None.
    """

    def __init__(self, elems: Any) -> None:
        """Unstack all tensors of the structure `elems`."""
        self.structure = elems
        self.tensors = [convert(e, None, "elem") for e in nest.flatten(elems)]
        for tensor in self.tensors:
            if tensor.static_shape == ():
                raise ValueError(
                    "elems must be a 1+ dimensional Tensor, not a scalar"
                    if len(self.tensors) == 1
                    else "elements in elems must be 1+ dimensional Tensors, not scalars"
                )
        self.static_count = _common_count(self.tensors)
        self.count: Any = self.static_count
        if self.count is None:
            self.count = shape_of(self.tensors[0])[0]
        self._arrays = [
            TensorArray(t.dtype.base_dtype, self.count) for t in self.tensors
        ]
        self._arrays = [
            array.unstack(t)
            for array, t in zip(self._arrays, self.tensors, strict=True)
        ]

    def read(self, index: Any) -> Any:
        """The elements of that number, in the structure of `elems`."""
        return nest.pack_sequence_as(
            self.structure, [array.read(index) for array in self._arrays]
        )

    def stacked(self, arrays: list[TensorArray]) -> list[Tensor]:
        """Results, one for each element, as tensors."""
        results = []
        for array in arrays:
            result = array.stack()
            if result.static_shape is not None:
                result.set_shape((self.static_count, *result.static_shape[1:]))
            results.append(result)
        return results


def _common_count(tensors: list[Tensor]) -> int | None:
    """The known length of the first dimension of all tensors.

    Raises:
        ValueError: two of them differ.
    """
    found = None
    for tensor in tensors:
        count = tensor.static_shape[0] if tensor.static_shape else None
        if found is not None and count not in (None, found):
            raise ValueError(f"Dimensions {found} and {count} are not compatible")
        found = count if found is None else found
    return found


@contextmanager
def _variables_read_once() -> Iterator[None]:
    """Let variables that a function makes be read outside of the loop, once."""
    scope = get_variable_scope()
    if scope.caching_device is not None:
        yield
        return
    scope.set_caching_device(lambda op: op.device)
    try:
        yield
    finally:
        scope.set_caching_device(None)


def _check(fn: Any, elems: Any) -> None:
    """Refuse what cannot be called, and sparse tensors.

    Raises:
        TypeError: so it is.
    """
    if not callable(fn):
        raise TypeError("fn must be callable.")
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map over the values of a sparse tensor use either "
            "SparseTensor(input.indices, fn(input.values), input.dense_shape) or "
            "SparseTensor(input.indices, map_fn(fn, input.values), input.dense_shape)"
        )


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Apply a function to each element of a tensor, and stack what it gives.

    Args:
        fn: takes an element, in the structure of `elems`.
        elems: a tensor `[n, ...]`, or a structure of such tensors with one n. A Python
            list is a structure: for a list of numbers make a constant of it.
        dtype: what `fn` gives, as a structure of dtypes; that of `elems` when None.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        back_prop: whether gradients go through it.
        swap_memory: accepted as in TF1.
        infer_shape: whether all results have one shape.
        name: the scope of the nodes.

    Returns:
        Tensors `[n, ...]` in the structure of `dtype`.

    Raises:
        TypeError: `fn` is not callable, or `elems` is sparse.
        ValueError: a tensor is a scalar; `fn` gives another structure.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.map_fn(lambda x: x * x, tf.constant([1., 2., 3.])))
        array([1., 4., 9.], dtype=float32)
    """
    _check(fn, elems)
    with op_scope(name, "map", *nest.flatten(elems)), _variables_read_once():
        inputs = _Elements(elems)
        like = elems if dtype is None else dtype
        dtypes = (
            [t.dtype for t in inputs.tensors] if dtype is None else nest.flatten(dtype)
        )
        arrays = [
            TensorArray(as_dtype(d), inputs.count, infer_shape=infer_shape)
            for d in dtypes
        ]

        def compute(i: Tensor, arrays: list[TensorArray]) -> tuple[Any, Any]:
            values = fn(inputs.read(i))
            nest.assert_same_structure(like, values)
            return i + 1, _written(arrays, i, values)

        _, arrays = while_loop(
            lambda i, _: i < inputs.count,
            compute,
            (constant(0), arrays),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=inputs.count,
        )
        return nest.pack_sequence_as(like, inputs.stacked(arrays))


def _written(arrays: list[TensorArray], index: Any, values: Any) -> list[TensorArray]:
    """The arrays after writing each leaf of `values` at `index`."""
    leaves = nest.flatten(values)
    return [array.write(index, v) for array, v in zip(arrays, leaves, strict=True)]


def foldl(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine all elements of a tensor, from the first to the last.

    Args:
        fn: takes what was accumulated and an element; gives what is accumulated next.
        elems: a tensor `[n, ...]`, or a structure of such tensors.
        initializer: what to begin with; the first element when None.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        back_prop: whether gradients go through it.
        swap_memory: accepted as in TF1.
        name: the scope of the nodes.

    Returns:
        What `fn` gave last, in the structure of `initializer` (or of `elems`).

    Raises:
        TypeError: `fn` is not callable, or `elems` is sparse.
        ValueError: a tensor is a scalar; `fn` gives another structure.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.foldl(lambda a, x: a - x, tf.constant([10, 1, 2])))
        np.int32(7)
    """
    _check(fn, elems)
    with op_scope(name, "foldl", *nest.flatten(elems)), _variables_read_once():
        inputs = _Elements(elems)
        first: Any = 0
        if initializer is None:
            initializer, first = inputs.read(0), 1
        _, result = while_loop(
            lambda i, _: i < inputs.count,
            lambda i, a: (i + 1, fn(a, inputs.read(i))),
            (constant(first), _as_tensors(initializer)),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=inputs.count,
        )
        return result


def foldr(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Combine all elements of a tensor, from the last to the first.

    Args:
        fn: takes what was accumulated and an element; gives what is accumulated next.
        elems: a tensor `[n, ...]`, or a structure of such tensors.
        initializer: what to begin with; the last element when None.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        back_prop: whether gradients go through it.
        swap_memory: accepted as in TF1.
        name: the scope of the nodes.

    Returns:
        What `fn` gave last, in the structure of `initializer` (or of `elems`).

    Raises:
        TypeError: `fn` is not callable, or `elems` is sparse.
        ValueError: a tensor is a scalar; `fn` gives another structure.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.foldr(lambda a, x: a - x, tf.constant([10, 1, 2])))
        np.int32(-9)
    """
    _check(fn, elems)
    with op_scope(name, "foldr", *nest.flatten(elems)), _variables_read_once():
        inputs = _Elements(elems)
        last = inputs.count
        if initializer is None:
            last = inputs.count - 1
            initializer = inputs.read(last)
        _, result = while_loop(
            lambda i, _: i > 0,
            lambda i, a: (i - 1, fn(a, inputs.read(i - 1))),
            (convert(last), _as_tensors(initializer)),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=inputs.count,
        )
        return result


def _as_tensors(structure: Any) -> Any:
    return nest.map_structure(convert, structure)


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Combine the elements of a tensor as `foldl` does, and keep all steps.

    Args:
        fn: takes what was accumulated and an element; gives what is accumulated next.
        elems: a tensor `[n, ...]`, or a structure of such tensors.
        initializer: what to begin with; the first element when None, which then is
            the first result as well.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        back_prop: whether gradients go through it.
        swap_memory: accepted as in TF1.
        infer_shape: whether all results have one shape.
        reverse: go from the last element to the first; result i still belongs to
            element i.
        name: the scope of the nodes.

    Returns:
        Tensors `[n, ...]` in the structure of `initializer` (or of `elems`).

    Raises:
        TypeError: `fn` is not callable, or `elems` is sparse.
        ValueError: a tensor is a scalar; `fn` gives another structure.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.scan(lambda a, x: a - x, tf.constant([10, 1, 2])))
        array([10,  9,  7], dtype=int32)
    """
    _check(fn, elems)
    with op_scope(name, "scan", *nest.flatten(elems)), _variables_read_once():
        inputs = _Elements(elems)
        start: Any = inputs.count - 1 if reverse else 0
        step = -1 if reverse else 1
        given = initializer is not None
        initial = _as_tensors(initializer if given else inputs.read(start))
        arrays = [
            TensorArray(
                t.dtype.base_dtype,
                inputs.count,
                infer_shape=infer_shape,
                element_shape=t.static_shape if infer_shape else None,
            )
            for t in nest.flatten(initial)
        ]
        if not given:
            arrays, start = _written(arrays, start, initial), start + step

        def compute(i: Tensor, a: Any, arrays: list[TensorArray]) -> Any:
            values = fn(a, inputs.read(i))
            nest.assert_same_structure(initial, values)
            return i + step, values, _written(arrays, i, values)

        *_, arrays = while_loop(
            lambda i, *_: i >= 0 if reverse else i < inputs.count,
            compute,
            (convert(start), initial, arrays),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=inputs.count,
        )
        return nest.pack_sequence_as(initial, inputs.stacked(arrays))
