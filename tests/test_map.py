"""The reader's path exists and fits an afternoon."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs" / "design" / "map.md"


def path_files() -> list[Path]:
    """The files in the first table, in order."""
    table = MAP.read_text().split("## The way of a value")[0]
    return [ROOT / name for name in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)]


def test_path_is_under_three_thousand_lines():
    files = path_files()
    assert len(files) >= 10
    assert sum(len(f.read_text().splitlines()) for f in files) < 3000


def test_each_file_of_the_path_leads_to_the_next():
    first, *rest = path_files()
    assert "map.md" in ast.get_docstring(ast.parse(first.read_text()))
    for here, following in itertools.pairwise(rest):
        words = ast.get_docstring(ast.parse(here.read_text())).split()
        after = " ".join(words).partition("Read next: ")[2]
        assert re.match(rf"`[./\w]*{following.name}`", after), f"{here} to {following}"


def test_every_file_named_in_the_map_exists():
    names = re.findall(r"`((?:\w+/)+\w+\.py)`", MAP.read_text())
    for name in names:
        found = [ROOT / name, ROOT / "interactive_graphs" / name]
        assert any(f.exists() for f in found), name


def test_what_modules_say_to_read_next_exists():
    for file in (ROOT / "interactive_graphs").rglob("*.py"):
        words = " ".join((ast.get_docstring(ast.parse(file.read_text())) or "").split())
        # From "Read next: `x.py`, which ..., then `y.py`." to the end of the sentence.
        for sentence in re.findall(r"Read next: (.*?)\.(?: |$)", words):
            for name in re.findall(r"`([\w./]+\.py)`", sentence):
                target = file.parent / name
                assert target.exists(), f"{file}: {name}"
