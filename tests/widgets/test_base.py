"""What every view does: answers questions, holds news back, shows itself without one."""

import gc
import weakref

import pytest
import traitlets

from interactive_graphs.widgets import base


class Sent(base.View):
    """A view whose messages stay here."""

    _view = traitlets.Unicode("graph").tag(sync=True)

    def __init__(self, **traits):
        self.sent = []
        super().__init__(**traits)

    def send(self, content, buffers=None):
        self.sent.append((content, buffers))


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(base.time, "monotonic", lambda: now[0])
    return now


def ask(view, **content):
    view._handle_custom_msg(content, [])
    return view.sent[-1]


def test_a_question_gets_its_number_back():
    view = Sent()
    view.on_ask("frame", lambda question: {"frame": question["key"] * 2})
    view.on_ask("values", lambda _: ({"shape": [2]}, [b"12"]))
    reply, buffers = ask(view, ask="frame", key="ab", number=7)
    assert reply == {"answer": "frame", "number": 7, "frame": "abab"}
    assert buffers == []
    reply, buffers = ask(view, ask="values", number=8)
    assert reply == {"answer": "values", "number": 8, "shape": [2]}
    assert buffers == [b"12"]


def test_a_failing_or_unknown_question_is_answered_with_words():
    view = Sent()
    view.on_ask("frame", lambda _: {}["no such scope"])
    assert ask(view, ask="frame", number=1)[0]["error"] == "'no such scope'"
    reply, _ = ask(view, ask="weather", number=2)
    assert reply["error"] == "Sent does not answer 'weather'."
    view._handle_custom_msg("no question", [])
    assert len(view.sent) == 2


def test_what_nobody_sees_is_not_sent():
    view = Sent()
    view.say("values", {"a": 1})
    view.flush()
    assert view.sent == []


def test_of_much_news_the_newest_is_sent(clock):
    view = Sent(visible=True)
    for number in range(5):
        view.say("values", {"n": number})
    view.say("health", {"n": 10})
    assert view.sent == [
        ({"n": 0, "kind": "values"}, []),
        ({"n": 10, "kind": "health"}, []),
    ]
    view.flush()
    assert view.sent[2:] == [({"n": 4, "kind": "values"}, [])]
    clock[0] += 1.0
    view.say("values", {"n": 6}, [b"x"])
    view.flush()
    assert view.sent[3:] == [({"n": 6, "kind": "values"}, [b"x"])]


def test_it_shows_itself_in_words_where_there_are_no_widgets():
    view = Sent()
    bundle = view._repr_mimebundle_()
    assert bundle["text/plain"] == "Sent"
    assert "application/vnd.jupyter.widget-view+json" in bundle

    class Broken(Sent):
        def fallback(self):
            raise RuntimeError("no")

    with pytest.warns(
        UserWarning, match=r"No picture of a Broken: RuntimeError\('no'\)"
    ):
        assert Broken()._repr_mimebundle_()["text/plain"] == "Broken"


def test_a_closed_view_leaves_nothing():
    view = Sent()
    view.on_ask("frame", lambda _: {})
    view.close()
    gone = weakref.ref(view)
    del view
    gc.collect()
    assert gone() is None
