"""What a layer knows of itself: its weights, its losses and updates, its calls.

Read next: `base.py`.
"""

from __future__ import annotations

import math
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor


class Record:
    """The part of a layer that keeps books.

    Attributes:
        trainable: whether its weights are trained; may be changed at any time, which
            changes the lists below but no collection of the graph.
        stateful: whether its updates count even when it is not trainable.
        built: whether its variables were made.
    """

    def __init__(self, name: str, trainable: bool) -> None:
        """Nothing is known yet."""
        self._name = name
        self.trainable = trainable
        self.stateful = False
        self.built = False
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._losses: list[Any] = []
        self._updates: list[Any] = []
        # Those of them that depend on no input in particular.
        self._unconditional: set[int] = set()
        self._calls: list[tuple[Any, Any]] = []

    @property
    def name(self) -> str:
        """The layer's name, unique in the graph if it was not given."""
        return self._name

    # -- weights ---------------------------------------------------------------------

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that optimizers change; none if it is not trainable."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables."""
        if self.trainable:
            return list(self._non_trainable_weights)
        return self._trainable_weights + self._non_trainable_weights

    @property
    def weights(self) -> list[Any]:
        """All variables, the trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_variables(self) -> list[Any]:
        """`trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """`non_trainable_weights`."""
        return self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """`weights`."""
        return self.weights

    def count_params(self) -> int:
        """How many numbers the weights hold.

        Raises:
            ValueError: the layer was not built yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't "
                f"built. You can build it manually via: `{self.name}"
                ".build(batch_input_shape)`."
            )
        return sum(math.prod(w.get_shape().as_list()) for w in self.weights)

    # -- losses and updates ----------------------------------------------------------

    @property
    def losses(self) -> list[Any]:
        """The losses of its weights and of its activations so far."""
        return list(self._losses)

    @property
    def updates(self) -> list[Any]:
        """The operations that should run with every step of training."""
        return list(self._updates) if self.trainable or self.stateful else []

    def _note(self, kept: list[Any], new: list[Any], inputs: Any) -> None:
        """Add losses or updates; without inputs they depend on none."""
        kept += new
        if inputs is None:
            self._unconditional.update(map(id, new))

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """The losses that depend on given inputs.

        Args:
            inputs: tensors; None for the losses that depend on no input.
        """
        return self._depending_on(inputs, self.losses)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """The updates that depend on given inputs.

        Args:
            inputs: tensors; None for the updates that depend on no input.
        """
        return self._depending_on(inputs, self.updates)

    def _depending_on(self, inputs: Any, items: list[Any]) -> list[Any]:
        if inputs is None:
            return [x for x in items if id(x) in self._unconditional]
        sources = {id(t) for t in nest.flatten(inputs)}
        conditional = [x for x in items if id(x) not in self._unconditional]
        return [x for x in conditional if _reaches(x, sources)]

    # -- calls -----------------------------------------------------------------------

    @property
    def input(self) -> Any:
        """What its one call got; AttributeError if there was none, or several."""
        if not self._calls:
            raise AttributeError(
                f"Layer {self.name} is not connected, no input to return."
            )
        return self._only_call("input")[0]

    @property
    def output(self) -> Any:
        """What its one call gave; AttributeError if there was none, or several."""
        if not self._calls:
            raise AttributeError(f"Layer {self.name} has no inbound nodes.")
        return self._only_call("output")[1]

    @property
    def input_shape(self) -> Any:
        """The static shape of its inputs, if all calls had the same."""
        return self._common_shape("input", 0)

    @property
    def output_shape(self) -> Any:
        """The static shape of its outputs, if all calls had the same."""
        return self._common_shape("output", 1)

    def get_input_at(self, node_index: int) -> Any:
        """What the call of that number got."""
        return self._call_at(node_index, "input")[0]

    def get_output_at(self, node_index: int) -> Any:
        """What the call of that number gave."""
        return self._call_at(node_index, "output")[1]

    def get_input_shape_at(self, node_index: int) -> Any:
        """The static shape of what the call of that number got."""
        return _shapes(self._call_at(node_index, "input shape")[0])

    def get_output_shape_at(self, node_index: int) -> Any:
        """The static shape of what the call of that number gave."""
        return _shapes(self._call_at(node_index, "output shape")[1])

    def _call_at(self, index: int, what: str) -> tuple[Any, Any]:
        if not self._calls:
            raise RuntimeError(
                f"The layer has never been called and thus has no defined {what}."
            )
        if index >= len(self._calls):
            raise ValueError(
                f"Asked to get {what} at node {index}, but the layer has only "
                f"{len(self._calls)} inbound nodes."
            )
        return self._calls[index]

    def _only_call(self, what: str) -> tuple[Any, Any]:
        if len(self._calls) > 1:
            raise AttributeError(
                f"Layer {self.name} has multiple inbound nodes, hence the notion of "
                f'"layer {what}" is ill-defined. Use `get_{what}_at(node_index)` '
                "instead."
            )
        return self._calls[0]

    def _common_shape(self, what: str, which: int) -> Any:
        if not self._calls:
            raise AttributeError(
                f"The layer has never been called and thus has no defined {what} shape."
            )
        shapes = [_shapes(call[which]) for call in self._calls]
        if any(shape != shapes[0] for shape in shapes):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes, with different '
                f'{what} shapes. Hence the notion of "{what} shape" is ill-defined for '
                f"the layer. Use `get_{what}_shape_at(node_index)` instead."
            )
        return shapes[0]


def _shapes(structure: Any) -> Any:
    """Static shapes as tuples, in the structure of the tensors."""

    def shape(tensor: Any) -> Any:
        known = tensor.get_shape()
        return None if known.ndims is None else tuple(known.as_list())

    return nest.map_structure(shape, structure)


def _reaches(item: Any, sources: set[int]) -> bool:
    """Whether a loss or update is computed from a tensor whose id is in `sources`."""
    pending = [item]
    seen: set[int] = set()
    while pending:
        here = pending.pop()
        if id(here) in sources:
            return True
        op = here if isinstance(here, Operation) else here.op
        if op.id in seen:
            continue
        seen.add(op.id)
        tensors: tuple[Tensor, ...] = op.inputs
        pending += tensors
        pending += op.control_inputs
    return False
