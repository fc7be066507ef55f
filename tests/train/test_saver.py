"""`tf.train.Saver`: names of nodes and files, what stays, and words of errors.

The situations P01 to P08 of the specification are among them.
"""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs import errors
from interactive_graphs.framework import raw
from interactive_graphs.train.saver_builder import BaseSaverBuilder


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "net")


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def initialized(sess, value=1.0, name="v"):
    v = tf.Variable(value, name=name)
    sess.run(v.initializer)
    return v


def files(path):
    return sorted(os.listdir(os.path.dirname(path)))


def said(kind, call, *args, **kwargs):
    with pytest.raises(kind) as caught:
        call(*args, **kwargs)
    return str(caught.value).partition("\n\t [[")[0]


# -- there and back -------------------------------------------------------------------


def test_a_fresh_session_gets_the_values_without_initialisation(sess, path):
    v = initialized(sess, [1.0, 2.0])
    saver = tf.train.Saver()
    assert saver.save(sess, path, global_step=3) == f"{path}-3"
    assert files(path) == [
        "checkpoint",
        "net-3.data-00000-of-00001",
        "net-3.index",
        "net-3.meta",
    ]
    with tf.Session() as fresh:
        saver.restore(fresh, f"{path}-3")
        np.testing.assert_array_equal(fresh.run(v), [1, 2])


def test_a_dictionary_gives_other_names(sess, path):
    old = initialized(sess, 5.0, "old")
    tf.train.Saver({"kept": old}).save(sess, path)
    assert tf.train.list_variables(path) == [("kept", [])]
    new = tf.Variable(0.0, name="new")
    tf.train.Saver({"kept": new}).restore(sess, path)
    assert sess.run(new) == 5


def test_some_variables_of_a_checkpoint(sess, path):
    a, b = initialized(sess, 1.0, "a"), initialized(sess, 2.0, "b")
    tf.train.Saver().save(sess, path)
    sess.run([a.assign(7.0), b.assign(8.0)])
    tf.train.Saver([b]).restore(sess, path)
    assert sess.run([a, b]) == [7, 2]


