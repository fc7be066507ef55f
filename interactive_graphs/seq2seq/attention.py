"""Attention: how much a query looks at each place of a memory.

`LuongAttention` scores by products, `BahdanauAttention` by a small network.
Read next: `attention_wrapper.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import is_fully_defined
from interactive_graphs.layers.core import Dense
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.check import assert_positive
from interactive_graphs.ops.choice import sequence_mask, where
from interactive_graphs.ops.constant import ones_like
from interactive_graphs.ops.elementwise import square
from interactive_graphs.ops.initializers import Constant, Ones, Zeros
from interactive_graphs.ops.math_functions import rsqrt, tanh
from interactive_graphs.ops.matmul import matmul
from interactive_graphs.ops.nn_softmax import softmax
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.shape import (
    expand_dims,
    reshape,
    shape as shape_of,
    squeeze,
)
from interactive_graphs.ops.variable_scope import get_variable, variable_scope
from interactive_graphs.rnn.sizes import length_of, zeros_of

Probability = Callable[[Any], Any]


class AttentionMechanism:
    """A memory, and scores of its places; to be subclassed.

    A subclass has `__call__(query, state)`, which gives the alignments, `[batch,
    places]`, and the next state, by default the alignments again.

    Args:
        query_layer: a layer for queries, or None.
        memory: a tensor `[batch, places, depth]`.
        probability_fn: from scores to probabilities, both `[batch, places]`.
        memory_sequence_length: int32, `[batch]`: how many places count.
        memory_layer: a layer for the memory, or None.
        check_inner_dims_defined: whether the memory's depth must be known.
        score_mask_value: the score of places that do not count; minus infinity when
            None.

    Attributes:
        values: the memory, with zeros where it does not count.
        keys: what `memory_layer` makes of it.

    Raises:
        ValueError: the memory's depth is not known.
    """

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Probability,
        memory_sequence_length: Any = None,
        memory_layer: Any = None,
        check_inner_dims_defined: bool = True,
        score_mask_value: float | None = None,
    ) -> None:
        """See the class."""
        self.query_layer = query_layer
        self.memory_layer = memory_layer
        self._mask_value = -np.inf if score_mask_value is None else score_mask_value
        self._probability_fn = probability_fn
        with op_scope(None, "BaseAttentionMechanismInit", *nest.flatten(memory)):
            self._lengths = (
                None
                if memory_sequence_length is None
                else convert(memory_sequence_length, None, "memory_sequence_length")
            )
            self.values = _masked(memory, self._lengths, check_inner_dims_defined)
            self.keys: Tensor = (
                memory_layer(self.values) if memory_layer else self.values
            )
            self.batch_size = length_of([self.keys], 0)
            self.alignments_size = length_of([self.keys], 1)

    def __call__(self, query: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The alignments and the next state; see the class."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the state."""
        return self.alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Tensor:
        """The alignments before the first step: zeros.

        Args:
            batch_size: int32, `[]`, or a number.
            dtype: of the alignments.
        """
        return zeros_of(batch_size, self.alignments_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Tensor:
        """The state before the first step: the alignments."""
        return self.initial_alignments(batch_size, dtype)

    def _probabilities(self, score: Tensor) -> Tensor:
        """Probabilities of scores; 0 for places that do not count."""
        if self._lengths is not None:
            positive = assert_positive(
                self._lengths,
                message="All values in memory_sequence_length must greater than zero.",
            )
            with get_default_graph().control_dependencies([positive]):
                counts = sequence_mask(self._lengths, shape_of(score)[1])
            score = where(counts, score, ones_like(score) * self._mask_value)
        result: Tensor = self._probability_fn(score)
        return result


def _masked(memory: Any, lengths: Tensor | None, check: bool) -> Any:
    """The memory, with zeros where it does not count."""
    tensors = nest.map_structure(lambda m: convert(m, None, "memory"), memory)
    for tensor in nest.flatten(tensors):
        shape = tensor.static_shape
        if check and not (shape is not None and is_fully_defined(shape[2:])):
            raise ValueError(
                f"Expected memory {tensor.name} to have fully defined inner dims, but "
                f"saw shape: {tensor.shape}"
            )
    if lengths is None:
        return tensors
    first = nest.flatten(tensors)[0]
    mask = sequence_mask(lengths, shape_of(first)[1], first.dtype.base_dtype)

    def masked(tensor: Tensor) -> Tensor:
        rank = len(tensor.static_shape or ())
        sizes = shape_of(mask)
        return tensor * reshape(mask, [sizes[0], sizes[1], *([1] * (rank - 2))])

    return nest.map_structure(masked, tensors)


class LuongAttention(AttentionMechanism):
    """Attention by products, after Luong et al., https://arxiv.org/abs/1508.04025.

    Args:
        num_units: the depth of the keys, which must be that of queries.
        memory: a tensor `[batch, places, depth]`.
        memory_sequence_length: int32, `[batch]`: how many places count.
        scale: multiply scores by a variable.
        probability_fn: from scores to probabilities; softmax when None.
        score_mask_value: the score of places that do not count; minus infinity when
            None.
        dtype: of the memory layer; float32 when None.
        name: the name of the scope of its ops.

    Raises:
        ValueError: the depths do not fit (in a call).
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Probability | None = None,
        score_mask_value: float | None = None,
        dtype: Any = None,
        name: str = "LuongAttention",
    ) -> None:
        """See the class."""
        dtype = float32 if dtype is None else dtype
        super().__init__(
            None,
            memory,
            probability_fn or softmax,
            memory_sequence_length,
            Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype),
            score_mask_value=score_mask_value,
        )
        self._num_units = num_units
        self._scale = scale
        self._name = name

    def __call__(self, query: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The alignments, twice.

        Args:
            query: a tensor `[batch, num_units]`.
            state: not used.
        """
        del state
        with variable_scope(None, "luong_attention", [query]):
            depth, units = query.shape[-1], self.keys.shape[-1]
            if depth != units:
                raise ValueError(
                    "Incompatible or unknown inner dimensions between query and keys.  "
                    f"Query ({query}) has units: {depth}.  Keys ({self.keys}) have "
                    f"units: {units}.  Perhaps you need to set num_units to the keys' "
                    f"dimension ({units})?"
                )
            product = matmul(expand_dims(query, 1), self.keys, transpose_b=True)
            score = squeeze(product, [1])
            if self._scale:
                dtype = query.dtype.base_dtype
                g = get_variable("attention_g", [], dtype, initializer=Ones())
                score = g * score
            alignments = self._probabilities(score)
        return alignments, alignments


class BahdanauAttention(AttentionMechanism):
    """Attention by a small network, after Bahdanau, https://arxiv.org/abs/1409.0473.

    Args:
        num_units: the depth of keys and queries behind their layers.
        memory: a tensor `[batch, places, depth]`.
        memory_sequence_length: int32, `[batch]`: how many places count.
        normalize: normalise the weights, after https://arxiv.org/abs/1602.07868.
        probability_fn: from scores to probabilities; softmax when None.
        score_mask_value: the score of places that do not count; minus infinity when
            None.
        dtype: of the layers; float32 when None.
        name: the name of the scope of its ops.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Probability | None = None,
        score_mask_value: float | None = None,
        dtype: Any = None,
        name: str = "BahdanauAttention",
    ) -> None:
        """See the class."""
        dtype = float32 if dtype is None else dtype
        super().__init__(
            Dense(num_units, name="query_layer", use_bias=False, dtype=dtype),
            memory,
            probability_fn or softmax,
            memory_sequence_length,
            Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype),
            score_mask_value=score_mask_value,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._name = name

    def __call__(self, query: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The alignments, twice.

        Args:
            query: a tensor `[batch, depth]`.
            state: not used.
        """
        del state
        with variable_scope(None, "bahdanau_attention", [query]):
            seen = expand_dims(self.query_layer(query), 1)
            alignments = self._probabilities(self._score(seen))
        return alignments, alignments

    def _score(self, query: Tensor) -> Tensor:
        """The scores of a query `[batch, 1, num_units]`: `[batch, places]`."""
        units, dtype = self._num_units, query.dtype.base_dtype
        v = get_variable("attention_v", [units], dtype)
        if not self._normalize:
            return reduce_sum(v * tanh(self.keys + query), [2])
        g = get_variable(
            "attention_g", [], dtype, initializer=Constant(math.sqrt(1 / units))
        )
        b = get_variable("attention_b", [units], dtype, initializer=Zeros())
        normed = g * v * rsqrt(reduce_sum(square(v)))
        return reduce_sum(normed * tanh(self.keys + query + b), [2])
