"""`tf.saved_model.builder`: writes a SavedModel, a graph with values and signatures.

    export/
        saved_model.pb       the graphs, each with tags that say what it is for
        variables/           one checkpoint, which they share
        assets/              files that they read, such as vocabularies

Read next: `loader.py`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.formats import commit
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.node_reader import own_message
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.platform import tf_logging
from interactive_graphs.saved_model import constants
from interactive_graphs.saved_model.signature_constants import (
    DEFAULT_SERVING_SIGNATURE_DEF_KEY,
)
from interactive_graphs.saved_model.signature_def_utils import predict_signature_def
from interactive_graphs.saved_model.tag_constants import SERVING
from interactive_graphs.train.saver import Saver

__all__ = ["SavedModelBuilder"]

# Under this name TensorFlow finds the message, whose bytes are the same.
_ASSET_TYPE = "type.googleapis.com/tensorflow.AssetFileDef"


class SavedModelBuilder:
    """Writes a SavedModel.

    Args:
        export_dir: the directory, which is made; it may not have anything in it.

    Raises:
        AssertionError: it has.

    Example:
        >>> import os, tempfile
        >>> import interactive_graphs as tf
        >>> v = tf.get_variable("v", initializer=3.0)
        >>> directory = tempfile.TemporaryDirectory()
        >>> builder = tf.saved_model.builder.SavedModelBuilder(directory.name + "/m")
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     builder.add_meta_graph_and_variables(sess, ["serve"])
        >>> path = builder.save()
        >>> sorted(os.listdir(directory.name + "/m"))
        ['saved_model.pb', 'variables']
        >>> directory.cleanup()
    """

    def __init__(self, export_dir: str | os.PathLike[str]) -> None:
        """See the class."""
        path = os.fspath(export_dir)
        self._saved_model = protos.SavedModel(
            saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
        )
        if os.path.isdir(path) and os.listdir(path):
            raise AssertionError(
                f"Export directory {path} already exists, and isn't empty. Please "
                "choose a different export directory, or delete all the contents of "
                "the specified directory."
            )
        os.makedirs(path, exist_ok=True)
        self._export_dir = path
        self._has_saved_variables = False

    def add_meta_graph_and_variables(
        self,
        sess: Any,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Any = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Add the default graph, and the values that its variables have in a session.

        Args:
            sess: the session.
            tags: what the graph is for, of `tag_constants` or others.
            signature_def_map: SignatureDefs by name.
            assets_collection: constants that are paths of files; the files are copied.
            legacy_init_op: the older name of `main_op`.
            clear_devices: whether to leave devices out.
            main_op: what to run when the model has been loaded.
            strip_default_attrs: whether to leave out attributes with their defaults.
            saver: the Saver to use, a new one when None.

        Raises:
            AssertionError: it was called before, or a signature is incomplete.
            TypeError: `main_op` is no operation, or an asset no constant.
        """
        if self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. "
                "Please invoke `add_meta_graph()` instead."
            )
        _check_signatures(signature_def_map)
        self._add_collections(assets_collection, legacy_init_op, main_op)
        saver = saver or _new_saver()
        directory = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        if not getattr(saver, "_is_empty", False):
            os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, constants.VARIABLES_FILENAME)
        saver.save(sess, path, write_meta_graph=False, write_state=False)
        self._add(saver, tags, signature_def_map, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def add_meta_graph(
        self,
        tags: Iterable[str],
        signature_def_map: Mapping[str, Any] | None = None,
        assets_collection: Any = None,
        legacy_init_op: Operation | None = None,
        clear_devices: bool = False,
        main_op: Operation | None = None,
        strip_default_attrs: bool = False,
        saver: Any = None,
    ) -> None:
        """Add the default graph, for the values that are there already.

        The arguments are those of `add_meta_graph_and_variables`.

        Raises:
            AssertionError: that was not called yet, or a signature is incomplete.
            TypeError: `main_op` is no operation, or an asset no constant.
        """
        if not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. "
                "Please invoke `add_meta_graph_and_variables()` first."
            )
        _check_signatures(signature_def_map)
        self._add_collections(assets_collection, legacy_init_op, main_op)
        saver = saver or _new_saver()
        self._add(saver, tags, signature_def_map, clear_devices, strip_default_attrs)

    def _add(
        self,
        saver: Any,
        tags: Iterable[str],
        signatures: Mapping[str, Any] | None,
        clear_devices: bool,
        strip_default_attrs: bool,
    ) -> None:
        meta = saver.export_meta_graph(
            clear_devices=clear_devices, strip_default_attrs=strip_default_attrs
        )
        meta.meta_info_def.tags.extend(tags)
        for name, signature in (signatures or {}).items():
            own = own_message(signature, protos.SignatureDef, "signature_def")
            meta.signature_def[name].CopyFrom(own)
        self._saved_model.meta_graphs.add().CopyFrom(meta)

    def _add_collections(self, assets: Any, legacy_init_op: Any, main_op: Any) -> None:
        """Put into collections what is to be found there after loading."""
        self._copy_assets(assets)
        graph = get_default_graph()
        for what, op, key in (
            ("main_op", main_op, constants.MAIN_OP_KEY),
            ("legacy_init_op", legacy_init_op, constants.LEGACY_INIT_OP_KEY),
        ):
            if op is None:
                continue
            if not isinstance(op, Operation):
                raise TypeError(f"{what} needs to be an Operation: {op!r}")
            if not graph.get_collection(key):
                graph.add_to_collection(key, op)

    def _copy_assets(self, assets: Any) -> None:
        graph = get_default_graph()
        if not assets:
            tf_logging.info("No assets to save.")
            return
        directory = os.path.join(self._export_dir, constants.ASSETS_DIRECTORY)
        for tensor in assets:
            source = _path_in(tensor)
            name = os.path.basename(source)
            asset = protos.AssetFileDef(filename=name)
            asset.tensor_info.name = tensor.name
            holder = lazy.load("google.protobuf.any_pb2").Any(
                type_url=_ASSET_TYPE, value=asset.SerializeToString()
            )
            graph.add_to_collection(constants.ASSETS_KEY, holder)
            target = os.path.join(directory, name)
            if not os.path.exists(target):
                os.makedirs(directory, exist_ok=True)
                shutil.copyfile(source, target)
        tf_logging.info("Assets written to: %s", directory)

    def save(self, as_text: bool = False) -> bytes:
        """Write the graphs.

        Args:
            as_text: whether in protobuf's text form.

        Returns:
            The path of the file.
        """
        name = constants.SAVED_MODEL_FILENAME_PB
        data = self._saved_model.SerializeToString()
        if as_text:
            name = constants.SAVED_MODEL_FILENAME_PBTXT
            text_format = lazy.load("google.protobuf.text_format")
            data = text_format.MessageToString(self._saved_model).encode()
        path = os.path.join(self._export_dir, name)
        commit.write_atomic(path, data)
        tf_logging.info("SavedModel written to: %s", path)
        return path.encode()


