"""Cells made of cells: layers on top of each other, dropout, residuals, devices.

Read next: `dynamic.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.constant_value import constant_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.elementwise import div
from interactive_graphs.ops.math_functions import floor
from interactive_graphs.ops.nn_dropout import dropout
from interactive_graphs.ops.random_ops import random_uniform
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.rnn.cell import (
    CellWrapper,
    RNNCell,
    frozen_weights,
    trained_weights,
)
from interactive_graphs.rnn.lstm_cells import LSTMStateTuple


class MultiRNNCell(RNNCell):
    """Cells on top of each other: the output of one is the input of the next.

    Args:
        cells: a list of cells, the lowest first. To have different weights they must
            be different objects.
        state_is_tuple: the state is a tuple with the state of each cell; False
            concatenates them.

    Raises:
        ValueError: there are no cells, or a state is a tuple and must not be.
        TypeError: `cells` is no list.

    Example:
        >>> import interactive_graphs as tf
        >>> cells = [tf.nn.rnn_cell.GRUCell(n) for n in (8, 4)]
        >>> stack = tf.nn.rnn_cell.MultiRNNCell(cells)
        >>> stack.state_size, stack.output_size
        ((8, 4), 4)
    """

    def __init__(self, cells: Any, state_is_tuple: bool = True) -> None:
        """See the class."""
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not nest.is_sequence(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(nest.is_sequence(c.state_size) for c in cells):
            sizes = [c.state_size for c in cells]
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is "
                f"not set.  State sizes are: {sizes}"
            )

    @property
    def state_size(self) -> Any:
        """The sizes of the cells' states in a tuple, or their sum."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """That of the topmost cell."""
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros; see `RNNCell.zero_state`."""
        if not self._state_is_tuple:
            return super().zero_state(batch_size, dtype)
        with get_default_graph().name_scope(type(self).__name__ + "ZeroState"):
            return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)

    @property
    def trainable_weights(self) -> list[Any]:
        """Those of all cells."""
        return trained_weights(self._cells, self.trainable)

    @property
    def non_trainable_weights(self) -> list[Any]:
        """Those of all cells."""
        return frozen_weights(self._cells, self.trainable)

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step of each cell, from the lowest to the topmost."""
        if self._state_is_tuple and not (
            nest.is_sequence(state) and len(state) >= len(self._cells)
        ):
            raise ValueError(
                f"Expected state to be a tuple of length {len(self._cells)}, but "
                f"received: {state}"
            )
        new_states, start = [], 0
        for i, cell in enumerate(self._cells):
            with variable_scope(f"cell_{i}"):
                if self._state_is_tuple:
                    current = state[i]
                else:
                    current = state[:, start : start + cell.state_size]
                    start += cell.state_size
                inputs, new_state = cell(inputs, current)
                new_states.append(new_state)
        if self._state_is_tuple:
            return inputs, tuple(new_states)
        return inputs, concat(new_states, 1)


