"""Cells with something before or behind them: embeddings and projections.

They are in `tf.contrib.rnn`. Read next: `attention_cell.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.initializers import Constant, RandomUniform
from interactive_graphs.ops.math_functions import sigmoid
from interactive_graphs.ops.shape import reshape
from interactive_graphs.ops.variable_scope import get_variable, get_variable_scope
from interactive_graphs.rnn.cell import CellWrapper, RNNCell
from interactive_graphs.rnn.linear import linear


class _Projecting(CellWrapper):
    """A wrapper with variables of its own."""

    # Not the cell's alone, as wrappers without variables have it.
    trainable_weights = RNNCell.trainable_weights
    non_trainable_weights = RNNCell.non_trainable_weights


class EmbeddingWrapper(_Projecting):
    """A cell whose inputs are numbers that are embedded.

    Args:
        cell: the RNNCell inside.
        embedding_classes: how many numbers there are.
        embedding_size: the depth of the embedding.
        initializer: of the embedding; uniform numbers within the square root of 3 when
            None and the scope has none.
        reuse: whether it uses variables that exist.

    Raises:
        TypeError: the cell is none.
        ValueError: a size is not positive.
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(cell, _reuse=reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._embedding_classes = embedding_classes
        self._embedding_size = embedding_size
        self._initializer = initializer

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """One step: inputs are integers, `[batch]` or `[batch, 1]`."""
        initializer = self._initializer or get_variable_scope().initializer
        if initializer is None:
            initializer = RandomUniform(-math.sqrt(3), math.sqrt(3))
        dtype = nest.flatten(state)[0].dtype.base_dtype
        with get_default_graph().device("/cpu:0"):
            embedding = get_variable(
                "embedding",
                [self._embedding_classes, self._embedding_size],
                dtype,
                initializer=initializer,
            )
            embedded = embedding_lookup(embedding, reshape(inputs, [-1]))
        output, new_state = self._cell(embedded, state)
        return output, new_state


class InputProjectionWrapper(_Projecting):
    """A cell whose inputs are projected first.

    Args:
        cell: the RNNCell inside.
        num_proj: the depth of the projection.
        activation: of the projection; None for none.
        input_size: not used, as in TF1.
        reuse: whether it uses variables that exist.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Callable[[Any], Any] | None = None,
        input_size: Any = None,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        del input_size
        super().__init__(cell, _reuse=reuse)
        self._num_proj = num_proj
        self._activation = activation

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        projected = linear(inputs, self._num_proj, True)
        if self._activation:
            projected = self._activation(projected)
        output, new_state = self._cell(projected, state)
        return output, new_state


class OutputProjectionWrapper(_Projecting):
    """A cell whose outputs are projected.

    Args:
        cell: the RNNCell inside.
        output_size: the depth of the projection.
        activation: of the projection; None for none.
        reuse: whether it uses variables that exist.

    Raises:
        TypeError: the cell is none.
        ValueError: `output_size` is not positive.
    """

    def __init__(
        self,
        cell: Any,
        output_size: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: Any = None,
    ) -> None:
        """See the class."""
        super().__init__(cell, _reuse=reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size = output_size
        self._activation = activation

    @property
    def output_size(self) -> int:
        """The depth of the projection."""
        return self._output_size

    def call(self, inputs: Any, state: Any) -> tuple[Any, Any]:
        """One step."""
        output, new_state = self._cell(inputs, state)
        projected = linear(output, self._output_size, True)
        if self._activation:
            projected = self._activation(projected)
        return projected, new_state


class HighwayWrapper(_Projecting):
    """A cell whose inputs pass by, as far as a gate lets them.

    After https://arxiv.org/abs/1505.00387: `transform * outputs + carry * inputs`.

    Args:
        cell: the RNNCell inside; its outputs are as deep as its inputs.
        couple_carry_transform_gates: the transform gate is 1 - carry.
        carry_bias_init: the initial bias of the carry gate (and less of the other).
    """

    def __init__(
        self,
        cell: Any,
        couple_carry_transform_gates: bool = True,
        carry_bias_init: float = 1.0,
    ) -> None:
        """See the class."""
        super().__init__(cell)
        self._couples = couple_carry_transform_gates
        self._carry_bias = carry_bias_init

    def call(self, inputs: Tensor, state: Any) -> tuple[Any, Any]:
        """One step."""
        output, new_state = self._cell(inputs, state)
        inputs.get_shape().assert_is_compatible_with(output.get_shape())
        carry = self._gate("carry", inputs, self._carry_bias)
        if self._couples:
            transform = 1 - carry
        else:
            transform = self._gate("transform", inputs, -self._carry_bias)
        return inputs * carry + output * transform, new_state

    def _gate(self, name: str, inputs: Tensor, bias: float) -> Tensor:
        depth = inputs.shape[-1].value
        weight = get_variable(f"{name}_w", [depth, depth])
        shift = get_variable(f"{name}_b", [depth], initializer=Constant(bias))
        return sigmoid(inputs @ weight + shift)
