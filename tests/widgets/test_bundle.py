"""The bundle that is committed: small, and what the sources make."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import interactive_graphs

PACKAGE = Path(interactive_graphs.__file__).parent
STATIC = PACKAGE / "widgets" / "static"
SOURCES = PACKAGE.parent / "widgets"
BUNDLE = ("widgets.js", "widgets.css")

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (SOURCES / "node_modules").is_dir(),
    reason="needs Node and `npm ci` in widgets/",
)


def run(*command):
    done = subprocess.run(
        command, cwd=SOURCES, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bundle_is_small():
    # Each widget sends it, and a saved notebook holds it once per widget.
    assert sum((STATIC / name).stat().st_size for name in BUNDLE) < 150_000


@needs_node
def test_the_bundle_is_what_the_sources_make(tmp_path):
    run("node", "build.mjs", "--out", str(tmp_path))
    for name in BUNDLE:
        built = (tmp_path / name).read_bytes()
        assert built == (STATIC / name).read_bytes(), f"run `node build.mjs`: {name}"


@needs_node
def test_types_and_style_of_the_sources():
    run("npx", "tsc", "--noEmit")
    run("npx", "biome", "check", ".")


@needs_node
def test_the_browser_s_side_in_its_own_tests():
    run("npx", "vitest", "run")


def test_versions_are_pinned():
    package = json.loads((SOURCES / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values()), versions
