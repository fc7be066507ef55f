"""Ops that say what to write down while a program runs: `tf.summary.scalar` and others.

Each gives a serialized Summary message when it runs, and puts itself into the graph's
collection of summaries, which `merge_all` gathers. Read next: `writer.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32, string
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.scopes import (
    add_to_collections,
    get_collection,
    name_scope,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.platform import tf_logging

_ILLEGAL = re.compile(r"[^-/\w\.]")


def scalar(
    name: str, tensor: Any, collections: Any = None, family: str | None = None
) -> Tensor:
    """Write a number down.

    Args:
        name: what it is called; the scopes around it are put in front.
        tensor: a real number, of any dtype that is none of complex, bool and string.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.
        family: what TensorBoard puts it under.

    Returns:
        A string scalar: a serialized Summary.

    Example:
        >>> import interactive_graphs as tf
        >>> loss = tf.summary.scalar("loss", tf.constant(0.5))
        >>> with tf.Session() as sess:
        ...     summary = tf.Summary.FromString(sess.run(loss))
        >>> summary.value[0].tag, summary.value[0].simple_value
        ('loss', 0.5)
    """
    with _summary_scope(name, family, tensor) as (tag, scope):
        result: Tensor = raw.ScalarSummary(tag, tensor, name=scope)
    return _collected(result, collections)


def histogram(
    name: str, values: Any, collections: Any = None, family: str | None = None
) -> Tensor:
    """Write down how values are distributed.

    Args:
        name: what they are called; the scopes around them are put in front.
        values: a real tensor of any shape; it must be finite when it runs.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.
        family: what TensorBoard puts it under.

    Returns:
        A string scalar: a serialized Summary.

    Example:
        >>> import interactive_graphs as tf
        >>> weights = tf.summary.histogram("weights", [1.0, 2.0, 4.0])
        >>> with tf.Session() as sess:
        ...     summary = tf.Summary.FromString(sess.run(weights))
        >>> summary.value[0].histo.num, summary.value[0].histo.sum
        (3.0, 7.0)
    """
    with _summary_scope(name, family, values, "HistogramSummary") as (tag, scope):
        result: Tensor = raw.HistogramSummary(
            *_as_they_are(tag, "values", values), name=scope
        )
    return _collected(result, collections)


def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Write images down.

    Those of a floating dtype are scaled, one by one, to what a PNG file holds: without
    negative values from 0 to the largest one, otherwise with 0 in the middle.

    Args:
        name: what they are called; the scopes around them are put in front.
        tensor: uint8 or floating, `[n, height, width, channels]`; grey images have 1
            channel, colours 3, with opacity 4.
        max_outputs: how many of the batch to write.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.
        family: what TensorBoard puts it under.

    Returns:
        A string scalar: a serialized Summary.
    """
    with _summary_scope(name, family, tensor) as (tag, scope):
        result: Tensor = raw.ImageSummary(
            *_as_they_are(tag, "tensor", tensor), max_images=max_outputs, name=scope
        )
    return _collected(result, collections)


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Write sound down.

    Args:
        name: what it is called; the scopes around it are put in front.
        tensor: float32, `[n, frames]` or `[n, frames, channels]`, in `[-1, 1]`.
        sample_rate: frames in a second, a float32 scalar.
        max_outputs: how many of the batch to write.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.
        family: what TensorBoard puts it under.

    Returns:
        A string scalar: a serialized Summary.
    """
    with _summary_scope(name, family, tensor) as (tag, scope):
        rate = convert(sample_rate, float32, "sample_rate")
        result: Tensor = raw.AudioSummaryV2(
            tag, tensor, rate, max_outputs=max_outputs, name=scope
        )
    return _collected(result, collections)


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """Write a whole tensor down.

    Args:
        name: what it is called; the scopes around it are put in front.
        tensor: of any dtype and shape.
        summary_description: a longer text, in Markdown.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.
        summary_metadata: a SummaryMetadata message: what shows it, and how.
        family: what TensorBoard puts it under.
        display_name: what TensorBoard calls it.

    Returns:
        A string scalar: a serialized Summary.
    """
    metadata = protos.SummaryMetadata()
    if summary_metadata is not None:
        metadata.ParseFromString(summary_metadata.SerializeToString())
    if display_name is not None:
        metadata.display_name = display_name
    if summary_description is not None:
        metadata.summary_description = summary_description
    with _summary_scope(name, family, tensor) as (tag, scope):
        result: Tensor = raw.TensorSummaryV2(
            tag, tensor, metadata.SerializeToString(), name=scope
        )
    return _collected(result, collections)


def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """Write text down, which TensorBoard shows as Markdown.

    Args:
        name: what it is called; the scopes around it are put in front.
        tensor: string; a matrix is shown as a table.
        collections: where to put the op, `[GraphKeys.SUMMARIES]` when None.

    Returns:
        A string scalar: a serialized Summary.

    Raises:
        ValueError: the tensor is of another dtype.
    """
    words = convert(tensor)
    if words.dtype.base_dtype is not string:
        raise ValueError(
            f"Expected tensor {words.name} to have dtype string, got {words.dtype}"
        )
    plugin = protos.SummaryMetadata.PluginData(plugin_name="text")
    return tensor_summary(
        name,
        words,
        collections=collections,
        summary_metadata=protos.SummaryMetadata(plugin_data=plugin),
    )


def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """Several summaries in one.

    Args:
        inputs: a list of string scalars, serialized Summaries.
        collections: where to put the op; nowhere when None.
        name: of the scope and the node in it.

    Returns:
        A string scalar: a serialized Summary.

    Raises:
        InvalidArgumentError: when it runs and two of them have one tag.
    """
    with name_scope(name, "Merge", inputs):
        result: Tensor = raw.MergeSummary(inputs, name=name)
    return _collected(result, collections or [])


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """All summaries of the graph in one.

    Args:
        key: the collection to gather.
        scope: only ops whose names this pattern matches from the start.
        name: of the scope and the node in it.

    Returns:
        A string scalar, a serialized Summary; None when there are no summaries.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     _ = tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)
        ...     summary = tf.Summary.FromString(sess.run(tf.summary.merge_all()))
        >>> [value.tag for value in summary.value]
        ['a', 'b']
    """
    found = get_collection(key, scope)
    return merge(found, name=name) if found else None


def get_summary_description(node_def: Any) -> Any:
    """What a node of the old type TensorSummary says of itself.

    Args:
        node_def: a NodeDef.

    Returns:
        A SummaryDescription message.

    Raises:
        ValueError: the node is of another type.
    """
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    description = protos.SummaryDescription()
    lazy.load("google.protobuf.json_format").Parse(
        node_def.attr["description"].s.decode(), description
    )
    return description


@contextmanager
def _summary_scope(
    name: str, family: str | None, value: Any, default: str | None = None
) -> Iterator[tuple[str, str]]:
    """The scope of a summary's nodes, and the tag it gets."""
    clean, group = _clean(name), _clean(family)
    inner = clean if group is None else f"{group}/{clean}"
    with name_scope(inner, default, [value]) as scope:
        full = scope.rstrip("/")
        yield (full if group is None else f"{group}/{full}"), scope


def _clean(name: Any) -> Any:
    """`name` with what no tag may have replaced, as a line of the log says."""
    if name is None:
        return None
    new = _ILLEGAL.sub("_", name).lstrip("/")
    if new != name:
        tf_logging.info("Summary name %s is illegal; using %s instead.", name, new)
    return new


def _as_they_are(tag: str, name: str, value: Any) -> tuple[Any, Any]:
    """Tag and value; an array keeps its dtype, where the op's default is float32."""
    if isinstance(value, np.ndarray) and value.dtype != np.bool_:
        return convert(tag, string, "tag"), convert(value, None, name)
    return tag, value


def _collected(summary: Tensor, collections: Any) -> Tensor:
    keys = [GraphKeys.SUMMARIES] if collections is None else collections
    add_to_collections(keys, summary)
    return summary
