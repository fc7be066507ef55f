"""What live views cost a training loop, in a real kernel: `python -m benchmarks.live`.

The net of `mlp_step` trains in turn with no view, with a hidden one and with a visible
one, a few dozen steps each time, so that what else the machine does meets all alike.
Messages are made, packed and sent as ever; there is just no browser to draw them. What
is measured is the processor time of the training thread, which a busy machine does not
stretch; run it with OPENBLAS_NUM_THREADS=1, so that all of a step is in that thread.
"""

import argparse
import ast
from statistics import median
from typing import Any

from jupyter_client.manager import start_new_kernel

SETUP = """
import time
from functools import partial
import interactive_graphs as tf
from benchmarks.programs import nets
from interactive_graphs.debug.watch import watch
from interactive_graphs.widgets.graph_view import GraphView
from interactive_graphs.widgets.history import HistoryView
from interactive_graphs.widgets.tensor import TensorView
from interactive_graphs.widgets.variables import VariablesView

x, labels, feed = nets.images(tf)
hidden = tf.nn.relu(nets.dense(tf, x, 784, 256))
hidden = tf.nn.relu(nets.dense(tf, hidden, 256, 256))
logits = nets.dense(tf, hidden, 256, 10)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
    labels=labels, logits=logits))
train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
session = tf.InteractiveSession()
session.run(tf.global_variables_initializer())
graph = GraphView(tf.get_default_graph())
graph.follow(session)
views = {
    "variables": VariablesView(session),
    "tensor": TensorView(session, tf.trainable_variables()[0]),
    "history": HistoryView(session, [loss]),
    "graph": graph,
}
sent = []
for view in views.values():
    def count(*args, send, **named):
        sent.append(1)
        send(*args, **named)
    view.send = view._news._send = partial(count, send=view.send)
    view.send_state = partial(count, send=view.send_state)

def lap(name, visible, steps):
    if name:
        views[name].visible = visible
    for _ in range(3):
        session.run([train, loss], feed)
    sent.clear()
    start, began = time.thread_time(), time.perf_counter()
    for _ in range(steps):
        session.run([train, loss], feed)
    seconds = time.thread_time() - start
    found = seconds / steps, len(sent) / (time.perf_counter() - began)
    if name:
        views[name].visible = False
    return found
"""
ROUND = """
rows = []
for name in ("", *views):
    for visible in (False, True) if name else (False,):
        rows.append((name, visible, *lap(name, visible, {steps})))
print(rows)
"""


def run(client: Any, code: str) -> str:
    """What `code` prints in the kernel.

    Raises:
        RuntimeError: it fails.
    """
    out: list[str] = []

    def keep(message: Any) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            out.append(content["text"])

    reply = client.execute_interactive(code, output_hook=keep, timeout=600)
    if reply["content"]["status"] != "ok":
        raise RuntimeError("\n".join(reply["content"]["traceback"]))
    return "".join(out)


def main() -> None:
    """Prints a line for each view, hidden and visible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    manager, client = start_new_kernel(kernel_name="python3")
    found: dict[tuple[str, bool], list[tuple[float, float]]] = {}
    try:
        run(client, SETUP)
        for _ in range(options.rounds):
            text = run(client, ROUND.format(steps=options.steps))
            for name, visible, seconds, rate in ast.literal_eval(text):
                found.setdefault((name, visible), []).append((seconds, rate))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    report(found)


def report(found: dict[tuple[str, bool], list[tuple[float, float]]]) -> None:
    """Prints the least and the median step, against those without any view."""
    plain = [seconds for seconds, _ in found["", False]]
    print("view                  least us    median  of least of median  messages/s")
    for (name, visible), laps in found.items():
        times = [seconds for seconds, _ in laps]
        words = f"{name}, {'visible' if visible else 'hidden'}" if name else "none"
        least = min(times) / min(plain) - 1
        middle = median(times) / median(plain) - 1
        rate = median(rate for _, rate in laps)
        print(
            f"{words:20} {min(times) * 1e6:9.0f} {median(times) * 1e6:9.0f} "
            f"{least:+9.1%} {middle:+9.1%} {rate:11.0f}"
        )


if __name__ == "__main__":
    main()
