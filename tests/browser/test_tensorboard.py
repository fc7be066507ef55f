"""What a user sees in TensorBoard of a training run of ours: graph, scalars, histograms."""

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image

import interactive_graphs as tf

pytestmark = pytest.mark.browser


@pytest.fixture
def logdir(tmp_path):
    """What a small regression wrote while it was trained."""
    rng = np.random.default_rng(1)
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("layer"):
        w = tf.Variable(rng.standard_normal([4, 3]), dtype=tf.float32, name="w")
        y = tf.nn.relu(tf.matmul(x, w))
    with tf.name_scope("error"):
        loss = tf.reduce_mean(tf.square(y - 1.0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    tf.summary.scalar("loss", loss)
    tf.summary.histogram("weights", w)
    merged = tf.summary.merge_all()
    logdir = tmp_path / "logs"
    with tf.Session() as sess, tf.summary.FileWriter(logdir, sess.graph) as writer:
        sess.run(tf.global_variables_initializer())
        for step in range(20):
            feeds = {x: rng.random([8, 4])}
            writer.add_summary(sess.run([merged, train], feeds)[0], step)
    return logdir


@pytest.fixture
def url(logdir):
    """Where a TensorBoard of the tests' own shows it."""
    if importlib.util.find_spec("tensorboard") is None:
        pytest.skip("tensorboard is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)),
            *("--host", "127.0.0.1", "--port", str(port), "--load_fast", "false"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=2):
                    break
            except OSError:
                assert server.poll() is None, "TensorBoard ended at once"
                assert time.monotonic() < deadline, "TensorBoard did not answer"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=30)


# The tab, the words it must show, and the colour of what is drawn there.
TABS = [
    ("graphs", ["Main Graph", "layer", "error", "gradients", "x"], (240, 240, 240)),
    ("scalars", ["loss"], (255, 112, 67)),
    ("histograms", ["weights"], (255, 112, 67)),
]


def test_tensorboard_shows_the_run(chromium, url, tmp_path):
    for tab, words, colour in TABS:
        page = chromium.new_page(
            color_scheme="light", viewport={"width": 1300, "height": 900}
        )
        page.goto(f"{url}?darkMode=false#{tab}")
        for word in words:
            page.get_by_text(word, exact=True).first.wait_for(
                state="attached", timeout=60_000
            )
        picture = tmp_path / f"{tab}.png"
        deadline = time.monotonic() + 30
        drawn = 0
        while drawn < 200 and time.monotonic() < deadline:
            page.wait_for_timeout(500)
            page.screenshot(path=picture)
            # Left of and above it are the controls, which have these colours, too.
            pixels = np.array(Image.open(picture).convert("RGB"))[180:, 340:].astype(
                int
            )
            drawn = (np.abs(pixels - colour).max(axis=-1) < 12).sum()
        assert drawn >= 200, f"nothing is drawn on the page {tab}: {picture}"
        page.close()
