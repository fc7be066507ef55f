"""Every op's sample gives what TensorFlow's kernel gives, in every dtype it allows.

The samples of `tests/registry` say what each op takes; here TensorFlow imports the very
same node and runs it on the very same arrays.
"""

import os
from typing import Any

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry
from interactive_graphs.framework.dtypes import as_dtype
from tests.registry.node import Node
from tests.registry.sample import Sample
from tests.registry.test_every_op import RUN, fixed_type, label, types_to_try

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

TOLERANCE = {"float16": 5e-3, "bfloat16": 4e-2, "float32": 2e-5, "complex64": 2e-5}
# Signs of vectors are free: these are compared by what they multiply to elsewhere.
FREE = {"Svd", "Qr", "SelfAdjointEigV2"}
# Where TensorFlow's kernel is not to be followed, by op, or op and dtype.
NOT_COMPARED = {
    ("SplitV", "int8"): "ends the process",
    ("Round", "int8"): "gives zeros",
    ("Round", "int16"): "gives zeros",
    ("Round", "int32"): "gives zeros",
    ("Round", "int64"): "gives zeros",
    ("ArgMax", "int16"): "reads the axis as a longer number",
    ("CTCLoss", "float64"): "works in float32",
    ("CTCBeamSearchDecoder", "float64"): "works in float32",
    ("ResizeBilinearGrad", "float64"): "has weights in float32",
    ("EncodePng", None): "compresses otherwise; the pixels are in cases/images.py",
    ("ImageSummary", None): "compresses otherwise; the pixels are in cases/summary.py",
    ("StatelessRandomUniform", None): "draws other numbers",
    ("StatelessRandomNormal", None): "draws other numbers",
    ("StatelessTruncatedNormal", None): "draws other numbers",
    ("StatelessRandomUniformInt", None): "draws other numbers",
    ("TopK", None): "is gone from later versions",
    ("SparseAdd", None): "has kernels for T and Treal that belong together only",
    ("DepthwiseConv2dNative", None): "wants equal strides on the CPU",
    ("DepthwiseConv2dNativeBackpropInput", None): "wants equal strides on the CPU",
    ("DepthwiseConv2dNativeBackpropFilter", None): "wants equal strides on the CPU",
    ("FusedBatchNormV3", None): "fills reserved outputs, which mean nothing",
    ("FusedBatchNormGrad", None): "fills reserved outputs, which mean nothing",
    ("FusedBatchNormGradV2", None): "fills reserved outputs, which mean nothing",
    ("FusedBatchNormGradV3", None): "fills reserved outputs, which mean nothing",
}


def comparable(sample: Sample) -> bool:
    op = registry.lookup(sample.op)
    has_state = op.stateful or any(arg.is_ref for arg in (*op.inputs, *op.outputs))
    handled = any(callable(v) for v in sample.inputs)
    skipped = sample.op in FREE or (sample.op, None) in NOT_COMPARED
    return not has_state and not handled and bool(op.outputs) and not skipped


def theirs_of(node: Node) -> list[Any]:
    """What TensorFlow gives for the very same graph, which it reads from the wire."""
    wire = node.op.graph.as_graph_def().SerializeToString()
    graph_def = tensorflow.GraphDef.FromString(wire)
    tensorflow.import_graph_def(graph_def, name="")
    feeds = {tensor.name: value for tensor, value in node.feeds.items()}
    with tensorflow.Session() as sess:
        return list(sess.run([tensor.name for tensor in node.op.outputs], feeds))


def compare(ours: list[Any], theirs: list[Any], dtype: str | None) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        # numpy's own text would lose the zeros at its end.
        other = np.asarray(other, object if isinstance(other, bytes) else None)
        if mine.dtype == object or mine.dtype.kind in "SU":
            assert np.asarray(mine).tolist() == other.tolist()
            continue
        assert mine.dtype == other.dtype
        assert mine.shape == other.shape
        names = (mine.dtype.name, dtype or "")
        within = max(TOLERANCE.get(name, 1e-9) for name in names)
        wide = np.complex128 if mine.dtype.kind == "c" else np.float64
        scale = max(1.0, float(np.nanmax(np.abs(other.astype(wide)), initial=0)))
        if not np.isfinite(scale):
            scale = 1.0
        np.testing.assert_allclose(
            mine.astype(wide), other.astype(wide), within, within * scale
        )


def run_both(sample: Sample, cast: dict[str, str] | None) -> None:
    with tf.Graph().as_default(), tensorflow.Graph().as_default():
        try:
            node = Node(sample, cast=cast)
        except ValueError:
            assert cast is not None
            return  # the sample's values do not suit the dtype
        try:
            theirs = theirs_of(node)
        except (ValueError, tensorflow.errors.OpError) as error:
            if cast is None:
                raise AssertionError(f"TensorFlow: {error}") from error
            if isinstance(error, tensorflow.errors.InvalidArgumentError):
                missing = ("No OpKernel", "No registered", "Signature", "Wrong types")
                if not any(words in str(error) for words in missing):
                    with pytest.raises(tf.errors.InvalidArgumentError):
                        node.run()
            return  # it has no kernel for the dtype
        compare(node.run(), theirs, next(iter(cast.values())) if cast else None)


SAMPLES = [sample for sample in RUN if comparable(sample)]


@pytest.mark.parametrize("sample", SAMPLES, ids=label)
def test_same_as_tensorflows_kernel(sample):
    run_both(sample, None)


@pytest.mark.parametrize("sample", SAMPLES, ids=label)
def test_same_in_every_dtype(sample):
    if any(map(fixed_type, sample.inputs)):
        return
    for attr, name in types_to_try(sample):
        skipped = name == "string" or as_dtype(name).is_bool
        if not skipped and (sample.op, name) not in NOT_COMPARED:
            run_both(sample, {attr: name})
