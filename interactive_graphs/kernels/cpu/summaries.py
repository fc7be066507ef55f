"""What summary ops write: histograms, PNG images, WAV sound, as serialized messages.

Read next: `../../ops/summary_ops.py`.
"""

from __future__ import annotations

import functools
import struct
from typing import Any, Final

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util.refusal import invalid
from interactive_graphs.kernels.cpu import png

_LARGEST: Final = float(np.finfo(np.float64).max)
_COMPRESSION: Final = -1  # zlib's own choice
# Images whose largest value is below this are black.
_TINY: Final = 1e-6


def parse(data: bytes) -> Any:
    """The Summary message in `data`.

    Raises:
        google.protobuf.message.DecodeError: it is none.
    """
    return protos.Summary.FromString(data)


@functools.cache
def bucket_limits() -> np.ndarray:
    """The upper limits of TensorFlow's buckets: 0, and ±1e-12 growing by a tenth."""
    limits = []
    limit = 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    limits.append(_LARGEST)
    return np.array([-x for x in reversed(limits)] + [0.0] + limits)


def histogram(values: np.ndarray) -> Any:
    """The HistogramProto of finite numbers.

    Args:
        values: a float64 vector.

    Returns:
        The message; of neighbouring empty buckets it holds only the last.
    """
    limits = bucket_limits()
    places = np.minimum(np.searchsorted(limits, values, "right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    filled = counts > 0
    # An empty bucket in front of another empty one goes.
    kept = filled | np.append(filled[1:], True)
    # One after the other, as TensorFlow adds: numpy's own sum rounds differently.
    sums = [np.cumsum(v)[-1] if v.size else 0.0 for v in (values, values * values)]
    return protos.HistogramProto(
        min=values.min() if values.size else _LARGEST,
        max=values.max() if values.size else -_LARGEST,
        num=values.size,
        sum=sums[0] + 0.0,  # -0.0 is 0.0
        sum_squares=sums[1],
        bucket_limit=limits[kept],
        bucket=counts[kept],
    )


def to_bytes(image: np.ndarray, bad_color: np.ndarray) -> np.ndarray:
    """Floating-point pixels as uint8, by TensorFlow's rule.

    Where no value is negative, 0 stays 0 and the largest becomes 255; otherwise 0
    becomes 128 and the one farthest from it 1 or 255.

    Args:
        image: a floating dtype, `[height, width, channels]`.
        bad_color: uint8; what pixels that are not finite become.
    """
    finite = np.isfinite(image).all(-1, keepdims=True)
    number = image.dtype.type
    good = np.where(finite, image, number(0))
    low, high = good.min(), good.max()
    offset = number(128 if low < 0 else 0)
    # The scale is a float32 also for float64, as TensorFlow's is.
    largest = np.float32(max(abs(low), abs(high)))
    room = np.float32(127 if low < 0 else 255)
    scale = number(0 if largest < _TINY else room / largest)
    scaled = (good * scale + offset).astype(np.uint8)
    return np.where(finite, scaled, bad_color[: image.shape[-1]])


def _image_tags(tag: str, shown: int, most: int) -> list[str]:
    if most == 1:
        return [f"{tag}/image"]
    return [f"{tag}/image/{i}" for i in range(shown)]


def image_summary(
    tag: str, batch: np.ndarray, most: int, bad_color: np.ndarray
) -> bytes:
    """The Summary of the first images of a batch.

    Args:
        tag: the beginning of their tags.
        batch: uint8 or floating, `[n, height, width, channels]`.
        most: how many to write at most.
        bad_color: uint8; what pixels that are not finite become.
    """
    summary = protos.Summary()
    for name, image in zip(
        _image_tags(tag, min(most, len(batch)), most), batch, strict=False
    ):
        pixels = image if image.dtype == np.uint8 else to_bytes(image, bad_color)
        height, width, depth = image.shape
        value = summary.value.add(tag=name)
        value.image.height = height
        value.image.width = width
        value.image.colorspace = depth
        value.image.encoded_image_string = png.encode(pixels, _COMPRESSION)
    return bytes(summary.SerializeToString())


def wav(samples: np.ndarray, sample_rate: float) -> bytes:
    """A WAV file of 16 bit numbers.

    Args:
        samples: floating, `[frames, channels]`, cut to `[-1, 1]`.
        sample_rate: frames in a second.

    Raises:
        InvalidArgumentError: there is no channel, or the rate is not positive.
    """
    if not samples.shape[1]:
        invalid("audio is null")
    channels = samples.shape[1]
    rate = int(sample_rate + 0.5)
    scaled = np.nan_to_num(samples.astype(np.float64), nan=0.0) * 32768
    # Halves away from zero, as C rounds.
    rounded = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
    data = np.clip(rounded, -32768, 32767).astype("<i2").tobytes()
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", len(data) + 36, b"WAVE", b"fmt ", 16, 1,
        channels, rate, rate * channels * 2, channels * 2, 16, b"data", len(data),
    )  # fmt: skip
    return header + data


def audio_summary(tag: str, batch: np.ndarray, sample_rate: float, most: int) -> bytes:
    """The Summary of the first clips of a batch.

    Args:
        tag: the beginning of their tags.
        batch: floating, `[n, frames, channels]`.
        sample_rate: frames in a second.
        most: how many to write at most.
    """
    summary = protos.Summary()
    for i, clip in enumerate(batch[:most]):
        name = f"{tag}/audio" if most == 1 else f"{tag}/audio/{i}"
        audio = summary.value.add(tag=name).audio
        audio.sample_rate = sample_rate
        audio.length_frames, audio.num_channels = clip.shape
        audio.encoded_audio_string = wav(clip, sample_rate)
        audio.content_type = "audio/wav"
    return bytes(summary.SerializeToString())