def _new_saver() -> Saver:
    return Saver(sharded=True, allow_empty=True)


def _path_in(tensor: Any) -> str:
    """The path that a constant holds."""
    if not isinstance(tensor, Tensor):
        raise TypeError("Asset path tensor must be a Tensor.")
    if tensor.op.type != "Const":
        raise TypeError("Asset path tensor must be of type constant.")
    value = tensor.op.attrs["value"]
    if value.size != 1:
        raise TypeError("Asset path tensor must be scalar.")
    path: bytes = value.item()
    return path.decode()


def _check_signatures(signatures: Mapping[str, Any] | None) -> None:
    for signature in (signatures or {}).values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            if info.WhichOneof("encoding") is None:
                raise AssertionError(
                    f"Invalid `tensor_info`: {info}. All TensorInfo protos used in the "
                    "SignatureDefs must have one of the 'encoding' fields (e.g., name "
                    "or coo_sparse) set."
                )
            if not info.dtype:
                raise AssertionError(
                    f"Invalid `tensor_info`: {info}. All TensorInfo protos used in the "
                    "SignatureDefs must have the `dtype` field set."
                )


def simple_save(
    session: Any,
    export_dir: str | os.PathLike[str],
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    legacy_init_op: Operation | None = None,
) -> None:
    """Write a SavedModel with one graph, for serving.

    Args:
        session: a session with the values.
        export_dir: the directory, which is made.
        inputs: tensors by the names that callers use.
        outputs: tensors by the names that callers get.
        legacy_init_op: what to run when the model has been loaded.

    Raises:
        AssertionError: there is something in the directory.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> directory = tempfile.TemporaryDirectory()
        >>> x = tf.placeholder(tf.float32, name="x")
        >>> v = tf.get_variable("v", initializer=3.0)
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     tf.saved_model.simple_save(
        ...         sess, directory.name + "/m", {"x": x}, {"y": x * v}
        ...     )
        >>> with tf.Session(graph=tf.Graph()) as sess:
        ...     meta = tf.saved_model.loader.load(
        ...         sess, ["serve"], directory.name + "/m"
        ...     )
        ...     y = meta.signature_def["serving_default"].outputs["y"].name
        ...     print(sess.run(y, {"x:0": 2.0}))
        6.0
        >>> directory.cleanup()
    """
    signature = predict_signature_def(inputs, outputs)
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session,
        tags=[SERVING],
        signature_def_map={DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
        assets_collection=get_default_graph().get_collection(GraphKeys.ASSET_FILEPATHS),
        legacy_init_op=legacy_init_op,
        clear_devices=True,
    )
    builder.save()
