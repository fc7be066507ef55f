"""Graphs as files of GraphDefs: `tf.train.write_graph`.

Read next: `../framework/graph_def.py`, and `../framework/graph_import.py` for reading.
"""

from __future__ import annotations

import os
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.framework.graph import Graph


def write_graph(
    graph_or_graph_def: Any,
    logdir: str | os.PathLike[str],
    name: str,
    as_text: bool = True,
) -> str:
    """Write a graph to a file.

    Args:
        graph_or_graph_def: a Graph, or a GraphDef message.
        logdir: the directory, which is made if need be.
        name: of the file.
        as_text: whether to write protobuf's text form, the binary one otherwise.

    Returns:
        The path of the file.

    Example:
        >>> import os, tempfile
        >>> import interactive_graphs as tf
        >>> a = tf.constant(1.0, name="a")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     path = tf.train.write_graph(a.graph, directory, "graph.pbtxt")
        ...     os.path.basename(path)
        'graph.pbtxt'
    """
    message = graph_or_graph_def
    if isinstance(message, Graph):
        message = message.as_graph_def()
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(os.fspath(logdir), name)
    if as_text:
        text = lazy.load("google.protobuf.text_format").MessageToString(message)
        data = text.encode()
    else:
        data = message.SerializeToString()
    with open(path, "wb") as file:
        file.write(data)
    return path
