"""BeamSearchDecoder: keeps the likeliest sequences and not only the likeliest next id.

Read next: `legacy_losses.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import bool as bool_type, int32, int64
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import from_static, to_static
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.choice import one_hot, where
from interactive_graphs.ops.comparison import equal, logical_not, logical_or
from interactive_graphs.ops.concat import tile
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.constant import fill, zeros, zeros_like
from interactive_graphs.ops.elementwise import pow as power
from interactive_graphs.ops.nn_softmax import log_softmax
from interactive_graphs.ops.reduction import reduce_all, reduce_max
from interactive_graphs.ops.shape import expand_dims, reshape, shape as shape_of, size
from interactive_graphs.ops.sorting import top_k
from interactive_graphs.ops.stack import stack
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.rnn.cell import check_is_cell
from interactive_graphs.seq2seq.basic_decoder import output_size_after
from interactive_graphs.seq2seq.beams import (
    gather_tree,
    merge_beams,
    pick_beams,
    split_beams,
)
from interactive_graphs.seq2seq.decoder import Decoder
from interactive_graphs.seq2seq.helpers import as_embedding


class BeamSearchDecoderState(NamedTuple):
    """The state: the cell's, and of each beam its logarithm, end and length."""

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any


class BeamSearchDecoderOutput(NamedTuple):
    """A step's output: the scores, the ids chosen, and the beams they go on from."""

    scores: Any
    predicted_ids: Any
    parent_ids: Any


class FinalBeamSearchDecoderOutput(NamedTuple):
    """The sequences found, best first, `[batch, steps, beams]`, and all steps."""

    predicted_ids: Any
    beam_search_decoder_output: Any


