"""`%trace`, `%%trace` and `%devices` in a shell of this process."""

from __future__ import annotations

import json

import pytest

from tests.magics.test_extension import refused, run

MODEL = """
x = tf.placeholder(tf.float32, [2], name='x')
with tf.name_scope('layer'):
    v = tf.Variable([1.0, 2.0], name='v')
    y = tf.multiply(x, v, name='y')
loss = tf.reduce_sum(y, name='loss')
v.initializer.run()
"""


@pytest.fixture
def model(shell):
    run(shell, MODEL)
    return shell


def test_trace_runs_an_expression_and_shows_where_the_time_went(model):
    found = run(model, "%trace -n 3 -f {x:[1,2]} loss")
    assert [run.title for run in found.runs] == ["loss:0"] * 3
    text = repr(found)
    assert text.startswith("3 runs, 4 operations: ")
    assert "layer/y" in text
    bundle = found._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "<img alt=" in bundle["text/html"]


def test_trace_adds_up_otherwise_and_saves(model, tmp_path):
    table = run(model, "%trace -b scope -f {x:[1,2]} loss")
    assert {row[0] for row in table.rows} == {"layer/", "loss", "Const"}
    path = tmp_path / "trace with space.json"
    words = run(model, f"%trace -f {{x:[1,2]}} -o '{path}' loss")
    assert repr(words) == f"Written to {path}"
    assert json.loads(path.read_text())["otherData"] == {"runs": 1}


def test_a_traced_cell_shows_all_its_runs_of_all_sessions(model, capsys):
    run(
        model,
        "%%trace\nfor step in range(2):\n    loss.eval({x: [1, 2]})\n"
        "with tf.Session() as other:\n    other.run(v.initializer)\n'done'",
    )
    out = capsys.readouterr().out
    assert "done" in out
    assert "3 runs, 6 operations" in out
    found = model.user_ns["_"]
    assert [run.title for run in found.runs] == ["loss:0"] * 2 + ["layer/v/Assign"]
    run(model, "loss.eval({x: [1, 2]})")
    assert len(found) == 3


def test_a_traced_cell_that_fails_shows_its_error_and_its_runs(model, capsys):
    model.run_cell("%%trace\nloss.eval({x: [1, 2]})\n1 / 0\n")
    out = capsys.readouterr().out
    assert out.index("ZeroDivisionError") < out.index("1 run, 4 operations")


def test_trace_shows_the_live_timeline_when_asked(model):
    view = run(model, "%trace -i -f {x:[1,2]} loss")
    assert view._view == "timeline"
    assert view._repr_mimebundle_()["text/plain"] == "Timeline of 1 run, 4 operations"
    view.close()


def test_devices_lists_devices_and_placements(model):
    report = run(model, "%devices")
    devices, log = report.tables
    assert devices.caption == "1 device"
    rows = {row[0]: row for row in log.rows}
    assert rows["layer/v/Assign"][5] == "colocated with layer/v"
    assert "loss" in rows
    assert "loss" not in repr(run(model, "%devices y"))
    (_, log) = run(model, "%devices --only colocated").tables
    assert {row[0] for row in log.rows} == {"layer/v/Assign", "layer/v/read"}


def test_devices_of_an_empty_graph(shell):
    assert [t.caption for t in run(shell, "%devices").tables] == ["1 device"]


def test_devices_tells_what_would_change(model):
    run(model, "with tf.device('/cpu:1'): far = tf.negative(y, name='far')")
    here = repr(run(model, "%devices far --only far"))
    assert "nowhere" in here
    assert "explicitly assigned to /device:CPU:1" in here
    there = run(model, "%devices --cpus 2 far").tables[1]
    assert there.caption == "Of 5 operations 1 would work, 4 would not change"
    for line in ("--soft", "--on /cpu:0,/cpu:1", "--config tf.ConfigProto("
                 "allow_soft_placement=True)"):  # fmt: skip
        assert "would work" in repr(run(model, f"%devices {line}"))
    view = run(model, "%devices -i --soft --only far far")
    assert view.words == "far"
    assert view.changes["changes"]["far"][0] == "works"
    assert len(view.log["name"]) == 5
    view.close()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%trace", "%trace needs what to run"),
        ("%trace nothing", "NameError"),
        ("%trace loss", "You must feed a value"),
        ("%trace -b colour loss", "invalid choice"),
        ("%trace -o x.xyz v.initializer", "the endings are"),
        ("%%trace loss\n1", "an expression has no place"),
        ("%devices nothing", "NameError"),
        ("%devices --on /job:x", "says no type"),
        ("%devices --config 3", "must be a tf.ConfigProto"),
    ],
)
def test_mistakes_are_told_in_a_line(model, capsys, line, words):
    assert words in refused(model, line, capsys)


def test_they_explain_themselves(shell):
    for name in ("%trace", "%%trace", "%devices"):
        assert "Examples:" in shell.object_inspect(name)["docstring"]
