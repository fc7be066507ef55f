"""The shape of the source: imports point down, files stay short, names stay free.

The numbers are those of the tree in `docs/design/map.md`. A package imports packages
of lower numbers only; layer 0 and `framework` are ordered within as listed here.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1] / "interactive_graphs"
LINE_LIMIT = 600
LAYERS = {
    "errors": 0,
    "_util": 0,
    "protos": 0,
    "formats": 0,
    "platform": 0,
    "framework": 1,
    "kernels": 2,
    "display": 2,
    "ops": 3,
    "autodiff": 4,
    "runtime": 4,
    "summary": 4,
    "client": 5,
    "layers": 5,
    "losses": 5,
    "metrics": 5,
    "data": 5,
    "train": 6,
    "rnn": 6,
    "seq2seq": 7,
    "saved_model": 7,
    "distributed": 6,
    "examples": 6,
    "testing": 6,
    "debug": 6,
    "widgets": 7,
    "magics": 8,
    "api": 9,
    "__init__": 10,
}
LAYER_0 = [name for name, layer in LAYERS.items() if layer == 0]
FRAMEWORK = (
    "dtypes tensor_shape device graph_keys repr tensor_proto source signature "
    "registry names stacks tensor operation lookup blocks graph_collections graph "
    "convert build raw control_flow constant_value shape_rules seed sparse "
    "behavior scopes "
    "graph_def node_reader graph_import func_graph function function_def "
    "control_flow_def proto_functions meta_graph graph_util retire"
).split()
FIRST_FAMILIES = "constant shape slicing elementwise reduction matmul".split()
FILES = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.py")
    if not path.stem.endswith("_pb2")
)


class Import(NamedTuple):
    """One import statement: what it names and where it stands."""

    module: str
    line: int
    in_function: bool
    for_types_only: bool


def imports_of(source: str) -> Iterator[Import]:
    """Yields each import of a file, `from a import b` as `a.b`."""

    def walk(node: ast.AST, in_function: bool, for_types: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                names = [alias.name for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                dots = "." * child.level
                base = dots + (child.module or "")
                names = [f"{base}.{alias.name}" for alias in child.names]
            else:
                names = []
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(
                    child.test
                )
                yield from walk(child, in_function or inside, for_types or types)
            for name in names:
                yield Import(name, child.lineno, in_function, for_types)

    return walk(ast.parse(source), in_function=False, for_types=False)


def own_parts(module: str) -> list[str] | None:
    """The parts of a module's name below the package, or None for other packages."""
    parts = module.split(".")
    return parts[1:] if parts[0] == "interactive_graphs" else None


def complaints(file: Path, source: str) -> list[str]:
    """What is wrong with the imports of `file`, a path below the package."""
    top = file.parts[0].removesuffix(".py")
    found = []
    for item in imports_of(source):
        parts = own_parts(item.module)
        if item.module.startswith("."):
            found.append(f"{file}:{item.line} relative import of {item.module}")
        late = ("protos", "magics") if top == "__init__" else ("protos",)
        if item.in_function and top != "_util" and (parts or [""])[0] not in late:
            found.append(f"{file}:{item.line} imports {item.module} in a function")
        if parts and parts[0] in LAYERS and not points_down(file, top, parts, item):
            found.append(f"{file}:{item.line} imports {item.module}, not below it")
    return found


def points_down(file: Path, top: str, parts: list[str], item: Import) -> bool:
    """Whether an import of our own package goes to a lower place."""
    target = parts[0]
    if top == target == "framework" and len(parts) > 1:
        return item.for_types_only or framework_below(parts[1], file.stem)
    if top == target == "ops" and len(parts) > 1:
        return family_below(parts[1], file.stem)
    if top == target:
        return True
    if LAYERS[top] == LAYERS[target] == 0:
        return LAYER_0.index(target) < LAYER_0.index(top)
    return LAYERS[target] < LAYERS[top]


def framework_below(target: str, here: str) -> bool:
    """Whether `target` stands before `here` in the order of framework's modules."""
    if target not in FRAMEWORK or here not in FRAMEWORK:
        return here == "__init__"
    return FRAMEWORK.index(target) < FRAMEWORK.index(here)


def family_below(target: str, here: str) -> bool:
    """Whether a family may use another: the first six have an order, helpers none."""
    if here not in FIRST_FAMILIES or target.startswith("_"):
        return True
    rank = FIRST_FAMILIES.index(here)
    return target in FIRST_FAMILIES[:rank]


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_point_down(file):
    assert complaints(file, (ROOT / file).read_text()) == []


def lines_besides_imports(source: str) -> int:
    """How long a file is to its reader: a list of public names is no code to follow."""
    return len(source.splitlines()) - sum(
        node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


@pytest.mark.parametrize("file", FILES, ids=str)
def test_file_keeps_its_size_and_place(file):
    source = (ROOT / file).read_text()
    # What re-exports hundreds of names takes a line for each, in whatever file.
    lines = (
        lines_besides_imports(source)
        if file.stem == "__init__"
        else len(source.splitlines())
    )
    assert lines <= LINE_LIMIT, f"{file} has {lines} lines; split it"
    assert file.parts[0].removesuffix(".py") in LAYERS, f"{file} has no layer"
    if file.parts[0] == "framework" and file.stem != "__init__":
        assert file.stem in FRAMEWORK, f"{file} has no place in framework's order"


def test_no_module_shadows_the_standard_library():
    # But for the public namespaces, which are TF's: tf.math, tf.random, tf.queue; and
    # for the package whose name TF's is, too: tf.python.platform.
    files = [file for file in FILES if file.parts[0] not in ("api", "platform")]
    files += [Path(file.name) for file in FILES if file.parts[0] == "platform"]
    names = {part.removesuffix(".py") for file in files for part in file.parts}
    assert names & set(sys.stdlib_module_names) == set()


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        ("ops/matmul.py", "import interactive_graphs.runtime.place", "not below it"),
        ("ops/shape.py", "from interactive_graphs.ops.matmul import matmul", "below"),
        ("runtime/place.py", "from interactive_graphs import autodiff", "not below"),
        ("errors.py", "from interactive_graphs._util import nest", "not below it"),
        ("framework/graph.py", "from interactive_graphs.framework import raw", "below"),
        ("client/session.py", "def f():\n  import numpy", "in a function"),
        ("ops/matmul.py", "from .math import add", "relative import"),
    ],
)
def test_the_check_sees_a_wrong_import(file, source, words):
    (message,) = complaints(Path(file), source)
    assert words in message


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("ops/matmul.py", "from interactive_graphs.framework import raw, dtypes"),
        ("framework/raw.py", "from interactive_graphs.framework.graph import Graph"),
        ("client/session.py", "def f():\n  from interactive_graphs.protos import x"),
        (
            "framework/tensor.py",
            "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n"
            "  from interactive_graphs.framework.graph import Graph",
        ),
    ],
)
def test_the_check_lets_a_right_import_pass(file, source):
    assert complaints(Path(file), source) == []
