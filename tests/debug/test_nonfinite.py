"""The first NaN is found where it was made: forward, backward, in loops, in training."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.debug.nonfinite import first_nonfinite, is_finite, state_of
from interactive_graphs.debug.nonfinite_watch import NonFiniteError, watch_nonfinite


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as made:
        yield made


def node_by_node():
    return tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=60_000))


def test_states_of_values():
    assert state_of(np.float32([1, 2])) == 0
    assert state_of(np.float32(np.inf)) == 1
    assert state_of(np.array([np.inf, np.nan])) == 2
    assert state_of(np.complex64(complex(0, np.nan))) == 2
    assert state_of(np.array([b"nan"], object)) == 0
    assert state_of(None) == 0


@pytest.mark.parametrize(
    "value",
    [
        np.float32([3e38, 3e38]),  # whose sum is infinite
        np.float32([np.inf, -np.inf]),
        np.float32([[1, np.nan]]),
        np.zeros((0, 3), np.float32),
        np.int32(3),
    ],
)
def test_the_quick_check_agrees(value):
    assert is_finite(value) == (state_of(value) == 0)


def test_the_first_operation_is_named_with_what_it_took(session):
    x = tf.placeholder(tf.float32, [3], name="x")
    with tf.name_scope("loss"):
        logs = tf.log(x, name="log")
        total = tf.reduce_sum(logs * 2.0, name="total")
    report = first_nonfinite(session, total, {x: [1, 0, 2]})
    assert report.op is logs.op
    assert report.state == "inf"
    assert [met.tensor for met in report.inputs] == [x]
    assert report.inputs[0].words == "[1.0, 0.0, 2.0]"
    assert report.place == "first at [1] (1 such of 3): x 0.0 → -inf"
    assert [op.name for op in report.path] == ["loss/log", "loss/mul", "loss/total"]
    assert 'logs = tf.log(x, name="log")' in report.line
    assert "logits" in report.hint


def test_finite_steps_have_nothing_to_report(session):
    x = tf.placeholder(tf.float32, [3], name="x")
    report = first_nonfinite(session, tf.exp(x), {x: [1, 0, 2]})
    assert not report
    assert repr(report) == "All values were finite (1 operation ran)."
    with pytest.raises(ValueError, match="nothing to draw"):
        _ = report.picture


def test_an_infinity_that_becomes_a_nan_is_traced_to_the_infinity(session):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.multiply(tf.reciprocal(x, name="inverse"), 0.0, name="y")
    assert first_nonfinite(session, y, {x: 0.0}).op.name == "inverse"


def test_a_mask_of_infinities_is_meant(session):
    mask = tf.constant([0.0, -np.inf], name="mask")
    x = tf.placeholder(tf.float32, [2], name="x")
    masked = tf.add(x, mask, name="masked")
    assert not first_nonfinite(session, tf.nn.softmax(masked), {x: [1, 2]})
    report = first_nonfinite(session, tf.subtract(masked, mask, name="d"), {x: [1, 2]})
    assert (report.op.name, report.state) == ("d", "NaN")


def test_what_is_selected_away_is_told_as_harmless(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    safe = tf.where(x > 0, tf.log(x, name="log"), tf.zeros_like(x))
    report = first_nonfinite(session, safe, {x: [0, 1]})
    assert report.op.name == "log"
    assert not report.reaches
    assert "did not get as far" in report.text


def test_the_gradient_of_what_was_selected_away_is_found(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    log = tf.log(x, name="log")
    safe = tf.where(x > 0, log, tf.zeros_like(x))
    report = first_nonfinite(session, tf.gradients(safe, x), {x: [0, 1]})
    assert report.op.type == "Reciprocal"
    assert report.gradient_of is log.op
    assert "in the gradient of: log (Log)" in report.text
    assert report.reaches


@pytest.mark.parametrize("make", [tf.Session, node_by_node])
def test_the_iteration_of_a_loop_is_told(make):
    with tf.Graph().as_default(), make() as session:
        x = tf.placeholder(tf.float32, [], name="x")
        _, y = tf.while_loop(
            lambda i, _: i < 5, lambda i, a: (i + 1, tf.log(a - 1.0)), [0, x]
        )
        report = first_nonfinite(session, y, {x: 9.0})
    assert (report.op.name, report.state) == ("while/Log", "NaN")
    assert report.where == "iteration 2 of loop 'while'"
    assert report.path[-1].name == "while/Exit_1"


def test_what_came_in_from_outside_is_said(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    fed = first_nonfinite(session, tf.exp(x), {x: [np.nan, 0]})
    assert (fed.source, fed.headline) == ("fed", "x was fed a NaN.")
    v = tf.Variable(np.float32(np.nan), name="v")
    session.run(v.initializer)
    held = first_nonfinite(session, v * 2.0)
    assert held.source == "variable"
    assert "A variable held a NaN" in held.headline
    assert "watch_nonfinite" in held.hint


def test_a_step_that_check_numerics_ends_is_explained(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    index = tf.placeholder(tf.int32, [])
    checked = tf.check_numerics(tf.sqrt(x, name="root"), "no root")
    report = first_nonfinite(session, checked, {x: [-1, 1]})
    assert report.op.name == "root"
    assert "no root" in report.failure
    with pytest.raises(errors.InvalidArgumentError):
        first_nonfinite(session, tf.gather(x, index), {x: [1, 1], index: 5})


def test_looking_changes_no_variable(session):
    v = tf.Variable([1.0, -1.0], name="v")
    train = tf.train.GradientDescentOptimizer(1.0).minimize(tf.reduce_sum(tf.sqrt(v)))
    session.run(v.initializer)
    report = first_nonfinite(session, train)
    assert report
    assert report.path[-1].type == "ApplyGradientDescent"
    np.testing.assert_array_equal(session.run(v), [1, -1])
    first_nonfinite(session, train, restore=False)
    assert np.isnan(session.run(v)).any()


def test_the_picture_shows_the_node_what_it_took_and_the_path(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(tf.log(tf.subtract(x, 1.0, name="below"), name="log"), name="sum")
    tf.exp(y, name="elsewhere")
    scene = first_nonfinite(session, y, {x: [1, 2]}).picture.scene
    lines = {box.key: box.lines for box in scene.boxes()}
    assert set(lines) == {"x", "below", "log", "sum"}
    assert "[0.0, 1.0]" in lines["below"]
    words = {box.key: box.shade and box.shade.text for box in scene.boxes()}
    assert words == {
        "x": None,
        "below": None,
        "log": "first inf",
        "sum": "not finite",
    }
    assert [box.key for box in scene.boxes() if box.asked] == ["log"]


def test_values_and_names_are_text_on_the_page(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    report = first_nonfinite(session, tf.log(x, name="a.-b"), {x: [0, 1]})
    assert "→" in report.html
    assert "<script" not in report.html
    assert report._repr_mimebundle_()["text/plain"] == report.text


# -- watching a training ---------------------------------------------------------------


def diverging(rate=0.4):
    """A loss that grows until it overflows, with dropout in it."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 3]), name="w")
    h = tf.nn.dropout(tf.matmul(x, w), 0.5, seed=1, name="dropout")
    loss = tf.reduce_mean(tf.square(h, name="square"), name="loss")
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss)
    return x, w, train