KINDS = {
    "reference": lambda: tf.Variable([[1.5, 2.5]], name="v"),
    "resource": lambda: tf.Variable([[1.5, 2.5]], name="v", use_resource=True),
    "text": lambda: tf.Variable(["a", "", "ccc"], name="v"),
    "empty": lambda: tf.Variable(np.zeros((0, 2), np.int64), name="v"),
    "bool": lambda: tf.Variable([True, False], name="v"),
    "complex": lambda: tf.Variable(np.complex128([1 + 2j]), name="v"),
    "half": lambda: tf.Variable(np.float16([1.5]), name="v"),
    "shapeless": lambda: tf.Variable([1.0, 2.0], name="v", validate_shape=False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_variable(sess, path, kind):
    v = KINDS[kind]()
    sess.run(v.initializer)
    before = sess.run(v)
    saver = tf.train.Saver()
    saver.save(sess, path)
    with tf.Session() as fresh:
        saver.restore(fresh, path)
        np.testing.assert_array_equal(fresh.run(v), before, strict=True)


@pytest.mark.parametrize("resource", [False, True])
def test_parts_of_a_variable(sess, path, resource):
    def make(parts):
        partitioner = tf.fixed_size_partitioner(parts)
        return tf.get_variable(
            "w", [7, 2], partitioner=partitioner, use_resource=resource,
            initializer=tf.random_normal_initializer(),
        )  # fmt: skip

    whole = make(3)
    sess.run(tf.global_variables_initializer())
    before = sess.run(whole.as_tensor())
    tf.train.Saver().save(sess, path)
    assert tf.train.list_variables(path) == [("w", [7, 2])]
    with tf.Graph().as_default(), tf.Session() as fresh:
        other = make(2)  # cut in another way
        tf.train.Saver().restore(fresh, path)
        np.testing.assert_array_equal(fresh.run(other.as_tensor()), before)
    with tf.Graph().as_default(), tf.Session() as fresh:
        plain = tf.get_variable("w", [7, 2])
        tf.train.Saver().restore(fresh, path)
        np.testing.assert_array_equal(fresh.run(plain), before)


def test_a_partitioned_variable_by_name(sess, path):
    whole = tf.get_variable("w", [4], partitioner=tf.fixed_size_partitioner(2))
    sess.run(tf.global_variables_initializer())
    before = sess.run(whole.as_tensor())
    tf.train.Saver({"a": whole}).save(sess, path)
    sess.run([part.initializer for part in whole])
    tf.train.Saver({"a": list(whole)}).restore(sess, path)
    np.testing.assert_array_equal(sess.run(whole.as_tensor()), before)


def test_shards_are_written_where_the_variables_are():
    with tf.device("/job:worker/task:0/cpu:0"):
        tf.Variable(1.0, name="a")
    with tf.device("/job:worker/task:1/gpu:0"):
        tf.Variable([2.0], name="b", use_resource=True)
    tf.train.Saver(sharded=True)
    graph = tf.get_default_graph()
    devices = [
        graph.get_operation_by_name(f"save/SaveV2{suffix}").device
        for suffix in ("", "_1")
    ]
    assert devices == [
        "/job:worker/task:0/device:CPU:0",
        "/job:worker/task:1/device:CPU:0",
    ]


def test_sharded(sess, path):
    a = tf.Variable(1.0, name="a")
    with tf.device("/job:localhost/cpu:0"):
        b = tf.Variable([2.0], name="b", use_resource=True)
    sess.run(tf.global_variables_initializer())
    saver = tf.train.Saver(sharded=True)
    assert saver.saver_def.sharded
    assert saver.save(sess, path) == path
    assert files(path) == [
        "checkpoint",
        "net.data-00000-of-00002",
        "net.data-00001-of-00002",
        "net.index",
        "net.meta",
    ]
    sess.run([a.assign(7.0), b.assign([8.0])])
    saver.restore(sess, path)
    assert sess.run([a, b]) == [1, 2]


def test_two_shards_make_two_files(sess, path):
    a, b = initialized(sess, 1.0, "a"), initialized(sess, [2.0, 3.0], "b")
    names = [f"{path}_temp/part-0000{i}-of-00002" for i in range(2)]
    for name, v in zip(names, (a, b), strict=True):
        sess.run(raw.SaveV2(name, [v.op.name], [""], [v]))
    sess.run(raw.MergeV2Checkpoints(names, path))
    assert files(path) == [
        "net.data-00000-of-00002",
        "net.data-00001-of-00002",
        "net.index",
    ]
    assert tf.train.list_variables(path) == [("a", []), ("b", [2])]
    np.testing.assert_array_equal(tf.train.load_variable(path, "b"), [2, 3])


def test_reshape(sess, path):
    initialized(sess, [1.0, 2.0, 3.0, 4.0])
    tf.train.Saver().save(sess, path)
    with tf.Graph().as_default(), tf.Session() as fresh:
        v = tf.Variable([[0.0, 0.0], [0.0, 0.0]], name="v")
        r = tf.Variable([[0.0, 0.0], [0.0, 0.0]], name="r", use_resource=True)
        saver = tf.train.Saver({"v": v}, reshape=True)
        saver.restore(fresh, path)
        tf.train.Saver({"v": r}, reshape=True).restore(fresh, path)
        np.testing.assert_array_equal(fresh.run(v), [[1, 2], [3, 4]])
        np.testing.assert_array_equal(fresh.run(r), [[1, 2], [3, 4]])


def test_the_old_form(sess, path, caplog):
    v = initialized(sess, [1.0, 2.0])
    saver = tf.train.Saver(write_version=tf.train.SaverDef.V1)
    assert saver.save(sess, path, write_meta_graph=False) == path
    assert files(path) == ["checkpoint", "net"]
    assert "V1 checkpoint format has been deprecated" in caplog.text
    sess.run(v.assign([0.0, 0.0]))
    saver.restore(sess, path)
    np.testing.assert_array_equal(sess.run(v), [1, 2])
    assert tf.train.latest_checkpoint(os.path.dirname(path)) == path
    with pytest.raises(NotImplementedError, match="Sharded"):
        tf.train.Saver(sharded=True, write_version=tf.train.SaverDef.V1)


def test_a_local_variable_is_left_out_and_a_saveable_object_is_not(sess, path):
    class Held(BaseSaverBuilder.SaveableObject):
        def __init__(self, variable):
            spec = BaseSaverBuilder.SaveSpec(variable.value() * 2.0, "", "twice")
            self.variable = variable
            super().__init__(variable.value(), [spec], "twice")

        def restore(self, restored_tensors, restored_shapes):
            return tf.assign(self.variable, restored_tensors[0] + 0.5).op

    local = tf.get_local_variable("local", initializer=3.0)
    tf.add_to_collection(tf.GraphKeys.SAVEABLE_OBJECTS, Held(local))
    initialized(sess)
    sess.run(local.initializer)
    saver = tf.train.Saver()
    saver.save(sess, path, write_meta_graph=False)
    assert tf.train.list_variables(path) == [("twice", []), ("v", [])]
    saver.restore(sess, path)
    assert sess.run(local) == 6.5


@pytest.mark.parametrize("dense", [False, True])
def test_a_table_is_saved(sess, path, dense):
    lookup = tf.contrib.lookup
    table = (
        lookup.MutableDenseHashTable(tf.int64, tf.int64, -1, empty_key=-5)
        if dense
        else lookup.MutableHashTable(tf.int64, tf.int64, -1, name="table")
    )
    lookup.MutableHashTable(tf.string, tf.int64, -1, checkpoint=False)
    initialized(sess)
    found = table.lookup(tf.constant([7, 8, 9], tf.int64))
    sess.run(table.insert(tf.constant([7, 9], tf.int64), tf.constant([1, 2], tf.int64)))
    saver = tf.train.Saver()
    saver.save(sess, path)
    name = "MutableDenseHashTable" if dense else "table"
    assert [n for n, _ in tf.train.list_variables(path)] == [
        f"{name}-keys",
        f"{name}-values",
        "v",
    ]
    sess.run(table.insert(tf.constant([8, 9], tf.int64), tf.constant([5, 5], tf.int64)))
    saver.restore(sess, path)
    assert sess.run(found).tolist() == [1, -1, 2]
    with tf.Session() as fresh:
        saver.restore(fresh, path)
        assert fresh.run(found).tolist() == [1, -1, 2]


# -- the graph ------------------------------------------------------------------------


def nodes(scope):
    return [
        (op.name.removeprefix(scope), op.type, [t.name for t in op.inputs])
        for op in tf.get_default_graph().get_operations()
        if op.name.startswith(scope)
    ]


def test_the_nodes_have_the_names_of_TF1():
    tf.Variable([1.0], name="v")
    tf.Variable([1.0], name="r", use_resource=True)
    definition = tf.train.Saver().as_saver_def()
    assert nodes("save/") == [
        ("Const", "Const", []),
        ("SaveV2/tensor_names", "Const", []),
        ("SaveV2/shape_and_slices", "Const", []),
        ("SaveV2", "SaveV2", [
            "save/Const:0", "save/SaveV2/tensor_names:0",
            "save/SaveV2/shape_and_slices:0", "r/Read/ReadVariableOp:0", "v:0",
        ]),
        ("control_dependency", "Identity", ["save/Const:0"]),
        ("RestoreV2/tensor_names", "Const", []),
        ("RestoreV2/shape_and_slices", "Const", []),
        ("RestoreV2", "RestoreV2", [
            "save/Const:0", "save/RestoreV2/tensor_names:0",
            "save/RestoreV2/shape_and_slices:0",
        ]),
        ("Identity", "Identity", ["save/RestoreV2:0"]),
        ("AssignVariableOp", "AssignVariableOp", ["r:0", "save/Identity:0"]),
        ("Assign", "Assign", ["v:0", "save/RestoreV2:1"]),
        ("restore_all", "NoOp", []),
    ]  # fmt: skip
    assert definition.filename_tensor_name == "save/Const:0"
    assert definition.save_tensor_name == "save/control_dependency:0"
    assert definition.restore_op_name == "save/restore_all"
    assert definition.version == tf.train.SaverDef.V2
    assert tf.train.Saver().as_saver_def().save_tensor_name == (
        "save_1/control_dependency:0"
    )
    assert tf.train.Saver(name="mine").saver_def.restore_op_name == "mine/restore_all"


def test_a_meta_graph_brings_the_saver(sess, path):
    initialized(sess, [1.0, 2.0])
    tf.add_to_collection(tf.GraphKeys.SAVERS, tf.train.Saver(max_to_keep=7))
    tf.train.Saver().save(sess, path)
    with tf.Graph().as_default(), tf.Session() as fresh:
        saver = tf.train.import_meta_graph(path + ".meta")
        saver.restore(fresh, path)
        np.testing.assert_array_equal(fresh.run("v:0"), [1, 2])
        (kept,) = tf.get_collection(tf.GraphKeys.SAVERS)
        assert kept.saver_def.max_to_keep == 7
        kept.restore(fresh, path)
        assert [v.name for v in tf.trainable_variables()] == ["v:0"]


def test_a_meta_graph_in_a_scope(sess, path):
    initialized(sess, [1.0, 2.0])
    tf.train.Saver().save(sess, path)
    with tf.Graph().as_default(), tf.Session() as fresh:
        saver = tf.train.import_meta_graph(path + ".meta", import_scope="in")
        assert saver.saver_def.restore_op_name == "in/save/restore_all"
        saver.restore(fresh, path)
        np.testing.assert_array_equal(fresh.run("in/v:0"), [1, 2])
        assert saver.to_proto("in").restore_op_name == "save/restore_all"
        assert saver.to_proto("out") is None


def test_a_meta_graph_without_a_saver(path):
    tf.Variable(1.0)
    tf.train.export_meta_graph(path)
    with tf.Graph().as_default():
        assert isinstance(tf.train.import_meta_graph(path), tf.train.Saver)
    with tf.Graph().as_default():
        tf.constant(1.0)
        tf.train.export_meta_graph(path)
    with tf.Graph().as_default():
        assert tf.train.import_meta_graph(path) is None


def test_a_saver_of_a_saver_def(sess, path):
    v = initialized(sess, 4.0)
    first = tf.train.Saver()
    first.save(sess, path)
    second = tf.train.Saver(saver_def=first.as_saver_def())
    sess.run(v.assign(0.0))
    second.restore(sess, path)
    assert sess.run(v) == 4
    assert tf.train.Saver.from_proto(first.to_proto()).saver_def == first.saver_def


def test_build_may_wait(sess, path):
    saver = tf.train.Saver(defer_build=True)
    initialized(sess)
    text = said(RuntimeError, saver.save, sess, path)
    assert text == "`build()` should be called before save if defer_build==True"
    saver.build()
    assert saver.save(sess, path) == path


# -- files and what stays -------------------------------------------------------------


def test_the_oldest_go(sess, path):
    initialized(sess)
    saver = tf.train.Saver(max_to_keep=2)
    for step in range(4):
        saver.save(sess, path, global_step=step)
    assert saver.last_checkpoints == [f"{path}-2", f"{path}-3"]
    assert files(path) == ["checkpoint"] + [
        f"net-{step}.{ending}"
        for step in (2, 3)
        for ending in ("data-00000-of-00001", "index", "meta")
    ]


@pytest.mark.parametrize("count", [None, 0])
def test_all_stay(sess, path, count):
    initialized(sess)
    saver = tf.train.Saver(max_to_keep=count)
    for step in range(7):
        saver.save(sess, path, global_step=step, write_meta_graph=False)
    assert saver.last_checkpoints == []
    assert len(files(path)) == 15


def test_one_in_so_many_hours_stays(sess, path):
    initialized(sess)
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1e-9)
    for step in range(3):
        time.sleep(0.001)
        saver.save(sess, path, global_step=step, write_meta_graph=False)
    assert [name for name in files(path) if name.endswith("index")] == [
        "net-0.index",
        "net-1.index",
        "net-2.index",
    ]


def test_the_same_name_again_is_kept_once(sess, path):
    v = initialized(sess)
    saver = tf.train.Saver(max_to_keep=2)
    for value in range(4):
        sess.run(v.assign(value))
        saver.save(sess, path)
    assert saver.last_checkpoints == [path]
    assert tf.train.load_variable(path, "v") == 3


def test_checkpoints_of_an_earlier_program(sess, path):
    initialized(sess)
    first = tf.train.Saver(max_to_keep=2)
    for step in range(2):
        first.save(sess, path, global_step=step)
    second = tf.train.Saver(max_to_keep=2)
    second.recover_last_checkpoints([f"{path}-0", f"{path}-gone", f"{path}-1"])
    assert second.last_checkpoints == [f"{path}-0", f"{path}-1"]
    second.save(sess, path, global_step=2)
    assert not tf.train.checkpoint_exists(f"{path}-0")
    second.set_last_checkpoints([f"{path}-1"])
    assert second.last_checkpoints == [f"{path}-1"]
    second.set_last_checkpoints_with_time([(f"{path}-2", 5.0)])
    assert second.last_checkpoints == [f"{path}-2"]


def test_steps_of_all_kinds(sess, path):
    initialized(sess)
    step = tf.Variable(12, name="step", trainable=False)
    sess.run(step.initializer)
    saver = tf.train.Saver(pad_step_number=True)
    assert saver.save(sess, path, global_step=7) == f"{path}-00000007"
    plain = tf.train.Saver()
    for given in (np.int64(12), step, tf.constant(12)):
        assert plain.save(sess, path, global_step=given) == f"{path}-12"


def test_what_is_written_can_be_chosen(sess, path):
    initialized(sess)
    saver = tf.train.Saver()
    saver.save(sess, path, write_meta_graph=False, write_state=False)
    assert files(path) == ["net.data-00000-of-00001", "net.index"]
    saver.save(sess, path, latest_filename="last", meta_graph_suffix="graph")
    assert files(path) == [
        "last",
        "net.data-00000-of-00001",
        "net.graph",
        "net.index",
    ]
    directory = os.path.dirname(path)
    assert tf.train.latest_checkpoint(directory, "last") == path
    assert tf.train.latest_checkpoint(directory) is None


def test_paths_in_the_state_file(sess, path, monkeypatch):
    initialized(sess)
    directory = os.path.dirname(path)
    monkeypatch.chdir(directory)
    os.mkdir("sub")

    def state(name):
        with open(name) as file:
            return file.read()

    tf.train.Saver().save(sess, "sub/m", global_step=5)
    assert state("sub/checkpoint") == (
        'model_checkpoint_path: "m-5"\nall_model_checkpoint_paths: "m-5"\n'
    )
    assert tf.train.latest_checkpoint("sub") == "sub/m-5"
    tf.train.Saver().save(sess, path)
    assert state("checkpoint").startswith(f'model_checkpoint_path: "{path}"\n')
    tf.train.Saver(save_relative_paths=True).save(sess, path)
    assert state("checkpoint").startswith('model_checkpoint_path: "net"\n')
    os.rename("sub", "moved")
    assert tf.train.latest_checkpoint("moved") == "moved/m-5"


def test_a_state_file_that_cannot_be_read(tmp_path, caplog):
    state = tmp_path / "checkpoint"
    for content in (b"\xff\xfe", b"model_checkpoint_path: {", b"nonsense"):
        state.write_bytes(content)
        assert tf.train.get_checkpoint_state(tmp_path) is None
        assert tf.train.latest_checkpoint(tmp_path) is None
    assert f"{state}: Checkpoint ignored" in caplog.text
    state.write_bytes(b"")
    text = said(ValueError, tf.train.latest_checkpoint, tmp_path)
    assert text == f"Invalid checkpoint state loaded from {tmp_path}"
    state.write_text('model_checkpoint_path: "gone"\n')
    assert tf.train.latest_checkpoint(tmp_path) is None
    assert "Couldn't match files for checkpoint" in caplog.text
    state.write_text('model_checkpoint_path: "a"\nlast_preserved_timestamp: 1.5\n')
    found = tf.train.get_checkpoint_state(tmp_path)
    assert found.model_checkpoint_path == str(tmp_path / "a")


def test_state_functions(sess, tmp_path):
    initialized(sess)
    path = str(tmp_path / "m")
    assert tf.train.latest_checkpoint(tmp_path) is None
    assert tf.train.latest_checkpoint(tmp_path / "nowhere") is None
    tf.train.Saver().save(sess, path)
    assert tf.train.checkpoint_exists(path)
    assert not tf.train.checkpoint_exists(path + "x")
    (when,) = tf.train.get_checkpoint_mtimes([path, path + "x"])
    assert abs(when - time.time()) < 60
    tf.train.update_checkpoint_state(tmp_path, path, [path + "-0"])
    found = tf.train.get_checkpoint_state(tmp_path)
    assert list(found.all_model_checkpoint_paths) == [path + "-0", path]
    with pytest.raises(RuntimeError, match="conflicts with path used for checkpoint"):
        tf.train.update_checkpoint_state(tmp_path, str(tmp_path / "checkpoint"))
    tf.train.remove_checkpoint(path)
    assert os.listdir(tmp_path) == ["checkpoint"]


# -- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("var_list", "kind", "text"),
    [
        (lambda: None, ValueError, "No variables to save"),
        (list, ValueError, "No variables to save"),
        (
            lambda: [tf.Variable(1.0, name="a")] * 2,
            ValueError,
            "At least two variables have the same name: a",
        ),
        (
            lambda: dict.fromkeys("xy", tf.Variable(1.0, name="a")),
            ValueError,
            "The same saveable will be restored with two names: y",
        ),
        (
            lambda: [tf.constant(1.0)],
            TypeError,
            "Variable to save is not a Variable: "
            'Tensor("Const:0", shape=(), dtype=float32)',
        ),
        (
            lambda: 3,
            TypeError,
            "Variables to save should be passed in a dict or a list: 3",
        ),
        (
            lambda: {"k": 3},
            TypeError,
            "names_to_saveables must be a dict mapping string names to Tensors/"
            "Variables. Not a variable: 3",
        ),
    ],
)
def test_what_cannot_be_saved(var_list, kind, text):
    assert said(kind, tf.train.Saver, var_list()) == text


