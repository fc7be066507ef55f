"""Readers: files record by record, taken from a queue of their names.

    names = tf.train.string_input_producer(["a.csv"])
    key, line = tf.TextLineReader(skip_header_lines=1).read(names)

Read next: `../kernels/cpu/readers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats.tfrecord import TFRecordOptions
from interactive_graphs.framework import raw
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu import readers

# -- the kinds ------------------------------------------------------------------------

text_line_reader_op = define(
    "TextLineReaderV2", "-> reader_handle: resource",
    skip_header_lines=0, container="", shared_name="",
    shape=scalar, stateful=True, gradient=None, doc="A reader of lines.",
)  # fmt: skip
whole_file_reader_op = define(
    "WholeFileReaderV2", "-> reader_handle: resource", container="", shared_name="",
    shape=scalar, stateful=True, gradient=None, doc="A reader of whole files.",
)  # fmt: skip
identity_reader_op = define(
    "IdentityReaderV2", "-> reader_handle: resource", container="", shared_name="",
    shape=scalar, stateful=True, gradient=None, doc="A reader of what a queue holds.",
)  # fmt: skip
tf_record_reader_op = define(
    "TFRecordReaderV2", "-> reader_handle: resource",
    container="", shared_name="", compression_type="",
    shape=scalar, stateful=True, gradient=None, doc="A reader of TFRecord files.",
)  # fmt: skip
fixed_length_record_reader_op = define(
    "FixedLengthRecordReaderV2", "-> reader_handle: resource",
    header_bytes=0, record_bytes=Attr("int"), footer_bytes=0, hop_bytes=0,
    container="", shared_name="", encoding="",
    shape=scalar, stateful=True, gradient=None,
    doc="A reader of records that all have one length.",
)  # fmt: skip


def _find_or_make(
    ctx: Any,
    container: bytes,
    shared_name: bytes,
    kind: Callable[[str], readers.Reader],
) -> readers.Reader:
    """The reader that an operation owns or shares, made when there is none."""
    # Error texts name the node, not the resource.
    name = shared_name.decode() or ctx.op.name
    key = shared_name or ctx.state(lambda: ctx.resources.private_name(ctx.op.name))
    reader: readers.Reader = ctx.resources.get_or_create(
        container, key, "reader", lambda: kind(name)
    )
    return reader


@text_line_reader_op.kernel("CPU")
def _(
    ctx: Any, skip_header_lines: int, container: bytes, shared_name: bytes
) -> readers.Reader:
    _check_not_negative("skip_header_lines", skip_header_lines)
    return _find_or_make(
        ctx,
        container,
        shared_name,
        lambda name: readers.TextLineReader(name, skip_header_lines),
    )


@whole_file_reader_op.kernel("CPU")
def _(ctx: Any, container: bytes, shared_name: bytes) -> readers.Reader:
    return _find_or_make(ctx, container, shared_name, readers.WholeFileReader)


@identity_reader_op.kernel("CPU")
def _(ctx: Any, container: bytes, shared_name: bytes) -> readers.Reader:
    return _find_or_make(ctx, container, shared_name, readers.IdentityReader)


@tf_record_reader_op.kernel("CPU")
def _(
    ctx: Any, container: bytes, shared_name: bytes, compression_type: bytes
) -> readers.Reader:
    kind = compression_type.decode()
    return _find_or_make(
        ctx,
        container,
        shared_name,
        lambda name: readers.TFRecordReader(name, kind),
    )


@fixed_length_record_reader_op.kernel("CPU")
def _(
    ctx: Any,
    header_bytes: int,
    record_bytes: int,
    footer_bytes: int,
    hop_bytes: int,
    container: bytes,
    shared_name: bytes,
    encoding: bytes,
) -> readers.Reader:
    _check_not_negative("header_bytes", header_bytes)
    _check_not_negative("footer_bytes", footer_bytes)
    _check_not_negative("hop_bytes", hop_bytes)
    if record_bytes <= 0:
        # TensorFlow takes 0, and then reads nothing for ever.
        invalid(f"record_bytes must be > 0 not {record_bytes}")
    return _find_or_make(
        ctx,
        container,
        shared_name,
        lambda name: readers.FixedLengthRecordReader(
            name, header_bytes, record_bytes, footer_bytes, hop_bytes, encoding.decode()
        ),
    )


def _check_not_negative(attribute: str, value: int) -> None:
    if value < 0:
        invalid(f"{attribute} must be >= 0 not {value}")


# -- reading --------------------------------------------------------------------------

reader_read_op = define(
    "ReaderReadV2",
    "reader_handle: resource, queue_handle: resource -> key: string, value: string",
    shape=lambda _: [(), ()], stateful=True, blocking=True, gradient=None,
    doc="The next record of a reader.",
)  # fmt: skip


@reader_read_op.kernel("CPU")
def _(ctx: Any, reader_handle: Any, queue_handle: Any) -> tuple[Any, Any]:
    key, value = reader_handle.read(queue_handle, ctx.cancellation)
    return np.array(key, object), np.array(value, object)


reader_read_up_to_op = define(
    "ReaderReadUpToV2",
    "reader_handle: resource, queue_handle: resource, num_records: int64 -> "
    "keys: string, values: string",
    shape=lambda _: [(None,), (None,)], stateful=True, blocking=True, gradient=None,
    doc="The next records of a reader.",
)  # fmt: skip


@reader_read_up_to_op.kernel("CPU")
def _(
    ctx: Any, reader_handle: Any, queue_handle: Any, num_records: Any
) -> tuple[Any, Any]:
    found = reader_handle.read_up_to(queue_handle, int(num_records), ctx.cancellation)
    keys = np.array([key for key, _ in found], object)
    return keys, np.array([value for _, value in found], object)


records_produced_op = define(
    "ReaderNumRecordsProducedV2", "reader_handle: resource -> records_produced: int64",
    shape=scalar, stateful=True, gradient=None,
    doc="How many records a reader has produced.",
)  # fmt: skip


@records_produced_op.kernel("CPU")
def _(reader_handle: Any) -> Any:
    return np.int64(reader_handle.counts()[0])


units_completed_op = define(
    "ReaderNumWorkUnitsCompletedV2",
    "reader_handle: resource -> units_completed: int64",
    shape=scalar, stateful=True, gradient=None,
    doc="How many files a reader has finished.",
)  # fmt: skip


@units_completed_op.kernel("CPU")
def _(reader_handle: Any) -> Any:
    return np.int64(reader_handle.counts()[1])


serialize_state_op = define(
    "ReaderSerializeStateV2", "reader_handle: resource -> state: string",
    shape=scalar, stateful=True, gradient=None, doc="Where a reader is.",
)  # fmt: skip


@serialize_state_op.kernel("CPU")
def _(reader_handle: Any) -> Any:
    return np.array(reader_handle.state(), object)


restore_state_op = define(
    "ReaderRestoreStateV2", "reader_handle: resource, state: string ->",
    stateful=True, gradient=None, doc="Puts a reader where it was.",
)  # fmt: skip


@restore_state_op.kernel("CPU")
def _(reader_handle: Any, state: Any) -> None:
    reader_handle.restore(np.asarray(state, object).item())


reset_op = define(
    "ReaderResetV2", "reader_handle: resource ->", stateful=True, gradient=None,
    doc="Makes a reader as new.",
)  # fmt: skip


@reset_op.kernel("CPU")
def _(reader_handle: Any) -> None:
    reader_handle.reset()


# -- the classes ----------------------------------------------------------------------


class ReaderReadV2(NamedTuple):
    """What `read` gives.

    Attributes:
        key: string, `[]`.
        value: string, `[]`.
    """

    key: Tensor
    value: Tensor


class ReaderReadUpToV2(NamedTuple):
    """What `read_up_to` gives.

    Attributes:
        keys: string, `[n]`.
        values: string, `[n]`.
    """

    keys: Tensor
    values: Tensor


class ReaderBase:
    """What all readers share; made by a subclass such as `TextLineReader`.

    Args:
        reader_ref: the handle.
        supports_serialize: whether its state can be saved.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        """See the class."""
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle: resource, `[]`."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether its state can be saved."""
        return self._supports_serialize

    def read(self, queue: Any, name: str | None = None) -> ReaderReadV2:
        """The next record; takes the next file from the queue if need be.

        Args:
            queue: a queue of strings, or its handle.
            name: the node's name.

        Returns:
            `(key, value)`, string scalars. Fetched together they are of one record.
            Running it is an OutOfRangeError once the queue is closed and empty.
        """
        handle = getattr(queue, "queue_ref", queue)
        return ReaderReadV2(*raw.ReaderReadV2(self._reader_ref, handle, name=name))

    def read_up_to(
        self, queue: Any, num_records: Any, name: str | None = None
    ) -> ReaderReadUpToV2:
        """The next records of one file, at least one.

        Args:
            queue: a queue of strings, or its handle.
            num_records: int64, `[]`: how many at most.
            name: the node's name.

        Returns:
            `(keys, values)`, string vectors. Running it is an OutOfRangeError once the
            queue is closed and empty.
        """
        handle = getattr(queue, "queue_ref", queue)
        return ReaderReadUpToV2(
            *raw.ReaderReadUpToV2(self._reader_ref, handle, num_records, name=name)
        )

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records it has produced: int64, `[]`."""
        result: Tensor = raw.ReaderNumRecordsProducedV2(self._reader_ref, name=name)
        return result

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many files it has finished: int64, `[]`."""
        result: Tensor = raw.ReaderNumWorkUnitsCompletedV2(self._reader_ref, name=name)
        return result

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Where it is: string, `[]`; an UnimplementedError of most readers."""
        result: Tensor = raw.ReaderSerializeStateV2(self._reader_ref, name=name)
        return result

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """Put it where it was.

        Args:
            state: string, `[]`, that `serialize_state` gave.
            name: the node's name.

        Returns:
            The operation.
        """
        op: Operation = raw.ReaderRestoreStateV2(self._reader_ref, state, name=name)
        return op

    def reset(self, name: str | None = None) -> Operation:
        """Make it as new."""
        op: Operation = raw.ReaderResetV2(self._reader_ref, name=name)
        return op


def _on_cpu(op_type: str, **attrs: Any) -> Tensor:
    """The node of a reader."""
    with get_default_graph().device("/device:CPU:*"):
        handle: Tensor = getattr(raw, op_type)(**attrs)
    return handle


class WholeFileReader(ReaderBase):
    """A reader of whole files: the key is the name, the value the contents.

    Args:
        name: the node's name.
    """

    def __init__(self, name: str | None = None) -> None:
        """See the class."""
        super().__init__(_on_cpu("WholeFileReaderV2", name=name), True)


class IdentityReader(ReaderBase):
    """A reader that gives what the queue holds, as key and as value.

    Args:
        name: the node's name.
    """

    def __init__(self, name: str | None = None) -> None:
        """See the class."""
        super().__init__(_on_cpu("IdentityReaderV2", name=name), True)


class TextLineReader(ReaderBase):
    r"""A reader of lines: the key is `file:number` (from 1), the value the line.

    Args:
        skip_header_lines: how many lines of each file to leave out.
        name: the node's name.

    Example:
        >>> import os, tempfile
        >>> import interactive_graphs as tf
        >>> path = os.path.join(tempfile.mkdtemp(), "a.csv")
        >>> with open(path, "w") as file:
        ...     file.writelines(["x,y\n", "1,2\n", "3,4\n"])
        >>> names = tf.train.string_input_producer([path])
        >>> key, line = tf.TextLineReader(skip_header_lines=1).read(names)
        >>> coord = tf.train.Coordinator()
        >>> with tf.Session() as sess:
        ...     threads = tf.train.start_queue_runners(sess, coord)
        ...     [sess.run(line) for _ in range(3)]
        ...     coord.request_stop()
        ...     coord.join(threads)
        [b'1,2', b'3,4', b'1,2']
    """

    def __init__(
        self, skip_header_lines: int | None = None, name: str | None = None
    ) -> None:
        """See the class."""
        super().__init__(
            _on_cpu(
                "TextLineReaderV2", skip_header_lines=skip_header_lines or 0, name=name
            )
        )


class FixedLengthRecordReader(ReaderBase):
    """A reader of records that all have one length.

    The key is `file:number` (from 0), the value the bytes.

    Args:
        record_bytes: how many bytes a record has.
        header_bytes: how many come before the first record of a file.
        footer_bytes: how many come after the last one.
        hop_bytes: how many are from the start of a record to that of the next;
            `record_bytes` when None or 0.
        name: the node's name.
        encoding: 'ZLIB' or 'GZIP' where files are compressed.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        """See the class."""
        super().__init__(
            _on_cpu(
                "FixedLengthRecordReaderV2",
                record_bytes=record_bytes,
                header_bytes=header_bytes or 0,
                footer_bytes=footer_bytes or 0,
                hop_bytes=hop_bytes or 0,
                encoding=encoding or "",
                name=name,
            )
        )


class TFRecordReader(ReaderBase):
    """A reader of TFRecord files: the key is `file:offset`, the value the record.

    Args:
        name: the node's name.
        options: a `TFRecordOptions`.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        """See the class."""
        compression = TFRecordOptions.get_compression_type_string(options)
        super().__init__(
            _on_cpu("TFRecordReaderV2", compression_type=compression, name=name)
        )
