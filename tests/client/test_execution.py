"""Behaviours G, H, I, J and K of the checklist: how steps run."""

from __future__ import annotations

import json
import threading
import time

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def counter(value=0, name="counter"):
    return tf.Variable(value, name=name)


# -- the quick way ---------------------------------------------------------------------


def test_a_repeated_run_does_not_shadow_other_fetches(sess):
    x = tf.placeholder_with_default(2.0, [])
    y = x * 3.0
    for _ in range(2):  # the second takes the quick way
        assert sess.run(y, {x: 1.0}) == 3.0
        assert sess.run([y, x], {x: 1.0}) == [3.0, 1.0]
        assert sess.run([y], {x: 1.0}) == [3.0]
    # The same objects, in a tuple and in a list, are other questions.
    assert sess.run((y, x)) == (6.0, 2.0)
    assert sess.run([y, x]) == [6.0, 2.0]
    with pytest.raises(TypeError, match="invalid type <class 'NoneType'>"):
        sess.run([y, None, x])


def test_a_repeated_run_still_refuses_a_list_of_feeds(sess):
    x = tf.placeholder_with_default(2.0, [])
    y = x * 3.0
    for _ in range(2):
        assert sess.run(y, {x: 1.0}) == 3.0
    with pytest.raises(TypeError):
        sess.run(y, [x])


# -- G ---------------------------------------------------------------------------------


def test_G01_only_what_is_needed_runs(sess):
    v = counter()
    sess.run(v.initializer)
    v.assign_add(1)
    tf.constant(1) // tf.constant(0)
    tf.placeholder(tf.float32)
    assert sess.run(tf.constant(2)) == 2
    assert sess.run(v) == 0


def test_G02_G03_once_per_run(sess):
    v = counter()
    sess.run(v.initializer)
    x = v.assign_add(1)
    assert sess.run([x + 1, x + 2]) == [2, 3]
    assert sess.run([x + 1, x + 2]) == [3, 4]
    assert sess.run([x, x.op, x]) == [3, None, 3]


def test_G04_G05_random_streams():
    r = tf.random_uniform([3], seed=5)
    plus = r + 0.0
    with tf.Session() as one, tf.Session() as two:
        a, b = one.run([r, plus])
        np.testing.assert_array_equal(a, b)
        later = one.run(r)
        assert not np.array_equal(a, later)
        np.testing.assert_array_equal(two.run(r), a)
        np.testing.assert_array_equal(two.run(r), later)


def test_G06_G07_control_dependencies(sess):
    v = counter()
    sess.run(v.initializer)
    add = v.assign_add(1)
    with tf.control_dependencies([add]):
        read = v.read_value()
        three = tf.constant(3)
    assert [sess.run(read) for _ in range(3)] == [1, 2, 3]
    assert sess.run(tf.identity(three)) == 3
    assert sess.run(v) == 4


def test_G08_failure_keeps_earlier_effects(sess):
    v = counter()
    sess.run(v.initializer)
    with tf.control_dependencies([v.assign_add(1)]):
        bad = tf.constant(1) // tf.placeholder_with_default(0, [])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Integer division by zero"
    ):
        sess.run(bad)
    assert sess.run(v) == 1


def test_G10_G11_fed_control_inputs(sess):
    p = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([p]):
        k = tf.constant(1.0) + 0.0
    assert sess.run(k, {p: 3.0}) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="must feed"):
        sess.run(p.op, {p: 3.0})
    v = counter()
    sess.run(v.initializer)
    inc = v.assign_add(1)
    sess.run(inc.op, {inc: 100})
    assert sess.run(v) == 1


def test_G12_G13_latest_values_in_any_order(sess):
    v = counter(1)
    sess.run(v.initializer)
    y = v * 10
    for value in (2, 3):
        v.load(value, sess)
        assert sess.run([y, v]) == [value * 10, value]
    a = tf.constant(1)
    c = a + 1
    assert sess.run([c, a]) == [2, 1]


def test_G14_blocked_dequeue_meets_enqueue(sess):
    q = tf.FIFOQueue(3, tf.float32)
    get, put = q.dequeue(), q.enqueue(7.0)
    found = []
    thread = threading.Thread(target=lambda: found.append(sess.run(get)))
    thread.start()
    time.sleep(0.05)
    sess.run(put)
    thread.join(10)
    assert found == [7.0]


