"""`tf.train.init_from_checkpoint`: variables that start from a checkpoint's values.

The initializers of the variables are replaced; whoever runs them, such as
`tf.global_variables_initializer()`, reads the checkpoint. Read next: `saver.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops import state
from interactive_graphs.ops.partitioned_variables import PartitionedVariable
from interactive_graphs.ops.resource_variable import ResourceVariable
from interactive_graphs.ops.variable_scope import variable_store
from interactive_graphs.ops.variables import Variable
from interactive_graphs.platform import tf_logging
from interactive_graphs.train.checkpoint_reader import (
    checkpoint_filename,
    load_checkpoint,
)

Shapes = dict[str, list[int]]


def init_from_checkpoint(
    ckpt_dir_or_file: str | os.PathLike[str], assignment_map: Mapping[str, Any]
) -> None:
    """Let variables start from the values in a checkpoint.

    Args:
        ckpt_dir_or_file: its path without the ending, or a directory, whose newest
            is meant.
        assignment_map: from what the checkpoint calls it to what the graph calls it:
            `{'old/weights': 'new/weights'}`, where the latter may also be a variable, a
            partitioned one, or a list of its parts; `{'old/': 'new/'}` for all in a
            scope, and '/' for the top.

    Raises:
        ValueError: something is not in the checkpoint, or has another shape there.
        NotFoundError: there is no such checkpoint.

    Example:
        >>> import tempfile
        >>> import interactive_graphs as tf
        >>> directory = tempfile.TemporaryDirectory()
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     old = tf.get_variable("old/w", initializer=[1.0, 2.0])
        ...     sess.run(old.initializer)
        ...     path = tf.train.Saver().save(sess, directory.name + "/net")
        >>> new = tf.get_variable("new/w", [2])
        >>> tf.train.init_from_checkpoint(directory.name, {"old/": "new/"})
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     print(sess.run(new))
        [1. 2.]
        >>> directory.cleanup()
    """
    path = checkpoint_filename(ckpt_dir_or_file)
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    for theirs, ours in sorted(assignment_map.items()):
        found = _variable(ours)
        if found is None:
            _set_scope(path, ckpt_dir_or_file, theirs, ours, shapes)
            continue
        if theirs not in shapes:
            raise ValueError(
                f"Tensor {theirs} is not found in {ckpt_dir_or_file} checkpoint "
                f"{shapes}"
            )
        _set_checked(found, path, theirs, shapes)


def _variable(given: Any) -> Any:
    """The variable that is meant, or its parts; None when a scope is."""
    if isinstance(given, str):
        store = variable_store()
        parts = store._partitioned_vars.get(given)
        return store._vars.get(given) if parts is None else list(parts)
    return list(given) if isinstance(given, PartitionedVariable) else given


def _set_checked(variable: Any, path: str, name: str, shapes: Shapes) -> None:
    """Let one variable, or the parts of one, start from the tensor `name`."""
    if not isinstance(variable, (list, tuple)):
        if not variable.get_shape().is_compatible_with(shapes[name]):
            raise ValueError(
                f"Shape of variable {variable.name} ({variable.get_shape()}) doesn't "
                f"match with shape of tensor {name} ({shapes[name]}) from checkpoint "
                "reader."
            )
        _set_initializer(variable, path, name, "")
        return
    for part in variable:
        info = part._get_save_slice_info()
        if info is None:
            raise ValueError(f"{part} is not a part of a partitioned variable")
        _set_initializer(part, path, name, info.spec)


def _set_initializer(variable: Variable, path: str, name: str, part: str) -> None:
    with variable.graph.as_default(), variable.graph.device("/cpu:0"):
        value: Tensor
        (value,) = raw.RestoreV2(
            path, [name], [part], dtypes=[variable.dtype.base_dtype],
            name="checkpoint_initializer",
        )  # fmt: skip
        value.set_shape(variable.shape)
        if isinstance(variable, ResourceVariable):
            initializer = variable.assign(value, read_value=False)
        else:
            initializer = state.assign(variable, value).op
    variable._initializer_op = initializer
    variable._initial_value = value
    tf_logging.debug(
        "Initialize variable %s from checkpoint %s with %s", variable.name, path, name
    )


def _set_scope(path: str, given: Any, theirs: str, ours: str, shapes: Shapes) -> None:
    """Let all variables in a scope start from the tensors of the same names."""
    scope = ours[: ours.rindex("/")] if "/" in ours else ""
    if not theirs.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {scope} should map to scope only "
            f"{theirs}. Should be 'scope/': 'other_scope/'."
        )
    store = variable_store()
    whole = {name.partition("/part_")[0] for name in store._vars}
    prefix = f"{scope}/" if scope else ""
    for name in sorted(n for n in whole if n.startswith(prefix)):
        inner = name.removeprefix(prefix)
        full = inner if theirs == "/" else theirs + inner
        if full not in shapes:
            raise ValueError(
                f"Tensor {full} ({inner} in {theirs}) is not found in {given} "
                "checkpoint"
            )
        _set_checked(_variable(name), path, full, shapes)
