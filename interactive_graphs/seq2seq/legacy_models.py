"""Whole models of the older kind: an encoder, and a decoder that begins with its state.

Read next: `../rnn/dynamic.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.dtypes import float32
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.shape import reshape
from interactive_graphs.ops.variable_scope import (
    get_variable,
    get_variable_scope,
    variable_scope,
)
from interactive_graphs.rnn.projections import (
    EmbeddingWrapper,
    OutputProjectionWrapper,
)
from interactive_graphs.rnn.static import static_rnn
from interactive_graphs.seq2seq.legacy_decoders import (
    Loop,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    feed_likeliest,
    rnn_decoder,
)

Result = tuple[list[Any], Any]


def basic_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    dtype: Any = float32,
    scope: Any = None,
) -> Result:
    """An encoder, and a decoder with weights of its own that begins with its state.

    Args:
        encoder_inputs: a list with a tensor `[batch, depth]` for each step.
        decoder_inputs: the same for the decoder.
        cell: an RNNCell; the encoder has a copy.
        dtype: of the encoder's first state.
        scope: a variable scope or its name; 'basic_rnn_seq2seq' when None.

    Returns:
        The list of the decoder's outputs, and its last state.
    """
    with variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    loop_function: Loop | None = None,
    dtype: Any = float32,
    scope: Any = None,
) -> Result:
    """An encoder, and a decoder with the same weights that begins with its state.

    Args:
        encoder_inputs: a list with a tensor `[batch, depth]` for each step.
        decoder_inputs: the same for the decoder.
        cell: an RNNCell.
        loop_function: see `rnn_decoder`.
        dtype: of the encoder's first state.
        scope: a variable scope or its name; 'tied_rnn_seq2seq' when None.

    Returns:
        The list of the decoder's outputs, and its last state.
    """
    with variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function, scope)


def _by_choice(feed_previous: Any, decoder: Callable[[bool], Result]) -> Result:
    """What a decoder gives, which a tensor or a bool tells what to feed.

    Args:
        feed_previous: a bool, or bool `[]`.
        decoder: makes the decoder's nodes; the second time it uses the variables of
            the first.
    """
    if isinstance(feed_previous, bool):
        return decoder(feed_previous)

    def branch(feeds: bool) -> Result:
        with variable_scope(get_variable_scope(), reuse=None if feeds else True):
            return decoder(feeds)

    structure: list[Any] = []

    def flat(feeds: bool) -> list[Any]:
        outputs, state = branch(feeds)
        structure[:] = [(outputs, state)]
        return [*outputs, *nest.flatten(state)]

    values = cond(feed_previous, lambda: flat(True), lambda: flat(False), strict=True)
    outputs, state = nest.pack_sequence_as(structure[0], values)
    return list(outputs), state


def embedding_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Result:
    """An encoder and a decoder of words, which are embedded.

    Args:
        encoder_inputs: a list with int32 `[batch]` for each step.
        decoder_inputs: the same for the decoder.
        cell: an RNNCell; the encoder has a copy.
        num_encoder_symbols: how many words the encoder knows.
        num_decoder_symbols: how many words the decoder knows.
        embedding_size: the depth of the embeddings.
        output_projection: (weights, biases) that make logits of outputs; None lets the
            decoder give logits.
        feed_previous: a bool or bool `[]`: feed the likeliest word of the last step,
            not `decoder_inputs` (but for the first).
        dtype: of the encoder's first state; the scope's when None.
        scope: a variable scope or its name; 'embedding_rnn_seq2seq' when None.

    Returns:
        The list of the decoder's outputs, `[batch, num_decoder_symbols]` or of the
        cell's size, and its last state.
    """
    with variable_scope(scope or "embedding_rnn_seq2seq") as varscope:
        _, state = _encoded(
            varscope, encoder_inputs, cell, num_encoder_symbols, embedding_size, dtype
        )
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decoder(feeds: bool) -> Result:
            return embedding_rnn_decoder(
                decoder_inputs,
                state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=isinstance(feed_previous, bool),
            )

        return _by_choice(feed_previous, decoder)


def _encoded(
    varscope: Any, inputs: Any, cell: Any, count: int, depth: int, dtype: Any
) -> Result:
    """What a copy of a cell makes of words, which are embedded."""
    if dtype is not None:
        varscope.set_dtype(dtype)
    encoder = EmbeddingWrapper(copy.deepcopy(cell), count, depth)
    return static_rnn(encoder, inputs, dtype=varscope.dtype)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Result:
    """An encoder and a decoder with one embedding and the same weights.

    Args:
        encoder_inputs: a list with int32 `[batch]` for each step.
        decoder_inputs: the same for the decoder.
        cell: an RNNCell.
        num_symbols: how many words there are.
        embedding_size: the depth of the embedding.
        num_decoder_symbols: how many of the words the decoder makes; all when None.
        output_projection: (weights, biases) that make logits of outputs; None lets the
            decoder give logits.
        feed_previous: a bool or bool `[]`; see `embedding_rnn_seq2seq`.
        dtype: of the variables; the scope's when None.
        scope: a variable scope or its name; 'embedding_tied_rnn_seq2seq' when None.

    Returns:
        The list of the decoder's outputs, and its last state.
    """
    with variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as varscope:
        embedding = get_variable("embedding", [num_symbols, embedding_size])
        sources = [embedding_lookup(embedding, x) for x in encoder_inputs]
        targets = [embedding_lookup(embedding, x) for x in decoder_inputs]
        if output_projection is None:
            made = num_symbols if num_decoder_symbols is None else num_decoder_symbols
            cell = OutputProjectionWrapper(cell, made)

        def decoder(feeds: bool) -> Result:
            loop_function = None
            if feeds:
                loop_function = feed_likeliest(
                    embedding, output_projection, isinstance(feed_previous, bool)
                )
            return tied_rnn_seq2seq(
                sources, targets, cell, loop_function, varscope.dtype
            )

        return _by_choice(feed_previous, decoder)


def embedding_attention_seq2seq(
    encoder_inputs: Any,
    decoder_inputs: Any,
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Result:
    """`embedding_rnn_seq2seq` whose decoder looks at the encoder's outputs.

    Args:
        encoder_inputs: a list with int32 `[batch]` for each step.
        decoder_inputs: the same for the decoder.
        cell: an RNNCell; the encoder has a copy.
        num_encoder_symbols: how many words the encoder knows.
        num_decoder_symbols: how many words the decoder knows.
        embedding_size: the depth of the embeddings.
        num_heads: how many attentions there are.
        output_projection: (weights, biases) that make logits of outputs; None lets the
            decoder give logits.
        feed_previous: a bool or bool `[]`; see `embedding_rnn_seq2seq`.
        dtype: of the variables; the scope's when None.
        scope: a variable scope or its name; 'embedding_attention_seq2seq' when None.
        initial_state_attention: look at the encoder before the first step.

    Returns:
        The list of the decoder's outputs, and its last state.
    """
    scope = scope or "embedding_attention_seq2seq"
    with variable_scope(scope, dtype=dtype) as varscope:
        outputs, state = _encoded(
            varscope, encoder_inputs, cell, num_encoder_symbols, embedding_size, dtype
        )
        places = [reshape(e, [-1, 1, cell.output_size]) for e in outputs]
        memory, output_size = concat(places, 1), None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decoder(feeds: bool) -> Result:
            return embedding_attention_decoder(
                decoder_inputs,
                state,
                memory,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=feeds,
                update_embedding_for_previous=isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            )

        return _by_choice(feed_previous, decoder)


def one2many_rnn_seq2seq(
    encoder_inputs: Any,
    decoder_inputs_dict: dict[str, Any],
    enc_cell: Any,
    dec_cells_dict: dict[str, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: dict[str, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An encoder of words, and several decoders that begin with its state.

    Args:
        encoder_inputs: a list with int32 `[batch]` for each step.
        decoder_inputs_dict: such a list for each decoder, by name.
        enc_cell: the encoder's RNNCell.
        dec_cells_dict: each decoder's RNNCell, by name.
        num_encoder_symbols: how many words the encoder knows.
        num_decoder_symbols_dict: how many words each decoder knows, by name.
        embedding_size: the depth of the embeddings.
        feed_previous: a bool or bool `[]`; see `embedding_rnn_seq2seq`.
        dtype: of the variables; the scope's when None.
        scope: a variable scope or its name; 'one2many_rnn_seq2seq' when None.

    Returns:
        The list of outputs of each decoder, by name, and the last states, by name.
    """
    outputs, states = {}, {}
    with variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as varscope:
        _, state = _encoded(
            varscope, encoder_inputs, enc_cell, num_encoder_symbols, embedding_size,
            dtype,
        )  # fmt: skip
        for name, inputs in decoder_inputs_dict.items():
            count = num_decoder_symbols_dict[name]
            with variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], count)

                def decoder(
                    feeds: bool, inputs: Any = inputs, cell: Any = cell, n: int = count
                ) -> Result:
                    return embedding_rnn_decoder(
                        inputs, state, cell, n, embedding_size, feed_previous=feeds
                    )

                outputs[name], states[name] = _by_choice(feed_previous, decoder)
    return outputs, states