def test_wrong_arguments(sess, path):
    initialized(sess)
    saver = tf.train.Saver()
    assert said(TypeError, saver.save, 3, path) == "'sess' must be a Session; 3"
    assert said(ValueError, saver.save, sess, path, latest_filename="a/b") == (
        "'latest_filename' must not contain path components"
    )
    where = os.path.join(os.path.dirname(path), "checkpoint")
    assert said(ValueError, saver.save, sess, where) == (
        f"'latest_filename' collides with 'save_path': 'checkpoint' and '{where}'"
    )
    assert said(ValueError, tf.train.Saver, [3], defer_build=True) == (
        "If `var_list` is provided then build cannot be deferred. Either set "
        "defer_build=False or var_list=None."
    )
    assert said(ValueError, tf.train.Saver, saver_def=3) == (
        "saver_def must be a saver_pb2.SaverDef: 3"
    )
    assert said(ValueError, tf.train.Saver, saver_def=tf.train.SaverDef()).startswith(
        "saver_def must specify the save_tensor_name"
    )
    assert said(ValueError, saver.restore, sess, None) == (
        "Can't load save_path when it is None."
    )
    assert said(ValueError, saver.restore, sess, path) == (
        f"The passed save_path is not a valid checkpoint: {path}"
    )
    nowhere = os.path.join(os.path.dirname(path), "no", "where", "m")
    assert said(ValueError, saver.save, sess, nowhere) == (
        f"Parent directory of {nowhere} doesn't exist, can't save."
    )
    with tf.Session(graph=tf.Graph()) as empty:
        assert "The Session graph is empty." in said(
            RuntimeError, saver.save, empty, path
        )


