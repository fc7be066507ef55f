"""Event files: what a FileWriter writes, when, and what stays of it."""

import gc
import os
import subprocess
import sys
import threading

import pytest

import interactive_graphs as tf


def files(logdir):
    return sorted(os.path.join(logdir, name) for name in os.listdir(logdir))


def events(logdir):
    """All events but the first of each file, which says the version."""
    found = []
    for path in files(logdir):
        first, *rest = tf.train.summary_iterator(path)
        assert first.file_version == "brain.Event:2"
        found += rest
    return found


def summary(value=1.0, tag="t"):
    return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=value)])


def test_the_file_is_there_at_once(tmp_path):
    logdir = tmp_path / "new" / "logs"
    writer = tf.summary.FileWriter(logdir, filename_suffix=".mine")
    (path,) = files(logdir)
    name = os.path.basename(path)
    assert name.startswith("events.out.tfevents.")
    assert name.split(".")[3].isdigit()
    assert name.endswith(".mine")
    assert writer.get_logdir() == str(logdir)
    writer.close()


def test_a_graph_comes_first(tmp_path):
    x = tf.constant([1.0, 2.0], name="x")
    tf.summary.FileWriter(tmp_path, x.graph).close()
    graph, meta = events(tmp_path)
    graph_def = tf.GraphDef.FromString(graph.graph_def)
    assert [node.name for node in graph_def.node] == ["x"]
    shapes = graph_def.node[0].attr["_output_shapes"].list.shape
    assert [d.size for d in shapes[0].dim] == [2]
    meta_graph = tf.MetaGraphDef.FromString(meta.meta_graph_def)
    assert meta_graph.graph_def == graph_def


def test_every_kind_of_event(tmp_path):
    with tf.Session() as sess, tf.summary.FileWriter(tmp_path) as writer:
        metadata = tf.RunMetadata()
        sess.run(
            tf.constant(1.0) + 1.0,
            options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
            run_metadata=metadata,
        )
        writer.add_run_metadata(metadata, "step 7", 7)
        writer.add_summary(sess.run(tf.summary.scalar("a", 2.0)), global_step=8)
        writer.add_summary(summary(3.0), 9)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 10)
        writer.add_graph(None, 11, graph_def=tf.GraphDef())
        writer.add_meta_graph(tf.MetaGraphDef(), 12)
        writer.add_event(tf.Event(wall_time=1.0, step=13))
    kinds = [(event.step, event.WhichOneof("what")) for event in events(tmp_path)]
    assert kinds == [
        (7, "tagged_run_metadata"),
        (8, "summary"),
        (9, "summary"),
        (10, "session_log"),
        (11, "graph_def"),
        (12, "meta_graph_def"),
        (13, None),
    ]
    tagged = events(tmp_path)[0].tagged_run_metadata
    assert tagged.tag == "step 7"
    assert tf.RunMetadata.FromString(tagged.run_metadata) == metadata


def test_how_a_tag_is_shown_is_written_once(tmp_path):
    with tf.Session() as sess, tf.summary.FileWriter(tmp_path) as writer:
        text = sess.run(tf.summary.text("t", tf.constant("words")))
        message = tf.Summary.FromString(text)
        for step in range(3):
            writer.add_summary(message, step)
    has = [event.summary.value[0].HasField("metadata") for event in events(tmp_path)]
    assert has == [True, False, False]
    assert message.value[0].HasField("metadata"), "the caller's message was changed"


def test_flush_makes_all_visible(tmp_path):
    writer = tf.summary.FileWriter(tmp_path)
    for step in range(100):
        writer.add_summary(summary(), step)
    writer.flush()
    assert [event.step for event in events(tmp_path)] == list(range(100))
    writer.close()


def test_events_become_visible_in_time(tmp_path):
    writer = tf.summary.FileWriter(tmp_path, flush_secs=0.01)
    writer.add_summary(summary(), 1)
    seen = threading.Event()
    for _ in range(500):
        if events(tmp_path):
            break
        seen.wait(0.01)
    assert [event.step for event in events(tmp_path)] == [1]
    writer.close()


def test_a_closed_writer_warns_and_can_be_reopened(tmp_path):
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(), 1)
    writer.close()
    writer.close()
    writer.flush()
    with pytest.warns(UserWarning, match="^Attempting to use a closed FileWriter. The"):
        writer.add_summary(summary(), 2)
    writer.reopen()
    writer.reopen()
    writer.add_summary(summary(), 3)
    writer.close()
    # Within one second the second file has another name, and the first one stays.
    assert len(files(tmp_path)) == 2
    assert sorted(event.step for event in events(tmp_path)) == [1, 3]


def test_a_forgotten_writer_leaves_no_thread_and_loses_nothing(tmp_path):
    before = threading.active_count()
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(), 1)
    assert threading.active_count() == before + 1
    del writer
    gc.collect()
    assert threading.active_count() == before
    assert [event.step for event in events(tmp_path)] == [1]


