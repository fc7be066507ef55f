"""AttentionCellWrapper: a cell that looks at its own last states.

It is in `tf.contrib.rnn`. Read next: `norm_cells.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.math_functions import tanh
from interactive_graphs.ops.nn_conv import conv2d
from interactive_graphs.ops.nn_softmax import softmax
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.shape import expand_dims, reshape
from interactive_graphs.ops.variable_scope import get_variable, variable_scope
from interactive_graphs.rnn.cell import RNNCell, check_is_cell
from interactive_graphs.rnn.linear import linear


class AttentionCellWrapper(RNNCell):
    """A cell that looks at its last outputs, after https://arxiv.org/abs/1409.0473.

    Args:
        cell: the RNNCell inside.
        attn_length: how many of the last outputs it looks at.
        attn_size: the depth of the outputs; the cell's when None.
        attn_vec_size: the depth in which they are compared; `attn_size` when None.
        input_size: the depth to which inputs are projected; their own when None.
        state_is_tuple: the state is a tuple; False concatenates its parts.
        reuse: whether it uses variables that exist.

    Raises:
        TypeError: the cell is none.
        ValueError: the cell's state is a tuple and must not be, or `attn_length` is
            not positive.
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse)
        check_is_cell("cell", cell)
        if nest.is_sequence(cell.state_size) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. "
                f"State size is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(
                f"attn_length should be greater than zero, got {attn_length}"
            )
        self._cell = cell
        self._attn_length = attn_length
        self._attn_size = cell.output_size if attn_size is None else attn_size
        self._attn_vec_size = (
            self._attn_size if attn_vec_size is None else attn_vec_size
        )
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state, of what was looked at, and of the outputs."""
        outputs = self._attn_size * self._attn_length
        sizes = (self._cell.state_size, self._attn_size, outputs)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The depth of the outputs."""
        return self._attn_size

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step."""
        size, length = self._attn_size, self._attn_length
        cell_state, seen, outputs = self._parts(state)
        outputs = reshape(outputs, [-1, length, size])
        depth: Any = self._input_size or inputs.shape[1].value
        cell_inputs = linear([inputs, seen], depth, True)
        cell_output, new_state = self._cell(cell_inputs, cell_state)
        parts = nest.flatten(new_state)
        query = parts[0] if len(parts) == 1 else concat(parts, 1)
        seen, later = self._look(query, outputs)
        with variable_scope("attn_output_projection"):
            output = linear([cell_output, seen], size, True)
        outputs = concat([later, expand_dims(output, 1)], 1)
        outputs = reshape(outputs, [-1, length * size])
        if self._state_is_tuple:
            return output, (new_state, seen, outputs)
        return output, concat([new_state, seen, outputs], 1)

    def _parts(self, state: Any) -> Any:
        """The cell's state, what was looked at, and the last outputs."""
        if self._state_is_tuple:
            return state
        end = self._cell.state_size
        after = end + self._attn_size
        return state[:, :end], state[:, end:after], state[:, after:]

    def _look(self, query: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """What is looked at, `[batch, size]`, and the outputs but for the oldest."""
        size, depth, length = self._attn_size, self._attn_vec_size, self._attn_length
        with variable_scope("attention"):
            k = get_variable("attn_w", [1, 1, size, depth])
            v = get_variable("attn_v", [depth])
            hidden = reshape(outputs, [-1, length, 1, size])
            features = conv2d(hidden, k, [1, 1, 1, 1], "SAME")
            y = reshape(linear(query, depth, True), [-1, 1, 1, depth])
            weights = softmax(reduce_sum(v * tanh(features + y), [2, 3]))
            seen = reduce_sum(reshape(weights, [-1, length, 1, 1]) * hidden, [1, 2])
            return reshape(seen, [-1, size]), outputs[:, 1:]
