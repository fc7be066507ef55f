"""The step debugger's widget: a run's buttons, keys, values and breakpoints.

    StepperView(session.debug(loss, {x: batch}))    # one run
    StepperView(session)                            # whatever stops at a breakpoint
    StepperView(session, graph=graph.widget())      # ... and shows it on the graph

What a button does, `debug.prompt` does with the same word, and so do magics. A command
runs in a thread of its own, so that Pause is always heard. Read next: `timeline.py`.
"""

from __future__ import annotations

import contextlib
import contextvars
import html
import threading
from collections.abc import Callable
from typing import Any, Final

import traitlets

from interactive_graphs._util import lazy
from interactive_graphs.debug.gate import Gate, gate_of
from interactive_graphs.debug.prompt import answer
from interactive_graphs.debug.standing import describe, shown, snapshot
from interactive_graphs.debug.stepper import Stepper
from interactive_graphs.display.health import LIMIT, health_of
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.follow import mark_of
from interactive_graphs.widgets.graph_view import GraphView

COMMANDS: Final = frozenset(
    {"step", "over", "out", "cont", "until", "stop", "inject", "break", "remove"}
)
PATIENCE: Final = 3.0
"""Seconds in which a front end must answer a ping."""
BETWEEN: Final = 0.25
"""Seconds between two pings."""
MARKED: Final = 60
"""How many of the nodes that ran show their value on the graph."""
HEIGHT: Final = 340
"""Of a graph above the debugger, in pixels: both are to be seen at once."""
COMPLETIONS: Final = 30


