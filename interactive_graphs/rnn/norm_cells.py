"""LSTM with layer normalization, and the update gate network.

They are in `tf.contrib.rnn`. Read next: `conv_cells.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops.concat import concat, split
from interactive_graphs.ops.initializers import Constant, Zeros
from interactive_graphs.ops.math_functions import sigmoid, tanh
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_bias import bias_add
from interactive_graphs.ops.nn_dropout import dropout
from interactive_graphs.ops.nn_norm import batch_normalization, moments
from interactive_graphs.ops.variable_scope import (
    get_variable,
    get_variable_scope,
    variable_scope,
)
from interactive_graphs.rnn.basic_cells import Activation
from interactive_graphs.rnn.cell import RNNCell
from interactive_graphs.rnn.linear import linear
from interactive_graphs.rnn.lstm_cells import LSTMStateTuple

_EPSILON = 1e-12


class LayerNormBasicLSTMCell(RNNCell):
    """LSTM with layer normalization and recurrent dropout.

    After https://arxiv.org/abs/1607.06450 and https://arxiv.org/abs/1603.05118.

    Args:
        num_units: how many features its memory and its output have.
        forget_bias: added to the forget gate.
        input_size: not used, as in TF1.
        activation: of input and output.
        layer_norm: whether gates, input and memory are normalized.
        norm_gain: the initial gain of the normalization.
        norm_shift: the initial shift of the normalization.
        dropout_keep_prob: float, `[]`: how probable it is that an input of the memory
            is kept.
        dropout_prob_seed: of the dropout.
        reuse: whether it uses variables that exist.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Activation = tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        del input_size
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed

    @property
    def state_size(self) -> LSTMStateTuple:
        """The sizes of c and h."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step: `[batch, depth]` and the state -> h and the next state."""
        c, h = state
        i, j, f, o = split(self._gates(concat([inputs, h], 1)), 4, 1)
        if self._layer_norm:
            i, j = self._normed(i, "input"), self._normed(j, "transform")
            f, o = self._normed(f, "forget"), self._normed(o, "output")
        new = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            new = dropout(new, self._keep_prob, seed=self._seed)
        c = c * sigmoid(f + self._forget_bias) + sigmoid(i) * new
        if self._layer_norm:
            c = self._normed(c, "state")
        h = self._activation(c) * sigmoid(o)
        return h, LSTMStateTuple(c, h)

    def _gates(self, both: Tensor) -> Tensor:
        """Kernel, and bias if there is no normalization, which has a shift."""
        size, dtype = 4 * self._num_units, both.dtype.base_dtype
        kernel = get_variable("kernel", [both.shape[-1].value, size], dtype)
        result = matmul(both, kernel)
        if self._layer_norm:
            return result
        bias = get_variable("bias", [size], dtype, initializer=Zeros(dtype=dtype))
        return bias_add(result, bias)

    def _normed(self, x: Tensor, scope: str) -> Tensor:
        shape = (to_static(x.shape) or (None,))[-1:]
        dtype = x.dtype.base_dtype
        with variable_scope(scope):
            gain, shift = Constant(self._norm_gain), Constant(self._norm_shift)
            gamma = get_variable("gamma", shape, dtype, initializer=gain)
            beta = get_variable("beta", shape, dtype, initializer=shift)
        mean, variance = moments(x, [1], keep_dims=True)
        return batch_normalization(x, mean, variance, beta, gamma, _EPSILON)


class UGRNNCell(RNNCell):
    """The update gate network of https://arxiv.org/abs/1611.09913.

    Args:
        num_units: how many features its state has.
        initializer: of the weights.
        forget_bias: added to the gate.
        activation: of the candidate.
        reuse: whether it uses variables that exist.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Activation = tanh,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One step: `[batch, depth]`, `[batch, num_units]` -> the new state, twice."""
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            both = linear([inputs, state], 2 * self._num_units, True)
        gate, candidate = split(both, 2, 1)
        keep = sigmoid(gate + self._forget_bias)
        new_state: Tensor = keep * state + (1 - keep) * self._activation(candidate)
        return new_state, new_state
