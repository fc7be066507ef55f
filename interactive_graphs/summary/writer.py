"""`tf.summary.FileWriter`: summaries, graphs and run metadata into an event file.

Read next: `writer_cache.py`.
"""

from __future__ import annotations

import os
import time
import warnings
import weakref
from types import TracebackType
from typing import Any

from interactive_graphs import errors, protos
from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.formats.events import AsyncEventsFile
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.meta_graph import export_meta_graph
from interactive_graphs.framework.node_reader import own_message

# The files that the writers of a session share, by directory and suffix.
_shared: weakref.WeakKeyDictionary[Any, dict[tuple[str, str], AsyncEventsFile]] = (
    weakref.WeakKeyDictionary()
)


class FileWriter:
    """Writes an event file for TensorBoard.

    A thread does the writing. What was added is in the file after `flush` or `close`,
    every `flush_secs`, when the writer is forgotten, and when Python ends.

    Args:
        logdir: the directory, which is made if need be.
        graph: a Graph to write first, such as `sess.graph`.
        max_queue: how many events may wait before adding waits for the disk.
        flush_secs: after how many seconds readers see what was added.
        graph_def: a GraphDef to write first; deprecated.
        filename_suffix: the end of the file's name.
        session: writers of one session and directory share a file.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> loss = tf.summary.scalar("loss", tf.constant(0.5))
        >>> with tempfile.TemporaryDirectory() as logdir:
        ...     with tf.Session() as sess, tf.summary.FileWriter(logdir) as writer:
        ...         writer.add_summary(sess.run(loss), global_step=1)
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        """See the class."""
        self._logdir = os.fspath(logdir)
        self._settings = (max_queue, flush_secs, filename_suffix or "")
        self._session = session
        self._written_metadata: set[str] = set()
        self._run_tags: set[str] = set()
        self._file = self._open()
        self._closed = False
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)
            if isinstance(graph, Graph):
                self.add_meta_graph(export_meta_graph(graph=graph, collection_list=()))

    def _open(self) -> AsyncEventsFile:
        _make_directory(self._logdir)
        if self._session is None:
            return AsyncEventsFile(self._logdir, *self._settings)
        shared = _shared.setdefault(self._session, {})
        key = self._logdir, self._settings[2]
        if key not in shared:
            shared[key] = AsyncEventsFile(self._logdir, *self._settings)
        return shared[key]

    def get_logdir(self) -> str:
        """The directory of the file."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Write a summary.

        Args:
            summary: a Summary message, or the bytes that a summary op gives.
            global_step: the step it belongs to, a number.

        Raises:
            DecodeError: the bytes are no Summary.
        """
        if isinstance(summary, bytes):
            message = protos.Summary.FromString(summary)
        else:
            message = protos.Summary()
            message.CopyFrom(own_message(summary, protos.Summary, "summary"))
        # TensorBoard needs to be told only once how a tag is shown.
        for value in message.value:
            if value.HasField("metadata"):
                if value.tag in self._written_metadata:
                    value.ClearField("metadata")
                else:
                    self._written_metadata.add(value.tag)
        self._add(global_step, summary=message)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Write that a session started, stopped or wrote a checkpoint.

        Args:
            session_log: a SessionLog message.
            global_step: the step it belongs to.
        """
        message = own_message(session_log, protos.SessionLog, "session_log")
        self._add(global_step, session_log=message)

    def add_graph(
        self, graph: Any, global_step: Any = None, graph_def: Any = None
    ) -> None:
        """Write a graph.

        Args:
            graph: a Graph.
            global_step: the step it belongs to.
            graph_def: a GraphDef; deprecated.

        Raises:
            ValueError: both are given.
            TypeError: it is neither a Graph nor a GraphDef.
        """
        if graph is not None and graph_def is not None:
            raise ValueError(
                "Please pass only graph, or graph_def (deprecated), but not both."
            )
        if isinstance(graph, Graph):
            message = graph.as_graph_def(add_shapes=True)
        else:
            message = graph if graph_def is None else graph_def
            if type(message).__name__ != "GraphDef":
                raise TypeError(
                    "The passed graph must be an instance of `Graph` or the deprecated "
                    "`GraphDef`"
                )
        self._add(global_step, graph_def=message.SerializeToString())

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Write a MetaGraphDef.

        Args:
            meta_graph_def: the message.
            global_step: the step it belongs to.

        Raises:
            TypeError: it is none.
        """
        if type(meta_graph_def).__name__ != "MetaGraphDef":
            raise TypeError(
                "meta_graph_def must be type MetaGraphDef, saw type: "
                f"{type(meta_graph_def)}"
            )
        self._add(global_step, meta_graph_def=meta_graph_def.SerializeToString())

    def add_run_metadata(
        self, run_metadata: Any, tag: str, global_step: Any = None
    ) -> None:
        """Write what a step reported of itself, which TensorBoard shows on the graph.

        Args:
            run_metadata: a RunMetadata message.
            tag: the name of the step, used once.
            global_step: the step it belongs to.

        Raises:
            ValueError: the tag was used before.
        """
        message = own_message(run_metadata, protos.RunMetadata, "run_metadata")
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_tags.add(tag)
        tagged = protos.TaggedRunMetadata(
            tag=tag, run_metadata=message.SerializeToString()
        )
        self._add(global_step, tagged_run_metadata=tagged)

    def add_event(self, event: Any) -> None:
        """Write an event as it is.

        Args:
            event: an Event message.
        """
        message = own_message(event, protos.Event, "event")
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop "
                "unless the FileWriter is explicitly reopened.",
                UserWarning,
                stacklevel=3,
            )
        else:
            self._file.add(message.SerializeToString())

    def _add(self, global_step: Any, **what: Any) -> None:
        step = 0 if global_step is None else int(global_step)
        self.add_event(protos.Event(wall_time=time.time(), step=step, **what))

    def flush(self) -> None:
        """Have all that was added in the file."""
        if not self._closed:
            self._file.flush()

    def close(self) -> None:
        """Flush and close the file; adding is a warning from now on."""
        if not self._closed:
            self._closed = True
            if self._session is None:
                self._file.close()
            else:  # other writers may go on with it
                self._file.flush()

    def reopen(self) -> None:
        """Go on in a new file after `close`; nothing happens to an open writer."""
        if self._closed:
            self._file = self._open()
            self._written_metadata.clear()
            self._closed = False

    def __enter__(self) -> FileWriter:
        """The writer itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the writer."""
        self.close()


def _make_directory(path: str) -> None:
    """Make a directory and those above it.

    Raises:
        FailedPreconditionError: there is a file of that name.
    """
    try:
        with errors_of_files():
            os.makedirs(path, exist_ok=True)
    except (errors.AlreadyExistsError, errors.FailedPreconditionError):
        raise errors.FailedPreconditionError(
            None, None, f"{path} is not a directory"
        ) from None
