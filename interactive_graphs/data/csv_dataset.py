"""`make_csv_dataset`: batches of named columns, whose types are found in the files.

Read next: `readers.py`.
"""

from __future__ import annotations

import csv
import glob
import itertools
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs.data.dataset import Dataset
from interactive_graphs.data.readers import CsvDataset
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import (
    DType,
    as_dtype,
    float32,
    float64,
    int32,
    int64,
    string,
)

_ORDER: Final = (int32, int64, float32, float64, string)
"""From the narrowest type of a column to the widest."""


def make_csv_dataset(
    file_pattern: Any,
    batch_size: Any,
    column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None,
    select_columns: Sequence[Any] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int = 1,
    num_parallel_reads: int = 1,
    num_parallel_parser_calls: int = 2,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
) -> Dataset:
    """A dataset of batches of the rows of CSV files, as dictionaries of columns.

    Args:
        file_pattern: names of files, with `*` and the like: a string or a list.
        batch_size: how many rows make a batch.
        column_names: of all columns; those of the header when None.
        column_defaults: for each wanted column a dtype (a field must not be empty) or
            the value of an empty field; found out from the files when None.
        label_name: the column that elements have besides the dictionary.
        select_columns: the wanted columns, by name or number; all when None.
        field_delim: what stands between fields.
        use_quote_delim: whether double quotes have a meaning.
        na_value: a field that counts as empty.
        header: whether the first row of each file has the names.
        num_epochs: how often the rows come; for ever when None.
        shuffle: whether they come in random order.
        shuffle_buffer_size: how many rows are mixed at a time.
        shuffle_seed: of the order.
        prefetch_buffer_size: how many batches are made ahead.
        num_parallel_reads: how many files are read in turn.
        num_parallel_parser_calls: accepted.
        sloppy: accepted.
        num_rows_for_inference: how many rows are read to find the types; all when
            None.

    Returns:
        A dataset whose elements are dictionaries from names to tensors `[batch]`, or
        pairs of a dictionary and the label.

    Raises:
        ValueError: there are no files, or the columns do not fit.
    """
    del num_parallel_parser_calls, sloppy
    names = _files(file_pattern)
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = _header(names, field_delim, use_quote_delim)
    if len(column_names) != len(set(column_names)):
        raise ValueError("Cannot have duplicate column names.")
    columns = _columns(select_columns, column_names)
    if column_defaults is None:
        column_defaults = _find_types(
            names, len(column_names), columns, field_delim, use_quote_delim, na_value,
            header, num_rows_for_inference,
        )  # fmt: skip
    wanted = [column_names[i] for i in columns]
    _check_columns(column_defaults, wanted, label_name)
    defaults = [_as_default(d) for d in column_defaults]

    def rows_of(filename: Any) -> Dataset:
        return CsvDataset(
            filename, defaults, field_delim=field_delim, header=header,
            use_quote_delim=use_quote_delim, na_value=na_value, select_cols=columns,
        )  # fmt: skip

    dataset = Dataset.from_tensor_slices(names)
    if shuffle:
        dataset = dataset.shuffle(len(names), shuffle_seed)
    dataset = dataset.interleave(rows_of, num_parallel_reads)
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    if num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    # Batches are all of one size where they never end.
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None)
    return dataset.map(_naming(wanted, label_name)).prefetch(prefetch_buffer_size)


def _check_columns(
    defaults: Sequence[Any], wanted: Sequence[str], label: str | None
) -> None:
    """Refuse defaults for other columns, and a label that is none."""
    if len(defaults) != len(wanted):
        raise ValueError(
            f"There are {len(defaults)} column defaults for {len(wanted)} columns."
        )
    if label is not None and label not in wanted:
        raise ValueError("`label_name` provided must be one of the columns.")


def _naming(names: Sequence[str], label: str | None) -> Callable[..., Any]:
    """What makes a dictionary of the columns, and takes the label out of it."""

    def named(*values: Any) -> Any:
        features = OrderedDict(zip(names, values, strict=True))
        if label is None:
            return features
        return features, features.pop(label)

    return named


def _files(pattern: Any) -> list[str]:
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    texts = [p.decode() if isinstance(p, bytes) else os.fspath(p) for p in patterns]
    found = sorted(itertools.chain.from_iterable(glob.glob(p) for p in texts))
    if not found:
        raise ValueError(f"No files match `file_pattern` {pattern}.")
    return found


def _rows(name: str, delimiter: str, quoted: bool) -> Iterator[list[str]]:
    """The rows of a file."""
    with errors_of_files(), open(name, newline="", encoding="utf-8") as file:
        if quoted:
            yield from csv.reader(file, delimiter=delimiter)
        else:
            yield from csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _header(names: Sequence[str], delimiter: str, quoted: bool) -> list[str]:
    """The names in the first line, which all files share."""
    first: list[str] | None = None
    for name in names:
        try:
            row = next(_rows(name, delimiter, quoted))
        except StopIteration:
            raise ValueError(
                "Received StopIteration when reading the header line of "
                f"{name}.  Empty file?"
            ) from None
        if first is None:
            first = row
        elif first != row:
            raise ValueError(
                "All input CSV files must have the same column names in the header "
                f"row. File {name} has different column names."
            )
    return first or []


def _columns(selected: Sequence[Any] | None, names: Sequence[str]) -> list[int]:
    """The numbers of the wanted columns."""
    if selected is None:
        return list(range(len(names)))
    places = {name: i for i, name in enumerate(names)}
    if not all(isinstance(s, int) or s in places for s in selected):
        raise ValueError("Value of `select_columns` has columns that are not there.")
    found = [s if isinstance(s, int) else places[s] for s in selected]
    if len(set(found)) != len(found):
        raise ValueError("Column selection must be unique.")
    return sorted(found)


def _find_types(
    names: Sequence[str],
    width: int,
    columns: Sequence[int],
    delimiter: str,
    quoted: bool,
    na_value: str,
    header: bool,
    limit: int | None,
) -> list[Any]:
    """For each column a zero of the narrowest type that holds all its fields."""
    found: list[DType | None] = [None] * len(columns)
    rows = itertools.chain.from_iterable(
        itertools.islice(_rows(name, delimiter, quoted), int(header), None)
        for name in names
    )
    for row in itertools.islice(rows, limit):
        if len(row) != width:
            raise ValueError(
                "Problem inferring types: CSV row has different number of fields than "
                "expected."
            )
        for i, column in enumerate(columns):
            found[i] = _wider(found[i], row[column], na_value)
    types = [string if t is None else t for t in found]
    return [[b""] if t is string else np.zeros(1, t.np_dtype) for t in types]


def _wider(known: DType | None, text: str, na_value: str) -> DType | None:
    if not text or text == na_value:
        return known
    start = 0 if known is None else _ORDER.index(known)
    return next(t for t in _ORDER[start:] if _holds(t, text))


def _holds(dtype: DType, text: str) -> bool:
    if dtype is string:
        return True
    if "_" in text:
        return False
    try:
        if dtype.is_integer:
            limits = np.iinfo(dtype.as_numpy_dtype)
            return bool(limits.min <= int(text) <= limits.max)
        value = float(text)
    except ValueError:
        return False
    return dtype is float64 or not np.isfinite(value) or abs(value) < 3.4e38


def _as_default(value: Any) -> Any:
    """A column's default: a dtype, or a tensor with the value of an empty field."""
    if isinstance(value, (DType, type)):
        return as_dtype(value)
    tensor = convert_to_tensor(value)
    return tensor if tensor.shape.ndims else convert_to_tensor([value])
