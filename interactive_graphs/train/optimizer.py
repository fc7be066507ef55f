"""`Optimizer`: what all of them share, from the loss to one operation that trains.

`minimize` is `compute_gradients` and `apply_gradients`. A subclass says how one
variable takes one step, in up to four cases: a variable with a reference or with a
handle, a dense gradient or slices. Read next: `update_rule.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from interactive_graphs._util import nest
from interactive_graphs.autodiff.backprop import gradients
from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.control_flow import group, tuple as gate_tensors
from interactive_graphs.ops.partitioned_variables import PartitionedVariable
from interactive_graphs.ops.variables import Variable
from interactive_graphs.train import slot_creator

GradientAndVariable = tuple[Any, Any]


class Optimizer:
    """Base class: changes variables so that a loss becomes smaller.

    Args:
        use_locking: accepted as in TF1; a change is always seen whole.
        name: the scope of its nodes, and the name of its slots.

    Raises:
        ValueError: there is no name.

    Example:
        >>> import interactive_graphs as tf
        >>> w = tf.Variable(5.0)
        >>> train = tf.train.GradientDescentOptimizer(0.25).minimize(w * w)
        >>> with tf.Session() as sess:
        ...     sess.run(w.initializer)
        ...     sess.run(train)
        ...     print(sess.run(w))
        2.5
    """

    GATE_NONE: Final = 0
    GATE_OP: Final = 1
    GATE_GRAPH: Final = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        """See the class."""
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        # Slot name -> (graph, variable's name) -> the slot.
        self._slots: dict[str, dict[tuple[Graph, str], Variable]] = {}
        # Variables that belong to no variable: (name, graph) -> variable.
        self._non_slot_dict: dict[tuple[str, Graph], Variable] = {}

    def get_name(self) -> str:
        """The name it was made with."""
        return self._name

    # -- for users -------------------------------------------------------------------

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """An operation that makes one step towards a smaller loss.

        Args:
            loss: a floating tensor.
            global_step: a variable to add 1 to, after all others have changed.
            var_list: the variables to change; the trainable ones when None.
            gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH.
            aggregation_method: one of `AggregationMethod`.
            colocate_gradients_with_ops: put each gradient where its operation is.
            name: the operation's name, the optimizer's when None.
            grad_loss: a weight for each element of `loss`.

        Returns:
            The operation.

        Raises:
            ValueError: the loss depends on none of the variables.
        """
        grads_and_vars = self.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        if all(grad is None for grad, _ in grads_and_vars):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that "
                "do not support gradients, between variables "
                f"{[str(var) for _, var in grads_and_vars]} and loss {loss}."
            )
        return self.apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[GradientAndVariable]:
        """The gradients of a loss, each with its variable.

        Args:
            loss: a floating tensor, or a function of no arguments that gives it.
            var_list: the variables; the trainable ones when None.
            gate_gradients: GATE_NONE, GATE_OP or GATE_GRAPH.
            aggregation_method: one of `AggregationMethod`.
            colocate_gradients_with_ops: put each gradient where its operation is.
            grad_loss: a weight for each element of `loss`.

        Returns:
            `(gradient, variable)` pairs; None where the loss does not depend on the
            variable.

        Raises:
            TypeError: `var_list` holds something else than variables and tensors.
            ValueError: there are no variables, or a dtype is not floating.
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                "gate_gradients must be one of: Optimizer.GATE_NONE, "
                f"Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  Not {gate_gradients}"
            )
        if callable(loss):
            loss = loss()
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        variables = _variables_of(var_list)
        if not variables:
            raise ValueError("No variables to optimize.")
        grads = gradients(
            loss,
            variables,
            grad_ys=grad_loss,
            gate_gradients=gate_gradients == self.GATE_OP,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gate_gradients == self.GATE_GRAPH:
            grads = gate_tensors(grads)
        pairs = list(zip(grads, variables, strict=True))
        self._assert_valid_dtypes([var for grad, var in pairs if grad is not None])
        return pairs

    def apply_gradients(
        self,
        grads_and_vars: Iterable[GradientAndVariable],
        global_step: Any = None,
        name: str | None = None,
    ) -> Operation:
        """An operation that changes variables by given gradients.

        Args:
            grads_and_vars: pairs, as `compute_gradients` gives them; where a gradient
                is None the variable stays.
            global_step: a variable to add 1 to, after all others have changed.
            name: the operation's name, the optimizer's when None.

        Returns:
            The operation.

        Raises:
            TypeError: a gradient is no tensor.
            ValueError: there is no variable, or none has a gradient.
        """
        pairs = [(_as_gradient(grad), var) for grad, var in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        graph: Graph = pairs[0][1].graph
        changed = [(grad, var) for grad, var in pairs if grad is not None]
        if not changed:
            names = [str(var) for _, var in pairs]
            raise ValueError(f"No gradients provided for any variable: {names}.")
        with graph.as_default():
            self._forget_retired()
            with graph.control_dependencies(None):
                self._create_slots([var for _, var in changed])
            with graph.name_scope(name or self._name) as scope:
                self._prepare()
                updates = [self._update(graph, grad, var) for grad, var in changed]
                train = self._counted(graph, updates, global_step, scope)
        collection = graph.get_collection_ref(GraphKeys.TRAIN_OP)
        if train not in collection:
            collection.append(train)
        return train

    def _update(self, graph: Graph, grad: Any, var: Any) -> Any:
        """The operation by which one variable takes its step."""
        if not isinstance(var, Variable):
            raise NotImplementedError("Trying to update a Tensor ", var)
        with graph.name_scope("update_" + var.op.name), graph.colocate_with(var.op):
            return self._constrained(graph, self._dispatch(grad, var), grad, var)

    def _dispatch(self, grad: Any, var: Any) -> Any:
        """Call what the subclass has for this kind of variable and gradient."""
        if isinstance(grad, IndexedSlices):
            if var.constraint is not None:
                raise RuntimeError(
                    "Cannot use a constraint function on a sparse variable."
                )
            if hasattr(var, "handle"):
                return self._resource_apply_sparse_duplicate_indices(
                    grad.values, var, grad.indices
                )
            return self._apply_sparse_duplicate_indices(grad, var)
        if hasattr(var, "handle"):
            return self._resource_apply_dense(grad, var)
        return self._apply_dense(grad, var)

    def _constrained(self, graph: Graph, update: Any, grad: Any, var: Any) -> Any:
        if var.constraint is None or isinstance(grad, IndexedSlices):
            return update
        with graph.control_dependencies([update]):
            # A new read: what `var` itself gives may be older than the update.
            return var.assign(var.constraint(var.read_value()), self._use_locking)

    def _counted(
        self, graph: Graph, updates: list[Any], global_step: Any, scope: str
    ) -> Operation:
        """One operation for all updates, which counts them if asked to."""
        if global_step is None:
            return self._finish(updates, scope)
        with (
            graph.control_dependencies([self._finish(updates, "update")]),
            graph.colocate_with(global_step),
        ):
            one = convert(1, global_step.dtype.base_dtype, "value")
            handle = getattr(global_step, "handle", None)
            if handle is None:
                added: Operation = raw.AssignAdd(global_step, one, name=scope).op
            else:
                added = raw.AssignAddVariableOp(handle, one, name=scope)
            return added

    # -- slots -----------------------------------------------------------------------

    def get_slot(self, var: Any, name: str) -> Variable | None:
        """What it keeps for a variable under a name, or None.

        Args:
            var: a variable it has changed.
            name: one of `get_slot_names()`.
        """
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self) -> list[str]:
        """The names of what it keeps for each variable, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All variables of its own in the default graph, sorted by name."""
        graph = get_default_graph()
        own = [v for v in self._non_slot_dict.values() if v.graph is graph]
        for slots in self._slots.values():
            own += [slot for slot in slots.values() if slot.graph is graph]
        return sorted(own, key=lambda v: v.name)

    def _forget_retired(self) -> None:
        """Let go of what a cell made that has run again: it is made anew."""
        kept: list[dict[Any, Variable]] = [self._non_slot_dict, *self._slots.values()]
        for variables in kept:
            for key in [k for k, v in variables.items() if v.op.is_retired]:
                del variables[key]

    def _slot_dict(self, slot_name: str) -> dict[tuple[Graph, str], Variable]:
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(
        self, var: Any, val: Tensor, slot_name: str, op_name: str
    ) -> Variable:
        """The slot that starts as `val`."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot(var, val, op_name)
        return slots[_key(var)]

    def _get_or_make_slot_with_initializer(
        self,
        var: Any,
        initializer: Callable[..., Any],
        shape: Any,
        dtype: DType,
        slot_name: str,
        op_name: str,
    ) -> Variable:
        """The slot that starts as `initializer(shape, dtype)`."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name
            )
        return slots[_key(var)]

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Variable:
        """The slot that starts as zeros."""
        return self._filled_slot(var, 0.0, slot_name, op_name)

    def _filled_slot(
        self, var: Any, value: float, slot_name: str, op_name: str
    ) -> Variable:
        """The slot that starts as `value` everywhere."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_filled_slot(var, value, op_name)
        return slots[_key(var)]

    def _create_non_slot_variable(
        self, initial_value: float, name: str, colocate_with: Any
    ) -> Variable:
        """A variable of its own that belongs to no other, one per graph."""
        graph = colocate_with.graph
        key = (name, graph)
        if key not in self._non_slot_dict:
            with graph.colocate_with(colocate_with):
                self._non_slot_dict[key] = Variable(
                    initial_value, name=name, trainable=False
                )
        return self._non_slot_dict[key]

    def _get_non_slot_variable(
        self, name: str, graph: Graph | None = None
    ) -> Variable | None:
        return self._non_slot_dict.get((name, graph or get_default_graph()))

    # -- for subclasses ----------------------------------------------------------------

    def _valid_dtypes(self) -> tuple[DType, ...]:
        """The dtypes of losses and variables."""
        return (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)

    def _assert_valid_dtypes(self, tensors: Sequence[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if dtype not in valid:
                raise ValueError(
                    f"Invalid type {dtype!r} for {tensor.name}, expected: "
                    f"{list(valid)}."
                )

    def _create_slots(self, var_list: list[Any]) -> None:
        """Make what has to be kept between steps."""

    def _prepare(self) -> None:
        """Make tensors of the hyperparameters."""

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        """The update of a variable by a dense gradient."""
        raise NotImplementedError

    def _resource_apply_dense(self, grad: Tensor, var: Any) -> Any:
        """The update of a resource variable by a dense gradient."""
        raise NotImplementedError

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        """The update of some rows; no index comes twice."""
        raise NotImplementedError

    def _resource_apply_sparse(self, grad: Tensor, var: Any, indices: Tensor) -> Any:
        """The update of some rows of a resource variable; no index comes twice."""
        raise NotImplementedError

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Any) -> Any:
        """The update of some rows; those that come several times are added first."""
        values, indices = _without_duplicates(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Tensor, var: Any, indices: Tensor
    ) -> Any:
        """The same for a resource variable."""
        values, unique = _without_duplicates(grad, indices)
        return self._resource_apply_sparse(values, var, unique)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        """One operation that runs all updates."""
        return group(*update_ops, name=name_scope)


def _key(var: Any) -> tuple[Graph, str]:
    return var.graph, var.op.name


def _variables_of(var_list: Any) -> list[Any]:
    """The variables to optimize.

    Raises:
        TypeError: one is neither a variable nor a tensor.
    """
    if var_list is None:
        graph = get_default_graph()
        return [
            *graph.get_collection(GraphKeys.TRAINABLE_VARIABLES),
            *graph.get_collection(GraphKeys.TRAINABLE_RESOURCE_VARIABLES),
        ]
    variables: list[Any] = []
    for var in nest.flatten(var_list):
        if isinstance(var, PartitionedVariable):
            variables += list(var)
        elif isinstance(var, (Variable, Tensor)):
            variables.append(var)
        else:
            raise TypeError(f"Argument is not a tf.Variable: {var}")
    return variables


def _as_gradient(grad: Any) -> Any:
    """A gradient as Tensor or IndexedSlices; None as it is.

    Raises:
        TypeError: it is none of these and cannot become one.
    """
    if grad is None or isinstance(grad, (Tensor, IndexedSlices)):
        return grad
    try:
        return convert(grad)
    except (TypeError, ValueError):
        raise TypeError(
            "Gradient must be convertible to a Tensor or IndexedSlices, or None: "
            f"{grad}"
        ) from None


def _without_duplicates(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Slices in which no index comes twice: those of one index are added."""
    unique, positions = raw.Unique(indices)
    count = raw.StridedSlice(raw.Shape(unique), [0], [1], [1], shrink_axis_mask=1)
    return raw.UnsortedSegmentSum(values, positions, count), unique
