"""Sound and other signals: frames, windows, short-time Fourier transforms, cosines.

Built of ops that are there. Read next: `spectral.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype, complex64, float32, int32
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.shape_rules import normal_axis
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.gather import gather
from interactive_graphs.ops.spectral import irfft, rfft

# -- windows --------------------------------------------------------------------------


def hann_window(
    window_length: Any, periodic: bool = True, dtype: Any = float32,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Weights that rise from 0 to 1 and fall again, as a cosine does.

    Args:
        window_length: how many, an int32 scalar.
        periodic: whether the next window begins where this one ends.
        dtype: a floating dtype.
        name: of the scope.

    Returns:
        A vector of that dtype.
    """
    return _raised_cosine(name, "hann_window", window_length, periodic, dtype, 0.5)


def hamming_window(
    window_length: Any, periodic: bool = True, dtype: Any = float32,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """Weights that rise from 0.08 to 1 and fall again, as a cosine does.

    Args:
        window_length: how many, an int32 scalar.
        periodic: whether the next window begins where this one ends.
        dtype: a floating dtype.
        name: of the scope.

    Returns:
        A vector of that dtype.
    """
    return _raised_cosine(name, "hamming_window", window_length, periodic, dtype, 0.54)


def _raised_cosine(
    name: str | None, default: str, length: Any, periodic: bool, dtype: Any, a: float
) -> Tensor:
    wanted = as_dtype(dtype)
    if not wanted.is_floating:
        raise ValueError(f"dtype must be a floating point type. Found {wanted!r}")
    with name_scope(name, default, [length]):
        count = convert(length, int32, "window_length")
        # An odd window is symmetric as it is; one of length 1 is 1.
        even = 1 - raw.FloorMod(count, 2)
        period = count + (even if periodic else 0) - 1
        steps = cast(raw.Range(0, count, 1), wanted)
        turn = 2 * math.pi / cast(raw.Maximum(period, 1), wanted)
        wave = a - (1 - a) * raw.Cos(steps * turn)
        single = raw.Equal(count, 1)
        result: Tensor = raw.Select(
            raw.Fill(raw.Shape(wave), single), raw.OnesLike(wave), wave
        )
        return result


# -- frames ---------------------------------------------------------------------------


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """Pieces of a signal that overlap.

    Args:
        signal: a tensor of any dtype.
        frame_length: of a piece, an int32 scalar.
        frame_step: from one piece to the next, an int32 scalar.
        pad_end: whether the last pieces may reach over the end.
        pad_value: what they hold there.
        axis: the dimension to cut, counted from the end if the rank is unknown.
        name: of the scope.

    Returns:
        A tensor of that dtype, with two dimensions, pieces and their length, in place
        of the one.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.contrib.signal.frame([1, 2, 3, 4, 5], 3, 2))
        array([[1, 2, 3],
               [3, 4, 5]], dtype=int32)
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step]):
        x = convert(signal, None, "signal")
        length = convert(frame_length, int32, "frame_length")
        step = convert(frame_step, int32, "frame_step")
        shape = x.static_shape
        at = axis if shape is None else normal_axis(axis, len(shape))
        size = raw.Shape(x)[at]
        if pad_end:
            # Rounded up: each piece that begins in the signal counts.
            count = -raw.FloorDiv(-size, step)
            missing = raw.Maximum(0, length + step * (count - 1) - size)
            x = _padded(x, at, missing, pad_value)
        else:
            count = raw.Maximum(0, 1 + raw.FloorDiv(size - length, step))
        begins = raw.ExpandDims(raw.Range(0, count, 1) * step, 1)
        places = begins + raw.ExpandDims(raw.Range(0, length, 1), 0)
        # Reshaped, so that the gradient is no IndexedSlices, which gather's is.
        pieces = gather(raw.Reshape(x, raw.Shape(x)), places, axis=at)
        if shape is not None:
            known = _frame_count(shape[at], length, step, pad_end)
            pieces.set_shape(
                [*shape[:at], known, static_value(length), *shape[at + 1 :]]
            )
        return pieces


def _padded(x: Tensor, axis: int, missing: Tensor, value: Any) -> Tensor:
    shape = raw.Shape(x)
    rank = raw.Rank(x)
    place = axis if axis >= 0 else rank + axis
    sizes = raw.Select(
        raw.Equal(raw.Range(0, rank, 1), place),
        raw.Fill(raw.ExpandDims(rank, 0), missing),
        shape,
    )
    end = raw.Fill(sizes, convert(value, x.dtype.base_dtype))
    joined: Tensor = raw.ConcatV2([x, end], place)
    return joined


def _frame_count(size: Any, length: Tensor, step: Tensor, pad_end: bool) -> int | None:
    known = [static_value(t) for t in (length, step)]
    if size is None or known[0] is None or known[1] is None:
        return None
    extent, stride = int(known[0]), int(known[1])
    if pad_end:
        return -(-int(size) // stride)
    return max(0, 1 + (int(size) - extent) // stride)


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """The signal whose overlapping pieces these are: where they overlap, their sum.

    Args:
        signal: numeric, `[..., pieces, length]`.
        frame_step: from one piece to the next, an int32 scalar.
        name: of the scope.

    Returns:
        A tensor of that dtype, `[..., (pieces - 1) * frame_step + length]`.
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        x = convert(signal, None, "signal")
        if x.static_shape is not None and len(x.static_shape) < 2:
            raise ValueError("signal must be at least rank 2.")
        step = convert(frame_step, int32, "frame_step")
        shape = raw.Shape(x)
        outer, pieces, length = shape[:-2], shape[-2], shape[-1]
        begins = raw.ExpandDims(raw.Range(0, pieces, 1) * step, 1)
        places = raw.Reshape(begins + raw.Range(0, length, 1), [-1])
        total = (pieces - 1) * step + length
        rows = raw.Reshape(x, raw.Pack([-1, pieces * length]))
        # Segments are summed along the first dimension.
        summed = raw.UnsortedSegmentSum(raw.Transpose(rows, [1, 0]), places, total)
        result: Tensor = raw.Reshape(
            raw.Transpose(summed, [1, 0]), raw.ConcatV2([outer, [total]], 0)
        )
        if x.static_shape is not None:
            result.set_shape([*x.static_shape[:-2], static_value(total)])
        return result


# -- short-time Fourier transforms ----------------------------------------------------


def _enclosing_power_of_two(length: Tensor) -> int:
    """The next power of two, which is a quick length.

    Raises:
        ValueError: the length is not known.
    """
    known = static_value(length)
    if known is None:
        raise ValueError("fft_length is needed where frame_length is no constant")
    return 1 << max(0, int(known) - 1).bit_length()


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable[..., Any] | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """Which frequencies a signal has, piece by piece.

    Args:
        signals: float32, `[..., samples]`.
        frame_length: of a piece, an int32 scalar.
        frame_step: from one piece to the next, an int32 scalar.
        fft_length: the length of the transforms, the next power of two when None.
        window_fn: `window_fn(frame_length, dtype=float32)` weighs a piece; None weighs
            nothing.
        pad_end: whether the last pieces may reach over the end, where zeros are.
        name: of the scope.

    Returns:
        complex64, `[..., pieces, fft_length // 2 + 1]`.
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        x = convert(signals, None, "signals")
        length = convert(frame_length, int32, "frame_length")
        if fft_length is None:
            fft_length = _enclosing_power_of_two(length)
        pieces = frame(x, length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            pieces = pieces * window_fn(length, dtype=pieces.dtype)
        return rfft(pieces, raw.Reshape(convert(fft_length, int32), [1]))


def inverse_stft_window_fn(
    frame_step: Any,
    forward_window_fn: Callable[..., Any] = hann_window,
    name: str | None = None,
) -> Callable[..., Tensor]:
    """The weights with which `inverse_stft` undoes `stft` of those weights.

    Args:
        frame_step: from one piece to the next, an int32 scalar.
        forward_window_fn: that of `stft`.
        name: of the scope.

    Returns:
        A function for the `window_fn` of `inverse_stft`.
    """

    def inverse(frame_length: Any, dtype: Any = float32) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn"):
            length = convert(frame_length, int32, "frame_length")
            step = convert(frame_step, int32, "frame_step")
            forward = forward_window_fn(length, dtype=dtype)
            squares = raw.Square(forward)
            overlaps = -raw.FloorDiv(-length, step)
            free = overlaps * step - length
            table = raw.Reshape(
                raw.Pad(squares, raw.Reshape(raw.Pack([0, free]), [1, 2])),
                raw.Pack([overlaps, step]),
            )
            sums = raw.Tile(raw.Sum(table, 0, keep_dims=True), raw.Pack([overlaps, 1]))
            weights: Tensor = forward / raw.Reshape(sums, [-1])[:length]
            return weights

    return inverse


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable[..., Any] | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """The signal that has these frequencies, piece by piece.

    Args:
        stfts: complex64, `[..., pieces, fft_length // 2 + 1]`.
        frame_length: of a piece, an int32 scalar.
        frame_step: from one piece to the next, an int32 scalar.
        fft_length: the length of the transforms, the next power of two when None.
        window_fn: weighs a piece; `inverse_stft_window_fn` gives the one that undoes
            `stft` exactly.
        name: of the scope.

    Returns:
        float32, `[..., samples]`.
    """
    with name_scope(name, "inverse_stft", [stfts]):
        x = convert(stfts, complex64, "stfts")
        length = convert(frame_length, int32, "frame_length")
        if fft_length is None:
            fft_length = _enclosing_power_of_two(length)
        whole = irfft(x, raw.Reshape(convert(fft_length, int32), [1]))
        size = raw.Minimum(raw.Shape(whole)[-1], length)
        pieces = whole[..., :size]
        missing = raw.Maximum(0, length - size)
        pieces = _padded(pieces, -1, missing, 0)
        known = static_value(length)
        if known is not None and pieces.static_shape is not None:
            pieces.set_shape([*pieces.static_shape[:-1], int(known)])
        if window_fn is not None:
            pieces = pieces * window_fn(length, dtype=float32)
        return overlap_and_add(pieces, frame_step)


# -- cosine transforms ----------------------------------------------------------------


def _check_cosines(type: int, n: Any, axis: int, norm: str | None) -> None:
    if type not in (2, 3):
        raise ValueError("Only Types II and III (I)DCT are supported.")
    if n is not None and (not isinstance(n, int) or n < 1):
        raise ValueError("n should be an integer greater than 0 or None")
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if norm not in (None, "ortho"):
        raise ValueError(
            f"Unknown normalization. Expected None or 'ortho', got: {norm}"
        )


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform along the last dimension.

    Args:
        input: float32, `[..., samples]`.
        type: 2, or 3 for (twice) the inverse of that.
        n: how many samples count, with zeros where there are fewer.
        axis: must be -1.
        norm: None, or 'ortho' for the transform that keeps lengths.
        name: of the scope.

    Returns:
        float32, `[..., samples]`.

    Raises:
        ValueError: there is no such type or norm.
    """
    _check_cosines(type, n, axis, norm)
    with name_scope(name, "dct", [input]):
        x = convert(input, float32, "input")
        if n is not None:
            x = x[..., :n]
            x = _padded(x, -1, raw.Maximum(0, n - raw.Shape(x)[-1]), 0)
            if x.static_shape is not None:
                x.set_shape([*x.static_shape[:-1], n])
        result = _second(x, norm) if type == 2 else _third(x, norm)
        result.set_shape(x.static_shape)
        return result


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `dct`; without 'ortho', `2 * samples` times that.

    Args:
        input: float32, `[..., samples]`.
        type: that of the transform to undo.
        n: must be None.
        axis: must be -1.
        norm: None or 'ortho'.
        name: of the scope.

    Returns:
        float32, `[..., samples]`.
    """
    _check_cosines(type, n, axis, norm)
    return dct(input, {2: 3, 3: 2}[type], n, axis, norm, name)


def _turns(size: Tensor, sign: float) -> Tensor:
    """exp(sign * i * pi * k / (2 * size)) for the samples k."""
    steps = cast(raw.Range(0, size, 1), float32)
    angle = steps * (sign * math.pi * 0.5 / cast(size, float32))
    turned: Tensor = raw.Complex(raw.Cos(angle), raw.Sin(angle))
    return turned


def _weights(size: Tensor, first: Tensor, others: Tensor) -> Tensor:
    rest = raw.Fill(raw.ExpandDims(size - 1, 0), others)
    both: Tensor = raw.ConcatV2([raw.ExpandDims(first, 0), rest], 0)
    return both


def _second(x: Tensor, norm: str | None) -> Tensor:
    size = raw.Shape(x)[-1]
    spectrum = rfft(x, raw.Reshape(2 * size, [1]))[..., :size]
    cosines: Tensor = 2.0 * raw.Real(spectrum * _turns(size, -1.0))
    if norm == "ortho":
        least = 0.5 * raw.Rsqrt(cast(size, float32))
        cosines = cosines * _weights(size, least, least * math.sqrt(2.0))
    return cosines


def _third(x: Tensor, norm: str | None) -> Tensor:
    size = raw.Shape(x)[-1]
    whole = cast(size, float32)
    if norm == "ortho":
        root = raw.Sqrt(whole)
        x = x * _weights(size, root, root * math.sqrt(0.5))
    else:
        x = x * whole
    spectrum = 2.0 * raw.Complex(x, raw.ZerosLike(x)) * _turns(size, 1.0)
    samples = irfft(spectrum, raw.Reshape(2 * size, [1]))
    result: Tensor = samples[..., :size]
    return result
