"""Takes the pictures of `gallery.md`: `python docs/make_gallery.py [NAME ...]`.

The page is the script: the code of its first section, and then of the section that a
picture belongs to, become the cells of a notebook, which a JupyterLab runs and a
Chromium shows. What is pressed there by hand is in `HANDS`. Each view is taken in light
and dark, as `images/gallery/NAME-light.png` and `-dark.png`. Look at them afterwards.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.conftest import ERRORS, chromium, lab, quiet  # noqa: F401 fixtures
from tests.test_docs import FENCE

DOCS = Path(__file__).parent
IMAGES = DOCS / "images" / "gallery"
LARGEST = 120_000
"""Bytes that one picture may have."""
COLOURS = 256
SHARP = 1.5
"""Dots of the picture for one of the page."""


def sections() -> Iterator[tuple[str, list[str], bool]]:
    """The name of each picture, the cells that make it, and whether one is to fail."""
    first, *others = (DOCS / "gallery.md").read_text().split("\n## ")[1:]
    model = [block[3] for block in FENCE.finditer(first)]
    for text in others:
        (name,) = re.findall(r"gallery/([\w-]+)-light\.png", text)
        blocks = [*FENCE.finditer(text)]
        fails = any(block[2] == "fails" for block in blocks)
        yield name, [*model, *(block[3] for block in blocks)], fails


# -- what is done by hand --------------------------------------------------------------


def choose(page: Any, key: str) -> None:
    """Select a box of the graph, and look at its details."""
    page.locator(f'.ig-graph [data-key="{key}"]').click()
    page.get_by_role("tab", name="Details").click()


def turn(page: Any, name: str) -> None:
    """Turn a slider up by keys."""
    slider = page.get_by_role("slider", name=name)
    for _ in range(25):
        slider.press("ArrowRight")
    page.wait_for_timeout(1000)


def hover(page: Any, words: str) -> None:
    """Point at the line of a program in which these words stand."""
    box = page.get_by_text(words).first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)


def walk(page: Any) -> None:
    """Walk to the third slice of a timeline."""
    for _ in range(3):
        page.locator(".ig-timeline-view").press(".")


HANDS: dict[str, Callable[[Any], None]] = {
    "graph": lambda page: choose(page, "hidden/MatMul"),
    "program": lambda page: hover(page, "hidden_add = "),
    "explore": lambda page: turn(page, "x, "),
    "timeline": walk,
}


# -- pictures --------------------------------------------------------------------------


class Sharp:
    """A browser whose pages have more dots."""

    def __init__(self, browser: Any) -> None:
        """The browser that makes the pages."""
        self.browser = browser

    def new_page(self, **options: Any) -> Any:
        """A page as it was asked for, with more dots."""
        return self.browser.new_page(device_scale_factor=SHARP, **options)


RUN = """
number => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = number;
    jupyterapp.commands.execute('notebook:run-cell');
}
"""
RAN = """
number => jupyterapp.shell.currentWidget.content.widgets[number]
    .model.executionState !== 'running'
    && jupyterapp.shell.currentWidget.content.widgets[number].model.executionCount
"""


def dark(page: Any, is_dark: bool) -> None:
    """Change the theme; JupyterLab follows the browser."""
    page.emulate_media(color_scheme="dark" if is_dark else "light")
    page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === light",
        arg="false" if is_dark else "true",
    )
    page.wait_for_timeout(1000)


def picture_of(page: Any) -> bytes:
    """What the cell that shows most has put out, without the prompts beside it."""
    areas = page.locator(".jp-Cell-outputArea:visible")
    biggest = max(range(areas.count()), key=lambda i: _size(areas.nth(i)))
    parts = areas.nth(biggest).locator(".jp-OutputArea-output:visible")
    boxes = [parts.nth(i).bounding_box() for i in range(parts.count())]
    left, top = (min(box[side] for box in boxes) for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    shot: bytes = page.screenshot(clip=clip)
    return shot


def _size(place: Any) -> float:
    box = place.bounding_box() or {"width": 0, "height": 0}
    return float(box["width"] * box["height"])


def save(shot: bytes, path: Path) -> None:
    """Write a picture with few colours."""
    with Image.open(io.BytesIO(shot)) as picture:
        # Also colours that only a few dots have.
        method, dither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
        few = picture.convert("RGB").quantize(COLOURS, method, kmeans=3, dither=dither)
        few.save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size:,} bytes\n")
    assert size < LARGEST, f"{path.name} has {size:,} bytes"


@pytest.mark.parametrize("section", [*sections()], ids=lambda section: section[0])
def test_picture(section: Any, lab: Any, chromium: Any) -> None:  # noqa: F811 fixtures
    """Takes one view in both themes; pytest runs it, for its fixtures."""
    name, cells, fails = section
    lab.write(f"{name}.ipynb", cells)
    page = lab.open(Sharp(chromium), f"{name}.ipynb")
    page.set_viewport_size({"width": 1200, "height": 2600})
    page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
    for number in range(len(cells)):
        page.evaluate(RUN, number)
        page.wait_for_function(RAN, arg=number, timeout=60_000)
        page.wait_for_timeout(2000)  # a view is to be seen before the next cell runs
    assert bool(page.evaluate(ERRORS)) == fails
    page.set_default_timeout(10_000)
    if name in HANDS:
        HANDS[name](page)
    for theme in ("light", "dark"):
        dark(page, theme == "dark")
        save(picture_of(page), IMAGES / f"{name}-{theme}.png")
    assert quiet(page, lab)
    page.close()


if __name__ == "__main__":
    # Times are to tell of the operations, and not of threads that wait for each other.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    chosen = ["-k", " or ".join(sys.argv[1:])] if sys.argv[1:] else []
    here = ["-p", "no:cacheprovider", "-qs"]
    sys.exit(pytest.main([*here, *chosen, __file__]))
