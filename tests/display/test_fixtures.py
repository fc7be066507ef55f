"""The models that the browser's tests read are those that Python makes."""

import dataclasses
import json
import re

import pytest

from interactive_graphs.display.scene import Aside, Box, Edge, Frame, Port
from tests.display.fixtures import FOLDER, models, text

TYPES = FOLDER.parent / "src" / "shared" / "types.ts"


@pytest.fixture(scope="module")
def made():
    return models()


@pytest.mark.parametrize("name", ["classifier", "loop", "crowded", "hostile"])
def test_a_fixture_is_what_python_makes(made, name):
    there = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    # `python -m tests.display.fixtures` writes them anew.
    assert json.loads(there) == json.loads(text(made[name]))


def test_there_is_no_fixture_that_nothing_makes(made):
    assert {path.stem for path in FOLDER.glob("*.json")} == set(made)


@pytest.mark.parametrize("kind", [Port, Edge, Box, Aside, Frame])
def test_typescript_knows_every_field(kind):
    found = re.search(
        rf"export interface {kind.__name__} {{(.*?)\n}}", TYPES.read_text(), re.DOTALL
    )
    there = set(re.findall(r"^  (\w+)\??:", found[1], re.MULTILINE))
    fields = {field.name for field in dataclasses.fields(kind)}
    # Frames lie beside each other in a model, and colours are the browser's affair.
    assert there == fields - ({"frame", "shade"} if kind is Box else set())


def test_typescript_knows_every_column(made):
    found = re.search(r"export interface Ops {(.*?)\n}", TYPES.read_text(), re.DOTALL)
    there = set(re.findall(r"^  (\w+):", found[1], re.MULTILINE))
    for model in made.values():
        assert set(model["ops"]) == there
        assert len({len(column) for column in model["ops"].values()}) == 1


def test_the_fixtures_show_what_views_must_draw(made):
    """Ports, letters, loops, sections, open scopes, controls: each at least once."""
    frames = [f for model in made.values() for f in model["frames"].values()]
    kinds = {box["kind"] for frame in frames for box in frame["boxes"]}
    assert kinds == {
        *("placeholder", "constant", "variable", "operation", "stateful"),
        *("group", "scope", "section"),
    }
    lines = {edge["kind"] for frame in frames for edge in frame["edges"]}
    assert lines == {"data", "control", "back"}
    assert any(frame["aside"] for frame in frames)
    assert any(frame["inputs"] and frame["outputs"] for frame in frames)
    assert any(box["devices"] for frame in frames for box in frame["boxes"])
    assert any(model["asked"] for model in made.values())
