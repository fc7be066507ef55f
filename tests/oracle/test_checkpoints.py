"""Checkpoints exchanged with TensorFlow: the same bytes, read by both."""

import os

import numpy as np
import pytest

import interactive_graphs
from interactive_graphs.formats import bundle_writer, slice_table
from interactive_graphs.formats.tensor_bundle import BundleReader
from interactive_graphs.formats.tensor_slice import TensorSlice, parse_shape_and_slice
from interactive_graphs.framework import raw as our_raw_ops

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("tensorflow", reason="the oracle tests need TensorFlow")
import tensorflow.compat.v1 as tensorflow

tensorflow.disable_v2_behavior()
tensorflow.logging.set_verbosity("ERROR")

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]

BOTH = (interactive_graphs, tensorflow)
LIBRARIES = pytest.mark.parametrize("writer", BOTH, ids=lambda m: f"by {m.__name__}")


def content(path):
    """The bytes of each file of a checkpoint, by the ending of its name."""
    directory, name = os.path.split(path)
    found = {}
    for file in os.listdir(directory):
        if file.startswith(name) and not file.endswith(".meta"):
            with open(os.path.join(directory, file), "rb") as handle:
                found[file.removeprefix(name)] = handle.read()
    return found


def build(tf, cuts=(2, 3, 7)):
    """Variables of every kind; the same values in both libraries."""
    random = np.random.default_rng(0)
    for dtype in (
        "float16 float32 float64 int8 int16 int32 int64 uint8 uint16 complex64 "
        "complex128 bool"
    ).split():
        for shape in ((), (3,), (2, 0), (2, 3)):
            value = (random.normal(size=shape) * 50).astype(dtype)
            tf.Variable(value, name=f"{dtype}_{len(shape)}_{np.prod(shape)}")
    tf.Variable(["a", "", "b" * 200], name="text")
    tf.Variable("one", name="scalar_text")
    tf.Variable(np.zeros((0, 2), object), dtype=tf.string, name="no_text")
    tf.Variable(
        random.normal(size=[4]).astype("f4"), name="resource", use_resource=True
    )
    for parts in cuts:
        tf.get_variable(
            f"parts/{parts}",
            initializer=tf.constant(random.normal(size=[70, 2]).astype("f4")),
            partitioner=tf.fixed_size_partitioner(parts),
        )


def build_with_bfloat16(tf):
    """The old form has no such values."""
    build(tf)
    tf.Variable(tf.cast(tf.constant([1.5, -2.25]), tf.bfloat16), name="bfloat")


def save(tf, path, make=build, **kwargs):
    with tf.Graph().as_default(), tf.Session() as sess:
        make(tf)
        sess.run(tf.global_variables_initializer())
        saver = tf.train.Saver(**kwargs)
        return saver.save(sess, str(path))


def restored(tf, path, make=build, **kwargs):
    """The values of all variables after restoring, by name."""
    with tf.Graph().as_default(), tf.Session() as sess:
        make(tf)
        tf.train.Saver(**kwargs).restore(sess, str(path))
        return {v.op.name: sess.run(v) for v in tf.global_variables()}


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name)


def test_the_same_bytes(tmp_path):
    ours = save(interactive_graphs, tmp_path / "ours", build_with_bfloat16)
    theirs = save(tensorflow, tmp_path / "theirs", build_with_bfloat16)
    assert content(ours) == content(theirs)


def test_the_same_bytes_in_the_old_form(tmp_path):
    version = {"write_version": tensorflow.train.SaverDef.V1}

    def whole(tf):  # TensorFlow lists parts in an order that is not fixed
        build(tf, cuts=())

    ours = save(interactive_graphs, tmp_path / "ours", whole, **version)
    theirs = save(tensorflow, tmp_path / "theirs", whole, **version)
    assert content(ours) == content(theirs)


@LIBRARIES
@pytest.mark.parametrize("kwargs", [{}, {"sharded": True}, {"write_version": 1}])
def test_each_restores_what_the_other_saved(tmp_path, writer, kwargs):
    path = save(writer, tmp_path / "m", **kwargs)
    expected = restored(writer, path)
    for reader in BOTH:
        assert_same(restored(reader, path), expected)


@LIBRARIES
def test_each_looks_into_the_other_s(tmp_path, writer):
    path = save(writer, tmp_path / "m")
    ours, theirs = (tf.train.NewCheckpointReader(path) for tf in BOTH)
    assert ours.get_variable_to_shape_map() == theirs.get_variable_to_shape_map()
    mine, others = (r.get_variable_to_dtype_map() for r in (ours, theirs))
    assert {k: v.name for k, v in mine.items()} == {
        k: v.name for k, v in others.items()
    }
    for name in mine:
        np.testing.assert_array_equal(ours.get_tensor(name), theirs.get_tensor(name))
    # Of a tensor in parts TensorFlow has a line for each part.
    mine, others = (r.debug_string().splitlines() for r in (ours, theirs))
    assert [line for line in mine if not line.startswith(b"parts/")] == [
        line for line in others if not line.startswith(b"\0")
    ]
    directory = str(tmp_path)
    assert interactive_graphs.train.latest_checkpoint(
        directory
    ) == tensorflow.train.latest_checkpoint(directory)
    assert interactive_graphs.train.list_variables(
        path
    ) == tensorflow.train.list_variables(path)


@LIBRARIES
def test_parts_are_cut_anew(tmp_path, writer):
    def make(parts):
        def build(tf):
            values = np.arange(300, dtype=np.float32).reshape(100, 3)
            tf.get_variable(
                "p", initializer=tf.constant(values),
                partitioner=tf.fixed_size_partitioner(parts),
            )  # fmt: skip

        return build

    path = save(writer, tmp_path / "m", make(3))
    for reader in BOTH:
        for parts in (1, 2, 5, 100):
            values = restored(reader, path, make(parts))
            joined = np.concatenate([values[k] for k in sorted(values, key=_part)])
            np.testing.assert_array_equal(
                joined, np.arange(300, dtype=np.float32).reshape(100, 3)
            )


