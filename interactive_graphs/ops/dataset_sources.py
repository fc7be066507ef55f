"""The ops of datasets that come from tensors and from files.

A dataset is a variant: a handle to an object of `kernels/cpu/`, which makes iterators.
The public classes are in `data/`. Read next: `dataset_ops.py`.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import (
    DType,
    float32,
    float64,
    int32,
    int64,
    string,
)
from interactive_graphs.framework.registry import Attr
from interactive_graphs.kernels.cpu import (
    csv_records,
    dataset_files,
    dataset_nested,
    dataset_transforms,
    datasets,
)
from interactive_graphs.kernels.cpu.datasets import Dataset, Signature
from interactive_graphs.ops._datasets import (
    COMPONENTS,
    OUT,
    as_bytes,
    define_dataset,
    is_true,
    signature_of,
)

_STRINGS: Final = Signature((string,), ((),))

# -- sources ---------------------------------------------------------------------------

tensor_op = define_dataset(
    "TensorDataset", "components: Toutput_types", "A dataset of one element.",
    stateful=True, **COMPONENTS,
)  # fmt: skip


@tensor_op.kernel("CPU")
def _(ctx: Any, components: list[Any]) -> Dataset:
    return datasets.Single([_kept(c) for c in components], signature_of(ctx))


def _kept(value: Any) -> Any:
    """`value` as a dataset may keep it: it outlives the step, and a fed array."""
    if isinstance(value, np.ndarray) and value.flags.writeable:
        return value.copy()
    return value


tensor_slice_op = define_dataset(
    "TensorSliceDataset", "components: Toutput_types",
    "A dataset of the rows of tensors.", stateful=True, **COMPONENTS,
)  # fmt: skip


@tensor_slice_op.kernel("CPU")
def _(ctx: Any, components: list[Any]) -> Dataset:
    arrays = [np.asarray(_kept(c)) for c in components]
    if any(a.ndim == 0 for a in arrays):
        invalid("All components must be at least 1-dimensional")
    sizes = [len(a) for a in arrays]
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            invalid(
                "All components must have the same size in the 0th dimension: "
                f"component 0 has {sizes[0]} but component {i} has {size}"
            )
    return datasets.Slices(arrays, signature_of(ctx))


sparse_slice_op = define_dataset(
    "SparseTensorSliceDataset",
    "indices: int64, values: Tvalues, dense_shape: int64",
    "A dataset of the rows of a sparse tensor.", stateful=True,
)  # fmt: skip


@sparse_slice_op.kernel("CPU")
def _(ctx: Any, indices: Any, values: Any, dense_shape: Any) -> Dataset:
    rank = len(dense_shape)
    if len(indices) and (np.diff(indices[:, 0]) < 0).any():
        from_row = int(np.flatnonzero(np.diff(indices[:, 0]) < 0)[0]) + 1
        invalid(
            f"indices[{from_row}] is out of order. Many sparse ops require sorted "
            "indices.\n    Use `tf.sparse.reorder` to create a correctly ordered copy."
        )
    bounds = np.searchsorted(indices[:, 0], np.arange(int(dense_shape[0]) + 1))
    shape = dense_shape[1:].copy()
    elements = [
        (indices[a:b, 1:].copy(), values[a:b].copy(), shape)
        for a, b in itertools.pairwise(bounds)
    ]
    types = (int64, ctx.op.attrs["Tvalues"], int64)
    signature = Signature(types, ((None, rank - 1), (None,), (rank - 1,)))
    return dataset_nested.Held(elements, signature)


range_op = define_dataset(
    "RangeDataset", "start: int64, stop: int64, step: int64",
    "A dataset of the numbers of a range.", stateful=True, **OUT,
)  # fmt: skip


@range_op.kernel("CPU")
def _(ctx: Any, start: Any, stop: Any, step: Any) -> Dataset:
    if not step:
        invalid("step must be a non-zero integer.")
    numbers = range(int(start), int(stop), int(step))
    return datasets.Numbers(numbers, signature_of(ctx))


def _define_random(name: str) -> None:
    op = define_dataset(
        name, "seed: int64, seed2: int64", "Random numbers.", stateful=True, **OUT
    )

    @op.kernel("CPU")
    def _(ctx: Any, seed: Any, seed2: Any) -> Dataset:
        seeds = (int(seed), int(seed2))
        return dataset_transforms.Randoms(seeds, signature_of(ctx))


_define_random("RandomDataset")
_define_random("ExperimentalRandomDataset")


# -- files -----------------------------------------------------------------------------


def _paths(filenames: Any) -> list[bytes]:
    array = np.asarray(filenames, object)
    if array.ndim > 1:
        invalid("`filenames` must be a scalar or a vector.")
    return list(array.reshape(-1))


text_line_op = define_dataset(
    "TextLineDataset",
    "filenames: string, compression_type: string, buffer_size: int64",
    "A dataset of the lines of text files.", stateful=True,
)  # fmt: skip


@text_line_op.kernel("CPU")
def _(filenames: Any, compression_type: Any, buffer_size: Any) -> Dataset:
    if buffer_size < 0:
        invalid("`buffer_size` must be >= 0 (0 == default)")
    compression = dataset_files.check_compression(as_bytes(compression_type))
    return dataset_files.Lines(_paths(filenames), compression, _STRINGS)


tf_record_op = define_dataset(
    "TFRecordDataset",
    "filenames: string, compression_type: string, buffer_size: int64",
    "A dataset of the records of TFRecord files.", stateful=True,
)  # fmt: skip


@tf_record_op.kernel("CPU")
def _(filenames: Any, compression_type: Any, buffer_size: Any) -> Dataset:
    if buffer_size < 0:
        invalid("`buffer_size` must be >= 0 (0 == no buffering)")
    compression = dataset_files.check_compression(as_bytes(compression_type))
    return dataset_files.TFRecords(_paths(filenames), compression, _STRINGS)


def _fixed_length(
    filenames: Any,
    header_bytes: Any,
    record_bytes: Any,
    footer_bytes: Any,
    compression_type: Any = b"",
) -> Dataset:
    sizes = (int(header_bytes), int(record_bytes), int(footer_bytes))
    if sizes[0] < 0:
        invalid("`header_bytes` must be >= 0")
    if sizes[1] <= 0:
        invalid("`record_bytes` must be > 0")
    if sizes[2] < 0:
        invalid("`footer_bytes` must be >= 0")
    compression = dataset_files.check_compression(as_bytes(compression_type))
    paths = _paths(filenames)
    return dataset_files.FixedLengthRecords(paths, sizes, compression, _STRINGS)


fixed_length_op = define_dataset(
    "FixedLengthRecordDataset",
    "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, "
    "buffer_size: int64",
    "A dataset of records of one length.", stateful=True,
)  # fmt: skip


@fixed_length_op.kernel("CPU")
def _(
    filenames: Any,
    header_bytes: Any,
    record_bytes: Any,
    footer_bytes: Any,
    buffer_size: Any,
) -> Dataset:
    del buffer_size
    return _fixed_length(filenames, header_bytes, record_bytes, footer_bytes)


fixed_length_v2_op = define_dataset(
    "FixedLengthRecordDatasetV2",
    "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, "
    "buffer_size: int64, compression_type: string",
    "A dataset of records of one length, of files that may be compressed.",
    stateful=True,
)  # fmt: skip


@fixed_length_v2_op.kernel("CPU")
def _(
    filenames: Any,
    header_bytes: Any,
    record_bytes: Any,
    footer_bytes: Any,
    buffer_size: Any,
    compression_type: Any,
) -> Dataset:
    del buffer_size
    return _fixed_length(
        filenames, header_bytes, record_bytes, footer_bytes, compression_type
    )


def _define_csv(name: str) -> None:
    op = define_dataset(
        name,
        "filenames: string, compression_type: string, buffer_size: int64, "
        "header: bool, field_delim: string, use_quote_delim: bool, na_value: string, "
        "select_cols: int64, record_defaults: output_types",
        "A dataset of the rows of CSV files.", stateful=True,
        output_types=Attr(
            "list(type)", allowed=(float32, float64, int32, int64, string), minimum=1
        ),
        output_shapes=OUT["output_shapes"],
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        ctx: Any,
        filenames: Any,
        compression_type: Any,
        buffer_size: Any,
        header: Any,
        field_delim: Any,
        use_quote_delim: Any,
        na_value: Any,
        select_cols: Any,
        record_defaults: list[Any],
    ) -> Dataset:
        del buffer_size
        signature = signature_of(ctx)
        form = _csv_form(
            signature.types, record_defaults, as_bytes(field_delim),
            is_true(use_quote_delim), as_bytes(na_value), select_cols.tolist(),
        )  # fmt: skip
        compression = dataset_files.check_compression(as_bytes(compression_type))
        return dataset_files.CsvRows(
            _paths(filenames), compression, is_true(header), form, signature
        )


def _csv_form(
    types: tuple[DType, ...],
    defaults: list[Any],
    delimiter: bytes,
    quoted: bool,
    na_value: bytes,
    columns: list[int],
) -> csv_records.Form:
    if len(delimiter) != 1:
        invalid("field_delim should be only 1 char")
    if any(b <= a for a, b in itertools.pairwise(columns)):
        invalid("select_cols should be strictly increasing indices")
    if columns and columns[0] < 0:
        invalid("select_cols should be non-negative indices")
    if columns and len(columns) != len(types):
        invalid("select_cols should match output size")
    filled: list[Any] = []
    for i, default in enumerate(defaults):
        array = np.asarray(default)
        if array.ndim > 1 or array.size > 1:
            invalid(
                f"Each record default should be at most rank 1; {i} has {array.size} "
                "values"
            )
        value = array.reshape(-1)[0] if array.size else None
        if isinstance(value, bytes):
            value = dataset_files.as_string(value)
        filled.append(value)
    return csv_records.Form(types, filled, delimiter, quoted, na_value, columns)


_define_csv("CSVDataset")
_define_csv("ExperimentalCSVDataset")
