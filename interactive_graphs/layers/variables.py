"""Variables of models: making them, and finding them by scope, name and collection.

As in `tf.contrib.framework`. Read next: `regularizers.py`.
"""

from __future__ import annotations

import re
from typing import Any

from interactive_graphs.framework.dtypes import float32
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.layers.arg_scope import add_arg_scope
from interactive_graphs.ops.variable_scope import VariableScope, get_variable


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
) -> Any:
    """`tf.get_variable`, with a device and under `arg_scope`.

    Args:
        name: as of `tf.get_variable`.
        shape: as of `tf.get_variable`.
        dtype: as of `tf.get_variable`.
        initializer: as of `tf.get_variable`.
        regularizer: as of `tf.get_variable`.
        trainable: as of `tf.get_variable`.
        collections: as of `tf.get_variable`.
        caching_device: as of `tf.get_variable`.
        device: where to put it.
        partitioner: as of `tf.get_variable`.
        custom_getter: as of `tf.get_variable`.
        use_resource: as of `tf.get_variable`.

    Returns:
        The variable.
    """
    groups = list(collections or [GraphKeys.GLOBAL_VARIABLES])
    # Once each, in this order.
    groups = list(dict.fromkeys(groups))
    with get_default_graph().device(device or ""):
        return get_variable(
            name, shape, dtype, initializer, regularizer, trainable, groups,
            caching_device, partitioner, use_resource=use_resource,
            custom_getter=custom_getter,
        )  # fmt: skip


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Any = None,
    use_resource: bool | None = None,
) -> Any:
    """A variable that is also in the collection MODEL_VARIABLES.

    Args:
        name: as of `variable`.
        shape: as of `variable`.
        dtype: as of `variable`.
        initializer: as of `variable`.
        regularizer: as of `variable`.
        trainable: as of `variable`.
        collections: as of `variable`.
        caching_device: as of `variable`.
        device: as of `variable`.
        partitioner: as of `variable`.
        custom_getter: as of `variable`.
        use_resource: as of `variable`.

    Returns:
        The variable.
    """
    groups = [
        *(collections or []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES
    ]  # fmt: skip
    return variable(
        name, shape, dtype, initializer, regularizer, trainable, groups,
        caching_device, device, partitioner, custom_getter, use_resource,
    )  # fmt: skip


def get_variables(
    scope: Any = None,
    suffix: str | None = None,
    collection: str = GraphKeys.GLOBAL_VARIABLES,
) -> list[Any]:
    """The variables of a collection, of a scope, of a name.

    Args:
        scope: a scope, or a pattern that names match from the start.
        suffix: the last part of the name.
        collection: of the variables.

    Returns:
        A list of variables.
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    if suffix is not None:
        # A variable's name goes on with ':0'.
        scope = f"{scope or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return get_default_graph().get_collection(collection, scope)


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The variables of models; see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The local variables; see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The trainable variables; see `get_variables`."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The variables whose names end so; see `get_variables`."""
    return get_variables(scope, suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The variables of a name, in whatever scope; see `get_variables`."""
    suffix = "/" + given_name + ":|^" + given_name + ":"
    pattern = re.compile(suffix)
    return [v for v in get_variables(scope) if pattern.search(v.name)]


def get_unique_variable(var_op_name: str) -> Any:
    """The variable of a full name.

    Raises:
        ValueError: there is none, or more than one.
    """
    found = [v for v in get_variables() if v.op.name == var_op_name]
    if not found:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    if len(found) > 1:
        raise ValueError(
            f"Variable {var_op_name} does not uniquely identify a variable"
        )
    return found[0]


def get_variables_to_restore(include: Any = None, exclude: Any = None) -> list[Any]:
    """The variables of some scopes without those of others.

    Args:
        include: a list of scopes; None for all.
        exclude: a list of scopes; None for none.

    Returns:
        A list of variables.
    """
    chosen = [v for scope in include or [None] for v in get_variables(scope)]
    left_out = {id(v) for scope in exclude or [] for v in get_variables(scope)}
    return [v for v in dict.fromkeys(chosen) if id(v) not in left_out]
