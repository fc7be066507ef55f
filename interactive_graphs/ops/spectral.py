"""Discrete Fourier transforms of real numbers, and of two or three axes.

The plain transform of one axis, `fft`, is in `fourier.py`. Read next: `fourier.py`.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_shape_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    COMPLEX,
    DType,
    complex64,
    complex128,
    float32,
    float64,
    int32,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import at_least_rank, with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, format_list
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops._tables import describe

_SUFFIX = {1: "", 2: "2D", 3: "3D"}


def _axes(rank: int) -> tuple[int, ...]:
    return tuple(range(-rank, 0))


def _check_rank(x: Any, rank: int) -> None:
    if np.ndim(x) < rank:
        shape = format_list(np.shape(x))
        invalid(f"Input must have rank of at least {rank} but got: {shape}")


# -- complex to complex ---------------------------------------------------------------


def _points(x: Tensor, rank: int) -> Tensor:
    """How many numbers one transform takes, in the dtype of x."""
    last = raw.Shape(x)[-rank:]
    size: Tensor = raw.Cast(raw.Prod(last, np.int32(0)), DstT=x.dtype.base_dtype)
    return size


def _complex_pair(rank: int) -> None:
    """The transform over `rank` axes and its inverse, each the other's gradient."""
    forward, backward = f"FFT{_SUFFIX[rank]}", f"IFFT{_SUFFIX[rank]}"

    def shape(op: Operation) -> list[Shape]:
        return [at_least_rank(op.inputs[0].static_shape, rank)]

    def forward_gradient(_: Operation, dy: Tensor) -> list[Tensor]:
        return [getattr(raw, backward)(dy) * _points(dy, rank)]

    def backward_gradient(_: Operation, dy: Tensor) -> list[Tensor]:
        return [getattr(raw, forward)(dy) / _points(dy, rank)]

    for name, function, gradient in (
        (forward, np.fft.fftn, forward_gradient),
        (backward, np.fft.ifftn, backward_gradient),
    ):
        op = define(
            name, "input: Tcomplex -> output: Tcomplex",
            Tcomplex=types(COMPLEX, complex64), shape=shape, gradient=gradient,
            doc=f"The Fourier transform over {rank} axes, {name}.",
        )  # fmt: skip
        op.kernel("CPU")(_complex_kernel(function, rank))


def _complex_kernel(function: Any, rank: int) -> Any:
    def kernel(input: Any) -> Any:
        _check_rank(input, rank)
        return function(input, axes=_axes(rank)).astype(input.dtype)

    return kernel


# -- real to complex and back ---------------------------------------------------------


def _fit(x: Tensor, like: Tensor) -> Tensor:
    """x, cut or filled with zeros so that it has the shape of `like`."""
    wanted = raw.Shape(like)
    cut = raw.Slice(x, raw.ZerosLike(wanted), raw.Minimum(raw.Shape(x), wanted))
    missing = wanted - raw.Shape(cut)
    pads = raw.Pack([raw.ZerosLike(missing), missing], axis=1)
    result: Tensor = raw.Pad(cut, pads)
    result.set_shape(like.static_shape)
    return result


def _rfft_gradient(rank: int) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Tensor | None]:
        x, length = op.inputs
        # The other half of the spectrum is not an output: nothing comes in from there.
        ends = raw.ConcatV2([raw.Shape(dy)[:-1], length[-1:]], 0)
        missing = ends - raw.Shape(dy)
        pads = raw.Pack([raw.ZerosLike(missing), missing], axis=1)
        whole = raw.Pad(dy, pads)
        turned = getattr(raw, f"IFFT{_SUFFIX[rank]}")(whole) * _points(whole, rank)
        return [_fit(raw.Real(turned, Tout=x.dtype.base_dtype), x), None]

    return rule


def _irfft_gradient(rank: int) -> Any:
    def rule(op: Operation, dy: Tensor) -> list[Tensor | None]:
        spectrum, length = op.inputs
        kind = spectrum.dtype.base_dtype
        turned = getattr(raw, f"RFFT{_SUFFIX[rank]}")(dy, length, Tcomplex=kind)
        # All but the first and, of even lengths, the last column stand for two.
        count = length[-1]
        column = raw.Range(0, raw.Shape(turned)[-1], 1)
        ends = raw.LogicalOr(
            raw.Equal(column, raw.ZerosLike(column)), raw.Equal(column * 2, count)
        )
        one = raw.OnesLike(column)
        weight = raw.Cast(raw.Select(ends, one, one * 2), DstT=kind)
        size = raw.Cast(raw.Prod(length, np.int32(0)), DstT=kind)
        return [_fit(turned * (weight / size), spectrum), None]

    return rule


