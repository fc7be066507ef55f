"""The ladder: all programs, and how they compare with TensorFlow when the work is done.

Goals are parts of what TensorFlow takes in the same run on the same machine.

Read next: `worker.py`, a process that measures one of them.
"""

from benchmarks.programs import building, loops, memory, nets, steps
from benchmarks.rung import Rung

LADDER: dict[str, Rung] = {
    "one_op": Rung(steps.run_one_op, "One op, a float fed", 0.02),
    "callable": Rung(steps.callable_of_one_op, "The same by `make_callable`", 0.02),
    "feed": Rung(steps.feed_4_megabytes, "Feed 4 MB", 0.1),
    "fetch": Rung(steps.fetch_4_megabytes, "Fetch 4 MB", 0.9),
    "scalars_100": Rung(steps.scalars_100, "100 scalar ops", 0.05),
    "scalars_1000": Rung(steps.scalars_1000, "1 000 scalar ops", 0.10),
    "floats_100": Rung(steps.hundreds_100, "100 ops on `float[100]`", 0.15),
    "floats_1000": Rung(steps.hundreds_1000, "1 000 ops on `float[100]`", 0.30),
    "linear": Rung(steps.linear_regression, "Linear regression, SGD step", 0.04),
    "softmax": Rung(nets.softmax_regression, "Softmax regression 784-10, SGD step"),
    "mlp_step": Rung(nets.mlp_step, "MLP 784-256-256-10, batch 100, SGD step", 0.50),
    "mlp_adam": Rung(
        nets.mlp_adam_step,
        "The same, Adam step",
        0.47,
        others=1e-3,  # PyTorch adds epsilon elsewhere in Adam's formula
    ),
    "mlp_inference": Rung(
        nets.mlp_inference, "The same, inference", 0.6, tolerance=1e-5
    ),
    "cnn_step": Rung(
        nets.cnn_step,
        "CNN, 2 x conv 5x5 (32, 64) and pool, batch 100, SGD step",
        0.60,
        unit="ms",
        warm_up=6.0,
    ),
    "lstm_step": Rung(
        nets.lstm_step,
        "LSTM 128 units, batch 32, 50 steps, SGD step",
        0.36,
        unit="ms",
        warm_up=6.0,
    ),
    "while": Rung(loops.while_counts, "`while_loop` that counts to 1 000", 0.001),
    "while_float": Rung(loops.while_halves, "The same with `a * 0.5 + 1.0` in it"),
    "while_rnn": Rung(loops.while_rnn, "RNN by `while_loop`, 28 steps, SGD step", 0.5),
    "embedding": Rung(
        steps.embedding, "Embedding 50 000 x 128, batch 128, SGD step", 0.3
    ),
    "million": Rung(steps.sum_of_a_million, "sum(tanh(2x + 1) exp(-x)), 1e6", 0.30),
    "build": Rung(
        building.build_additions, "Build 10 000 times `z = z + 1.0`", 0.08, unit="s"
    ),
    "gradient": Rung(
        building.gradient_of_chain, "Gradient of a chain of 2 000 ops", 0.04, unit="ms"
    ),
    "first_step": Rung(
        nets.mlp_first_adam_step,
        "From an empty graph to the first Adam step of the MLP",
        0.3,
        unit="ms",
        kind="fresh",
    ),
    "import": Rung(building.imports, "`import`", 0.06, unit="s", kind="import"),
    "memory": Rung(
        memory.fifty_layers,
        "Peak memory of training 50 layers of 1e6 floats",
        0.9,
        unit="MB",
        kind="memory",
    ),
    "graph": Rung(
        building.chain_of_100000,
        "100 000 ops: build, gradient, first run",
        2.5,
        unit="s",
        kind="fresh",
        absolute=True,
        rivals=False,
    ),
    "graph_memory": Rung(
        building.chain_of_100000,
        "Peak memory of the same",
        150.0,
        unit="MB",
        kind="memory",
        absolute=True,
        rivals=False,
    ),
}
