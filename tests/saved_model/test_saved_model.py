"""SavedModels: written, read, and what is said of wrong ones."""

import os

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import protos

saved = tf.saved_model
utils = saved.signature_def_utils


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "export")


def said(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def model():
    """A graph that multiplies by [[1], [2]]."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=[[1.0], [2.0]])
    return x, tf.matmul(x, w, name="y")


def written(path, **kwargs):
    """A SavedModel with one graph, and its signature."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = model()
        sess.run(tf.global_variables_initializer())
        signature = utils.predict_signature_def({"in": x}, {"out": y})
        builder = saved.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            sess, ["train"], signature_def_map={"predict": signature}, **kwargs
        )
        builder.add_meta_graph(["serve", "gpu"], clear_devices=True)
        builder.save()


def tree(path):
    return sorted(
        os.path.relpath(os.path.join(where, name), path)
        for where, _, names in os.walk(path)
        for name in names
    )


VARIABLES = ["variables/variables.data-00000-of-00001", "variables/variables.index"]


def test_simple_save_there_and_back(path):
    with tf.Session() as sess:
        x, y = model()
        sess.run(tf.global_variables_initializer())
        saved.simple_save(sess, path, inputs={"x": x}, outputs={"y": y})
    assert tree(path) == ["saved_model.pb", *VARIABLES]
    with tf.Session(graph=tf.Graph()) as sess:
        meta = saved.loader.load(sess, [saved.tag_constants.SERVING], path)
        key = saved.signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        signature = meta.signature_def[key]
        assert signature.method_name == "tensorflow/serving/predict"
        x = saved.utils.get_tensor_from_tensor_info(signature.inputs["x"])
        y = saved.utils.get_tensor_from_tensor_info(signature.outputs["y"])
        np.testing.assert_array_equal(sess.run(y, {x: [[1, 10]]}), [[21]])
        assert [v.name for v in tf.trainable_variables()] == ["w:0"]


def test_several_graphs_share_the_variables(path):
    written(path)
    for tags in (["train"], {"gpu", "serve"}, ("serve", "gpu")):
        with tf.Session(graph=tf.Graph()) as sess:
            saved.load(sess, tags, path)
            assert sess.run("y:0", {"x:0": [[1, 1]]}) == 3


def test_a_scope(path):
    written(path)
    with tf.Session(graph=tf.Graph()) as sess:
        meta = saved.loader.load(sess, ["train"], path, import_scope="in")
        y = saved.utils.get_tensor_from_tensor_info(
            meta.signature_def["predict"].outputs["out"], import_scope="in"
        )
        assert y.name == "in/y:0"
        assert sess.run(y, {"in/x:0": [[1, 1]]}) == 3


def test_the_graph_of_the_session_is_loaded_into(path):
    written(path)
    with tf.Session(graph=tf.Graph()) as sess, tf.Graph().as_default() as other:
        saved.loader.load(sess, ["train"], path)
        assert other.get_operations() == []
        assert sess.run("y:0", {"x:0": [[1, 1]]}) == 3


def test_as_text(path):
    with tf.Session() as sess:
        model()
        sess.run(tf.global_variables_initializer())
        builder = saved.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(sess, ["a"], strip_default_attrs=True)
        assert builder.save(as_text=True) == f"{path}/saved_model.pbtxt".encode()
    assert saved.loader.maybe_saved_model_directory(path)
    with tf.Session(graph=tf.Graph()) as sess:
        meta = saved.loader.load(sess, ["a"], path)
        assert meta.meta_info_def.stripped_default_attrs
        assert sess.run("y:0", {"x:0": [[1, 1]]}) == 3


def test_without_variables(path):
    with tf.Session() as sess:
        tf.constant(3.0, name="c")
        builder = saved.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(sess, ["a"])
        builder.save()
    assert tree(path) == ["saved_model.pb"]
    with tf.Session(graph=tf.Graph()) as sess:
        saved.loader.load(sess, ["a"], path)
        assert sess.run("c:0") == 3


@pytest.mark.parametrize("argument", ["main_op", "legacy_init_op"])
def test_assets_and_what_runs_after_loading(path, tmp_path, argument):
    vocabulary = tmp_path / "words.txt"
    vocabulary.write_text("a b")
    with tf.Session() as sess:
        tf.Variable(0.0, name="v")
        name = tf.constant(str(vocabulary), name="asset")
        tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, name)
        seen = tf.get_local_variable("seen", initializer="")
        start = tf.group(seen.assign(tf.read_file(name)), name="start")
        sess.run(tf.global_variables_initializer())
        builder = saved.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            sess, ["a"], assets_collection=[name], **{argument: start}
        )
        builder.save()
    assert tree(path) == ["assets/words.txt", "saved_model.pb", *VARIABLES]
    os.rename(path, path + "-moved")
    vocabulary.unlink()
    with tf.Session(graph=tf.Graph()) as sess:
        saved.loader.load(sess, ["a"], path + "-moved")
        assert sess.run("seen:0") == b"a b"
        (holder,) = tf.get_collection(saved.constants.ASSETS_KEY)
        assert holder.type_url == "type.googleapis.com/tensorflow.AssetFileDef"
        assert protos.AssetFileDef.FromString(holder.value).filename == "words.txt"