def test_enqueue_and_dequeue_in_one_run(sess):
    q = tf.FIFOQueue(1, tf.float32)
    get, put = q.dequeue(), q.enqueue(7.0)
    assert sess.run([get, put]) == [7.0, None]
    assert sess.run([put, get]) == [None, 7.0]


def test_G15_many_threads(sess):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0 + 1.0
    wrong = []

    def work(k):
        for i in range(50):
            if sess.run(y, {x: k * 100 + i}) != 2 * (k * 100 + i) + 1:
                wrong.append((k, i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []


def test_G16_close_cancels_blocked_dequeue():
    q = tf.FIFOQueue(3, tf.float32)
    get = q.dequeue()
    session = tf.Session()
    caught = []

    def work():
        try:
            session.run(get)
        except tf.errors.CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.1)
    session.close()
    thread.join(10)
    assert "Dequeue operation was cancelled" in caught[0].message


def test_G17_cycle(sess):
    a = tf.identity(tf.constant(1.0), name="a")
    b = tf.identity(a, name="b")
    a.op._update_input(0, b)
    with pytest.raises(tf.errors.InvalidArgumentError, match="contains a cycle"):
        sess.run(b)


def test_G18_finalized_graph(sess):
    c = tf.constant(1)
    c.graph.finalize()
    assert sess.run(c) == 1
    with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified"):
        tf.constant(2)


def test_G19_dead_tensor(sess):
    from interactive_graphs.framework import raw

    pred = tf.placeholder(tf.bool, [])
    off, on = raw.Switch(tf.constant(5.0), pred)
    assert sess.run(on, {pred: True}) == 5.0
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Retval\[0\] does not have value"
    ):
        sess.run(off, {pred: True})
    merged = raw.Merge([off * 2.0, on * 3.0])[0]
    assert sess.run(merged, {pred: True}) == 15.0
    assert sess.run(merged, {pred: False}) == 10.0


def test_G20_py_func_runs_per_run(sess):
    calls = []
    t = tf.py_func(lambda: calls.append(1) or np.float32(1), [], tf.float32)
    for _ in range(3):
        sess.run([t, t + 1.0])
    assert len(calls) == 3


def test_rewiring_after_a_run_shows_in_a_new_session(sess):
    a, b = tf.constant(1.0), tf.constant(2.0)
    c = tf.identity(a)
    assert sess.run(c) == 1
    c.op._update_input(0, b)
    assert tf.Session().run(c) == 2


# -- H ---------------------------------------------------------------------------------

FULL = {"trace_level": 3}


def traced(session, fetches, feed_dict=None, **options):
    metadata = tf.RunMetadata()
    session.run(fetches, feed_dict, tf.RunOptions(**options), metadata)
    return metadata


def test_H01_H12_full_trace(sess):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    stats = traced(sess, y, {x: [1, 2]}, **FULL).step_stats
    assert [d.device for d in stats.dev_stats] == [
        "/job:localhost/replica:0/task:0/device:CPU:0"
    ]
    nodes = {n.node_name: n for n in stats.dev_stats[0].node_stats}
    assert {"_SOURCE", "y", "_arg_x_0_0", "_retval_y_0_0"} <= set(nodes)
    node = nodes["y"]
    assert node.timeline_label == "y = Mul(_arg_x_0_0, y/y)"
    now = time.time() * 1e6
    assert now - 60e6 < node.all_start_micros <= now + 1
    assert 0 <= node.op_start_rel_micros <= node.op_end_rel_micros
    assert node.op_end_rel_micros <= node.all_end_rel_micros
    described = node.output[0].tensor_description
    assert described.dtype == tf.float32.as_datatype_enum
    assert [d.size for d in described.shape.dim] == [2]
    assert described.allocation_description.requested_bytes == 8
    assert described.allocation_description.allocator_name == "cpu"


def test_H02_H03_H04_metadata_and_options(sess):
    c = tf.constant(1) + 1
    metadata = tf.RunMetadata()
    sess.run(c, options=tf.RunOptions(**FULL), run_metadata=metadata)
    assert metadata.HasField("step_stats")
    sess.run(c, run_metadata=metadata)
    assert not metadata.HasField("step_stats")
    assert sess.run(c, options=tf.RunOptions(**FULL)) == 2


