"""`tf.print` writes where it is told to, whenever it runs."""

import sys

import pytest

import interactive_graphs as tf


def test_it_writes_to_stderr_and_to_stdout(capsys):
    x = tf.placeholder(tf.float32, [None])
    ops = [tf.print("x:", x), tf.print(x, output_stream=sys.stdout)]
    with tf.Session() as sess:
        assert sess.run(ops, {x: [1.0, 2.5]}) == [None, None]
    captured = capsys.readouterr()
    assert captured.err == "x: [1 2.5]\n"
    assert captured.out == "[1 2.5]\n"


def test_it_runs_as_a_control_dependency(capsys):
    v = tf.get_variable("v", initializer=3.0)
    with tf.control_dependencies([tf.print("v is", v)]):
        y = v * 2.0
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y) == 6.0
    assert capsys.readouterr().err == "v is 3\n"


def test_it_logs(caplog):
    op = tf.print("loss", tf.constant(0.5), output_stream=tf.logging.warning)
    assert op.get_attr("output_stream") == b"log(warning)"
    with tf.Session() as sess:
        sess.run(op)
    assert "loss 0.5" in caplog.text


def test_unknown_streams_and_arguments_are_refused():
    with pytest.raises(ValueError, match="Unsupported output stream, logging level"):
        tf.print("x", output_stream="zz")
    with pytest.raises(ValueError, match="Unrecognized keyword arguments for tf.print"):
        tf.print("x", data=3)
