"""Messages, handles and archives that users hand in: options, traces, models, arrays."""

import io
import json
import tempfile
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError

import interactive_graphs as tf
from interactive_graphs import errors, protos
from interactive_graphs.display.timeline import Timeline
from interactive_graphs.examples.keras_datasets import files
from interactive_graphs.framework import raw

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz_client_"))
GRAPH = tf.Graph()
with GRAPH.as_default():
    ONE = tf.constant(1.0) + 1.0
    GIVEN = tf.placeholder(tf.string, [])
    DATASET = tf.data.Dataset.range(3)
    OWN = DATASET.make_initializable_iterator()
    AT = tf.data.Iterator.from_string_handle(
        GIVEN, DATASET.output_types, DATASET.output_shapes
    )
    NEXT = AT.get_next()
    WITH_METADATA = raw.TensorSummaryV2("t", [1.0], GIVEN)
SESSION = tf.Session(graph=GRAPH)
HANDLE = SESSION.run(OWN.string_handle())


def parsed(kind, data):
    """A message as the user has it in hand; what protobuf refuses never gets there."""
    try:
        return kind.FromString(data)
    except Exception as error:  # protobuf's class depends on its build
        raise ValueError(str(error)) from None


def options():
    config = tf.ConfigProto(allow_soft_placement=True, device_count={"CPU": 2})
    config.gpu_options.allow_growth = True
    config.graph_options.optimizer_options.opt_level = -1
    return config.SerializeToString()


def open_session(data):
    config = parsed(tf.ConfigProto, data)
    with tf.Session(graph=GRAPH, config=config) as sess:
        return sess.list_devices(), sess.run(ONE)


def trace():
    metadata = tf.RunMetadata()
    full = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    SESSION.run(ONE, options=full, run_metadata=metadata)
    return metadata.SerializeToString()


def chrome_trace(data):
    stats = parsed(protos.RunMetadata, data).step_stats
    made = Timeline(stats).generate_chrome_trace_format(show_memory=True)
    return json.loads(made)


def next_of(data):
    SESSION.run(OWN.initializer)
    return SESSION.run(NEXT, {GIVEN: data})


def metadata():
    made = protos.SummaryMetadata(summary_description="words")
    made.plugin_data.plugin_name = "p"
    return made.SerializeToString()


def add_summary(data):
    with tf.Graph().as_default():
        tf.summary.FileWriterCache.get(str(FOLDER / "log")).add_summary(data, 1)


def saved_model():
    folder = FOLDER / "model"
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None], name="x")
        w = tf.Variable([2.0], name="w")
        (FOLDER / "words.txt").write_text("a\nb\n")
        asset = tf.constant(str(FOLDER / "words.txt"), name="asset")
        tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, asset)
        sess.run(w.initializer)
        builder = tf.saved_model.builder.SavedModelBuilder(str(folder))
        signature = tf.saved_model.signature_def_utils.predict_signature_def(
            {"x": x}, {"y": x * w}
        )
        builder.add_meta_graph_and_variables(
            sess,
            ["serve"],
            signature_def_map={"serving_default": signature},
            assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            legacy_init_op=tf.group(tf.identity(asset)),
        )
        builder.save()
    return (folder / "saved_model.pb").read_bytes()


def load_model(data):
    (FOLDER / "model" / "saved_model.pb").write_bytes(data)
    with tf.Graph().as_default(), tf.Session() as sess:
        return tf.saved_model.loader.load(sess, ["serve"], str(FOLDER / "model"))


def archive(compressed):
    held = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(held, x=np.arange(12.0).reshape(3, 4), y=np.arange(3))
    return held.getvalue()


def read_archive(data):
    path = FOLDER / "data.npz"
    path.write_bytes(data)
    return files.arrays(str(path), "x", "y")


OF_GRAPHS = (ValueError, TypeError, KeyError, OSError, RuntimeError, errors.OpError)

TARGETS = {
    "config": ([options()], open_session, (ValueError, errors.OpError)),
    "run metadata": ([trace()], chrome_trace, (ValueError,)),
    "iterator handle": (
        [HANDLE],
        next_of,
        (errors.InvalidArgumentError, errors.NotFoundError),
    ),
    "summary metadata": (
        [metadata(), b""],
        lambda data: SESSION.run(WITH_METADATA, {GIVEN: data}),
        (errors.InvalidArgumentError,),
    ),
    "summary to write": (
        [SESSION.run(WITH_METADATA, {GIVEN: metadata()})],
        add_summary,
        (DecodeError,),
    ),
    "saved model on disk": ([saved_model()], load_model, OF_GRAPHS),
    "npz archive": ([archive(False), archive(True)], read_archive, (ValueError,)),
}
