"""Monitored sessions, what they are made of, and the hooks."""

import glob
import json
import logging
import os
import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors


@pytest.fixture(autouse=True)
def info(caplog):
    caplog.set_level(logging.INFO, "tensorflow")
    yield caplog
    tf.summary.FileWriterCache.clear()


def counter():
    """An op that counts the global step up."""
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


def said(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    return str(caught.value).partition("\n\t [[")[0]


def steps(session, op):
    """Run until a hook asks to stop."""
    found = []
    while not session.should_stop():
        found.append(int(session.run(op)))
    return found


class Recorder(tf.train.SessionRunHook):
    """Writes down what it is called for."""

    def __init__(self, log, name="h", fetches=None, feeds=None):
        self.log, self.name = log, name
        self.args = None
        if fetches is not None or feeds is not None:
            self.args = tf.train.SessionRunArgs(fetches, feeds)

    def begin(self):
        self.log.append(f"{self.name} begin")

    def after_create_session(self, session, coord):
        assert isinstance(session, tf.Session)
        assert isinstance(coord, tf.train.Coordinator)
        self.log.append(f"{self.name} create")

    def before_run(self, run_context):
        self.context = run_context
        self.log.append(f"{self.name} before")
        return self.args

    def after_run(self, run_context, run_values):
        self.values = run_values
        self.log.append(f"{self.name} after {run_values.results}")

    def end(self, session):
        assert session.run([]) == []  # still open
        self.log.append(f"{self.name} end")


# -- the session ----------------------------------------------------------------------


def test_it_initialises_runs_and_stops(info):
    count = counter()
    local = tf.get_local_variable("local", initializer=5.0)
    with tf.train.MonitoredTrainingSession(
        hooks=[tf.train.StopAtStepHook(last_step=3)]
    ) as sess:
        assert sess.graph is tf.get_default_graph()
        assert steps(sess, count) == [1, 2, 3]
        text = said(RuntimeError, sess.run, local)
    assert text == "Run called even after should_stop requested."
    assert [r.getMessage() for r in info.records] == [
        "Graph was finalized.",
        "Running local_init_op.",
        "Done running local_init_op.",
    ]


def test_the_graph_is_closed_meanwhile():
    with tf.train.MonitoredSession():
        assert said(RuntimeError, tf.constant, 1) == (
            "Graph is finalized and cannot be modified."
        )
    tf.constant(1)


def test_closing():
    c = tf.constant(1)
    sess = tf.train.MonitoredSession()
    assert not sess.should_stop()
    sess.close()
    assert sess.should_stop()
    assert sess.graph is None
    assert said(RuntimeError, sess.run, c) == "Session is already closed."
    assert said(RuntimeError, sess.close) == "Session is already closed."


def test_hooks_are_called_in_order():
    log = []
    c = tf.constant(4, name="c")
    with tf.train.MonitoredSession(
        hooks=[Recorder(log, "a", {"c": c}), Recorder(log, "b")]
    ) as sess:
        assert sess.run(c) == 4
    assert log == [
        "a begin", "b begin", "a create", "b create", "a before", "b before",
        "a after {'c': np.int32(4)}", "b after None", "a end", "b end",
    ]  # fmt: skip


def test_what_a_hook_is_told():
    x = tf.placeholder(tf.float32)
    hook, more = Recorder([], fetches=x * 2), x + 1
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert sess.run(more, {x: 3.0}) == 4
        assert hook.context.original_args.feed_dict == {x: 3.0}
        assert hook.context.original_args.options is None
        assert not hook.context.stop_requested
        assert hook.values.results == 6
        assert isinstance(hook.values.run_metadata, tf.RunMetadata)
        assert isinstance(hook.values.options, tf.RunOptions)


def test_feeds_of_hooks():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    hooks = [Recorder([], feeds={x: 1.0}), Recorder([], feeds={y: 2.0})]
    z = tf.constant(1.0)
    sum_ = x + y + z
    with tf.train.MonitoredSession(hooks=hooks) as sess:
        assert sess.run(sum_) == 4
        assert sess.run(sum_, {z: 5.0}) == 8
        text = said(RuntimeError, sess.run, sum_, {x: 5.0})
        assert text.startswith("Same tensor is fed by a SessionRunHook and user.")
        hooks[1].args = hooks[0].args
        text = said(RuntimeError, sess.run, sum_)
        assert text.startswith("Same tensor is fed by two hooks.")


def test_an_error_skips_the_end():
    log = []
    c = tf.constant(1)

    def fail():
        with tf.train.MonitoredSession(hooks=[Recorder(log)]) as sess:
            sess.run(c)
            raise KeyError("boo")

    assert said(KeyError, fail) == "'boo'"
    assert log == ["h begin", "h create", "h before", "h after None"]


@pytest.mark.parametrize("end", [errors.OutOfRangeError(None, None, ""), StopIteration])
def test_the_end_of_the_input_is_a_clean_end(end):
    log = []
    tf.constant(1)
    with tf.train.MonitoredSession(hooks=[Recorder(log)]):
        raise end
    assert log[-1] == "h end"


def test_queue_runners_feed_it_until_the_end():
    names = tf.train.string_input_producer(["a", "b"], num_epochs=2, shuffle=False)
    item = names.dequeue()
    seen = []
    with tf.train.MonitoredSession() as sess:
        while not sess.should_stop():
            seen.append(sess.run(item))
    assert seen == [b"a", b"b"] * 2
    assert not [t for t in threading.enumerate() if "QueueRunner" in t.name]


def test_the_error_of_a_thread_is_raised():
    queue = tf.FIFOQueue(2, [tf.float32], shapes=[[]])
    bad = tf.check_numerics(tf.log(tf.constant(-1.0)), "bad")
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue([bad])]))
    item = queue.dequeue()

    def train():
        with tf.train.MonitoredSession() as sess:
            while not sess.should_stop():
                sess.run(item)

    assert "bad : Tensor had NaN values" in said(errors.InvalidArgumentError, train)