def test_H05_failure_leaves_metadata(sess):
    c = tf.constant(1) + 1
    metadata = traced(sess, c, **FULL)
    before = metadata.SerializeToString()
    with pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(
            tf.constant(1) // tf.placeholder_with_default(0, []),
            options=tf.RunOptions(**FULL),
            run_metadata=metadata,
        )
    assert metadata.SerializeToString() == before


@pytest.mark.parametrize("by", ["option", "config"])
def test_H06_H07_timeouts(by):
    q = tf.FIFOQueue(3, tf.float32)
    get, put, size = q.dequeue(), q.enqueue(1.0), q.size()
    config = tf.ConfigProto(operation_timeout_in_ms=300 if by == "config" else 0)
    options = tf.RunOptions(timeout_in_ms=300) if by == "option" else None
    with tf.Session(config=config) as session:
        with pytest.raises(
            tf.errors.DeadlineExceededError, match="Timed out waiting for notification"
        ):
            session.run(get, options=options)
        session.run(put)
        assert session.run(size) == 1
        assert session.run(get) == 1.0


def test_H08_generous_timeout(sess):
    c = tf.constant(1) + 1
    assert sess.run(c, options=tf.RunOptions(timeout_in_ms=60000)) == 2


def test_H09_wrong_types(sess):
    v = counter()
    sess.run(v.initializer)
    add = v.assign_add(1)
    for bad in ({"options": 3}, {"run_metadata": 3}, {"options": {}}):
        with pytest.raises((TypeError, AttributeError)):
            sess.run(add, **bad)
    assert sess.run(v) == 0


def test_partition_graphs(sess):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    graphs = traced(sess, y, {x: [1, 2]}, output_partition_graphs=True).partition_graphs
    assert len(graphs) == 1
    nodes = {n.name: n for n in graphs[0].node}
    assert nodes["_arg_x_0_0"].op == "_Arg"
    assert nodes["_retval_y_0_0"].op == "_Retval"
    assert nodes["y"].input[0] == "_arg_x_0_0"
    assert all(n.device.endswith("/device:CPU:0") for n in graphs[0].node)


def test_two_devices_make_two_partitions():
    with tf.device("/cpu:0"):
        a = tf.constant(1.0) + 1.0
    with tf.device("/cpu:1"):
        b = a * 2.0
    config = tf.ConfigProto(device_count={"CPU": 2})
    with tf.Session(config=config) as session:
        metadata = traced(session, b, output_partition_graphs=True, **FULL)
        assert session.run(b) == 4
    devices = [d.device[-5:] for d in metadata.step_stats.dev_stats]
    assert sorted(devices) == ["CPU:0", "CPU:1"]
    ops = [{n.op for n in g.node} for g in metadata.partition_graphs]
    assert "_Send" in ops[0]
    assert "_Recv" in ops[1]


def test_thread_pools(sess):
    c = tf.constant(1)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Invalid inter_op_thread_pool: 5"
    ):
        sess.run(c, options=tf.RunOptions(inter_op_thread_pool=5))


def test_cost_model_every_other_step():
    c = tf.constant(1) + 1
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 2
    config.graph_options.build_cost_model_after = 1
    seen = []
    with tf.Session(config=config) as session:
        for _ in range(6):
            metadata = tf.RunMetadata()
            session.run(c, run_metadata=metadata)
            seen.append(len(metadata.cost_graph.node) > 0)
    assert seen == [False, False, True, False, True, False]


# -- I ---------------------------------------------------------------------------------


def test_I01_without_feeds(sess):
    c = tf.constant(3)
    assert sess.make_callable(c)() == 3
    assert sess.make_callable(c.op)() is None
    assert sess.make_callable({"a": (c, [c.op])})() == {"a": (3, [None])}
    with pytest.raises(TypeError):
        sess.make_callable(c)(1)


