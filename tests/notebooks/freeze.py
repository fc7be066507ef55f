"""Runs lessons and writes their outputs into them: `./run notebooks [NAME ...]`.

What tells nothing about the lesson is left out: times, widget states, the paths of
this machine, versions of the kernel.
"""

from __future__ import annotations

import re
import sys
import time

import nbformat

from tests.notebooks import lessons

_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
# In tracebacks: the package's files, wherever it is, and the cells' temporary ones.
_PATHS = (
    (re.compile(r"/[^\s:\x1b]*?/interactive_graphs/"), "interactive_graphs/"),
    (re.compile(r"/[^\s:\x1b]*?/ipykernel_\d+/\d+\.py"), "cell"),
)


def freeze(notebook: nbformat.NotebookNode) -> None:
    """Runs a notebook and leaves in it what is the same on every machine."""
    lessons.run(notebook)
    notebook.metadata = nbformat.from_dict(_METADATA)
    for cell in lessons.code_cells(notebook):
        cell.metadata.pop("execution", None)
        cell.outputs = _joined(cell.outputs)
        for output in cell.outputs:
            # Without a kernel a widget is an error message; its picture is there, too.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        for error in lessons.errors(cell):
            error.traceback = [_without_paths(line) for line in error.traceback]


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """What is printed may come in pieces, cut by chance."""
    kept: list[nbformat.NotebookNode] = []
    for output in outputs:
        before = kept[-1] if kept else {}
        if output.output_type == "stream" and output.name == before.get("name"):
            before.text += output.text
        else:
            kept.append(output)
    return kept


def _without_paths(text: str) -> str:
    for pattern, replacement in _PATHS:
        text = pattern.sub(replacement, text)
    return text


def main(names: list[str]) -> None:
    """Freezes the lessons whose file names begin with one of `names`; or all."""
    for path in lessons.PATHS:
        if names and not path.name.startswith(tuple(names)):
            continue
        begun = time.monotonic()
        notebook = lessons.read(path)
        freeze(notebook)
        nbformat.write(notebook, path)
        sys.stdout.write(f"{path.name}: {time.monotonic() - begun:.1f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
