"""Fixtures of every test: a fresh default graph, fixed seeds, a device."""

from collections.abc import Iterator

import numpy as np
import pytest

import interactive_graphs as tf


@pytest.fixture(autouse=True)
def fresh_graph() -> Iterator[None]:
    """Starts each test with an empty default graph and the same random numbers."""
    np.random.seed(20180709)  # noqa: NPY002 - py_func tests use the global one
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


@pytest.fixture(params=["/cpu:0"])
def device(request: pytest.FixtureRequest) -> str:
    """Each device that ops are tested on."""
    return str(request.param)