def test_a_lost_session_is_made_anew(info):
    v = tf.Variable(7.0)
    log = []

    class Loses(Recorder):
        def before_run(self, run_context):
            super().before_run(run_context)
            if self.log.count("h before") == 1:
                raise errors.AbortedError(None, None, "preempted")

    with tf.train.MonitoredSession(hooks=[Loses(log)]) as sess:
        assert sess.run(v) == 7
    assert log == [
        "h begin", "h create", "h before", "h create", "h before", "h after None",
        "h end",
    ]  # fmt: skip
    assert "The current session will be closed and a new session" in info.text


def test_a_singular_session_is_not():
    v = tf.Variable(7.0)

    class Loses(tf.train.SessionRunHook):
        def before_run(self, run_context):
            raise errors.AbortedError(None, None, "preempted")

    sess = tf.train.SingularMonitoredSession(hooks=[Loses()])
    assert sess.raw_session().run(v) == 7
    assert said(errors.AbortedError, sess.run, v) == "preempted"
    sess.close()


def test_step_functions():
    c = tf.constant(4)
    log = []
    with tf.train.MonitoredSession(hooks=[Recorder(log)]) as sess:

        def both(step_context):
            return step_context.run_with_hooks(c), step_context.session.run(c)

        class Held:
            def step(self, step_context):
                return step_context.run_with_hooks(c)

        assert sess.run_step_fn(both) == (4, 4)
        assert sess.run_step_fn(Held().step) == 4
        assert log.count("h before") == 2
        text = said(ValueError, sess.run_step_fn, lambda a, b: None)
        assert text == (
            "`step_fn` may either have one `step_context` argument, or `self` and "
            "`step_context` arguments if it's an instance method. Got ('a', 'b') "
            "instead."
        )
        sess.run_step_fn(lambda step_context: step_context.request_stop())
        pytest.fail("the block should have ended")
    assert log[-1] == "h end"


