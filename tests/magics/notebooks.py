"""Random notebooks, and what a graph is after they have run.

A cell begins by giving its names plain values, so that a cell further down finds the
same names in every kernel, whatever failed: hidden state of Python's is not the graph's.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import interactive_graphs as tf

START = """\
import interactive_graphs as tf
%load_ext interactive_graphs
tf.set_random_seed(7)
sess = tf.get_default_session()
"""

# `#` is the cell's own number, `@` that of a cell above.
STATEMENTS = (
    "y# = tf.constant(1.0)",
    "y# = tf.placeholder(tf.float32, [])",
    "y# = tf.add(y@, 2.0)",
    "y# = tf.add(y#, y@, name='sum')",
    "with tf.name_scope('layer'): y# = tf.multiply(y@, y@)",
    "v# = tf.Variable(tf.random_normal([2]))",
    "v# = tf.get_variable('w@', [2])",
    "v# = tf.get_variable('r', [2], use_resource=True)",
    "with tf.variable_scope('s', reuse=tf.AUTO_REUSE): v# = tf.get_variable('w', [2])",
    "with tf.variable_scope(None, 's'): v# = tf.get_variable('w', [2])",
    "tf.get_variable_scope().reuse_variables()",
    "tf.get_default_graph().clear_collection('mine')",
    "tf.add_to_collection('mine', y#)",
    "tf.summary.scalar('loss', y@)",
    "v# = v@",
    "o# = tf.train.AdamOptimizer(0.1)",
    "o# = tf.train.MomentumOptimizer(0.1, 0.9)",
    "if v@ is not None and o@ is not None: o@.minimize(tf.reduce_sum(v@ * v@))",
    "if v@ is not None: y# = tf.reduce_sum(tf.gradients(v@ * v@, v@)[0])",
    "f# = tf.layers.Dense(2)",
    "if f@ is not None: tf.reduce_sum(f@(tf.ones([1, 2])), name='dense')",
    "if f@ is not None: f@(f@(tf.ones([1, 2])))",
    "tf.layers.dense(tf.ones([1, 2]), 2)",
    "f# = tf.make_template('t', lambda x: x * tf.get_variable('w', [2]))",
    "y# = tf.while_loop(lambda i: i < 5.0, lambda i: i + tf.identity(1.0), [y@])",
    "y# = tf.while_loop(lambda i: i < 50.0, lambda i: i * i + 2.0, [tf.identity(y@)])",
    "if isinstance(y@, tf.Tensor): tf.gradients(y@ * 2.0, y@.op.inputs or [y@])",
    "if v@ is not None: tf.gradients(\n"
    "    tf.while_loop(lambda x: tf.reduce_sum(x) < 9.0, lambda x: x * v@, [v@]), v@)",
    "y# = tf.cond(tf.less(y@, 1.0), lambda: y@ + 1.0, lambda: tf.constant(0.0))",
    "y# = tf.py_func(lambda x: x, [y@], tf.float32)",
    "tf.train.Saver(allow_empty=True)",
    "tf.train.get_or_create_global_step()",
    "y# = tf.random_uniform([])",
    "tf.set_random_seed(@)",
    "sess.run(tf.global_variables_initializer())",
    "sess.run(tf.global_variables_initializer())\n"
    "for train in tf.get_collection('train_op'): sess.run(train)",
    "raise RuntimeError('half-way')",
)  # fmt: skip

Cell = list[tuple[str, int]]
Notebook = list[Cell]


def source(number: int, cell: Cell) -> str:
    """The text of a cell; what is above it are the cells 0 to `number`."""
    lines = [f"y{number}, v{number}, o{number}, f{number} = 0.5, None, None, None"]
    for statement, other in cell:
        above = str(other % number if number else 0)
        lines.append(statement.replace("#", str(number)).replace("@", above))
    return "\n".join(lines)


statements = st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 5))
cells = st.lists(statements, min_size=1, max_size=5)


@st.composite
def histories(draw: Any, in_order: bool) -> tuple[list[tuple[int, Cell]], Notebook]:
    """Runs of cells, some edited in between; and the notebook in the end.

    Args:
        draw: hypothesis' own.
        in_order: whether each cell is first run after those above it.
    """
    notebook: Notebook = draw(st.lists(cells, min_size=1, max_size=5))
    runs = [(i, cell) for i, cell in enumerate(notebook)] if in_order else []
    last = len(notebook) - 1
    for number, edited in draw(
        st.lists(st.tuples(st.integers(0, last), st.none() | cells), max_size=7)
    ):
        if edited is not None:
            notebook = [*notebook[:number], edited, *notebook[number + 1 :]]
        runs.append((number, notebook[number]))
    return runs, notebook


def save(path: Path, size: int) -> None:
    """The notebook's file, as far as a kernel reads it: the order of the cells."""
    ids = ["start", *(f"cell{i}" for i in range(size))]
    path.write_text(json.dumps({"cells": [{"id": one} for one in ids]}))


Runner = Callable[[str, str], None]


def run_all(run: Runner, notebook: Notebook) -> None:
    """All cells, from the top."""
    run(START, "start")
    for number, cell in enumerate(notebook):
        run(source(number, cell), f"cell{number}")


def fingerprint(session: Any) -> dict[str, Any]:
    """What must be the same in a new kernel, as plain data."""
    graph = session.graph
    definition = str(graph.as_graph_def(add_shapes=True))
    # Functions of Python are numbered through in a process, whatever the graph.
    tokens: dict[str, str] = {}
    definition = re.sub(
        r"pyfunc_\d+", lambda m: tokens.setdefault(m[0], f"f{len(tokens)}"), definition
    )
    return {
        "graph": definition,
        "collections": {
            str(key): [named(item) for item in graph.get_collection(key)]
            for key in sorted(map(str, graph.collections))
            if graph.get_collection(key)
        },
        "next names": [graph.unique_name(n, False) for n in ("Const", "s", "Variable")],
        "next seed": tf.get_seed(None),
        "seed": graph.seed,
    }


def values(session: Any) -> dict[str, Any]:
    """The values of the variables that have one."""
    found = {}
    for variable in tf.global_variables():
        with contextlib.suppress(tf.errors.FailedPreconditionError):
            found[variable.name] = session.run(variable).tolist()
    return found


def named(item: Any) -> str:
    """An item of a collection, in words that are the same in every process."""
    return str(getattr(item, "name", type(item).__name__))
