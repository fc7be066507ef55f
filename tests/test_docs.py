"""The pages of the documentation: their code runs, what they name is there.

In `docs/` and in the README, a block marked

    python              runs, after those before it on the same page
    python some/file    stands word for word in that file
    pycon               runs and prints what it shows, as a doctest
    ipython             runs in an IPython with the extension loaded
    ipython fails       the same, and ends with an error
"""

import doctest
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.testing.globalipapp import start_ipython

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.runtime.native import bounds

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = DOCS / "how-to" / "add-an-op.md"
FENCE = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Block(NamedTuple):
    """A fenced block of code: its language, the word after that, where it stands."""

    language: str
    file: str
    code: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield Block(found[1], found[2], found[3], line)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def all_blocks(*languages: str) -> list[Any]:
    return [
        pytest.param(block, id=f"{relative(page)}:{block.line}")
        for page in PAGES
        for block in blocks(page)
        if block.language in languages
    ]


def pages_with(*languages: str) -> list[Any]:
    return [
        pytest.param(page, id=relative(page))
        for page in PAGES
        if any(b.language in languages and not b.file for b in blocks(page))
    ]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to write to, and no window for drawings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    return tmp_path


def check(block: Block, page: Path, names: dict[str, Any]) -> None:
    """Runs an example and compares what it prints."""
    parser, said = doctest.DocTestParser(), []
    # A name of its own, by which nodes find the line that made them.
    name = f"{page.stem}_{block.line}"
    test = parser.get_doctest(block.code, names, name, str(page), block.line - 1)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=said.append, clear_globs=False)
    assert not runner.failures, "".join(said)
    names.update(test.globs)


@pytest.mark.parametrize("page", pages_with("python", "pycon"))
def test_code_runs(page, place):
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.language == "pycon":
            check(block, page, names)
        elif block.language == "python" and not block.file:
            # Blank lines before it give it the line numbers of the page.
            code = "\n" * (block.line - 1) + block.code
            exec(compile(code, str(page), "exec"), names)
    assert tf.get_default_session() is None, "the page leaves a session behind"


@pytest.fixture(scope="module")
def one_shell() -> Iterator[InteractiveShell]:
    shell = start_ipython() or InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("page", pages_with("ipython"))
def test_cells_run(page, place, one_shell):
    one_shell.reset()
    one_shell.run_line_magic("load_ext", "interactive_graphs")
    try:
        for block in blocks(page):
            if block.language == "ipython":
                done = one_shell.run_cell(block.code)
                if block.file == "fails":
                    assert done.error_in_exec is not None
                else:
                    done.raise_error()
        for magic in re.findall(r"^\| `(%[^`]+)`", page.read_text(), re.MULTILINE):
            one_shell.run_cell(magic).raise_error()
    finally:
        one_shell.run_line_magic("unload_ext", "interactive_graphs")


@pytest.mark.parametrize("block", [b for b in all_blocks("python") if b.values[0].file])
def test_quoted_code_stands_in_its_file(block):
    assert block.code.strip() in (ROOT / block.file).read_text()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_language_is_known(page):
    known = {"", "python", "pycon", "ipython", "text"}
    assert {block.language for block in blocks(page)} <= known


# -- links ----------------------------------------------------------------------------

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"")


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text())
    for link in (a or b for a, b in LINK.findall(text)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), link


def test_every_page_is_linked_from_the_index():
    index = DOCS / "index.md"
    links = [a or b for a, b in LINK.findall(index.read_text())]
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in links}
    missing = [page for page in DOCS.rglob("*.md") if page not in {*linked, index}]
    assert missing == []


# -- single pages ---------------------------------------------------------------------


def test_every_error_class_has_a_section():
    classes = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    missing = {name.lower() for name in classes} - anchors(DOCS / "errors.md")
    assert missing == set()


def test_files_named_in_the_guide_to_ops_exist():
    names = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[A-Z]+\.md)`", GUIDE.read_text())
    assert len(names) > 8
    for name in names:
        found = [ROOT / name, ROOT / "interactive_graphs" / name]
        assert any(path.exists() for path in found), name


def script(name: str) -> Any:
    """A script that stands beside the pages it writes."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_is_up_to_date():
    page = (DOCS / "reference.md").read_text()
    assert page == script("make_reference").page(), "run docs/make_reference.py"


def test_picture_of_the_readme_is_up_to_date():
    # Where a box stands depends on the version of Graphviz; what is shown does not.
    old = (DOCS / "images" / "tour.svg").read_text()
    words = re.compile(r"<(?:title|desc|text)[^>]*>([^<]*)<")
    new = script("make_images").tour().svg
    assert sorted(words.findall(old)) == sorted(words.findall(new))


def test_the_page_of_what_is_left_out_is_up_to_date():
    page = (DOCS / "left-out.md").read_text()
    made = script("make_reference").left_out_page()
    assert page == made, "run docs/make_reference.py"


def test_the_bounds_of_native_code_are_those_that_tests_hold():
    """Made by: python -c "import ...native.bounds as b; print(b.table())"."""
    assert bounds.table().rstrip() in (DOCS / "precision.md").read_text()