def test_I02_I03_I10_with_feeds(sess):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    f = sess.make_callable(a * b, [a, b])
    assert f(2, 3) == 6
    assert f(2, 3, 4) == 6
    with pytest.raises(tf.errors.InvalidArgumentError, match="must feed"):
        f(2)
    sp = tf.sparse_placeholder(tf.float32)
    g = sess.make_callable(sp.values * 2.0, [sp])
    np.testing.assert_array_equal(g(tf.SparseTensorValue([[0]], [1.0], [1])), [2])
    h = sess.make_callable(a + b, [(a, b)])
    assert h((1, 2)) == 3


def test_I04_I05_I06_I07_options(sess):
    c = tf.constant(3) + 1
    p = tf.placeholder(tf.float32, [])
    options = tf.RunOptions(**FULL)
    for fetch, feeds in ((c, None), (c.op, None), (p + 1.0, [p])):
        metadata = tf.RunMetadata()
        f = sess.make_callable(fetch, feeds, accept_options=True)
        f(*([1.0] if feeds else []), options=options, run_metadata=metadata)
        assert metadata.HasField("step_stats")
    with pytest.raises(TypeError):
        sess.make_callable(c)(options=options)


def test_I08_I09_bad_arguments(sess):
    c = tf.constant(3)
    with pytest.raises(TypeError, match=r"`feed_list` must be a list or tuple\."):
        sess.make_callable(c, 3)
    with pytest.raises(TypeError, match="has invalid type"):
        sess.make_callable(3)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Must specify at least one target"
    ):
        sess.make_callable([])()


def test_I11_after_close():
    c = tf.constant(3)
    p = tf.placeholder(tf.float32)
    session = tf.Session()
    fast, slow = session.make_callable(c), session.make_callable(c, [p])
    fast()
    session.close()
    with pytest.raises(tf.errors.CancelledError, match="Session has been closed"):
        fast()
    with pytest.raises(RuntimeError, match="closed Session"):
        slow(1)


def test_I12_I13_shapes_and_interleaving(sess):
    p = tf.placeholder(tf.float32, [2])
    v = counter()
    sess.run(v.initializer)
    f = sess.make_callable(p * 1.0, [p])
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        f([1, 2, 3])
    add = sess.make_callable(v.assign_add(1))
    assert [add(), sess.run(v), add()] == [1, 1, 2]


def test_callable_errors_are_raw(sess):
    bad = tf.constant(1) // tf.placeholder_with_default(0, [])
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.make_callable(bad)()
    assert error.value.op is None
    assert error.value.node_def is None


# -- J ---------------------------------------------------------------------------------


@pytest.fixture
def abc():
    a, b, c = (tf.placeholder(tf.float32, [], name=n) for n in "abc")
    r1 = tf.add(a, b, name="r1")
    r2 = tf.multiply(r1, c, name="r2")
    return a, b, c, r1, r2


def test_J01_J02_J03(sess, abc):
    a, b, c, r1, r2 = abc
    h = sess.partial_run_setup([r1, r2], [a, b, c])
    assert isinstance(h, str)
    assert sess.partial_run(h, r1, {a: 1, b: 2, c: 3}) == 3
    assert sess.partial_run(h, r2) == 9
    h = sess.partial_run_setup([r1, r2], [a, b, c])
    assert sess.partial_run(h, [r1], {a: 1, b: 2}) == [3]


@pytest.mark.parametrize("row", ["J04", "J05", "J06", "J07", "fetched"])
def test_J04_to_J07_misuse_keeps_the_handle(sess, abc, row):
    a, b, c, r1, r2 = abc
    other = tf.placeholder(tf.float32, [], name="other")
    h = sess.partial_run_setup([r1, r2], [a, b, c])
    sess.partial_run(h, r1, {a: 1, b: 2})
    fetches, feeds, words = {
        "J04": (r2, {other: 1}, "was not specified in partial_run_setup."),
        "J05": (c + 1.0, {c: 1}, "was not specified in partial_run_setup."),
        "J06": (r2, {a: 1, c: 1}, "has already been fed."),
        "J07": (
            r2,
            None,
            "can't be computed from the feeds that have been fed so far.",
        ),
        "fetched": (r1, {c: 1}, "has already been fetched."),
    }[row]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.partial_run(h, fetches, feeds)
    assert words in error.value.message
    assert sess.partial_run(h, r2, {c: 3}) == 9


