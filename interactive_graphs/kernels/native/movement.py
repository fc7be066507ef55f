"""Operations that move elements and compute nothing, as native routines.

Each function takes sizes known at compile time and a dtype, and returns a routine; what
it does is numpy's function of that name, but for what its docstring says. Example:

    routine = transpose((100, 28, 28, 3), (0, 3, 1, 2), "float32", detect())

Read next: `copies.py`.
"""

import itertools
import math
from collections.abc import Sequence
from struct import pack, unpack

import numpy as np

from interactive_graphs.kernels.native.copies import (
    Copy,
    Shape,
    copy_kernel,
    size_of,
    strides_of,
)
from interactive_graphs.kernels.native.routine import Routine
from interactive_graphs.kernels.native.target import Target


def _routine(
    name: str,
    copies: Sequence[Copy],
    dtype: str,
    inputs: int,
    outputs: int,
    target: Target,
) -> Routine:
    """The routine of copies from the inputs to the outputs."""
    copies = [copy for copy in copies if 0 not in copy.shape]
    if not copies:
        return Routine((), ())
    count = inputs + outputs
    kernel = copy_kernel(name, copies, size_of(dtype), count, target)
    return Routine((kernel,), (tuple(range(count)),))


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def transpose(shape: Shape, permutation: Shape, dtype: str, target: Target) -> Routine:
    """Dimension i of the output is dimension `permutation[i]` of the input."""
    out = tuple(shape[axis] for axis in permutation)
    steps = strides_of(shape)
    source = tuple(steps[axis] for axis in permutation)
    copy = Copy(out, 0, 0, source, 1, 0, strides_of(out))
    name = f"transpose_{_by(shape)}_{_by(permutation)}"
    return _routine(name, [copy], dtype, 1, 1, target)


def concat(
    shapes: Sequence[Shape],
    axis: int,
    dtype: str,
    target: Target,
    *,
    moved: Sequence[int] | None = None,
) -> Routine:
    """Arrays one after another along an axis.

    Args:
        shapes: of all of them.
        axis: along which.
        dtype: of the elements.
        target: the processor.
        moved: numbers of those that are inputs; the others are in the output already.
            All are inputs if None.
    """
    moved = range(len(shapes)) if moved is None else moved
    total = sum(shape[axis] for shape in shapes)
    out = (*shapes[0][:axis], total, *shapes[0][axis + 1 :])
    steps = strides_of(out)
    copies = []
    for place, number in enumerate(moved):
        shape = shapes[number]
        start = sum(before[axis] for before in shapes[:number]) * steps[axis]
        copies.append(
            Copy(shape, place, 0, strides_of(shape), len(moved), start, steps)
        )
    name = f"concat_{_by(out)}_of_{len(moved)}"
    return _routine(name, copies, dtype, len(moved), 1, target)


def split(
    shape: Shape, sizes: Sequence[int], axis: int, dtype: str, target: Target
) -> Routine:
    """The inverse of `concat`: an output for each of `sizes`."""
    steps = strides_of(shape)
    copies = []
    place = 0
    for number, size in enumerate(sizes, 1):
        part = (*shape[:axis], size, *shape[axis + 1 :])
        start = place * steps[axis]
        copies.append(Copy(part, 0, start, steps, number, 0, strides_of(part)))
        place += size
    name = f"split_{_by(shape)}_into_{len(sizes)}"
    return _routine(name, copies, dtype, 1, len(sizes), target)


def stack(count: int, shape: Shape, axis: int, dtype: str, target: Target) -> Routine:
    """`count` arrays of a shape along a new axis."""
    apart = (*shape[:axis], 1, *shape[axis:])
    routine = concat([apart] * count, axis, dtype, target)
    return _renamed(routine, f"stack_{count}_of_{_by(shape)}")


def unstack(shape: Shape, axis: int, dtype: str, target: Target) -> Routine:
    """An output for each index along an axis, which is gone in them."""
    routine = split(shape, [1] * shape[axis], axis, dtype, target)
    return _renamed(routine, f"unstack_{_by(shape)}")


def _renamed(routine: Routine, name: str) -> Routine:
    kernels = tuple(kernel._replace(name=name) for kernel in routine.kernels)
    return routine._replace(kernels=kernels)


def strided_slice(
    shape: Shape, begin: Shape, strides: Shape, sizes: Shape, dtype: str, target: Target
) -> Routine:
    """`sizes[i]` elements along each dimension, from `begin[i]` in steps of `strides`.

    Slices whose ends, masks and new axes have been worked out; steps may be negative.
    """
    steps = strides_of(shape)
    start = sum(map(math.prod, zip(begin, steps, strict=True)))
    source = tuple(map(math.prod, zip(strides, steps, strict=True)))
    copy = Copy(sizes, 0, start, source, 1, 0, strides_of(sizes))
    return _routine(f"slice_{_by(shape)}_{_by(sizes)}", [copy], dtype, 1, 1, target)


