"""What `notebooks/` promises a reader: each lesson in shape, solvable, and compared.

That the outputs are still true is nbval's part, `pytest --nbval notebooks`.
"""

import ast
import os
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest

from tests.notebooks import freeze, lessons

every_lesson = pytest.mark.parametrize("path", lessons.PATHS, ids=lambda p: p.stem)


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_there_are_lessons_in_a_row():
    assert [path.name[:2] for path in lessons.PATHS] == [
        f"{number:02}" for number in range(17)
    ]


@every_lesson
def test_the_title_asks_a_question(path):
    title, _, text = prose(lessons.read(path))[0].partition("\n")
    assert re.fullmatch(r"# [A-Z].*\?", title)
    assert len(text) > 100


@every_lesson
def test_cells_fit_a_slide(path):
    for cell in lessons.code_cells(lessons.read(path)):
        assert len(cell.source.splitlines()) < 15, cell.source


@every_lesson
def test_the_last_cell_says_what_now_and_what_next(path):
    notebook = lessons.read(path)
    assert re.fullmatch(
        r"---\n- \*\*You can now\*\* .*\.\n"
        r"- \*\*To read:\*\* .*\.\n"
        r"- \*\*Next:\*\* .*",
        notebook.cells[-1].source,
        re.DOTALL,
    )


@every_lesson
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)]+)\)", "\n".join(prose(lessons.read(path))))
    assert links
    for link in links:
        assert link.startswith("https://") or (path.parent / link).exists(), link


@every_lesson
def test_a_lesson_is_frozen_from_one_run(path):
    notebook = lessons.read(path)
    cells = lessons.code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert "widgets" not in notebook.metadata
    for cell in cells:
        assert ("raises-exception" in lessons.tags(cell)) == bool(lessons.errors(cell))


@every_lesson
def test_nothing_in_it_is_of_one_machine_only(path):
    text = path.read_text(encoding="utf-8")
    for pattern in (r" at 0x[0-9a-f]+", r"/tmp/", r"/home/", str(lessons.ROOT)):
        assert not re.search(pattern, text), pattern


@every_lesson
def test_pictures_come_with_words(path):
    outputs = [out for c in lessons.code_cells(lessons.read(path)) for out in c.outputs]
    for data in (out.data for out in outputs if "data" in out):
        if "image/svg+xml" in data:
            assert 'alt="' in data["text/html"]
            assert len(data["text/plain"].splitlines()) > 2


@every_lesson
def test_exercises_ask_and_their_solutions_pass(path):
    """Unsolved, an exercise says so; with the solution that it hides, it passes."""
    notebook = lessons.read(path)
    exercises = [
        c for c in lessons.code_cells(notebook) if "exercise" in lessons.tags(c)
    ]
    assert len(exercises) >= 2
    for cell in exercises:
        (error,) = lessons.errors(cell)
        assert error.ename == "AssertionError"
        assert error.evalue.startswith("not yet: ")

    answered = lessons.solved(notebook)
    stopwatch = "import time\ntime.process_time()"
    answered.cells.append(nbformat.v4.new_code_cell(stopwatch))
    lessons.run(answered)
    for cell in lessons.code_cells(answered):
        if "exercise" in lessons.tags(cell):
            assert not lessons.errors(cell), lessons.errors(cell)[0].evalue
            assert "".join(out.text for out in cell.outputs).startswith("right")
    # Of the processor, since other programs may share it.
    assert float(answered.cells[-1].outputs[0].data["text/plain"]) < 60


def test_freezing_leaves_out_what_is_of_one_machine():
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("print(1, flush=True)\nprint(2)"),
            nbformat.v4.new_code_cell(
                "import interactive_graphs as tf\ntf.reshape(1, [2])",
                metadata={"tags": ["raises-exception"]},
            ),
        ]
    )
    freeze.freeze(notebook)
    printed, failed = lessons.code_cells(notebook)
    assert [out.text for out in printed.outputs] == ["1\n2\n"]
    (error,) = lessons.errors(failed)
    traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    assert "interactive_graphs/" in traceback
    assert str(lessons.ROOT) not in traceback
    assert "execution" not in printed.metadata
    assert notebook.metadata.language_info == {"name": "python"}


