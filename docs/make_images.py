"""Draws the pictures of the documentation: `python docs/make_images.py`.

`images/tour.svg` is the graph of the tour's classifier (`notebooks/00_tour.ipynb`) as
`%graph --open input --open hidden loss` shows it where the other scopes stay closed.
"""

from __future__ import annotations

from pathlib import Path

import interactive_graphs as tf
from interactive_graphs.display.picture import Picture, show_graph

IMAGES = Path(__file__).parent / "images"


def tour() -> Picture:
    """The picture at the top of the README."""
    with tf.Graph().as_default():
        with tf.name_scope("input"):
            image = tf.placeholder(tf.float32, [None, 64], name="image")
            label = tf.placeholder(tf.int64, [None], name="label")
        with tf.name_scope("hidden"):
            weights = tf.Variable(
                tf.truncated_normal([64, 100], stddev=0.1), name="weights"
            )
            bias = tf.Variable(tf.zeros([100]), name="bias")
            hidden = tf.nn.relu(tf.matmul(image, weights) + bias)
        with tf.name_scope("output"):
            weights = tf.Variable(
                tf.truncated_normal([100, 10], stddev=0.1), name="weights"
            )
            bias = tf.Variable(tf.zeros([10]), name="bias")
            logits = tf.matmul(hidden, weights) + bias
        with tf.name_scope("loss"):
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=label, logits=logits
            )
            loss = tf.reduce_mean(each, name="loss")
        # Few boxes, so that the picture fits a page beside text.
        return show_graph(loss, open=["input", "hidden"], budget=6)


if __name__ == "__main__":
    tour().save(IMAGES / "tour.svg")
