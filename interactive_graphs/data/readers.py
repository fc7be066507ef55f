"""Datasets of files: text lines, fixed-length records, TFRecords, CSV.

Read next: `../kernels/cpu/dataset_files.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactive_graphs.data.dataset import Dataset
from interactive_graphs.data.structure import declared
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import (
    DType,
    as_dtype,
    bool as bool_,
    int64,
    string,
)
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape

_BUFFER = 256 * 1024


def _strings(filenames: Any) -> Tensor:
    """Names of files, or the names that a dataset gives."""
    if isinstance(filenames, Dataset):
        raise TypeError("`filenames` must be a `tf.Tensor` of `tf.string` elements")
    return convert_to_tensor(filenames, string, "filenames")


def _optional(value: Any, default: Any, dtype: DType, name: str) -> Tensor:
    return convert_to_tensor(default if value is None else value, dtype, name)


class TextLineDataset(Dataset):
    """The lines of text files, without their ends.

    Args:
        filenames: string, one or several.
        compression_type: "", "ZLIB" or "GZIP".
        buffer_size: int64, accepted.
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None
    ) -> None:
        """See the class."""
        super().__init__()
        self._structure = declared(string, TensorShape([]))
        self._parts = (
            _strings(filenames),
            _optional(compression_type, "", string, "compression_type"),
            _optional(buffer_size, _BUFFER, int64, "buffer_size"),
        )

    def _as_variant_tensor(self) -> Tensor:
        node: Tensor = raw.TextLineDataset(*self._parts)
        return node


class TFRecordDataset(Dataset):
    """The records of TFRecord files, as strings.

    Args:
        filenames: string, one or several, or a dataset of them.
        compression_type: "", "ZLIB" or "GZIP".
        buffer_size: int64, accepted.
        num_parallel_reads: how many files are read in turn; one after the other when
            None.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        """See the class."""
        super().__init__()
        self._structure = declared(string, TensorShape([]))
        self._options = (
            _optional(compression_type, "", string, "compression_type"),
            _optional(buffer_size, _BUFFER, int64, "buffer_size"),
        )
        if not isinstance(filenames, Dataset) and num_parallel_reads is None:
            self._files: Any = _strings(filenames)
            return
        if isinstance(filenames, Dataset):
            if filenames.output_types != string:
                raise TypeError(
                    "`filenames` must be a `tf.data.Dataset` of `tf.string` elements."
                )
        else:
            flat = raw.Reshape(_strings(filenames), [-1])
            filenames = Dataset.from_tensor_slices(flat)
        self._files = filenames.interleave(self._of_file, num_parallel_reads or 1)

    def _of_file(self, filename: Any) -> Dataset:
        node = raw.TFRecordDataset
        return Dataset._from_variant(node(filename, *self._options), self._structure)

    def _as_variant_tensor(self) -> Tensor:
        if isinstance(self._files, Dataset):
            return self._files._as_variant_tensor()
        node: Tensor = raw.TFRecordDataset(self._files, *self._options)
        return node


class FixedLengthRecordDataset(Dataset):
    """The records of binary files in which all have one length, as strings.

    Args:
        filenames: string, one or several.
        record_bytes: int64, the length of a record.
        header_bytes: int64, how many bytes are left out at the beginning.
        footer_bytes: int64, how many at the end.
        buffer_size: int64, accepted.
        compression_type: "", "ZLIB" or "GZIP".
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
    ) -> None:
        """See the class."""
        super().__init__()
        self._structure = declared(string, TensorShape([]))
        self._parts = (
            _strings(filenames),
            _optional(header_bytes, 0, int64, "header_bytes"),
            convert_to_tensor(record_bytes, int64, "record_bytes"),
            _optional(footer_bytes, 0, int64, "footer_bytes"),
            _optional(buffer_size, _BUFFER, int64, "buffer_size"),
        )
        self._compression = (
            None
            if compression_type is None
            else convert_to_tensor(compression_type, string, "compression_type")
        )

    def _as_variant_tensor(self) -> Tensor:
        if self._compression is None:
            node: Tensor = raw.FixedLengthRecordDataset(*self._parts)
        else:
            node = raw.FixedLengthRecordDatasetV2(*self._parts, self._compression)
        return node


class CsvDataset(Dataset):
    """The rows of CSV files: a tuple with a component for each wanted column.

    Args:
        filenames: string, one or several.
        record_defaults: for each wanted column a dtype (an empty field is an error),
            or a tensor that holds the value of an empty field.
        compression_type: "", "ZLIB" or "GZIP".
        buffer_size: int64, accepted.
        header: bool, whether the first row of each file is left out.
        field_delim: string, what stands between fields.
        use_quote_delim: bool, whether double quotes have a meaning.
        na_value: string, a field that counts as empty.
        select_cols: the numbers of the wanted columns, ascending; all when None.

    Raises:
        TypeError: a default has a dtype that CSV has not.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: Any = False,
        field_delim: Any = ",",
        use_quote_delim: Any = True,
        na_value: Any = "",
        select_cols: Any = None,
    ) -> None:
        """See the class."""
        super().__init__()
        defaults = [_default(d) for d in record_defaults]
        types = tuple(d.dtype for d in defaults)
        self._structure = declared(types, tuple(TensorShape([]) for _ in types))
        self._parts = (
            _strings(filenames),
            _optional(compression_type, "", string, "compression_type"),
            _optional(buffer_size, 4 * 1024 * 1024, int64, "buffer_size"),
            convert_to_tensor(header, bool_, "header"),
            convert_to_tensor(field_delim, string, "field_delim"),
            convert_to_tensor(use_quote_delim, bool_, "use_quote_delim"),
            convert_to_tensor(na_value, string, "na_value"),
            _optional(select_cols, [], int64, "select_cols"),
            defaults,
        )

    def _as_variant_tensor(self) -> Tensor:
        shapes = self._structure.flat_shapes
        node: Tensor = raw.CSVDataset(*self._parts, output_shapes=shapes)
        return node


def _default(value: Any) -> Tensor:
    """A column's default as a tensor, empty where the field must be there."""
    if isinstance(value, (DType, type)):
        return convert_to_tensor([], as_dtype(value), "record_default")
    return convert_to_tensor(value, name="record_default")