def _real_pair(rank: int) -> None:
    """RFFT and IRFFT over `rank` axes."""
    forward = define(
        f"RFFT{_SUFFIX[rank]}", "input: Treal, fft_length: int32 -> output: Tcomplex",
        Treal=types((float32, float64), float32), Tcomplex=types(COMPLEX, complex64),
        shape=_real_shape(rank, forward=True), gradient=_rfft_gradient(rank),
        doc="The half of a Fourier transform that real numbers have.",
    )  # fmt: skip

    @forward.kernel("CPU")
    def _(input: Any, fft_length: Any, Tcomplex: DType) -> Any:
        _check_rank(input, rank)
        lengths = _checked_lengths(fft_length, rank)
        _check_size(input.shape, lengths)
        result = np.fft.rfftn(input, lengths, _axes(rank))
        return result.astype(Tcomplex.np_dtype)

    backward = define(
        f"IRFFT{_SUFFIX[rank]}", "input: Tcomplex, fft_length: int32 -> output: Treal",
        Treal=types((float32, float64), float32), Tcomplex=types(COMPLEX, complex64),
        shape=_real_shape(rank, forward=False), gradient=_irfft_gradient(rank),
        doc="The real numbers that half a Fourier transform stands for.",
    )  # fmt: skip

    @backward.kernel("CPU")
    def _(input: Any, fft_length: Any, Treal: DType) -> Any:
        _check_rank(input, rank)
        lengths = _checked_lengths(fft_length, rank)
        half = lengths[-1] and lengths[-1] // 2 + 1
        _check_size(input.shape, (*lengths[:-1], half))
        result = np.fft.irfftn(input, lengths, _axes(rank))
        return result.astype(Treal.np_dtype)


def _checked_lengths(fft_length: Any, rank: int) -> tuple[int, ...]:
    if fft_length.shape != (rank,):
        invalid(f"fft_length must have shape [{rank}]")
    for i, length in enumerate(fft_length.tolist()):
        if length < 0:
            invalid(f"fft_length[{i}] must >= 0, but got: {length}")
    return tuple(fft_length.tolist())


def _check_size(shape: tuple[int, ...], needed: tuple[int, ...]) -> None:
    """Refuse an input whose last axes are shorter than its transform needs."""
    first = len(shape) - len(needed)
    for axis, least in enumerate(needed, first):
        dim = shape[axis]
        # Of nothing there is a transform of any length: zeros.
        if dim and dim < least:
            invalid(
                f"Input dimension {axis} must have length of at least {least} but "
                f"got: {dim}"
            )


def _real_shape(rank: int, forward: bool) -> Any:
    def rule(op: Operation) -> list[Shape]:
        shape = at_least_rank(op.inputs[0].static_shape, rank)
        with_rank(op.inputs[1].static_shape, 1)
        lengths = static_shape_value(op.inputs[1])
        if shape is None:
            return [None]
        ends = list(lengths) if lengths is not None else [None] * rank
        if forward and ends[-1] is not None:
            ends[-1] = ends[-1] // 2 + 1
        return [(*shape[:-rank], *ends)]

    return rule


for _rank in (2, 3):
    _complex_pair(_rank)
for _rank in (1, 2, 3):
    _real_pair(_rank)


# -- public functions -----------------------------------------------------------------


class Transform(Protocol):
    """A public transform of complex numbers."""

    def __call__(self, input: Any, name: str | None = None) -> Tensor:
        """Adds the node."""


def _transform(op_type: str, public_name: str, what: str) -> Transform:
    def function(input: Any, name: str | None = None) -> Tensor:
        result: Tensor = getattr(raw, op_type)(input, name=name)
        return result

    describe(
        function,
        public_name,
        f"""{what}.

Args:
    input: a complex64 or complex128 tensor.
    name: the node's name.

Returns:
    A tensor of that dtype and shape.
""",
        "",
    )
    return function


fft2d = _transform("FFT2D", "fft2d", "The Fourier transform of the last two axes")
ifft2d = _transform("IFFT2D", "ifft2d", "The inverse of `fft2d`")
fft3d = _transform("FFT3D", "fft3d", "The Fourier transform of the last three axes")
ifft3d = _transform("IFFT3D", "ifft3d", "The inverse of `fft3d`")


