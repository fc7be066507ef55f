"""RNNCell: one step of a recurrent network.

    output, next_state = cell(inputs, state)

`state_size` and `output_size` say the sizes, without the batch; a cell with several
states has a tuple of sizes and of tensors. A cell is a layer, so its variables are made
by its first call, in a variable scope named after its class, and used by all further
ones. Read next: `basic_cells.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.layers.base import Layer
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.variable_scope import get_variable_scope, variable_scope
from interactive_graphs.rnn.sizes import zeros_like_sizes


class RNNCell(Layer):
    """A step of a recurrent network, to be subclassed.

    A subclass has the properties `state_size` and `output_size`, and a method
    `call(inputs, state)` that gives the output and the next state. Variables that it
    makes with `tf.get_variable` are in the cell's scope.

    Attributes:
        state_size: the size of the state: an int, a TensorShape or a tuple of them.
        output_size: the size of the output: the same kinds.

    Example:
        >>> import interactive_graphs as tf
        >>> class Counter(tf.nn.rnn_cell.RNNCell):
        ...     state_size = output_size = 1
        ...     def call(self, inputs, state):
        ...         return state + inputs, state + inputs
        >>> y, _ = tf.nn.dynamic_rnn(Counter(), tf.ones([1, 3, 1]), dtype=tf.float32)
        >>> with tf.Session() as sess:
        ...     sess.run(y)[0, :, 0]
        array([1., 2., 3.], dtype=float32)
    """

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step.

        Args:
            inputs: a tensor `[batch, ...]`, or what the cell takes.
            state: in the structure of `state_size`, `[batch, ...]`.
            scope: the variable scope, or its name; the cell's own when None.

        Returns:
            The output in the structure of `output_size`, and the next state.
        """
        around = get_variable_scope() if scope is None else scope
        with variable_scope(around, custom_getter=self._noted_variable) as opened:
            if scope is None:
                return super().__call__(inputs, state)
            return super().__call__(inputs, state, scope=opened)

    def _noted_variable(
        self, getter: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Make a variable, and count it among the cell's weights."""
        variable = getter(*args, **kwargs)
        trainable = get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
        is_trained = any(v is variable for v in trainable)
        kept = self._trainable_weights if is_trained else self._non_trainable_weights
        if not any(v is variable for v in kept):
            kept.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The size of the state, without the batch."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output, without the batch."""
        raise NotImplementedError("Abstract method")

    def build(self, _input_shape: Any) -> None:
        """Nothing: the variables come with the first `call`."""

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros.

        Args:
            batch_size: int32, `[]`, or a number.
            dtype: of the state.

        Returns:
            Tensors `[batch_size, ...]` in the structure of `state_size`.
        """
        with op_scope(None, type(self).__name__ + "ZeroState", batch_size):
            return zeros_like_sizes(batch_size, self.state_size, dtype)


class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, as layers do."""

    def __call__(
        self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """One step; see `RNNCell`."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)


class CellWrapper(RNNCell):
    """A cell around another one, whose variables and sizes it has.

    Args:
        cell: the cell.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        """See the class."""
        check_is_cell("cell", cell)
        super().__init__(**kwargs)
        self._cell = cell

    @property
    def wrapped_cell(self) -> Any:
        """The cell inside."""
        return self._cell

    @property
    def state_size(self) -> Any:
        """That of the cell inside."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell inside."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell inside."""
        with op_scope(None, type(self).__name__ + "ZeroState", batch_size):
            return self._cell.zero_state(batch_size, dtype)

    @property
    def trainable_weights(self) -> list[Any]:
        """Those of the cell inside."""
        return trained_weights([self._cell], self.trainable)

    @property
    def non_trainable_weights(self) -> list[Any]:
        """Those of the cell inside."""
        return frozen_weights([self._cell], self.trainable)


def trained_weights(cells: list[Any], trainable: bool) -> list[Any]:
    """The weights of cells that are trained, if any are."""
    return _weights_of(cells, "trainable_weights") if trainable else []


def frozen_weights(cells: list[Any], trainable: bool) -> list[Any]:
    """The weights of cells that are not trained, given whether others are."""
    fixed = _weights_of(cells, "non_trainable_weights")
    return fixed if trainable else _weights_of(cells, "trainable_weights") + fixed


def _weights_of(cells: list[Any], which: str) -> list[Any]:
    found = []
    for cell in cells:
        found += list(getattr(cell, which, ()))
    return found


def check_is_cell(name: str, cell: Any) -> None:
    """Refuse what cannot be used as a cell.

    Args:
        name: what the argument is called.
        cell: anything.

    Raises:
        TypeError: it lacks something that cells have.
    """
    problems = [
        f"{what!r} property is missing"
        for what in ("output_size", "state_size")
        if not _has(cell, what)
    ]
    if not hasattr(cell, "zero_state"):
        problems.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        problems.append("is not callable")
    if problems:
        raise TypeError(
            f"The argument {name!r} ({cell}) is not an RNNCell: {', '.join(problems)}."
        )


def _has(cell: Any, name: str) -> bool:
    # Not hasattr: the property of a cell that is not built may raise.
    return hasattr(type(cell), name) or name in getattr(cell, "__dict__", ())


def beside(tensor: Any) -> Any:
    """A block in which operations go where `tensor` is."""
    graph = get_default_graph()
    return graph.colocate_with(tensor.op) if hasattr(tensor, "op") else nullcontext()
