"""Whole networks as objects: called with all steps at once, `[time, batch, depth]`.

They are in `tf.contrib.rnn`, where they were one op each. Read next: `stacked.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.arrange import reverse, reverse_sequence
from interactive_graphs.ops.stack import stack, unstack
from interactive_graphs.ops.variable_scope import get_variable_scope
from interactive_graphs.rnn.cell import check_is_cell
from interactive_graphs.rnn.dynamic import dynamic_rnn
from interactive_graphs.rnn.lstm_cells import LSTMBlockCell
from interactive_graphs.rnn.static import static_rnn


class FusedRNNCell:
    """A network to be called with all steps, to be subclassed."""

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """Run all steps.

        Args:
            inputs: a tensor `[time, batch, depth]`, or a list of tensors.
            initial_state: the first state; zeros when None.
            dtype: of these zeros.
            sequence_length: integers, `[batch]`: see `tf.nn.dynamic_rnn`.
            scope: a variable scope or its name.

        Returns:
            The outputs, a tensor or a list as `inputs` are, and the last state.
        """
        raise NotImplementedError


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell as such a network.

    Args:
        cell: an RNNCell.
        use_dynamic_rnn: use `dynamic_rnn`, and not `static_rnn`.
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        """See the class."""
        check_is_cell("cell", cell)
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """See `FusedRNNCell`."""
        is_list = isinstance(inputs, list)
        if not self._use_dynamic_rnn:
            steps = inputs if is_list else unstack(inputs)
            outputs, state = static_rnn(
                self._cell, steps, initial_state, dtype, sequence_length, scope
            )
            return outputs if is_list else stack(outputs), state
        whole, state = dynamic_rnn(
            self._cell,
            stack(inputs) if is_list else inputs,
            sequence_length,
            initial_state,
            dtype,
            time_major=True,
            scope=scope,
        )
        return unstack(whole, num=len(inputs)) if is_list else whole, state


class LSTMBlockFusedCell(FusedRNNCellAdaptor):
    """A network of `LSTMBlockCell`, with its variables directly in `name`.

    Args:
        num_units: how many features its memory has.
        forget_bias: added to the bias of the forget gate.
        cell_clip: the memory is kept within -cell_clip and cell_clip.
        use_peephole: the gates see the memory, by diagonal weights.
        reuse: whether it uses variables that exist.
        name: the name of its variable scope.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: Any = None,
        name: str = "lstm_fused_cell",
    ) -> None:
        """See the class."""
        cell = LSTMBlockCell(
            num_units, forget_bias, cell_clip, use_peephole, reuse=reuse, name=name
        )
        super().__init__(cell, use_dynamic_rnn=True)

    @property
    def num_units(self) -> int:
        """How many features its memory has."""
        return int(self._cell.output_size)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """See `FusedRNNCell`; `dtype` is that of the inputs when None."""
        first = inputs[0] if isinstance(inputs, list) else inputs
        return super().__call__(
            inputs,
            initial_state,
            dtype or first.dtype,
            sequence_length,
            get_variable_scope() if scope is None else scope,
        )


class TimeReversedFusedRNN(FusedRNNCell):
    """A network that goes from the last step to the first.

    Args:
        cell: a FusedRNNCell.
    """

    def __init__(self, cell: FusedRNNCell) -> None:
        """See the class."""
        self._cell = cell

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """See `FusedRNNCell`; outputs are in the order of the inputs."""
        is_list = isinstance(inputs, list)
        whole = stack(inputs) if is_list else inputs
        outputs, state = self._cell(
            _backwards(whole, sequence_length),
            initial_state,
            dtype,
            sequence_length,
            scope,
        )
        ahead = _backwards(outputs, sequence_length)
        return unstack(ahead, num=len(inputs)) if is_list else ahead, state


def _backwards(steps: Any, lengths: Any) -> Tensor:
    """Steps in the other order, each sequence up to its own end."""
    if lengths is None:
        return reverse(steps, [0])
    return reverse_sequence(steps, lengths, 0, 1)
