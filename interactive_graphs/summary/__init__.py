"""Summaries and the files that TensorBoard reads, as `tf.summary`.

    tf.summary.scalar("loss", loss)
    merged = tf.summary.merge_all()
    writer = tf.summary.FileWriter("logs", sess.graph)
    writer.add_summary(sess.run(merged), step)

Read next: `summary.py`.
"""

from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import missing as _missing
from interactive_graphs.summary.summary import (
    audio,
    get_summary_description,
    histogram,
    image,
    merge,
    merge_all,
    scalar,
    tensor_summary,
    text,
)
from interactive_graphs.summary.writer import FileWriter
from interactive_graphs.summary.writer_cache import FileWriterCache

__all__ = [
    "FileWriter",
    "FileWriterCache",
    "audio",
    "get_summary_description",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]

_MESSAGES = frozenset(
    "Event SessionLog Summary SummaryDescription TaggedRunMetadata".split()
)

_unknown = _missing.unknown("tf.summary", __name__)


def __getattr__(name: str) -> Any:
    """The messages of `tf.summary`, which load protobuf, on first use."""
    if name in _MESSAGES:
        return getattr(protos, name)
    return _unknown(name)


def __dir__() -> list[str]:
    """All names, the messages as well."""
    return sorted({*globals(), *_MESSAGES})
