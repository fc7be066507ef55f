"""Tensors to checkpoints and back: what the ops of `ops/checkpoint_ops.py` do.

Read next: `../../formats/tensor_bundle.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.formats import commit, slice_table
from interactive_graphs.formats.bundle_writer import (
    BundleWriter,
    build_index,
    data_path,
    index_path,
)
from interactive_graphs.formats.checkpoint import open_checkpoint
from interactive_graphs.formats.tensor_bundle import BundleReader
from interactive_graphs.formats.tensor_slice import (
    TensorSlice,
    parse_shape_and_slice,
)
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.tensor_shape import format_list


def save(
    prefix: str,
    names: Sequence[str],
    slices: Sequence[str],
    tensors: Sequence[Any],
    dtypes: Sequence[DType],
) -> None:
    """Write a checkpoint; the one of that name stays until all is written.

    Args:
        prefix: what its files' names begin with.
        names: of the tensors.
        slices: of each, which part of a larger one it is; '' when it is whole.
        tensors: their values.
        dtypes: their dtypes.

    Raises:
        OpError: it cannot be written.
    """
    writer = BundleWriter(prefix)
    try:
        for name, part, value, dtype in zip(
            names, slices, tensors, dtypes, strict=True
        ):
            _add(writer, name, part, np.asarray(value), dtype.as_datatype_enum)
        writer.finish()
    except BaseException:
        writer.abandon()
        raise


def _add(writer: BundleWriter, name: str, spec: str, value: Any, dtype: int) -> None:
    if not spec:
        writer.add(name, value, dtype)
        return
    shape, part = parse_shape_and_slice(spec)
    _check_part(spec, part.shape_in(shape), value.shape)
    if part.is_whole(shape):
        writer.add(name, value, dtype)
    else:
        writer.add_slice(name, shape, part, value, dtype)


def save_slices(
    path: str,
    names: Sequence[str],
    slices: Sequence[str],
    tensors: Sequence[Any],
    dtypes: Sequence[DType],
) -> None:
    """Write a checkpoint of the first form; the arguments are those of `save`.

    Raises:
        OpError: it cannot be written.
    """
    items: list[slice_table.Item] = []
    for name, spec, tensor, dtype in zip(names, slices, tensors, dtypes, strict=True):
        value = np.asarray(tensor)
        shape, part = value.shape, TensorSlice((None,) * value.ndim)
        if spec:
            shape, part = parse_shape_and_slice(spec)
            _check_part(spec, part.shape_in(shape), value.shape)
        items.append((name, shape, part, value, dtype.as_datatype_enum))
    slice_table.write(path, items)


def _check_part(spec: str, wanted: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if wanted != shape:
        invalid(
            "Slice in shape_and_slice specification does not match the shape of the "
            f"tensor to  save: {spec}, tensor: {format_list(shape)}"
        )


def restore(
    prefix: str, names: Sequence[str], slices: Sequence[str], dtypes: Sequence[DType]
) -> list[Any]:
    """Read tensors of a checkpoint.

    Args:
        prefix: what its files' names begin with.
        names: of the tensors.
        slices: of each, which part of it is wanted; '' for all.
        dtypes: what their dtypes should be.

    Returns:
        Their values.

    Raises:
        OpError: a name, a file or a part is missing, a dtype is another one, or the
            files are damaged.
    """
    reader = open_checkpoint(prefix)
    try:
        for name, dtype in zip(names, dtypes, strict=True):
            _check_dtype(reader, name, dtype)
        return [
            _read(reader, name, spec) for name, spec in zip(names, slices, strict=True)
        ]
    finally:
        reader.close()


def _check_dtype(reader: Any, name: str, dtype: DType) -> None:
    stored = as_dtype(reader.dtype(name))
    if stored is not dtype.base_dtype:
        invalid(
            f"tensor_name = {name}; expected dtype {dtype.base_dtype.engine_name} does "
            f"not equal original dtype {stored.engine_name}"
        )


def _read(reader: Any, name: str, spec: str) -> Any:
    if not spec:
        return reader.read(name)
    shape, part = parse_shape_and_slice(spec)
    stored = reader.shape(name)
    if stored != shape:
        invalid(
            f"tensor_name = {name}; shape in shape_and_slice spec "
            f"{format_list(shape)} does not match the shape stored in checkpoint: "
            f"{format_list(stored)}"
        )
    return reader.read(name, part)


def merge(sources: Sequence[str], target: str, delete_old_dirs: bool) -> None:
    """Make one checkpoint of several, which are gone afterwards.

    Args:
        sources: their prefixes.
        target: the prefix of the new one.
        delete_old_dirs: whether to remove the directories where they were, when empty.

    Raises:
        OpError: a source is missing or damaged, or two have the same tensor.
    """
    readers = [BundleReader(source) for source in sources]
    shards = sum(reader.shards for reader in readers)
    entries: dict[bytes, Any] = {}
    written: dict[str, str] = {}
    for source, reader in zip(sources, readers, strict=True):
        first = len(written)
        for i in range(reader.shards):
            name = data_path(target, first + i, shards)
            written[name] = data_path(source, i, reader.shards)
        for key, entry in reader.items():
            _merge_entry(entries, key, entry, first)
    index = index_path(target)
    temporary = written[index] = commit.temporary_name(index)
    with errors_of_files():
        with open(temporary, "wb") as file:
            file.write(build_index(shards, entries))
            commit.flush(file)
        commit.replace_all(written, index)
        for source in sources:
            commit.forget(index_path(source))
            if delete_old_dirs:
                _remove_if_empty(os.path.dirname(source), os.path.dirname(target))


def _merge_entry(entries: dict[bytes, Any], key: bytes, entry: Any, shard: int) -> None:
    known = entries.get(key)
    if known is None:
        if not entry.slices:
            entry.shard_id += shard
        entries[key] = entry
    elif known.slices and entry.slices:
        known.slices.extend(entry.slices)
    else:
        invalid(f"Duplicate tensor keyed by {key.decode(errors='replace')} encountered")


def _remove_if_empty(directory: str, keep: str) -> None:
    if directory and directory != keep:
        try:
            os.rmdir(directory)
        except OSError:  # somebody else's file is there
            return
