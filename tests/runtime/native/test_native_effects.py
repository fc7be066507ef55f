"""What others see of a native step: variables whole, errors in TF1's words, effects."""

import threading

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from tests.runtime.native.programs import both, close, put_back, references, variables

SIZE = 5000


def held(sess):
    """The variables' resources by name."""
    resources = sess._engine.state.resources.of_kind("variable")
    return {name: found for _, name, found in resources}


def counter():
    """A variable that a step adds to, and the step's programs."""
    v = tf.Variable(tf.zeros([SIZE]), name="v")
    x = tf.placeholder(tf.float32, [SIZE])
    more = tf.assign_add(v, tf.sqrt(x * x) * 1.0 + 0.0, name="more")
    sess = tf.Session()
    sess.run(v.initializer)
    return sess, v, both(sess, [more.op], {x: np.ones(SIZE, np.float32)})


def test_a_variable_changes_where_it_lies():
    sess, _, pair = counter()
    pair.made.run(pair.values)
    found = held(sess)["v"]
    before = found.value
    here = before.ctypes.data
    del before
    for _ in range(3):
        pair.made.run(pair.values)
    assert found.value.ctypes.data == here
    assert found.value[0] == 4
    assert not found.value.flags.writeable


def test_who_holds_an_old_value_keeps_it():
    sess, _, pair = counter()
    pair.made.run(pair.values)
    old = held(sess)["v"].value
    assert references(old) == 2
    pair.made.run(pair.values)
    assert old[0] == 1
    assert held(sess)["v"].value[0] == 2


def test_a_fetched_variable_is_the_users_own():
    v = tf.Variable(tf.zeros([SIZE]), name="v")
    with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]) * 2.0)]):
        after = v.read_value()
    result = tf.tanh(after) * 2.0 + 1.0
    sess = tf.Session()
    sess.run(v.initializer)
    pair = both(sess, [after, result])
    first = pair.made.run(())[0]
    pair.made.run(())
    assert first[0] == 2
    first[:] = 7
    assert held(sess)["v"].value[0] == 4


def test_what_was_read_before_a_change_stays():
    v = tf.Variable(np.arange(SIZE, dtype=np.float32), name="v")
    before = tf.identity(v)
    with tf.control_dependencies([before]):
        change = tf.assign_add(v, tf.ones([SIZE]))
    with tf.control_dependencies([change]):
        late = tf.sqrt(before + 1.0) * 2.0
    sess = tf.Session()
    sess.run(v.initializer)
    pair = both(sess, [before, late, change.op])
    begin = variables(sess)
    results = []
    for run in (pair.numpy.run, pair.made.run):
        put_back(sess, begin)
        results.append(run(()))
        assert held(sess)["v"].value[0] == 1
    close(*results)
    assert results[1][0][0] == 0


def test_two_threads_lose_no_change():
    sess, _, pair = counter()

    def work():
        for _ in range(200):
            pair.made.run(pair.values)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.all(held(sess)["v"].value == 600)


def test_a_change_is_seen_whole():
    sess, v, pair = counter()
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append(sess.run(v))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(300):
        pair.made.run(pair.values)
    done.set()
    reader.join()
    assert all(np.all(value == value[0]) for value in seen)


def test_the_value_comes_back_from_an_interrupt(monkeypatch):
    sess, _, pair = counter()
    pair.made.run(pair.values)
    found = held(sess)["v"]
    here = pair.made.run.__globals__["free"]

    def interrupted(*arrays):
        assert found.value is None
        raise KeyboardInterrupt

    instance = here.pop()
    here.append((interrupted, *instance[1:]))
    with pytest.raises(KeyboardInterrupt):
        pair.made.run(pair.values)
    assert found.value[0] == 1
    with found.lock:
        pass


def test_an_uninitialised_variable_is_told_as_ever():
    v = tf.Variable(tf.zeros([SIZE]), name="v")
    result = tf.reduce_sum(tf.tanh(v) * 2.0 + 1.0)
    sess = tf.Session()
    sess.run(v.initializer)
    pair = both(sess, [result])
    held(sess)["v"].value = None
    with pytest.raises(errors.FailedPreconditionError, match="uninitialized value v"):
        pair.made.run(())


def labelled():
    x = tf.placeholder(tf.float32, [4, 3])
    labels = tf.placeholder(tf.int32, [4])
    w = tf.Variable(tf.ones([3, 3]), name="w")
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=tf.matmul(x, w), name="entropy"
        )
    )
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    sess = tf.Session()
    sess.run(w.initializer)
    values = np.ones([4, 3], np.float32), np.zeros(4, np.int32)
    feed = dict(zip((x, labels), values, strict=True))
    return sess, both(sess, [train, loss], feed)


