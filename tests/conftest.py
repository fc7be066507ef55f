"""Fixtures of every test: a fresh default graph, fixed seeds, nothing left behind."""

import doctest
import logging
import os
import traceback
import types
from collections.abc import Iterator

import hypothesis
import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.client import targets
from interactive_graphs.framework.stacks import default_sessions

# How long an example takes is for the machine to say; tests time out, examples do not.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def fresh_graph() -> Iterator[None]:
    """Starts each test with an empty default graph and the same random numbers."""
    np.random.seed(20180709)  # noqa: NPY002 - py_func tests use the global one
    tf.reset_default_graph()
    yield
    tf.reset_default_graph()


@pytest.fixture(autouse=True)
def what_all_share(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keeps what is the whole process's as it was before the test.

    `Session.reset("")` closes the test's own sessions and nobody else's; an
    InteractiveSession that is not closed and `tf.logging.set_verbosity` end with it.
    """
    monkeypatch.setattr(targets, "live_sessions", targets.LiveSessions())
    monkeypatch.setattr(default_sessions, "items", [])
    logger = logging.getLogger("tensorflow")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.fixture(scope="session", autouse=True)
def folders_of_their_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Keeps kernels and inputs of the tests out of the user's own cache and history.

    Tests that run beside these would lock the history, too, of which IPython warns.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        if "INTERACTIVE_GRAPHS_CACHE" not in os.environ:
            folder = tmp_path_factory.mktemp("machine-code")
            patch.setenv("INTERACTIVE_GRAPHS_CACHE", str(folder))
        yield


@pytest.fixture(params=["/cpu:0"])
def device(request: pytest.FixtureRequest) -> str:
    """Each device that ops are tested on."""
    return str(request.param)


@pytest.fixture(scope="session", autouse=True)
def doctests_see_no_notes() -> Iterator[None]:
    """Lets examples expect an error's text without the notes that follow it.

    Before Python 3.11.4 doctest takes the last line for the text, and that is a note.
    """

    def without_notes(*args: object) -> list[str]:
        lines = traceback.format_exception_only(*args)
        notes = getattr(args[-1], "__notes__", ())
        return lines[: len(lines) - sum(len(n.split("\n")) for n in notes)]

    shim = types.SimpleNamespace(**vars(traceback))
    shim.format_exception_only = without_notes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctest, "traceback", shim)
        yield
