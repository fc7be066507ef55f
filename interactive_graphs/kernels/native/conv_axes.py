"""How a convolution reads along one dimension, forwards and backwards.

A convolution and its input gradient are one loop: output `i`, tap `t` reads the source
at `origin + i * advance + t * spread`. Forwards that is one `Axis`. Backwards through a
stride, outputs fall into phases, each of which meets taps of its own:

    >>> windows = Windows((3,), (2,), (1,), (Span(3, 1, 1),))
    >>> forward(5, windows, 0).origin
    -1
    >>> [axis.taps for axis in backward(5, windows, 0)]
    [1, 2]

Read next: `conv_tiles.py`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from interactive_graphs.kernels.cpu.windows import Windows


class Axis(NamedTuple):
    """Some outputs along one dimension, and what they read.

    Attributes:
        size: of the source.
        outputs: how many.
        taps: number of elements that each output reads.
        origin: where in the source output 0 reads its tap 0; may lie outside.
        advance: from the source of one output to that of the next.
        spread: from the source of one tap to that of the next; positive.
        offset: where output 0 lies in the result.
        stride: from one output to the next in the result.
        first: the filter's tap that is tap 0.
        step: from one tap to the next in the filter; may be negative.
        repeats: so many phases in a row are alike but for `offset` and `first`, which
            are one more each time.
    """

    size: int
    outputs: int
    taps: int
    origin: int
    advance: int = 1
    spread: int = 1
    offset: int = 0
    stride: int = 1
    first: int = 0
    step: int = 1
    repeats: int = 1

    def last(self, outputs: int) -> int:
        """The furthest source that the first so many outputs read."""
        return (
            self.origin + (outputs - 1) * self.advance + (self.taps - 1) * self.spread
        )


def forward(size: int, windows: Windows, dimension: int) -> Axis:
    """The outputs of a convolution along one dimension.

    Args:
        size: of the input.
        windows: over the input.
        dimension: which one.
    """
    span = windows.spans[dimension]
    return Axis(
        size=size,
        outputs=span.output,
        taps=windows.kernel[dimension],
        origin=-span.before,
        advance=windows.strides[dimension],
        spread=windows.dilations[dimension],
    )


def backward(size: int, windows: Windows, dimension: int) -> tuple[Axis, ...]:
    """The input gradient along one dimension; the source is the output's gradient.

    Input `i` met window `(i + before - k * dilation) / stride` at tap `k`, where that
    is whole: so inputs `stride` apart meet the same taps. The arguments are those of
    `forward`.
    """
    span, stride = windows.spans[dimension], windows.strides[dimension]
    dilation = windows.dilations[dimension]
    apart = stride // math.gcd(stride, dilation)
    axes: list[Axis] = []
    for phase in range(min(stride, size)):
        place = phase + span.before
        taps = range(windows.kernel[dimension])
        met = [k for k in taps if (place - k * dilation) % stride == 0]
        last = met[-1] if met else 0
        axis = Axis(
            size=span.output,
            outputs=-(-(size - phase) // stride),
            taps=len(met),
            origin=(place - last * dilation) // stride if met else 0,
            spread=apart * dilation // stride,
            offset=phase,
            stride=stride,
            first=last,
            step=-apart,
        )
        if axes and _follows(axes[-1], axis):
            axes[-1] = axes[-1]._replace(repeats=axes[-1].repeats + 1)
        else:
            axes.append(axis)
    return tuple(axes)


def _follows(axes: Axis, axis: Axis) -> bool:
    """Whether `axis` is the next repeat of `axes`."""
    more = axes.repeats
    first = axes.first + more if axes.taps else axis.first
    return axis == axes._replace(offset=axes.offset + more, first=first, repeats=1)


class Reach(NamedTuple):
    """The part of a source, from `low` to before `high`, that some axes read."""

    low: int
    high: int

    def is_outside(self, size: int) -> bool:
        """Whether anything of it lies outside of a source of that size."""
        return self.low < 0 or self.high > size


def reach(axes: Sequence[Axis]) -> Reach:
    """What all of the axes read together; empty if nothing is read."""
    reading = [axis for axis in axes if axis.taps and axis.outputs]
    if not reading:
        return Reach(0, 0)
    low = min(axis.origin for axis in reading)
    return Reach(low, max(axis.last(axis.outputs) for axis in reading) + 1)