def test_python_may_end_without_close(tmp_path):
    program = (
        "import sys, interactive_graphs as tf\n"
        "writer = tf.summary.FileWriter(sys.argv[1])\n"
        "for step in range(50):\n"
        "    writer.add_summary(tf.Summary(), step)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert [event.step for event in events(tmp_path)] == list(range(50))


def test_writers_of_a_session_share_a_file(tmp_path):
    with tf.Session() as sess:
        first = tf.summary.FileWriter(tmp_path, session=sess)
        second = tf.summary.FileWriter(tmp_path, session=sess)
        first.add_summary(summary(), 1)
        first.close()
        second.add_summary(summary(), 2)
        second.close()
    assert len(files(tmp_path)) == 1
    assert [event.step for event in events(tmp_path)] == [1, 2]


def test_the_cache_has_one_writer_for_a_directory(tmp_path):
    cache = tf.summary.FileWriterCache
    writer = cache.get(str(tmp_path))
    assert cache.get(tmp_path) is writer
    cache.clear()
    assert cache.get(tmp_path) is not writer
    cache.clear()


def test_threads_may_write_to_one_file(tmp_path):
    writer = tf.summary.FileWriter(tmp_path, max_queue=2)

    def work(number):
        for step in range(50):
            writer.add_summary(summary(tag=str(number)), step)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    found = events(tmp_path)
    for number in range(4):
        steps = [e.step for e in found if e.summary.value[0].tag == str(number)]
        assert steps == list(range(50))


class Full:
    """A file on a disk without room."""

    path = "full"

    def write(self, events):
        raise OSError(28, "No space left on device")

    def flush(self):
        pass

    def close(self):
        pass


def test_an_error_of_the_disk_reaches_the_next_call(tmp_path, monkeypatch):
    from interactive_graphs.formats import events as module

    monkeypatch.setattr(module, "EventsFile", lambda logdir, suffix: Full())
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary(), 1)
    with pytest.raises(OSError, match="No space left on device"):
        writer.flush()
    with pytest.raises(OSError, match="No space left on device"):
        writer.add_summary(summary(), 2)
    with pytest.raises(OSError, match="No space left on device"):
        writer.close()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda w: w.add_graph(3),
            TypeError,
            "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`",
        ),
        (
            lambda w: w.add_graph(tf.Graph(), graph_def=tf.GraphDef()),
            ValueError,
            "Please pass only graph, or graph_def (deprecated), but not both.",
        ),
        (
            lambda w: w.add_meta_graph(3),
            TypeError,
            "meta_graph_def must be type MetaGraphDef, saw type: <class 'int'>",
        ),
        (
            lambda w: w.add_summary("text"),
            TypeError,
            "summary must be a Summary proto.",
        ),
        (
            lambda w: w.add_session_log(1),
            TypeError,
            "session_log must be a SessionLog proto.",
        ),
        (lambda w: w.add_event(1), TypeError, "event must be a Event proto."),
    ],
)
def test_what_is_refused(tmp_path, call, error, text):
    with tf.summary.FileWriter(tmp_path) as writer:
        with pytest.raises(error) as caught:
            call(writer)
    assert str(caught.value) == text


def test_a_tag_of_run_metadata_is_used_once(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_run_metadata(tf.RunMetadata(), "step")
        with pytest.raises(
            ValueError, match="^The provided tag was already used for this event type$"
        ):
            writer.add_run_metadata(tf.RunMetadata(), "step")


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(tf.errors.FailedPreconditionError) as caught:
        tf.summary.FileWriter(tmp_path / "file")
    assert caught.value.message == f"{tmp_path}/file is not a directory"


def test_a_missing_and_a_damaged_file(tmp_path):
    with pytest.raises(tf.errors.NotFoundError):
        list(tf.train.summary_iterator(tmp_path / "none"))
    tf.summary.FileWriter(tmp_path / "logs").close()
    (path,) = files(tmp_path / "logs")
    with open(path, "rb") as file:
        good = file.read()
    with open(path, "wb") as file:
        file.write(good[:-5])
    with pytest.raises(tf.errors.DataLossError) as caught:
        list(tf.train.summary_iterator(path))
    assert caught.value.message == f"truncated record at 0 in file '{path}'"


def test_a_record_that_is_no_event(tmp_path):
    from interactive_graphs.formats import tfrecord

    path = tmp_path / "events"
    path.write_bytes(tfrecord.frame(b"") + tfrecord.frame(b"\xff"))
    with pytest.raises(tf.errors.DataLossError) as caught:
        list(tf.train.summary_iterator(path))
    assert caught.value.message == (
        f"no Event message in the record at 16 in file '{path}'"
    )
