"""BasicDecoder: a cell, a helper that says what comes next, and a layer at the end.

Read next: `helpers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from interactive_graphs._util import nest
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import from_static, to_static
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.rnn.cell import check_is_cell
from interactive_graphs.seq2seq.decoder import Decoder
from interactive_graphs.seq2seq.helpers import Helper


class BasicDecoderOutput(NamedTuple):
    """A step's output: what the cell gave, and what it stands for."""

    rnn_output: Any
    sample_id: Any


class BasicDecoder(Decoder):
    """A decoder that applies a cell and asks a helper what comes next.

    Args:
        cell: an RNNCell.
        helper: a Helper.
        initial_state: the cell's first state.
        output_layer: a layer for the cell's outputs, e.g. `tf.layers.Dense(words)`.

    Raises:
        TypeError: something is of a wrong kind.

    Example:
        >>> import interactive_graphs as tf
        >>> seq2seq = tf.contrib.seq2seq
        >>> cell = tf.nn.rnn_cell.GRUCell(4)
        >>> helper = seq2seq.TrainingHelper(tf.ones([2, 5, 3]), [5, 2])
        >>> decoder = seq2seq.BasicDecoder(
        ...     cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(10)
        ... )
        >>> outputs, state, lengths = seq2seq.dynamic_decode(decoder)
        >>> outputs.rnn_output.shape.as_list()
        [2, None, 10]
    """

    def __init__(
        self,
        cell: Any,
        helper: Helper,
        initial_state: Any,
        output_layer: Callable[[Any], Any] | None = None,
    ) -> None:
        """See the class."""
        check_is_cell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        if output_layer is not None and not callable(output_layer):
            raise TypeError(
                f"output_layer must be a Layer, received: {type(output_layer)}"
            )
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """The helper's."""
        return self._helper.batch_size

    @property
    def output_size(self) -> BasicDecoderOutput:
        """The size of what the cell (or the layer) gives, and that of a sample."""
        return BasicDecoderOutput(
            output_size_after(self._cell.output_size, self._output_layer),
            self._helper.sample_ids_shape,
        )

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        """The dtype of the state, and that of a sample."""
        dtype = nest.flatten(self._initial_state)[0].dtype.base_dtype
        return BasicDecoderOutput(
            nest.map_structure(lambda _: dtype, self._cell.output_size),
            self._helper.sample_ids_dtype,
        )

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """See `Decoder`."""
        del name
        return (*self._helper.initialize(), self._initial_state)

    def step(
        self, time: Tensor, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """See `Decoder`."""
        with op_scope(name, "BasicDecoderStep", time):
            outputs, cell_state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            sample_ids = self._helper.sample(
                time=time, outputs=outputs, state=cell_state
            )
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=cell_state, sample_ids=sample_ids
            )
        return (
            BasicDecoderOutput(outputs, sample_ids),
            next_state,
            next_inputs,
            finished,
        )


def output_size_after(size: Any, layer: Any) -> Any:
    """The sizes of what a layer gives for the sizes `size`; these without a layer."""
    if layer is None:
        return size

    def after(part: Any) -> Any:
        shape = from_static((None, *(to_static(part) or ())))
        return from_static(to_static(layer.compute_output_shape(shape))[1:])  # type: ignore[index]

    return nest.map_structure(after, size)
