"""Graphs as files."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

import interactive_graphs as tf


@pytest.mark.parametrize("as_text", [True, False])
def test_written_graphs_can_be_read_again(tmp_path, as_text):
    with tf.Graph().as_default() as graph:
        tf.constant(7.0, name="seven")
    path = tf.train.write_graph(graph, tmp_path / "new", "graph", as_text)
    assert path == str(tmp_path / "new" / "graph")
    with open(path, "rb") as file:
        data = file.read()
    if as_text:
        message = text_format.Parse(data.decode(), tf.GraphDef())
    else:
        message = tf.GraphDef.FromString(data)
    assert message == graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as sess:
        (seven,) = tf.import_graph_def(message, return_elements=["seven:0"])
        assert sess.run(seven) == 7.0


def test_graph_defs_can_be_written_too(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.constant(7.0)
    definition = graph.as_graph_def()
    path = tf.train.write_graph(definition, str(tmp_path), "graph.pb", as_text=False)
    with open(path, "rb") as file:
        assert tf.GraphDef.FromString(file.read()) == definition
