"""`tf.train.Saver`: a session's variables to files and back.

    saver = tf.train.Saver()
    path = saver.save(sess, "model/net", global_step=100)    # 'model/net-100'
    saver.restore(sess, path)

The nodes that do it are made by `saver_builder.py`; here are the names of files, how
many of them stay, and what is said when something is wrong.
Read next: `checkpoint_state.py`.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from interactive_graphs import errors, protos
from interactive_graphs.client.interface import SessionInterface
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.meta_graph import export_meta_graph
from interactive_graphs.ops.save_slice import in_scope, without_scope
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.checkpoint_state import (
    checkpoint_exists,
    get_checkpoint_mtimes,
    meta_graph_filename,
    remove_checkpoint,
    write_state,
)
from interactive_graphs.train.saveable import all_saveable_objects
from interactive_graphs.train.saver_builder import BulkSaverBuilder
from interactive_graphs.train.training_util import global_step as step_of

_V2 = 2
_NAMES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


class Saver:
    """Saves variables to checkpoints and restores them.

    Making one adds nodes to the default graph; `save` and `restore` run them.

    Args:
        var_list: variables to save, under the names of their operations; or a
            dictionary from names to variables. All global variables when None.
        reshape: whether a value may be restored into a variable of another shape.
        sharded: whether each device writes a file of its own.
        max_to_keep: how many checkpoints stay, the oldest being removed; all when None
            or 0.
        keep_checkpoint_every_n_hours: one in so many hours stays all the same.
        name: the scope of the nodes, 'save' when None.
        restore_sequentially: accepted as in TF1.
        saver_def: a SaverDef whose nodes are in the graph already.
        builder: what makes the nodes, a `BaseSaverBuilder`.
        defer_build: True makes them only when `build` is called.
        allow_empty: whether there may be no variables.
        write_version: the form of the checkpoints, `tf.train.SaverDef.V2`.
        pad_step_number: whether steps have eight digits in names of files.
        save_relative_paths: whether the file `checkpoint` can be moved with the others.
        filename: what the node with the path holds.

    Raises:
        ValueError: there are no variables, or two have the same name.
        TypeError: something in `var_list` is no variable.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> v = tf.Variable([1.0, 2.0], name="v")
        >>> saver = tf.train.Saver()
        >>> directory = tempfile.TemporaryDirectory()
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     path = saver.save(sess, directory.name + "/net", global_step=7)
        >>> with tf.Session() as sess:
        ...     saver.restore(sess, path)
        ...     print(path.rsplit("/")[-1], sess.run(v))
        net-7 [1. 2.]
        >>> directory.cleanup()
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = _V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        """See the class."""
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set "
                "defer_build=False or var_list=None."
            )
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._sequentially = restore_sequentially
        self.saver_def = saver_def
        self._builder = builder
        self._is_built = False
        self._is_empty = False
        self._allow_empty = allow_empty
        self._write_version = write_version
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        self._last_checkpoints: list[tuple[str, float]] = []
        self._to_be_deleted: list[tuple[str, float]] = []
        if not defer_build:
            self.build()
        if self.saver_def is not None:
            self._check_saver_def()
            self._write_version = self.saver_def.version

    # -- its nodes --------------------------------------------------------------------

    def build(self) -> None:
        """Add the nodes to the default graph, if they are not there yet."""
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is None:
            self._add_nodes()
        elif self._name:
            self.saver_def = _renamed(self.saver_def, self._name, in_scope)
        if self.saver_def is None:
            return
        self._check_saver_def()
        self._next_kept = (
            time.time() + self.saver_def.keep_checkpoint_every_n_hours * 3600
        )

    def _add_nodes(self) -> None:
        if self._builder is None:
            self._builder = BulkSaverBuilder(self._write_version)
        if self._var_list is None:
            self._var_list = all_saveable_objects()
        empty = isinstance(self._var_list, (list, tuple, dict)) and not self._var_list
        if empty and not self._allow_empty:
            raise ValueError("No variables to save")
        self._is_empty = empty
        if empty:
            return
        self.saver_def = self._builder.build(
            self._var_list,
            reshape=self._reshape,
            sharded=self._sharded,
            max_to_keep=self._max_to_keep or 0,
            keep_checkpoint_every_n_hours=self._keep_hours,
            name=self._name,
            restore_sequentially=self._sequentially,
            filename=self._filename or "model",
        )

    def _check_saver_def(self) -> None:
        if not hasattr(self.saver_def, "restore_op_name"):
            raise ValueError(
                f"saver_def must be a saver_pb2.SaverDef: {self.saver_def}"
            )
        for field in ("save_tensor_name", "restore_op_name"):
            if not getattr(self.saver_def, field):
                raise ValueError(
                    f"saver_def must specify the {field}: {self.saver_def}"
                )

    def as_saver_def(self) -> Any:
        """The SaverDef, which says by name what to run."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A SaverDef.

        Args:
            export_scope: a scope to leave out of the names.

        Returns:
            The message; None when it is not in that scope.
        """
        if export_scope is None:
            return self.saver_def
        prefix = export_scope.rstrip("/") + "/"
        names = [getattr(self.saver_def, field) for field in _NAMES]
        if not all(name.startswith(prefix) for name in names):
            return None
        return _renamed(self.saver_def, export_scope, without_scope)

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """The Saver that a SaverDef describes; its nodes are in the graph.

        Args:
            saver_def: the message.
            import_scope: the scope of the nodes.
        """
        return Saver(saver_def=saver_def, name=import_scope)

    # -- what stays -------------------------------------------------------------------

    @property
    def last_checkpoints(self) -> list[str]:
        """The checkpoints that are kept, oldest first."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Deprecated: say what checkpoints there are; they are never removed.

        Args:
            last_checkpoints: their paths, oldest first.
        """
        if not isinstance(last_checkpoints, (list, tuple)):
            raise TypeError(f"A list of paths is needed, not {last_checkpoints!r}")
        self._last_checkpoints = [(path, math.inf) for path in last_checkpoints]

    def set_last_checkpoints_with_time(
        self, last_checkpoints_with_time: Sequence[tuple[str, float]]
    ) -> None:
        """Say what checkpoints there are.

        Args:
            last_checkpoints_with_time: pairs of a path and the time of writing.
        """
        if not isinstance(last_checkpoints_with_time, (list, tuple)):
            raise TypeError(
                f"A list of pairs is needed, not {last_checkpoints_with_time!r}"
            )
        self._last_checkpoints = list(last_checkpoints_with_time)

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Say what checkpoints an earlier program left.

        Args:
            checkpoint_paths: their paths, oldest first; those that are gone do not
                count.
        """
        there = [path for path in checkpoint_paths if checkpoint_exists(path)]
        times = get_checkpoint_mtimes(there)
        self.set_last_checkpoints_with_time(list(zip(there, times, strict=True)))

    def _record(self, path: str) -> None:
        """Note that `path` is the newest now."""
        if not self.saver_def.max_to_keep:
            return
        others = [pair for pair in self._last_checkpoints if pair[0] != path]
        self._last_checkpoints = [*others, (path, time.time())]
        if len(self._last_checkpoints) > self.saver_def.max_to_keep:
            self._to_be_deleted.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        if not self._to_be_deleted:
            return
        path, written = self._to_be_deleted.pop(0)
        if written > self._next_kept:
            self._next_kept += self.saver_def.keep_checkpoint_every_n_hours * 3600
            return
        try:
            remove_checkpoint(path, self.saver_def.version, meta_graph_suffix)
        except OSError as error:
            tf_logging.warning("Ignoring: %s", error)

    # -- saving -----------------------------------------------------------------------

    def save(
        self,
        sess: Any,
        save_path: str | os.PathLike[str],
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
    ) -> str | None:
        """Save the variables of a session.

        Whatever happens meanwhile, a checkpoint of the same name that was there stays
        until the new one is complete.

        Args:
            sess: the session.
            save_path: the path of the checkpoint, whose files' names begin with it.
            global_step: a number, tensor or variable to add to the path.
            latest_filename: the name of the file that lists the checkpoints,
                `checkpoint` when None.
            meta_graph_suffix: the ending of the file with the graph.
            write_meta_graph: whether to write the graph, too.
            write_state: whether to write that list.
            strip_default_attrs: whether the graph lacks attributes with their defaults.

        Returns:
            The path with the step; None when there are no variables.

        Raises:
            TypeError: `sess` is no session.
            ValueError: the directory is missing, or a name collides.
            FailedPreconditionError: a variable is uninitialised.
        """
        if not self._is_built:
            raise RuntimeError(
                "`build()` should be called before save if defer_build==True"
            )
        save_path = _path(save_path)
        latest = latest_filename or "checkpoint"
        if self._write_version != _V2:
            tf_logging.warning(
                "TensorFlow's V1 checkpoint format has been deprecated. Consider "
                "switching to the more efficient V2 format: "
                "`tf.train.Saver(write_version=tf.train.SaverDef.V2)`."
            )
        if os.path.split(latest)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        prefix = self._prefix(sess, save_path, global_step, latest)
        if not isinstance(sess, SessionInterface):
            raise TypeError(f"'sess' must be a Session; {sess}")
        written = None if self._is_empty else self._run_save(sess, save_path, prefix)
        if write_meta_graph:
            with sess.graph.as_default():
                self.export_meta_graph(
                    meta_graph_filename(prefix, meta_graph_suffix),
                    strip_default_attrs=strip_default_attrs,
                )
        if written is not None and write_state:
            self._write_state(save_path, written, latest, meta_graph_suffix)
        return written

    def _prefix(self, sess: Any, save_path: str, step: Any, latest: str) -> str:
        """The path with the step, if there is one."""
        if step is None:
            if os.path.basename(save_path) == latest and not self._sharded:
                raise ValueError(
                    f"'latest_filename' collides with 'save_path': '{latest}' and "
                    f"'{save_path}'"
                )
            return save_path
        if not hasattr(step, "__index__"):
            step = step_of(sess, step)
        number = int(step)
        return (
            f"{save_path}-{number:08d}"
            if self._pad_step_number
            else (f"{save_path}-{number}")
        )

    def _run_save(self, sess: Any, save_path: str, prefix: str) -> str:
        definition = self.saver_def
        try:
            path = sess.run(
                definition.save_tensor_name, {definition.filename_tensor_name: prefix}
            )
        except (errors.FailedPreconditionError, errors.NotFoundError):
            if os.path.isdir(os.path.dirname(save_path) or "."):
                raise
            raise ValueError(
                f"Parent directory of {save_path} doesn't exist, can't save."
            ) from None
        return path.decode() if isinstance(path, bytes) else str(path.item().decode())

    def _write_state(self, save_path: str, path: str, latest: str, suffix: str) -> None:
        self._record(path)
        write_state(
            os.path.dirname(save_path),
            path,
            self.last_checkpoints,
            latest,
            self._save_relative_paths,
        )
        self._delete_old(suffix)

    def export_meta_graph(
        self,
        filename: str | None = None,
        collection_list: Any = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
    ) -> Any:
        """The default graph with this Saver, as a MetaGraphDef.

        Args:
            filename: a file to write it to.
            collection_list: the names of the collections to put in, all when None.
            as_text: whether the file is in protobuf's text form.
            export_scope: write only what is in this scope.
            clear_devices: whether to leave devices out.
            clear_extraneous_savers: whether to leave other Savers out.
            strip_default_attrs: whether to leave out attributes with their defaults.
        """
        return export_meta_graph(
            filename=filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
        )

    # -- restoring --------------------------------------------------------------------

    def restore(self, sess: Any, save_path: str | os.PathLike[str] | None) -> None:
        """Give the variables in a session the values of a checkpoint.

        They need not be initialised before. What else the checkpoint holds is left out.

        Args:
            sess: the session.
            save_path: what `save` or `latest_checkpoint` gave.

        Raises:
            ValueError: there is no such checkpoint.
            NotFoundError: a variable is not in it.
            InvalidArgumentError: one has another dtype or shape.
            DataLossError: its files are damaged.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        path = os.fspath(save_path)
        if not checkpoint_exists(path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {path}")
        if self.saver_def is None:
            raise RuntimeError(
                "`build()` should be called before restore if defer_build==True"
            )
        tf_logging.info("Restoring parameters from %s", path)
        definition = self.saver_def
        try:
            sess.run(
                definition.restore_op_name, {definition.filename_tensor_name: path}
            )
        except errors.NotFoundError as error:
            _explained(
                error,
                "a Variable name or other graph key that is missing from the "
                "checkpoint",
            )
        except errors.InvalidArgumentError as error:
            _explained(
                error,
                "a mismatch between the current graph and the graph from the "
                "checkpoint",
            )


def _path(save_path: Any) -> str:
    """A path as text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(save_path, (str, os.PathLike)):
        raise TypeError(f"'save_path' must be a path; {save_path!r}")
    return os.fspath(save_path)


def _explained(error: errors.OpError, reason: str) -> NoReturn:
    raise type(error)(
        error.node_def,
        error.op,
        f"Restoring from checkpoint failed. This is most likely due to {reason}. "
        "Please ensure that you have not altered the graph expected based on the "
        "checkpoint. "
        f"Original error:\n\n{error.message}",
    ) from None


def _renamed(saver_def: Any, scope: str, rename: Any) -> Any:
    result = protos.SaverDef()
    result.CopyFrom(saver_def)
    for field in _NAMES:
        setattr(result, field, rename(getattr(saver_def, field), scope))
    return result


def for_meta_graph(graph: Graph, saver_def: Any, scope: str) -> Saver | None:
    """The Saver that `import_meta_graph` gives.

    Args:
        graph: where the nodes are.
        saver_def: what the MetaGraph says of it, or None.
        scope: the scope of the nodes.

    Returns:
        A Saver; None where there is nothing to save.
    """
    with graph.as_default():
        if saver_def is not None:
            return Saver(saver_def=saver_def, name=scope.rstrip("/") or None)
        if all_saveable_objects(scope or None):
            return Saver()
        return None
