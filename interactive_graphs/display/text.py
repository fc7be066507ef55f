"""The scene as an indented tree: for terminals, screen readers, tests.

One line for each box, two spaces deeper for each open scope, operations as the
assignments they are:

    c = Mul(a, b) → float32 ()

Read next: `tree.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.scene import Aside, Box, Frame, Scene

_NAMES: Final = 5


def to_text(scene: Scene, lines: int = 0) -> str:
    """The tree of `scene`.

    Args:
        scene: from `view.view`.
        lines: how many lines there may be at most; 0 for no limit.

    Returns:
        Text without a newline at its end. It is the same for the same scene.
    """
    tree = list(_tree(scene.frame))
    left = len(tree) - lines
    if lines and left > 0:
        tree = [*tree[:lines], f"  … {describe.counted(left, 'more line')}"]
    return "\n".join([f"{scene.title}: {scene.summary}", *tree, *scene.notes])


class Words:
    """Text that a notebook and a terminal show as it is.

    Args:
        text: the text.
    """

    def __init__(self, text: str) -> None:
        """Keeps the text."""
        self.text = text

    def __repr__(self) -> str:
        """The text, without quotes."""
        return self.text


class Listing(Words, Forms):
    """Program text: plain in a terminal, with its page's own colours in a notebook.

    Args:
        text: the program.
        language: what it is written in.
    """

    def __init__(self, text: str, language: str = "python") -> None:
        """Keeps both."""
        super().__init__(text)
        self.language = language

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        fence = "```"
        while fence in self.text:
            fence += "`"
        marked = f"{fence}{self.language}\n{self.text}\n{fence}\n"
        return {"text/plain": self.text, "text/markdown": marked}


def _tree(frame: Frame) -> list[str]:
    tree: list[str] = []
    # Depth first with a stack of our own: scopes nest deeper than Python's.
    waiting: list[tuple[str, Frame | Box | Aside, Frame]] = [("  ", frame, frame)]
    while waiting:
        indent, item, around = waiting.pop()
        if isinstance(item, Frame):
            parts: list[Box | Aside] = [*item.boxes, *item.aside]
            waiting.extend((indent, part, item) for part in reversed(parts))
            tree += _port_lines(indent, item)
            continue
        if isinstance(item, Aside):
            links = describe.counted(item.links, "box")
            line = _line(item.box, around)
            tree.append(
                f"{indent}[{item.letter}] {line}; set aside, linked with {links}"
            )
            continue
        tree.append(indent + _line(item, around))
        if item.frame is not None:
            waiting.append((indent + "  ", item.frame, item.frame))
    return tree


def _port_lines(indent: str, frame: Frame) -> list[str]:
    """Where the edges of a scope shown alone come from and go to."""
    sources = [port.label for port in frame.inputs if port.label]
    takers = [port.label for port in frame.outputs if port.label]
    lines = []
    if sources:
        lines.append(f"{indent}from outside: {_some(sources)}")
    if takers:
        lines.append(f"{indent}to outside: {_some(takers)}")
    return lines


def _line(box: Box, frame: Frame) -> str:
    asked = "* " if box.asked and box.frame is None else ""
    marks = f" [{', '.join(box.marks)}]" if box.marks else ""
    if box.frame is not None:
        return f"{box.label}/{marks}"
    marks = "".join(f", {one}" for one in _summaries(box)) + marks
    shade = f"; {box.shade.words}" if box.shade else ""
    if box.kind in (describe.SCOPE, describe.SECTION):
        return f"{asked}{box.label}/  {_scope_words(box, frame)}{marks}{shade}"
    return f"{asked}{box.label} = {_operation_words(box)}{marks}{shade}"


def _summaries(box: Box) -> list[str]:
    return [line for line in box.lines if line.startswith(describe.SUMMARY)]


def _scope_words(box: Box, frame: Frame) -> str:
    sources = [edge.tail for edge in frame.edges if edge.head == box.key and edge.tail]
    takers = [edge.head for edge in frame.edges if edge.tail == box.key and edge.head]
    labels = {other.key: other.label for other in frame.boxes}
    words = [describe.counted(box.count, "operation")]
    if sources:
        words.append(
            f"from {_some(list(dict.fromkeys(labels[key] for key in sources)))}"
        )
    if takers:
        words.append(f"to {_some(list(dict.fromkeys(labels[key] for key in takers)))}")
    words += [f"{number} on {device}" for device, number in box.devices]
    return ", ".join(words)


def _operation_words(box: Box) -> str:
    words = box.type
    if box.inputs:
        words += f"({_some(box.inputs)})"
    elif box.kind == describe.CONSTANT and box.lines:
        words += f" {box.lines[0]}"
    if box.outputs:
        words += f" → {', '.join(box.outputs[:_NAMES])}"
    if box.kind == describe.VARIABLE:
        own = [line for line in box.lines[1:] if line not in _summaries(box)]
        words += "".join(f", {line}" for line in own)
    if box.waits:
        words += f", after {_some(box.waits)}"
    if box.devices:
        words += f", on {box.devices[0][0]}"
    return words


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