def test_a_saver_for_nothing(sess, path):
    saver = tf.train.Saver(allow_empty=True)
    assert saver.save(sess, path, write_meta_graph=False) is None
    saver.restore(sess, path)
    assert files(path) == []


def test_an_uninitialised_variable(sess, path):
    initialized(sess)
    saver = tf.train.Saver()
    saver.save(sess, path)
    u = tf.Variable(1.0, name="u")
    text = said(errors.FailedPreconditionError, tf.train.Saver([u]).save, sess, path)
    assert text == "Attempting to use uninitialized value u"
    saver.restore(sess, path)
    assert len(files(path)) == 4


MISMATCH = (
    "Restoring from checkpoint failed. This is most likely due to a mismatch between "
    "the current graph and the graph from the checkpoint. Please ensure that you have "
    "not altered the graph expected based on the checkpoint. Original error:\n\n"
)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (
            lambda: tf.Variable([1.0, 2.0, 3.0], name="v"),
            errors.InvalidArgumentError,
            MISMATCH + "Assign requires shapes of both tensors to match. lhs shape= "
            "[3] rhs shape= [2]",
        ),
        (
            lambda: tf.Variable([1, 2], name="v"),
            errors.InvalidArgumentError,
            MISMATCH + "tensor_name = v; expected dtype int32 does not equal original "
            "dtype float",
        ),
        (
            lambda: tf.Variable([1.0], name="x"),
            errors.NotFoundError,
            "Restoring from checkpoint failed. This is most likely due to a Variable "
            "name or other graph key that is missing from the checkpoint. Please "
            "ensure that you have not altered the graph expected based on the "
            "checkpoint. Original error:\n\nKey x not found in checkpoint",
        ),
    ],
    ids=["shape", "dtype", "name"],
)
def test_a_checkpoint_of_another_graph(sess, path, make, kind, text):
    initialized(sess, [1.0, 2.0])
    tf.train.Saver().save(sess, path)
    with tf.Graph().as_default(), tf.Session() as fresh:
        make()
        assert said(kind, tf.train.Saver().restore, fresh, path) == text


