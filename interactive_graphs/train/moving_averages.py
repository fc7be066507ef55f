"""Averages of variables over the steps of a training.

Read next: `optimizer.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import zeros
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.variables import Variable
from interactive_graphs.train import slot_creator
from interactive_graphs.train.update_rule import cast

_FLOATS = (dtypes.float16, dtypes.float32, dtypes.float64)


def assign_moving_average(
    variable: Any,
    value: Any,
    decay: Any,
    zero_debias: bool = True,
    name: str | None = None,
) -> Any:
    """`variable = decay * variable + (1 - decay) * value`.

    Args:
        variable: the average.
        value: a tensor of its shape and dtype.
        decay: from 0 to 1; close to 1 averages over many steps.
        zero_debias: make up for a start at 0, with two more variables, as Adam does.
        name: the node's name.

    Returns:
        The new average, as an assignment gives it.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.train.moving_averages import assign_moving_average
        >>> v = tf.Variable(0.0)
        >>> update = assign_moving_average(v, 8.0, 0.75, zero_debias=False)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     print(sess.run(update))
        2.0
    """
    with op_scope(name, "AssignMovingAvg", variable, value, decay) as scope:
        graph = get_default_graph()
        dtype = variable.dtype.base_dtype
        with graph.colocate_with(variable):
            rate: Any = 1 - cast(convert(decay, name="decay"), dtype)
            value = convert(value, dtype)
            if zero_debias:
                unbiased = _unbiased(variable, value, rate)
                return variable.assign(unbiased, name=scope)
            delta = (variable.value() - value) * rate
            return variable.assign_sub(delta, name=scope)


def _unbiased(variable: Any, value: Tensor, rate: Any) -> Tensor:
    """The average, over the sum of the weights that its terms have so far."""
    dtype = rate.dtype.base_dtype
    start = variable.initial_value
    biased = _beside(variable, "biased", lambda: raw.ZerosLike(start))
    steps = _beside(variable, "local_step", lambda: zeros([], dtype))
    changed = biased.assign_sub((biased.value() - value) * rate)
    number = steps.assign_add(convert(1, dtype))
    result: Tensor = changed / (1 - (1 - rate) ** number)
    return result


def _beside(variable: Any, name: str, start: Callable[[], Tensor]) -> Variable:
    """A new variable `<variable>/<name>`."""
    with get_default_graph().name_scope(None):
        full = f"{variable.op.name}/{name}"
        return Variable(start, trainable=False, name=full)


def weighted_moving_average(
    value: Any,
    decay: Any,
    weight: Any,
    truediv: bool = True,
    collections: list[str] | None = None,
    name: str | None = None,
) -> Tensor:
    """The average of all values so far, weighted, and less the older they are.

    Args:
        value: a floating tensor of known shape.
        decay: from 0 to 1; close to 1 averages over many steps.
        weight: a tensor of known shape that multiplies `value`.
        truediv: divide integers as floats.
        collections: for the two variables that it keeps; global variables when None.
        name: the scope of the nodes.

    Returns:
        A tensor of the shape of `value`.
    """
    with op_scope(name, "WeightedMovingAvg", value, weight, decay):
        value = convert(value)
        weight = convert(weight, value.dtype.base_dtype)
        averages = []
        for label, new in (("value_x_weight", value * weight), ("weight", weight)):
            variable = Variable(
                zeros(new.get_shape(), new.dtype),
                trainable=False,
                collections=collections,
                name=label,
            )
            averages.append(assign_moving_average(variable, new, decay, False))
        total, weights = averages
        result: Tensor = total / weights if truediv else raw.Div(total, weights)
        return result


class ExponentialMovingAverage:
    """Averages of variables that forget exponentially.

        average = decay * average + (1 - decay) * variable

    Args:
        decay: from 0 to 1, a float or tensor; 0.999 averages over about 1000 steps.
        num_updates: the number of steps taken; while it is small the averages move
            faster, by `min(decay, (1 + num_updates) / (10 + num_updates))`.
        zero_debias: make up for the start at 0 of averages of tensors.
        name: the name of the averages and of the operation.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(0.0)
        >>> ema = tf.train.ExponentialMovingAverage(decay=0.5)
        >>> with tf.control_dependencies([v.assign(8.0)]):
        ...     update = ema.apply([v])
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     sess.run(update)
        ...     print(sess.run(ema.average(v)))
        4.0
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        """See the class."""
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        """The name it was made with."""
        return self._name

    def apply(self, var_list: Iterable[Any] | None = None) -> Operation:
        """An operation that updates the averages.

        Args:
            var_list: floating variables or tensors; the trainable variables when None.

        Returns:
            The operation.

        Raises:
            TypeError: one is not floating.
            ValueError: one has an average already.
        """
        graph = get_default_graph()
        if var_list is None:
            var_list = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        items = list(var_list)
        from_zero = set()
        for var in items:
            if var.dtype.base_dtype not in _FLOATS:
                raise TypeError(
                    f"The variables must be half, float, or double: {var.name}"
                )
            if var in self._averages:
                raise ValueError(f"Moving average already computed for: {var.name}")
            with graph.control_dependencies(None):
                self._averages[var] = average = self._new_average(var)
            graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
            if not isinstance(var, Variable):
                from_zero.add(average)
        with graph.name_scope(self._name) as scope:
            decay = self._decay_now()
            updates = [
                assign_moving_average(
                    self._averages[var],
                    _current(var),
                    decay,
                    self._zero_debias and self._averages[var] in from_zero,
                )
                for var in items
            ]
            return group(*updates, name=scope)

    def _new_average(self, var: Any) -> Variable:
        """The average of a variable starts as it does, that of a tensor as zeros."""
        if isinstance(var, Variable):
            return slot_creator.create_slot(var, var.initialized_value(), self._name)
        return slot_creator.create_zeros_slot(
            var, self._name, colocate_with_primary=var.op.type.startswith("Variable")
        )

    def _decay_now(self) -> Tensor:
        decay = convert(self._decay, name="decay")
        if self._num_updates is None:
            return decay
        number = convert(self._num_updates, name="num_updates")
        steps: Any = cast(number, dtypes.float32)
        early = (1.0 + steps) / (10.0 + steps)
        result: Tensor = raw.Minimum(decay, early)
        return result

    def average(self, var: Any) -> Variable | None:
        """The variable that holds the average of `var`, None where there is none."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """The name of the operation that holds, or will hold, the average of `var`."""
        if var in self._averages:
            return self._averages[var].op.name
        name: str = get_default_graph().unique_name(
            f"{var.op.name}/{self._name}", mark_as_used=False
        )
        return name

    def variables_to_restore(
        self, moving_avg_variables: Iterable[Any] | None = None
    ) -> dict[str, Any]:
        """What a Saver needs to load averages into the variables themselves.

        Args:
            moving_avg_variables: those that have averages; trainable and averaged ones
                when None.

        Returns:
            Name in the checkpoint -> variable: the average's name where there is one,
            else the variable's own.
        """
        graph = get_default_graph()
        if moving_avg_variables is None:
            moving_avg_variables = [
                *graph.get_collection(GraphKeys.TRAINABLE_VARIABLES),
                *graph.get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES),
            ]
        averaged = set(moving_avg_variables)
        names = {self.average_name(var): var for var in averaged}
        own = {var.op.name for var in averaged}
        for var in graph.get_collection(GraphKeys.GLOBAL_VARIABLES):
            if var.op.name not in own and var.op.name not in names:
                names[var.op.name] = var
        return names


def _current(var: Any) -> Tensor:
    """The value of a variable, read under the control dependencies in force."""
    return var.read_value() if isinstance(var, Variable) else convert(var)