def test_training_stops_at_the_first_bad_step_with_the_state_before(session):
    x, w, train = diverging()
    session.run(tf.global_variables_initializer())
    feed = {x: np.full((4, 3), 2.0)}
    held = []

    def steps():
        while True:
            held.append(session.run(w))
            session.run(train, feed)

    with watch_nonfinite(session) as watch, pytest.raises(NonFiniteError) as caught:
        steps()
    failure = caught.value.failure
    assert watch.failure is failure
    assert failure.report.op.name == "loss"
    assert "made the first inf" in str(caught.value)
    assert failure.report.step == failure.number == watch.steps == 2 * len(held)
    np.testing.assert_array_equal(session.run(w), held[-1])
    assert list(failure.feed_dict) == [x]


def test_a_step_is_played_again_exactly(session):
    x, w, train = diverging()
    session.run(tf.global_variables_initializer())
    with watch_nonfinite(session, on="report") as watch:
        while watch.failure is None:
            session.run(train, {x: np.full((4, 3), 2.0)})
    after = session.run(w)
    taken = watch.failure.report.inputs[0].value
    again = watch.failure.replay()
    np.testing.assert_array_equal(again.inputs[0].value, taken)  # dropout and all
    np.testing.assert_array_equal(session.run(w), after)
    watch.failure.restore()
    assert np.isfinite(session.run(w)).all()


def test_a_queue_is_not_asked_twice(session):
    queue = tf.FIFOQueue(4, [tf.float32], [[]])
    logs = tf.log(queue.dequeue(), name="log")
    fill = queue.enqueue_many(tf.constant([1.0, 0.0, 5.0]))
    session.run(fill)
    with watch_nonfinite(session, on="report") as watch:
        session.run(logs)
        session.run(logs)
    assert watch.failure.number == 2
    assert watch.failure.report.op.name == "log"
    assert session.run(queue.size()) == 1


def test_random_numbers_in_a_loop_are_the_same_again(session):
    _, y = tf.while_loop(
        lambda i, _: i < 4,
        lambda i, a: (i + 1, a + tf.random_normal([], name="r")),
        [0, 0.0],
    )
    bad = tf.log(-tf.square(y, name="square"), name="log")
    with watch_nonfinite(session, on="report") as watch:
        session.run(bad)
    first = watch.failure.report.inputs[0].value
    assert watch.failure.replay().inputs[0].value == first


def test_good_steps_and_other_errors_pass(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.reduce_sum(tf.exp(x) + tf.constant([-np.inf, 0.0]) * 0.0 + 1.0)
    good = tf.reduce_sum(tf.exp(x))
    index = tf.placeholder(tf.int32, [])
    seen = []
    with watch_nonfinite(session, say=seen.append) as watch:
        session.run(good, {x: [1, 2]})
        with pytest.raises(errors.InvalidArgumentError):
            session.run(tf.gather(x, index), {x: [1, 2], index: 5})
        assert watch.failure is None
        with pytest.raises(NonFiniteError):
            session.run(y, {x: [1, 2]})
    assert [report.op.name for report in seen] == ["mul"]
    session.run(y, {x: [1, 2]})  # nobody watches any more


def test_only_raise_and_report_are_known(session):
    with pytest.raises(ValueError, match="not 'stop'"):
        watch_nonfinite(session, on="stop")
