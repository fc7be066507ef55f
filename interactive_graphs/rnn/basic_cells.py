"""The simplest cell, and the gated recurrent unit.

Read next: `lstm_cells.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.layers.input_spec import InputSpec
from interactive_graphs.ops.concat import concat, split
from interactive_graphs.ops.initializers import Constant, Zeros
from interactive_graphs.ops.math_functions import sigmoid, tanh
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_bias import bias_add
from interactive_graphs.rnn.cell import LayerRNNCell

Activation = Callable[[Any], Any]


def depth_of(inputs_shape: Any) -> int:
    """The known number of features of an input `[batch, features]`.

    Raises:
        ValueError: it is not known.
    """
    shape = to_static(inputs_shape)
    depth = shape[1] if shape is not None and len(shape) > 1 else None
    if depth is None:
        raise ValueError(
            f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}"
        )
    return depth


class BasicRNNCell(LayerRNNCell):
    """The most basic cell: output = next state = activation(W [inputs, state] + b).

    Args:
        num_units: how many features its state has.
        activation: `tf.tanh` when None.
        reuse: whether it uses variables that exist.
        name: the name of its variable scope.
        dtype: of its variables; that of the first input when None.

    Example:
        >>> import interactive_graphs as tf
        >>> cell = tf.nn.rnn_cell.BasicRNNCell(4)
        >>> y, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
        >>> [(v.name, v.shape.as_list()) for v in cell.variables]
        [('basic_rnn_cell/kernel:0', [7, 4]), ('basic_rnn_cell/bias:0', [4])]
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | None = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or tanh

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Make the variables `kernel` and `bias`."""
        rows = depth_of(inputs_shape) + self._num_units
        self._kernel = self.add_variable("kernel", [rows, self._num_units])
        self._bias = self.add_variable(
            "bias", [self._num_units], initializer=Zeros(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step: `[batch, depth]`, `[batch, num_units]` -> the new state, twice."""
        both = matmul(concat([inputs, state], 1), self._kernel)
        output = self._activation(bias_add(both, self._bias))
        return output, output


class GRUCell(LayerRNNCell):
    """The gated recurrent unit of Cho et al. (2014), http://arxiv.org/abs/1406.1078.

    Args:
        num_units: how many features its state has.
        activation: of the candidate; `tf.tanh` when None.
        reuse: whether it uses variables that exist.
        kernel_initializer: of the weights.
        bias_initializer: of the biases; 1.0 for the gates and 0 for the candidate
            when None.
        name: the name of its variable scope.
        dtype: of its variables; that of the first input when None.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | None = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or tanh
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Make kernel and bias of the gates and of the candidate."""
        units = self._num_units
        rows = depth_of(inputs_shape) + units
        given, dtype = self._bias_initializer, self.dtype
        self._gate_kernel = self.add_variable(
            "gates/kernel", [rows, 2 * units], initializer=self._kernel_initializer
        )
        self._gate_bias = self.add_variable(
            "gates/bias",
            [2 * units],
            initializer=Constant(1.0, dtype=dtype) if given is None else given,
        )
        self._candidate_kernel = self.add_variable(
            "candidate/kernel", [rows, units], initializer=self._kernel_initializer
        )
        self._candidate_bias = self.add_variable(
            "candidate/bias",
            [units],
            initializer=Zeros(dtype=dtype) if given is None else given,
        )
        self.built = True

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step: `[batch, depth]`, `[batch, num_units]` -> the new state, twice."""
        gates = matmul(concat([inputs, state], 1), self._gate_kernel)
        reset, update = split(sigmoid(bias_add(gates, self._gate_bias)), 2, 1)
        candidate = matmul(concat([inputs, reset * state], 1), self._candidate_kernel)
        new = self._activation(bias_add(candidate, self._candidate_bias))
        new_state = update * state + (1 - update) * new
        return new_state, new_state
