"""Long short-term memory: `BasicLSTMCell`, and `LSTMCell` with all its options.

Both have one kernel for input gate, new input, forget gate and output gate, in this
order. Read next: `wrappers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers.input_spec import InputSpec
from interactive_graphs.ops.clip import clip_by_value
from interactive_graphs.ops.concat import concat, split
from interactive_graphs.ops.constant import constant
from interactive_graphs.ops.elementwise import add, multiply
from interactive_graphs.ops.initializers import Zeros
from interactive_graphs.ops.math_functions import sigmoid, tanh
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_bias import bias_add
from interactive_graphs.ops.partitioned_variables import fixed_size_partitioner
from interactive_graphs.rnn.basic_cells import Activation, depth_of
from interactive_graphs.rnn.cell import LayerRNNCell


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM cell: `c`, its memory, and `h`, its output.

    Raises:
        TypeError: `dtype` is asked for and the two differ.
    """

    c: Any
    h: Any

    @property
    def dtype(self) -> Any:
        """The dtype of both."""
        if self.c.dtype != self.h.dtype:
            raise TypeError(
                f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}"
            )
        return self.c.dtype


class BasicLSTMCell(LayerRNNCell):
    """Long short-term memory after Zaremba et al., http://arxiv.org/abs/1409.2329.

    Args:
        num_units: how many features its memory and its output have.
        forget_bias: added to the bias of the forget gate.
        state_is_tuple: the state is an LSTMStateTuple; False concatenates both.
        activation: of input and output; `tf.tanh` when None.
        reuse: whether it uses variables that exist.
        name: the name of its variable scope.
        dtype: of its variables; that of the first input when None.

    Example:
        >>> import interactive_graphs as tf
        >>> cell = tf.nn.rnn_cell.BasicLSTMCell(4)
        >>> y, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 3]), dtype=tf.float32)
        >>> y.shape.as_list(), state.c.shape.as_list()
        ([2, 5, 4], [2, 4])
        >>> [v.name for v in cell.variables]
        ['rnn/basic_lstm_cell/kernel:0', 'rnn/basic_lstm_cell/bias:0']
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | None = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation or tanh

    @property
    def state_size(self) -> Any:
        """The sizes of c and h, or their sum."""
        n = self._num_units
        return LSTMStateTuple(n, n) if self._state_is_tuple else 2 * n

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Make the variables `kernel` and `bias`."""
        rows = depth_of(inputs_shape) + self._num_units
        self._kernel = self.add_variable("kernel", [rows, 4 * self._num_units])
        self._bias = self.add_variable(
            "bias", [4 * self._num_units], initializer=Zeros(dtype=self.dtype)
        )
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step: `[batch, depth]` and the state -> h and the next state."""
        # Functions, not operators: old programs fetch `basic_lstm_cell/Mul_2`.
        axis = constant(1, int32)
        c, h = state if self._state_is_tuple else split(state, 2, axis)
        gates = matmul(concat([inputs, h], 1), self._kernel)
        i, j, f, o = split(bias_add(gates, self._bias), 4, axis)
        keep = sigmoid(add(f, constant(self._forget_bias, f.dtype)))
        new_c = add(multiply(c, keep), multiply(sigmoid(i), self._activation(j)))
        new_h = multiply(self._activation(new_c), sigmoid(o))
        if self._state_is_tuple:
            return new_h, LSTMStateTuple(new_c, new_h)
        return new_h, concat([new_c, new_h], 1)


class LSTMCell(LayerRNNCell):
    """Long short-term memory with peepholes, clipping and a projection.

    After Sak et al., Long short-term memory recurrent neural network architectures for
    large scale acoustic modeling (2014).

    Args:
        num_units: how many features its memory has.
        use_peepholes: the gates see the memory, by diagonal weights.
        cell_clip: the memory is kept within -cell_clip and cell_clip.
        initializer: of the weights, the projection's too.
        num_proj: how many features the output is projected to; None for no projection.
        proj_clip: the projected output is kept within -proj_clip and proj_clip.
        num_unit_shards: deprecated: into how many parts the kernel is cut.
        num_proj_shards: deprecated: into how many parts the projection is cut.
        forget_bias: added to the bias of the forget gate; must be 0.0 to use the
            variables of a CudnnLSTM.
        state_is_tuple: the state is an LSTMStateTuple; False concatenates both.
        activation: of input and output; `tf.tanh` when None.
        reuse: whether it uses variables that exist.
        name: the name of its variable scope.
        dtype: of its variables; that of the first input when None.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | None = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(_reuse=reuse, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation: Callable[[Any], Any] = activation or tanh

    @property
    def state_size(self) -> Any:
        """The sizes of c and h, or their sum."""
        c, h = self._num_units, self.output_size
        return LSTMStateTuple(c, h) if self._state_is_tuple else c + h

    @property
    def output_size(self) -> int:
        """The size of the projection, or the number of units."""
        return self._num_units if self._num_proj is None else self._num_proj

    def build(self, inputs_shape: Any) -> None:
        """Make kernel, bias, the peepholes' diagonals and the projection's kernel."""
        units = self._num_units
        rows = depth_of(inputs_shape) + self.output_size
        self._kernel = self.add_variable(
            "kernel",
            [rows, 4 * units],
            initializer=self._initializer,
            partitioner=_shards(self._num_unit_shards),
        )
        zeros = None if self.dtype is None else Zeros(dtype=self.dtype)
        self._bias = self.add_variable("bias", [4 * units], initializer=zeros)
        if self._use_peepholes:
            self._w_f, self._w_i, self._w_o = (
                self.add_variable(
                    f"w_{gate}_diag", [units], initializer=self._initializer
                )
                for gate in "fio"
            )
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable(
                "projection/kernel",
                [units, self._num_proj],
                initializer=self._initializer,
                partitioner=_shards(self._num_proj_shards),
            )
        self.built = True

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """One step: `[batch, depth]` and the state -> h and the next state."""
        c, h = state if self._state_is_tuple else _halves(state, self._num_units)
        gates = matmul(concat([inputs, h], 1), self._kernel)
        i, j, f, o = split(bias_add(gates, self._bias), 4, 1)
        f = f + self._forget_bias
        if self._use_peepholes:
            f, i = f + self._w_f * c, i + self._w_i * c
        c = sigmoid(f) * c + sigmoid(i) * self._activation(j)
        if self._cell_clip is not None:
            c = clip_by_value(c, -self._cell_clip, self._cell_clip)
        if self._use_peepholes:
            o = o + self._w_o * c
        h = sigmoid(o) * self._activation(c)
        if self._num_proj is not None:
            h = matmul(h, self._proj_kernel)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, LSTMStateTuple(c, h) if self._state_is_tuple else concat([c, h], 1)


class LSTMBlockCell(LSTMCell):
    """`LSTMCell` as `tf.contrib.rnn` had it in one op, with the same variables.

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
        name: str | None = "lstm_cell",
    ) -> None:
        """See the class."""
        super().__init__(
            num_units,
            use_peepholes=use_peephole,
            cell_clip=cell_clip,
            forget_bias=forget_bias,
            reuse=reuse,
            name=name,
        )


def _shards(count: int | None) -> Any:
    return None if count is None else fixed_size_partitioner(count)


def _halves(state: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """Memory and output of a state that has both in one tensor."""
    return state[:, :units], state[:, units:]
