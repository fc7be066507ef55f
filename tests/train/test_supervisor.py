"""`tf.train.Supervisor`: its session, its threads, its files."""

import glob
import logging
import os
import threading
import time

import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture(autouse=True)
def info(caplog):
    caplog.set_level(logging.INFO, "tensorflow")
    return caplog


def said(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    return str(caught.value).partition("\n\t [[")[0]


def events(directory):
    return [
        event
        for path in sorted(glob.glob(os.path.join(directory, "events.*")))
        for event in tf.train.summary_iterator(path)
    ]


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_initialises_and_closes_the_graph():
    v = tf.Variable(3.0)
    local = tf.get_local_variable("local", initializer=4.0)
    supervisor = tf.train.Supervisor()
    assert said(RuntimeError, tf.constant, 1) == (
        "Graph is finalized and cannot be modified."
    )
    with supervisor.managed_session() as sess:
        assert sess.run([v, local]) == [3, 4]
        assert not supervisor.should_stop()
    assert supervisor.should_stop()
    assert said(RuntimeError, sess.run, v) == "Attempted to use a closed Session."


def test_it_makes_what_is_left_out():
    step = tf.train.get_or_create_global_step()
    tf.summary.scalar("x", step)
    supervisor = tf.train.Supervisor(logdir=None)
    assert supervisor.is_chief
    assert supervisor.init_op.name == "init"
    assert supervisor.global_step is step
    assert isinstance(supervisor.saver, tf.train.Saver)
    assert supervisor.summary_op.name == "Merge/MergeSummary:0"
    assert supervisor.ready_op is not None
    assert supervisor.ready_for_local_init_op is None
    assert supervisor.save_path is None
    assert supervisor.summary_writer is None
    assert (supervisor.save_summaries_secs, supervisor.save_model_secs) == (120, 600)
    assert isinstance(supervisor.coord, tf.train.Coordinator)
    assert isinstance(supervisor.session_manager, tf.train.SessionManager)


def test_it_does_without():
    v = tf.Variable(3.0)
    supervisor = tf.train.Supervisor(
        init_op=v.initializer, ready_op=None, saver=None, summary_op=None,
        local_init_op=None, global_step=None,
    )  # fmt: skip
    assert supervisor.saver is None
    with supervisor.managed_session() as sess:
        assert sess.run(v) == 3


def test_it_goes_on_where_it_stopped(tmp_path):
    def train(count):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            more = tf.assign_add(step, 1)
            supervisor = tf.train.Supervisor(logdir=str(tmp_path), save_model_secs=0)
            with supervisor.managed_session() as sess:
                for _ in range(count):
                    found = sess.run(more)
                supervisor.saver.save(sess, supervisor.save_path, global_step=step)
            return int(found)

    assert train(3) == 3
    assert train(2) == 5
    assert tf.train.latest_checkpoint(tmp_path).endswith("model.ckpt-5")


def test_its_threads_write(tmp_path, info):
    threads = set(threading.enumerate())
    step = tf.train.get_or_create_global_step()
    tf.summary.scalar("x", step)
    more = tf.assign_add(step, 1)
    supervisor = tf.train.Supervisor(
        logdir=str(tmp_path), save_model_secs=0.05, save_summaries_secs=0.05
    )
    with supervisor.managed_session() as sess:
        until(lambda: sess.run(more) > 3 and tf.train.latest_checkpoint(tmp_path))
        until(lambda: "Recording summary at step" in info.text)
        until(lambda: "global_step/sec" in info.text)
        supervisor.summary_computed(sess, sess.run(supervisor.summary_op), 1000)
    found = events(str(tmp_path))
    tags = {value.tag for event in found for value in event.summary.value}
    assert tags == {"x", "global_step/sec"}
    assert 1000 in {event.step for event in found}
    statuses = [e.session_log.status for e in found if e.HasField("session_log")]
    log = tf.summary.SessionLog
    assert statuses[0] == log.START
    assert statuses[-1] == log.STOP
    assert log.CHECKPOINT in statuses
    assert "graph.pbtxt" in os.listdir(tmp_path)
    # Its own have ended; other tests may have left some that wait.
    assert set(threading.enumerate()) <= threads


def test_an_error_is_raised_and_stops_all():
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    seen = []

    def work():
        with supervisor.managed_session():
            supervisor.loop(0.01, seen.append, args=(1,))
            until(lambda: len(seen) > 1)
            raise ValueError("boo")

    assert said(ValueError, work) == "boo"
    count = len(seen)
    time.sleep(0.05)
    assert len(seen) == count


def test_the_end_of_the_input_is_a_clean_end():
    names = tf.train.string_input_producer(["a", "b"], num_epochs=1, shuffle=False)
    item = names.dequeue()
    seen = []
    supervisor = tf.train.Supervisor()
    with supervisor.managed_session() as sess:
        while not supervisor.should_stop():
            seen.append(sess.run(item))
    assert seen == [b"a", b"b"]


def test_the_error_of_a_loop_is_raised():
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()

    def fail():
        raise KeyError("in the loop")

    def work():
        with supervisor.managed_session():
            supervisor.loop(None, fail)
            supervisor.wait_for_stop()

    assert said(KeyError, work) == "'in the loop'"


def test_another_than_the_chief(tmp_path):
    v = tf.Variable(1.0)
    supervisor = tf.train.Supervisor(
        is_chief=False, logdir=str(tmp_path), recovery_wait_secs=0.01
    )
    assert supervisor.save_path is None
    assert said(RuntimeError, supervisor.start_standard_services, None) == (
        "Only chief supervisor can start standard services. Because only chief "
        "supervisors can write events."
    )
    text = said(
        errors.DeadlineExceededError,
        supervisor.prepare_or_wait_for_session,
        max_wait_secs=0.02,
    )
    assert text == "Session was not ready after waiting 0.02 secs."
    assert v.op.name == "Variable"


def test_without_a_directory(info):
    tf.Variable(1.0)
    supervisor = tf.train.Supervisor()
    sess = supervisor.PrepareSession()
    assert supervisor.start_standard_services(sess) is None
    assert "Standard services need a 'logdir'" in info.text
    assert said(RuntimeError, supervisor.summary_computed, sess, b"") == (
        "Writing a summary requires a summary writer."
    )
    supervisor.RequestStop()
    assert supervisor.ShouldStop()
    supervisor.Stop()
    sess.close()


def test_a_writer_of_the_user(tmp_path):
    tf.Variable(1.0)
    with tf.summary.FileWriter(str(tmp_path)) as writer:
        supervisor = tf.train.Supervisor(summary_writer=writer)
        assert supervisor.summary_writer is writer
        with supervisor.managed_session(close_summary_writer=False):
            pass


def test_basic_train_loop():
    v = tf.Variable(0.0)
    more = v.assign_add(1.0)
    supervisor = tf.train.Supervisor()
    seen = []

    def step(sess, limit, extra):
        seen.append(sess.run(more))
        if len(seen) == 2:
            raise errors.AbortedError(None, None, "lost")
        if seen[-1] == limit:
            supervisor.request_stop()
        assert extra == "e"

    tf.train.basic_train_loop(supervisor, step, args=(3,), kwargs={"extra": "e"})
    assert seen == [1, 2, 1, 2, 3]
