"""`tf.saved_model.loader`: reads a SavedModel into a session.

Read next: `builder.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.meta_graph import import_meta_graph
from interactive_graphs.ops.save_slice import in_scope
from interactive_graphs.platform import tf_logging
from interactive_graphs.saved_model import constants

__all__ = ["load", "maybe_saved_model_directory"]


def maybe_saved_model_directory(export_dir: str | os.PathLike[str]) -> bool:
    """Whether there is a SavedModel in a directory.

    Args:
        export_dir: the directory.
    """
    return any(os.path.isfile(path) for path in _files(export_dir))


def _files(export_dir: str | os.PathLike[str]) -> tuple[str, str]:
    """Where the graphs are, in binary form or as text."""
    directory = os.fspath(export_dir)
    return (
        os.path.join(directory, constants.SAVED_MODEL_FILENAME_PB),
        os.path.join(directory, constants.SAVED_MODEL_FILENAME_PBTXT),
    )


def read_saved_model(export_dir: str | os.PathLike[str]) -> Any:
    """The SavedModel message in a directory.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    binary, text = _files(export_dir)
    if os.path.isfile(binary):
        with open(binary, "rb") as file:
            return parse_saved_model(file.read(), binary)
    if os.path.isfile(text):
        with open(text, "rb") as file:
            return parse_saved_model_text(file.read(), text)
    raise OSError(
        f"SavedModel file does not exist at: {os.fspath(export_dir)}/"
        f"{{{constants.SAVED_MODEL_FILENAME_PBTXT}|{constants.SAVED_MODEL_FILENAME_PB}}}"
    )


def parse_saved_model(data: bytes, path: str) -> Any:
    """The message in the bytes of the file `path`.

    Raises:
        OSError: they are something else.
    """
    model = protos.SavedModel()
    try:
        model.ParseFromString(data)
    except lazy.load("google.protobuf.message").DecodeError as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    return model


def parse_saved_model_text(data: bytes, path: str) -> Any:
    """The message in the text of the file `path`.

    Raises:
        OSError: it is something else.
    """
    model = protos.SavedModel()
    text_format = lazy.load("google.protobuf.text_format")
    try:
        text_format.Parse(data.decode(), model)
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise OSError(f"Cannot parse file {path}: {error}.") from None
    return model


def load(
    sess: Any,
    tags: Iterable[str],
    export_dir: str | os.PathLike[str],
    import_scope: str | None = None,
    **saver_kwargs: Any,
) -> Any:
    """Load a graph of a SavedModel, and its values, into a session.

    Args:
        sess: the session, to whose graph the nodes are added.
        tags: all the tags of the graph.
        export_dir: the directory.
        import_scope: the scope of the new nodes.
        **saver_kwargs: for `import_meta_graph`, such as `clear_devices`.

    Returns:
        Its MetaGraphDef, which has the signatures.

    Raises:
        OSError: there is no SavedModel, or it cannot be read.
        RuntimeError: no graph has these tags.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> directory = tempfile.TemporaryDirectory()
        >>> x = tf.placeholder(tf.float32, name="x")
        >>> with tf.Session() as sess:
        ...     tf.saved_model.simple_save(
        ...         sess, directory.name + "/m", {"x": x}, {"y": x * 2.0}
        ...     )
        >>> with tf.Session(graph=tf.Graph()) as sess:
        ...     meta = tf.saved_model.loader.load(
        ...         sess, ["serve"], directory.name + "/m"
        ...     )
        ...     sess.run("mul:0", {"x:0": 4.0})
        np.float32(8.0)
        >>> directory.cleanup()
    """
    model = read_saved_model(export_dir)
    meta = _with_tags(model, tags)
    with sess.graph.as_default():
        saver = import_meta_graph(meta, import_scope=import_scope, **saver_kwargs)
        if saver is None:
            tf_logging.info(
                "The specified SavedModel has no variables; no checkpoints were "
                "restored."
            )
        else:
            directory = os.path.join(
                os.fspath(export_dir), constants.VARIABLES_DIRECTORY
            )
            saver.restore(sess, os.path.join(directory, constants.VARIABLES_FILENAME))
        main_op = _main_op(meta)
        if main_op is not None:
            sess.run(main_op, _assets(meta, export_dir, import_scope))
    return meta


def _with_tags(model: Any, tags: Iterable[str]) -> Any:
    wanted = list(tags) if not isinstance(tags, str) else [tags]
    for meta in model.meta_graphs:
        if set(meta.meta_info_def.tags) == set(wanted):
            return meta
    available = [set(meta.meta_info_def.tags) for meta in model.meta_graphs]
    shown = str(sorted(wanted)).strip("[]")
    raise RuntimeError(
        f"MetaGraphDef associated with tags {shown} could not be found in SavedModel, "
        f"with available tags '{available}'. To inspect available tag-sets in the "
        "SavedModel, please use the SavedModel CLI: `saved_model_cli`."
    )


def _main_op(meta: Any) -> Any:
    """What to run now, None where there is nothing."""
    for key, what in (
        (constants.MAIN_OP_KEY, "SavedModel main op"),
        (constants.LEGACY_INIT_OP_KEY, "legacy serving init op"),
    ):
        if key not in meta.collection_def:
            continue
        if len(meta.collection_def[key].node_list.value) != 1:
            raise RuntimeError(f"Expected exactly one {what}.")
        return get_default_graph().get_collection(key)[-1]
    return None


def _assets(
    meta: Any, export_dir: str | os.PathLike[str], scope: str | None
) -> dict[str, str]:
    """Where the assets are now, by the tensors that hold their paths."""
    if constants.ASSETS_KEY not in meta.collection_def:
        return {}
    directory = os.path.join(os.fspath(export_dir), constants.ASSETS_DIRECTORY)
    paths = {}
    for holder in meta.collection_def[constants.ASSETS_KEY].any_list.value:
        asset = _asset(holder.value)
        name = in_scope(asset.tensor_info.name, scope)
        paths[name] = os.path.join(directory, os.path.basename(asset.filename))
    return paths


def _asset(value: bytes) -> Any:
    try:
        return protos.AssetFileDef.FromString(value)
    except lazy.load("google.protobuf.message").DecodeError as error:
        raise OSError(
            f"An item of the collection {constants.ASSETS_KEY!r} of the SavedModel is "
            f"no AssetFileDef: {error}."
        ) from None