def test_J08_undeclared_placeholder(sess, abc):
    a, b, c, r1, r2 = abc
    h = sess.partial_run_setup([r2], [a, b])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must feed a value"):
        sess.partial_run(h, r2, {a: 1, b: 2})
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Must run 'setup'"
    ) as error:
        sess.partial_run(h, r2, {a: 1})
    assert error.value.op is None
    assert error.value.node_def is None


def test_J09_J10_J12_setup_errors(abc):
    a, b, c, r1, r2 = abc
    session = tf.Session()
    for bad in (3, None, [None]):
        with pytest.raises(TypeError):
            session.partial_run_setup(bad, [a])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="Must specify at least one target"
    ):
        session.partial_run_setup([], [a])
    with pytest.raises(tf.errors.InvalidArgumentError, match="fed more than once"):
        session.partial_run_setup([r1], [a, a])
    with pytest.raises(tf.errors.InvalidArgumentError, match="both fed and fetched"):
        session.partial_run_setup([r1], [r1])
    with pytest.raises(TypeError, match="Cannot interpret feed_list key as Tensor: "):
        session.partial_run_setup([r1], ["nope:0"])
    h = session.partial_run_setup([r1], [a, b])
    with pytest.raises(RuntimeError, match="requires empty target_list"):
        session.partial_run(h, r1.op, {a: 1})
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.partial_run_setup([r1], [a, b])
    with pytest.raises(RuntimeError, match="closed"):
        session.partial_run(h, r1, {a: 1, b: 1})


def test_J11_no_feeds(sess):
    c = tf.constant(3.0) * 2.0
    h = sess.partial_run_setup(c)
    assert sess.partial_run(h, c) == 6
    assert sess.partial_run(None, c) == 6


def test_J13_stateful_ops_run_once(sess):
    v = counter(0.0)
    sess.run(v.initializer)
    step = tf.identity(v.assign_add(1.0))
    ps = [tf.placeholder(tf.float32, []) for _ in range(3)]
    sums = [step + p for p in ps]
    h = sess.partial_run_setup(sums, ps)
    assert [sess.partial_run(h, s, {p: 10}) for s, p in zip(sums, ps, strict=True)] == [
        11,
        11,
        11,
    ]
    assert sess.run(v) == 1


def test_J14_J15_J16_feeds_and_structures(sess, abc):
    a, b, c, r1, r2 = abc
    h = sess.partial_run_setup({"r": [r2]}, [r1, c])
    assert sess.partial_run(h, {"r": [r2]}, {r1: 5, c: 2}) == {"r": [10]}
    sp = tf.sparse_placeholder(tf.float32)
    doubled = sp.values * 2.0
    h = sess.partial_run_setup([doubled], [sp])
    out = sess.partial_run(h, doubled, {sp: tf.SparseTensorValue([[0]], [3.0], [1])})
    np.testing.assert_array_equal(out, [6])
    h = sess.partial_run_setup([r1], [a, b])
    assert sess.partial_run(h, [], {a: 1}) == []
    assert sess.partial_run(h, [], {}) == []
    assert sess.partial_run(h, (r1,), {b: 1}) == (2,)


# -- K ---------------------------------------------------------------------------------


def test_K01_device_count():
    session = tf.Session(config=tf.ConfigProto(device_count={"CPU": 3}))
    names = [d.name[-5:] for d in session.list_devices()]
    assert names == ["CPU:0", "CPU:1", "CPU:2"]


def test_K02_list_devices_after_close():
    session = tf.Session()
    session.close()
    with pytest.raises(tf.errors.OpError):
        session.list_devices()


@pytest.mark.parametrize(
    ("device", "soft", "works"),
    [
        ("/cpu:1", False, False),
        ("/cpu:1", True, True),
        ("/gpu:0", True, True),
        ("/job:worker", True, False),
    ],
    ids=["K03", "K04", "K05", "K06"],
)
def test_K03_to_K06_soft_placement(device, soft, works):
    with tf.device(device):
        c = tf.constant(1, name="here")
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=soft)) as session:
        if works:
            assert session.run(c) == 1
        else:
            with pytest.raises(tf.errors.InvalidArgumentError) as error:
                session.run(c)
            assert "Cannot assign a device for operation 'here'" in error.value.message
            assert "available devices are [ /job:localhost" in error.value.message


