"""Looking into checkpoints without a graph: `NewCheckpointReader` and its kin.

    reader = tf.train.NewCheckpointReader("model/net-100")
    reader.get_variable_to_shape_map()      # {'weights': [784, 10], ...}
    reader.get_tensor("weights")

Read next: `start_values.py`.
"""

from __future__ import annotations

import os
from typing import Any

from interactive_graphs import errors
from interactive_graphs.formats.checkpoint import open_checkpoint
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.train.checkpoint_state import latest_checkpoint


class CheckpointReader:
    """What a checkpoint holds; `NewCheckpointReader` makes one.

    Args:
        filepattern: the checkpoint's path without the ending.

    Raises:
        NotFoundError: there is none.
        DataLossError: it is damaged.
    """

    def __init__(self, filepattern: str | os.PathLike[str]) -> None:
        """See the class."""
        self._reader = open_checkpoint(os.fspath(filepattern))

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each tensor, by its name."""
        names = self._reader.names()
        return {name: list(self._reader.shape(name)) for name in names}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """The dtype of each tensor, by its name."""
        names = self._reader.names()
        return {name: as_dtype(self._reader.dtype(name)) for name in names}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of that name."""
        return tensor_str in self._reader

    def get_tensor(self, tensor_str: str) -> Any:
        """The value of a tensor, as `sess.run` would give it.

        Args:
            tensor_str: its name.

        Raises:
            NotFoundError: there is none of that name.
            DataLossError: its bytes are damaged.
        """
        if tensor_str not in self._reader:
            raise errors.NotFoundError(
                None, None, f"Key {tensor_str} not found in checkpoint"
            )
        value = self._reader.read(tensor_str)
        if not value.ndim:
            return value[()]
        return value.copy()  # what was read may not be changed

    def debug_string(self) -> bytes:
        """A line for each tensor: its name, dtype and shape."""
        reader = self._reader
        lines = [
            f"{name} (DT_{as_dtype(reader.dtype(name)).engine_name.upper()}) "
            f"{format_list(reader.shape(name))}\n"
            for name in reader.names()
        ]
        return "".join(lines).encode()


def NewCheckpointReader(  # TF's name
    filepattern: str | os.PathLike[str],
) -> CheckpointReader:
    """A reader of a checkpoint.

    Args:
        filepattern: its path without the ending.

    Raises:
        NotFoundError: there is none.
        DataLossError: it is damaged.
    """
    return CheckpointReader(filepattern)


def checkpoint_filename(ckpt_dir_or_file: str | os.PathLike[str]) -> str:
    """The checkpoint that a directory or a path without ending means."""
    path = os.fspath(ckpt_dir_or_file)
    return (latest_checkpoint(path) or path) if os.path.isdir(path) else path


def load_checkpoint(ckpt_dir_or_file: str | os.PathLike[str]) -> CheckpointReader:
    """A reader of a checkpoint.

    Args:
        ckpt_dir_or_file: its path without the ending, or a directory, whose newest
            is meant.

    Raises:
        NotFoundError: there is none.
    """
    return CheckpointReader(checkpoint_filename(ckpt_dir_or_file))


def load_variable(ckpt_dir_or_file: str | os.PathLike[str], name: str) -> Any:
    """The value of one tensor of a checkpoint.

    Args:
        ckpt_dir_or_file: its path without the ending, or a directory, whose newest
            is meant.
        name: the tensor's name; that of its output may be given, too: 'weights:0'.

    Raises:
        NotFoundError: there is no such checkpoint or tensor.
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(
    ckpt_dir_or_file: str | os.PathLike[str],
) -> list[tuple[str, list[int]]]:
    """Name and shape of each tensor in a checkpoint, sorted by name.

    Args:
        ckpt_dir_or_file: its path without the ending, or a directory, whose newest
            is meant.

    Raises:
        NotFoundError: there is none.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> v = tf.Variable([1.0, 2.0], name="v")
        >>> with tempfile.TemporaryDirectory() as directory, tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     path = tf.train.Saver().save(sess, directory + "/net")
        ...     tf.train.list_variables(directory)
        [('v', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
