"""Models of small graphs for the tests of the browser's side.

    python -m tests.display.fixtures

writes `widgets/fixtures/*.json`, one for each function of `GRAPHS`. A test in
`test_fixtures.py` holds them to what Python makes today, and vitest holds the views to
them: together they are the contract between the two sides.
"""

from __future__ import annotations

import json
from pathlib import Path

import interactive_graphs as tf
from interactive_graphs.display.book import Book
from tests.display.fakes import hostile

FOLDER = Path(__file__).parents[2] / "widgets" / "fixtures"


def classifier():
    """Two layers, a loss, its gradients and an optimizer with slots; two devices."""
    x = tf.placeholder(tf.float32, [None, 784], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    hidden = x
    for number, units in enumerate((64, 10), 1):
        with tf.variable_scope(f"layer{number}"), tf.device(f"/device:CPU:{number}"):
            shape = [hidden.shape[1], units]
            weights = tf.get_variable("weights", shape)
            biases = tf.get_variable(
                "biases", [units], initializer=tf.zeros_initializer()
            )
            hidden = tf.nn.bias_add(tf.matmul(hidden, weights), biases)
            if number == 1:
                hidden = tf.nn.relu(hidden)
    with tf.name_scope("loss"):
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=hidden
        )
        loss = tf.reduce_mean(each)
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, name="train")
    init = tf.global_variables_initializer()
    return [train, init]


def loop():
    """A while loop with a scope in its body."""
    limit = tf.placeholder(tf.int32, [], name="limit")

    def body(count, total):
        with tf.name_scope("square"):
            square = tf.to_float(count) * tf.to_float(count)
        return count + 1, total + square

    _, total = tf.while_loop(lambda count, _: count < limit, body, (0, 0.0))
    tf.identity(total, name="total")
    return []


def crowded():
    """Scopes three deep, one of them with more operations than fit into a frame."""
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.name_scope("model"):
        with tf.name_scope("long"):
            y = x
            for _ in range(50):
                y = tf.tanh(y)
        for number in range(3):
            with tf.name_scope(f"block{number}"), tf.name_scope("inner"):
                y = tf.nn.relu(y * 2.0)
    tf.reduce_sum(y, name="sum")
    return []


GRAPHS = (classifier, loop, crowded)


def models():
    """Every model by the name of its file."""
    found = {}
    for make in GRAPHS:
        with tf.Graph().as_default() as graph:
            asked = make()
        book = Book(graph.get_operations(), asked=asked)
        found[make.__name__] = book.to_json(title=make.__name__)
    found["hostile"] = Book(hostile()).to_json(title="<script>alert(1)</script>")
    return found


def text(model):
    """A model as it stands in its file: a line for each part, so that changes show."""
    lines = [
        f" {json.dumps(name)}: {json.dumps(part, ensure_ascii=True)}"
        for name, part in model.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, model in models().items():
        (FOLDER / f"{name}.json").write_text(text(model), encoding="utf-8")
