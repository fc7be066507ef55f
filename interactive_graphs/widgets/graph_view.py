"""`GraphView`: a graph to walk through, live.

    view = graph.widget()               # or GraphView(loss), GraphView("layer1/MatMul")
    view.open_scope("layer1")
    view.select(loss)
    view.colour("dtype")
    view.show_values({loss: 0.25})

Scopes open and close in the browser; frames of a large graph come as they are
opened. The browser's side is `widgets/src/graph/`. Read next: `follow.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import traitlets

from interactive_graphs.client import targets
from interactive_graphs.display import describe, overlays
from interactive_graphs.display.book import Book
from interactive_graphs.display.details import details, gradient_facts
from interactive_graphs.display.holding import holding
from interactive_graphs.display.model import first_model, frame_to_json
from interactive_graphs.display.opening import Opening
from interactive_graphs.display.picture import show_graph
from interactive_graphs.display.settings import settings_of
from interactive_graphs.display.targets import (
    asked_operations,
    dependencies,
    title_of,
)
from interactive_graphs.display.view import BUDGET, MOST
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.widgets.base import View
from interactive_graphs.widgets.follow import Following, follow
from interactive_graphs.widgets.graph_program import ShowsPrograms

LARGE: Final = 2000
"""Operations from which a graph is sent in pieces: the first picture, then all else."""

_MARK: Final = 16
"""Characters of a value on a box."""


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _as_text(value: Any, _: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _from_text(value: Any, _: Any) -> Any:
    return json.loads(value)


class GraphView(ShowsPrograms, View):
    """The live view of a graph, or of what something in it depends on.

    Args:
        target: a Graph (the default graph when None); or a Tensor, Operation,
            Variable, a name, or a list, tuple or dict of these: then what they need.
        scope: open this name scope and select it.
        open: name scopes to open in any case.
        everything: open all scopes, as far as a picture can hold them.
        budget: how many boxes there may be before scopes stay closed.
        title: what to call it, instead of the target's name.
        series: show runs of equal scopes as one box.
        hide: scopes and operations to leave out.
        aside: scopes and operations to set aside.
        session: where the panels' values come from; the default session when None.

    Attributes:
        model: the graph as data, see `display.model`.
        opened: keys of the open scopes; set on either side.
        selected: name of the selected operation or scope; set on either side.
        overlay: what boxes are coloured by, see `display/overlays.py`; empty for
            their kinds.
        colours: what the view offers to colour by.
        marks: short live words on operations, by name.
        program: the program beside the graph; empty for none.
        changes: what happened to operations, by name: "added", "removed", "changed" or
            "moved".
        height: in pixels; 0 as the picture needs.

    Raises:
        TypeError: the target is no part of a graph.
        ValueError, KeyError: no such scope or name.
    """

    _view = traitlets.Unicode("graph").tag(sync=True)
    # Not echoed: they are Python's, and long. The model goes as one text: ipywidgets
    # would look for binary data in each of its hundred thousand parts.
    model = traitlets.Dict().tag(
        sync=True, echo_update=False, to_json=_as_text, from_json=_from_text
    )
    opened = traitlets.List(traitlets.Unicode()).tag(sync=True)
    overlay = traitlets.Dict().tag(sync=True, echo_update=False)
    colours = traitlets.List(traitlets.Unicode()).tag(sync=True)
    marks = traitlets.Dict(
        value_trait=traitlets.Unicode(), key_trait=traitlets.Unicode()
    ).tag(sync=True)
    program = traitlets.Dict().tag(sync=True, echo_update=False)
    changes = traitlets.Dict().tag(sync=True)
    height = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        target: Any = None,
        *,
        scope: str = "",
        open: str | Iterable[str] = (),
        everything: bool = False,
        budget: int = BUDGET,
        title: str = "",
        series: bool = False,
        hide: str | Iterable[str] = (),
        aside: str | Iterable[str] = (),
        session: Any = None,
        height: int = 0,
    ) -> None:
        """Opens what a static picture would open."""
        self.target = get_default_graph() if target is None else target
        self.session = session
        names = _names(open) + ([scope] if scope.strip("/") else [])
        self._picture: dict[str, Any] = {
            "open": names,
            "everything": everything,
            "budget": budget,
            "series": series,
            "hide": _names(hide),
            "aside": _names(aside),
        }
        self._title = title
        self._facts: dict[str, Any] = {}
        self._followings: list[Following] = []
        self.book = self._read()
        opening = self._opening(names, everything, budget)
        seen = [node.key for node in opening.open if node is not self.book.root]
        super().__init__(
            model=self._first_model(seen),
            opened=seen,
            selected=self.book.find(scope).key if scope.strip("/") else "",
            colours=self._choices(),
            height=height,
        )
        self.on_ask("frame", self._answer_frame)
        self.on_ask("rest", self._answer_rest)
        self.on_ask("overlay", self._answer_overlay)
        self.on_ask("details", self._answer_details)
        self.on_ask("gradients", lambda _: gradient_facts(self.book.operations))
        self.on_ask("search_values", self._answer_values)
        self.on_ask("program", self._answer_program)

    # -- the graph ---------------------------------------------------------------------

    def _read(self) -> Book:
        """The book of the target as it is now."""
        if isinstance(self.target, Graph):
            self.graph: Graph = self.target
            operations, asked = self.graph.get_operations(), []
            title = "Graph"
        else:
            asked = asked_operations(self.target)
            operations = dependencies(asked)
            self.graph = asked[0].graph if asked else get_default_graph()
            title = title_of(self.target, asked)
        self.title = self._title or title
        picture = self._picture
        return Book(
            operations,
            asked=asked,
            settings=settings_of(self.graph).with_more(
                picture["hide"], picture["aside"], picture["series"]
            ),
            keep=picture["open"],
            spread=picture["everything"],
        )

    def _opening(self, names: list[str], everything: bool, budget: int) -> Opening:
        opening = Opening(self.book, self.book.root)
        for name in names:
            opening.open_path(name)
        for name in self.book.settings.opened:
            opening.try_path(name)
        if everything:
            opening.open_all(MOST)
        else:
            opening.open_while_small(budget)
        return opening

    def _model(self, seen: list[str]) -> dict[str, Any]:
        """The whole model; of a large graph with the frames that are open.

        Frames that come later take a question and its answer, some hundredths of a
        second; ten thousand operations have thousands of frames.
        """
        frames = seen if len(self.book.operations) > LARGE else "all"
        return self.book.to_json(frames=frames, title=self.title)

    def _first_model(self, seen: list[str]) -> dict[str, Any]:
        if len(self.book.operations) > LARGE:
            return first_model(self.book, seen, self.title)
        return self._model(seen)

    def complete(self) -> None:
        """Sends the rest of a large graph; the browser asks once it drew something."""
        if self.model.get("partial"):
            known = set(self.book.keys())
            self.model = self._model([key for key in self.opened if key in known])

    def refresh(self) -> None:
        """Show the graph as it is now: what was added, hidden or set aside since."""
        self.book = self._read()
        known = set(self.book.keys())
        seen = [key for key in self.opened if key in known]
        model = self._model(seen)
        names = set(model["ops"]["name"])
        with self.hold_sync():
            self.model = model
            self.opened = seen
            self.marks = {k: text for k, text in self.marks.items() if k in names}
            if self.overlay:
                self._colour_again()

    # -- what is open and selected -----------------------------------------------------

    def open_scope(self, *names: str) -> None:
        """Open name scopes, and those around them.

        Raises:
            UnknownScopeError: there is no such scope; it is a ValueError.
        """
        for name in names:
            self._open_path(self._path(name))

    def _open_path(self, path: list[str]) -> None:
        self.opened = [*self.opened, *(k for k in path if k not in self.opened)]

    def close_scope(self, *names: str) -> None:
        """Close name scopes, and what is open in them; all when none is named."""
        closed = {self._path(name)[-1] for name in names}
        self.opened = [
            key
            for key in self.opened
            if names and not closed.intersection(self._path(key))
        ]

    def _path(self, name: str) -> list[str]:
        node = self.book.find(name)
        if not node.children:
            raise self.book.unknown(name)
        return [step.key for step in self.book.path(node)]

    def select(self, target: Any) -> None:
        """Select an operation or a scope.

        Args:
            target: a tensor, operation, variable, or the name of one or of a scope;
                None or "" selects nothing.

        Raises:
            TypeError: it is no part of a graph.
            ValueError, KeyError: a name that the graph does not know.
        """
        is_nothing = target is None or (isinstance(target, str) and not target)
        self.selected = "" if is_nothing else self._name(target)

    def reveal(self, target: Any) -> None:
        """Select an operation or scope and open everything around it.

        Args:
            target: as for `select`.
        """
        name = self._name(target)
        op = self.graph.ops_by_name.get(name)
        key = self.book.home(op) if op is not None else self.book.find(name).key
        path = [node.key for node in self.book.path(self.book.find(key))[:-1]]
        self._open_path(path)
        self.selected = name

    def _name(self, target: Any) -> str:
        if isinstance(target, str):
            if target.strip("/") in self.graph.ops_by_name:
                return target.strip("/")
            if ":" not in target:
                return self.book.find(target).key
        found = asked_operations(target, self.graph)
        return found[0].name

    # -- colours and values ------------------------------------------------------------

    def colour(self, by: str | Mapping[str, Any] | None, facts: Any = None) -> None:
        """Colour the boxes by a property of the operations in them.

        Args:
            by: one of `overlays.COLOURS`, as "device" or "time"; an overlay of your
                own; None or "" for their kinds.
            facts: what it takes for some of them, as a RunMetadata for "time"; see
                `overlays.overlay`. Kept, so that the browser can offer it, too.

        Raises:
            ValueError: there is no such colour, or nothing is known of any run.
        """
        if not by:
            self.overlay = {}
        elif not isinstance(by, str):
            self.overlay = overlays.given(by, self.book.operations)
        else:
            facts = self._facts.get(by) if facts is None else facts
            found = overlays.overlay(by, self.book.operations, facts)
            self._remember(by, facts)
            self.overlay = found

    color = colour

    def _remember(self, by: str, facts: Any) -> None:
        if facts is None:
            return
        # A run tells both, and where operations ran.
        of_runs = ("time", "memory", "device")
        self._facts |= dict.fromkeys(of_runs if by in of_runs else (by,), facts)
        self.colours = self._choices()

    def _choices(self) -> list[str]:
        """What can be coloured by without being told more."""
        plain = ("device", "dtype", "type")
        return [by for by in overlays.COLOURS if by in plain or by in self._facts]

    def _colour_again(self) -> None:
        """After the graph changed: an overlay's values are by place in the model."""
        by = self.overlay.get("title", "")
        self.colour(by if by in self._choices() else None)

    def show_values(self, values: Mapping[Any, Any]) -> None:
        """Write values on their operations; those shown before go.

        Args:
            values: tensor, operation or name: a value, as `session.run` gives it, or
                words.
        """
        self.marks = {
            self._name(target): describe.plain(
                value if isinstance(value, str) else describe.value_text(value, _MARK),
                _MARK,
            )
            for target, value in values.items()
        }

    def follow(self, session: Any = None, tensors: Any = None) -> Following:
        """Show a session's values on the graph while it runs: see `follow.follow`.

        Args:
            session: by default the view's, or the default session.
            tensors: which; by default what matters.

        Returns:
            What goes on until its `close`, or that of the view.
        """
        session = session or self.session or get_default_session()
        if session is None:
            raise ValueError("There is no default session to follow; give one.")
        self.complete()
        following = follow(self, session, tensors)
        self._followings.append(following)
        return following

    def close(self) -> None:
        """Take the view off the page and let go of what it follows."""
        # A widget whose making failed is closed, too, when it is collected.
        for following in self.__dict__.pop("_followings", ()):
            following.close()
        super().close()

    # -- answers to the browser --------------------------------------------------------

    def _answer_frame(self, question: dict[str, Any]) -> dict[str, Any]:
        return {"frame": frame_to_json(self.book.frame(str(question["key"])))}

    def _answer_rest(self, _: dict[str, Any]) -> dict[str, Any]:
        self.complete()
        return {}

    def _answer_overlay(self, question: dict[str, Any]) -> dict[str, Any]:
        self.colour(str(question["by"]))
        return {}

    def _answer_details(self, question: dict[str, Any]) -> dict[str, Any]:
        return details(self._operation(str(question["name"])), self._session())

    def _answer_values(self, question: dict[str, Any]) -> dict[str, Any]:
        index = {op: number for number, op in enumerate(self.book.operations)}
        found = holding(self.book.operations, str(question["text"]), self._session())
        return {"hits": [[index[op], words] for op, words in found if op in index]}

    def _operation(self, name: str) -> Operation:
        op = self.graph.ops_by_name.get(name)
        if op is None:
            raise ValueError(f"There is no operation {name!r} any more.")
        return op

    def _session(self) -> Any:
        """Where values come from: the view's session, or the graph's default one.

        The browser's questions come in a thread of their own, which has no default
        session: there it is the graph's only one.
        """
        for session in (self.session, get_default_session()):
            if session is not None and session.graph is self.graph:
                return session
        live = [
            session
            for session in targets.live_sessions
            if session.graph is self.graph and not session._closed
        ]
        return live[0] if len(live) == 1 else None

    # -- where widgets are not ---------------------------------------------------------

    def fallback(self) -> dict[str, Any]:
        """The static picture of the same target."""
        return show_graph(self.target, title=self._title, **self._picture).bundle()
