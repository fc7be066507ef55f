"""Helpers for scheduled sampling: now the given input, now what was made.

After Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural
Networks (2015). Read next: `attention.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import bool as bool_type, int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import from_static
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.choice import where
from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.constant import zeros_like
from interactive_graphs.ops.elementwise import maximum
from interactive_graphs.ops.random_ops import random_uniform
from interactive_graphs.ops.shape import reshape
from interactive_graphs.seq2seq.helpers import (
    TrainingHelper,
    as_embedding,
    sampled_ids,
)


def _chances(probability: Any, count: Tensor, seed: int | None) -> Tensor:
    """True with a probability, for each of `count`: bool `[count]`."""
    chances: Tensor = random_uniform(reshape(count, [1]), seed=seed) < probability
    return chances


def _check_is_scalar(probability: Any) -> Tensor:
    tensor = convert(probability, None, "sampling_probability")
    shape = tensor.static_shape
    if shape is None or len(shape) > 1:
        raise ValueError(
            "sampling_probability must be either a scalar or a vector. saw shape: "
            f"{tensor.shape}"
        )
    return tensor


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """Some inputs are not the given ones but ids drawn from the outputs, embedded.

    Args:
        inputs: a tensor `[batch, steps, depth]`.
        sequence_length: int32, `[batch]`.
        embedding: the parameters of `tf.nn.embedding_lookup`, or `fn(ids)`.
        sampling_probability: float, `[]` or `[batch]`: how probable it is to draw.
        time_major: inputs are `[steps, batch, depth]`.
        seed: of the drawing.
        scheduling_seed: of the choice whether to draw.
        name: a name scope.

    Raises:
        ValueError: `sampling_probability` is neither a scalar nor a vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        """See the class."""
        self._embedding_fn = as_embedding(embedding)
        self._probability = _check_is_scalar(sampling_probability)
        self._seed = seed
        self._scheduling_seed = scheduling_seed
        super().__init__(inputs, sequence_length, time_major, name)

    def sample(
        self, time: Any, outputs: Any, state: Any = None, name: str | None = None
    ) -> Tensor:
        """The ids that were drawn, and -1 where the given input is next: `[batch]`."""
        del time, state, name
        draws = _chances(self._probability, self.batch_size, self._scheduling_seed)
        ids = sampled_ids(outputs, self._seed)
        return where(draws, ids, zeros_like(ids) - 1)

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        finished, given, state = super().next_inputs(time, outputs, state, name=name)
        drawn = self._embedding_fn(maximum(sample_ids, 0))
        return finished, where(sample_ids > -1, drawn, given), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """Some inputs are not the given ones but the outputs before them.

    Args:
        inputs: tensors `[batch, steps, ...]`, in any structure.
        sequence_length: int32, `[batch]`.
        sampling_probability: float, `[]`: how probable it is to feed an output back.
        time_major: inputs are `[steps, batch, ...]`.
        seed: of the choice.
        next_inputs_fn: `fn(outputs)` gives the input; the outputs themselves when None.
        auxiliary_inputs: tensors like `inputs` that are joined to each input.
        name: a name scope.

    Raises:
        ValueError: `sampling_probability` is neither a scalar nor a vector.
    """

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        next_inputs_fn: Callable[[Any], Any] | None = None,
        auxiliary_inputs: Any = None,
        name: str | None = None,
    ) -> None:
        """See the class."""
        self._probability = _check_is_scalar(sampling_probability)
        self._seed = seed
        self._next_inputs_fn = next_inputs_fn
        self._auxiliary = auxiliary_inputs
        if auxiliary_inputs is not None:
            inputs = nest.map_structure(
                lambda x, y: concat([x, y], -1), inputs, auxiliary_inputs
            )
        super().__init__(inputs, sequence_length, time_major, name)

    @property
    def sample_ids_dtype(self) -> Any:
        """int32: 1 where the output is fed back."""
        return int32

    @property
    def sample_ids_shape(self) -> Any:
        """A scalar."""
        return from_static(())

    def sample(
        self, time: Any, outputs: Any, state: Any = None, name: str | None = None
    ) -> Tensor:
        """1 where the output is fed back, int32 `[batch]`."""
        del time, outputs, state, name
        chosen = _chances(self._probability, self.batch_size, self._seed)
        result: Tensor = cast(chosen, int32)
        return result

    def next_inputs(
        self,
        time: Any,
        outputs: Any,
        state: Any,
        sample_ids: Any = None,
        name: str | None = None,
    ) -> tuple[Any, Any, Any]:
        """See `Helper`."""
        finished, given, state = super().next_inputs(time, outputs, state, name=name)
        feed = self._next_inputs_fn
        fed = outputs if feed is None else feed(outputs)
        chosen = cast(sample_ids, bool_type)

        def choose(back: Tensor, ahead: Tensor) -> Tensor:
            if self._auxiliary is not None:
                # What was joined to the inputs follows their own features.
                back = concat([back, ahead[:, back.shape[-1].value :]], -1)
            return where(chosen, back, ahead)

        return finished, nest.map_structure(choose, fed, given), state