def test_a_damaged_checkpoint(sess, path):
    initialized(sess, [1.0, 2.0])
    saver = tf.train.Saver()
    saver.save(sess, path)
    os.truncate(path + ".index", 20)
    text = said(errors.DataLossError, saver.restore, sess, path)
    assert text == (
        f"Unable to open table file {path}.index: Data loss: file is too short to be "
        "an sstable (at byte 20)"
    )


def test_a_missing_meta_graph(path):
    with pytest.raises(OSError, match="does not exist"):
        tf.train.import_meta_graph(path + ".meta")


# -- looking into checkpoints ---------------------------------------------------------


def test_a_reader(sess, path):
    initialized(sess, [[1.0, 2.0]], "a/w")
    initialized(sess, ["x", "y"], "s")
    tf.train.Saver().save(sess, path)
    reader = tf.train.NewCheckpointReader(path)
    assert reader.get_variable_to_shape_map() == {"a/w": [1, 2], "s": [2]}
    assert reader.get_variable_to_dtype_map() == {"a/w": tf.float32, "s": tf.string}
    assert reader.has_tensor("s")
    assert not reader.has_tensor("t")
    np.testing.assert_array_equal(reader.get_tensor("a/w"), [[1, 2]])
    assert reader.get_tensor("s").tolist() == [b"x", b"y"]
    assert reader.debug_string() == b"a/w (DT_FLOAT) [1,2]\ns (DT_STRING) [2]\n"
    reader.get_tensor("a/w")[0] = 5  # the caller's own
    assert said(errors.NotFoundError, reader.get_tensor, "t") == (
        "Key t not found in checkpoint"
    )
    missing = "Failed to find any matching files for "
    for call in (tf.train.NewCheckpointReader, tf.train.load_checkpoint):
        assert missing in said(errors.NotFoundError, call, path + "x")