class RealTransform(Protocol):
    """A public transform of, or to, real numbers."""

    def __call__(
        self, input_tensor: Any, fft_length: Any = None, name: str | None = None
    ) -> Tensor:
        """Adds the node."""


def _real_transform(rank: int, forward: bool) -> RealTransform:
    op_type = ("RFFT" if forward else "IRFFT") + _SUFFIX[rank]
    public_name = op_type.lower()
    pairs = {complex64: float32, complex128: float64}

    def function(
        input_tensor: Any, fft_length: Any = None, name: str | None = None
    ) -> Tensor:
        with op_scope(name, public_name, input_tensor, fft_length) as scope:
            x = convert(input_tensor, None, "input", preferred=float32)
            kind = x.dtype.base_dtype
            if fft_length is None:
                fft_length = _all_of(x, rank, forward)
            else:
                fft_length = convert(fft_length, int32, "fft_length")
                x = _filled(x, fft_length, rank, forward)
            result: Tensor
            if forward:
                wide = complex128 if kind is float64 else complex64
                result = getattr(raw, op_type)(x, fft_length, Tcomplex=wide, name=scope)
            else:
                result = getattr(raw, op_type)(
                    x, fft_length, Treal=pairs.get(kind, float32), name=scope
                )
            return result

    what = (
        "half of the Fourier transform"
        if forward
        else f"inverse of `r{public_name[2:]}`"
    )
    given = "float32 or float64" if forward else "complex64 or complex128"
    describe(
        function,
        public_name,
        f"""The {what} over the last {rank} axes.

Args:
    input_tensor: a {given} tensor.
    fft_length: int32, `[{rank}]`, the lengths of the real side, to which the axes are
        cut or filled with zeros; those of the input when None.
    name: the node's name.

Returns:
    A {"complex" if forward else "real"} tensor; of a length n the complex side has
    n // 2 + 1.
""",
        "",
    )
    return function


def _filled(x: Tensor, fft_length: Tensor, rank: int, forward: bool) -> Tensor:
    """x, with zeros behind where its last `rank` axes are shorter than needed.

    Args:
        x: the input of a transform.
        fft_length: int32, `[rank]`, the lengths of the real side.
        rank: how many axes are transformed.
        forward: whether x is the real side.
    """
    shape, lengths = x.static_shape, static_shape_value(fft_length)
    if shape is not None and len(shape) < rank:
        return x  # which the transform refuses
    if shape is None or lengths is None or None in (*shape[-rank:], *lengths):
        return _filled_when_run(x, fft_length, rank, forward)
    needed = [int(n or 0) for n in lengths]
    if not forward:
        needed[-1] = needed[-1] and needed[-1] // 2 + 1
    first = len(shape) - rank
    missing = [
        max(needed[i - first] - (shape[i] or 0), 0) for i in range(first, first + rank)
    ]
    if not any(missing):
        return x
    pads = [[0, 0]] * first + [[0, n] for n in missing]
    result: Tensor = raw.Pad(x, np.array(pads, np.int32))
    return result


def _filled_when_run(x: Tensor, fft_length: Tensor, rank: int, forward: bool) -> Tensor:
    if not forward:  # no length needs nothing, as it gives nothing
        halves = raw.ConcatV2([fft_length[:-1], fft_length[-1:] // 2 + 1], 0)
        nothing = raw.Equal(fft_length, raw.ZerosLike(fft_length))
        needed = raw.Select(nothing, raw.ZerosLike(fft_length), halves)
    else:
        needed = fft_length
    shape = raw.Shape(x)
    missing = raw.Maximum(needed - shape[-rank:], np.int32(0))
    behind = raw.ConcatV2([raw.ZerosLike(shape[:-rank]), missing], 0)
    result: Tensor = raw.Pad(x, raw.Pack([raw.ZerosLike(behind), behind], axis=1))
    return result


def _all_of(x: Tensor, rank: int, forward: bool) -> Tensor:
    """The lengths of the real side that the shape of x implies."""
    shape: Tensor = raw.Shape(x)[-rank:]
    if forward:
        return shape
    last = raw.Maximum((shape[-1:] - 1) * 2, np.zeros(1, np.int32))
    if rank == 1:
        return last  # type: ignore[no-any-return]
    lengths: Tensor = raw.ConcatV2([shape[:-1], last], 0)
    return lengths


rfft = _real_transform(1, forward=True)
irfft = _real_transform(1, forward=False)
rfft2d = _real_transform(2, forward=True)
irfft2d = _real_transform(2, forward=False)
rfft3d = _real_transform(3, forward=True)
irfft3d = _real_transform(3, forward=False)
