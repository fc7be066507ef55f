"""Networks that run as many steps as their input has: `dynamic_rnn` and its pair.

The steps are iterations of a `while_loop`: inputs are read from one TensorArray and
outputs written to another. Read next: `static.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.shape_rules import at_least_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_shape, to_static
from interactive_graphs.ops.arrange import reverse, reverse_sequence, transpose
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.choice import where
from interactive_graphs.ops.comparison import equal
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import constant, identity
from interactive_graphs.ops.debug import Assert
from interactive_graphs.ops.elementwise import maximum, minimum
from interactive_graphs.ops.reduction import reduce_all, reduce_max
from interactive_graphs.ops.sequences import range as range_of
from interactive_graphs.ops.shape import rank, shape as shape_of
from interactive_graphs.ops.stack import stack
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.ops.while_loop import while_loop
from interactive_graphs.rnn.cell import beside, check_is_cell
from interactive_graphs.rnn.sizes import (
    dtype_of,
    length_of,
    with_batch,
    zeros_like_sizes,
)


@contextmanager
def opened_scope(scope: Any) -> Iterator[Any]:
    """The variable scope of a network, whose variables are read once per run.

    Args:
        scope: a variable scope or its name; 'rnn' when None.
    """
    with variable_scope(scope or "rnn") as varscope:
        if varscope.caching_device is None:
            varscope.set_caching_device(lambda op: op.device)
        yield varscope


def copied_past_end(past: Tensor, old: Any, new: Any) -> Any:
    """New values, but old ones for the sequences that are over.

    Args:
        past: bool, `[batch]`: which are over.
        old: tensors in a structure, scalars or `[batch, ...]`.
        new: tensors in the same structure.
    """

    def choose(before: Any, after: Any) -> Any:
        # An array goes on as it is, and so does what has no batch.
        if isinstance(before, TensorArray) or before.static_shape == ():
            return after
        with beside(after):
            return where(past, before, after)

    nest.assert_same_structure(old, new, check_types=False)
    pairs = zip(nest.flatten(old), nest.flatten(new), strict=True)
    return nest.pack_sequence_as(old, [choose(a, b) for a, b in pairs])


def turned(tensor: Tensor) -> Tensor:
    """A tensor with its first two dimensions, batch and time, exchanged."""
    shape = tensor.static_shape
    if shape is not None and len(shape) < 2:
        raise ValueError(
            "Expected input tensor "
            f"{tensor.name} to have rank at least 2, but saw shape: {tensor.shape}"
        )
    order = concat([[1, 0], range_of(2, rank(tensor))], 0)
    result = transpose(tensor, order)
    if shape is not None:
        result.set_shape((shape[1], shape[0], *shape[2:]))
    return result


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Apply a cell to sequences, step by step.

    Args:
        cell: an RNNCell.
        inputs: a tensor `[batch, steps, depth, ...]`, or a structure of such tensors.
        sequence_length: integers, `[batch]`: how many steps each sequence has. Past its
            end outputs are zero and the state stays as it was.
        initial_state: in the structure of `cell.state_size`; zeros when None.
        dtype: of these zeros.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        swap_memory: accepted as in TF1.
        time_major: inputs and outputs are `[steps, batch, ...]`.
        scope: a variable scope or its name; 'rnn' when None.

    Returns:
        The outputs, `[batch, steps, ...]`, in the structure of `cell.output_size`, and
        the last state.

    Raises:
        TypeError: `cell` is no cell.
        ValueError: neither `initial_state` nor `dtype` is given, or the depth of an
            input is unknown.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [None, None, 3])
        >>> cell = tf.nn.rnn_cell.GRUCell(4)
        >>> y, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        >>> y.shape.as_list(), state.shape.as_list()
        ([None, None, 4], [None, 4])
    """
    check_is_cell("cell", cell)
    with opened_scope(scope):
        flat = [convert(t) for t in nest.flatten(inputs)]
        if not time_major:
            flat = [turned(t) for t in flat]
        lengths = None
        if sequence_length is not None:
            lengths = _vector(sequence_length)
        batch_size = length_of(flat, 1)
        if initial_state is not None:
            state = initial_state
        elif dtype is None:
            raise ValueError("If there is no initial_state, you must give a dtype.")
        else:
            state = cell.zero_state(batch_size, dtype)
        if lengths is not None:
            lengths = _checked(lengths, batch_size)
        steps = _Steps(cell, nest.pack_sequence_as(inputs, flat), lengths)
        outputs, final_state = steps.run(
            state, dtype_of(dtype, state), parallel_iterations or 32, swap_memory
        )
        if not time_major:
            outputs = nest.map_structure(turned, outputs)
        return outputs, final_state


