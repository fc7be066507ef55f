"""Event files, summaries, vocabulary files and command lines."""

import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from absl import flags as absl_flags

import interactive_graphs as tf
from interactive_graphs.framework.dtypes import int64, string
from interactive_graphs.kernels.cpu import tables

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz_events_"))


def event_files():
    """What two runs write."""
    found = []
    for number in range(2):
        logdir = FOLDER / str(number)
        with tf.Graph().as_default() as graph, tf.Session() as sess:
            tf.summary.scalar("s", tf.constant(1.5))
            tf.summary.histogram("h", np.arange(10.0) * number)
            summary = sess.run(tf.summary.merge_all())
            with tf.summary.FileWriter(logdir, graph if number else None) as writer:
                for step in range(3):
                    writer.add_summary(summary, step)
        found += [path.read_bytes() for path in logdir.iterdir()]
    return found


def read_events(data):
    path = FOLDER / "events"
    path.write_bytes(data)
    return list(tf.train.summary_iterator(path))


def summaries():
    with tf.Graph().as_default(), tf.Session() as sess:
        made = [
            tf.summary.scalar("s", 1.0),
            tf.summary.histogram("h", [1.0, -2.0]),
            tf.summary.image("i", np.zeros([1, 2, 2, 1], np.float32)),
            tf.summary.text("t", tf.constant("words")),
        ]
        return [bytes(data) for data in sess.run(made)]


MERGE = tf.Graph()
with MERGE.as_default():
    GIVEN = tf.placeholder(tf.string, [])
    MERGED = tf.summary.merge([GIVEN, tf.summary.scalar("always", 1.0)])
SESSION = tf.Session(graph=MERGE)


def merge_summaries(data):
    return SESSION.run(MERGED, {GIVEN: data})


def read_vocabulary(columns, dtypes, most):
    def read(data):
        path = FOLDER / "vocabulary"
        path.write_bytes(data)
        table = tables.FixedTable(*dtypes)
        pairs = tables.read_vocabulary(str(path), columns, dtypes, most, b"\t")
        table.fill(pairs)
        return table.export()

    return read


def read_command_line(data):
    values = absl_flags.FlagValues()
    absl_flags.DEFINE_integer("steps", 1, "How many.", flag_values=values)
    absl_flags.DEFINE_boolean("quick", False, "Whether.", flag_values=values)
    absl_flags.DEFINE_list("names", [], "Which.", flag_values=values)
    words = data.decode(errors="replace").split("\0")
    # A file of flags is read from the disk; names of files are no decoder's matter.
    words = [word for word in words if "flagfile" not in word and "help" not in word]
    with patch.object(absl_flags, "FLAGS", values):
        return tf.app.flags.FLAGS(["program", *words], known_only=True)


TARGETS = {
    "event file": (event_files(), read_events, (tf.errors.DataLossError,)),
    "summaries to merge": (
        summaries(),
        merge_summaries,
        (tf.errors.InvalidArgumentError,),
    ),
    "vocabulary of lines": (
        [b"a\nb\nc\n", "ä\nword two\n".encode(), b"x"],
        read_vocabulary((-2, -1), (string, int64), -1),
        (tf.errors.InvalidArgumentError,),
    ),
    "vocabulary of columns": (
        [b"a\t1\nb\t2\n", b"x\t-5\ny\t7\tz\n"],
        read_vocabulary((0, 1), (string, int64), 2),
        (tf.errors.InvalidArgumentError,),
    ),
    "command line": (
        [b"--steps=5\0--quick\0rest", b"--noquick\0--names=a,b\0--steps\0-7"],
        read_command_line,
        (absl_flags.Error,),
    ),
}