def strided_slice_gradient(
    shape: Shape, begin: Shape, strides: Shape, sizes: Shape, dtype: str, target: Target
) -> Routine:
    """Zeros of a shape, but for the input where `strided_slice` would have read it."""
    if math.prod(shape) == 0:
        return Routine((), ())
    steps = strides_of(shape)
    start = sum(map(math.prod, zip(begin, steps, strict=True)))
    goal = tuple(map(math.prod, zip(strides, steps, strict=True)))
    zeros = Copy(shape, None, 0, steps, 1, 0, steps)
    copy = Copy(sizes, 0, 0, strides_of(sizes), 1, start, goal)
    size, name = size_of(dtype), f"slice_gradient_{_by(shape)}_{_by(sizes)}"
    kernels = [copy_kernel(f"zeros_{_by(shape)}", [zeros], size, 2, target)]
    if 0 not in sizes:
        kernels.append(copy_kernel(name, [copy], size, 2, target))
    return Routine(tuple(kernels), ((0, 1),) * len(kernels))


def reverse(shape: Shape, axes: Sequence[int], dtype: str, target: Target) -> Routine:
    """The order of the elements along `axes` turned round."""
    begin = tuple(size - 1 if i in axes else 0 for i, size in enumerate(shape))
    strides = tuple(-1 if i in axes else 1 for i in range(len(shape)))
    routine = strided_slice(shape, begin, strides, shape, dtype, target)
    return _renamed(routine, f"reverse_{_by(shape)}")


def broadcast_to(shape: Shape, out: Shape, dtype: str, target: Target) -> Routine:
    """The input repeated along dimensions of size 1, and along new ones in front."""
    padded = (1,) * (len(out) - len(shape)) + shape
    source = tuple(
        step if size > 1 else 0
        for size, step in zip(padded, strides_of(padded), strict=True)
    )
    copy = Copy(out, 0, 0, source, 1, 0, strides_of(out))
    name = f"broadcast_{_by(shape)}_to_{_by(out)}"
    return _routine(name, [copy], dtype, 1, 1, target)


def tile(shape: Shape, multiples: Shape, dtype: str, target: Target) -> Routine:
    """The input `multiples[i]` times along dimension i."""
    pairs = zip(multiples, shape, strict=True)
    out = tuple(size for pair in pairs for size in pair)
    source = tuple(step for size in strides_of(shape) for step in (0, size))
    copy = Copy(out, 0, 0, source, 1, 0, strides_of(out))
    name = f"tile_{_by(shape)}_{_by(multiples)}"
    return _routine(name, [copy], dtype, 1, 1, target)


def pad(
    shape: Shape,
    paddings: Sequence[tuple[int, int]],
    dtype: str,
    target: Target,
    *,
    mode: str = "constant",
    value: float = 0,
) -> Routine:
    """The input with a border.

    Args:
        shape: of the input.
        paddings: elements before and after, for each dimension.
        dtype: of the elements.
        target: the processor.
        mode: "constant"; "reflect", without the outermost elements, or "symmetric",
            with them: then no border may be longer than what it mirrors.
        value: what a constant border holds.
    """
    out = tuple(a + n + b for n, (a, b) in zip(shape, paddings, strict=True))
    steps, goals = strides_of(shape), strides_of(out)
    if mode == "constant":
        start = sum(a * goal for (a, _), goal in zip(paddings, goals, strict=True))
        copies = [Copy(shape, 0, 0, steps, 1, start, goals)]
        copies += _borders(shape, paddings, _bits(value, dtype))
    else:
        segments = [
            _mirrored(size, *around, int(mode == "reflect"))
            for size, around in zip(shape, paddings, strict=True)
        ]
        copies = []
        for parts in itertools.product(*segments):
            to, sizes, begin, signs = zip(*parts, strict=True) if parts else [()] * 4
            copies.append(
                Copy(
                    sizes,
                    0,
                    sum(map(math.prod, zip(begin, steps, strict=True))),
                    tuple(map(math.prod, zip(signs, steps, strict=True))),
                    1,
                    sum(map(math.prod, zip(to, goals, strict=True))),
                    goals,
                )
            )
    name = f"pad_{mode}_{_by(shape)}_{_by(out)}"
    return _routine(name, copies, dtype, 1, 1, target)


def _borders(
    shape: Shape, paddings: Sequence[tuple[int, int]], bits: int
) -> list[Copy]:
    """What fills the border: of each axis both sides, inside of the axes before it."""
    out = tuple(a + n + b for n, (a, b) in zip(shape, paddings, strict=True))
    goals = strides_of(out)
    borders = []
    inside = 0
    for axis, (before, after) in enumerate(paddings):
        middle = (*shape[:axis], 0, *out[axis + 1 :])
        for size, begin in ((before, 0), (after, before + shape[axis])):
            sizes = (*middle[:axis], size, *middle[axis + 1 :])
            start = inside + begin * goals[axis]
            borders.append(Copy(sizes, None, 0, goals, 1, start, goals, bits))
        inside += before * goals[axis]
    return borders


def _mirrored(
    size: int, before: int, after: int, skip: int
) -> list[tuple[int, int, int, int]]:
    """Parts of a mirrored axis: where to, how many, from where, in which direction."""
    return [
        (0, before, before - 1 + skip, -1),
        (before, size, 0, 1),
        (before + size, after, size - 1 - skip, -1),
    ]


def _bits(value: float, dtype: str) -> int:
    """The bits of a number in a dtype, as an integer."""
    if dtype == "bfloat16":
        # Rounded to nearest even by hand: numpy alone does not know the type.
        (bits,) = unpack("<I", pack("<f", np.float32(value)))
        return int(bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return int.from_bytes(np.array(value).astype(dtype).tobytes(), "little")
