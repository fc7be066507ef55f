"""Bad input to Savers, models on disk, summaries, tables, flags and files."""

from unittest.mock import patch

import numpy as np
from absl import flags

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def saver(name="v"):
    return tf.train.Saver([tf.Variable(1.0, name=name)])


def save(path, sess):
    made = saver()
    sess.run(tf.global_variables_initializer())
    return made.save(sess, path)


def load_with_tag(sess, tag):
    x, v = tf.placeholder(tf.float32, [], name="x"), tf.Variable(1.0, name="v")
    sess.run(v.initializer)
    tf.saved_model.simple_save(sess, "model", {"x": x}, {"y": x + v})
    with tf.Graph().as_default(), tf.Session() as other:
        tf.saved_model.loader.load(other, [tag], "model")


def new_table(keys, values):
    lookup = tf.contrib.lookup
    filled = lookup.KeyValueTensorInitializer(keys, tf.constant(values, tf.int64))
    return lookup.HashTable(filled, -1)


def table():
    return new_table(["a"], [1])


def vocabulary(path):
    tf.contrib.lookup.index_table_from_file(path)
    return tf.tables_initializer()


def set_flag(word):
    values = flags.FlagValues()
    flags.DEFINE_integer("steps", 1, "How many.", flag_values=values)
    flags.DEFINE_boolean("quick", False, "Whether.", flag_values=values)
    with patch.object(flags, "FLAGS", values):
        tf.app.flags.FLAGS(["program", word])


