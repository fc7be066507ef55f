"""Rows of variables changed by index, as native routines.

    step = scatter_step("add", "float32")
    routine = update_rows(step, 50000, 128, 128, "int32", detect())

Rows are written in the order of the indices: of equal ones the last wins, sums run in
that order, and the step of an optimizer on a row that comes twice is taken twice, one
after the other. Threads divide the columns, never the rows, so results do not depend on
them. Read next: `updates.py`, the steps of optimizers.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.clusters import Cluster, Operand, Value
from interactive_graphs.kernels.native.copies import (
    Copy,
    copy_kernel,
    size_of,
    strides_of,
)
from interactive_graphs.kernels.native.gather import (
    check_kernel,
    load_index,
    runs,
    when_all_right,
)
from interactive_graphs.kernels.native.ir import Function, Index
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target
from interactive_graphs.kernels.native.values import Names, Values

STRIP: Final = 64
"""Columns of the strips that threads divide."""


class RowStep(NamedTuple):
    """What is done to a row of some variables, element by element.

    Attributes:
        variables: dtypes of the variables, each `[rows, width]`.
        others: dtypes of the other inputs, and whether each has rows, `[count, width]`,
            or is a scalar.
        values: as in a `Cluster`: variables, then others are numbered first.
        outputs: for each variable the number of its new element; its own number if it
            stays.
    """

    variables: tuple[str, ...]
    others: tuple[tuple[str, bool], ...]
    values: tuple[Value, ...]
    outputs: tuple[int, ...]


def row_step_of(cluster: Cluster, changed: Sequence[int], variables: int) -> RowStep:
    """The same step on rows as a cluster takes on whole variables.

    Args:
        cluster: of `updates.Update`, for any shape.
        changed: likewise.
        variables: how many operands, the first ones, are variables.
    """
    outputs = list(range(variables))
    for store, place in zip(cluster.stores, changed, strict=True):
        outputs[place] = store.value
    others = tuple(
        (operand.dtype, operand.shape != ()) for operand in cluster.operands[variables:]
    )
    dtypes = tuple(operand.dtype for operand in cluster.operands[:variables])
    return RowStep(dtypes, others, cluster.values, tuple(outputs))


SCATTERS: Final = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "min": "minimum",
    "max": "maximum",
}
"""What `kernels/cpu/scatter.py` calls a change, and the operation that makes it."""


def scatter_step(how: str, dtype: str, has_rows: bool = True) -> RowStep:
    """The step of a scatter: of a row and what is given for it, or of a scalar."""
    if how == "update":
        return RowStep((dtype,), ((dtype, has_rows),), (), (1,))
    value = Value(SCATTERS[how], (0, 1), dtype)
    return RowStep((dtype,), ((dtype, has_rows),), (value,), (2,))


def update_rows(
    step: RowStep, rows: int, width: int, count: int, indices: str, target: Target
) -> Routine:
    """Changes the rows of variables that indices name, where they are.

    Its inputs are the other inputs of the step, then the indices; its outputs the
    variables, whose memory must hold the old values, and the status.

    Args:
        step: what is done to each row.
        rows: of the variables; indices must be in `[0, rows)`.
        width: elements of a row.
        count: how many indices there are.
        indices: their dtype.
        target: the processor.
    """
    inputs, variables = len(step.others), len(step.variables)
    status = inputs + 1 + variables
    check = check_kernel(count, rows, indices, target)
    if count * width == 0:
        return Routine((check,), ((inputs, status),))
    kernel = _rows_kernel(step, rows, width, count, indices, target)
    return Routine((check, kernel), ((inputs, status), tuple(range(status + 1))))


def _rows_kernel(
    step: RowStep,
    rows: int,
    width: int,
    count: int,
    indices: str,
    target: Target,
    skips: bool = False,
) -> Kernel:
    """The kernel of `update_rows`; `skips` leaves negative indices out."""
    inputs, variables = len(step.others), len(step.variables)
    status = inputs + 1 + variables
    f = Function(target, status + 1)
    others, chosen = f.arguments[:inputs], f.arguments[inputs]
    goals, flag = f.arguments[inputs + 1 : status], f.arguments[status]
    writer = _RowWriter(f, step, width, [*goals, *others])

    def strip(unit: str, _: Sequence[str]) -> None:
        first = f.multiply(unit, STRIP)

        def all_rows(columns: int) -> None:
            def row(place: str, _: Sequence[str]) -> None:
                index = load_index(f, chosen, place, indices)

                def write() -> None:
                    writer.row(index, place, first, columns)

                if skips:
                    f.when(f.value(f"icmp sge i64 {index}, 0"), write)
                else:
                    write()

            f.loop(0, count, row)

        full, left = divmod(width, STRIP)
        if not left or not full:
            all_rows(left or STRIP)
        else:
            is_last = f.value(f"icmp eq i64 {unit}, {full}")
            f.when(is_last, lambda: all_rows(left), lambda: all_rows(STRIP))

    when_all_right(f, flag, lambda: f.loop(f.begin, f.end, strip))
    cost = count * width * (1.0 + 0.3 * len(step.values)) / writer.width + 10.0 * count
    name = f"update_{count}_rows_of_{rows}x{width}"
    return Kernel(name, f.text(), -(-width // STRIP), cost)


class _RowWriter:
    """Writes a step on some columns of a row."""

    def __init__(
        self, f: Function, step: RowStep, width: int, pointers: Sequence[str]
    ) -> None:
        self.f = f
        self.step = step
        self.columns = width
        self.pointers = pointers
        self.count = len(step.variables)
        self.dtypes = [*step.variables, *(dtype for dtype, _ in step.others)]
        every = [*self.dtypes, *(value.dtype for value in step.values)]
        self.width = min(f.target.lanes(each) for each in every if each != "bool")
        self.by_row = [True] * self.count + [has_rows for _, has_rows in step.others]
        operands = tuple(Operand(dtype, ()) for dtype in self.dtypes)
        changed = [n for place, n in enumerate(step.outputs) if n != place]
        levels = [0] * len(operands)
        self.cluster = Cluster((), operands, step.values, ())
        self.values = Values(f, self.cluster, changed, levels, self.by_row)

    def row(self, index: Index, place: Index, first: Index, columns: int) -> None:
        """Writes the step on `columns` columns from `first` of row `index`.

        Args:
            index: of the variables.
            place: the row of the other inputs.
            first: the first column.
            columns: how many.
        """
        f = self.f
        starts = [
            f.address(
                pointer,
                f.index([(index if number < self.count else place, self.columns),
                         (first, 1)]) if by_row else 0,
                dtype,
            )
            for number, (pointer, by_row, dtype) in enumerate(
                zip(self.pointers, self.by_row, self.dtypes, strict=True)
            )
        ]  # fmt: skip

        def piece(v: Lanes, at: Index) -> None:
            def load(number: int, width: int) -> str:
                dtype = self.dtypes[number]
                to = f.address(starts[number], at if self.by_row[number] else 0, dtype)
                return Lanes(f, dtype, width).load(to)

            names: Names = {}
            self.values.compute(0, names, (v.width,), load)
            for number, output in enumerate(self.step.outputs):
                if output != number:
                    some = v.of_dtype(self.dtypes[number])
                    value = self.values.name(output, v.width, names)
                    some.store(value, f.address(starts[number], at, some.dtype))

        runs(Lanes(f, self.dtypes[0], self.width), columns, piece)


def segment_sum(
    segments: int, width: int, count: int, indices: str, dtype: str, target: Target
) -> Routine:
    """`out[indices[i]] += data[i]` from zeros, and the status.

    As UnsortedSegmentSum: rows of negative indices are left out, indices must be below
    `segments`. Its inputs are the data and the indices. As in TensorFlow rows are added
    to 0.0, so a segment of nothing but -0.0 sums to 0.0.

    Args:
        segments: rows of the output.
        width: elements of a row.
        count: rows of the data, `[count, width]`, and indices.
        indices: their dtype.
        dtype: of the elements.
        target: the processor.
    """
    check = check_kernel(count, segments, indices, target, may_be_negative=True)
    kernels = [check]
    args: list[tuple[int, ...]] = [(1, 3)]
    if segments * width:
        steps = strides_of((segments, width))
        zeros = Copy((segments, width), None, 0, steps, 0, 0, steps)
        size, name = size_of(dtype), f"zeros_{segments}x{width}"
        kernels.append(copy_kernel(name, [zeros], size, 1, target))
        args.append((2,))
    if count * width:
        step = scatter_step("add", dtype)
        kernels.append(
            _rows_kernel(step, segments, width, count, indices, target, skips=True)
        )
        args.append((0, 1, 2, 3))
    return Routine(tuple(kernels), tuple(args))