# -- making it ready ------------------------------------------------------------------


def test_a_scaffold_of_the_user():
    v = tf.Variable(1.0, name="v")
    x = tf.placeholder(tf.float32, [])
    calls = []
    scaffold = tf.train.Scaffold(
        init_op=v.assign(x).op,
        init_feed_dict={x: 5.0},
        init_fn=lambda scaffold, sess: calls.append((scaffold, sess.run(v))),
    )
    creator = tf.train.ChiefSessionCreator(scaffold)
    with tf.train.MonitoredSession(creator) as sess:
        assert sess.run(v) == 5
    assert calls == [(scaffold, 5)]
    copy = tf.train.Scaffold(copy_from_scaffold=scaffold, init_feed_dict={x: 6.0})
    assert copy.init_op is scaffold.init_op
    assert copy.init_feed_dict == {x: 6.0}
    assert copy.saver is scaffold.saver
    assert said(TypeError, tf.train.Scaffold, copy_from_scaffold=3) == (
        "copy_from_scaffold is not a Scaffold instance."
    )


def test_a_scaffold_takes_from_collections():
    init = tf.no_op("mine")
    tf.add_to_collection(tf.GraphKeys.INIT_OP, init)
    scaffold = tf.train.Scaffold()
    assert scaffold.finalize() is scaffold
    assert scaffold.init_op is init
    tf.get_default_graph()._unsafe_unfinalize()
    tf.add_to_collection(tf.GraphKeys.INIT_OP, tf.no_op())
    assert said(RuntimeError, tf.train.Scaffold().finalize) == (
        'More than one item in the collection "init_op". Please indicate which one to '
        "use by passing it to the tf.Scaffold constructor as:  tf.Scaffold("
        "init_op=item to use)"
    )


def test_what_is_not_initialised_is_named():
    tf.Variable(1.0, name="vv")
    creator = tf.train.ChiefSessionCreator(tf.train.Scaffold(init_op=tf.no_op()))
    assert said(RuntimeError, tf.train.MonitoredSession, creator) == (
        "Init operations did not make model ready for local_init.  Init op: NoOp, init "
        "fn: None, error: Variables not initialized: vv"
    )


def test_a_session_manager(tmp_path):
    v = tf.Variable(3.0, name="v")
    ready, init = tf.report_uninitialized_variables(), tf.global_variables_initializer()
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(ready_op=ready, recovery_wait_secs=0.01)
    assert said(RuntimeError, manager.prepare_session, "") == (
        "Model is not initialized and no init_op or init_fn or local_init_op was given"
    )
    assert said(RuntimeError, manager.prepare_session, "", init_op=tf.no_op("n")) == (
        "Init operations did not make model ready.  Init op: n, init fn: None, "
        "local_init_op: None, error: Variables not initialized: v"
    )
    sess, is_ready = manager.recover_session("", saver, tmp_path)
    assert not is_ready
    sess.close()
    with manager.prepare_session("", init_op=init) as sess:
        path = saver.save(sess, str(tmp_path / "m"))
    with manager.prepare_session("", saver=saver, checkpoint_dir=tmp_path) as sess:
        assert sess.run(v) == 3
    sess, is_ready = manager.recover_session(
        "", saver, checkpoint_filename_with_path=path
    )
    assert is_ready
    sess.close()
    text = said(
        ValueError, manager.prepare_session, "", saver=saver, checkpoint_dir=tmp_path,
        checkpoint_filename_with_path=path,
    )  # fmt: skip
    assert text == (
        "Can not provide both checkpoint_dir and checkpoint_filename_with_path."
    )
    text = said(
        errors.DeadlineExceededError, manager.wait_for_session, "", max_wait_secs=0.03
    )
    assert text == "Session was not ready after waiting 0.03 secs."
    assert "must also pass a local_init_op" in said(
        ValueError, tf.train.SessionManager, ready_for_local_init_op=ready
    )


