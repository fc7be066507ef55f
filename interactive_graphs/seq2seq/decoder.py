"""Decoder: what makes a sequence step by step, and `dynamic_decode`, which runs it.

Read next: `basic_decoder.py`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import to_static
from interactive_graphs.ops.choice import where
from interactive_graphs.ops.comparison import logical_not, logical_or
from interactive_graphs.ops.constant import constant, fill, zeros_like
from interactive_graphs.ops.reduction import reduce_all
from interactive_graphs.ops.shape import shape as shape_of
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.ops.while_loop import while_loop
from interactive_graphs.rnn.dynamic import turned
from interactive_graphs.rnn.sizes import zeros_like_sizes


class Decoder:
    """What makes a sequence step by step, to be subclassed.

    Attributes:
        batch_size: int32, `[]`: how many sequences it makes at once.
        output_size: the sizes of an output, without the batch, in a structure.
        output_dtype: its dtypes, in the same structure.
        tracks_own_finished: whether what `step` says of the end of sequences is all
            there is to say; otherwise a sequence that has ended stays so.
    """

    @property
    def batch_size(self) -> Any:
        """See the class."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """See the class."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """See the class."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """See the class."""
        return False

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """Begin.

        Args:
            name: a name scope.

        Returns:
            bool `[batch]`, which sequences are over; the first inputs; the first state.
        """
        raise NotImplementedError

    def step(
        self, time: Tensor, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[Any, Any, Any, Any]:
        """Make one more element.

        Args:
            time: int32, `[]`, the number of the step.
            inputs: the inputs of this step.
            state: the state.
            name: a name scope.

        Returns:
            The outputs, the next state, the next inputs, and which sequences are over.
        """
        raise NotImplementedError

    def finalize(
        self, outputs: Any, final_state: Any, sequence_lengths: Tensor
    ) -> tuple[Any, Any]:
        """Change what `dynamic_decode` gives; raising NotImplementedError keeps it.

        Args:
            outputs: of all steps, `[steps, batch, ...]`.
            final_state: the last state.
            sequence_lengths: int32, `[batch]`.

        Returns:
            The outputs and the last state.
        """
        raise NotImplementedError


def dynamic_decode(
    decoder: Decoder,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Tensor]:
    """Run a decoder until all its sequences are over.

    Args:
        decoder: the decoder.
        output_time_major: outputs are `[steps, batch, ...]`.
        impute_finished: past the end of a sequence its state stays as it was and its
            outputs are zero; slower, and right for back propagation.
        maximum_iterations: int32, `[]`: stop after that many steps; None for no limit.
        parallel_iterations: accepted as in TF1; iterations run one after the other.
        swap_memory: accepted as in TF1.
        scope: a variable scope or its name; 'decoder' when None.

    Returns:
        The outputs `[batch, steps, ...]` in the structure of `decoder.output_size`, the
        last state, and the lengths of the sequences, int32 `[batch]`.

    Raises:
        TypeError: `decoder` is no Decoder.
        ValueError: `maximum_iterations` is not a scalar.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(
            f"Expected decoder to be type Decoder, but saw: {type(decoder)}"
        )
    with variable_scope(scope, "decoder") as varscope:
        if varscope.caching_device is None:
            varscope.set_caching_device(lambda op: op.device)
        limit = _limit(maximum_iterations)
        loop = _DecoderLoop(decoder, impute_finished, limit)
        finished, inputs, state = decoder.initialize()
        if limit is not None:
            finished = logical_or(finished, limit <= 0)
        *_, arrays, state, lengths = while_loop(
            lambda finished, *_: logical_not(reduce_all(finished)),
            loop.body,
            (
                finished,
                constant(0, int32),
                inputs,
                loop.empty_outputs(),
                state,
                zeros_like(finished, int32),
            ),
            parallel_iterations=parallel_iterations,
            maximum_iterations=limit,
            swap_memory=swap_memory,
        )
        outputs = nest.map_structure(lambda array: array.stack(), arrays)
        with suppress(NotImplementedError):
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = nest.map_structure(turned, outputs)
        return outputs, state, lengths


def _limit(maximum_iterations: Any) -> Tensor | None:
    """The limit as a tensor.

    Raises:
        ValueError: it is not a scalar.
    """
    if maximum_iterations is None:
        return None
    limit = convert(maximum_iterations, int32, "maximum_iterations")
    if limit.static_shape != ():
        raise ValueError("maximum_iterations must be a scalar")
    return limit


class _DecoderLoop:
    """The loop of one `dynamic_decode`."""

    def __init__(
        self, decoder: Decoder, impute_finished: bool, limit: Tensor | None
    ) -> None:
        self.decoder = decoder
        self.impute_finished = impute_finished
        self.limit = limit
        self.zero_outputs = zeros_like_sizes(
            decoder.batch_size, decoder.output_size, decoder.output_dtype
        )

    def empty_outputs(self) -> Any:
        """Arrays for the outputs."""
        batch = static_value(convert(self.decoder.batch_size))
        known = None if batch is None else int(batch)

        def array(size: Any, dtype: Any) -> TensorArray:
            dims = to_static(size)
            shape = None if dims is None else (known, *dims)
            return TensorArray(dtype, 0, dynamic_size=True, element_shape=shape)

        sizes, dtypes = self.decoder.output_size, self.decoder.output_dtype
        pairs = zip(nest.flatten(sizes), nest.flatten(dtypes), strict=True)
        return nest.pack_sequence_as(sizes, [array(s, d) for s, d in pairs])

    def body(
        self,
        finished: Tensor,
        time: Tensor,
        inputs: Any,
        arrays: Any,
        state: Any,
        lengths: Tensor,
    ) -> tuple[Any, ...]:
        """One iteration."""
        decoder = self.decoder
        outputs, next_state, next_inputs, over = decoder.step(time, inputs, state)
        if not decoder.tracks_own_finished:
            over = logical_or(over, finished)
        if self.limit is not None:
            over = logical_or(over, time + 1 >= self.limit)
        nest.assert_same_structure(state, next_state)
        nest.assert_same_structure(arrays, outputs)
        nest.assert_same_structure(inputs, next_inputs)
        if self.impute_finished:
            outputs = nest.map_structure(
                lambda new, zero: where(finished, zero, new), outputs, self.zero_outputs
            )
            next_state = nest.map_structure(
                lambda new, old: _kept(finished, new, old), next_state, state
            )
        now = fill(shape_of(lengths), time + 1)
        return (
            over,
            time + 1,
            next_inputs,
            nest.map_structure(lambda a, value: a.write(time, value), arrays, outputs),
            next_state,
            where(logical_not(finished), now, lengths),
        )


def _kept(finished: Tensor, new: Any, old: Any) -> Any:
    """A new state, but the old one of sequences that are over."""
    if isinstance(old, TensorArray):
        return new
    new.set_shape(old.get_shape())
    return new if new.static_shape == () else where(finished, old, new)
