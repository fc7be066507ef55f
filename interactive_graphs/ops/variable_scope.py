"""`get_variable` and the scopes that name, share and configure what it makes.

A variable scope is a prefix for names and a set of defaults; with reuse, the same names
give the same variables. Which scope is open is a matter of the thread and the graph;
the variables themselves are in the graph's one store (`variable_store.py`).
Read next: `variable_store.py`.
"""

from __future__ import annotations

import copy
import enum
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype, float32
from interactive_graphs.framework.graph import (
    Graph,
    get_default_graph,
    keepers,
)
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor_proto import to_array
from interactive_graphs.ops.variable_store import VariableStore


class _ReuseMode(enum.Enum):
    """Says more than a bool can."""

    AUTO_REUSE = 1

    def __repr__(self) -> str:
        """As users write it."""
        return f"tf.{self.name}"


AUTO_REUSE = _ReuseMode.AUTO_REUSE
"""Reuse what exists, make what does not."""

# The defaults that scopes hand down.
_SETTINGS = (
    "initializer", "regularizer", "caching_device", "partitioner", "custom_getter",
    "dtype", "use_resource", "constraint",
)  # fmt: skip


class VariableScope:
    """A prefix for variables' names, and defaults for `get_variable`.

    Made by `variable_scope`; may be entered again with it from anywhere.

    Attributes:
        name: the prefix, '' at the top.
        original_name_scope: the name scope opened with it, with a slash.
        reuse: whether existing variables are given: False, True or AUTO_REUSE.
        initializer, regularizer, caching_device, partitioner, custom_getter, dtype,
            use_resource, constraint: what `get_variable` takes when not told otherwise.
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ) -> None:
        """See the class; `name_scope` is the name scope opened with it."""
        self.name = name
        self.original_name_scope = name_scope
        self.reuse = reuse
        self.initializer = initializer
        self.regularizer = regularizer
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.dtype = dtype
        self.use_resource = use_resource
        self.constraint = constraint

    def settings(self) -> dict[str, Any]:
        """The defaults, by name."""
        return {key: getattr(self, key) for key in _SETTINGS}

    def reuse_variables(self) -> None:
        """Give only existing variables from now on."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Set the default initializer."""
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        """Set the default regularizer."""
        self.regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """Set the default caching device."""
        self.caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Set the default partitioner."""
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Set the default custom getter."""
        self.custom_getter = custom_getter

    def set_dtype(self, dtype: Any) -> None:
        """Set the default dtype."""
        self.dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Set whether variables are ResourceVariables."""
        self.use_resource = use_resource

    def get_collection(self, name: Any) -> list[Any]:
        """What a collection has of this scope."""
        prefix = self.name + "/" if self.name else ""
        return get_default_graph().get_collection(name, prefix)

    def trainable_variables(self) -> list[Any]:
        """This scope's trainable variables."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """This scope's global variables."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """This scope's local variables."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: VariableStore,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool = True,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Any = None,
        constraint: Any = None,
    ) -> Any:
        """`get_variable` in this scope; `var_store` is the graph's."""

        def chosen(given: Any, default: Any) -> Any:
            return default if given is None else given

        # Variables ignore name scopes: their names follow from this scope alone. A
        # function's variables live in the graph around it.
        graph = get_default_graph().root
        with graph.as_default(), graph.name_scope(None):
            if (
                dtype is not None
                and initializer is not None
                and not callable(initializer)
            ):
                found = convert(initializer).dtype.base_dtype
                if found is not as_dtype(dtype).base_dtype:
                    raise ValueError(
                        f"Initializer type '{found}' and explicit dtype "
                        f"'{as_dtype(dtype)}' don't match."
                    )
            return var_store.get_variable(
                f"{self.name}/{name}" if self.name else name,
                custom_getter=chosen(custom_getter, self.custom_getter),
                shape=shape,
                dtype=chosen(dtype, self._dtype_for(initializer)),
                initializer=chosen(initializer, self.initializer),
                regularizer=chosen(regularizer, self.regularizer),
                reuse=chosen(reuse, self.reuse),
                trainable=trainable,
                collections=collections,
                caching_device=chosen(caching_device, self.caching_device),
                partitioner=chosen(partitioner, self.partitioner),
                validate_shape=validate_shape,
                use_resource=chosen(use_resource, self.use_resource),
                constraint=chosen(constraint, self.constraint),
            )

    def _dtype_for(self, initializer: Any) -> Any:
        """The default dtype; that of a value that is given."""
        if initializer is None or callable(initializer):
            return self.dtype
        if hasattr(initializer, "dtype"):
            return as_dtype(initializer.dtype).base_dtype
        return as_dtype(to_array(initializer, None).dtype)


# -- what is open, per thread and graph -----------------------------------------------