def _part(name):
    return int(name.rpartition("_")[2])


def test_tables_of_many_blocks(tmp_path):
    names = [f"layer_{i // 3:04}/weights/Adam_{i % 3}" for i in range(8000)]
    theirs, ours = str(tmp_path / "theirs"), str(tmp_path / "ours")
    with tensorflow.Graph().as_default(), tensorflow.Session() as sess:
        values = [np.float32(i) for i in range(len(names))]
        sess.run(
            tensorflow.raw_ops.SaveV2(
                prefix=theirs, tensor_names=names,
                shape_and_slices=[""] * len(names), tensors=values,
            )
        )  # fmt: skip
    writer = bundle_writer.BundleWriter(ours)
    for name, value in zip(names, values, strict=True):
        writer.add(name, value, 1)
    writer.finish()
    assert content(ours) == content(theirs)
    assert len(content(ours)[".index"]) > 1 << 17
    assert BundleReader(theirs).names() == names


SPECS = (
    "400 2 100,300:-", "9 0,3", "9 3,6", "100000 70 63,64:8,62", "9 9 9 1,1:-:8,1",
    "4 2 0,4:-", "70000000 8191,2",
)  # fmt: skip


@pytest.mark.parametrize("spec", SPECS)
def test_parts_of_all_kinds(tmp_path, spec):
    shape, part = parse_shape_and_slice(spec)
    value = np.arange(np.prod(part.shape_in(shape)), dtype=np.float32)
    value = value.reshape(part.shape_in(shape))
    paths = []
    for tf in BOTH:
        path = str(tmp_path / tf.__name__)
        paths.append(path)
        with tf.Graph().as_default(), tf.Session() as sess:
            raw = tf.raw_ops if tf is tensorflow else our_raw_ops
            save_op = raw.SaveV2(
                prefix=path, tensor_names=["p"], shape_and_slices=[spec],
                tensors=[value],
            )  # fmt: skip
            sess.run(save_op)
    assert content(paths[0]) == content(paths[1])


def test_names_that_need_an_escape(tmp_path):
    part = TensorSlice(((0, 1),))
    for name in ("é", "ÿ", "a b"):
        path = str(tmp_path / "m")
        writer = bundle_writer.BundleWriter(path)
        writer.add_slice(name, (2,), part, np.float32([1]), 1)
        writer.add_slice(name, (2,), TensorSlice(((1, 1),)), np.float32([2]), 1)
        writer.finish()
        with tensorflow.Graph().as_default(), tensorflow.Session() as sess:
            (value,) = sess.run(
                tensorflow.raw_ops.RestoreV2(
                    prefix=path, tensor_names=[name], shape_and_slices=[""],
                    dtypes=[tensorflow.float32],
                )
            )  # fmt: skip
        assert value.tolist() == [1, 2]


@LIBRARIES
def test_a_meta_graph_and_its_checkpoint(tmp_path, writer):
    def make(tf):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=[[1.0], [2.0]])
        r = tf.get_variable("r", initializer=[3.0], use_resource=True)
        tf.add(tf.matmul(x, w), r, name="y")
        tf.add_to_collection(
            "outputs", tf.get_default_graph().get_tensor_by_name("y:0")
        )

    path = save(writer, tmp_path / "m", make)
    for reader in BOTH:
        with reader.Graph().as_default(), reader.Session() as sess:
            saver = reader.train.import_meta_graph(path + ".meta")
            saver.restore(sess, path)
            (y,) = reader.get_collection("outputs")
            assert sess.run(y, {"x:0": [[1, 1]]}) == 6
            assert [v.name for v in reader.trainable_variables()] == ["w:0", "r:0"]
            saver.save(sess, path)  # and on with it


@pytest.mark.parametrize("damage", ["cut index", "cut data", "flip data", "no data"])
def test_the_same_kind_of_error(tmp_path, damage):
    path = save(tensorflow, tmp_path / "m", lambda tf: tf.Variable([1.0], name="v"))
    data, index = path + ".data-00000-of-00001", path + ".index"
    if damage == "no data":
        os.unlink(data)
    elif damage == "flip data":
        with open(data, "r+b") as file:
            file.write(b"\x07")
    else:
        name = data if damage == "cut data" else index
        os.truncate(name, os.path.getsize(name) - 2)
    kinds = []
    for tf in BOTH:
        with pytest.raises(tf.errors.OpError) as caught:
            restored(tf, path, lambda tf: tf.Variable([1.0], name="v"))
        kinds.append(type(caught.value).__name__)
    assert kinds[0] == kinds[1]


def test_a_monitored_session_goes_on_with_the_other_s_training(tmp_path):
    def train(tf, last):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            more = tf.assign_add(step, 1)
            hooks = [tf.train.StopAtStepHook(last_step=last)]
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=str(tmp_path), hooks=hooks
            ) as sess:
                found = []
                while not sess.should_stop():
                    found.append(int(sess.run(more)))
        return found

    assert train(interactive_graphs, 2) == [1, 2]
    assert train(tensorflow, 4) == [3, 4]
    assert train(interactive_graphs, 5) == [5]


def test_the_old_form_of_each_dtype_is_read_by_TensorFlow(tmp_path):
    path = str(tmp_path / "m")
    value = np.float32([[1, 2], [3, 4]])
    slice_table.write(path, [("v", (2, 2), TensorSlice((None, None)), value, 1)])
    np.testing.assert_array_equal(tensorflow.train.load_variable(path, "v"), value)
