"""The lessons in `notebooks/`: reading, running and solving them.

For the tests beside this file and for `freeze.py`, which writes a lesson's outputs.
"""

from __future__ import annotations

import copy
import re
import textwrap
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))

# What the reader opens to see a solution: in Markdown, so that no front end shows it
# unasked, and the first Python in it is the solution.
_SOLUTION = re.compile(r"<details>.*?```python\n(.*?)```.*?</details>", re.DOTALL)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def tags(cell: nbformat.NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(notebook: nbformat.NotebookNode) -> None:
    """Runs all cells in a fresh kernel, in the lessons' folder.

    Raises:
        CellExecutionError: a cell failed that has no tag `raises-exception`.
    """
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(FOLDER)}},
    ).execute()


def errors(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [out for out in cell.get("outputs", []) if out.output_type == "error"]


def solution(notebook: nbformat.NotebookNode, exercise: nbformat.NotebookNode) -> str:
    """The code in the first `<details>` below an exercise."""
    below = notebook.cells[notebook.cells.index(exercise) + 1]
    found = _SOLUTION.search(below.source) if below.cell_type == "markdown" else None
    assert found, f"no solution below {exercise.source!r}"
    return textwrap.dedent(found[1]).strip()


def solved(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy in which every exercise is solved.

    The first paragraph of an exercise is the reader's, the others check it.
    """
    answered = copy.deepcopy(notebook)
    for cell in code_cells(answered):
        if "exercise" in tags(cell):
            _, _, check = cell.source.partition("\n\n")
            cell.source = f"{solution(answered, cell)}\n\n{check}"
    return answered
