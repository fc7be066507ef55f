"""Checkpoints, their tables, MetaGraphs, SavedModels and GraphDefs."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
from google.protobuf import text_format

import interactive_graphs as tf
from interactive_graphs import errors, protos
from interactive_graphs.formats import (
    bundle_types,
    slice_table,
    table as table_format,
    tensor_bundle,
)
from interactive_graphs.formats.bundle_writer import BundleWriter
from interactive_graphs.formats.tensor_slice import TensorSlice, parse_shape_and_slice
from interactive_graphs.saved_model import loader
from tests.fuzz.driver import Target

FOLDER = Path(tempfile.mkdtemp(prefix="checkpoints"))
REFUSALS = (
    errors.DataLossError,
    errors.OutOfRangeError,
    errors.InvalidArgumentError,
    errors.NotFoundError,
    errors.UnimplementedError,
)
# What importing a graph may say of one that makes no sense.
OF_GRAPHS = (ValueError, TypeError, KeyError, OSError, RuntimeError, errors.OpError)


class Trusting(table_format.Table):
    """A table that takes checksums for right, so that what is behind them is tried."""

    def _check(self, start: int, end: int) -> None:
        pass


def tables() -> list[bytes]:
    """Small tables, of one block and of several."""
    items = [(b"", b"header")] + [(b"name/%03d" % i, b"v" * i) for i in range(30)]
    packed = [table_format.build(items, size) for size in (1 << 18, 60)]
    return [*packed, table_format.build([])]


def read_table(kind: type[table_format.Table]) -> Callable[[bytes], object]:
    """Read all of a table, and look things up."""

    def decode(data: bytes) -> object:
        found = kind(data, "fuzz.index")
        return [found.get(b"name/003"), found.get(b""), list(found.items())]

    return decode


def bundle() -> tuple[bytes, bytes]:
    """The two files of a checkpoint with tensors of several kinds."""
    writer = BundleWriter(str(FOLDER / "good"))
    writer.add("a", np.arange(6, dtype=np.float32).reshape(2, 3), 1)
    writer.add("text", np.array([b"one", b"", b"three"], object), 7)
    writer.add("flag", np.bool_(True), 10)
    for spec in ("7 2 0,3:-", "7 2 3,4:-"):
        shape, part = parse_shape_and_slice(spec)
        writer.add_slice("p", shape, part, np.ones(part.shape_in(shape)), 1)
    writer.finish()
    return (
        (FOLDER / "good.index").read_bytes(),
        (FOLDER / "good.data-00000-of-00001").read_bytes(),
    )


INDEX, DATA = bundle()


def read_all(reader: tensor_bundle.BundleReader | slice_table.SliceTableReader) -> None:
    """Read every tensor; the first refusal counts."""
    try:
        for name in reader.names():
            reader.read(name)
            reader.dtype(name)
    finally:
        reader.close()


def read_index(data: bytes) -> None:
    """A good data file behind a bad index whose checksums are right."""
    with patch.object(tensor_bundle, "Table", Trusting):
        read_all(tensor_bundle.BundleReader(str(FOLDER / "good"), data))


def read_data(data: bytes) -> None:
    """A good index before a bad data file."""
    (FOLDER / "bad.data-00000-of-00001").write_bytes(data)
    read_all(tensor_bundle.BundleReader(str(FOLDER / "bad"), INDEX))


def read_strings(data: bytes) -> object:
    """The bytes of a tensor of strings."""
    return bundle_types.decode_strings(data, 3, "fuzz at 0")


def old_form() -> bytes:
    """A checkpoint of the first form."""
    path = FOLDER / "old"
    value = np.arange(14, dtype=np.float32).reshape(7, 2)
    slice_table.write(
        str(path),
        [
            ("p", (7, 2), TensorSlice(((0, 3), None)), value[:3], 1),
            ("p", (7, 2), TensorSlice(((3, 4), None)), value[3:], 1),
            ("s", (2,), TensorSlice((None,)), np.array([b"a", b"b"], object), 7),
        ],
    )
    return path.read_bytes()


def read_old_form(data: bytes) -> None:
    """Every tensor of a checkpoint of the first form."""
    with patch.object(slice_table.table, "Table", Trusting):
        read_all(slice_table.SliceTableReader("fuzz", data))


def graph() -> tf.Graph:
    """Constants, variables of both kinds, a Saver, collections."""
    made = tf.Graph()
    with made.as_default():
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[1.0], [2.0]], name="w")
        tf.Variable([3.0], name="r", use_resource=True)
        tf.add(tf.matmul(x, w), 1.0, name="y")
        tf.add_to_collection("numbers", 3)
        tf.add_to_collection("outputs", x)
    return made


def loops() -> tf.Graph:
    """Nested loops and branches, a function, queues: what collections describe."""
    made = tf.Graph()
    with made.as_default():

        def body(i: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            more = tf.cond(total > 3.0, lambda: total * 2.0, lambda: total + 1.0)
            _, inner = tf.while_loop(
                lambda j, _: j < i, lambda j, t: (j + 1, t + 1.0), [0, more]
            )
            return i + 1, inner

        tf.while_loop(lambda i, _: i < 3, body, [0, tf.constant(1.0)])
        name = tf.train.string_input_producer(["a", "b"]).dequeue()
        tf.train.batch([name], 2)
        tf.summary.scalar("loss", 1.0)
    return made


GRAPH = graph()
with GRAPH.as_default():
    META = tf.train.export_meta_graph(saver_def=tf.train.Saver().as_saver_def())
META.meta_info_def.tags.append("serve")
LOOPS = loops()
with LOOPS.as_default():
    LOOPS_META = tf.train.export_meta_graph()
MODEL = protos.SavedModel(saved_model_schema_version=1, meta_graphs=[META])


def import_binary(data: bytes) -> None:
    """A GraphDef in bytes, into a graph."""
    try:
        message = tf.GraphDef.FromString(data)
    except Exception as error:  # protobuf's own, whichever implementation it is
        raise ValueError(str(error)) from None
    with tf.Graph().as_default():
        tf.import_graph_def(message)


def import_text(data: bytes) -> None:
    """A GraphDef as text, into a graph."""
    message = tf.GraphDef()
    try:
        text_format.Parse(data.decode(), message)
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise ValueError(str(error)) from None
    with tf.Graph().as_default():
        tf.import_graph_def(message)


def import_meta(data: bytes) -> None:
    """A file with a MetaGraphDef, binary or text."""
    path = FOLDER / "fuzz.meta"
    path.write_bytes(data)
    with tf.Graph().as_default():
        tf.train.import_meta_graph(path)


def load_model(as_text: bool) -> Callable[[bytes], None]:
    """A SavedModel message, and its graphs."""

    def decode(data: bytes) -> None:
        parse = loader.parse_saved_model_text if as_text else loader.parse_saved_model
        model = parse(data, "fuzz")
        for meta in model.meta_graphs:
            with tf.Graph().as_default():
                tf.train.import_meta_graph(meta)

    return decode


def read_state(data: bytes) -> object:
    """The file `checkpoint`; what cannot be read is said in the log."""
    (FOLDER / "checkpoint").write_bytes(data)
    return tf.train.latest_checkpoint(FOLDER)


def text(message: object) -> bytes:
    """A message in protobuf's text form."""
    result: bytes = text_format.MessageToString(message).encode()
    return result


