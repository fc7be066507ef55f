"""Traces that chrome://tracing and Perfetto can read: the fields each event needs."""

from __future__ import annotations

import json

from interactive_graphs.display.chrome import chrome_trace
from interactive_graphs.display.runs import Node, RunTrace, Slice

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
GPU = "/job:localhost/replica:0/task:0/device:GPU:0"

# Phase: fields besides ph, name, pid, tid and ts.
FIELDS = {
    "M": {"args": dict},
    "X": {"dur": (int, float), "cat": str, "args": dict},
    "s": {"id": str, "cat": str},
    "f": {"id": str, "cat": str, "bp": str},
    "C": {"args": dict, "cat": str},
}


def two_runs():
    a = Node("s/a", "MatMul", GPU, ("x",))
    b = Node("b", "Add", CPU, ("s/a", "^x"))
    slices = [
        Slice(a, 1.0, 10.0, ("float32 (2,)",), ((1, 8),)),
        Slice(b, 12.0, 3.0, (), ((2, 4),)),
        Slice(a, 12.0, 5.0, (), ()),
    ]
    return [
        RunTrace(1, "b:0", 1000.0, 20.0, slices),
        RunTrace(2, "b:0", 1000.5, 20.0, slices, error="ValueError: no"),
    ]


def events(phase=None):
    trace = json.loads(json.dumps(chrome_trace(two_runs()), allow_nan=False))
    return [e for e in trace["traceEvents"] if phase in (None, e["ph"])]


def test_every_event_has_the_fields_of_its_phase():
    seen = set()
    for event in events():
        seen.add(event["ph"])
        assert isinstance(event["name"], str)
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        assert isinstance(event["ts"], (int, float))
        assert event["ts"] >= 0
        for field, kind in FIELDS[event["ph"]].items():
            assert isinstance(event[field], kind), (event, field)
    assert seen == set(FIELDS)


def test_every_track_is_named_and_runs_come_first():
    names = {(e["pid"], e["tid"], e["name"]): e["args"] for e in events("M")}
    used = {(e["pid"], e["tid"]) for e in events("X")}
    for pid, tid in used:
        assert (pid, tid, "thread_name") in names
        assert (pid, 0, "process_name") in names
    assert names[1, 0, "process_name"] == {"name": "Runs"}
    assert names[2, 0, "process_name"] == {"name": CPU}
    order = [a["sort_index"] for (_, _, n), a in names.items() if "sort" in n]
    assert order == sorted(order)


def test_runs_keep_their_place_in_time():
    first, second = (e for e in events("X") if e["cat"] == "run")
    assert (first["ts"], second["ts"]) == (0, 500_000)
    assert first["name"] == "run 1: b:0"
    assert second["args"]["error"] == "ValueError: no"
    for run in (first, second):
        inside = [e for e in events("X") if e["args"].get("run") == run["args"]["run"]]
        for event in inside:
            assert run["ts"] <= event["ts"]
            assert event["ts"] + event["dur"] <= run["ts"] + run["dur"]


def test_slices_of_a_track_do_not_overlap():
    ends = {}
    for event in sorted(events("X"), key=lambda e: e["ts"]):
        track = event["pid"], event["tid"]
        assert event["ts"] >= ends.get(track, 0)
        ends[track] = event["ts"] + event["dur"]


def test_arrows_begin_and_end_inside_of_slices():
    starts = {e["id"]: e for e in events("s")}
    ends = {e["id"]: e for e in events("f")}
    assert starts.keys() == ends.keys()
    assert len(starts) == 2
    for arrow in (*starts.values(), *ends.values()):
        assert any(
            (e["pid"], e["tid"]) == (arrow["pid"], arrow["tid"])
            and e["ts"] <= arrow["ts"] <= e["ts"] + e["dur"]
            for e in events("X")
        )
    assert all(starts[i]["ts"] <= ends[i]["ts"] for i in starts)


def test_memory_is_a_counter_that_ends_at_nothing():
    counted = [e["args"]["bytes"] for e in events("C")]
    assert counted[-1] == 0
    assert max(counted) == 12


def test_an_operation_says_what_it_took_and_gave():
    (event,) = (e for e in events("X") if e["name"] == "MatMul" and e["dur"] == 10
                and e["args"]["run"] == 1)  # fmt: skip
    assert event["args"] == {
        "name": "s/a", "op": "MatMul", "run": 1, "input0": "x",
        "output0": "float32 (2,)",
    }  # fmt: skip


def test_no_runs_make_a_trace_as_well():
    trace = chrome_trace([])
    assert trace["otherData"] == {"runs": 0}
    assert {e["ph"] for e in trace["traceEvents"]} == {"M"}