@pytest.mark.parametrize("by", ["scope", "name", "variable", "root"])
def test_init_from_checkpoint(sess, path, by):
    top = "" if by == "root" else "old/"
    initialized(sess, [1.0, 2.0], top + "a")
    whole = tf.get_variable(
        top + "p", initializer=tf.constant([[5.0], [6.0], [7.0]]),
        partitioner=tf.fixed_size_partitioner(2),
    )  # fmt: skip
    sess.run([part.initializer for part in whole])
    tf.train.Saver().save(sess, path)
    with tf.Graph().as_default(), tf.Session() as fresh:
        with tf.variable_scope("" if by == "root" else "new"):
            a = tf.get_variable("a", [2], use_resource=by == "name")
            p = tf.get_variable("p", [3, 1], partitioner=tf.fixed_size_partitioner(3))
        maps = {
            "scope": {"old/": "new/"},
            "root": {"/": "/"},
            "name": {"old/a": "new/a", "old/p": "new/p"},
            "variable": {"old/a": a, "old/p": list(p)},
        }
        tf.train.init_from_checkpoint(os.path.dirname(path), maps[by])
        fresh.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(fresh.run(a), [1, 2])
        np.testing.assert_array_equal(fresh.run(p.as_tensor()), [[5], [6], [7]])


