"""Lines of CSV as columns: `tf.decode_csv`.

Read next: `../kernels/cpu/csv_columns.py`.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.dtypes import (
    DType,
    float32,
    float64,
    int32,
    int64,
    string,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import csv_columns


def _csv_shape(op: Operation) -> list[Shape]:
    for default in op.inputs[1:]:
        shape = default.static_shape
        if shape is not None and (len(shape) > 1 or (shape and (shape[0] or 0) > 1)):
            raise ValueError(
                "Shape of a default must be a length-0 or length-1 vector, or a scalar."
            )
    return [op.inputs[0].static_shape] * len(op.outputs)


decode_csv_op = define(
    "DecodeCSV", "records: string, record_defaults: OUT_TYPE -> output: OUT_TYPE",
    OUT_TYPE=Attr(
        "list(type)", allowed=(float32, float64, int32, int64, string), minimum=1
    ),
    field_delim=",", use_quote_delim=True, na_value="",
    select_cols=Attr("list(int)", ()), shape=_csv_shape, gradient=None,
    doc="The columns of lines of CSV.",
)  # fmt: skip


@decode_csv_op.kernel("CPU")
def _(
    records: Any,
    record_defaults: list[Any],
    OUT_TYPE: tuple[DType, ...],
    field_delim: bytes,
    use_quote_delim: bool,
    na_value: bytes,
    select_cols: tuple[int, ...],
) -> list[Any]:
    if len(field_delim) != 1:
        invalid("field_delim should be only 1 char")
    form = csv_columns.Form(field_delim, use_quote_delim, na_value, select_cols)
    defaults = [np.asarray(d).reshape(-1) for d in record_defaults]
    columns = [
        csv_columns.Column(t.np_dtype, t.engine_name, d[0] if d.size else None)
        for t, d in zip(OUT_TYPE, defaults, strict=True)
    ]
    lines = np.asarray(records, object)
    found = csv_columns.parse(lines.reshape(-1).tolist(), columns, form)
    return [column.reshape(lines.shape) for column in found]


def decode_csv(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Any = None,
) -> list[Tensor]:
    """The columns of lines of CSV.

    Args:
        records: string: a line each.
        record_defaults: for each column a list of one value, which gives its dtype and
            stands for empty fields; an empty tensor where there must be a value. The
            dtypes are float32, float64, int32, int64 and string.
        field_delim: what separates fields, one character.
        use_quote_delim: whether fields may be in double quotes.
        name: the node's name.
        na_value: a field that counts as empty.
        select_cols: the numbers of the wanted columns, ascending; all when None.

    Returns:
        A tensor for each column, of the shape of `records`.

    Raises:
        ValueError: `select_cols` is not ascending, or does not go with the defaults.
        InvalidArgumentError: when it runs and a line is not what it must be.

    Example:
        >>> import interactive_graphs as tf
        >>> number, word = tf.decode_csv(["1,one", "2,"], [[0], ["?"]])
        >>> with tf.Session() as sess:
        ...     sess.run([number, word])
        [array([1, 2], dtype=int32), array([b'one', b'?'], dtype=object)]
    """
    chosen = [] if select_cols is None else list(select_cols)
    if any(a >= b for a, b in itertools.pairwise(chosen)):
        raise ValueError("select_cols is not strictly increasing.")
    if chosen and chosen[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if select_cols is not None and len(chosen) != len(record_defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    columns: list[Tensor] = raw.DecodeCSV(
        records,
        record_defaults,
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=chosen,
        name=name,
    )
    return columns
