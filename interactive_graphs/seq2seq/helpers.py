"""Helpers: what a decoder's next input is, and when a sequence is over.

`TrainingHelper` reads the inputs from given sequences; `GreedyEmbeddingHelper` and its
kin feed what the decoder has made back. Read next: `scheduled_helpers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import from_static
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.comparison import equal
from interactive_graphs.ops.concat import tile
from interactive_graphs.ops.cond import cond
from interactive_graphs.ops.constant import zeros_like
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.random_ops import multinomial
from interactive_graphs.ops.reduction import reduce_all
from interactive_graphs.ops.shape import reshape, shape as shape_of, size
from interactive_graphs.ops.sorting import argmax
from interactive_graphs.ops.tensor_array import TensorArray
from interactive_graphs.rnn.dynamic import turned


class Helper:
    """What a decoder's next input is, to be subclassed.

    Attributes:
        batch_size: int32, `[]`: how many sequences there are.
        sample_ids_shape: the shape of a sample, without the batch.
        sample_ids_dtype: its dtype.
    """

    @property
    def batch_size(self) -> Any:
        """See the class."""
        raise NotImplementedError("batch_size has not been implemented")

    @property
    def sample_ids_shape(self) -> Any:
        """See the class."""
        return from_static(())

    @property
    def sample_ids_dtype(self) -> Any:
        """See the class."""
        return int32

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """Which sequences are over at once, bool `[batch]`, and the first inputs."""
        raise NotImplementedError("initialize has not been implemented")

    def sample(
        self, time: Any, outputs: Any, state: Any, name: str | None = None
    ) -> Any:
        """What a step's outputs stand for, e.g. numbers of words."""
        raise NotImplementedError("sample has not been implemented")

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """Which sequences are over after a step, the next inputs, the next state."""
        raise NotImplementedError("next_inputs has not been implemented")


class CustomHelper(Helper):
    """A helper made of functions.

    Args:
        initialize_fn: `fn()` gives (finished, next_inputs).
        sample_fn: `fn(time=, outputs=, state=)` gives the sample.
        next_inputs_fn: `fn(time=, outputs=, state=, sample_ids=)` gives (finished,
            next_inputs, next_state).
        sample_ids_shape: the shape of a sample without the batch; a scalar when None.
        sample_ids_dtype: its dtype; int32 when None.
    """

    def __init__(
        self,
        initialize_fn: Callable[..., Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        """See the class."""
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._shape = from_static(()) if sample_ids_shape is None else sample_ids_shape
        self._dtype = sample_ids_dtype or int32
        self._batch_size: Any = None

    @property
    def batch_size(self) -> Any:
        """How many sequences there are; known after `initialize`."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """As given."""
        return self._shape

    @property
    def sample_ids_dtype(self) -> Any:
        """As given."""
        return self._dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """See `Helper`."""
        with op_scope(name, "CustomHelperInitialize"):
            finished, inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = size(finished)
        return finished, inputs

    def sample(
        self, time: Any, outputs: Any, state: Any, name: str | None = None
    ) -> Any:
        """See `Helper`."""
        with op_scope(name, "CustomHelperSample", time, outputs):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        with op_scope(name, "CustomHelperNextInputs", time, outputs):
            finished, inputs, state = self._next_inputs_fn(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
            return finished, inputs, state


class TrainingHelper(Helper):
    """Inputs are read from given sequences; samples are the likeliest ids.

    Args:
        inputs: tensors `[batch, steps, ...]`, in any structure.
        sequence_length: int32, `[batch]`: how many steps each sequence has.
        time_major: inputs are `[steps, batch, ...]`.
        name: a name scope.

    Raises:
        ValueError: `sequence_length` is no vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        time_major: bool = False,
        name: str | None = None,
    ) -> None:
        """See the class."""
        with op_scope(name, "TrainingHelper", sequence_length):
            self._inputs = nest.map_structure(
                lambda t: convert(t, None, "inputs"), inputs
            )
            steps = self._inputs
            if not time_major:
                steps = nest.map_structure(turned, steps)
            self._sequence_length = convert(sequence_length, None, "sequence_length")
            shape = self._sequence_length.static_shape
            if shape is None or len(shape) != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._sequence_length.shape}"
                )
            self._zero_inputs = nest.map_structure(lambda t: zeros_like(t[0]), steps)
            self._steps = nest.map_structure(_unstacked, steps)
            self._batch_size = size(self._sequence_length)

    @property
    def inputs(self) -> Any:
        """The given sequences."""
        return self._inputs

    @property
    def sequence_length(self) -> Tensor:
        """Their lengths."""
        return self._sequence_length

    @property
    def batch_size(self) -> Tensor:
        """How many there are."""
        return self._batch_size

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """See `Helper`."""
        with op_scope(name, "TrainingHelperInitialize"):
            finished = equal(cast(self._sequence_length, int32), 0)
            return finished, self._inputs_at(0, finished)

    def _inputs_at(self, time: Any, finished: Tensor) -> Any:
        """The inputs of a step, if there is a sequence that is not over."""
        return cond(
            reduce_all(finished),
            lambda: self._zero_inputs,
            lambda: nest.map_structure(lambda a: a.read(time), self._steps),
        )

    def sample(
        self, time: Any, outputs: Any, state: Any = None, name: str | None = None
    ) -> Tensor:
        """The likeliest ids, int32 `[batch]`."""
        del state
        with op_scope(name, "TrainingHelperSample", time, outputs):
            return cast(argmax(outputs, axis=-1), int32)  # type: ignore[no-any-return]

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        del sample_ids
        with op_scope(name, "TrainingHelperNextInputs", time, outputs):
            next_time = time + 1
            finished = next_time >= cast(self._sequence_length, int32)
            return finished, self._inputs_at(next_time, finished), state


