"""The ops of lookup tables: declaration and kernel; the classes are in `lookup.py`.

What a table does is in `kernels/cpu/tables.py`. Read next: `lookup.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import (
    scalar,
)
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import tables

_SHARING: Final[dict[str, Any]] = {
    "container": "",
    "shared_name": "",
    "use_node_name_sharing": False,
    "key_dtype": Attr("type"),
    "value_dtype": Attr("type"),
}


def _find_or_make(
    ctx: Any, dtypes: tuple[DType, DType], make: Callable[[], tables.Table]
) -> tables.Table:
    """The table that an operation owns or shares.

    Raises:
        InvalidArgumentError: the one that is shared has other dtypes.
    """

    def private_name() -> str:
        name: str = ctx.resources.private_name(ctx.op.name)
        return name

    attrs = ctx.op.attrs
    name = attrs["shared_name"].decode()
    if not name:
        shared = attrs["use_node_name_sharing"]
        name = ctx.op.name if shared else ctx.state(private_name)
    table: tables.Table = ctx.resources.get_or_create(
        attrs["container"], name, "table", make
    )
    if (table.key_dtype, table.value_dtype) != dtypes:
        wanted, found = (
            f"{key.name}-{value.name}"
            for key, value in (dtypes, (table.key_dtype, table.value_dtype))
        )
        invalid(f"Conflicting key/value dtypes {wanted} with {found} for table {name}")
    return table


hash_table_op = define(
    "HashTableV2", "-> table_handle: resource", **_SHARING, shape=scalar,
    stateful=True, gradient=None, doc="A table that is filled once.",
)  # fmt: skip


@hash_table_op.kernel("CPU")
def _(ctx: Any, key_dtype: DType, value_dtype: DType) -> tables.Table:
    return _find_or_make(
        ctx, (key_dtype, value_dtype),
        lambda: tables.FixedTable(key_dtype, value_dtype),
    )  # fmt: skip


mutable_hash_table_op = define(
    "MutableHashTableV2", "-> table_handle: resource", **_SHARING, shape=scalar,
    stateful=True, gradient=None, doc="A table of scalars.",
)  # fmt: skip


@mutable_hash_table_op.kernel("CPU")
def _(ctx: Any, key_dtype: DType, value_dtype: DType) -> tables.Table:
    return _find_or_make(
        ctx, (key_dtype, value_dtype), lambda: tables.Table(key_dtype, value_dtype)
    )


mutable_hash_table_of_tensors_op = define(
    "MutableHashTableOfTensorsV2", "-> table_handle: resource", **_SHARING,
    value_shape=Attr("shape", ()), shape=scalar, stateful=True, gradient=None,
    doc="A table of tensors of one shape.",
)  # fmt: skip


@mutable_hash_table_of_tensors_op.kernel("CPU")
def _(ctx: Any, key_dtype: DType, value_dtype: DType, value_shape: Any) -> tables.Table:
    return _find_or_make(
        ctx, (key_dtype, value_dtype),
        lambda: tables.Table(key_dtype, value_dtype, value_shape),
    )  # fmt: skip


dense_table_op = define(
    "MutableDenseHashTableV2",
    "empty_key: key_dtype, deleted_key: key_dtype -> table_handle: resource",
    **_SHARING, value_shape=Attr("shape", ()), initial_num_buckets=131072,
    max_load_factor=0.8, shape=scalar, stateful=True, gradient=None,
    doc="A table of tensors, with two keys that mean nothing.",
)  # fmt: skip


@dense_table_op.kernel("CPU")
def _(
    ctx: Any,
    empty_key: np.ndarray,
    deleted_key: np.ndarray,
    key_dtype: DType,
    value_dtype: DType,
    value_shape: Any,
    initial_num_buckets: int,
) -> tables.Table:
    if initial_num_buckets < 4 or initial_num_buckets & (initial_num_buckets - 1):
        invalid(
            "Number of buckets must be at least 4 and a power of 2, got: "
            f"{initial_num_buckets}"
        )
    return _find_or_make(
        ctx, (key_dtype, value_dtype),
        lambda: tables.DenseTable(
            key_dtype, value_dtype, value_shape, empty_key.item(), deleted_key.item()
        ),
    )  # fmt: skip


# -- asking ---------------------------------------------------------------------------


def _found_shape(op: Operation) -> list[Shape]:
    """The keys' shape with that of a value, which is the default's."""
    keys, default = (t.static_shape for t in op.inputs[1:3])
    return [None if keys is None or default is None else (*keys, *default)]


find_op = define(
    "LookupTableFindV2",
    "table_handle: resource, keys: Tin, default_value: Tout -> values: Tout",
    shape=_found_shape, stateful=True, gradient=None, doc="The values of keys.",
)  # fmt: skip


@find_op.kernel("CPU")
def _(table_handle: Any, keys: np.ndarray, default_value: np.ndarray) -> np.ndarray:
    table: tables.Table = table_handle
    _check_dtypes(table, keys, default_value)
    return table.find(keys, default_value)


def _check_dtypes(table: tables.Table, keys: np.ndarray, values: np.ndarray) -> None:
    for name, dtype, array in (
        ("Key", table.key_dtype, keys),
        ("Value", table.value_dtype, values),
    ):
        if array.dtype != dtype.np_dtype:
            invalid(f"{name} must be type {dtype.name} but got {array.dtype}")


size_op = define(
    "LookupTableSizeV2", "table_handle: resource -> size: int64", shape=scalar,
    stateful=True, gradient=None, doc="How many keys a table has.",
)  # fmt: skip


@size_op.kernel("CPU")
def _(table_handle: Any) -> Any:
    return np.int64(table_handle.size())


def _exported_shape(op: Operation) -> list[Shape]:
    value = op.inputs[0].op.attrs.get("value_shape", ())
    return [(None,), None if value is None else (None, *value)]


export_op = define(
    "LookupTableExportV2",
    "table_handle: resource -> keys: Tkeys, values: Tvalues", Tkeys=Attr("type"),
    Tvalues=Attr("type"), shape=_exported_shape, stateful=True, gradient=None,
    doc="All keys and values of a table.",
)  # fmt: skip


@export_op.kernel("CPU")
def _(table_handle: Any) -> tuple[np.ndarray, np.ndarray]:
    table: tables.Table = table_handle
    return table.export()


# -- filling --------------------------------------------------------------------------

insert_op = define(
    "LookupTableInsertV2", "table_handle: resource, keys: Tin, values: Tout ->",
    stateful=True, gradient=None, doc="Puts values into a table.",
)  # fmt: skip


@insert_op.kernel("CPU")
def _(table_handle: Any, keys: np.ndarray, values: np.ndarray) -> None:
    _check_dtypes(table_handle, keys, values)
    table_handle.insert(keys, values)


remove_op = define(
    "LookupTableRemoveV2", "table_handle: resource, keys: Tin ->",
    stateful=True, gradient=None, doc="Takes keys out of a table.",
)  # fmt: skip


@remove_op.kernel("CPU")
def _(table_handle: Any, keys: np.ndarray) -> None:
    table_handle.remove(keys)


import_op = define(
    "LookupTableImportV2", "table_handle: resource, keys: Tin, values: Tout ->",
    stateful=True, gradient=None, doc="Makes a table hold these values and no others.",
)  # fmt: skip


@import_op.kernel("CPU")
def _(table_handle: Any, keys: np.ndarray, values: np.ndarray) -> None:
    _check_dtypes(table_handle, keys, values)
    # TensorFlow 2's graphs fill tables this way that are filled once.
    if isinstance(table_handle, tables.FixedTable):
        table_handle.fill_with(keys, values)
    else:
        table_handle.replace(keys, values)


initialize_op = define(
    "InitializeTableV2", "table_handle: resource, keys: Tkey, values: Tval ->",
    stateful=True, gradient=None,
    doc="Fills a table with arrays.",
)  # fmt: skip


@initialize_op.kernel("CPU")
def _(table_handle: Any, keys: np.ndarray, values: np.ndarray) -> None:
    _check_dtypes(table_handle, keys, values)
    table_handle.fill_with(keys, values)


initialize_from_file_op = define(
    "InitializeTableFromTextFileV2", "table_handle: resource, filename: string ->",
    key_index=Attr("int", minimum=-2), value_index=Attr("int", minimum=-2),
    vocab_size=Attr("int", -1, minimum=-1), delimiter="\t", offset=0,
    stateful=True, gradient=None, doc="Fills a table from a file.",
)  # fmt: skip


@initialize_from_file_op.kernel("CPU")
def _(
    table_handle: Any,
    filename: np.ndarray,
    key_index: int,
    value_index: int,
    vocab_size: int,
    delimiter: bytes,
) -> None:
    table: tables.FixedTable = table_handle
    if filename.ndim or not filename.item():
        invalid("filename cannot be empty.")
    table.fill(
        tables.read_vocabulary(
            filename.item().decode(),
            (key_index, value_index),
            (table.key_dtype, table.value_dtype),
            vocab_size,
            delimiter,
        )
    )