def test_K07_K08_placement_log(capsys):
    a = tf.constant(1, name="a")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
        session.run(tf.add(a, a, name="sum"))
        out = capsys.readouterr().out
        device = "/job:localhost/replica:0/task:0/device:CPU:0"
        assert "Device mapping: no known devices." in out
        assert out.index(f"sum: (Add): {device}") < out.index(f"a: (Const): {device}")
        late = tf.add(a, a, name="late")
        session.run(a)
        assert f"late: (Add): {device}" in capsys.readouterr().out
        session.run(late)
        assert capsys.readouterr().out == ""


def test_K09_K10_K11_reset():
    c = tf.constant(1)
    one, two = tf.Session(), tf.Session()
    one.run(c)
    assert tf.Session.reset("") is None
    for session in (one, two):
        with pytest.raises((tf.errors.OpError, RuntimeError)):
            session.run(c)
    with pytest.raises(tf.errors.NotFoundError):
        tf.Session.reset("bad://")
    tf.Session.reset("", ["c"])
    with pytest.raises(TypeError):
        tf.Session.reset(3)
    assert tf.Session().run(c) == 1


def test_K12_colocation():
    with tf.device("/cpu:1"):
        a = tf.constant(1.0, name="a")
    with tf.colocate_with(a.op):
        b = tf.add(a, 1.0, name="b")
    session = tf.Session(config=tf.ConfigProto(device_count={"CPU": 2}))
    metadata = traced(session, b, **FULL)
    assert [d.device[-5:] for d in metadata.step_stats.dev_stats] == ["CPU:1"]


def test_variables_stay_with_their_assignments():
    with tf.device("/cpu:1"):
        v = counter(0.0)
    add = tf.assign_add(v, 1.0)
    session = tf.Session(config=tf.ConfigProto(device_count={"CPU": 2}))
    session.run(v.initializer)
    metadata = traced(session, add.op, **FULL)
    where = {
        n.node_name: d.device[-5:]
        for d in metadata.step_stats.dev_stats
        for n in d.node_stats
    }
    assert where[add.op.name] == "CPU:1"


# -- the program -----------------------------------------------------------------------


def test_program_is_readable_and_tied_to_lines(sess):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.add(x * 2.0, 1.0, name="y")  # the user's line
    lines = [line.strip() for line in sess.program(y, [x]).source.splitlines()]
    first = next(
        i for i, line in enumerate(lines) if line.startswith("mul = x * mul_y")
    )
    last = next(i for i, line in enumerate(lines) if line.startswith("y = mul + y_y"))
    assert lines[first].endswith("# mul: float32[?,2]")
    assert lines[last].endswith("# y: float32[?,2]")
    # Both nodes come from one line of the user's, which stands above them.
    assert lines[first - 1].startswith("# made at test_execution.py:")
    assert "the user's line" in lines[first - 1]
    assert not any("made at" in line for line in lines[first:last])


def test_a_variable_is_named_once_where_it_is_read(sess):
    v = tf.Variable(1.0, name="v")
    source = sess.program(v * 2.0, []).source
    assert source.count("v/read: float32[]") == 1
    assert source.count("v = tf.Variable(") == 1


def test_names_are_never_code(sess):
    evil = tf.constant(2.0, name="import.os")
    y = tf.multiply(evil, tf.placeholder_with_default(2.0, [], name="if"), name="class")
    program = sess.program(y)
    assert sess.run(y) == 4
    compile(program.source, "<test>", "exec")


def test_interrupt_leaves_the_session_usable(sess):
    def interrupt():
        raise KeyboardInterrupt

    t = tf.py_func(interrupt, [], tf.float32)
    with pytest.raises(KeyboardInterrupt):
        sess.run(t)
    assert sess.run(tf.constant(1)) == 1


def test_timeline(sess):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    stats = traced(sess, y, {x: [1, 2]}, **FULL).step_stats
    from interactive_graphs.display.timeline import Timeline

    trace = json.loads(Timeline(stats).generate_chrome_trace_format())
    names = [e["args"]["name"] for e in trace["traceEvents"] if e["ph"] == "X"]
    assert "y" in names
    assert len(names) == len(stats.dev_stats[0].node_stats)