STATE = text(tf.train.generate_checkpoint_state_proto("d", "d/m-2", ["d/m-1"]))
TEXTS = bundle_types.encode_strings([b"one", b"", b"three" * 40])[0]

TARGETS: dict[str, Target] = {
    "table": (tables(), read_table(table_format.Table), (errors.DataLossError,)),
    "table behind checksums": (
        tables(), read_table(Trusting), (errors.DataLossError,)
    ),
    "index": ([INDEX], read_index, REFUSALS),
    "data": ([DATA], read_data, REFUSALS),
    "strings": ([TEXTS], read_strings, (errors.DataLossError,)),
    "old form": ([old_form()], read_old_form, REFUSALS),
    "state": ([STATE], read_state, (ValueError,)),
    "graph": ([GRAPH.as_graph_def().SerializeToString()], import_binary, OF_GRAPHS),
    "graph with loops": (
        [LOOPS.as_graph_def().SerializeToString()], import_binary, OF_GRAPHS
    ),
    "graph as text": ([text(GRAPH.as_graph_def())], import_text, OF_GRAPHS),
    "meta graph": ([META.SerializeToString(), text(META)], import_meta, OF_GRAPHS),
    "meta graph with loops": ([LOOPS_META.SerializeToString()], import_meta, OF_GRAPHS),
    "saved model": ([MODEL.SerializeToString()], load_model(False), OF_GRAPHS),
    "saved model as text": ([text(MODEL)], load_model(True), OF_GRAPHS),
}  # fmt: skip
