"""`make_template`: a function whose variables are made once and then shared.

Read next: `variable_scope.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.ops.variable_scope import (
    VariableScope,
    open_unique_scope,
    variable_scope,
)


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """A function that makes its variables when first called and reuses them after.

    Args:
        name_: the name of its scope, made unique.
        func_: the function; it must use `get_variable` for what is to be shared.
        create_scope_now_: whether to name the scope now and not at the first call.
        unique_name_: the name of its scope as it is.
        custom_getter_: as of `variable_scope`.
        **kwargs: arguments of `func_` that are the same in every call.

    Returns:
        The function, with `variable_scope` and `variables`.

    Raises:
        ValueError: there is no name.

    Example:
        >>> import interactive_graphs as tf
        >>> scale = tf.make_template("scale", lambda x: x * tf.get_variable("w", []))
        >>> a, b = scale(1.0), scale(2.0)
        >>> [v.name for v in tf.global_variables()]
        ['scale/w:0']
    """
    if kwargs:
        func_ = functools.partial(func_, **kwargs)
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """What `make_template` makes.

    Attributes:
        name: the name asked for.
        func: the function.
        variable_scope: its scope, None before there is one.
    """

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool = False,
        unique_name: str | None = None,
        custom_getter: Any = None,
    ) -> None:
        """See `make_template`."""
        if name is None:
            raise ValueError("name cannot be None.")
        self.name = name
        self.func = func
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._was_called = False
        # The newest operation after the first call, to see whether it is still there.
        self._last_made: Operation | None = None
        self._is_scope_of_call = not create_scope_now
        self.variable_scope: VariableScope | None = None
        if create_scope_now:
            with open_unique_scope(unique_name, name, custom_getter) as scope:
                self.variable_scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function in its scope.

        Raises:
            ValueError: a later call makes a trainable variable.
        """
        if self._last_made is not None and self._last_made.is_retired:
            # The cell of the first call ran again: this is the first call.
            self._was_called, self._last_made = False, None
            if self._is_scope_of_call:
                self.variable_scope = None
        if self.variable_scope is None:
            with variable_scope(
                self._unique_name, self.name, custom_getter=self._custom_getter
            ) as scope:
                self.variable_scope = scope
                return self._call(args, kwargs)
        with variable_scope(self.variable_scope, reuse=self._was_called or None):
            return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        before = len(_trainable())
        result = self.func(*args, **kwargs)
        made = _trainable()[before:]
        if self._was_called and made:
            raise ValueError(
                "Trainable variable created when calling a template after the first "
                "time, perhaps you used tf.Variable when you meant tf.get_variable: "
                f"{made}"
            )
        if not self._was_called:
            made_so_far = get_default_graph().ops_by_name.values()
            self._last_made = next(reversed(made_so_far), None)
        self._was_called = True
        return result

    @property
    def variable_scope_name(self) -> str | None:
        """The name of its scope, None before there is one."""
        return None if self.variable_scope is None else self.variable_scope.name

    @property
    def variables(self) -> list[Any]:
        """Its variables, global and local."""
        return self.global_variables + self.local_variables

    @property
    def trainable_variables(self) -> list[Any]:
        """Its trainable variables."""
        scope = self.variable_scope
        return [] if scope is None else scope.trainable_variables()

    @property
    def global_variables(self) -> list[Any]:
        """Its global variables."""
        scope = self.variable_scope
        return [] if scope is None else scope.global_variables()

    @property
    def local_variables(self) -> list[Any]:
        """Its local variables."""
        scope = self.variable_scope
        return [] if scope is None else scope.local_variables()


def _trainable() -> list[Any]:
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES)