def test_main_op_helpers():
    v = tf.get_local_variable("v", initializer=3.0)
    g = tf.Variable(4.0)
    main, again = (
        saved.main_op.main_op(),
        saved.main_op.main_op_with_restore(g.assign(5.0).op.name),
    )
    with tf.Session() as sess:
        sess.run(main)
        assert sess.run([v, g]) == [3, 4]
        sess.run(again)
        assert sess.run(g) == 5


# -- what is refused ------------------------------------------------------------------


def test_a_directory_with_something_in_it(tmp_path):
    saved.builder.SavedModelBuilder(tmp_path)
    (tmp_path / "x").write_text("")
    assert said(AssertionError, saved.builder.SavedModelBuilder, tmp_path) == (
        f"Export directory {tmp_path} already exists, and isn't empty. Please choose a "
        "different export directory, or delete all the contents of the specified "
        "directory."
    )


def test_the_order_of_calls(path):
    with tf.Session() as sess:
        model()
        sess.run(tf.global_variables_initializer())
        builder = saved.builder.SavedModelBuilder(path)
        assert said(AssertionError, builder.add_meta_graph, ["a"]) == (
            "Graph state including variables and assets has not been saved yet. Please "
            "invoke `add_meta_graph_and_variables()` first."
        )
        add = builder.add_meta_graph_and_variables
        add(sess, ["a"])
        assert said(AssertionError, add, sess, ["a"]) == (
            "Graph state including variables and assets has already been saved. Please "
            "invoke `add_meta_graph()` instead."
        )