class BeamSearchDecoder(Decoder):
    """A decoder that keeps the likeliest sequences.

    The initial state is that of all beams: give it through `tile_batch`, and the
    memories of attention mechanisms too. Arrays in it, such as an attention's history,
    are not reordered with the beams.

    Args:
        cell: an RNNCell.
        embedding: the parameters of `tf.nn.embedding_lookup`, or `fn(ids)`.
        start_tokens: int32, `[batch]`: the ids to begin with.
        end_token: int32, `[]`: the id that ends a sequence.
        initial_state: the first state, `[batch * beam_width, ...]`.
        beam_width: how many sequences are kept.
        output_layer: a layer for the cell's outputs, e.g. `tf.layers.Dense(words)`.
        length_penalty_weight: above 0 long sequences are favoured; scores are divided
            by ((5 + length) / 6) to the power of it.
        reorder_tensor_arrays: accepted as in TF1.

    Raises:
        TypeError: something is of a wrong kind.
        ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(
        self,
        cell: Any,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        initial_state: Any,
        beam_width: int,
        output_layer: Any = None,
        length_penalty_weight: float = 0.0,
        reorder_tensor_arrays: bool = True,
    ) -> None:
        """See the class."""
        del reorder_tensor_arrays
        check_is_cell("cell", cell)
        if output_layer is not None and not callable(output_layer):
            raise TypeError(
                f"output_layer must be a Layer, received: {type(output_layer)}"
            )
        self._cell = cell
        self._output_layer = output_layer
        self._embedding_fn = as_embedding(embedding)
        tokens = convert(start_tokens, int32, "start_tokens")
        if tokens.static_shape is None or len(tokens.static_shape) != 1:
            raise ValueError("start_tokens must be a vector")
        self._end_token = convert(end_token, int32, "end_token")
        if self._end_token.static_shape != ():
            raise ValueError("end_token must be a scalar")
        self._batch_size = size(tokens)
        self._beam_width = beam_width
        self._penalty = length_penalty_weight
        self._initial_cell_state = self._split(initial_state)
        self._start_inputs = self._embedding_fn(
            tile(expand_dims(tokens, 1), [1, beam_width])
        )

    @property
    def batch_size(self) -> Tensor:
        """How many sequences are searched for at once."""
        return self._batch_size

    @property
    def output_size(self) -> BeamSearchDecoderOutput:
        """A number for each beam."""
        beams = from_static((self._beam_width,))
        return BeamSearchDecoderOutput(beams, beams, beams)

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:
        """Scores are of the state's dtype."""
        return BeamSearchDecoderOutput(self._dtype, int32, int32)

    @property
    def _dtype(self) -> Any:
        return nest.flatten(self._initial_cell_state)[0].dtype.base_dtype

    @property
    def tracks_own_finished(self) -> bool:
        """Beams change places, and their ends with them."""
        return True

    def _split(self, structure: Any) -> Any:
        def split(t: Any) -> Any:
            return t if isinstance(t, TensorArray) else split_beams(t, self._beam_width)

        return nest.map_structure(split, structure)

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """See `Decoder`: only the first beam of each sequence is alive."""
        with op_scope(name, "BeamSearchDecoderInitialize"):
            first = zeros(expand_dims(self._batch_size, 0), int32)
            shape = stack([self._batch_size, self._beam_width])
            state = BeamSearchDecoderState(
                cell_state=self._initial_cell_state,
                log_probs=one_hot(
                    first, self._beam_width, 0.0, -np.inf, dtype=self._dtype
                ),
                finished=one_hot(first, self._beam_width, False, True, dtype=bool_type),
                lengths=zeros(shape, int64),
            )
            state.lengths.set_shape((None, self._beam_width))
            return state.finished, self._start_inputs, state

    def step(
        self, time: Tensor, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """See `Decoder`."""
        with op_scope(name, "BeamSearchDecoderStep", time):
            outputs, cell_state = self._cell(
                nest.map_structure(merge_beams, inputs),
                nest.map_structure(_merged, state.cell_state),
            )
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            logits = split_beams(outputs, self._beam_width)
            made, next_state = self._search(logits, self._split(cell_state), state)
            next_inputs = cond(
                reduce_all(next_state.finished),
                lambda: self._start_inputs,
                lambda: self._embedding_fn(made.predicted_ids),
            )
            return made, next_state, next_inputs, next_state.finished

    def _search(
        self, logits: Tensor, cell_state: Any, state: BeamSearchDecoderState
    ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
        """The best ways to go on from all beams together.

        Args:
            logits: `[batch, beams, ids]`.
            cell_state: the cell's next state, `[batch, beams, ...]`.
            state: the decoder's state.
        """
        finished = state.finished
        ids = self._number_of_ids(logits)
        steps = _only_end(log_softmax(logits), finished, self._end_token, ids)
        totals = expand_dims(state.log_probs, 2) + steps
        # A sequence that goes on is longer by one, unless by its end.
        ends = fill(shape_of(finished), self._end_token)
        longer = one_hot(ends, ids, convert(0, int64), convert(1, int64), dtype=int64)
        longer = longer * expand_dims(cast(logical_not(finished), int64), 2)
        lengths = longer + expand_dims(state.lengths, 2)
        flat = stack([self._batch_size, self._beam_width * ids])
        scores, chosen = top_k(
            reshape(self._scores(totals, lengths), flat), self._beam_width
        )
        chosen.set_shape((None, self._beam_width))
        scores.set_shape((None, self._beam_width))
        parents, words = chosen // ids, chosen % ids
        was_finished = pick_beams(finished, parents)
        kept = cast(logical_not(was_finished), int64)
        next_state = BeamSearchDecoderState(
            cell_state=nest.map_structure(lambda t: _picked(t, parents), cell_state),
            log_probs=pick_beams(reshape(totals, flat), chosen),
            finished=logical_or(was_finished, equal(words, self._end_token)),
            lengths=pick_beams(state.lengths, parents) + kept,
        )
        return BeamSearchDecoderOutput(scores, words, parents), next_state

    def _number_of_ids(self, logits: Tensor) -> Any:
        sizes = nest.flatten(
            output_size_after(self._cell.output_size, self._output_layer)
        )
        known = (to_static(sizes[0]) or (None,))[-1]
        return shape_of(logits)[2] if known is None else known

    def _scores(self, totals: Tensor, lengths: Tensor) -> Tensor:
        """Logarithms of probabilities, divided by the length penalty."""
        if not self._penalty:
            return totals
        long = (cast(lengths, totals.dtype.base_dtype) + 5.0) / 6.0
        result: Tensor = totals / power(long, self._penalty)
        return result

    def finalize(
        self, outputs: Any, final_state: Any, sequence_lengths: Tensor
    ) -> tuple[Any, Any]:
        """Whole sequences out of the steps."""
        del sequence_lengths
        longest = cast(reduce_max(final_state.lengths, axis=1), int32)
        sequences = gather_tree(
            outputs.predicted_ids, outputs.parent_ids, longest, self._end_token
        )
        return FinalBeamSearchDecoderOutput(sequences, outputs), final_state


def _merged(t: Any) -> Any:
    return t if isinstance(t, TensorArray) else merge_beams(t)


def _picked(t: Any, parents: Tensor) -> Any:
    return t if isinstance(t, TensorArray) else pick_beams(t, parents)


def _only_end(steps: Tensor, finished: Tensor, end: Tensor, ids: Any) -> Tensor:
    """Logarithms of probabilities; beams that are over go on with their end only."""
    dtype = steps.dtype.base_dtype
    least = float(np.finfo(dtype.as_numpy_dtype).min)
    row = one_hot(end, ids, 0.0, least, dtype=dtype)
    over = logical_or(expand_dims(finished, 2), zeros_like(steps, bool_type))
    return where(over, zeros_like(steps) + row, steps)