def test_waiting_for_a_checkpoint(tmp_path):
    v = tf.Variable(3.0, name="v")
    saver = tf.train.Saver()
    manager = tf.train.SessionManager(
        ready_op=tf.report_uninitialized_variables(), recovery_wait_secs=0.01
    )

    def write():
        with tf.Session(graph=v.graph) as sess:
            sess.run(v.initializer)
            saver.save(sess, str(tmp_path / "m"), write_meta_graph=False)

    writer = threading.Timer(0.1, write)
    writer.start()
    with manager.prepare_session(
        "", saver=saver, checkpoint_dir=tmp_path, wait_for_checkpoint=True
    ) as sess:
        assert sess.run(v) == 3
    writer.join()


def test_a_worker_waits_for_the_chief():
    constant = tf.constant(2.0)
    with tf.train.MonitoredTrainingSession(is_chief=False) as sess:
        assert sess.run(constant) == 2
    with tf.Graph().as_default():
        tf.Variable(1.0)
        worker = tf.train.WorkerSessionCreator(max_wait_secs=0.01)
        text = said(errors.DeadlineExceededError, tf.train.MonitoredSession, worker)
    assert text == "Session was not ready after waiting 0.01 secs."


# -- files ----------------------------------------------------------------------------


def events(directory):
    return [
        event
        for path in sorted(glob.glob(os.path.join(directory, "events.*")))
        for event in tf.train.summary_iterator(path)
    ]


def train(directory, stop, **kwargs):
    """Train in a graph of its own, to step `stop`."""
    with tf.Graph().as_default():
        count = counter()
        tf.summary.scalar("count", tf.train.get_global_step())
        hooks = [tf.train.StopAtStepHook(last_step=stop)]
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=directory, hooks=hooks, **kwargs
        ) as sess:
            return steps(sess, count)


def test_training_goes_on_where_it_stopped(tmp_path, info):
    directory = str(tmp_path / "run")
    assert train(directory, 3) == [1, 2, 3]
    assert train(directory, 5) == [4, 5]
    assert tf.train.latest_checkpoint(directory) == os.path.join(
        directory, "model.ckpt-5"
    )
    assert "graph.pbtxt" in os.listdir(directory)
    assert f"Saving checkpoints for 0 into {directory}/model.ckpt." in info.text


def test_what_is_written_when(tmp_path):
    directory = str(tmp_path)
    train(
        directory, 7, save_checkpoint_steps=3, save_summaries_steps=2,
        log_step_count_steps=4,
    )  # fmt: skip
    found = tf.train.get_checkpoint_state(directory).all_model_checkpoint_paths
    assert [p.rpartition("-")[2] for p in found] == ["0", "3", "6", "7"]
    tf.summary.FileWriterCache.clear()
    values = {}
    kinds = set()
    for event in events(directory):
        kinds.add(event.WhichOneof("what"))
        for value in event.summary.value:
            values.setdefault(value.tag, []).append(event.step)
    assert values["count"] == [1, 3, 5, 7]
    assert values["global_step/sec"] == [5]
    assert kinds >= {"graph_def", "meta_graph_def", "session_log", "summary"}


def test_summaries_elsewhere(tmp_path):
    train(
        str(tmp_path / "a"), 3, save_checkpoint_steps=3,
        summary_dir=str(tmp_path / "b"), save_summaries_steps=1,
    )  # fmt: skip
    tf.summary.FileWriterCache.clear()
    tags = [v.tag for e in events(str(tmp_path / "b")) for v in e.summary.value]
    assert tags.count("count") == 3


def test_nothing_is_written_without_a_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(None, 3)
    assert os.listdir(tmp_path) == []


