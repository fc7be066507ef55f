"""The ops that write and read checkpoints; `tf.train.Saver` is what uses them.

The work is done in `kernels/cpu/checkpoints.py`.
Read next: `../train/saver.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats.tensor_slice import parse_shape_and_slice
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import scalar, unknown, with_rank
from interactive_graphs.framework.tensor_shape import Shape, merge
from interactive_graphs.kernels.cpu import checkpoints


def _texts(values: Any) -> list[str]:
    return [v.decode(errors="surrogateescape") for v in np.ravel(values).tolist()]


def _text(value: Any) -> str:
    return _texts(value)[0]


# -- V2 -----------------------------------------------------------------------------


def _save_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    count = (len(op.inputs) - 3,)
    for names in op.inputs[1:3]:
        found = names.static_shape
        if found is not None and None not in found and found != count:
            size = found[0] if found else 0
            raise ValueError(f"Dimension must be {count[0]} but is {size}")
    return []


save_op = define(
    "SaveV2",
    "prefix: string, tensor_names: string, shape_and_slices: string, "
    "tensors: dtypes ->",
    dtypes=Attr("list(type)", minimum=1), shape=_save_shape, stateful=True,
    gradient=None, doc="Writes a checkpoint.",
)  # fmt: skip


@save_op.kernel("CPU")
def _(
    prefix: Any,
    tensor_names: Any,
    shape_and_slices: Any,
    tensors: list[Any],
    dtypes: tuple[DType, ...],
) -> None:
    names, slices = _texts(tensor_names), _texts(shape_and_slices)
    _check_counts(len(dtypes), names, slices)
    checkpoints.save(_text(prefix), names, slices, tensors, dtypes)


def _restore_shape(op: Operation) -> list[Shape]:
    with_rank(op.inputs[0].static_shape, 0)
    shape: Shape = (len(op.attrs["dtypes"]),)
    for names in op.inputs[1:]:
        shape = merge(shape, names.static_shape)
    specs = static_value(op.inputs[2])
    if specs is None:
        return [None] * len(op.attrs["dtypes"])
    return [_shape_of(spec) for spec in _texts(specs)]


def _shape_of(spec: str) -> Shape:
    if not spec:
        return None
    try:
        shape, part = parse_shape_and_slice(spec)
    except errors.InvalidArgumentError as error:
        raise ValueError(error.message) from None
    return part.shape_in(shape)


restore_op = define(
    "RestoreV2",
    "prefix: string, tensor_names: string, shape_and_slices: string -> tensors: dtypes",
    dtypes=Attr("list(type)", minimum=1), shape=_restore_shape, stateful=True,
    gradient=None, doc="Tensors of a checkpoint.",
)  # fmt: skip


@restore_op.kernel("CPU")
def _(
    prefix: Any, tensor_names: Any, shape_and_slices: Any, dtypes: tuple[DType, ...]
) -> list[Any]:
    names, slices = _texts(tensor_names), _texts(shape_and_slices)
    _check_counts(len(dtypes), names, slices)
    return checkpoints.restore(_text(prefix), names, slices, dtypes)


def _check_counts(count: int, names: list[str], slices: list[str]) -> None:
    for what, found in (("tensor_names", names), ("shape_and_slices", slices)):
        if len(found) != count:
            invalid(f"Expected {count} elements in {what}, but got {len(found)}")


merge_op = define(
    "MergeV2Checkpoints",
    "checkpoint_prefixes: string, destination_prefix: string ->",
    delete_old_dirs=True, allow_missing_files=False, shape=lambda op: [],
    stateful=True, gradient=None, doc="Makes one checkpoint of several.",
)  # fmt: skip


@merge_op.kernel("CPU")
def _(checkpoint_prefixes: Any, destination_prefix: Any, delete_old_dirs: bool) -> None:
    checkpoints.merge(
        _texts(checkpoint_prefixes), _text(destination_prefix), delete_old_dirs
    )


# -- names of files -----------------------------------------------------------------

sharded_filename_op = define(
    "ShardedFilename",
    "basename: string, shard: int32, num_shards: int32 -> filename: string",
    shape=scalar, gradient=None, doc="The name of one file of several.",
)  # fmt: skip


@sharded_filename_op.kernel("CPU")
def _(basename: Any, shard: Any, num_shards: Any) -> Any:
    name = b"%s-%05d-of-%05d" % (basename.item(), int(shard), int(num_shards))
    return np.array(name, object)


sharded_filespec_op = define(
    "ShardedFilespec", "basename: string, num_shards: int32 -> filename: string",
    shape=scalar, gradient=None, doc="A pattern for the names of several files.",
)  # fmt: skip


@sharded_filespec_op.kernel("CPU")
def _(basename: Any, num_shards: Any) -> Any:
    return np.array(b"%s-?????-of-%05d" % (basename.item(), int(num_shards)), object)


# -- the first form -------------------------------------------------------------------

save_slices_op = define(
    "SaveSlices",
    "filename: string, tensor_names: string, shapes_and_slices: string, data: T ->",
    T=Attr("list(type)", minimum=1), shape=_save_shape, stateful=True, gradient=None,
    doc="Writes a checkpoint of the first form.",
)  # fmt: skip


@save_slices_op.kernel("CPU")
def _(
    filename: Any,
    tensor_names: Any,
    shapes_and_slices: Any,
    data: list[Any],
    T: tuple[DType, ...],
) -> None:
    names, slices = _texts(tensor_names), _texts(shapes_and_slices)
    _check_counts(len(T), names, slices)
    checkpoints.save_slices(_text(filename), names, slices, data, T)


save_v1_op = define(
    "Save", "filename: string, tensor_names: string, data: T ->",
    T=Attr("list(type)", minimum=1), shape=lambda op: [], stateful=True, gradient=None,
    doc="Writes a checkpoint of the first form.",
)  # fmt: skip


@save_v1_op.kernel("CPU")
def _(filename: Any, tensor_names: Any, data: list[Any], T: tuple[DType, ...]) -> None:
    names = _texts(tensor_names)
    whole = [""] * len(T)
    _check_counts(len(T), names, whole)
    checkpoints.save_slices(_text(filename), names, whole, data, T)


restore_v1_op = define(
    "Restore", "file_pattern: string, tensor_name: string -> tensor: dt",
    dt=types(), preferred_shard=-1, shape=unknown, stateful=True, gradient=None,
    doc="A tensor of a checkpoint.",
)  # fmt: skip


@restore_v1_op.kernel("CPU")
def _(file_pattern: Any, tensor_name: Any, dt: DType) -> Any:
    (value,) = checkpoints.restore(
        _text(file_pattern), [_text(tensor_name)], [""], [dt]
    )
    return value


restore_slice_op = define(
    "RestoreSlice",
    "file_pattern: string, tensor_name: string, shape_and_slice: string -> tensor: dt",
    dt=types(), preferred_shard=-1, shape=unknown, stateful=True, gradient=None,
    doc="A part of a tensor of a checkpoint.",
)  # fmt: skip


@restore_slice_op.kernel("CPU")
def _(file_pattern: Any, tensor_name: Any, shape_and_slice: Any, dt: DType) -> Any:
    (value,) = checkpoints.restore(
        _text(file_pattern), [_text(tensor_name)], [_text(shape_and_slice)], [dt]
    )
    return value
