"""SavedModels and frozen graphs exchanged with TensorFlow."""

import os

import numpy as np
import pytest

import interactive_graphs

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

BOTH = (interactive_graphs, tensorflow)
LIBRARIES = pytest.mark.parametrize("writer", BOTH, ids=lambda m: f"by {m.__name__}")
X = np.float32([[1, 2], [3, 4]])


def dense(tf, resource):
    """A small net with dropout that is off, and what training needs."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.variable_scope("net", use_resource=resource):
        w = tf.get_variable("w", initializer=np.float32([[1, -2], [0.5, 3]]))
        b = tf.get_variable("b", initializer=np.float32([0.25, 0.5]))
    hidden = tf.nn.relu(tf.nn.bias_add(tf.matmul(x, w), b))
    y = tf.nn.softmax(hidden, name="y")
    loss = tf.reduce_mean(tf.square(y))
    step = tf.train.get_or_create_global_step()
    tf.train.AdamOptimizer(0.1).minimize(loss, global_step=step)
    return x, y


def picture(tf, resource):
    """A convolution, pooling, batch normalization with fixed moments."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    image = tf.reshape(tf.tile(x, [1, 32]), [-1, 8, 8, 1])
    with tf.variable_scope("net", use_resource=resource):
        kernel = tf.get_variable(
            "kernel", initializer=np.arange(18, dtype=np.float32).reshape(3, 3, 1, 2)
        )
        scale = tf.get_variable("scale", initializer=np.float32([0.5, 2]))
    image = tf.nn.conv2d(image, kernel, [1, 1, 1, 1], "SAME")
    image, _, _ = tf.nn.fused_batch_norm(
        image, scale, np.float32([0, 1]), np.float32([5, 6]), np.float32([2, 3]),
        is_training=False,
    )  # fmt: skip
    image = tf.nn.max_pool(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    return x, tf.reduce_sum(image, [1, 2], name="y")


def branches(tf, resource):
    """A conditional and a loop that read variables."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.variable_scope("net", use_resource=resource):
        v = tf.get_variable("v", initializer=np.float32(2))
    large = tf.cond(tf.reduce_sum(x) > 5.0, lambda: x * v, lambda: x)
    _, total = tf.while_loop(
        lambda i, _: i < 3, lambda i, t: (i + 1, t * v), [0, large]
    )
    return x, tf.identity(total, name="y")


MODELS = (dense, picture, branches)
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
KINDS = pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])


def loaded(tf, path, tags):
    with tf.Graph().as_default(), tf.Session() as sess:
        meta = tf.saved_model.loader.load(sess, tags, path)
        (signature,) = meta.signature_def.values()
        assert signature.method_name == "tensorflow/serving/predict"
        names = signature.inputs["features"].name, signature.outputs["scores"].name
        return sess.run(names[1], {names[0]: X})


def control_flow_as_ours(tf):
    """Makes TensorFlow build conditionals and loops as TF1 did."""
    if tf is tensorflow:
        tf.disable_control_flow_v2()


@LIBRARIES
@EACH
@KINDS
def test_a_saved_model(tmp_path, writer, model, resource):
    control_flow_as_ours(writer)
    path = str(tmp_path / "m")
    with writer.Graph().as_default(), writer.Session() as sess:
        x, y = model(writer, resource)
        sess.run(writer.global_variables_initializer())
        writer.saved_model.simple_save(sess, path, {"features": x}, {"scores": y})
        expected = sess.run(y, {x: X})
    for reader in BOTH:
        np.testing.assert_allclose(loaded(reader, path, ["serve"]), expected, 1e-5)


@LIBRARIES
@pytest.mark.parametrize("as_text", [False, True])
def test_assets_and_main_ops(tmp_path, writer, as_text):
    tf, path = writer, str(tmp_path / "m")
    words = tmp_path / "words.txt"
    words.write_text("hello")
    with tf.Graph().as_default(), tf.Session() as sess:
        name = tf.constant(str(words), name="words")
        tf.Variable(0.0, name="unused")
        seen = tf.get_local_variable("seen", initializer="")
        start = tf.group(tf.assign(seen, tf.read_file(name)), name="start")
        sess.run(tf.global_variables_initializer())
        builder = tf.saved_model.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            sess, ["a", "b"], assets_collection=[name], main_op=start,
            strip_default_attrs=True,
        )  # fmt: skip
        builder.save(as_text)
    words.unlink()
    for reader in BOTH:
        with reader.Graph().as_default(), reader.Session() as sess:
            reader.saved_model.loader.load(sess, ["b", "a"], path)
            assert sess.run("seen:0") == b"hello"


def frozen(tf, model, resource):
    """The bytes of a frozen graph, and what it gives."""
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x, y = model(tf, resource)
        sess.run(tf.global_variables_initializer())
        graph_def = tf.graph_util.convert_variables_to_constants(
            sess, graph.as_graph_def(), ["y"]
        )
        return graph_def.SerializeToString(), sess.run(y, {x: X})


@LIBRARIES
@EACH
@KINDS
def test_a_frozen_graph(tmp_path, writer, model, resource):
    control_flow_as_ours(writer)
    data, expected = frozen(writer, model, resource)
    path = tmp_path / "frozen.pb"
    path.write_bytes(data)
    for reader in BOTH:
        graph_def = reader.GraphDef()
        with reader.gfile.GFile(str(path), "rb") as file:
            graph_def.ParseFromString(file.read())
        kinds = {node.op for node in graph_def.node}
        assert not kinds & {"VariableV2", "VarHandleOp", "ReadVariableOp"}
        with reader.Graph().as_default(), reader.Session() as sess:
            x, y = reader.import_graph_def(graph_def, return_elements=["x:0", "y:0"])
            np.testing.assert_allclose(sess.run(y, {x: X}), expected, 1e-5)


@KINDS
def test_the_same_nodes_are_frozen(resource):
    names = []
    for tf in BOTH:
        data, _ = frozen(tf, dense, resource)
        graph_def = interactive_graphs.GraphDef.FromString(data)
        names.append({node.name for node in graph_def.node})
    assert names[0] == names[1]


@LIBRARIES
def test_parts_of_graphs(writer):
    with writer.Graph().as_default() as graph:
        dense(writer, resource=False)
    graph_def = graph.as_graph_def()
    wire = graph_def.SerializeToString()
    ours = interactive_graphs.GraphDef.FromString(wire)
    theirs = tensorflow.GraphDef.FromString(wire)
    cut = [
        tf.graph_util.extract_sub_graph(given, ["y"])
        for tf, given in zip(BOTH, (ours, theirs), strict=True)
    ]
    slim = [
        tf.graph_util.remove_training_nodes(part, protected_nodes=["y"])
        for tf, part in zip(BOTH, cut, strict=True)
    ]
    for pair in (cut, slim):
        nodes = [[(n.name, n.op, list(n.input)) for n in g.node] for g in pair]
        assert nodes[0] == nodes[1]