def _drops_of(state: Any) -> Any:
    """Which parts of a state get dropout: all but the memory of LSTM cells."""
    if isinstance(state, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not isinstance(state, TensorArray)


class DropoutWrapper(CellWrapper):
    """A cell with dropout of its inputs, outputs and state.

    Args:
        cell: the cell.
        input_keep_prob: float, `[]`: how probable it is that an input is kept.
        output_keep_prob: the same for the outputs.
        state_keep_prob: the same for the state that the next step gets. The memory of
            LSTM cells (c) is kept in any case, see `dropout_state_filter_visitor`.
        variational_recurrent: the same places are dropped in all steps of one run.
        input_size: the sizes of the inputs without the batch, needed for that.
        dtype: of inputs, outputs and state, needed for that.
        seed: of the random numbers.
        dropout_state_filter_visitor: `fn(substate)` says by a bool, or a structure of
            bools, which parts of a state get dropout.

    Raises:
        TypeError: the cell is none, or the visitor is not callable.
        ValueError: a probability is not between 0 and 1; something is missing.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
    ) -> None:
        """See the class."""
        super().__init__(cell, dtype=dtype)
        visitor = dropout_state_filter_visitor
        if visitor is not None and not callable(visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._drops_of = visitor or _drops_of
        self._seed = seed
        with get_default_graph().name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._noise: dict[str, list[Tensor]] | None = None
        if variational_recurrent:
            if dtype is None:
                raise ValueError(
                    "When variational_recurrent=True, dtype must be provided"
                )
            if input_size is None and _may_drop(self._input_keep_prob):
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is "
                    "unknown, input_size must be provided"
                )
            self._noise = {
                "input": self._noises("input", input_size, dtype),
                "state": self._noises("state", cell.state_size, dtype),
                "output": self._noises("output", cell.output_size, dtype),
            }

    def _noises(self, what: str, sizes: Any, dtype: Any) -> list[Tensor]:
        """Random numbers, the same for each step, for each tensor of `what`."""
        if sizes is None or not _may_drop(getattr(self, f"_{what}_keep_prob")):
            return []
        return [
            random_uniform(
                (1, *(to_static(size) or ())),
                seed=self._seed_of(what, i),
                dtype=as_dtype(dtype),
            )
            for i, size in enumerate(nest.flatten(sizes))
        ]

    def _seed_of(self, what: str, index: int) -> int | None:
        """The seed of one tensor: all seeds differ, and follow from the given one."""
        if self._seed is None:
            return None
        text = f"{self._seed}DropoutWrapper_{what}_{index}".encode()
        return int(hashlib.md5(text).hexdigest()[:8], 16) & 0x7FFFFFFF

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`."""
        inputs = self._dropped("input", inputs, True)
        output, state = self._cell(inputs, state, scope=scope)
        if _may_drop(self._state_keep_prob):
            state = self._dropped_state(state)
        return self._dropped("output", output, True), state

    def _dropped_state(self, state: Any) -> Any:
        """The parts of a state that the visitor chooses with dropout."""
        chosen: list[bool] = []

        def visit(part: Any) -> None:
            decision = self._drops_of(part)
            if nest.is_sequence(decision):
                for child, answer in zip(part, decision, strict=True):
                    if isinstance(answer, bool):
                        chosen.extend([answer] * len(nest.flatten(child)))
                    else:
                        visit(child)
            elif decision and nest.is_sequence(part):
                for child in part:
                    visit(child)
            else:
                chosen.extend([bool(decision)] * len(nest.flatten(part)))

        visit(state)
        return self._dropped("state", state, chosen)

    def _dropped(self, what: str, values: Any, chosen: Any) -> Any:
        """The values with dropout where `chosen`, which may be True for all."""
        keep_prob = getattr(self, f"_{what}_keep_prob")
        if not _may_drop(keep_prob):
            return values
        flat = nest.flatten(values)
        marks = [True] * len(flat) if chosen is True else chosen
        results = []
        for i, (value, mark) in enumerate(zip(flat, marks, strict=True)):
            if not mark:
                results.append(value)
            elif self._noise is None:
                seed = self._seed_of(what, i)
                results.append(dropout(value, keep_prob=keep_prob, seed=seed))
            else:
                kept = floor(self._noise[what][i] + keep_prob)
                result = div(value, keep_prob) * kept
                result.set_shape(value.get_shape())
                results.append(result)
        return nest.pack_sequence_as(values, results)


def _probability(name: str, value: Any) -> Any:
    """A number, or a tensor where it is not known.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    tensor = convert(value)
    known = constant_value(tensor)
    if known is None:
        return tensor
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {known}")
    return float(known)


def _may_drop(probability: Any) -> bool:
    return not isinstance(probability, float) or probability < 1


class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs.

    Args:
        cell: the cell.
        residual_fn: `fn(inputs, outputs)` gives the outputs; adds them when None.

    Raises:
        TypeError: the structures of inputs and outputs differ (in a call).
        ValueError: their shapes differ (in a call).
    """

    def __init__(
        self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None
    ) -> None:
        """See the class."""
        super().__init__(cell)
        self._residual_fn = residual_fn or _added

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`."""
        outputs, new_state = self._cell(inputs, state, scope=scope)
        nest.assert_same_structure(inputs, outputs)
        pairs = zip(nest.flatten(inputs), nest.flatten(outputs), strict=True)
        for before, after in pairs:
            before.get_shape().assert_is_compatible_with(after.get_shape())
        return self._residual_fn(inputs, outputs), new_state


def _added(inputs: Any, outputs: Any) -> Any:
    return nest.map_structure(lambda x, y: x + y, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell that runs on one device.

    Args:
        cell: the cell.
        device: a device string or function, as of `tf.device`.
    """

    def __init__(self, cell: Any, device: Any) -> None:
        """See the class."""
        super().__init__(cell)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell inside, on the device."""
        with get_default_graph().device(self._device):
            return super().zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step; see `RNNCell`."""
        with get_default_graph().device(self._device):
            return self._cell(inputs, state, scope=scope)
