"""How many cores may be kept busy."""

import os

import pytest

from interactive_graphs._util import cores


def test_quotas_of_containers_count(tmp_path):
    assert cores._quota(tmp_path) > 1000
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cores._quota(tmp_path) > 1000
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    assert cores._quota(tmp_path) == 2
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cores._quota(tmp_path) > 1000
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("400000\n")
    assert cores._quota(tmp_path) == 4


@pytest.mark.parametrize(
    ("said", "expected"),
    [("", 8), ("1", 1), ("3,2", 3), ("100", 8), ("0", 8), ("-2", 8), ("many", 8)],
)
def test_what_the_user_says_counts(said, expected, monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, said)
    monkeypatch.setattr(cores, "_allowed", lambda: 8)
    monkeypatch.setattr(cores, "_quota", lambda _: 1 << 20)
    assert cores.usable_cores() == expected


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="not on Linux")
def test_affinity_counts():
    assert cores._allowed() == len(os.sched_getaffinity(0))