class StepperView(View):
    """A run under the debugger.

    Args:
        what: a `Stepper`, or a session whose breakpoints are waited for.
        graph: a graph view that shows where the run stands, and its values.

    Attributes:
        state: what is shown, see `debug.standing.snapshot`; {} while there is no run.
        note: what the last command said, or what was wrong with it.
        busy: whether a command is running.
        stepper: the run.
    """

    _view = traitlets.Unicode("stepper").tag(sync=True)
    state: Any = traitlets.Dict().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, what: Any, graph: Any = None, **traits: Any) -> None:
        """See the class."""
        super().__init__(**traits)
        self.stepper: Stepper | None = None
        self._graph = graph
        self._ends: list[Callable[[], None]] = []
        self._unhear: Callable[[], None] | None = None
        self._starting = threading.Lock()
        self._running = 0
        self._pong = threading.Event()
        self._pings = 0
        self._is_deaf = False
        self.on_msg(self._obey)
        self.on_ask("value", self._value)
        self.on_ask("history", self._history)
        self.on_ask("complete", self._complete)
        self.observe(self._seen, "visible")
        if graph is not None:
            traitlets.link((self, "selected"), (graph, "selected"))
        if isinstance(what, Stepper):
            self.follow(what)
        else:
            self._wait_at(gate_of(what))

    def follow(self, stepper: Stepper) -> None:
        """Show another run."""
        if self._unhear is not None:
            self._unhear()
        self.stepper = stepper
        self._unhear = stepper.on_change(self._show)
        self._show(stepper)

    def _wait_at(self, gate: Gate) -> None:
        self._ends.append(gate.on_pause(self.follow))
        gate.front_end = self.is_heard

        def leave() -> None:
            if gate.front_end == self.is_heard:
                gate.front_end = None

        self._ends.append(leave)
        if gate.paused:
            self.follow(gate.paused[-1])

    # -- what is shown -----------------------------------------------------------------

    def _show(self, stepper: Stepper) -> None:
        state = snapshot(stepper)
        with self.hold_sync():
            self.state = state
            if state["node"]:
                self.selected = state["node"]
        if self._graph is not None:
            with contextlib.suppress(KeyError, ValueError):  # made after the view was
                self._graph.reveal(state["node"] or None)
            self._graph.marks = marks(stepper)

    def fallback(self) -> dict[str, Any]:
        """Where the run stands, as text."""
        if self.stepper is None:
            text = "No run stands still; it stops at the next breakpoint."
        else:
            text = describe(self.stepper)
        return {"text/html": f"<pre>{html.escape(text)}</pre>", "text/plain": text}

    # -- what is asked -----------------------------------------------------------------

    def _value(self, question: dict[str, Any]) -> dict[str, Any]:
        name = str(question["name"])
        stepper = self._run()
        return {"value": shown(_output(name), stepper.value(name))}

    def _history(self, question: dict[str, Any]) -> dict[str, Any]:
        name = str(question["name"])
        history = self._run().history(name)
        return {
            "moments": [
                {"at": list(at), "value": shown(name, value)}
                for at, value in history.items()
            ]
        }

    def _complete(self, question: dict[str, Any]) -> dict[str, Any]:
        """Names that go on from the word typed last."""
        text = str(question["text"])
        head, _, word = text.rpartition(" ")
        names = self._run().session.graph.ops_by_name
        found = [name for name in names if word.lower() in name.lower()]
        found.sort(key=lambda name: not name.lower().startswith(word.lower()))
        lead = f"{head} " if head else ""
        return {"names": [lead + name for name in found[:COMPLETIONS]]}

    def _run(self) -> Stepper:
        if self.stepper is None:
            raise ValueError("No run stands still.")
        return self.stepper

    # -- what is commanded -------------------------------------------------------------

    def _obey(self, _: Any, content: Any, __: Any) -> None:
        if not isinstance(content, dict):
            return
        if "pong" in content:
            if content["pong"] == self._pings:
                self._pong.set()
            return
        command = content.get("command")
        if command == "pause" and self.stepper is not None:
            self.stepper.pause()
        elif command in COMMANDS:
            self.command(command, str(content.get("text", "")))

    def command(self, word: str, text: str = "") -> None:
        """Do what a button does, without waiting for it to be done.

        Args:
            word: one of `COMMANDS`.
            text: what it takes.
        """
        if self.stepper is None:
            return
        if word == "stop":
            self.stepper.pause()  # what runs ends first
        with self._starting:
            if self._running and word != "stop":
                self.note = "A command is running; pause it first."
                return
            self._running += 1
        self.busy = True
        self.note = ""
        # The context says which cell a thread's messages belong to.
        context, stepper = contextvars.copy_context(), self.stepper
        work = threading.Thread(
            target=lambda: context.run(self._do, stepper, word, text), daemon=True
        )
        try:
            work.start()
        except RuntimeError:  # JupyterLite has no threads
            self._do(stepper, word, text)

    def _do(self, stepper: Stepper, word: str, text: str) -> None:
        try:
            said = answer(stepper, f"{word} {text}")
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        if self.stepper is stepper:
            self.note = _news(said, describe(stepper))
        with self._starting:
            self._running -= 1
        self.busy = self._running > 0

    # -- whether anybody is there ------------------------------------------------------

    def is_heard(self) -> bool:
        """Whether the browser's messages get through while a cell runs: asks it."""
        if self._is_deaf or self.comm is None:
            return False
        self._pings += 1
        self._pong.clear()
        tries = int(PATIENCE / BETWEEN)
        for _ in range(tries):
            self.send({"kind": "ping", "number": self._pings})
            if self._pong.wait(BETWEEN):
                return True
        # Not asked again before somebody looks anew: it would take as long each time.
        self._is_deaf = True
        return False

    def _seen(self, change: Any) -> None:
        if change["new"]:
            self._is_deaf = False

    def close(self) -> None:
        """Take the view off the page; the run stays where it is."""
        if self._unhear is not None:
            self._unhear()
            self._unhear = None
        for end in self._ends:
            end()
        self._ends.clear()
        super().close()


def beside(what: Any) -> Any:
    """The debugger of a run or session below the graph, which shows where it stands.

    Returns:
        A box of both; its `children` are the graph view and the `StepperView`.
    """
    session = what.session if isinstance(what, Stepper) else what
    graph = GraphView(session.graph, height=HEIGHT)
    box = lazy.load("ipywidgets").VBox
    return box([graph, StepperView(what, graph)])


def marks(stepper: Stepper) -> dict[str, str]:
    """What the graph says beside its nodes: where the run stands, and values."""
    found: dict[str, str] = {}
    # Of each node the latest run; constants stand on their boxes already.
    last = {op: at for op, at in stepper.ran if op.type != "Const"}
    for op, at in list(last.items())[-MARKED:]:
        values = [stepper.made(t, at) for t in op.outputs[:1]]
        if values and values[0] is not None:
            found[op.name] = mark_of(values[0], health_of(values[0], LIMIT))
    node = stepper.node
    if node is not None:
        kept = found.get(node.name, "") if stepper.phase == "after" else ""
        # A box has room for one of both; the debugger below says the rest.
        found[node.name] = f"‖ {kept or stepper.status}"
    return found


def _output(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _news(said: str, standing: str) -> str:
    """What a command said that is not seen already."""
    if said.startswith(standing):
        said = said[len(standing) :]
    return "" if said.startswith("There are no") or said[:1].isdigit() else said.strip()
