"""`raw_rnn`: a network whose next input a function decides, step by step.

Read next: `../seq2seq/decoder.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.shape_rules import merge_dims
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import is_fully_defined
from interactive_graphs.ops.comparison import logical_not, logical_or
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import constant, zeros
from interactive_graphs.ops.reduction import reduce_all
from interactive_graphs.ops.shape import expand_dims, shape as shape_of
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.ops.while_loop import while_loop
from interactive_graphs.rnn.cell import check_is_cell
from interactive_graphs.rnn.dynamic import copied_past_end, opened_scope
from interactive_graphs.rnn.sizes import with_batch, zeros_of


def raw_rnn(
    cell: Any,
    loop_fn: Callable[..., Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Apply a cell step by step, with a function between the steps.

    `loop_fn(time, cell_output, cell_state, loop_state)` is called once to begin, with
    time 0 and None for all others, and then after each step of the cell. It gives

    - elements_finished: bool, `[batch]`, which sequences are over;
    - next_input: a tensor `[batch, ...]` or a structure of tensors;
    - next_cell_state: in the structure of `cell.state_size`, first the initial state;
    - emit_output: what is collected of this step. The first call gives what one element
      of it looks like, without the batch, or None for `cell.output_size`;
    - next_loop_state: anything that is passed to the next call, or None.

    Args:
        cell: an RNNCell.
        loop_fn: that function.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        swap_memory: accepted as in TF1.
        scope: a variable scope or its name; 'rnn' when None.

    Returns:
        A TensorArray of what was emitted (or a structure of them), the last state, and
        the last loop state. Past the end of a sequence zeros are emitted, and its
        state stays as it was.

    Raises:
        TypeError: `cell` is no cell, or `loop_fn` is not callable.
        ValueError: `loop_fn` gives a wrong structure.
    """
    check_is_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with opened_scope(scope):
        time = constant(0, int32)
        finished, value, state, emitted, loop_state = loop_fn(time, None, None, None)
        nest.assert_same_structure(state, cell.state_size)
        batch, batch_size = _batch_of(nest.flatten(value))
        arrays, zero = _empty_outputs(cell, state, emitted, batch, batch_size)
        kept = constant(0, int32) if loop_state is None else loop_state

        *_, arrays, state, kept = while_loop(
            lambda _, finished, *__: logical_not(reduce_all(finished)),
            _Body(cell, loop_fn, zero),
            (time, finished, value, arrays, state, kept),
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )
        return arrays, state, None if loop_state is None else kept


class _Body:
    """One iteration: a step of the cell, then what the user's function makes of it.

    Attributes:
        cell: the cell.
        loop_fn: the user's function.
        zero: what is emitted for a sequence that is over.
    """

    def __init__(self, cell: Any, loop_fn: Callable[..., Any], zero: Any) -> None:
        self.cell = cell
        self.loop_fn = loop_fn
        self.zero = zero

    def __call__(
        self,
        time: Tensor,
        finished: Tensor,
        value: Any,
        arrays: Any,
        state: Any,
        kept: Any,
    ) -> tuple[Any, ...]:
        """The variables of the next iteration."""
        output, new_state = self.cell(value, state)
        nest.assert_same_structure(state, new_state)
        nest.assert_same_structure(self.cell.output_size, output)
        next_time = time + 1
        now_finished, next_value, next_state, emit, next_kept = self.loop_fn(
            next_time, output, new_state, kept
        )
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(value, next_value)
        nest.assert_same_structure(arrays, emit)
        emit = copied_past_end(finished, self.zero, emit)
        return (
            next_time,
            logical_or(finished, now_finished),
            next_value,
            nest.map_structure(lambda a, e: a.write(time, e), arrays, emit),
            copied_past_end(finished, state, next_state),
            kept if next_kept is None else next_kept,
        )


def _batch_of(inputs: list[Tensor]) -> tuple[int | None, Any]:
    """How many sequences there are, as far as it is known, and for certain."""
    known = None
    for tensor in inputs:
        shape = tensor.static_shape
        known = merge_dims(known, shape[0] if shape else None)
    return known, shape_of(inputs[0])[0] if known is None else known


def _empty_outputs(
    cell: Any, state: Any, emitted: Any, batch: int | None, batch_size: Any
) -> tuple[Any, Any]:
    """Arrays for what is emitted, and the zeros that are emitted at last."""
    if emitted is None:
        structure = cell.output_size
        sizes = nest.flatten(structure)
        dtypes = [nest.flatten(state)[0].dtype.base_dtype] * len(sizes)
        zero = [zeros_of(batch_size, s, d) for s, d in zip(sizes, dtypes, strict=True)]
    else:
        structure = emitted
        examples = nest.flatten(emitted)
        sizes = [t.static_shape for t in examples]
        dtypes = [t.dtype.base_dtype for t in examples]
        zero = [_zeros_like_example(batch_size, t) for t in examples]
    arrays = [
        TensorArray(
            dtype,
            size=0,
            dynamic_size=True,
            element_shape=with_batch(batch, size) if size is not None else None,
            tensor_array_name=f"rnn_output_{i}",
        )
        for i, (size, dtype) in enumerate(zip(sizes, dtypes, strict=True))
    ]
    return (
        nest.pack_sequence_as(structure, arrays),
        nest.pack_sequence_as(structure, zero),
    )


def _zeros_like_example(batch_size: Any, example: Tensor) -> Tensor:
    """Zeros for a batch of what looks like `example`."""
    shape = example.static_shape
    if is_fully_defined(shape):
        return zeros_of(batch_size, shape, example.dtype.base_dtype)
    dims = concat([expand_dims(batch_size, 0), shape_of(example)], 0)
    return zeros(dims, example.dtype.base_dtype)
