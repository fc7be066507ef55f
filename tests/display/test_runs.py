"""Runs as data: lanes, memory, costs; what is read from TensorFlow's own messages."""

from __future__ import annotations

import pytest

from interactive_graphs import protos
from interactive_graphs.display.runs import (
    Node,
    RunTrace,
    Slice,
    cost_table,
    costs,
    flows,
    lanes,
    memory,
    peak,
    size_text,
    time_text,
)
from interactive_graphs.display.step_stats import read_run

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
GPU = "/job:localhost/replica:0/task:0/device:GPU:0"


def piece(name, start, took, inputs=(), buffers=(), device=CPU, type="Add"):
    return Slice(Node(name, type, device, tuple(inputs)), start, took, (), buffers)


def run(*slices, took=100.0):
    return RunTrace(1, "y", 1000.0, took, list(slices))


def test_slices_that_overlap_lie_in_lanes():
    found = lanes(
        run(
            piece("a", 0, 10),
            piece("b", 5, 10),
            piece("c", 10, 2),
            piece("d", 5, 1, device=GPU),
            piece("e", 14, 5),
            piece("f", 16, 5),
        )
    )
    assert found == [0, 1, 0, 0, 0, 1]


def test_flows_lead_from_the_latest_turn():
    found = flows(
        run(piece("a", 0, 1), piece("b", 1, 1, ["a", "^z"]), piece("a", 2, 1, ["^b"]),
            piece("b", 3, 1, ["a"]))
    )  # fmt: skip
    assert found == [(0, 1), (1, 2), (2, 3)]


def test_memory_lasts_until_the_last_that_takes_it():
    track = memory(
        run(
            piece("a", 0, 10, buffers=((1, 100),)),
            piece("view", 10, 5, ["a"], buffers=((1, 100),)),
            piece("b", 20, 10, ["view"], buffers=((2, 50),)),
            piece("nobodys", 40, 10, buffers=((3, 7),)),
        )
    )
    assert track == [(0, 100), (20, 150), (30, 0), (40, 7), (50, 0)]
    assert peak(run()) == 0


def test_costs_add_up():
    one = run(piece("s/a", 0, 30), piece("s/b", 30, 10, type="Mul"), piece("c", 50, 20))
    two = run(piece("s/a", 0, 40, buffers=((1, 8), (2, 8))))
    found = costs([one, two])
    assert [(c.key, c.times, c.total, c.mean, c.share) for c in found] == [
        ("s/a", 2, 70, 35, 0.7),
        ("c", 1, 20, 20, 0.2),
        ("s/b", 1, 10, 10, 0.1),
    ]
    assert found[0].bytes == 16
    assert [c.key for c in costs([one], "scope")] == ["s/", "c"]
    assert [c.key for c in costs([one], "type")] == ["Add", "Mul"]
    assert [c.key for c in costs([one], "device")] == [CPU]
    with pytest.raises(ValueError, match="op, type, scope, device"):
        costs([one], "colour")


def test_a_gpus_streams_are_not_counted_twice():
    both = run(piece("a", 0, 10), piece("a", 5, 10, device="/gpu:0/stream:all"))
    assert [c.total for c in costs([both])] == [10]
    assert both.busy == 10


def test_the_table_says_where_the_time_went():
    table = cost_table([run(piece("a", 0, 60), piece("b", 60, 20), piece("c", 80, 20))],
                       top=1)  # fmt: skip
    assert table.text.splitlines() == [
        "1 run, 3 operations: 100 us, 100.0 % of it in operations",
        "op        type  runs  total  mean   share   gives",
        "a         Add   1     60 us  60 us  60.0 %",
        "2 others        2     40 us         40.0 %",
    ]
    assert cost_table([]).text == "No runs were traced"
    assert cost_table([run(piece("a", 0, 60))], "type").headings[1] == "runs"


def test_names_are_data_in_tables():
    table = cost_table([run(piece("<script>\n\x00", 0, 1))])
    assert "<script> \\x00" in table.text
    assert "<script>" not in table.html


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.4, "0.4 us"), (12.6, "13 us"), (3400, "3.4 ms"), (56_000, "56 ms"),
     (1.2e6, "1.20 s")],
)  # fmt: skip
def test_times_in_words(value, words):
    assert time_text(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(784, "784 B"), (3136, "3.1 KiB"), (5 * 2**20, "5.0 MiB"), (2**50, "1024.0 TiB")],
)
def test_sizes_in_words(value, words):
    assert size_text(value) == words


def real_step_stats():
    """What TensorFlow 2.21 says of a step: `(x @ w).relu().sum()`."""
    stats = protos.StepStats()
    device = stats.dev_stats.add(device=CPU)
    rows = [
        ("_SOURCE", "_SOURCE = NoOp()", 0, 1, 0, 0),
        ("x", "_arg_x_0_0 = _Arg()", 10, 20, 12, 0),
        ("w", "w = VariableV2()", 50, 6, 48, 700),
        ("w/read", "w/read = Identity(w)", 57, 2, 48, 700),
        ("m", "m = _MklMatMul(_arg_x_0_0, w/read)", 61, 7572, 16, 900),
        ("y", "[1 MB] y = Relu(m:0, ^w/read)", 7643, 17, 16, 900),
        ("loss", "loss = Sum(y)", 7662, 336, 4, 901),
        ("_retval_loss_0_0", "_retval_loss_0_0 = _Retval(loss)", 8001, 3, 0, 0),
    ]
    for name, label, start, took, size, address in rows:
        node = device.node_stats.add(
            node_name=name,
            timeline_label=label,
            all_start_micros=1_700_000_000_000_000 + start,
            all_end_rel_micros=took,
        )
        if size:
            described = node.output.add().tensor_description
            described.dtype = 1
            described.shape.dim.add(size=size // 4)
            described.allocation_description.requested_bytes = size
            described.allocation_description.ptr = address
    return stats


def test_tensorflows_own_messages_are_read():
    found = read_run(real_step_stats(), 3)
    assert (found.number, found.title, found.took) == (3, "loss", 8004.0)
    assert found.began == 1_700_000_000.0
    by_name = {p.node.name: p for p in found.slices}
    assert "_SOURCE" not in by_name
    assert by_name["y"].node == Node("y", "Relu", CPU, ("m", "^w/read"))
    assert by_name["m"].outputs == ("float32 (4,)",)
    # The variable was there before; the Relu wrote into what the product made.
    assert by_name["w/read"].buffers == ()
    assert by_name["y"].buffers == by_name["m"].buffers != ()
    assert peak(found) == 20


def test_a_stream_of_a_gpu_is_read():
    stats = protos.StepStats()
    device = stats.dev_stats.add(device="/gpu:0/stream:all")
    device.node_stats.add(node_name="m", timeline_label="m:MatMul")
    device.node_stats.add(node_name="odd", timeline_label="something else")
    types = [(p.node.name, p.node.type) for p in read_run(stats).slices]
    assert types == [("m", "MatMul"), ("odd", "unknown")]


def test_an_empty_message_is_an_empty_run():
    found = read_run(protos.RunMetadata())
    assert (found.slices, found.took, found.title) == ([], 0.0, "targets")
