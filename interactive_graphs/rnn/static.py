"""Networks of a fixed number of steps: each step has nodes of its own.

Read next: `raw.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.shape_rules import at_least_rank, merge_dims
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.arrange import reverse_sequence
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import identity
from interactive_graphs.ops.shape import shape as shape_of
from interactive_graphs.ops.stack import stack, unstack
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.rnn.cell import check_is_cell
from interactive_graphs.rnn.dynamic import copied_past_end, opened_scope
from interactive_graphs.rnn.sizes import dtype_of, zeros_like_sizes


def static_rnn(
    cell: Any,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Apply a cell to a list of inputs, one per step.

    Args:
        cell: an RNNCell.
        inputs: a list with a tensor `[batch, depth]`, or a structure of such tensors,
            for each step.
        initial_state: in the structure of `cell.state_size`; zeros when None.
        dtype: of these zeros.
        sequence_length: integers, `[batch]`: how many steps each sequence has. Past its
            end outputs are zero and the state stays as it was.
        scope: a variable scope or its name; 'rnn' when None.

    Returns:
        The list of outputs, and the last state.

    Raises:
        TypeError: `cell` is no cell, or `inputs` no sequence.
        ValueError: there are no inputs, their depth is unknown, or neither
            `initial_state` nor `dtype` is given.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.ones([2, 3, 5])                      # [batch, steps, depth]
        >>> cell = tf.nn.rnn_cell.BasicRNNCell(4)
        >>> ys, state = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32)
        >>> len(ys), state.shape.as_list()
        (3, [2, 4])
    """
    check_is_cell("cell", cell)
    if not nest.is_sequence(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    outputs = []
    with opened_scope(scope) as varscope:
        batch_size = _batch_size_of(inputs)
        if initial_state is not None:
            state = initial_state
        elif dtype is None:
            raise ValueError("If no initial_state is provided, dtype must be specified")
        else:
            state = cell.zero_state(batch_size, dtype)
        lengths = None
        if sequence_length is not None:
            lengths = _lengths(sequence_length)
            zero_output = zeros_like_sizes(
                batch_size, cell.output_size, dtype_of(dtype, state)
            )
        for time, value in enumerate(inputs):
            if time > 0:
                varscope.reuse_variables()
            output, new_state = cell(value, state)
            if lengths is not None:
                past = time >= lengths
                output = copied_past_end(past, zero_output, output)
                new_state = copied_past_end(past, state, new_state)
            state = new_state
            outputs.append(output)
        return outputs, state


def _lengths(sequence_length: Any) -> Tensor:
    """How long each sequence is, as int32.

    Raises:
        ValueError: it is no vector.
    """
    lengths = convert(sequence_length, None, "sequence_length")
    if lengths.static_shape is not None and len(lengths.static_shape) != 1:
        raise ValueError("sequence_length must be a vector of length batch_size")
    result: Tensor = cast(lengths, int32)
    return result


def _batch_size_of(inputs: Any) -> Any:
    """The batch that all inputs have: an int where it is known.

    Raises:
        ValueError: batches differ, or a depth is unknown.
    """
    flat = [convert(t) for t in nest.flatten(inputs)]
    batch = None
    for tensor in flat:
        shape = tensor.static_shape
        if shape is None or len(shape) == 1:
            continue
        shape = at_least_rank(shape, 2) or ()
        batch = merge_dims(batch, shape[0])
        for i, size in enumerate(shape[1:]):
            if size is None:
                raise ValueError(
                    f"Input size (dimension {i} of inputs) must be accessible via "
                    "shape inference, but saw value None."
                )
    return shape_of(flat[0])[0] if batch is None else batch


def static_state_saving_rnn(
    cell: Any,
    inputs: Any,
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """`static_rnn` that begins with a saved state and saves its last one.

    Args:
        cell: an RNNCell.
        inputs: a list with a tensor for each step.
        state_saver: has `state(name)`, a tensor, and `save_state(name, value)`, an
            operation or tensor.
        state_name: the names of the states, in the structure of `cell.state_size`.
        sequence_length: see `static_rnn`.
        scope: see `static_rnn`.

    Returns:
        The list of outputs, and the last state; both wait until it is saved.

    Raises:
        TypeError: see `static_rnn`.
        ValueError: `state_name` and `cell.state_size` have different structures; see
            `static_rnn`.
    """
    sizes = cell.state_size
    if nest.is_sequence(sizes) != nest.is_sequence(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {sizes}"
        )
    names, flat_sizes = nest.flatten(state_name), nest.flatten(sizes)
    if len(names) != len(flat_sizes):
        raise ValueError(
            "#elems(state_name) != #elems(state_size): "
            f"{len(names)} vs. {len(flat_sizes)}"
        )
    initial = nest.pack_sequence_as(sizes, [state_saver.state(n) for n in names])
    outputs, state = static_rnn(
        cell,
        inputs,
        initial_state=initial,
        sequence_length=sequence_length,
        scope=scope,
    )
    saved = [
        state_saver.save_state(name, value)
        for name, value in zip(names, nest.flatten(state), strict=True)
    ]
    with get_default_graph().control_dependencies(saved):
        outputs[-1] = nest.map_structure(identity, outputs[-1])
        return outputs, nest.map_structure(identity, state)


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any, Any]:
    """Apply one cell from the first step to the last, and one the other way.

    Args:
        cell_fw: the RNNCell that goes forward.
        cell_bw: the RNNCell that goes backward.
        inputs: a list with a tensor `[batch, depth]` for each step.
        initial_state_fw: what `cell_fw` begins with; zeros when None.
        initial_state_bw: what `cell_bw` begins with; zeros when None.
        dtype: of these zeros.
        sequence_length: see `static_rnn`.
        scope: a variable scope or its name; 'bidirectional_rnn' when None.

    Returns:
        A list with both outputs, concatenated, for each step, and the last state of
        each cell.

    Raises:
        TypeError: a cell is none, or `inputs` is no sequence.
        ValueError: there are no inputs; see `static_rnn`.
    """
    check_is_cell("cell_fw", cell_fw)
    check_is_cell("cell_bw", cell_bw)
    if not nest.is_sequence(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            outputs_fw, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, fw_scope
            )
        with variable_scope("bw") as bw_scope:
            backward, state_bw = static_rnn(
                cell_bw,
                _reversed(inputs, sequence_length),
                initial_state_bw,
                dtype,
                sequence_length,
                bw_scope,
            )
    outputs_bw = _reversed(backward, sequence_length)
    outputs = [
        nest.map_structure(_joined, fw, bw)
        for fw, bw in zip(outputs_fw, outputs_bw, strict=True)
    ]
    return outputs, state_fw, state_bw


def _joined(fw: Tensor, bw: Tensor) -> Tensor:
    return concat([fw, bw], 1)


def _reversed(steps: Any, lengths: Any) -> list[Any]:
    """Steps in the other order, each sequence up to its own end."""
    if lengths is None:
        return list(reversed(steps))
    columns = zip(*(nest.flatten(step) for step in steps), strict=True)
    turned = []
    for column in columns:
        whole = reverse_sequence(stack(list(column)), lengths, 0, 1)
        rows = unstack(whole, num=len(column))
        for before, after in zip(column, rows, strict=True):
            after.set_shape(before.get_shape())
        turned.append(rows)
    return [
        nest.pack_sequence_as(steps[0], list(row)) for row in zip(*turned, strict=True)
    ]
