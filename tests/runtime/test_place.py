"""Where operations go, why, and where they would go in another session."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.runtime import place

CPU = "/job:localhost/replica:0/task:0/device:CPU:{}"
GPU = "/job:localhost/replica:0/task:0/device:GPU:{}"
SOFT = tf.ConfigProto(allow_soft_placement=True)
TWO = tf.ConfigProto(device_count={"CPU": 2})


def by_name(placements):
    return {p.op.name: p for p in placements}


def variable_on(device):
    with tf.device(device):
        return tf.Variable(1.0, name="v")


def test_a_placement_says_what_was_asked_possible_chosen_and_why():
    with tf.device("/cpu:1"):
        tf.constant(1.0, name="asked")
    tf.constant(1.0, name="free")
    with tf.Session(config=TWO) as sess:
        found = by_name(sess.placements())
    both = (CPU.format(0), CPU.format(1))
    assert found["asked"][1:6] == (
        "/device:CPU:1",
        CPU.format(1),
        "as asked",
        place.ASKED,
        both,
    )
    assert found["free"].chosen == CPU.format(0)
    assert found["free"].why == place.DEFAULT
    assert found["free"].possible == both
    assert found["free"].asked == found["free"].group == ""


def test_who_must_be_together_says_with_whom():
    variable_on("/cpu:1")
    with tf.Session(config=TWO) as sess:
        found = by_name(sess.placements())
    members = [name for name, p in found.items() if p.group == "v"]
    assert members == ["v", "v/Assign", "v/read"]
    assert found["v"].why == place.ASKED
    assert found["v/Assign"].why == place.COLOCATED
    assert found["v/Assign"].reason == "colocated with v"
    assert {found[name].chosen for name in members} == {CPU.format(1)}


def test_a_group_that_grows_after_a_run_is_in_the_log_of_its_first():
    v = variable_on("")
    with tf.Session() as sess:
        first = sess.placements()
        with tf.colocate_with(v.initial_value.op):
            tf.constant(1.0, name="late")
        found = by_name(sess.placements())
    assert by_name(first)["v/initial_value"].group == ""
    assert found["v/initial_value"].group == "v/initial_value"
    assert found["late"].reason == "colocated with v/initial_value"


@pytest.mark.parametrize(
    ("devices", "why", "words"),
    [
        (["/cpu:0"], place.SOFT, "/device:GPU:0 is not there: soft placement"),
        (
            ["/cpu:0", "/gpu:0"],
            place.NO_KERNEL,
            "/device:GPU:0 has no kernel for it: soft placement",
        ),
    ],
)
def test_soft_placement_says_what_was_missing(devices, why, words):
    variable_on("/gpu:0")
    found = by_name(tf.Session().placements(SOFT, devices))
    assert (found["v"].why, found["v"].reason) == (why, words)
    assert found["v"].chosen == CPU.format(0)
    assert found["v/Assign"].reason == (
        "colocated with v, so not on /device:GPU:0: soft placement"
    )


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        (["/cpu:0"], "Make sure the device specification refers to a valid device."),
        (
            ["/cpu:0", "/gpu:0"],
            "Could not satisfy explicit device specification '/device:GPU:0' because "
            "no supported kernel for GPU devices is available.",
        ),
    ],
)
def test_what_has_no_place_is_in_the_log_with_its_error(devices, words):
    variable_on("/gpu:0")
    free = tf.constant(1.0, name="free")
    sess = tf.Session()
    found = by_name(sess.placements(devices=devices))
    assert found["v"].why == found["v/read"].why == place.FAILS
    assert found["v"].chosen == ""
    assert found["v"].possible == (CPU.format(0),)
    assert found["v"].reason.endswith(words)
    assert found["v/read"].reason == "colocated with v, which has no device"
    assert found["free"].chosen == CPU.format(0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
        sess.run(free)


def test_a_session_that_cannot_run_says_so_in_its_own_log():
    variable_on("/gpu:0")
    assert by_name(tf.Session().placements())["v"].why == place.FAILS


def clashing():
    """`b` must be where `a` is, and each asks for a device of its own."""
    with tf.device("/cpu:0"):
        a = tf.constant(1.0, name="a")
    with tf.device("/cpu:1"):
        b = tf.identity(a, name="b")
    b.op.attrs["_class"] = (b"loc:@a",)
    return b


def test_a_clash_within_a_group_fails_for_both():
    b = clashing()
    sess = tf.Session(config=TWO)
    found = by_name(sess.placements())
    assert found["a"].group == found["b"].group == "a"
    assert found["a"].why == found["b"].why == place.FAILS
    assert found["a"].reason.startswith("Cannot colocate nodes 'a' and 'b'")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot colocate nodes"):
        sess.run(b)


def test_soft_placement_lets_the_first_of_a_group_decide():
    clashing()
    soft = tf.ConfigProto(device_count={"CPU": 2}, allow_soft_placement=True)
    found = by_name(tf.Session().placements(soft))
    assert found["a"].chosen == found["b"].chosen == CPU.format(0)
    assert found["b"].why == place.COLOCATED


def test_a_trial_leaves_the_session_as_it_was():
    v = variable_on("/cpu:0")
    with tf.Session() as sess:
        sess.run(v.initializer)
        before = sess.placements()
        trial = by_name(sess.placements(TWO, ["/gpu:1", "/cpu:0", "/cpu:3"]))
        assert trial["v"].possible == (CPU.format(0), CPU.format(3))
        assert sess.placements() == before
        assert sess.run(v) == 1.0
        assert [d.name for d in sess.list_devices()] == [CPU.format(0)]


def test_where_no_device_has_a_kernel_nothing_goes():
    tf.constant(1.0, name="c")
    found = by_name(tf.Session().placements(devices=["/gpu:0"]))
    assert found["c"].reason == (
        "Cannot assign a device for operation 'c': No device here has a kernel for "
        "'Const'."
    )
    assert found["c"].possible == ()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"config": 3}, TypeError),
        ({"devices": ["/job:worker"]}, ValueError),
        ({"devices": ["/cpu:x"]}, ValueError),
        ({"devices": []}, ValueError),
    ],
)
def test_placements_refuses_what_is_no_session(arguments, error):
    tf.constant(1.0)
    with pytest.raises(error):
        tf.Session().placements(**arguments)


def test_what_has_not_run_is_on_trial_where_pruned_graphs_are_placed():
    config = tf.ConfigProto(graph_options=tf.GraphOptions(place_pruned_graph=True))
    a = tf.constant(1.0, name="a")
    with tf.device("/gpu:7"):
        tf.constant(1.0, name="far")
    with tf.Session(config=config) as sess:
        sess.run(a)
        found = by_name(sess.placements())
    assert found["a"].why == place.DEFAULT
    assert found["far"].why == place.FAILS