def _unstacked(steps: Tensor) -> TensorArray:
    shape = steps.static_shape
    return TensorArray(
        steps.dtype.base_dtype,
        shape_of(steps)[0],
        element_shape=None if shape is None else shape[1:],
        # `cond` may look at a step that is read again.
        clear_after_read=False,
    ).unstack(steps)


class GreedyEmbeddingHelper(Helper):
    """The likeliest id of a step is embedded, and is the next input.

    Args:
        embedding: the parameters of `tf.nn.embedding_lookup`, or `fn(ids)`.
        start_tokens: int32, `[batch]`: the ids to begin with.
        end_token: int32, `[]`: the id that ends a sequence.

    Raises:
        ValueError: `start_tokens` is no vector, or `end_token` no scalar.
    """

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        """See the class."""
        self._embedding_fn = as_embedding(embedding)
        self._start_tokens = convert(start_tokens, int32, "start_tokens")
        self._end_token = convert(end_token, int32, "end_token")
        shape = self._start_tokens.static_shape
        if shape is None or len(shape) != 1:
            raise ValueError("start_tokens must be a vector")
        if self._end_token.static_shape != ():
            raise ValueError("end_token must be a scalar")
        self._batch_size = size(self._start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    @property
    def batch_size(self) -> Tensor:
        """How many sequences there are."""
        return self._batch_size

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """See `Helper`."""
        del name
        return tile([False], reshape(self._batch_size, [1])), self._start_inputs

    def sample(
        self, time: Any, outputs: Any, state: Any, name: str | None = None
    ) -> Tensor:
        """The likeliest ids, int32 `[batch]`.

        Raises:
            TypeError: `outputs` is not one tensor.
        """
        del time, state, name
        return cast(argmax(_one_tensor(outputs), axis=-1), int32)  # type: ignore[no-any-return]

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        del time, outputs, name
        finished = equal(sample_ids, self._end_token)
        inputs = cond(
            reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, inputs, state


def as_embedding(embedding: Any) -> Callable[[Any], Any]:
    """`fn(ids)` for parameters of an embedding, or for such a function."""
    if callable(embedding):
        return embedding  # type: ignore[no-any-return]
    return lambda ids: embedding_lookup(embedding, ids)


def _one_tensor(outputs: Any) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
    return outputs


def sampled_ids(logits: Tensor, seed: int | None) -> Tensor:
    """Ids drawn with the probabilities softmax(logits), int32 `[batch]`."""
    drawn = cast(multinomial(logits, 1, seed=seed), int32)
    return reshape(drawn, [-1])


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Ids are drawn by their probability, embedded, and are the next input.

    Args:
        embedding: the parameters of `tf.nn.embedding_lookup`, or `fn(ids)`.
        start_tokens: int32, `[batch]`: the ids to begin with.
        end_token: int32, `[]`: the id that ends a sequence.
        softmax_temperature: what logits are divided by: above 1 more variety, below 1
            less; 1 when None.
        seed: of the random numbers.
    """

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        """See the class."""
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(
        self, time: Any, outputs: Any, state: Any, name: str | None = None
    ) -> Tensor:
        """Ids drawn by their probability, int32 `[batch]`."""
        del time, state, name
        logits = _one_tensor(outputs)
        if self._softmax_temperature is not None:
            logits = logits / self._softmax_temperature
        return sampled_ids(logits, self._seed)


class InferenceHelper(Helper):
    """A helper for outputs that are fed back as they are, or by a function.

    Args:
        sample_fn: `fn(outputs)` gives the sample.
        sample_shape: its shape, without the batch.
        sample_dtype: its dtype.
        start_inputs: the first inputs, `[batch, ...]`.
        end_fn: `fn(sample)` gives which sequences are over.
        next_inputs_fn: `fn(sample)` gives the next inputs; the sample itself when None.
    """

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        """See the class."""
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._shape = sample_shape
        self._dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._start_inputs = convert(start_inputs, None, "start_inputs")
        self._batch_size = shape_of(self._start_inputs)[0]

    @property
    def batch_size(self) -> Tensor:
        """How many sequences there are."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """As given."""
        return self._shape

    @property
    def sample_ids_dtype(self) -> Any:
        """As given."""
        return self._dtype

    def initialize(self, name: str | None = None) -> tuple[Any, Any]:
        """See `Helper`."""
        del name
        return tile([False], reshape(self._batch_size, [1])), self._start_inputs

    def sample(
        self, time: Any, outputs: Any, state: Any, name: str | None = None
    ) -> Any:
        """See `Helper`."""
        del time, state, name
        return self._sample_fn(outputs)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        del time, outputs, name
        feed = self._next_inputs_fn
        inputs = sample_ids if feed is None else feed(sample_ids)
        return self._end_fn(sample_ids), inputs, state
