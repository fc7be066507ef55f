"""Histories: bounded, in order, newest kept."""

import threading

import numpy as np
import pytest

from interactive_graphs.debug.history import COLUMNS, History, Series, bytes_of
from interactive_graphs.display.health import health_of


def test_a_series_keeps_the_newest_steps_in_order():
    series = Series("x", 4)
    for step in range(0, 20, 2):
        series.add(step, health_of(np.float32(step)))
    assert series.steps.tolist() == [12, 14, 16, 18]
    assert series.column("mean").tolist() == [12.0, 14.0, 16.0, 18.0]
    assert len(series) == 4
    assert series.recorded == 10
    assert series.last.mean == 18.0


def test_a_series_does_not_grow():
    series = Series("x", 16)
    before = series._steps, series._table
    for step in range(100):
        series.add(step, health_of(np.zeros(3)))
    assert series._steps is before[0]
    assert series._table is before[1]


def test_the_same_step_again_replaces():
    series = Series("x", 4)
    series.add(1, health_of(np.float32(1)))
    series.add(1, health_of(np.float32(5)))
    assert series.column("mean").tolist() == [5.0]


def test_columns_are_shares_and_statistics():
    history = History()
    history.record("x", 3, np.array([0.0, -1.0, np.nan, np.inf]))
    steps, table = history["x"].rows()
    assert steps.tolist() == [3]
    row = dict(zip(COLUMNS, table[0].tolist(), strict=True))
    assert row == {
        "mean": -0.5, "std": 0.5, "min": -1.0, "max": 0.0, "zero": 0.25,
        "negative": 0.25, "positive": 0.0, "nan": 0.25, "inf": 0.25,
    }  # fmt: skip


def test_a_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="at least one step"):
        Series("x", 0)


def test_values_stay_within_the_budget():
    history = History(memory=1000)
    for step in range(50):
        history.record("a", step, np.full(10, step, np.float64))
        history.record("b", step, np.full(20, step, np.float32))
    assert history.nbytes == sum(
        history.value(name, step).nbytes
        for name in history
        for step in history.kept(name)
    )
    assert 840 < history.nbytes <= 1000
    assert history.kept("a")[-1] == history.kept("b")[-1] == 49
    # Statistics are remembered longer than values.
    assert len(history["a"]) == 50


def test_a_value_larger_than_the_budget_is_not_kept():
    history = History(memory=10)
    history.record("a", 1, np.zeros(1000))
    assert history.nbytes == 0
    with pytest.raises(
        LookupError, match="not kept; the history has room for 10 bytes"
    ):
        history.value("a", 1)


def test_values_are_found_by_step_or_the_last_before():
    history = History()
    for step in (2, 5, 9):
        history.record("a", step, np.float32(step))
    assert history.value("a", 5) == 5
    assert history.value("a", 8) == 5
    assert history.value("a", 100) == 9
    with pytest.raises(LookupError):
        history.value("a", 1)
    assert history.steps.tolist() == [2, 5, 9]


def test_what_nobody_can_change_is_not_copied():
    history = History()
    fixed, loose = np.ones(3), np.ones(3)
    fixed.flags.writeable = False
    history.record("fixed", 1, fixed)
    history.record("loose", 1, loose)
    loose[:] = 7
    assert history.value("fixed", 1) is fixed
    assert history.value("loose", 1).tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        history.value("loose", 1)[0] = 2


def test_without_a_budget_no_value_is_kept():
    history = History(memory=0)
    history.record("a", 1, np.zeros(3))
    assert history.kept("a") == []


def test_unknown_names_say_what_is_known():
    history = History()
    history.record("loss:0", 1, 2.0)
    with pytest.raises(LookupError, match="'los'; recorded: loss:0"):
        history["los"]
    assert "loss:0" in history
    assert "los" not in history


def test_strings_weigh_what_their_text_does():
    assert bytes_of(np.array([b"a" * 100], object)) == 108


def test_clearing_forgets_everything():
    history = History()
    history.record("a", 1, np.zeros(3))
    history.clear()
    assert (len(history), history.nbytes, history.steps.size) == (0, 0, 0)


def test_one_thread_reads_while_another_records():
    history = History(capacity=32)
    history.record("a", 0, 0.0)
    stop = threading.Event()

    def read():
        while not stop.is_set():
            steps, table = history["a"].rows()
            # Of one moment: each row belongs to its step.
            torn.extend(steps[steps != table[:, 0]])

    torn = []
    reader = threading.Thread(target=read)
    reader.start()
    for step in range(3000):
        history.record("a", step, float(step))
    stop.set()
    reader.join()
    assert torn == []
