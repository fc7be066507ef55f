"""Collecting what many runs did."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.traces import from_metadata, traces
from interactive_graphs.display.runs import memory, peak

TWO = tf.ConfigProto(device_count={"CPU": 2})


def build():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    w = tf.Variable(tf.ones([4, 3]), name="w")
    with tf.device("/cpu:1"):
        y = tf.matmul(x, w, name="y")
    z = tf.reshape(y, [-1], name="z")
    loss = tf.reduce_sum(tf.square(z, name="sq"), name="loss")
    return x, w, loss


def test_traces_keep_what_each_run_did():
    x, w, loss = build()
    with tf.Session(config=TWO) as sess:
        sess.run(w.initializer)
        with traces(sess) as t:
            for rows in (1, 2):
                sess.run(loss, {x: np.ones([rows, 4])})
        sess.run(loss, {x: np.ones([3, 4])})
    assert [run.number for run in t.runs] == [1, 2]
    assert [run.title for run in t.runs] == ["loss:0", "loss:0"]
    names = [piece.node.name for piece in t.runs[1].slices]
    assert names.index("y") < names.index("z") < names.index("sq") < names.index("loss")
    by_name = {piece.node.name: piece for piece in t.runs[1].slices}
    assert by_name["y"].node.inputs == ("x", "w/read")
    assert by_name["y"].node.device.endswith("CPU:1")
    assert by_name["loss"].node.device.endswith("CPU:0")
    assert by_name["y"].outputs == ("float32 (2, 3)",)
    assert by_name["y"].bytes == 2 * 3 * 4
    for before, after in zip(t.runs[1].slices, t.runs[1].slices[1:], strict=False):
        assert 0 <= before.start <= before.end <= after.start
    assert after.end <= t.runs[1].took


def test_memory_counts_what_the_run_made_and_views_once():
    x, w, loss = build()
    with tf.Session(config=TWO) as sess:
        sess.run(w.initializer)
        with traces(sess) as t:
            sess.run(loss, {x: np.ones([2, 4], np.float32)})
    pieces = {piece.node.name: piece for piece in t.runs[0].slices}
    # The variable's value and the constants were there before.
    assert pieces["w/read"].buffers == pieces["z/shape"].buffers == ()
    assert pieces["z"].buffers == pieces["y"].buffers
    assert pieces["sq"].buffers != pieces["y"].buffers
    track = memory(t.runs[0])
    # y lives on in z, until sq is there; then sq, until the loss is.
    assert [held for _, held in track] == [24, 48, 24, 28, 0]
    assert peak(t.runs[0]) == 48
    assert track[-1][1] == 0


def test_a_fed_array_was_there_before():
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.identity(x, name="y")
    fed = np.ones(3, np.float32)
    with tf.Session() as sess, traces(sess) as t:
        sess.run(y + 0.0, {x: fed})
    assert next(p for p in t.runs[0].slices if p.node.name == "y").bytes == 0


def test_loops_are_told_turn_by_turn():
    i = tf.while_loop(lambda i: i < 5, lambda i: tf.add(i, 1, name="more"), [0])
    with tf.Session() as sess, traces(sess) as t:
        sess.run(i)
    turns = [p for p in t.runs[0].slices if p.node.type == "Add"]
    assert len(turns) == 5
    assert {cost.key: cost.times for cost in t.costs()}["while/more"] == 5


def test_the_newest_runs_are_kept(monkeypatch):
    c = tf.add(1.0, 2.0, name="c")
    with tf.Session() as sess:
        with traces(sess, runs=3) as t:
            for _ in range(5):
                sess.run(c)
        assert [run.number for run in t.runs] == [3, 4, 5]
        assert (len(t), t.dropped) == (3, 2)
        monkeypatch.setattr("interactive_graphs.debug.traces.SLICES", 2)
        with traces(sess) as t:
            sess.run(c)
            sess.run([c, tf.sin(c)])
    (run,) = t.runs
    assert (len(run.slices), run.left_out) == (2, 2)


def test_what_fails_is_kept_as_far_as_it_went():
    x = tf.placeholder(tf.int32, [], name="x")
    bad = tf.floordiv(tf.add(x, 1, name="first"), x, name="bad")
    with tf.Session() as sess, traces(sess) as t:
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(bad, {x: 0})
        assert sess.run(bad, {x: 1}) == 2
    failed, passed = t.runs
    assert [p.node.name for p in failed.slices if p.node.type == "Add"] == ["first"]
    assert failed.error
    assert not passed.error


def test_without_a_session_all_are_traced_later_ones_too():
    c = tf.add(1.0, 2.0, name="c")
    early = tf.Session()
    with traces() as t:
        early.run(c)
        with tf.Session() as late:
            late.run(c)
    tf.Session().run(c)
    assert len(t) == 2
    early.run(c)
    assert len(t) == 2


def test_it_collects_once_at_a_time():
    c = tf.add(1.0, 2.0)
    with tf.Session() as sess:
        t = traces(sess)
        with t, pytest.raises(RuntimeError, match="already"):
            t.__enter__()
        with t:
            sess.run(c)
    assert len(t) == 1
    with pytest.raises(RuntimeError, match="closed"):
        traces(sess).__enter__()


def test_runs_in_threads_and_runs_in_runs_do_not_mix():
    x = tf.placeholder(tf.float32, [], name="x")
    inner = tf.sin(x, name="inner")
    with tf.Session() as sess:
        call = tf.py_func(
            lambda v: sess.run(inner, {x: v}), [tf.cos(1.0)], tf.float32, name="call"
        )
        outer = tf.negative(call, name="outer")
        with traces(sess) as t:
            sess.run(outer)
            threads = [
                threading.Thread(
                    target=lambda: [sess.run(inner, {x: 1.0}) for _ in range(20)]
                )
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(t) == 42
    first, second = t.runs[:2]
    assert first.title == "inner:0"
    assert [p.node.name for p in second.slices][-1] == "outer"
    for run in (first, *t.runs[2:]):
        assert [p.node.name for p in run.slices] == ["inner"]
    assert [run.number for run in t.runs] == list(range(1, 43))


def test_a_step_node_by_node_is_traced_as_well():
    q = tf.FIFOQueue(4, tf.float32, shapes=[])
    put, get = q.enqueue(2.0), q.dequeue(name="get")
    with tf.Session() as sess, traces(sess) as t:
        sess.run(put)
        sess.run(
            tf.negative(get, name="n"), options=tf.RunOptions(timeout_in_ms=60_000)
        )
    assert "get" in [p.node.name for p in t.runs[1].slices]


def test_listeners_are_told_of_each_run():
    c = tf.add(1.0, 2.0)
    told = []
    with tf.Session() as sess, traces(sess) as t:
        stop = t.listen(lambda: told.append(len(t)))
        sess.run(c)
        sess.run(c)
        stop()
        sess.run(c)
    assert told == [1, 2]


def test_metadata_and_traces_tell_the_same():
    x, w, loss = build()
    metadata = tf.RunMetadata()
    feed = {x: np.ones([2, 4], np.float32)}
    full = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session(config=TWO) as sess:
        sess.run(w.initializer)
        with traces(sess) as t:
            sess.run(loss, feed, options=full, run_metadata=metadata)
    (told,) = from_metadata(metadata).runs
    (seen,) = t.runs
    assert told.title == "loss"
    assert {p.node.name for p in told.slices} >= {p.node.name for p in seen.slices}
    y = next(p for p in told.slices if p.node.name == "y")
    assert (y.outputs, y.bytes, y.node.device[-5:]) == (
        ("float32 (2, 3)",),
        24,
        "CPU:1",
    )
    serialised = from_metadata(metadata.SerializeToString(), metadata.step_stats)
    assert [run.slices for run in serialised.runs] == [told.slices, told.slices]
    with pytest.raises(TypeError, match="RunMetadata"):
        from_metadata(3)


def test_saving(tmp_path):
    _, w, _ = build()
    with tf.Session(config=TWO) as sess, traces(sess) as t:
        sess.run(w.initializer)
    trace = json.loads(Path(t.save(tmp_path / "t.json")).read_text())
    assert trace["otherData"] == {"runs": 1}
    assert "w/Assign" in Path(t.save(tmp_path / "t.txt")).read_text()
    with pytest.raises(ValueError, match="endings"):
        t.save(tmp_path / "t.xyz")