@pytest.mark.parametrize(
    ("kwargs", "kind", "text"),
    [
        ({"main_op": 3}, TypeError, "main_op needs to be an Operation: 3"),
        ({"legacy_init_op": 3}, TypeError, "legacy_init_op needs to be an Operation: 3"),
        ({"assets_collection": [3]}, TypeError, "Asset path tensor must be a Tensor."),
        (
            {"assets_collection": lambda: [tf.placeholder(tf.string)]},
            TypeError,
            "Asset path tensor must be of type constant.",
        ),
        (
            {"assets_collection": lambda: [tf.constant(["a", "b"])]},
            TypeError,
            "Asset path tensor must be scalar.",
        ),
        (
            {"signature_def_map": {"s": utils.build_signature_def(
                {"x": protos.TensorInfo(dtype=1)}
            )}},
            AssertionError,
            "Invalid `tensor_info`: dtype: DT_FLOAT\n. All TensorInfo protos used in "
            "the SignatureDefs must have one of the 'encoding' fields (e.g., name or "
            "coo_sparse) set.",
        ),
        (
            {"signature_def_map": {"s": utils.build_signature_def(
                {"x": protos.TensorInfo(name="x:0")}
            )}},
            AssertionError,
            'Invalid `tensor_info`: name: "x:0"\n. All TensorInfo protos used in the '
            "SignatureDefs must have the `dtype` field set.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_written(path, kwargs, kind, text):
    kwargs = {k: v() if callable(v) else v for k, v in kwargs.items()}
    with tf.Session() as sess:
        builder = saved.builder.SavedModelBuilder(path)
        add = builder.add_meta_graph_and_variables
        assert said(kind, add, sess, ["a"], **kwargs) == text


def test_what_cannot_be_read(path):
    with tf.Session() as sess:
        load = saved.loader.load
        assert said(OSError, load, sess, ["a"], path) == (
            f"SavedModel file does not exist at: {path}/"
            "{saved_model.pbtxt|saved_model.pb}"
        )
        assert not saved.loader.maybe_saved_model_directory(path)
        written(path)
        assert said(RuntimeError, load, sess, ["gpu"], path) == (
            "MetaGraphDef associated with tags 'gpu' could not be found in SavedModel, "
            f"with available tags '{[{'train'}, {'serve', 'gpu'}]}'. To inspect "
            "available tag-sets in the SavedModel, please use the SavedModel CLI: "
            "`saved_model_cli`."
        )
        binary, text = f"{path}/saved_model.pb", f"{path}/saved_model.pbtxt"
        with open(binary, "wb") as file:
            file.write(b"\xffjunk")
        assert said(OSError, load, sess, ["a"], path).startswith(
            f"Cannot parse file {binary}: "
        )
        os.unlink(binary)
        for junk in (b"\xff", b"junk {"):
            with open(text, "wb") as file:
                file.write(junk)
            assert said(OSError, load, sess, ["a"], path).startswith(
                f"Cannot parse file {text}: "
            )


def test_two_main_ops(path):
    with tf.Session() as sess:
        for name in "ab":
            tf.add_to_collection(saved.constants.MAIN_OP_KEY, tf.no_op(name))
        builder = saved.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(sess, ["a"])
        builder.save()
    with tf.Session(graph=tf.Graph()) as sess:
        assert said(RuntimeError, saved.loader.load, sess, ["a"], path) == (
            "Expected exactly one SavedModel main op."
        )


# -- signatures -----------------------------------------------------------------------


def test_tensor_infos():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    info = saved.utils.build_tensor_info(x)
    assert (info.name, info.dtype) == ("x:0", tf.float32.as_datatype_enum)
    assert [d.size for d in info.tensor_shape.dim] == [-1, 2]
    assert saved.utils.get_tensor_from_tensor_info(info) is x
    sparse = tf.sparse_placeholder(tf.float32, [None, 3], name="sp")
    info = saved.utils.build_tensor_info(sparse)
    assert info.coo_sparse.indices_tensor_name == "sp/indices:0"
    found = saved.utils.get_tensor_from_tensor_info(info)
    assert isinstance(found, tf.SparseTensor)
    assert found.values is sparse.values
    assert (
        said(ValueError, saved.utils.get_tensor_from_tensor_info, protos.TensorInfo())
        == "Invalid TensorInfo.encoding: None"
    )
    with pytest.raises(KeyError, match="refers to a Tensor which does not exist"):
        saved.utils.get_tensor_from_tensor_info(protos.TensorInfo(name="no:0"))


def signatures():
    examples = tf.placeholder(tf.string, [None])
    classes = tf.placeholder(tf.string, [None, None])
    scores = tf.placeholder(tf.float32, [None, None])
    return examples, classes, scores


def test_valid_signatures():
    examples, classes, scores = signatures()
    for signature in (
        utils.predict_signature_def({"a": scores}, {"b": classes}),
        utils.regression_signature_def(examples, scores),
        utils.classification_signature_def(examples, classes, scores),
        utils.classification_signature_def(examples, None, scores),
        utils.classification_signature_def(examples, classes, None),
    ):
        assert utils.is_valid_signature(signature)
        signature.outputs["extra"].CopyFrom(saved.utils.build_tensor_info(examples))
        is_predict = signature.method_name.endswith("predict")
        assert utils.is_valid_signature(signature) == is_predict
        signature.inputs.clear()
        assert not utils.is_valid_signature(signature)
    assert not utils.is_valid_signature(utils.build_signature_def())


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda e, c, s: utils.predict_signature_def({}, {"b": s}),
            "Prediction `inputs` cannot be None or empty.",
        ),
        (
            lambda e, c, s: utils.predict_signature_def({"a": s}, None),
            "Prediction `outputs` cannot be None or empty.",
        ),
        (
            lambda e, c, s: utils.classification_signature_def(None, c, s),
            "Classification `examples` cannot be None.",
        ),
        (
            lambda e, c, s: utils.classification_signature_def(e, None, None),
            "Classification `classes` and `scores` cannot both be None.",
        ),
        (
            lambda e, c, s: utils.classification_signature_def(s, c, s),
            "Classification input tensors must be of type string. Found tensors of "
            "type 1",
        ),
        (
            lambda e, c, s: utils.classification_signature_def(e, s, None),
            "Classification classes must be of type string Tensor. Found tensors of "
            "type 1.",
        ),
        (
            lambda e, c, s: utils.classification_signature_def(e, None, c),
            "Classification scores must be a float Tensor.",
        ),
        (
            lambda e, c, s: utils.regression_signature_def(None, s),
            "Regression `examples` cannot be None.",
        ),
        (
            lambda e, c, s: utils.regression_signature_def(e, None),
            "Regression `predictions` cannot be None.",
        ),
        (
            lambda e, c, s: utils.regression_signature_def(s, s),
            "Regression input tensors must be of type string. Found tensors with type "
            "1.",
        ),
        (
            lambda e, c, s: utils.regression_signature_def(e, c),
            "Regression output tensors must be of type float. Found tensors with type "
            "7.",
        ),
    ],
)
def test_signatures_that_are_refused(make, text):
    assert said(ValueError, make, *signatures()) == text
