"""The file `checkpoint` in a directory, which says what checkpoints there are.

It is a CheckpointState in protobuf's text form; Saver writes it, `latest_checkpoint`
reads it. Read next: `saver.py`.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.formats import checkpoint, commit
from interactive_graphs.formats.bundle_writer import index_path
from interactive_graphs.platform import tf_logging

Path = str | os.PathLike[str]


def generate_checkpoint_state_proto(
    save_dir: Path,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Iterable[str] | None = None,
) -> Any:
    """What the file `checkpoint` says.

    Args:
        save_dir: the directory; where it is a relative path, so are those in the file,
            from there on.
        model_checkpoint_path: the newest checkpoint.
        all_model_checkpoint_paths: all that are kept, oldest first.

    Returns:
        A CheckpointState; the newest is the last of all.

    Example:
        >>> import interactive_graphs as tf
        >>> state = tf.train.generate_checkpoint_state_proto(
        ...     "run", "run/m-2", ["run/m-1"]
        ... )
        >>> state.model_checkpoint_path, list(state.all_model_checkpoint_paths)
        ('m-2', ['m-1', 'm-2'])
    """
    every = list(all_model_checkpoint_paths or ())
    if not every or every[-1] != model_checkpoint_path:
        every.append(model_checkpoint_path)
    save_dir = os.fspath(save_dir)
    if not os.path.isabs(save_dir):
        every = [_relative(path, save_dir) for path in every]
    return protos.CheckpointState(
        model_checkpoint_path=every[-1], all_model_checkpoint_paths=every
    )


def _relative(path: str, directory: str) -> str:
    return path if os.path.isabs(path) else os.path.relpath(path, directory or ".")


def update_checkpoint_state(
    save_dir: Path,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Iterable[str] | None = None,
    latest_filename: str | None = None,
) -> None:
    """Write the file `checkpoint`.

    Args:
        save_dir: the directory.
        model_checkpoint_path: the newest checkpoint.
        all_model_checkpoint_paths: all that are kept, oldest first.
        latest_filename: the file's name, `checkpoint` when None.

    Raises:
        RuntimeError: the checkpoint has the file's name.
        OSError: it cannot be written.
    """
    write_state(
        save_dir, model_checkpoint_path, all_model_checkpoint_paths, latest_filename
    )


def write_state(
    save_dir: Path,
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Iterable[str] | None = None,
    latest_filename: str | None = None,
    save_relative_paths: bool = False,
) -> None:
    """`update_checkpoint_state`, with the choice of paths that can be moved."""
    save_dir = os.fspath(save_dir)
    path = _state_file(save_dir, latest_filename)
    newest, every = model_checkpoint_path, list(all_model_checkpoint_paths or ())
    if save_relative_paths:
        here = save_dir or "."
        newest = os.path.relpath(newest, here) if os.path.isabs(newest) else newest
        every = [os.path.relpath(p, here) if os.path.isabs(p) else p for p in every]
    state = generate_checkpoint_state_proto(save_dir, newest, every)
    if path == state.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{model_checkpoint_path}' conflicts with path used for "
            "checkpoint state.  Please use a different save path."
        )
    text = lazy.load("google.protobuf.text_format").MessageToString(state)
    commit.write_atomic(path, text.encode())


def _state_file(directory: Path, latest_filename: str | None) -> str:
    return os.path.join(os.fspath(directory), latest_filename or "checkpoint")


def get_checkpoint_state(
    checkpoint_dir: Path, latest_filename: str | None = None
) -> Any:
    """What the file `checkpoint` in a directory says.

    Args:
        checkpoint_dir: the directory.
        latest_filename: the file's name, `checkpoint` when None.

    Returns:
        A CheckpointState whose paths hold from here; None where there is no such file,
        or none that can be read.

    Raises:
        ValueError: it names no checkpoint.
    """
    path = _state_file(checkpoint_dir, latest_filename)
    if not os.path.isfile(path):
        return None
    state = protos.CheckpointState()
    text_format = lazy.load("google.protobuf.text_format")
    try:
        with open(path, "rb") as file:
            text = file.read().decode()
        text_format.Parse(text, state, allow_unknown_field=True)
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        tf_logging.warning("%s: %s", type(error).__name__, error)
        tf_logging.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {checkpoint_dir}")
    directory = os.fspath(checkpoint_dir)
    newest = os.path.join(directory, state.model_checkpoint_path)
    every = [os.path.join(directory, p) for p in state.all_model_checkpoint_paths]
    return protos.CheckpointState(
        model_checkpoint_path=newest, all_model_checkpoint_paths=every
    )


def latest_checkpoint(
    checkpoint_dir: Path, latest_filename: str | None = None
) -> str | None:
    """The newest checkpoint in a directory, as `Saver.restore` takes it.

    Args:
        checkpoint_dir: the directory.
        latest_filename: the name of the file that says so, `checkpoint` when None.

    Returns:
        Its path without the ending; None where there is none.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(1.0)
        >>> with tempfile.TemporaryDirectory() as directory, tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     path = tf.train.Saver().save(sess, directory + "/model", global_step=3)
        ...     tf.train.latest_checkpoint(directory) == path
        True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    path: str = state.model_checkpoint_path
    if checkpoint_exists(path):
        return path
    tf_logging.error("Couldn't match files for checkpoint %s", path)
    return None


def checkpoint_exists(checkpoint_prefix: Path) -> bool:
    """Whether there is a checkpoint of that name, of the new form or the old.

    Args:
        checkpoint_prefix: its path without the ending; may be a pattern.
    """
    prefix = os.fspath(checkpoint_prefix)
    return checkpoint.exists(prefix) or bool(_files_of(prefix))


def _files_of(prefix: str) -> list[str]:
    """What tells when a checkpoint was written: its index, or an old one's files."""
    index = index_path(prefix)
    if os.path.isfile(index):
        return [index]
    return glob.glob(index) or glob.glob(prefix)


def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """When checkpoints were written, in seconds since 1970.

    Args:
        checkpoint_prefixes: their paths without the ending.

    Returns:
        The times of those that are there.
    """
    times = []
    for prefix in checkpoint_prefixes:
        files = _files_of(prefix)
        if files:
            times.append(max(os.path.getmtime(file) for file in files))
    return times


def remove_checkpoint(
    checkpoint_prefix: Path,
    checkpoint_format_version: int = 2,
    meta_graph_suffix: str = "meta",
) -> None:
    """Remove the files of a checkpoint.

    Args:
        checkpoint_prefix: its path without the ending.
        checkpoint_format_version: its form, a `SaverDef.CheckpointFormatVersion`.
        meta_graph_suffix: the ending of the file with its graph.
    """
    prefix = os.fspath(checkpoint_prefix)
    commit.remove(meta_graph_filename(prefix, meta_graph_suffix))
    if checkpoint_format_version != protos.SaverDef.V2:
        for path in glob.glob(prefix):
            commit.remove(path)
        return
    # The index goes first: without its data it would look like a checkpoint.
    commit.forget(index_path(prefix))
    for path in glob.glob(glob.escape(prefix) + ".data-?????-of-?????*"):
        commit.remove(path)


def meta_graph_filename(
    checkpoint_filename: str, meta_graph_suffix: str = "meta"
) -> str:
    """The name of the file with a checkpoint's graph."""
    basename = lazy.load("re").sub(r"-[\d\?]+-of-\d+$", "", checkpoint_filename)
    return f"{basename}.{meta_graph_suffix}"
