"""LSTM cells whose states are images: convolutions in place of products.

They are in `tf.contrib.rnn`. Read next: `../seq2seq/decoder.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape, from_static
from interactive_graphs.ops.concat import concat, split
from interactive_graphs.ops.initializers import Constant
from interactive_graphs.ops.math_functions import sigmoid, tanh
from interactive_graphs.ops.nn_convolution import convolution
from interactive_graphs.ops.variable_scope import get_variable
from interactive_graphs.rnn.cell import RNNCell
from interactive_graphs.rnn.lstm_cells import LSTMStateTuple


class ConvLSTMCell(RNNCell):
    """Convolutional LSTM of Shi et al., https://arxiv.org/abs/1506.04214.

    Args:
        conv_ndims: how many dimensions are convolved: 1, 2 or 3.
        input_shape: the shape of the inputs without the batch, channels last.
        output_channels: how many channels it gives.
        kernel_shape: the shape of the kernel, `conv_ndims` numbers.
        use_bias: whether there is a bias.
        skip_connection: join the inputs to the outputs.
        forget_bias: added to the forget gate.
        initializers: not used, as in TF1.
        name: the name of its variable scope.

    Raises:
        ValueError: `input_shape` has not `conv_ndims` + 1 dimensions.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Sequence[int],
        output_channels: int,
        kernel_shape: Sequence[int],
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        """See the class."""
        del initializers
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(
                f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}."
            )
        self._channels = output_channels
        self._kernel_shape = list(kernel_shape)
        self._use_bias = use_bias
        self._forget_bias = forget_bias
        self._skips = skip_connection
        self._image = tuple(input_shape[:-1])
        self._inputs = input_shape[-1]

    @property
    def state_size(self) -> LSTMStateTuple:
        """The shapes of c and h."""
        shape = from_static((*self._image, self._channels))
        return LSTMStateTuple(shape, shape)

    @property
    def output_size(self) -> TensorShape:
        """The shape of the output."""
        more = self._inputs if self._skips else 0
        return from_static((*self._image, self._channels + more))

    def call(self, inputs: Tensor, state: Any) -> tuple[Tensor, LSTMStateTuple]:
        """One step: `[batch, ..., channels]` and the state -> h and the next state."""
        c, h = state
        both = concat([inputs, h], -1)
        count, dtype = 4 * self._channels, both.dtype.base_dtype
        kernel = get_variable(
            "kernel", [*self._kernel_shape, both.shape[-1].value, count], dtype
        )
        gates = convolution(both, kernel, "SAME")
        if self._use_bias:
            zeros = Constant(0.0, dtype=dtype)
            gates = gates + get_variable("biases", [count], dtype, initializer=zeros)
        i, j, f, o = split(gates, 4, len(self._image) + 1)
        c = sigmoid(f + self._forget_bias) * c + sigmoid(i) * tanh(j)
        h = tanh(c) * sigmoid(o)
        output = concat([h, inputs], -1) if self._skips else h
        return output, LSTMStateTuple(c, h)


class Conv1DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` for sequences of vectors.

    Args:
        name: the name of its variable scope.
        **kwargs: as of `ConvLSTMCell`, but for `conv_ndims`.
    """

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        """See the class."""
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` for images.

    Args:
        name: the name of its variable scope.
        **kwargs: as of `ConvLSTMCell`, but for `conv_ndims`.
    """

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        """See the class."""
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """`ConvLSTMCell` for volumes.

    Args:
        name: the name of its variable scope.
        **kwargs: as of `ConvLSTMCell`, but for `conv_ndims`.
    """

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        """See the class."""
        super().__init__(conv_ndims=3, name=name, **kwargs)