def test_init_from_another_checkpoint(sess, path):
    initialized(sess, [1.0, 2.0], "old/a")
    tf.train.Saver().save(sess, path)
    with tf.variable_scope("new"):
        tf.get_variable("a", [3])
        tf.get_variable("b", [3])

    def text(**assignment):
        pairs = {k.replace("__", "/"): v for k, v in assignment.items()}
        return said(ValueError, tf.train.init_from_checkpoint, path, pairs)

    assert text(zz="new/a") == (
        f"Tensor zz is not found in {path} checkpoint {{'old/a': [2]}}"
    )
    assert text(old__a="new/a") == (
        "Shape of variable new/a:0 ((3,)) doesn't match with shape of tensor old/a "
        "([2]) from checkpoint reader."
    )
    assert text(old__a="new/zz") == (
        "Assignment map with scope only name new should map to scope only old/a. "
        "Should be 'scope/': 'other_scope/'."
    )
    assert "Tensor other/a (a in other/) is not found in" in text(other__="new/")


# -- a process that is killed ---------------------------------------------------------

TRAINING = """
    import sys, numpy as np, interactive_graphs as tf
    a = tf.Variable(np.zeros(200_000, np.float32), name="a")
    b = tf.Variable(np.zeros(300_000, np.float32), name="b")
    more = tf.group(a.assign_add(np.ones(200_000)), b.assign_add(np.ones(300_000)))
    saver = tf.train.Saver(max_to_keep=2)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(1, 10_000):
            sess.run(more)
            {save}
            print(step, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
@pytest.mark.parametrize("saves", [1, 2, 4])
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_process_that_is_killed_leaves_a_good_checkpoint(path, saves, overwrite):
    step = "" if overwrite else ", global_step=step"
    program = textwrap.dedent(TRAINING).format(
        save=f"saver.save(sess, sys.argv[1]{step}, write_meta_graph=False)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True
    )
    done = 0
    while done < saves:
        done = int(process.stdout.readline())
    time.sleep(0.003 * saves)  # somewhere in the middle of the next save
    process.kill()
    process.wait()
    rest = process.stdout.read().split()
    process.stdout.close()
    done = int(rest[-1]) if rest else done
    latest = tf.train.latest_checkpoint(os.path.dirname(path))
    reader = tf.train.NewCheckpointReader(latest)
    a, b = reader.get_tensor("a"), reader.get_tensor("b")
    assert a[0] in (done, done + 1)
    assert (a == a[0]).all()
    assert (b == a[0]).all()
