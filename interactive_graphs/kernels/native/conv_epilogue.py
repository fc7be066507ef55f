"""What follows a convolution, element by element, while its sums are in registers.

The `Epilogue` is that of matrix products: a bias, an activation, a gradient's mask. Its
operands have the shape of the result, or are one number, or one for each channel. This
is a bias and a relu:

    >>> bias_relu = Epilogue(
    ...     (Operand("float32", (64,)),),
    ...     (Value("add", (0, 1), "float32"), Value("relu", (2,), "float32")),
    ...     outputs=(3,),
    ... )

Read next: `conv_direct.py`.
"""

import math
from collections.abc import Sequence

from interactive_graphs.kernels.native.clusters import Cluster, Operand
from interactive_graphs.kernels.native.gemm_tiling import Epilogue
from interactive_graphs.kernels.native.ir import Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.operations import cost_of
from interactive_graphs.kernels.native.values import Names, Values

Shape = tuple[int, ...]


def can_follow(operand: Operand, shape: Shape) -> bool:
    """Whether an operand may be met by a convolution's result.

    Args:
        operand: of an epilogue.
        shape: of the result, channels last.
    """
    return _kind(operand, shape) != ""


def check(epilogue: Epilogue, shape: Shape) -> None:
    """Does nothing if a convolution can be followed by this.

    Args:
        epilogue: what would follow.
        shape: of the result, channels last.

    Raises:
        ValueError: it cannot.
    """
    for operand in epilogue.operands:
        if not can_follow(operand, shape):
            raise ValueError(
                f"A convolution of shape {list(shape)} is followed by operands of that "
                f"shape, [{shape[-1]}] or []; here is one of {list(operand.shape)}."
            )


def _kind(operand: Operand, shape: Shape) -> str:
    """How an operand meets a result: "one" number, "channel" by channel, "whole"."""
    own = (1,) * (len(shape) - len(operand.shape)) + operand.shape
    if own == shape:
        return "whole"
    if math.prod(own) == 1:
        return "one"
    return "channel" if own == (*(1,) * (len(shape) - 1), shape[-1]) else ""


def dtype_of(epilogue: Epilogue, dtype: str, number: int) -> str:
    """The dtype of the result (number 0), an operand or a value."""
    if number == 0:
        return dtype
    if number <= len(epilogue.operands):
        return epilogue.operands[number - 1].dtype
    return epilogue.values[number - 1 - len(epilogue.operands)].dtype


def in_place(
    epilogue: Epilogue, dtype: str, shape: Shape
) -> frozenset[tuple[int, int]]:
    """The pairs of (output, operand) that may be the same memory.

    Two arguments of the routine come before the operands.

    Args:
        epilogue: what follows.
        dtype: of the result.
        shape: of the result.
    """
    inputs = 2
    first = inputs + len(epilogue.operands)
    return frozenset(
        (first + place, inputs + number)
        for place, output in enumerate(epilogue.outputs)
        for number, operand in enumerate(epilogue.operands)
        if operand.shape == shape and operand.dtype == dtype_of(epilogue, dtype, output)
    )


def cost(epilogue: Epilogue) -> float:
    """Instructions for a vector of results."""
    values = sum(cost_of(value.op, value.dtype) for value in epilogue.values)
    return values + len(epilogue.operands) + len(epilogue.outputs)


class End:
    """Writes what becomes of results whose places are near one another.

    Args:
        lanes: of the results.
        epilogue: what follows.
        shape: of the whole result.
        pointers: of the operands, then of the outputs.
        at: number of the element that `offset` counts from.
        channel: of that element.
    """

    def __init__(
        self,
        lanes: Lanes,
        epilogue: Epilogue,
        shape: Shape,
        pointers: Sequence[str],
        at: Index,
        channel: Index,
    ) -> None:
        """See the class."""
        self.lanes, self.epilogue = lanes, epilogue
        f, count = lanes.function, len(epilogue.operands)
        given = (Operand(lanes.dtype, ()), *epilogue.operands)
        cluster = Cluster((), given, epilogue.values, ())
        none, every = [0] * len(given), [True] * len(given)
        self._values = Values(f, cluster, epilogue.outputs, none, every)
        self._kinds = [_kind(operand, shape) for operand in epilogue.operands]
        begins: dict[str, Index] = {"whole": at, "channel": channel, "one": 0}
        self._operands = [
            f.address(pointer, begins[kind], operand.dtype)
            for pointer, kind, operand in zip(
                pointers[:count], self._kinds, epilogue.operands, strict=True
            )
        ]
        self._outputs = [
            f.address(pointer, at, self._dtype(number))
            for pointer, number in zip(pointers[count:], epilogue.outputs, strict=True)
        ]
        self._loaded: dict[tuple[int, int], str] = {}

    def _dtype(self, number: int) -> str:
        return dtype_of(self.epilogue, self.lanes.dtype, number)

    def write(
        self, result: str, offset: Index, channel: int, mask: str | None = None
    ) -> None:
        """Writes what follows one vector of results, and the stores.

        Args:
            result: the vector.
            offset: elements of its first lane after `at`.
            channel: of its first lane, counted from that of `at`.
            mask: which lanes count, None for all.
        """
        names: Names = {}
        width = self.lanes.width

        def load(number: int, _: int) -> str:
            if number == 0:
                return result
            return self._load(number - 1, offset, channel, mask)

        self._values.compute(0, names, (width,), load)
        f = self.lanes.function
        for number, pointer in zip(self.epilogue.outputs, self._outputs, strict=True):
            lanes = self.lanes.of_dtype(self._dtype(number))
            value = self._values.name(number, width, names)
            if lanes.dtype == "bool":
                value = lanes.from_mask(value)
            lanes.store(value, f.address(pointer, offset, lanes.dtype), mask)

    def _load(self, number: int, offset: Index, channel: int, mask: str | None) -> str:
        """An operand's vector; what is the same for all pixels is loaded once."""
        operand, pointer = self.epilogue.operands[number], self._operands[number]
        lanes, kind = self.lanes.of_dtype(operand.dtype), self._kinds[number]
        f = lanes.function
        if kind == "whole":
            return lanes.load(f.address(pointer, offset, operand.dtype), mask)
        place = (number, channel if kind == "channel" else 0)
        if place not in self._loaded:
            here = f.address(pointer, place[1], operand.dtype)
            is_one = kind == "one"
            loaded = lanes.broadcast(here) if is_one else lanes.load(here, mask)
            self._loaded[place] = loaded
        return self._loaded[place]
