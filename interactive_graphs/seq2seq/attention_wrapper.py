"""AttentionWrapper: a cell that looks at memories after each step.

Read next: `beams.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from interactive_graphs._util import nest
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import from_static
from interactive_graphs.layers.core import Dense
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.check import assert_equal
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import identity, zeros
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.shape import expand_dims, squeeze
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.rnn.cell import RNNCell, check_is_cell
from interactive_graphs.rnn.sizes import length_of, zeros_of
from interactive_graphs.seq2seq.attention import AttentionMechanism


class AttentionWrapperState(NamedTuple):
    """The state of an AttentionWrapper.

    Attributes:
        cell_state: that of the cell inside.
        attention: what was looked at last, `[batch, attention size]`.
        time: int32, `[]`: the number of the step.
        alignments: how much each place was looked at, for each mechanism.
        alignment_history: a TensorArray of that of all steps, or ().
        attention_state: the mechanisms' states.
    """

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """A copy with some of its parts replaced.

        Args:
            **kwargs: the new parts by name.

        Example:
            >>> state = AttentionWrapperState(1, 2, 3, 4, 5, 6)
            >>> state.clone(time=0).time
            0
        """
        return self._replace(**kwargs)


class AttentionWrapper(RNNCell):
    """A cell that gets what it looked at as a further input, and looks again.

    Args:
        cell: the RNNCell inside.
        attention_mechanism: an AttentionMechanism, or a list of them.
        attention_layer_size: the depth of a layer over the cell's output and what was
            looked at, or a list of depths; None for what was looked at alone.
        alignment_history: keep how much each place was looked at in each step.
        cell_input_fn: `fn(inputs, attention)` gives the cell's inputs; joins both when
            None.
        output_attention: the output is the attention; otherwise the cell's own.
        initial_cell_state: the cell's first state, for `zero_state`.
        name: the name of its variable scope.
        attention_layer: a layer, or a list of layers, instead of
            `attention_layer_size`.

    Raises:
        TypeError: something is of a wrong kind.
        ValueError: there are as many layers as mechanisms, but not.

    Example:
        >>> import interactive_graphs as tf
        >>> seq2seq = tf.contrib.seq2seq
        >>> memory = tf.ones([2, 7, 5])
        >>> cell = seq2seq.AttentionWrapper(
        ...     tf.nn.rnn_cell.GRUCell(4),
        ...     seq2seq.BahdanauAttention(6, memory),
        ...     attention_layer_size=3,
        ... )
        >>> y, state = cell(tf.ones([2, 8]), cell.zero_state(2, tf.float32))
        >>> y.shape.as_list(), state.alignments.shape.as_list()
        ([2, 3], [2, 7])
    """

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(name=name)
        check_is_cell("cell", cell)
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(
                f"cell_input_fn must be callable, saw type: {type(cell_input_fn)}"
            )
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = _as_tuple(attention_mechanism)
        for mechanism in self._mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                raise TypeError(
                    "attention_mechanism must contain only instances of "
                    f"AttentionMechanism, saw type: {type(mechanism).__name__}"
                )
        self._layers = self._attention_layers(attention_layer_size, attention_layer)
        self._attention_size = self._size_of_attention()
        self._cell = cell
        self._cell_input_fn = cell_input_fn or _joined
        self._output_attention = output_attention
        self._keeps_history = alignment_history
        self._initial_cell_state = None
        if initial_cell_state is not None:
            with op_scope(None, "AttentionWrapperInit"):
                self._initial_cell_state = self._checked(
                    initial_cell_state,
                    length_of([nest.flatten(initial_cell_state)[-1]], 0),
                    "constructor",
                )

    def _attention_layers(self, sizes: Any, layers: Any) -> tuple[Any, ...] | None:
        """A layer for each mechanism, or None.

        Raises:
            ValueError: sizes and layers are given, or too many or few of them.
        """
        if sizes is not None and layers is not None:
            raise ValueError(
                "Only one of attention_layer_size and attention_layer should be set"
            )
        if sizes is None and layers is None:
            return None
        what = "attention_layer" if sizes is None else "attention_layer_size"
        given = _as_tuple(layers if sizes is None else sizes)
        count = len(self._mechanisms)
        if len(given) != count:
            kind = "layer" if sizes is None else "integer"
            raise ValueError(
                f"If provided, {what} must contain exactly one {kind} per "
                f"attention_mechanism, saw: {len(given)} vs {count}"
            )
        if sizes is None:
            return given
        return tuple(
            Dense(
                size,
                name="attention_layer" if count == 1 else f"attention_layer_{i}",
                use_bias=False,
                dtype=self._mechanisms[i].values.dtype.base_dtype,
            )
            for i, size in enumerate(given)
        )

    def _size_of_attention(self) -> int:
        """The depth of all attentions together."""
        depths = [m.values.shape[-1].value for m in self._mechanisms]
        if self._layers is None:
            return sum(depths)
        sizes = [
            getattr(layer, "units", None) or _depth_after(layer, depth)
            for layer, depth in zip(self._layers, depths, strict=True)
        ]
        return sum(sizes)

    def _items(self, parts: Sequence[Any]) -> Any:
        """A tuple if mechanisms were given as a list, else the only one."""
        return tuple(parts) if self._is_multi else parts[0]

    @property
    def output_size(self) -> Any:
        """The depth of the attention, or the cell's output size."""
        return (
            self._attention_size if self._output_attention else self._cell.output_size
        )

    @property
    def state_size(self) -> AttentionWrapperState:
        """The sizes of all parts of the state."""
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            attention=self._attention_size,
            time=from_static(()),
            alignments=self._items([m.alignments_size for m in self._mechanisms]),
            alignment_history=self._items([() for _ in self._mechanisms]),
            attention_state=self._items([m.state_size for m in self._mechanisms]),
        )

    def _checked(self, state: Any, batch_size: Any, where: str) -> Any:
        """A state, once it is certain that its batch is that of the memories."""
        checks: list[Any] = [
            assert_equal(
                batch_size,
                mechanism.batch_size,
                message=(
                    f"When calling {where} of AttentionWrapper {self._base_name}: "
                    "Non-matching batch sizes between the memory (encoder output) and "
                    "the requested batch size. Are you using the BeamSearchDecoder?  "
                    "You may need to tile your initial state via the "
                    "tf.contrib.seq2seq.tile_batch function with argument "
                    "multiple=beam_width."
                ),
            )
            for mechanism in self._mechanisms
        ]
        with get_default_graph().control_dependencies(
            [check for check in checks if check is not None]
        ):
            return nest.map_structure(
                lambda s: identity(s, name="checked_cell_state"), state
            )

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """The first state: zeros, and `initial_cell_state` if it was given.

        Args:
            batch_size: int32, `[]`, or a number.
            dtype: of the state.
        """
        with op_scope(None, type(self).__name__ + "ZeroState", batch_size):
            state = self._initial_cell_state
            if state is None:
                state = self._cell.zero_state(batch_size, dtype)
            alignments = [
                m.initial_alignments(batch_size, dtype) for m in self._mechanisms
            ]
            histories: list[Any] = [()] * len(alignments)
            if self._keeps_history:
                histories = [
                    TensorArray(dtype, 0, True, element_shape=a.shape)
                    for a in alignments
                ]
            return AttentionWrapperState(
                cell_state=self._checked(state, batch_size, "zero_state"),
                attention=zeros_of(batch_size, self._attention_size, dtype),
                time=zeros([], int32),
                alignments=self._items(alignments),
                alignment_history=self._items(histories),
                attention_state=self._items(
                    [m.initial_state(batch_size, dtype) for m in self._mechanisms]
                ),
            )

    def call(
        self, inputs: Any, state: AttentionWrapperState
    ) -> tuple[Any, AttentionWrapperState]:
        """A step of the cell, and a look at each memory."""
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        cell_output, cell_state = self._cell(cell_inputs, state.cell_state)
        before = state.attention_state
        history = state.alignment_history
        looks = [
            self._look(i, cell_output, before[i] if self._is_multi else before)
            for i in range(len(self._mechanisms))
        ]
        attentions, alignments, states = zip(*looks, strict=True)
        if self._keeps_history:
            arrays = history if self._is_multi else (history,)
            history = self._items(
                [
                    array.write(state.time, values)
                    for array, values in zip(arrays, alignments, strict=True)
                ]
            )
        attention = concat(list(attentions), 1)
        next_state = AttentionWrapperState(
            cell_state=cell_state,
            attention=attention,
            time=state.time + 1,
            alignments=self._items(alignments),
            alignment_history=history,
            attention_state=self._items(states),
        )
        return attention if self._output_attention else cell_output, next_state

    def _look(
        self, index: int, query: Tensor, state: Any
    ) -> tuple[Tensor, Tensor, Any]:
        """The attention, the alignments and the next state of one mechanism."""
        mechanism = self._mechanisms[index]
        alignments, next_state = mechanism(query, state=state)
        context = squeeze(matmul(expand_dims(alignments, 1), mechanism.values), [1])
        if self._layers is not None:
            context = self._layers[index](concat([query, context], 1))
        return context, alignments, next_state


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _joined(inputs: Any, attention: Any) -> Tensor:
    return concat([inputs, attention], -1)


def _depth_after(layer: Any, depth: int) -> int:
    """How many features a layer of unknown kind gives."""
    size: int = layer.compute_output_shape(from_static((None, depth)))[-1].value
    return size