def test_a_label_out_of_range_is_refused_before_anything_changes():
    sess, pair = labelled()
    before = variables(sess)
    bad = np.array([0, 1, 7, 2], np.int32)
    with pytest.raises(Exception) as caught:
        pair.made.run((pair.values[0], bad))
    seen = pair.made.blame(caught.value)
    assert isinstance(seen, errors.InvalidArgumentError)
    assert "Received a label value of 7" in seen.message
    assert seen.op.name.startswith("entropy")
    close(before.values(), variables(sess).values())
    close(pair.numpy.run(pair.values)[1:], pair.made.run(pair.values)[1:], 1)


def test_an_index_out_of_range_is_refused():
    table = tf.Variable(np.arange(40, dtype=np.float32).reshape(10, 4), name="table")
    ids = tf.placeholder(tf.int32, [5])
    result = tf.reduce_sum(tf.tanh(tf.gather(table, ids, name="rows")) * 2.0)
    sess = tf.Session()
    sess.run(table.initializer)
    pair = both(sess, [result], {ids: np.arange(5, dtype=np.int32)})
    with pytest.raises(Exception) as caught:
        pair.made.run((np.array([1, 2, 10, 3, 4], np.int32),))
    seen = pair.made.blame(caught.value)
    assert isinstance(seen, errors.InvalidArgumentError)
    assert "rows" in str(seen)
    close(pair.numpy.run(pair.values), pair.made.run(pair.values))


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x.astype(np.float64),
        lambda x: x.tolist(),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.concatenate([x, x]),
        lambda x: x[:0],
        lambda x: np.frombuffer(b"x" + x.tobytes(), "V1", offset=1).view(np.float32)
        .reshape(x.shape),
    ],
    ids="double list fortran strided longer empty unaligned".split(),
)  # fmt: skip
def test_other_feeds_give_what_numpy_gives(other):
    x = tf.placeholder(tf.float32, [None, 8])
    result = tf.reduce_sum(tf.tanh(x) * tf.exp(x) + 1.0, axis=1)
    sess = tf.Session()
    values = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    pair = both(sess, [result], {x: values})
    given = other(values)
    close(pair.numpy.run((given,)), pair.made.run((given,)))


def test_lines_and_native_parts_take_turns():
    said = []
    x = tf.placeholder(tf.float32, [16])
    first = tf.sqrt(tf.exp(x) * 2.0 + 1.0)

    def look(values):
        said.append(values.copy())
        return values * 2

    seen = tf.py_func(look, [first], tf.float32)
    seen.set_shape([16])
    result = tf.reduce_sum(tf.tanh(seen) * first + 1.0)
    sess = tf.Session()
    pair = both(sess, [result], {x: np.arange(16, dtype=np.float32)})
    close(pair.numpy.run(pair.values), pair.made.run(pair.values))
    assert len(said) == 2
    np.testing.assert_allclose(said[0], said[1], rtol=1e-6)


def test_what_a_check_refuses_changes_nothing():
    v = tf.Variable(tf.zeros([SIZE]), name="v")
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.assert_positive(x)]):
        step = tf.identity(x) * 2.0
    change = tf.assign_add(v, tf.sqrt(tf.tanh(tf.ones([SIZE]) * step) + 3.0))
    sess = tf.Session()
    sess.run(v.initializer)
    pair = both(sess, [change.op], {x: np.float32(1)})
    with pytest.raises(errors.InvalidArgumentError):
        pair.made.run((np.float32(-1),))
    assert held(sess)["v"].value[0] == 0
    pair.made.run((np.float32(1),))
    assert held(sess)["v"].value[0] == pytest.approx(np.sqrt(np.tanh(2) + 3))


def test_random_numbers_are_the_same_in_both_tiers():
    x = tf.placeholder(tf.float32, [100])
    result = tf.reduce_sum(tf.exp(tf.nn.dropout(tf.tanh(x), 0.5, seed=3)) + x)
    values = np.linspace(-1, 1, 100).astype(np.float32)
    sums = []
    for tier in ("numpy", "made"):
        sess = tf.Session()
        pair = both(sess, [result], {x: values})
        sums.append([getattr(pair, tier).run(pair.values)[0] for _ in range(3)])
    close(sums[0], sums[1])


def test_the_text_names_the_kernels_and_their_nodes():
    x = tf.placeholder(tf.float32, [64, 64], name="x")
    result = tf.nn.relu(tf.matmul(x, x, name="product") + 1.0, name="rectified")
    pair = both(tf.Session(), [result], {x: np.eye(64, dtype=np.float32)})
    program = pair.made
    assert "# gemm_64x64x64_add_relu: product, add, rectified" in program.source
    (ops,) = program.several.values()
    assert [op.name for op in ops] == ["product", "add", "rectified"]
    assert "define" in program.kernels[0].text


def test_little_is_left_to_python():
    x = tf.placeholder(tf.float32, [3])
    pair = both(tf.Session(), [x + 1.0], {x: np.zeros(3, np.float32)})
    assert pair.native is None
