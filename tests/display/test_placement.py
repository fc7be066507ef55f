"""The log of placements, and what changes under another config."""

from __future__ import annotations

import pytest

import interactive_graphs as tf
from interactive_graphs.display.placement import (
    PlacementChanges,
    PlacementLog,
    compare,
    crossings,
)

SOFT = tf.ConfigProto(allow_soft_placement=True, device_count={"CPU": 2})
HARD = tf.ConfigProto(device_count={"CPU": 2})


@pytest.fixture
def sess():
    with tf.device("/gpu:0"):
        v = tf.Variable(1.0, name="v")
    with tf.device("/cpu:1"):
        far = tf.add(v, 1.0, name="far")
    tf.negative(far, name="near")
    return tf.Session(config=SOFT)


def test_the_log_says_what_is_where_and_what_goes_between(sess):
    log = PlacementLog(sess.placements())
    assert log.summary == (
        "Placement: 7 operations, 5 on CPU:0, 2 on CPU:1; "
        "2 tensors from one device to another"
    )
    rows = {row[0]: row for row in log.table().rows}
    assert rows["far"][1:] == (
        "Add", "/device:CPU:1", "CPU:0, CPU:1", "CPU:1", "as asked",
    )  # fmt: skip
    assert rows["v"][5] == "/device:GPU:0 is not there: soft placement"
    # What did not get what it asked for comes first.
    assert log.table().rows[0][0] == "v/initial_value"
    assert log.table(2).rows[-1][0] == "and 5 more"
    assert repr(log) == log.table().text


def test_the_log_can_be_filtered(sess):
    log = PlacementLog(sess.placements())
    assert [p.op.name for p in log.only("CPU:1").placements] == ["far", "far/y"][::-1]
    assert [p.op.name for p in log.only("soft V variable").placements] == ["v"]
    assert log.only("colocated").placements[0].group == "v"
    assert log.only("nothing so named").summary.endswith("0 operations")


def test_a_tensor_is_sent_once_to_each_device(sess):
    with tf.device("/cpu:1"):
        tf.sin(tf.get_default_graph().get_tensor_by_name("v/read:0"))
    assert crossings(sess.placements()) == 2


def test_colours_by_device(sess):
    log = PlacementLog(sess.placements())
    overlay = log.overlay(["near", "far", "unknown"])
    assert overlay["kind"] == "category"
    assert overlay["values"] == ["CPU:0", "CPU:1", None]
    failing = PlacementLog(sess.placements(HARD))
    assert failing.overlay(["v"])["values"] == ["nowhere"]


def test_what_would_change(sess):
    now = sess.placements()
    changes = compare(now, sess.placements(HARD))
    assert {c.name: c.kind for c in changes} == {
        "v/initial_value": "fails", "v": "fails", "v/Assign": "fails",
        "v/read": "fails",
    }  # fmt: skip
    one = tf.ConfigProto(allow_soft_placement=True)
    moved = PlacementChanges(now, sess.placements(one))
    assert moved.summary == ("Of 7 operations 2 would move, 5 would not change")
    assert moved.changes[-1][:5] == ("far", "Add", "moves", "CPU:1", "CPU:0")
    back = PlacementChanges(sess.placements(HARD), now)
    assert {c.kind for c in back.changes} == {"works"}
    same = PlacementChanges(now, now)
    assert same.changes == []
    assert same.table().text == "Of 7 operations 7 would not change"


def test_the_same_place_for_another_reason(sess):
    gpu = sess.placements(SOFT, ["/gpu:0", "/cpu:0", "/cpu:1"])
    changes = PlacementChanges(sess.placements(), gpu)
    (v,) = (c for c in changes.changes if c.name == "v")
    assert (v.kind, v.reason) == (
        "reason",
        "/device:GPU:0 has no kernel for it: soft placement",
    )
    assert "would stay for another reason" in changes.summary


def test_errors_are_short_in_tables_and_first(sess):
    table = PlacementChanges(sess.placements(), sess.placements(HARD)).table(1)
    assert table.rows[0][:5] == (
        "v/initial_value",
        "Const",
        "fails",
        "CPU:0",
        "nowhere",
    )
    assert table.rows[0][5].startswith("explicitly assigned to /device:GPU:0 but")
    assert table.rows[1][0] == "and 3 more"


def test_columns_for_the_browser(sess):
    data = PlacementLog(sess.placements()).to_json()
    assert {len(v) for k, v in data.items() if isinstance(v, list)} == {7}
    assert data["possible"][0] == ["CPU:0", "CPU:1"]
    changes = PlacementChanges(sess.placements(), sess.placements(HARD)).to_json()
    assert changes["changes"]["v"][:3] == ["fails", "CPU:0", "nowhere"]


def test_names_are_data():
    tf.constant(1.0, name="n")
    (p,) = tf.Session().placements()
    hostile = p._replace(reason="<img src=x onerror=alert(1)>\n\x00")
    html = PlacementLog([hostile]).table().html
    assert "<img" not in html
    assert "\x00" not in html
