"""Watching: what runs compute is recorded, and nothing else happens."""

import gc
import weakref

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.debug.pace import Pace
from interactive_graphs.debug.watch import resolved, watch
from interactive_graphs.debug.when import ValueTest, split


@pytest.fixture
def session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def counter():
    """A variable, and what adds one to it."""
    count = tf.Variable(0.0, name="count")
    return count, count.assign_add(1.0, name="up")


def means(watched, name):
    return watched.history[name].column("mean").tolist()


def test_tensors_and_variables_are_recorded_step_by_step(session):
    count, up = counter()
    doubled = tf.multiply(up, 2.0, name="doubled")
    session.run(count.initializer)
    with watch(session, [doubled, count]) as watched:
        for _ in range(3):
            session.run(doubled)
    assert means(watched, "doubled:0") == [2, 4, 6]
    assert means(watched, "count") == [1, 2, 3]
    assert watched.history["count"].steps.tolist() == [1, 2, 3]
    assert watched.history.value("count", 2) == 2
    session.run(doubled)
    assert len(watched.history["count"]) == 3  # closed


def test_what_a_run_does_not_compute_is_not_recorded_nor_computed(session):
    x = tf.placeholder(tf.float32, [], name="x")
    calls = []
    noted = tf.py_func(lambda v: calls.append(v) or v, [x], tf.float32)
    other = tf.negative(x, name="other")
    with watch(session, [noted, other]) as watched:
        session.run(other, {x: 1.0})
    assert calls == []
    assert list(watched.history) == ["other:0"]


def test_feeds_are_recorded_as_copies(session):
    x = tf.placeholder(tf.float32, [2], name="x")
    y = x * 2.0
    fed = np.array([1.0, 3.0], np.float32)
    with watch(session, x) as watched:
        session.run(y, {x: fed})
        fed[:] = 100
        session.run(y, {x: [5, 7]})
    assert means(watched, "x:0") == [2, 6]
    assert watched.history.value("x:0", 1).tolist() == [1, 3]


def test_a_variable_that_does_not_change_is_recorded_once(session):
    count, up = counter()
    session.run(count.initializer)
    read = tf.identity(count)
    with watch(session, "count") as watched:
        for fetch in (read, read, up, read):
            session.run(fetch)
    assert watched.history["count"].steps.tolist() == [1, 3]


def test_every_so_many_steps(session):
    count, up = counter()
    session.run(count.initializer)
    with watch(session, up, every=3) as watched:
        for _ in range(8):
            session.run(up)
    assert means(watched, "up:0") == [1, 4, 7]


def test_a_share_of_the_time_is_kept(session):
    count, up = counter()
    session.run(count.initializer)
    with watch(session, up, share=1e-9) as watched:
        for _ in range(20):
            session.run(up)
    assert means(watched, "up:0") == [1]  # the next would be due in a second


def test_values_are_the_same_with_and_without(session):
    x = tf.placeholder(tf.float32, [4], name="x")
    y = tf.reduce_sum(tf.sin(x) * tf.constant(2.0), name="y")
    fed = {x: [1, 2, 3, 4]}
    before = session.run(y, fed)
    with watch(session, ["x", y, "Sin:0"]):
        during = session.run(y, fed)
    assert before == during == session.run(y, fed)


def test_the_last_iteration_of_a_loop_is_recorded(session):
    body = []

    def step(i):
        body.append(tf.add(i, 1, name="next"))
        return body[-1]

    last = tf.while_loop(lambda i: i < 5, step, [0])
    with watch(session, body[0]) as watched:
        session.run(last)
    assert means(watched, body[0].name) == [5]


def test_a_run_that_fails_is_recorded(session):
    x = tf.placeholder(tf.float32, [], name="x")
    root = tf.log(x, name="root")
    checked = tf.check_numerics(root, "bad")
    with watch(session, root, when="nan") as watched:
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(checked, {x: -1.0})
        session.run(checked, {x: 1.0})
    assert [str(alert) for alert in watched.alerts] == ["step 1: root:0 is NaN"]
    assert watched.history["root:0"].column("nan").tolist() == [1, 0]


def test_alerts_tell_when_something_begins(session):
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.identity(x, name="y")
    told = []
    with watch(session, y, when="bad", on_alert=told.append) as watched:
        for value in ([1], [np.nan, 1, 1], [np.nan, 1, 1], [2], [np.inf]):
            session.run(y, {x: value})
    assert told == list(watched.alerts)
    assert [(a.step, a.words) for a in told] == [
        (2, "has 1 NaN elements"),
        (5, "is infinite"),
    ]


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("> 5", [1.0, 5.0, 5.5], "is greater than 5: 5.5"),
        ("<0", [[1.0], [2.0, -0.5]], "is less than 0: -0.5"),
        ("> 5", [1.0, np.inf], "is greater than 5: inf"),
        ("< -1e3", [0.0, -np.inf], "is less than -1000: -inf"),
        ("changed", [1.0, 1.0, 2.0], "changed"),
        ("NaN", [1.0, np.nan], "is NaN"),
        ("inf", [np.nan, -np.inf], "is infinite"),
        ("above 5", [5.0, [9.0, 1.0]], "is greater than 5: 9.0"),
    ],
)
def test_conditions(session, text, values, words):
    x = tf.placeholder(tf.float32, None, name="x")
    y = tf.identity(x, name="y")
    with watch(session, y, when=text) as watched:
        for value in values:
            session.run(y, {x: value})
    (alert,) = watched.alerts
    assert (alert.step, alert.words) == (len(values), words)