class _Local(threading.local):
    """What each thread has of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.current = VariableScope(False)
        # How often each scope was opened, to make default names unique.
        self.counts: dict[str, int] = {}


class _ScopeState:
    """A graph's variables, and the scope open in each thread."""

    def __init__(self) -> None:
        self.store = VariableStore()
        self.local = _Local()


def _state(graph: Graph | None = None) -> _ScopeState:
    graph = (graph or get_default_graph()).root
    state = graph.variable_scope_state
    if state is None:
        with graph.lock:
            state = graph.variable_scope_state
            if state is None:
                state = graph.variable_scope_state = _ScopeState()
    found: _ScopeState = state
    return found


def _kept(graph: Graph) -> Iterator[tuple[str, dict[Any, Any]]]:
    """What is part of the graph's state, for `framework.retire`."""
    state = _state(graph)
    yield from state.store.kept()
    yield "variable scopes", state.local.counts
    yield "top variable scope", vars(state.local.current)


keepers.append(_kept)


def variable_store() -> VariableStore:
    """The variables that `get_variable` made in the default graph."""
    return _state().store


def get_variable_scope() -> VariableScope:
    """The scope that is open now.

    Returns:
        The innermost scope of this graph and thread; the root when none is open.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.variable_scope("layer"):
        ...     tf.get_variable_scope().name
        'layer'
    """
    return _state().local.current


def _unique_default(prefix: str) -> str:
    """`prefix`, or `prefix_1`, ... if it was opened before under the open scope."""
    local = _state().local
    name = f"{local.current.name}/{prefix}" if local.current.name else prefix
    if not local.counts.get(name):
        return prefix
    number = 1
    while local.counts.get(f"{name}_{number}"):
        number += 1
    return f"{prefix}_{number}"


@contextmanager
def pure_variable_scope(
    name_or_scope: str | VariableScope,
    reuse: Any = None,
    name_scope: str | None = None,
    **settings: Any,
) -> Iterator[VariableScope]:
    """A variable scope without a name scope.

    Args:
        name_or_scope: a name to add to the open scope's, or a scope to open again.
        reuse: as of `variable_scope`.
        name_scope: the name scope that goes with it.
        **settings: as of `variable_scope`; None keeps the outer setting.
    """
    local = _state().local
    outer = local.current
    if isinstance(name_or_scope, VariableScope):
        base, name = name_or_scope, name_or_scope.name
        original = base.original_name_scope
        counts = copy.copy(local.counts)
    else:
        base = outer
        name = "/".join(part for part in (outer.name, name_or_scope) if part)
        original = name_or_scope if name_scope is None else name_scope
        counts = None
    # True is inherited and cannot be switched off again.
    scope = VariableScope(
        reuse or base.reuse, name, name_scope=original, **base.settings()
    )
    for key, value in settings.items():
        if value is not None:
            if key == "custom_getter":
                value = _wrapped(value, base.custom_getter)
            setattr(scope, key, value)
    local.counts[name] = local.counts.get(name, 0) + 1
    local.current = scope
    try:
        yield scope
    finally:
        if counts is not None:
            local.counts = counts
        else:
            for key in local.counts:
                if not name or key.startswith(name + "/"):
                    local.counts[key] = 0
        local.current = outer


def open_unique_scope(
    unique_name: str | None, name: str, custom_getter: Any
) -> AbstractContextManager[VariableScope]:
    """A variable scope without a name scope, with `name` made unique.

    Args:
        unique_name: the name as it is; takes the place of `name`.
        name: the wish.
        custom_getter: as of `variable_scope`.
    """
    return pure_variable_scope(
        unique_name or _unique_default(name), custom_getter=custom_getter
    )