CASES = {
    # -- Saver, models ---------------------------------------------------------------
    "saver nothing": (
        lambda s: tf.train.Saver(),
        ValueError,
        "No variables to save",
    ),
    "saver list": (
        lambda s: tf.train.Saver(3),
        TypeError,
        "Variables to save should be passed in a dict or a list: 3",
    ),
    "saver name twice": (
        lambda s: tf.train.Saver([tf.Variable(0.0, name="v")] * 2),
        ValueError,
        "At least two variables have the same name: v",
    ),
    "saver of tensor": (
        lambda s: tf.train.Saver({"a": tf.constant(1.0)}),
        TypeError,
        "names_to_saveables must be a dict mapping string names to "
        "Tensors/Variables. Not a variable: Tensor(",
    ),
    "save uninitialized": (
        lambda s: saver().save(s, "m"),
        tf.errors.FailedPreconditionError,
        "Attempting to use uninitialized value v",
    ),
    "save no directory": (
        lambda s: save("no/such/m", s),
        ValueError,
        "Parent directory of no/such/m doesn't exist, can't save.",
    ),
    "save path": (
        lambda s: save(None, s),
        TypeError,
        "'save_path' must be a path; None",
    ),
    "restore missing": (
        lambda s: saver().restore(s, "none"),
        ValueError,
        "The passed save_path is not a valid checkpoint: none",
    ),
    "restore none": (
        lambda s: saver().restore(s, None),
        ValueError,
        "Can't load save_path when it is None.",
    ),
    "restore other name": (
        lambda s: [save("m", s), saver("w").restore(s, "m")],
        tf.errors.NotFoundError,
        "Key w not found in checkpoint",
    ),
    "restore other shape": (
        lambda s: [
            save("m", s),
            tf.train.Saver({"v": tf.Variable([1.0, 2.0], name="x")}).restore(s, "m"),
        ],
        IAE,
        "Assign requires shapes of both tensors to match. lhs shape= [2] rhs shape= []",
    ),
    "restore other dtype": (
        lambda s: [
            save("m", s),
            tf.train.Saver({"v": tf.Variable(1, name="x")}).restore(s, "m"),
        ],
        IAE,
        "tensor_name = v; expected dtype int32 does not equal original dtype float",
    ),
    "meta missing": (
        lambda s: tf.train.import_meta_graph("none.meta"),
        OSError,
        "File none.meta does not exist.",
    ),
    "model missing": (
        lambda s: tf.saved_model.loader.load(s, ["serve"], "none"),
        OSError,
        "SavedModel file does not exist at: none/{saved_model.pbtxt|saved_model.pb}",
    ),
    "model tags": (
        lambda s: load_with_tag(s, "other"),
        RuntimeError,
        "MetaGraphDef associated with tags 'other' could not be found in "
        "SavedModel, with available tags '[{'serve'}]'.",
    ),
    "freeze unknown": (
        lambda s: tf.graph_util.convert_variables_to_constants(
            s, tf.get_default_graph().as_graph_def(), ["nope"]
        ),
        AssertionError,
        "nope is not in graph",
    ),
    "import graph": (
        lambda s: tf.import_graph_def(3),
        TypeError,
        "graph_def must be a GraphDef proto.",
    ),
    "import return": (
        lambda s: tf.import_graph_def(tf.GraphDef(), return_elements=["x:0"]),
        ValueError,
        "Requested return tensor 'x:0' not found in graph def",
    ),
    "import input map": (
        lambda s: tf.import_graph_def(tf.GraphDef(), input_map={"x": tf.constant(1)}),
        ValueError,
        "Attempted to map inputs that were not found in graph_def: [x:0]",
    ),
    "reader tensor": (
        lambda s: [save("m", s), tf.train.NewCheckpointReader("m").get_tensor("nope")],
        tf.errors.NotFoundError,
        "Key nope not found in checkpoint",
    ),
    "load_variable": (
        lambda s: tf.train.load_variable("none", "v"),
        tf.errors.NotFoundError,
        "Unsuccessful TensorSliceReader constructor: Failed to find any "
        "matching files for none",
    ),
    # -- summaries -------------------------------------------------------------------
    "scalar summary of vector": (
        lambda s: s.run(
            tf.summary.scalar("s", tf.placeholder_with_default([1.0, 2.0], None))
        ),
        IAE,
        "tags and values not the same shape: [] != [2] (tag 's')",
    ),
    "histogram of nan": (
        lambda s: s.run(
            tf.summary.histogram(
                "h", tf.placeholder_with_default(np.float32(np.nan), [])
            )
        ),
        IAE,
        "Nan in summary histogram for: h",
    ),
    "image summary depth": (
        lambda s: s.run(
            tf.summary.image(
                "i",
                tf.placeholder_with_default(
                    np.zeros([1, 2, 2, 2], np.float32), [None] * 4
                ),
            )
        ),
        IAE,
        "Tensor must be 4-D with last dim 1, 3, or 4, not [1,2,2,2]",
    ),
    "summary of text": (
        lambda s: tf.summary.scalar("s", "text"),
        TypeError,
        "Value passed to parameter 'values' has DataType string not in list "
        "of allowed values",
    ),
    "text summary": (
        lambda s: tf.summary.text("t", tf.constant(1)),
        ValueError,
        "to have dtype string, got <dtype: 'int32'>",
    ),
    "writer summary": (
        lambda s: tf.summary.FileWriter("log").add_summary(3),
        TypeError,
        "summary must be a Summary proto.",
    ),
    "writer graph": (
        lambda s: tf.summary.FileWriter("log", graph=3),
        TypeError,
        "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`",
    ),
    "events missing": (
        lambda s: list(tf.train.summary_iterator("none")),
        tf.errors.NotFoundError,
        "none; No such file or directory",
    ),
    # -- tables and flags ------------------------------------------------------------
    "table uninitialized": (
        lambda s: s.run(table().lookup(tf.constant(["a"]))),
        tf.errors.FailedPreconditionError,
        "Table not initialized.",
    ),
    "table key type": (
        lambda s: table().lookup(tf.constant([1])),
        TypeError,
        "Signature mismatch. Keys must be dtype tf.string, got tf.int32.",
    ),
    "table twice": (
        lambda s: s.run(new_table(["a", "a"], [1, 2]).init),
        IAE,
        "HashTable has different value for same key. Key a has 1 and trying "
        "to add value 2",
    ),
    "vocabulary missing": (
        lambda s: s.run(vocabulary("none")),
        tf.errors.NotFoundError,
        "none; No such file or directory",
    ),
    "flag negated with a value": (
        lambda s: set_flag("--noquick=yes"),
        flags.IllegalFlagValueError,
        "flag --noquick=yes does not take an argument",
    ),
    "flag not defined": (
        lambda s: set_flag("--stpes=1"),
        flags.UnrecognizedFlagError,
        "Unknown command line flag 'stpes'. Did you mean: steps ?",
    ),
    "flag value": (
        lambda s: set_flag("--steps=many"),
        flags.IllegalFlagValueError,
        "flag --steps=many: invalid literal for int() with base 10: 'many'",
    ),
    "gfile missing": (
        lambda s: tf.gfile.GFile("none").read(),
        tf.errors.NotFoundError,
        "none; No such file or directory",
    ),
    "gfile list": (
        lambda s: tf.gfile.ListDirectory("none"),
        tf.errors.NotFoundError,
        "Could not find directory none",
    ),
    "gfile mode": (
        lambda s: tf.gfile.GFile("x", "q").read(),
        IAE,
        "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'",
    ),
    "log level": (
        lambda s: tf.logging.set_verbosity("ZORK"),
        ValueError,
        "Unknown level: 'ZORK'",
    ),
}
