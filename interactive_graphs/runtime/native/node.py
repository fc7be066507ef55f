"""A node as lowerings see it: facts about what it takes, and what it becomes.

A lowering asks for arrays (`array`), for what is known while compiling (`known`), and
adds tasks (`run`, `pointwise`) that make the outputs. Whatever is not as it needs it,
`NotNativeError` says so before anything was added, and the node stays a line of Python.
Read next: `lowerings.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.native.clusters import (
    DTYPES,
    Store,
    broadcasts,
    in_rows,
)
from interactive_graphs.kernels.native.traced import (
    Formula,
    UntraceableError,
    name_of,
)
from interactive_graphs.runtime.native.uniform import Part, apart
from interactive_graphs.runtime.native.work import Array, Pointwise, Shape, Task, Work

if TYPE_CHECKING:
    from interactive_graphs.runtime.native.translate import Step


class NotNativeError(Exception):
    """A node has to stay a line of Python; says why."""


class Node:
    """One operation of a step.

    Attributes:
        op: the operation.
        step: what becomes of the plan.
    """

    def __init__(self, op: Operation, step: Step) -> None:
        """See the class."""
        self.op = op
        self.step = step

    # -- facts -------------------------------------------------------------------------

    def known(self, index: int) -> Any:
        """The value of an input if it is known while compiling, else None."""
        return self.step.known(self.op.inputs[index])

    def must_know(self, index: int) -> Any:
        """The value of an input.

        Raises:
            NotNativeError: it is not known.
        """
        value = self.known(index)
        if value is None:
            raise NotNativeError(f"input {index} is not known")
        return value

    def array(self, index: int) -> Array:
        """An input, in one piece: of a variable the value that it has at this point.

        Raises:
            NotNativeError: its shape is not known for certain, or its dtype is none
                that native code computes with.
        """
        return self.step.whole(self.elements(index))

    def elements(self, index: int) -> Array:
        """An input, as it lies: it may be a part of an array, with gaps."""
        tensor = self.op.inputs[index]
        self.kind(tensor)
        return self.step.array(tensor)

    def variable(self, index: int) -> Array:
        """What the variable holds that an input refers to, whatever its shape.

        Raises:
            NotNativeError: it is not known which variable that is.
        """
        tensor = self.op.inputs[index]
        if self.step.variable(tensor) is None:
            raise NotNativeError(f"the variable of input {index} is not known")
        return self.step.version(tensor)

    def arrays(self) -> list[Array]:
        """All inputs."""
        return [self.array(i) for i in range(len(self.op.inputs))]

    def shape(self, index: int) -> Shape:
        """The shape of an input."""
        return self.kind(self.op.inputs[index])[1]

    def kind(self, tensor: Tensor) -> tuple[str, Shape]:
        """Dtype and shape of a tensor.

        Raises:
            NotNativeError: see `array`.
        """
        tensor = self.step.plan.find(tensor)
        dtype, shape = tensor.dtype.base_dtype.name, tensor.static_shape
        if shape is None or None in shape or tensor in self.step.doubtful:
            raise NotNativeError(f"the shape of {tensor.name} is not known")
        if dtype not in DTYPES:
            raise NotNativeError(f"{tensor.name} is of dtype {dtype}")
        return dtype, tuple(shape)  # type: ignore[arg-type]

    # -- results -----------------------------------------------------------------------

    def made(self, index: int = 0) -> Array:
        """A new array for an output."""
        tensor = self.op.outputs[index]
        dtype, shape = self.kind(tensor)
        array = Array(dtype, shape, name=self.op.name)
        self.step.give(tensor, array)
        return array

    def is_view(self, array: Array, index: int = 0) -> None:
        """An output is an array that there is, in the output's shape."""
        tensor = self.op.outputs[index]
        _, shape = self.kind(tensor)
        self.step.give(tensor, array.viewed(shape))

    def is_part(
        self, array: Array, strides: tuple[int, ...], offset: int, index: int = 0
    ) -> None:
        """An output is a part of an array that there is."""
        tensor = self.op.outputs[index]
        _, shape = self.kind(tensor)
        self.step.give(tensor, array.part(shape, strides, offset))

    def updated(self, index: int) -> Array:
        """The next version of the variable that an input refers to."""
        return self.step.next_version(self.op.inputs[index], self.op)

    def run(
        self, work: Work, inputs: Sequence[Array], outputs: Sequence[Array]
    ) -> Task:
        """Add a task."""
        task = Task(work, inputs, outputs, [self.op])
        self.step.add(task)
        return task

    def pointwise(
        self,
        function: Callable[..., Any],
        inputs: Sequence[int | Array],
        outputs: Callable[[], Sequence[Array]] | None = None,
        shape: Shape | None = None,
    ) -> Task:
        """Add what a function does to each element; see `traced.py`.

        Args:
            function: of arrays that broadcast; gives one result or several.
            inputs: numbers of the node's inputs, or arrays.
            outputs: makes the arrays of the results; the node's outputs when None.
            shape: over which it runs; the first output's when None.

        Raises:
            NotNativeError: the function is no formula of elements.
        """
        shape = self.kind(self.op.outputs[0])[1] if shape is None else shape
        formula, operands, args = Formula(), [], []
        try:
            for given in inputs:
                value = self.known(given) if isinstance(given, int) else None
                if (number := uniform(value)) is not None:
                    args.append(number)
                    continue
                array = self.elements(given) if isinstance(given, int) else given
                if not in_rows(array.known_shape, array.strides, shape):
                    array = self.step.whole(array)
                if not broadcasts(array.known_shape, shape):
                    raise NotNativeError(f"{array} does not broadcast to {shape}")
                operands.append(array)
                args.append(formula.operand(array.dtype))
            with np.errstate(all="ignore"):
                results = function(*args)
            results = results if isinstance(results, tuple) else (results,)
            numbers = [formula.number(result) for result in results]
        except (UntraceableError, TypeError, AttributeError) as reason:
            raise NotNativeError(str(reason)) from None
        dtypes = [name_of(np.dtype(result.dtype)) for result in results]
        if outputs is None:
            made = [self.made(i) for i in range(len(results))]
        else:
            made = list(outputs())
        if [array.dtype for array in made] != dtypes:
            raise NotNativeError(f"numpy would give {dtypes}")
        stores = tuple(Store(number) for number in numbers)
        values = tuple(formula.values)
        parts = None
        if shape != ():
            is_number = [array.size == 1 for array in operands]
            parts = apart(values, stores, is_number)
        if parts is not None:
            before, (taken, values, stores) = parts
            numbers_made = self._numbers(before, operands)
            operands = [*(operands[i] for i in taken), *numbers_made]
        return self.run(Pointwise(shape, values, stores), operands, made)

    def _numbers(self, part: Part, operands: Sequence[Array]) -> list[Array]:
        """What is computed of numbers alone; several nodes may share it."""
        taken = [operands[i].viewed(()) for i in part.operands]
        work = Pointwise((), part.values, part.stores)
        key = (repr(work), *(id(array.base) for array in taken))
        found = self.step.shared(key)
        if found is None:
            dtypes = [part.values[store.value].dtype for store in part.stores]
            found = [Array(dtype, (), name=self.op.name) for dtype in dtypes]
            self.run(work, taken, found)
            self.step.share(key, found)
        return found


def uniform(value: Any) -> Any:
    """The one number that all elements of a known value are, as a scalar; or None."""
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.name not in DTYPES or not array.size:
        return None
    first = array.reshape(-1)[:1]
    # Bits and not numbers: 0.0 equals -0.0.
    if array.size > 1 and array.tobytes() != first.tobytes() * array.size:
        return None
    return first[0]