def test_listeners(tmp_path):
    log = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            log.append("begin")

        def before_save(self, session, global_step_value):
            log.append(("before", global_step_value))

        def after_save(self, session, global_step_value):
            log.append(("after", global_step_value))
            return global_step_value == 4

        def end(self, session, global_step_value):
            log.append(("end", global_step_value))

    count = counter()
    tf.train.Saver()
    hook = tf.train.CheckpointSaverHook(
        tmp_path, save_steps=2, saver=tf.train.Saver(), listeners=[Listener()]
    )
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert steps(sess, count) == [1, 2, 3, 4]  # the listener stopped it
    expected = [(w, s) for s in (0, 2, 4) for w in ("before", "after")]
    assert log == ["begin", *expected, ("end", 4)]


def test_a_profile_now_and_then(tmp_path):
    count = counter()
    hook = tf.train.ProfilerHook(save_steps=2, output_dir=tmp_path, show_memory=True)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        for _ in range(5):
            sess.run(count)
    assert sorted(os.listdir(tmp_path)) == ["timeline-2.json", "timeline-4.json"]
    trace = json.loads((tmp_path / "timeline-2.json").read_text())
    names = {event["name"] for event in trace["traceEvents"]}
    assert "AssignAdd" in names


# -- hooks ----------------------------------------------------------------------------


def test_the_timer():
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    assert timer.should_trigger_for_step(5)
    assert timer.update_last_triggered_step(5) == (None, None)
    assert [timer.should_trigger_for_step(s) for s in (5, 7, 8, 9)] == [
        False, False, True, True,
    ]  # fmt: skip
    seconds, count = timer.update_last_triggered_step(9)
    assert seconds >= 0
    assert count == 4
    assert timer.last_triggered_step() == 9
    timer.reset()
    assert timer.last_triggered_step() is None
    clock = tf.train.SecondOrStepTimer(every_secs=1000)
    clock.update_last_triggered_step(1)
    assert not clock.should_trigger_for_step(2)
    assert tf.train.SecondOrStepTimer(every_secs=0).should_trigger_for_step(1)


def test_nan_is_an_error(info):
    loss = tf.placeholder_with_default(np.float32("nan"), [])
    hook = tf.train.NanTensorHook(loss)

    def run():
        with tf.train.MonitoredSession(hooks=[hook]) as sess:
            sess.run(loss, {loss: 1.0})
            sess.run(loss)

    text = said(tf.train.NanLossDuringTrainingError, run)
    assert text == "NaN loss during training."
    assert info.records[-1].levelname == "ERROR"
    assert info.records[-1].getMessage() == "Model diverged with loss = NaN."


def test_nan_stops(info):
    loss = tf.constant(np.float32("nan"))
    hook = tf.train.NanTensorHook(loss, fail_on_nan_loss=False)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        sess.run(loss)
        assert sess.should_stop()
    assert info.records[-1].levelname == "WARNING"


@pytest.mark.parametrize(
    ("tensors", "kwargs", "lines"),
    [
        (
            lambda a, b: {"x": a, "y": b},
            {"every_n_iter": 2},
            ["x = [1.5 2. ], y = 3"] * 2,
        ),
        (
            lambda a, b: ["a:0", "b"],
            {"every_n_iter": 3},
            ["a:0 = [1.5 2. ], b = 3"] * 2,
        ),
        (lambda a, b: [b], {"at_end": True}, ["b:0 = 3"]),
        (lambda a, b: [b], {"every_n_iter": 9, "at_end": True}, ["b:0 = 3"] * 2),
        (lambda a, b: [b], {"every_n_secs": 0}, ["b:0 = 3"] * 4),
        (
            lambda a, b: {"y": b},
            {"every_n_iter": 4, "formatter": lambda v: f"got {v['y']}"},
            ["got 3"],
        ),
    ],
)
def test_values_are_logged(info, tensors, kwargs, lines):
    a, b = tf.constant([1.5, 2.0], name="a"), tf.constant(3, name="b")
    hook = tf.train.LoggingTensorHook(tensors(a, b), **kwargs)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        for _ in range(4):
            sess.run(b)
    logged = [r.getMessage() for r in info.records[3:]]
    assert [line.partition(" (")[0] for line in logged] == lines


