"""Files of a picture: SVG, PNG, a page, DOT, JSON, text.

The ending of a file's name says which. PNG is drawn by resvg, a library of its own
(`interactive_graphs[png]`); all else needs nothing besides. Read next: `page.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs._util import lazy
from interactive_graphs.display.book import Book
from interactive_graphs.display.layout import LayoutError
from interactive_graphs.display.page import page
from interactive_graphs.display.scene import Scene
from interactive_graphs.display.svg import description

if TYPE_CHECKING:
    from interactive_graphs.display.picture import Picture

ZOOM: Final = 2
"""Pixels of a PNG per pixel of the picture: sharp on paper and on dense screens."""


@dataclass
class Live:
    """A live view of what a picture shows.

    Attributes:
        book: of the graph.
        scene: the picture's; what is open in it is open at first.
        overlay: what boxes are coloured by; empty for none.
    """

    book: Book
    scene: Scene
    overlay: Mapping[str, Any]

    def traits(self) -> dict[str, Any]:
        """The traits of a `GraphView` that has no kernel."""
        book = self.book.whole()
        opened = [box.key for box in self.scene.boxes() if box.frame is not None]
        top = [node.key for node in book.path(book.find(self.book.top.key))]
        return {
            "_view": "graph",
            "model": book.to_json(title=self.scene.title),
            "opened": [*top, *opened],
            "selected": top[-1] if top else "",
            "overlay": dict(self.overlay),
            "colours": ["device", "dtype", "type"],
            "marks": {},
            "program": {},
            "changes": {},
            "height": 0,
        }

    def facts(self) -> dict[str, Any]:
        """What the view's panels would ask a kernel."""
        details = lazy.load("interactive_graphs.display.details")
        facts: dict[str, Any] = details.Facts(self.book.operations).to_json()
        return facts


def save(picture: Picture, path: str | os.PathLike[str]) -> Path:
    """Writes a file; see `Picture.save`."""
    target = Path(path)
    write = _WRITERS.get(target.suffix.lower())
    if write is None:
        *most, last = (ending for ending in _WRITERS if ending not in (".htm", ".gv"))
        raise ValueError(
            f"Cannot save a picture as {target.name!r}; "
            f"the endings are {', '.join(most)} and {last}."
        )
    content = write(picture)
    # Half of a surrogate pair may be in a name, but in no file.
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    target.write_bytes(data)
    return target


def page_of(picture: Picture, live: Live | None) -> str:
    """The page of a picture: its live view, and the picture where no scripts run."""
    try:
        svg = picture.svg
    except LayoutError:
        # The browser lays out by itself.
        svg = ""
    return page(
        [live.traits()] if live is not None else [],
        title=picture.scene.title,
        summary=picture.scene.summary,
        svg=svg,
        alt=description(picture.scene),
        text=picture.text,
        facts=live.facts() if live is not None else None,
    )


def to_png(svg: str) -> bytes:
    """A drawing as PNG, in its light colours.

    Raises:
        ImportError: resvg is not installed; the message says how to.
    """
    resvg = lazy.load("resvg_py", extra="png")
    found: list[int] | bytes = resvg.svg_to_bytes(svg_string=svg, zoom=ZOOM)
    return bytes(found)


def _json(picture: Picture) -> str:
    # Escapes for all but ASCII: a name may hold what no encoding can.
    return json.dumps(picture.scene.to_json(), indent=1) + "\n"


_WRITERS: Final[dict[str, Callable[[Picture], str | bytes]]] = {
    ".svg": lambda picture: picture.svg,
    ".png": lambda picture: to_png(picture.svg),
    ".html": lambda picture: picture.page,
    ".htm": lambda picture: picture.page,
    ".dot": lambda picture: picture.dot,
    ".gv": lambda picture: picture.dot,
    ".txt": lambda picture: picture.text + "\n",
    ".json": _json,
}
