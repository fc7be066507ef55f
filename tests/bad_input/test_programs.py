"""Bad input to what programs are made of: the exact type of error and its words.

A case is a function of an open session. What fails when it runs also names the node and
the line that made it, and the session still runs afterwards.
"""

import pytest

import interactive_graphs as tf
from tests.bad_input import control_flow, input, models, recurrent, saving

AREAS = (control_flow, recurrent, input, models, saving)
CASES = {name: (area, *case) for area in AREAS for name, case in area.CASES.items()}


def test_there_are_enough_cases():
    assert sum(len(area.CASES) for area in AREAS) == len(CASES) >= 160


def is_made_by_a_case(op, area):
    """Whether a line of the case's file made this operation."""
    return any(frame[0] == area.__file__ for frame in op.traceback)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "_"))
def test_bad_input(case, tmp_path, monkeypatch):
    area, action, kind, words = CASES[case]
    monkeypatch.chdir(tmp_path)
    ok = tf.constant(1.0, name="ok")
    sess = tf.Session()
    with pytest.raises(kind) as error:
        action(sess)
    text = str(error.value)
    assert words in text
    op = getattr(error.value, "op", None)
    if op is not None:
        assert type(error.value) is kind
        assert f"[[{{{{node {op.name}}}}}]]" in text
        assert f"Caused by op '{op.name}', defined at:" in text
        assert is_made_by_a_case(op, area)
        assert area.__file__ in text
    assert sess.run(ok) == 1.0
    assert sess.run(tf.constant(2.0) + ok) == 3.0
