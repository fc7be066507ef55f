"""The ops behind `tf.summary`: each gives a serialized Summary message.

Their kernels are in `kernels/cpu/summaries.py`, the public functions in `summary/`.
Read next: `../summary/summary.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import REAL, float16, float32, float64, uint8
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor_proto import array_to_bytes_proto
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.kernels.cpu import summaries

_RED: Final = np.array([255, 0, 0, 255], np.uint8)


def _bytes(summary: Any) -> np.ndarray:
    """A message as the value of a string scalar."""
    data = summary if isinstance(summary, bytes) else summary.SerializeToString()
    return np.array(data, object)


scalar_summary_op = define(
    "ScalarSummary", "tags: string, values: T -> summary: string", T=types(REAL),
    shape=scalar, gradient=None, doc="A Summary of numbers with their tags.",
)  # fmt: skip


@scalar_summary_op.kernel("CPU")
def _(tags: np.ndarray, values: np.ndarray) -> np.ndarray:
    if tags.shape != values.shape:
        single = f" (tag '{tags.item().decode()}')" if tags.size == 1 else ""
        invalid(
            "tags and values not the same shape: "
            f"{format_list(tags.shape)} != {format_list(values.shape)}{single}"
        )
    summary = protos.Summary()
    flat = values.astype(np.float32).reshape(-1)
    for tag, value in zip(tags.reshape(-1), flat, strict=True):
        summary.value.add(tag=tag.decode(errors="replace"), simple_value=value)
    return _bytes(summary)


histogram_summary_op = define(
    "HistogramSummary", "tag: string, values: T -> summary: string",
    T=types(REAL, float32), shape=scalar, gradient=None,
    doc="A Summary of how values are distributed.",
)  # fmt: skip


@histogram_summary_op.kernel("CPU")
def _(ctx: Any, tag: np.ndarray, values: np.ndarray) -> np.ndarray:
    if tag.ndim:
        invalid("tags must be scalar")
    flat = np.asarray(values, np.float64).reshape(-1)
    bad = flat[~np.isfinite(flat)]
    if bad.size:
        what = (
            "Nan in summary histogram" if np.isnan(bad[0]) else "Infinity in Histogram"
        )
        invalid(f"{what} for: {ctx.op.name}")
    name = tag.item().decode(errors="replace")
    value = protos.Summary.Value(tag=name, histo=summaries.histogram(flat))
    return _bytes(protos.Summary(value=[value]))


image_summary_op = define(
    "ImageSummary", "tag: string, tensor: T -> summary: string",
    max_images=Attr("int", 3, minimum=1),
    T=types((uint8, float32, float16, float64), float32),
    bad_color=Attr("tensor", _RED), shape=scalar, gradient=None,
    doc="A Summary of images, as PNG files.",
)  # fmt: skip


@image_summary_op.kernel("CPU")
def _(
    tag: np.ndarray, tensor: np.ndarray, max_images: int, bad_color: np.ndarray
) -> np.ndarray:
    if tag.ndim:
        invalid("Tags must be a scalar")
    if tensor.ndim != 4 or tensor.shape[3] not in (1, 3, 4):
        invalid(
            "Tensor must be 4-D with last dim 1, 3, or 4, not "
            f"{format_list(tensor.shape)}"
        )
    if 0 in tensor.shape[1:]:
        shown = ", ".join(map(str, tensor.shape))
        invalid(f"input tensor must have non-zero dims. Found: [{shown}].")
    if bad_color.dtype != np.uint8 or bad_color.size < tensor.shape[3]:
        invalid(
            "expected bad_color to have at least "
            f"{tensor.shape[3]} elements of uint8, got {bad_color.size}"
        )
    name = tag.item().decode(errors="replace")
    return _bytes(summaries.image_summary(name, tensor, max_images, bad_color))


audio_summary_op = define(
    "AudioSummaryV2",
    "tag: string, tensor: float32, sample_rate: float32 -> summary: string",
    max_outputs=Attr("int", 3, minimum=1), shape=scalar, gradient=None,
    doc="A Summary of sound, as WAV files.",
)  # fmt: skip


@audio_summary_op.kernel("CPU")
def _(
    tag: np.ndarray, tensor: np.ndarray, sample_rate: np.ndarray, max_outputs: int
) -> np.ndarray:
    if tag.ndim:
        invalid("Tag must be a scalar")
    if tensor.ndim not in (2, 3):
        invalid(f"Tensor must be 3-D or 2-D, got: {format_list(tensor.shape)}")
    rate = float(np.asarray(sample_rate).reshape(-1)[0])
    if not rate > 0:
        invalid("sample_rate must be > 0")
    batch = tensor if tensor.ndim == 3 else tensor[..., None]
    name = tag.item().decode(errors="replace")
    return _bytes(summaries.audio_summary(name, batch, rate, max_outputs))


tensor_summary_op = define(
    "TensorSummary", "tensor: T -> summary: string", T=Attr("type"), description="",
    labels=Attr("list(string)", ()), display_name="", shape=scalar, gradient=None,
    doc="A Summary of a whole tensor, under its node's name.",
)  # fmt: skip


@tensor_summary_op.kernel("CPU")
def _(ctx: Any, tensor: np.ndarray) -> np.ndarray:
    value = protos.Summary.Value(
        node_name=ctx.op.name, tensor=array_to_bytes_proto(tensor)
    )
    return _bytes(protos.Summary(value=[value]))


tensor_summary_v2_op = define(
    "TensorSummaryV2",
    "tag: string, tensor: T, serialized_summary_metadata: string -> summary: string",
    T=Attr("type"), shape=scalar, gradient=None,
    doc="A Summary of a whole tensor, with what shows it.",
)  # fmt: skip


@tensor_summary_v2_op.kernel("CPU")
def _(
    tag: np.ndarray, tensor: np.ndarray, serialized_summary_metadata: np.ndarray
) -> np.ndarray:
    if tag.ndim:
        invalid("tag must be scalar")
    if serialized_summary_metadata.ndim:
        invalid("serialized_summary_metadata must be scalar")
    value = protos.Summary.Value(
        tag=tag.item().decode(errors="replace"),
        tensor=array_to_bytes_proto(tensor),
    )
    decode_error = lazy.load("google.protobuf.message").DecodeError
    try:
        value.metadata.MergeFromString(serialized_summary_metadata.item())
        value.metadata.SetInParent()
    except decode_error:
        invalid("Could not parse serialized_summary_metadata")
    return _bytes(protos.Summary(value=[value]))


merge_summary_op = define(
    "MergeSummary", "inputs: N * string -> summary: string", shape=scalar,
    gradient=None, doc="Several Summaries in one.",
)  # fmt: skip


@merge_summary_op.kernel("CPU")
def _(inputs: list[np.ndarray]) -> np.ndarray:
    decode_error = lazy.load("google.protobuf.message").DecodeError
    merged = protos.Summary()
    seen = set()
    for data in (item for x in inputs for item in x.reshape(-1)):
        try:
            values = summaries.parse(data).value
        except decode_error:
            invalid("Could not parse one of the summary inputs")
        for value in values:
            # Values without a tag are told apart by their nodes.
            if value.tag and value.tag in seen:
                invalid(f"Duplicate tag {value.tag} found in summary inputs")
            seen.add(value.tag)
        merged.value.extend(values)
    return _bytes(merged)