def _wrapped(custom_getter: Any, outer: Any) -> Any:
    """Two getters as one: the inner one asks the outer one."""
    if outer is None:
        return custom_getter

    def both(getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return custom_getter(functools.partial(outer, getter), *args, **kwargs)

    return both


class variable_scope:  # noqa: N801  # TF's name; a class, so that it can be reused
    """Open a scope for `get_variable`.

    Args:
        name_or_scope: a name to add to the open scope's, or a VariableScope to open
            again; None uses `default_name`.
        default_name: made unique, so that a function called twice makes two scopes.
        values: tensors; the scope is opened in their graph.
        initializer: default for the variables in it.
        regularizer: default for the variables in it.
        caching_device: default for the variables in it.
        partitioner: default for the variables in it.
        custom_getter: `fn(getter, name, *args, **kwargs)`, asked for each variable.
        reuse: True gives existing variables, AUTO_REUSE makes those that do not exist;
            None and False do as the outer scope does.
        dtype: default for the variables in it.
        use_resource: whether its variables are ResourceVariables.
        constraint: default for the variables in it.
        auxiliary_name_scope: False opens no name scope.

    Raises:
        TypeError: there is no name, or it is neither a name nor a scope.
        ValueError: `reuse` is none of these, or goes with a default name.

    Example:
        >>> import interactive_graphs as tf
        >>> def layer():
        ...     with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
        ...         return tf.get_variable("w", [3])
        >>> layer() is layer()
        True
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        """See the class."""
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not (reuse is None or isinstance(reuse, (bool, _ReuseMode))):
            raise ValueError("The reuse parameter must be True or False or None.")
        if name_or_scope is not None and not isinstance(
            name_or_scope, (str, VariableScope)
        ):
            raise TypeError(
                "VariableScope: name_or_scope must be a string or VariableScope."
            )
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = [v for v in values or () if v is not None]
        self._reuse = reuse or None
        self._opens_names = auxiliary_name_scope
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        # One entry per `with` under way: an object may be entered again inside.
        self._entered: list[ExitStack] = []

    def __enter__(self) -> VariableScope:
        """Open the scope."""
        with ExitStack() as stack:
            if self._values:
                graph = graph_of(tuple(self._values))
                if graph is not get_default_graph():
                    stack.enter_context(graph.as_default())
            scope = self._open(stack)
            self._entered.append(stack.pop_all())
        return scope

    def __exit__(self, *exc_info: Any) -> None:
        """Close the scope."""
        self._entered.pop().__exit__(*exc_info)

    def _open(self, stack: ExitStack) -> VariableScope:
        graph = get_default_graph()
        given = self._name_or_scope
        if given is None:
            if self._reuse:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            given = self._default_name
            assert given is not None
            names = self._name_scope(stack, graph, given)
            given = _unique_default(given)
        elif isinstance(given, VariableScope):
            names = self._name_scope(stack, graph, given.name.split("/")[-1])
        else:
            names = self._name_scope(stack, graph, given)
        opened: VariableScope = stack.enter_context(
            pure_variable_scope(given, self._reuse, names, **self._settings)
        )
        return opened

    def _name_scope(self, stack: ExitStack, graph: Graph, name: str) -> str:
        """Open the name scope that goes with it; its name with a slash."""
        if self._opens_names and name:
            return stack.enter_context(graph.name_scope(name))
        current = graph.get_name_scope()
        return current + "/" if current else ""


@contextmanager
def variable_op_scope(
    values: Any, name_or_scope: Any, default_name: str | None = None, **kwargs: Any
) -> Iterator[VariableScope]:
    """Deprecated form of `variable_scope` that takes the values first."""
    with variable_scope(name_or_scope, default_name, values, **kwargs) as scope:
        yield scope


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
) -> Any:
    """A variable of the open scope: a new one, or with reuse an existing one.

    Args:
        name: its name under the scope's.
        shape: of its values; left out when `initializer` is a value.
        dtype: of its values; the scope's when None.
        initializer: an initializer, a function of no arguments, or a value; without
            any, Glorot's uniform numbers for floats and zeros for other types.
        regularizer: `fn(variable)` gives a loss for REGULARIZATION_LOSSES, or None.
        trainable: whether optimizers change it by default.
        collections: the collections to add it to; global variables when None.
        caching_device: a device that keeps a copy for its readers.
        partitioner: says into how many parts each axis is cut.
        validate_shape: False allows an initial value of unknown shape.
        use_resource: whether it is a ResourceVariable.
        custom_getter: `fn(getter, name, *args, **kwargs)` that makes or finds it.
        constraint: a function of the value that optimizers apply after an update.

    Returns:
        A Variable, or a PartitionedVariable.

    Raises:
        ValueError: it exists and may not be reused, does not exist and must, or exists
            with another shape or dtype; the shape is not known in full; the initializer
            does not go with shape or dtype.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.variable_scope("layer"):
        ...     w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
        >>> w.name
        'layer/w:0'
        >>> with tf.variable_scope("layer", reuse=True):
        ...     tf.get_variable("w") is w
        True
    """
    return get_variable_scope().get_variable(
        _state().store,
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
    )


def get_local_variable(name: str, *args: Any, **kwargs: Any) -> Any:
    """`get_variable` for a local variable, which is not trainable.

    Args:
        name: its name under the scope's.
        *args: as of `get_variable`.
        **kwargs: as of `get_variable`.

    Returns:
        The variable.
    """
    kwargs["trainable"] = False
    kwargs["collections"] = [
        *(kwargs.get("collections") or ()),
        GraphKeys.LOCAL_VARIABLES,
    ]
    return get_variable(name, *args, **kwargs)


def no_regularizer(_: Any) -> None:
    """Say that a variable has no regularizer, whatever its scope says."""
    return