DRAW, PRINT, FAIL = "%graph b", "print(b.eval())", "(b // 0.0 + c).eval()"
# A cell, and what to change of its output: where, from what, to what; whether nbval is
# to call it the same.
CHANGES = [
    (DRAW, "text/plain", "", "", True),
    (DRAW, "image/svg+xml", 'x="', 'x="1', True),
    (DRAW, "text/plain", "a = Const 1.0", "a = Const 1.5", False),
    (DRAW, "image/svg+xml", "<title>", "<title>no ", False),
    (DRAW, "text/html", 'alt="', 'alt="no ', False),
    (PRINT, "text", "3.0", "3.5", False),
    (FAIL, "evalue", "Cell In[1]", "Cell In[7]", True),
    (FAIL, "evalue", "must feed", "need not feed", False),
    (FAIL, "ename", "InvalidArgument", "OutOfRange", False),
]
SETUP = """\
import interactive_graphs as tf
%load_ext interactive_graphs
b = tf.constant(1.0, name='a') + 2.0
c = tf.placeholder(tf.float32, name='c')"""


def test_nbval_compares_what_is_the_same_on_every_machine(tmp_path):
    sources = [SETUP, *(change[0] for change in CHANGES)]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    for cell in cells:
        cell.metadata.tags = ["raises-exception"] if cell.source == FAIL else []
    notebook = nbformat.v4.new_notebook(cells=cells)
    freeze.freeze(notebook)
    for cell, (_, key, old, new, _) in zip(cells[1:], CHANGES, strict=True):
        *_, output = cell.outputs  # an error stands below the picture of its node
        holder = output.data if "data" in output else output
        assert old in holder[key]
        holder[key] = holder[key].replace(old, new) if old else holder[key]
    nbformat.write(notebook, tmp_path / "lesson.ipynb")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider"),
            *("-c", "pyproject.toml", "-p", "conftest", "-rA", "--color=no", tmp_path),
        ],
        cwd=lessons.ROOT,
        env=os.environ | {"PYTHONPATH": str(lessons.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        int(number): word
        for word, number in re.findall(
            r"^(PASSED|FAILED) .*?lesson\.ipynb::Cell (\d+)", done.stdout, re.MULTILINE
        )
    }
    expected = [True, *(same for *_, same in CHANGES)]
    assert found == {
        i: "PASSED" if same else "FAILED" for i, same in enumerate(expected)
    }, done.stdout + done.stderr


def test_binder_installs_what_the_lessons_import():
    """Binder's `postBuild` installs the extra `lab`; the lessons need no more."""
    build = lessons.ROOT / "binder" / "postBuild"
    assert os.access(build, os.X_OK)
    assert "pip install --no-cache-dir '.[lab]'" in build.read_text()
    project = tomllib.loads((lessons.ROOT / "pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    installed = {re.match(r"[\w-]+", name)[0].replace("-", "_") for name in named}
    imported = set()
    for path in lessons.PATHS:
        for cell in lessons.code_cells(lessons.read(path)):
            code = re.sub(r"^(\w+ = )?%.*$", "pass", cell.source, flags=re.MULTILINE)
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.Import):
                    imported |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported.add(node.module.partition(".")[0])
    foreign = imported - sys.stdlib_module_names - {"interactive_graphs"}
    assert {name.replace("sklearn", "scikit_learn") for name in foreign} <= installed


def test_binder_and_the_package_agree_about_python():
    environment = (lessons.ROOT / "binder" / "environment.yml").read_text()
    (minor,) = re.findall(r"- python=3\.(\d+)$", environment, re.MULTILINE)
    project = tomllib.loads((lessons.ROOT / "pyproject.toml").read_text())["project"]
    assert int(minor) >= int(project["requires-python"].removeprefix(">=3."))
    assert f"Programming Language :: Python :: 3.{minor}" in project["classifiers"]
