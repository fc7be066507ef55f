"""Layer: a function of tensors with variables of its own, in a scope of its own.

    class Scale(tf.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_variable("factor", [])
            self.built = True

        def call(self, inputs):
            return inputs * self.factor

The first call opens a variable scope, 'scale' or 'scale_1', and builds the variables
there; later calls open it again and find them built. Read next: `core.py`.
"""

from __future__ import annotations

import copy
import functools
import inspect
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util import nest
from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers.input_spec import check_inputs
from interactive_graphs.layers.naming import to_snake_case, unique_layer_name
from interactive_graphs.layers.record import Record
from interactive_graphs.ops.partitioned_variables import PartitionedVariable
from interactive_graphs.ops.variable_scope import (
    VariableScope,
    get_variable,
    get_variable_scope,
    variable_scope,
)
from interactive_graphs.ops.variables import Variable


class Layer(Record):
    """A function of tensors that owns variables.

    Subclasses write `build(input_shape)`, which makes the variables with
    `add_variable` and sets `built`, and `call(inputs)`, which makes the nodes. Users
    call the layer itself.

    Args:
        trainable: whether its variables go to TRAINABLE_VARIABLES.
        name: its name and, made unique, that of its scope; the class's when None.
        dtype: of its variables; that of the first input when None.
        activity_regularizer: `fn(output)` gives a loss for each call.
        _scope: the scope that its variables are in.
        _reuse: whether it shares variables that exist, see `tf.variable_scope`.

    Attributes:
        input_spec: what it expects of its inputs: an InputSpec, a list, or None.

    Example:
        >>> import interactive_graphs as tf
        >>> layer = tf.layers.Dense(2)
        >>> y = layer(tf.ones([1, 3]))
        >>> [v.name for v in layer.variables]
        ['dense/kernel:0', 'dense/bias:0']
    """

    def __init__(
        self,
        trainable: bool = True,
        name: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        own = to_snake_case(type(self).__name__)
        given = name.name if isinstance(name, VariableScope) else name
        Record.__init__(self, given or unique_layer_name(own), trainable)
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self.activity_regularizer = kwargs.pop("activity_regularizer", None)
        if kwargs:
            raise TypeError("Keyword argument not understood:", next(iter(kwargs)))
        self.input_spec: Any = None
        self._dtype = None if dtype is None else as_dtype(dtype).base_dtype.name
        self._base_name = given or own
        self._scope: VariableScope | None = None
        self._current_scope: VariableScope | None = None
        self._graph: Graph | None = None
        # All of the above and more as it was before the first call.
        self._untouched: dict[str, Any] | None = None
        if scope:
            with variable_scope(scope) as captured:
                self._scope = captured

    # -- what subclasses write -------------------------------------------------------

    def build(self, _input_shape: Any) -> None:
        """Make the variables, and set `built`.

        Args:
            _input_shape: the TensorShape of the input, or a structure of them.
        """
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Make the nodes.

        Args:
            inputs: tensors.
            *args: what else the layer was called with.
            **kwargs: what else the layer was called with.

        Returns:
            The outputs.
        """
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The TensorShape of the output for an input shape, without making nodes."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what shapes it gives; call it and "
            "look at the result"
        )

    # -- names -----------------------------------------------------------------------

    @property
    def dtype(self) -> str | None:
        """The name of its variables' dtype; None before the first call."""
        return self._dtype

    @property
    def graph(self) -> Graph | None:
        """The graph that it was first called in."""
        return self._graph

    @property
    def scope_name(self) -> str:
        """The name of its variable scope.

        Raises:
            ValueError: there is none before the first call.
        """
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self.name}" '
                "has not been used yet. The scope name  is determined the first time "
                "the layer instance is called. You must therefore call the layer "
                "before querying `scope_name`."
            )
        return self._scope.name

    def _name_scope(self) -> str:
        """The name scope of its nodes, with a slash."""
        assert self._current_scope is not None
        return self._current_scope.original_name_scope

    def _set_scope(self, scope: Any = None) -> None:
        """Settle, once, which variable scope is the layer's."""
        if self._scope is not None:
            return
        if self._reuse:
            opened = variable_scope(self._base_name if scope is None else scope)
        else:
            opened = variable_scope(scope, default_name=self._base_name)
        with opened as captured:
            self._scope = captured

    def _opened_scope(self) -> variable_scope:
        """The layer's scope, to be entered."""
        reuse = True if self.built else self._reuse
        return variable_scope(self._scope, reuse=reuse, auxiliary_name_scope=False)

    # -- variables, losses, updates ---------------------------------------------------

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool = True,
        constraint: Any = None,
        use_resource: bool | None = None,
        partitioner: Any = None,
    ) -> Any:
        """Make a variable, or find it where the layer shares those of another.

        Args:
            name: its name in the layer's scope.
            shape: of its values.
            dtype: of its values; the layer's when None, float32 if it has none.
            initializer: as of `tf.get_variable`.
            regularizer: `fn(variable)` gives a loss, or None.
            trainable: whether it is trained if the layer is.
            constraint: as of `tf.get_variable`.
            use_resource: as of `tf.get_variable`.
            partitioner: as of `tf.get_variable`.

        Returns:
            A Variable, or a PartitionedVariable.

        Raises:
            ValueError: as of `tf.get_variable`.
        """
        self._set_scope()
        if get_variable_scope() is not self._current_scope:
            # Somebody calls `build` on its own.
            with self._opened_scope() as self._current_scope:
                graph = get_default_graph()
                with graph.name_scope(self._name_scope()):
                    return self.add_weight(
                        name, shape, dtype, initializer, regularizer, trainable,
                        constraint, use_resource, partitioner,
                    )  # fmt: skip
        newest = get_default_graph().version
        variable = get_variable(
            name,
            shape=shape,
            dtype=as_dtype(dtype or self._dtype or "float32"),
            initializer=initializer,
            trainable=bool(trainable and self.trainable),
            constraint=constraint,
            use_resource=use_resource,
            partitioner=partitioner,
        )
        if regularizer:
            # One that existed has its loss already.
            parts = list(variable) if _is_partitioned(variable) else [variable]
            new = [part for part in parts if part.op.id > newest]
            self.add_loss([_regularized(part, name, regularizer) for part in new])
        kept = self._trainable_weights if trainable else self._non_trainable_weights
        kept.append(variable)
        return variable

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """`add_weight`, by its older name."""
        return self.add_weight(*args, **kwargs)

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add losses, also to the collection REGULARIZATION_LOSSES.

        Args:
            losses: a tensor or a list of tensors.
            inputs: the tensors that they depend on; None if there are none.
        """
        new = [loss for loss in _as_list(losses) if loss is not None]
        self._note(self._losses, new, inputs)
        _add_missing(GraphKeys.REGULARIZATION_LOSSES, new)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Add operations that should run with each step of training.

        They are also in the collection UPDATE_OPS once the layer's call is done.

        Args:
            updates: an operation or a list of operations.
            inputs: the tensors that they depend on; None if there are none.
        """
        self._note(self._updates, _as_list(updates), inputs)

    # -- calling ----------------------------------------------------------------------

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer.

        Args:
            inputs: tensors, or arrays, in any nested structure.
            *args: passed on to `call`.
            **kwargs: passed on to `call`, but for `scope`, the variable scope to be in.

        Returns:
            What `call` returns.

        Raises:
            ValueError: the inputs are not what the layer expects, or its variables
                cannot be made.
        """
        graph = graph_of(tuple(nest.flatten(inputs)))
        if graph is not get_default_graph():
            with graph.as_default():
                return self(inputs, *args, **kwargs)
        self._begin_call()
        self._graph = self._graph or graph
        self._set_scope(kwargs.pop("scope", None))
        with self._opened_scope() as scope:
            self._current_scope = scope
            if _takes_scope(type(self).call):
                kwargs["scope"] = scope
            with graph.name_scope(self._name_scope()):
                inputs = nest.map_structure(_as_tensor, inputs)
                check_inputs(self.name, self.input_spec, inputs)
                if not self.built:
                    self._build_for(inputs)
                    check_inputs(self.name, self.input_spec, inputs)
                outputs = self.call(inputs, *args, **kwargs)
                self._finish_call(inputs, outputs)
        return outputs

    def _begin_call(self) -> None:
        """Be as before the first call again where what that made was retired.

        So a notebook's cell that first calls a layer of another cell can run again.
        """
        if self._untouched is not None:
            made = [*self._trainable_weights, *self._non_trainable_weights]
            made += [outputs for _, outputs in self._calls[:1]]
            if not any(_is_retired(part) for part in nest.flatten(made)):
                return
            untouched = self._untouched
            vars(self).clear()
            vars(self).update(untouched)
        self._untouched = {
            key: value.copy() if type(value) in (list, dict) else value
            for key, value in vars(self).items()
        }

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Apply the layer: `layer.apply(x)` is `layer(x)`."""
        return self(inputs, *args, **kwargs)

    def _build_for(self, inputs: Any) -> None:
        flat = nest.flatten(inputs)
        if self._dtype is None and flat and hasattr(flat[0], "dtype"):
            self._dtype = flat[0].dtype.base_dtype.name
        has_shapes = all(hasattr(x, "get_shape") for x in flat)
        self.build(
            nest.map_structure(lambda x: x.get_shape(), inputs) if has_shapes else None
        )
        self.built = True

    def _finish_call(self, inputs: Any, outputs: Any) -> None:
        """What is to be done with the outputs of a call."""
        if outputs is None:
            raise ValueError(
                "A layer's `call` method should return a Tensor or a list of Tensors, "
                f"not None (layer: {self.name})."
            )
        if self.activity_regularizer:
            graph = get_default_graph()
            for output in nest.flatten(outputs):
                with graph.name_scope("ActivityRegularizer"):
                    loss = self.activity_regularizer(output)
                self.add_loss(loss, inputs=inputs)
        self._calls.append((inputs, outputs))
        _add_missing(GraphKeys.UPDATE_OPS, self.updates)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A copy with the same nodes, variables and scopes."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        for key, value in vars(self).items():
            if key in _SHARED or isinstance(value, (Tensor, Variable)):
                twin.__dict__[key] = value
            else:
                # The lists that the record keeps are copied, what is in them is not.
                is_list = key in _LISTS
                twin.__dict__[key] = (
                    copy.copy(value) if is_list else copy.deepcopy(value, memo)
                )
        return twin


_SHARED = {"_graph", "_scope", "_current_scope"}
_LISTS = set(vars(Record("", True)))


@functools.cache
def _takes_scope(call: Callable[..., Any]) -> bool:
    return "scope" in inspect.signature(call).parameters


def _as_tensor(value: Any) -> Any:
    """Arrays and numbers as tensors; what is none of them is left alone."""
    is_plain = isinstance(value, (np.ndarray, np.generic, numbers.Number))
    return convert(value) if is_plain else value


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _is_partitioned(variable: Any) -> bool:
    return isinstance(variable, PartitionedVariable)


def _regularized(variable: Any, name: str, regularizer: Any) -> Any:
    graph = get_default_graph()
    with graph.colocate_with(variable.op), graph.name_scope(f"{name}/Regularizer"):
        return regularizer(variable)


def _add_missing(collection: str, elements: list[Any]) -> None:
    """Add to a collection what is not in it yet."""
    if elements:
        graph = get_default_graph()
        known = {id(element) for element in graph.get_collection_ref(collection)}
        for element in elements:
            if id(element) not in known:
                graph.add_to_collection(collection, element)


def _is_retired(made: Any) -> bool:
    op = getattr(made, "op", None)
    return isinstance(op, Operation) and op.is_retired