def _vector(sequence_length: Any) -> Tensor:
    """The lengths as int32.

    Raises:
        ValueError: they are no vector.
    """
    lengths = cast(sequence_length, int32)
    shape = lengths.static_shape
    if shape is not None and len(shape) != 1:
        raise ValueError(
            "sequence_length must be a vector of length batch_size, but saw shape: "
            f"{format_shape(shape)}"
        )
    return identity(lengths, name="sequence_length")


def _checked(lengths: Tensor, batch_size: Any) -> Tensor:
    """The lengths, once it is certain that there is one for each sequence."""
    found, wanted = shape_of(lengths), stack([batch_size])
    right = Assert(
        reduce_all(equal(found, wanted)),
        [
            f"Expected shape for Tensor {lengths.name} is ",
            wanted,
            " but saw shape: ",
            found,
        ],
    )
    with get_default_graph().control_dependencies([right]):
        return identity(lengths, name="CheckSeqLen")


class _Steps:
    """The loop of one `dynamic_rnn`.

    Attributes:
        count: how many steps there are.
        batch_size: how many sequences.
    """

    def __init__(self, cell: Any, inputs: Any, lengths: Tensor | None) -> None:
        """Inputs are `[steps, batch, depth, ...]`."""
        self.cell = cell
        self.inputs = inputs
        self.lengths = lengths
        self.flat = nest.flatten(inputs)
        self._check_inputs()
        self.count = shape_of(self.flat[0])[0]
        self.batch_size = length_of(self.flat, 1)

    def _check_inputs(self) -> None:
        """Refuse inputs of unknown depth, and of different lengths or batches."""
        known: list[int | None] = [None, None]
        problems = (
            "Time steps is not the same for all the elements in the input in a batch.",
            "Batch_size is not the same for all the elements in the input.",
        )
        for tensor in self.flat:
            shape = at_least_rank(tensor.static_shape, 3)
            if shape is None or None in shape[2:]:
                raise ValueError(
                    "Input size (depth of inputs) must be accessible via shape "
                    "inference, but saw value None."
                )
            for axis, problem in enumerate(problems):
                if known[axis] is not None and shape[axis] not in (None, known[axis]):
                    raise ValueError(problem)
                known[axis] = shape[axis] if known[axis] is None else known[axis]
        self.static_count, self.static_batch = known

    def run(
        self, state: Any, dtype: Any, parallel_iterations: int, swap_memory: bool
    ) -> tuple[Any, Any]:
        """The outputs, `[steps, batch, ...]`, and the last state."""
        sizes = self.cell.output_size
        last = self.count
        if self.lengths is not None:
            self.zero_output = zeros_like_sizes(self.batch_size, sizes, dtype)
            # At least one step, so that states come out of it with their shapes.
            last = minimum(self.count, maximum(1, reduce_max(self.lengths)))
        time = constant(0, int32, name="time")
        with get_default_graph().name_scope("dynamic_rnn") as base_name:
            pass  # it is what errors call the arrays, as in TF1
        written = [
            self._array(f"{base_name}output_{i}", dtype, to_static(size))
            for i, size in enumerate(nest.flatten(sizes))
        ]
        self.read = [
            self._array(f"{base_name}input_{i}", t.dtype, t.static_shape[2:])
            for i, t in enumerate(self.flat)
        ]
        self.read = [a.unstack(t) for a, t in zip(self.read, self.flat, strict=True)]
        _, written, state = while_loop(
            lambda time, *_: time < last,
            self._step,
            (time, tuple(written), state),
            parallel_iterations=parallel_iterations,
            maximum_iterations=self.count,
            swap_memory=swap_memory,
        )
        outputs = []
        for array, size in zip(written, nest.flatten(sizes), strict=True):
            output = array.stack()
            shape = with_batch(self.static_batch, size)
            output.set_shape(None if shape is None else (self.static_count, *shape))
            outputs.append(output)
        return nest.pack_sequence_as(sizes, outputs), state

    def _array(self, name: str, dtype: Any, size: Any) -> TensorArray:
        return TensorArray(
            dtype,
            self.count,
            element_shape=with_batch(self.static_batch, size),
            tensor_array_name=name,
        )

    def _step(self, time: Tensor, written: Any, state: Any) -> tuple[Any, Any, Any]:
        """One iteration."""
        values = [array.read(time) for array in self.read]
        value = nest.pack_sequence_as(self.inputs, values)
        output, new_state = self.cell(value, state)
        if self.lengths is not None:
            past = time >= self.lengths
            output = copied_past_end(past, self.zero_output, output)
            new_state = copied_past_end(past, state, new_state)
        pairs = zip(written, nest.flatten(output), strict=True)
        return time + 1, tuple(a.write(time, v) for a, v in pairs), new_state


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Apply one cell from the first step to the last, and one the other way.

    Args:
        cell_fw: the RNNCell that goes forward.
        cell_bw: the RNNCell that goes backward.
        inputs: a tensor `[batch, steps, depth, ...]`, or a structure of such tensors.
        sequence_length: see `dynamic_rnn`; each sequence is reversed up to its end.
        initial_state_fw: what `cell_fw` begins with; zeros when None.
        initial_state_bw: what `cell_bw` begins with; zeros when None.
        dtype: of these zeros.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        swap_memory: accepted as in TF1.
        time_major: inputs and outputs are `[steps, batch, ...]`.
        scope: a variable scope or its name; 'bidirectional_rnn' when None.

    Returns:
        The outputs (forward, backward), both in the order of the inputs, and the last
        states (forward, backward).

    Raises:
        TypeError: a cell is none.
        ValueError: see `dynamic_rnn`.

    Example:
        >>> import interactive_graphs as tf
        >>> cells = [tf.nn.rnn_cell.LSTMCell(4) for _ in range(2)]
        >>> outputs, states = tf.nn.bidirectional_dynamic_rnn(
        ...     *cells, tf.ones([2, 5, 3]), dtype=tf.float32
        ... )
        >>> tf.concat(outputs, 2).shape.as_list()
        [2, 5, 8]
    """
    check_is_cell("cell_fw", cell_fw)
    check_is_cell("cell_bw", cell_bw)
    options: dict[str, Any] = {
        "sequence_length": sequence_length,
        "dtype": dtype,
        "parallel_iterations": parallel_iterations,
        "swap_memory": swap_memory,
        "time_major": time_major,
    }
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def backwards(tensor: Any) -> Tensor:
        if sequence_length is None:
            return reverse(tensor, [time_axis])
        return reverse_sequence(tensor, sequence_length, time_axis, batch_axis)

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            output_fw, state_fw = dynamic_rnn(
                cell_fw, inputs, initial_state=initial_state_fw, scope=fw_scope,
                **options,
            )  # fmt: skip
        with variable_scope("bw") as bw_scope:
            output_bw, state_bw = dynamic_rnn(
                cell_bw, nest.map_structure(backwards, inputs),
                initial_state=initial_state_bw, scope=bw_scope, **options,
            )  # fmt: skip
    output_bw = nest.map_structure(backwards, output_bw)
    return (output_fw, output_bw), (state_fw, state_bw)
