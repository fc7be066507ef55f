"""LAPACK's functions, kept to one thread where that is wiser."""

import numpy as np
import pytest

from interactive_graphs._util import blas_threads
from interactive_graphs.kernels.cpu import lapack


@pytest.mark.parametrize(("side", "times"), [(3, 0), (33, 1), (1024, 0)])
def test_middling_sizes_hold_blas_to_one_thread(monkeypatch, side, times):
    events = []
    monkeypatch.setattr(blas_threads, "hold", lambda x: events.append(("hold", x)))
    monkeypatch.setattr(blas_threads, "let_go", lambda x: events.append(("let go", x)))
    lapack.call(lambda x: events.append(("call", None)), np.eye(side))
    assert [what for what, _ in events] == ["hold"] * times + ["call"] + [
        "let go"
    ] * times
    assert len({holder for what, holder in events if what != "call"}) == times


def test_an_error_lets_go(monkeypatch):
    held = set()
    monkeypatch.setattr(blas_threads, "hold", held.add)
    monkeypatch.setattr(blas_threads, "let_go", held.remove)
    with pytest.raises(np.linalg.LinAlgError):
        lapack.call(np.linalg.inv, np.zeros((40, 40)))
    assert not held


def test_short_floats_are_made_longer_and_others_left():
    x = np.full((2, 2), 2, np.float16) + np.eye(2, dtype=np.float16)
    assert lapack.call(np.linalg.det, x) == pytest.approx(5)
    assert lapack.wide(x).dtype == np.float32
    for other in (x.astype(np.float32), x.astype(np.complex128), "reduced", True):
        assert lapack.wide(other) is other
