"""Decoders that are lists of steps: plain ones, ones with embeddings, with attention.

Read next: `legacy_models.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import stop_gradient
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.math_functions import tanh
from interactive_graphs.ops.nn_bias import xw_plus_b
from interactive_graphs.ops.nn_conv import conv2d
from interactive_graphs.ops.nn_softmax import softmax
from interactive_graphs.ops.reduction import reduce_sum
from interactive_graphs.ops.shape import reshape
from interactive_graphs.ops.sorting import argmax
from interactive_graphs.ops.variable_scope import (
    get_variable,
    get_variable_scope,
    variable_scope,
)
from interactive_graphs.rnn.linear import linear
from interactive_graphs.rnn.sizes import length_of, zeros_of

Loop = Callable[[Any, int], Any]


def feed_likeliest(
    embedding: Any, output_projection: Any = None, update_embedding: bool = True
) -> Loop:
    """A loop function that embeds the likeliest word of the last output.

    Args:
        embedding: a variable `[words, depth]`.
        output_projection: weights and biases that make logits of outputs, or None.
        update_embedding: whether gradients reach the embedding this way.
    """

    def loop_function(output: Any, _: int) -> Any:
        if output_projection is not None:
            output = xw_plus_b(output, output_projection[0], output_projection[1])
        embedded = embedding_lookup(embedding, argmax(output, 1))
        return embedded if update_embedding else stop_gradient(embedded)

    return loop_function


def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: Loop | None = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Apply a cell to a list of inputs, or to what it has made before.

    Args:
        decoder_inputs: a tensor `[batch, depth]` for each step.
        initial_state: the first state.
        cell: an RNNCell.
        loop_function: `fn(output, i)` gives the input of step i, but for the first;
            None feeds `decoder_inputs`.
        scope: a variable scope or its name; 'rnn_decoder' when None.

    Returns:
        The list of outputs, and the last state.
    """
    with variable_scope(scope or "rnn_decoder"):
        state, outputs, previous = initial_state, [], None
        for i, value in enumerate(decoder_inputs):
            if loop_function is not None and previous is not None:
                with variable_scope("loop_function", reuse=True):
                    value = loop_function(previous, i)
            if i > 0:
                get_variable_scope().reuse_variables()
            output, state = cell(value, state)
            outputs.append(output)
            if loop_function is not None:
                previous = output
    return outputs, state


def embedding_rnn_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """`rnn_decoder` for words, which are embedded.

    Args:
        decoder_inputs: a list with int32 `[batch]` for each step.
        initial_state: the first state.
        cell: an RNNCell.
        num_symbols: how many words there are.
        embedding_size: the depth of the embedding.
        output_projection: (weights, biases) that make logits of outputs, or None.
        feed_previous: feed the likeliest word of the last step; only the first of
            `decoder_inputs` is used then.
        update_embedding_for_previous: whether gradients reach the embedding that way.
        scope: a variable scope or its name; 'embedding_rnn_decoder' when None.

    Returns:
        The list of outputs, and the last state.

    Raises:
        ValueError: `output_projection` has a wrong shape.
    """
    with variable_scope(scope or "embedding_rnn_decoder"):
        _check_projection(output_projection, num_symbols)
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = feed_likeliest(
                embedding, output_projection, update_embedding_for_previous
            )
        embedded = (embedding_lookup(embedding, i) for i in decoder_inputs)
        return rnn_decoder(embedded, initial_state, cell, loop_function)


def _check_projection(projection: Any, count: int) -> None:
    if projection is not None:
        weights, biases = convert(projection[0]), convert(projection[1])
        weights.get_shape().assert_is_compatible_with([None, count])
        biases.get_shape().assert_is_compatible_with([count])


class _Heads:
    """Attention with several heads over a memory `[batch, places, depth]`."""

    def __init__(self, memory: Tensor, count: int, dtype: Any) -> None:
        self.depth: Any = memory.shape[2].value
        self.dtype = dtype
        self.places = length_of([memory], 1)
        self.memory = reshape(memory, [-1, self.places, 1, self.depth])
        self.features, self.vectors = [], []
        for a in range(count):
            k = get_variable(f"AttnW_{a}", [1, 1, self.depth, self.depth], dtype)
            features = conv2d(self.memory, k, [1, 1, 1, 1], "SAME")
            self.features.append(features)
            self.vectors.append(get_variable(f"AttnV_{a}", [self.depth], dtype))

    def zeros(self, batch_size: Any) -> list[Tensor]:
        """What was looked at before the first step."""
        return [zeros_of(batch_size, self.depth, self.dtype) for _ in self.features]

    def look(self, query: Any) -> list[Tensor]:
        """What each head looks at: `[batch, depth]`.

        Args:
            query: the state, in any structure.
        """
        parts = nest.flatten(query)
        query = parts[0] if len(parts) == 1 else concat(parts, 1)
        seen = []
        for a, (features, v) in enumerate(
            zip(self.features, self.vectors, strict=True)
        ):
            with variable_scope(f"Attention_{a}"):
                y = reshape(linear(query, self.depth, True), [-1, 1, 1, self.depth])
                score = reduce_sum(v * tanh(features + y), [2, 3])
                weights = reshape(softmax(score), [-1, self.places, 1, 1])
                context = reduce_sum(weights * self.memory, [1, 2])
                seen.append(reshape(context, [-1, self.depth]))
        return seen


def attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: Loop | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """`rnn_decoder` with attention, after https://arxiv.org/abs/1412.7449.

    Args:
        decoder_inputs: a list with a tensor `[batch, depth]` for each step.
        initial_state: the first state.
        attention_states: the memory, `[batch, places, depth]`.
        cell: an RNNCell.
        output_size: the depth of the outputs; the cell's when None.
        num_heads: how many attentions there are.
        loop_function: `fn(output, i)` gives the input of step i, but for the first.
        dtype: of the variables; the scope's when None.
        scope: a variable scope or its name; 'attention_decoder' when None.
        initial_state_attention: look at the memory before the first step.

    Returns:
        The list of outputs, and the last state.

    Raises:
        ValueError: there are no inputs or no heads, or a depth is not known.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    memory = convert(attention_states)
    if memory.shape[2].value is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {memory.shape}")
    size = cell.output_size if output_size is None else output_size
    with variable_scope(scope or "attention_decoder", dtype=dtype) as varscope:
        heads = _Heads(memory, num_heads, varscope.dtype)
        state, outputs, previous = initial_state, [], None
        seen = heads.zeros(length_of([convert(decoder_inputs[0])], 0))
        if initial_state_attention:
            seen = heads.look(initial_state)
        for i, value in enumerate(decoder_inputs):
            if i > 0:
                get_variable_scope().reuse_variables()
            if loop_function is not None and previous is not None:
                with variable_scope("loop_function", reuse=True):
                    value = loop_function(previous, i)
            cell_output, state = cell(_with_depth(value, seen), state)
            # The look before the first step has made the variables.
            reuse = True if i == 0 and initial_state_attention else None
            with variable_scope(get_variable_scope(), reuse=reuse):
                seen = heads.look(state)
            with variable_scope("AttnOutputProjection"):
                output = linear([cell_output, *seen], size, True)
            if loop_function is not None:
                previous = output
            outputs.append(output)
    return outputs, state


def _with_depth(value: Any, seen: list[Tensor]) -> Tensor:
    """Input and what was looked at, in the depth of the input.

    Raises:
        ValueError: that depth is not known.
    """
    depth = value.shape.with_rank(2)[1].value
    if depth is None:
        raise ValueError(f"Could not infer input size from input: {value.name}")
    return linear([value, *seen], depth, True)


def embedding_attention_decoder(
    decoder_inputs: Any,
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """`attention_decoder` for words, which are embedded.

    Args:
        decoder_inputs: a list with int32 `[batch]` for each step.
        initial_state: the first state.
        attention_states: the memory, `[batch, places, depth]`.
        cell: an RNNCell.
        num_symbols: how many words there are.
        embedding_size: the depth of the embedding.
        num_heads: how many attentions there are.
        output_size: the depth of the outputs; the cell's when None.
        output_projection: (weights, biases) that make logits of outputs, or None.
        feed_previous: feed the likeliest word of the last step; only the first of
            `decoder_inputs` is used then.
        update_embedding_for_previous: whether gradients reach the embedding that way.
        dtype: of the variables; the scope's when None.
        scope: a variable scope or its name; 'embedding_attention_decoder' when None.
        initial_state_attention: look at the memory before the first step.

    Returns:
        The list of outputs, and the last state.

    Raises:
        ValueError: `output_projection` has a wrong shape; see `attention_decoder`.
    """
    size = cell.output_size if output_size is None else output_size
    if output_projection is not None:
        biases = convert(output_projection[1])
        biases.get_shape().assert_is_compatible_with([num_symbols])
    with variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = feed_likeliest(
                embedding, output_projection, update_embedding_for_previous
            )
        return attention_decoder(
            [embedding_lookup(embedding, i) for i in decoder_inputs],
            initial_state,
            attention_states,
            cell,
            output_size=size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )
