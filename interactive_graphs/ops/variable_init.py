"""Many variables at once: finding them, initialising them, asking who is not.

Read next: `variable_scope.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops import state
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.constant import constant, no_op
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.slicing import boolean_mask
from interactive_graphs.ops.variables import Variable


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables that are kept by default.

    Args:
        scope: keep only those whose name this pattern matches from the start.

    Returns:
        The variables, in the order in which they were made.
    """
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """Deprecated name of `global_variables`."""
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables that belong to one process, such as counters.

    Args:
        scope: keep only those whose name this pattern matches from the start.

    Returns:
        The variables, in the order in which they were made.
    """
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """The variables in the collection MODEL_VARIABLES.

    Args:
        scope: keep only those whose name this pattern matches from the start.

    Returns:
        The variables, in the order in which they were made.
    """
    return get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables that optimizers change by default.

    Args:
        scope: keep only those whose name this pattern matches from the start.

    Returns:
        The variables, in the order in which they were made.
    """
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables that have a moving average.

    Args:
        scope: keep only those whose name this pattern matches from the start.

    Returns:
        The variables, in the order in which they were made.
    """
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """An operation that initialises variables.

    Args:
        var_list: the variables.
        name: the node's name.

    Returns:
        The operation; one that does nothing when there are no variables.
    """
    if var_list:
        return group(*[v.initializer for v in var_list], name=name)
    return no_op(name)


def global_variables_initializer() -> Operation:
    """An operation that initialises the global variables there are now.

    Variables made later are not covered.

    Returns:
        The operation; one that does nothing when there are no variables.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable([1.0, 2.0])
        >>> init = tf.global_variables_initializer()
        >>> with tf.Session() as sess:
        ...     sess.run(init)
        ...     sess.run(v)
        array([1., 2.], dtype=float32)
    """
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that initialises the local variables there are now.

    Returns:
        The operation; one that does nothing when there are no variables.
    """
    return variables_initializer(local_variables())


def initialize_all_variables() -> Operation:
    """Deprecated name of `global_variables_initializer`."""
    return global_variables_initializer()


def initialize_variables(var_list: Any, name: str = "init") -> Operation:
    """Deprecated name of `variables_initializer`."""
    return variables_initializer(var_list, name)


def initialize_local_variables() -> Operation:
    """Deprecated name of `local_variables_initializer`."""
    return local_variables_initializer()


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that fills the look-up tables there are now.

    Args:
        name: the node's name.

    Returns:
        The operation; one that does nothing when there are no tables.
    """
    fillers = get_default_graph().get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*fillers, name=name) if fillers else no_op(name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """Deprecated name of `tables_initializer`."""
    return tables_initializer(name)


def _all_of(var_list: Any) -> list[Any]:
    """`var_list`, or all variables there are, those of old graphs included."""
    if var_list is not None:
        return list(var_list)
    found = global_variables() + local_variables()
    if found:
        return found
    types = ("Variable", "VariableV2")
    return [
        op.outputs[0] for op in get_default_graph().get_operations() if op.type in types
    ]


def report_uninitialized_variables(
    var_list: Any = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """The names of the variables that have no value in the session that asks.

    Args:
        var_list: the variables to ask about; the global and local ones when None.
        name: the scope of the new nodes.

    Returns:
        string, `[uninitialised variables]`: the names of their operations.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(1, name="v")
        >>> missing = tf.report_uninitialized_variables()
        >>> with tf.Session() as sess:
        ...     sess.run(missing)
        array([b'v'], dtype=object)
    """
    variables = _all_of(var_list)
    with op_scope(name, "report_uninitialized_variables", *_refs(variables)):
        if not variables:
            return constant([], dtype=string)
        there = [state.is_variable_initialized(v) for v in variables]
        with get_default_graph().device("/cpu:0"):
            missing = raw.LogicalNot(raw.Pack(there, name="stack"))
            names = constant([v.op.name for v in variables])
            return boolean_mask(names, missing)


def assert_variables_initialized(var_list: Any = None) -> Operation | Tensor | None:
    """A tensor that cannot be computed while a variable is uninitialised.

    Args:
        var_list: the variables to check; the global and local ones when None.

    Returns:
        What to run: a FailedPreconditionError of the run if one is not initialised.
        None when there are no variables.
    """
    variables = _all_of(var_list)
    if not variables:
        return None
    ranks: list[Tensor] = []
    for variable in variables:
        with variable.graph.colocate_with(variable.op):
            ranks.append(raw.Rank(convert(variable)))
    if len(ranks) == 1:
        return ranks[0]
    packed: Tensor = raw.Pack(ranks, name="stack")
    return packed


def _refs(variables: list[Any]) -> list[Tensor]:
    return [v._as_graph_element() if isinstance(v, Variable) else v for v in variables]
