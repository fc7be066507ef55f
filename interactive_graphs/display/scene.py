"""The scene: what is drawn, as plain data.

A `Scene` holds frames (open scopes) of boxes and edges; it refers to no operation and
no tensor, `to_json()` gives it to a widget, and every picture and text is made from it
alone. `view.py` makes scenes out of graphs. Read next: `layout.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interactive_graphs.display.shading import Shading

DATA = "data"
CONTROL = "control"
BACK = "back"
"""What a loop carries into its next iteration."""


@dataclass(slots=True)
class Shade:
    """What an overlay says of a box.

    Attributes:
        text: what is written in the box.
        words: more words, for tooltips and texts.
        css: its colour: c0, c1, ... for categories, s0, s1, ... for a scale.
        level: on a scale where the value lies, 0 to 1; None for a category.
    """

    text: str
    words: str
    css: str
    level: float | None = None


@dataclass(slots=True)
class Box:
    """One thing in a frame: an operation, or a scope (closed, or open with a frame).

    Attributes:
        key: identifies it in its scene, and is what `open=` takes.
        label: the last part of its name.
        kind: one of `describe.KINDS`.
        type: the op type, empty for a scope.
        lines: what is written under the label.
        count: the number of operations it stands for.
        inputs: names of what it takes, for an operation.
        waits: names of its control inputs, for an operation.
        outputs: dtype and shape of each output, for an operation.
        devices: short names of the requested devices in it, with counts.
        asked: whether it is, or holds, what the picture was asked for.
        marks: letters of the set-aside boxes that it is connected with.
        frame: what is inside, when it is open.
        shade: what an overlay says of it, in a picture that has one.
    """

    key: str
    label: str
    kind: str
    type: str = ""
    lines: list[str] = field(default_factory=list)
    count: int = 1
    inputs: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    devices: list[tuple[str, int]] = field(default_factory=list)
    asked: bool = False
    marks: list[str] = field(default_factory=list)
    frame: Frame | None = None
    shade: Shade | None = None


@dataclass(slots=True)
class Edge:
    """A bundle of tensors, or of control dependencies, from one end to another.

    An end is a box's key, with the port where the box is open, or the empty string and
    a port of the frame itself.
    """

    tail: str
    tail_port: str
    head: str
    head_port: str
    kind: str
    tensors: list[str]
    count: int


@dataclass(slots=True)
class Port:
    """Where edges cross the border of an open scope; labelled on the outermost one."""

    key: str
    label: str = ""


@dataclass(slots=True)
class Aside:
    """A box set aside, with the letter that stands for its edges."""

    letter: str
    box: Box
    links: int


def letter(number: int) -> str:
    """The letter of the set-aside box `number`, counted from 0."""
    return chr(ord("A") + number % 26) * (number // 26 + 1)


@dataclass(slots=True)
class Frame:
    """What is inside an open scope."""

    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)


@dataclass(slots=True)
class Scene:
    """A view of a graph.

    Attributes:
        title: what is shown, in a few words.
        summary: one sentence with the counts, for titles and screen readers.
        frame: the outermost frame.
        operations: how many operations the view covers.
        notes: what a reader should know, as that scopes are closed and how to open one.
        shading: what the colours mean, in a picture that has an overlay.
    """

    title: str
    summary: str
    frame: Frame
    operations: int
    notes: list[str] = field(default_factory=list)
    shading: Shading | None = None

    def boxes(self) -> Iterator[Box]:
        """Every box, those inside open scopes and those set aside included."""
        frames = [self.frame]
        while frames:
            frame = frames.pop()
            for box in [*frame.boxes, *(aside.box for aside in frame.aside)]:
                yield box
                if box.frame is not None:
                    frames.append(box.frame)

    def to_json(self) -> dict[str, Any]:
        """The scene as dictionaries, lists, strings and numbers."""
        return dataclasses.asdict(self)
