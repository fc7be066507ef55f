"""Every op of the table gives the same in every tier: its own sample, fed and fetched.

How far native code may be off is in `runtime/native/bounds.py`, op by op; what is not
named there keeps every bit, but for the signs of zeros. Draws are left out: their
streams are compared in `test_streams.py`.
"""

import importlib
from pathlib import Path

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry
from interactive_graphs.runtime.native.bounds import INPUTS, TERMS, bound_of
from tests.registry import samples
from tests.registry.node import Node
from tests.registry.sample import Sample
from tests.tiers.ways import (
    NATIVE,
    REFERENCE,
    assert_close,
    assert_equal,
    config,
    every_way,
)

FILES = sorted(Path(next(iter(samples.__path__))).glob("*.py"))
SAMPLES = [
    sample
    for path in FILES
    if path.stem != "__init__"
    for sample in importlib.import_module(f"tests.registry.samples.{path.stem}").SAMPLES
    if sample.run
]


def is_plain(sample: Sample) -> bool:
    """Whether it takes arrays of numbers alone, and gives the same in each run."""
    record = registry.lookup(sample.op)
    if not record.is_pure or record.blocking or not sample.inputs:
        return False
    if any(arg.is_ref for arg in record.inputs):
        return False
    flat = [
        value
        for item in sample.inputs
        for value in (item if isinstance(item, list) else [item])
    ]
    return not any(callable(v) or np.asarray(v).dtype.kind in "OSU" for v in flat)


PLAIN = [sample for sample in SAMPLES if is_plain(sample)]


class Fed(Node):
    """A sample's node with all its floats fed, so that nothing of it is folded."""

    def _one(self, arg, value):
        made = super()._one(arg, value)
        if made.op.type != "Const" or not made.dtype.is_floating:
            return made
        source = tf.placeholder(made.dtype, made.shape)
        self.feeds[source] = made.op.attrs["value"]
        return source


def sizes_of_terms(node, feeds):
    """What the op gives of the sizes of its inputs: of a sum the sum of the sizes."""
    sizes = {t: np.abs(v) for t, v in feeds.items()}
    with tf.Session(config=config(node_by_node=True)) as session:
        return session.run(list(node.op.outputs), sizes)


def check(node, feeds):
    """Compare the node's outputs in every tier."""
    results = every_way(node.op.outputs, feeds, initializer=tf.no_op())
    wanted = results.pop(REFERENCE)
    native = results.pop(NATIVE, None)
    for way, values in results.items():
        assert_equal(values, wanted, way)
    if native is None:
        return
    bound = bound_of(node.op.type)
    if not bound.ulps:
        assert_equal(native, wanted, NATIVE)
        return
    terms = wanted
    if bound.of == TERMS:
        terms = sizes_of_terms(node, feeds)
    elif bound.of == INPUTS:
        finite = [v[np.isfinite(v)] for v in feeds.values()]
        terms = [max(1.0, *(np.abs(v).max(initial=0.0) for v in finite))] * len(wanted)
    count = max(np.size(value) for value in feeds.values())

    def allowed(number):
        result, sizes = (np.asarray(v[number]) for v in (wanted, terms))
        return bound.allowed(result, sizes, count)

    assert_close(native, wanted, allowed, NATIVE)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: sample.op)
def test_samples(sample):
    with tf.Graph().as_default():
        node = Fed(sample)
        check(node, node.feeds)


SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1e-39, 3.4e38, -3.4e38, 1.0]


def spoilt(value, seed):
    """The same with some of its floats replaced by odd ones, in the same shape."""
    if value.dtype.kind != "f":
        return value
    rng = np.random.default_rng(seed)
    odd = rng.choice(SPECIAL, value.shape)
    if value.dtype.itemsize > 4:
        odd = np.where(odd == 1e-45, 5e-324, odd)
    with np.errstate(all="ignore"):
        mixed = np.where(rng.random(value.shape) < 0.4, odd, value)
        return mixed.astype(value.dtype)


# What may be odd of the inputs where zeros around an image would meet it; see `bounds`.
ONLY = {
    "Conv2D": {0},
    "Conv2DBackpropFilter": {0},
    "Conv2DBackpropInput": {1},
    "DepthwiseConv2dNative": {0},
    "DepthwiseConv2dNativeBackpropFilter": {0},
    "DepthwiseConv2dNativeBackpropInput": {1},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: sample.op)
def test_samples_with_odd_values(sample):
    with tf.Graph().as_default():
        node = Fed(sample)
        chosen = ONLY.get(sample.op, range(len(node.feeds)))
        feeds = {
            tensor: spoilt(np.asarray(value), 1) if number in chosen else value
            for number, (tensor, value) in enumerate(node.feeds.items())
        }
        try:
            with tf.Session(config=config(node_by_node=True)) as session:
                session.run(list(node.op.outputs), feeds)
        except tf.errors.OpError:
            return  # the same samples without them are compared above
        check(node, feeds)