def test_stopping_after_so_many_steps():
    count = counter()
    hooks = [tf.train.StopAtStepHook(num_steps=2)]
    x = tf.train.get_global_step()
    scaffold = tf.train.Scaffold(init_op=tf.assign(x, 10).op)
    creator = tf.train.ChiefSessionCreator(scaffold)
    with tf.train.MonitoredSession(creator, hooks) as sess:
        assert steps(sess, count) == [11, 12]


def test_the_last_ops():
    step = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, [])
    hook = tf.train.FinalOpsHook([step, x * 2], {x: 4.0})
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        sess.run(step)
        assert hook.final_ops_values is None
    assert hook.final_ops_values == [0, 8]


def test_feeding_by_a_function():
    x = tf.placeholder(tf.float32, [])
    values = iter([1.0, 2.0])
    hook = tf.train.FeedFnHook(lambda: {x: next(values)})
    tens = x * 10
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert [sess.run(tens), sess.run(tens)] == [10, 20]


def test_waiting_for_a_step(info):
    count = counter()
    waits = tf.train.GlobalStepWaiterHook(2)
    with tf.train.MonitoredSession(hooks=[waits]) as sess:
        raw = sess._tf_sess
        others = threading.Timer(0.1, lambda: (raw.run(count), raw.run(count)))
        others.start()
        assert sess.run(count) == 3
        others.join()
    assert "Waiting for global step 2 before starting training." in info.text
    assert "Done waiting." in info.text


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda: tf.train.LoggingTensorHook(["a"]),
            ValueError,
            "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
            "provided.",
        ),
        (
            lambda: tf.train.LoggingTensorHook(["a"], every_n_iter=1, every_n_secs=2),
            ValueError,
            "either at_end and/or exactly one of every_n_iter and every_n_secs must be "
            "provided.",
        ),
        (
            lambda: tf.train.LoggingTensorHook(["a"], every_n_iter=0),
            ValueError,
            "invalid every_n_iter=0.",
        ),
        (
            tf.train.StopAtStepHook,
            ValueError,
            "One of num_steps or last_step must be specified.",
        ),
        (
            lambda: tf.train.StopAtStepHook(1, 2),
            ValueError,
            "Only one of num_steps or last_step can be specified.",
        ),
        (
            tf.train.SecondOrStepTimer,
            ValueError,
            "Either every_secs or every_steps should be provided.",
        ),
        (
            lambda: tf.train.CheckpointSaverHook("d", 1, 2),
            ValueError,
            "Can not provide both every_secs and every_steps.",
        ),
        (
            lambda: tf.train.CheckpointSaverHook("d", 1, saver=1, scaffold=2),
            ValueError,
            "You cannot provide both saver and scaffold.",
        ),
        (
            lambda: tf.train.StepCounterHook(1, 2),
            ValueError,
            "exactly one of every_n_steps and every_n_secs should be provided.",
        ),
        (
            lambda: tf.train.SummarySaverHook(1, output_dir="d"),
            ValueError,
            "Exactly one of scaffold or summary_op must be provided.",
        ),
        (
            lambda: tf.train.StopAtStepHook(1).begin(),
            RuntimeError,
            "Global step should be created to use StopAtStepHook.",
        ),
        (
            lambda: tf.train.StepCounterHook().begin(),
            RuntimeError,
            "Global step should be created to use StepCounterHook.",
        ),
    ],
)
def test_wrong_arguments(call, kind, text):
    assert said(kind, call) == text


def test_a_hook_without_a_saver(tmp_path):
    counter()
    hook = tf.train.CheckpointSaverHook(tmp_path, save_steps=1)
    hook.begin()
    assert said(RuntimeError, hook._get_saver) == (
        "No items in collection savers. Please add a saver to the collection or "
        "provide a saver or scaffold."
    )
