"""What all live views have in common: a script each, questions, throttled news.

A view is an anywidget: its small state is traits, its bulk is messages. The browser
asks (`on_ask`), Python answers; Python tells (`say`), at most 60 times a second and the
newest only, and nothing while nobody can see the view. Read next: `graph_view.py`.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

STATIC: Final = Path(__file__).parent / "static"
RATE: Final = 60.0
"""Most news of one kind in a second; more is dropped by Jupyter's server."""

Buffers = Sequence[bytes | memoryview]
Answer = dict[str, Any] | tuple[dict[str, Any], Buffers]


class View(anywidget.AnyWidget):
    """A live view.

    Attributes:
        selected: name of the operation or scope that is pointed at. Every view has it,
            so that `ipywidgets.jslink((a, "selected"), (b, "selected"))` links two.
        visible: whether somebody can see it; the browser says so.
    """

    _view = traitlets.Unicode().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    visible = traitlets.Bool(default_value=False).tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Gives a class that names its `_view` that view's script and style.

        As text: to a path anywidget ties a watcher that keeps every widget alive.
        """
        super().__init_subclass__(**options)
        view = cls.__dict__.get("_view")
        if view is not None:
            name = view.default_value
            cls._esm = (STATIC / f"{name}.js").read_text(encoding="utf-8")
            cls._css = (STATIC / f"{name}.css").read_text(encoding="utf-8")

    def __init__(self, **traits: Any) -> None:
        """A view that nobody sees yet."""
        super().__init__(**traits)
        self._answers: dict[str, Callable[[dict[str, Any]], Answer]] = {}
        self._news = _News(self.send)
        self.on_msg(self._receive)
        _answer_while_busy(self)

    # -- questions ---------------------------------------------------------------------

    def on_ask(self, what: str, answer: Callable[[dict[str, Any]], Answer]) -> None:
        """Answer the browser's `{ask: what, ...}`.

        Args:
            what: the kind of question.
            answer: takes the question, returns the answer's fields, or these and binary
                buffers. An exception goes to the browser as its message.
        """
        self._answers[what] = answer

    def _receive(self, _: Any, content: Any, __: Any) -> None:
        if not isinstance(content, dict) or "ask" not in content:
            return
        what = content["ask"]
        reply: dict[str, Any] = {"answer": what, "number": content.get("number")}
        buffers: Buffers = ()
        answer = self._answers.get(what)
        if answer is None:
            reply["error"] = f"{type(self).__name__} does not answer {what!r}."
        else:
            try:
                found = answer(content)
            except Exception as error:  # the browser shows it; the kernel goes on
                reply["error"] = str(error) or type(error).__name__
            else:
                fields, buffers = found if isinstance(found, tuple) else (found, ())
                reply |= fields
        self.send(reply, list(buffers))

    # -- news --------------------------------------------------------------------------

    def say(self, kind: str, content: dict[str, Any], buffers: Buffers = ()) -> None:
        """Tell the browser, unless nobody looks; of much news of a kind, the newest.

        Args:
            kind: what it is about; the message's field `kind`.
            content: the other fields.
            buffers: binary data.
        """
        if self.visible:
            self._news.say(kind, content, buffers)

    def flush(self) -> None:
        """Send what `say` holds back: at a pause, and at the end of a cell."""
        self._news.flush()

    def close(self) -> None:
        """Take the view off the page and let go of what it holds."""
        if "_news" in self.__dict__:  # not where making the view failed
            self._news.drop()
            self._answers.clear()
        super().close()

    # -- what is shown where widgets are not -------------------------------------------

    def fallback(self) -> dict[str, Any]:
        """Static forms by mime type; at least text/plain, the same in every run."""
        return {"text/plain": type(self).__name__}

    def _repr_mimebundle_(self, **_: Any) -> Any:
        bundle: dict[str, Any] = {"text/plain": type(self).__name__}
        try:
            bundle = self.fallback()
        except Exception as error:  # a display never breaks the user's cell
            warnings.warn(
                f"No picture of a {type(self).__name__}: {error!r}", stacklevel=2
            )
        widget = {"version_major": 2, "version_minor": 1, "model_id": self._model_id}
        if self._view_name is not None:
            bundle = {"application/vnd.jupyter.widget-view+json": widget, **bundle}
        return bundle


class _News:
    """Holds back news of a kind that comes too soon after the last."""

    def __init__(self, send: Callable[[dict[str, Any], list[Any]], None]) -> None:
        self._send = send
        self._waiting: dict[str, tuple[dict[str, Any], Buffers]] = {}
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def say(self, kind: str, content: dict[str, Any], buffers: Buffers) -> None:
        now = time.monotonic()
        with self._lock:
            if now - self._last.get(kind, 0.0) < 1.0 / RATE:
                self._waiting[kind] = (content, buffers)
                return
            self._waiting.pop(kind, None)
            self._last[kind] = now
        self._send({**content, "kind": kind}, list(buffers))

    def flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            now = time.monotonic()
            self._last |= dict.fromkeys(waiting, now)
        for kind, (content, buffers) in waiting.items():
            self._send({**content, "kind": kind}, list(buffers))

    def drop(self) -> None:
        with self._lock:
            self._waiting.clear()


def _answer_while_busy(view: View) -> None:
    """Lets messages of the browser through while a cell runs.

    JupyterLab sends a widget's messages to a thread of their own. ipykernel 7.4 hands
    them back to the loop that last used the widget, which the running cell blocks; and
    handling one there would fire the events around a cell (matplotlib would close the
    cell's figures). Both names are private, so without them nothing is changed; see
    https://github.com/ipython/ipykernel/pull/1564.
    """
    comm: Any = view.comm
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _, default: default
    if hasattr(comm, "_msg_callback"):

        def handle(message: Any) -> Any:
            callback = comm._msg_callback
            return callback(message) if callback else None

        comm.handle_msg = handle
