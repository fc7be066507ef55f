"""What a picture adds to a committed notebook."""

import json

import pytest

from tests.notebooks import lessons

ROOM = 100_000


@pytest.mark.parametrize("path", lessons.PATHS, ids=lambda p: p.stem)
def test_no_output_takes_more_than_a_picture_may(path):
    notebook = lessons.read(path)
    for number, cell in enumerate(lessons.code_cells(notebook)):
        for output in cell.outputs:
            size = len(json.dumps(output))
            assert size < ROOM, f"cell {number}: {size} characters"
            # Pictures are static: a live view would be of no use without a kernel.
            data = output.get("data", {})
            assert "application/vnd.jupyter.widget-view+json" not in data