def test_nan_is_no_change_of_nan():
    changed = ValueTest.of("changed")
    value, other = np.array([np.nan, 1]), np.array([np.nan, 1])
    assert changed(value, None, other) == ""
    assert changed(value, None, np.array([0.0, 1])) == "changed"
    strings = np.array([b"a", b"b"], object)
    assert changed(strings, None, np.array([b"a", b"b"], object)) == ""
    assert changed(strings, None, np.array([b"a", b"c"], object)) == "changed"


@pytest.mark.parametrize("text", ["", "> much", "nann", "> 1 2", "__import__('os')"])
def test_what_is_no_condition_says_what_there_is(text):
    with pytest.raises(ValueError, match="is no condition. There are: nan, inf, bad"):
        ValueTest.of(text)


@pytest.mark.parametrize(
    "text", ["nan", "inf", "bad", "changed", "> 5", "< -0.5", "> inf"]
)
def test_a_test_is_written_as_it_is_read(text):
    assert str(ValueTest.of(text)) == text
    assert split(f"a/b {text}") == ("a/b", ValueTest.of(text))


def test_magnitudes_of_complex_numbers_are_compared():
    assert ValueTest.of("> 4")(np.array([3 + 4j])) == "is greater than 4: 5.0"
    assert not ValueTest.of("> 5")(np.array([3 + 4j]))
    assert not ValueTest.of("> 0")(np.array([b"text"], object))


def test_one_bad_element_of_many_is_found():
    value = np.ones((1 << 20) + 7, np.float32)
    value[54321] = np.nan
    for text, words in (("nan", "has 1 NaN elements"), ("bad", "has 1 NaN elements")):
        assert ValueTest.of(text)(value) == words
    assert not ValueTest.of("inf")(value)


def test_a_condition_may_be_a_function(session):
    count, up = counter()
    session.run(count.initializer)

    def even(value, health, before):
        return "is even" if value % 2 == 0 else ""

    with watch(session, up, when=even) as watched:
        for _ in range(4):
            session.run(up)
    assert [a.step for a in watched.alerts] == [2, 4]


def test_names_stand_for_what_they_name(session):
    count, up = counter()
    resource = tf.get_variable("shared", [], use_resource=True)
    names = [w.name for w in resolved(session.graph, ["count", up, up.op, resource])]
    assert names == ["count", "up:0", "shared"]
    assert [w.name for w in resolved(session.graph, count)] == ["count"]
    assert resolved(session.graph, resource)[0].variable is resource.op


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ("nobody", ValueError, "nobody"),
        ([], ValueError, "nothing to watch"),
        (3, TypeError, "convert a int"),
        ("nothing", ValueError, "gives no value"),
    ],
)
def test_what_cannot_be_watched(session, asked, error, words):
    tf.no_op(name="nothing")
    with pytest.raises(error, match=words):
        watch(session, asked)


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"share": 0.0}, {"share": 2.0}, {"when": "soon"}]
)
def test_arguments_are_checked(session, wrong):
    c = tf.constant(1.0)
    with pytest.raises(ValueError, match="every|share|condition"):
        watch(session, c, **wrong)


def test_a_tensor_of_another_graph_is_refused(session):
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    with pytest.raises(ValueError, match="not an element of this graph"):
        watch(session, other)


def test_a_closed_session_is_refused():
    with tf.Graph().as_default():
        c = tf.constant(1.0)
        session = tf.Session()
        session.close()
        with pytest.raises(RuntimeError, match="closed"):
            watch(session, c)


def test_closing_frees_everything(session):
    count, up = counter()
    session.run(count.initializer)
    plain = session._programs
    watched = watch(session, [count, up])
    session.run(up)
    watched.close()
    watched.close()
    assert session._programs is plain
    gone = weakref.ref(watched.history)
    del watched
    gc.collect()
    assert gone() is None


def test_the_table_reads_well(session):
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.identity(x, name="y")
    with watch(session, [y, "x"], when="nan") as watched:
        assert "not computed yet" in repr(watched)
        session.run(y, {x: np.nan})
        assert repr(watched).splitlines() == [
            "watching 2 tensors; step 1: x:0 is NaN",
            "name  step  value  health",
            "y:0   1     nan    100 % NaN",
            "x:0   1     nan    100 % NaN",
        ]
        assert "<table>" in watched._repr_mimebundle_()["text/html"]
    assert repr(watched).startswith("watched 2 tensors")


def test_a_pace_leaves_time_for_others(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("interactive_graphs.debug.pace.perf_counter", lambda: now[0])
    pace = Pace(rate=10.0, share=0.25)
    with pace:
        now[0] = 0.01
    now[0] = 0.099
    assert not pace.is_due()  # ten times a second
    now[0] = 0.1
    assert pace.is_due()
    with pace:
        now[0] = 0.2  # a tenth of a second for looking
    now[0] = 0.49
    assert not pace.is_due()  # so three tenths for others
    now[0] = 0.51
    assert pace.is_due()
