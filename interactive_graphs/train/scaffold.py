"""`Scaffold`: the ops that a training session needs besides those of the model.

Read next: `monitored.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.variable_init import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
    tables_initializer,
)
from interactive_graphs.platform import tf_logging
from interactive_graphs.summary.summary import merge_all
from interactive_graphs.train.saver import Saver


class Scaffold:
    """The ops that a training session needs; those not given are made by `finalize`.

    Args:
        init_op: initialises the variables, unless a checkpoint does.
        init_feed_dict: what to feed it.
        init_fn: called as `init_fn(scaffold, session)` after `init_op`.
        ready_op: gives the names of what is not initialised.
        ready_for_local_init_op: gives the names of what `local_init_op` still needs.
        local_init_op: initialises what no checkpoint holds: local variables, tables.
        summary_op: gives the summaries.
        saver: saves and restores.
        copy_from_scaffold: a Scaffold whose ops to use where none are given.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Scaffold, Any], None] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Scaffold | None = None,
    ) -> None:
        """See the class."""
        if copy_from_scaffold is not None and not isinstance(
            copy_from_scaffold, Scaffold
        ):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        other = copy_from_scaffold

        def either(given: Any, name: str) -> Any:
            return getattr(other, name) if given is None and other else given

        self._init_op = either(init_op, "init_op")
        self._init_feed_dict = either(init_feed_dict, "init_feed_dict")
        # The user's function; `init_fn` below needs only a session.
        self._user_init_fn = either(init_fn, "_user_init_fn")
        self._ready_op = either(ready_op, "ready_op")
        self._ready_for_local_init_op = either(
            ready_for_local_init_op, "ready_for_local_init_op"
        )
        self._local_init_op = either(local_init_op, "local_init_op")
        self._summary_op = either(summary_op, "summary_op")
        self._saver = either(saver, "saver")

    @property
    def init_op(self) -> Any:
        """Initialises the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What to feed `init_op`."""
        return self._init_feed_dict

    @property
    def init_fn(self) -> Callable[[Any], None] | None:
        """Called with the session after `init_op`."""
        function = self._user_init_fn
        return None if function is None else lambda session: function(self, session)

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialised."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what `local_init_op` still needs."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """Initialises local variables and tables."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """Gives the summaries."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """Saves and restores."""
        return self._saver

    @staticmethod
    def get_or_default(
        arg_name: str, collection_key: str, default_constructor: Callable[[], Any]
    ) -> Any:
        """The one item of a collection, made and put there when there is none.

        Args:
            arg_name: what the constructor calls it.
            collection_key: the collection.
            default_constructor: makes it.

        Raises:
            RuntimeError: there are several.
        """
        graph = get_default_graph()
        items = graph.get_collection(collection_key)
        if len(items) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please '
                "indicate which one to use by passing it to the tf.Scaffold "
                f"constructor as:  tf.Scaffold({arg_name}=item to use)"
            )
        if items:
            return items[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """Initialises local variables and tables."""
        return group(local_variables_initializer(), tables_initializer())

    def finalize(self) -> Scaffold:
        """Make what is missing, and close the graph.

        Returns:
            The Scaffold itself.
        """
        graph = get_default_graph()
        pick = Scaffold.get_or_default
        if self._init_op is None:
            self._init_op = pick(
                "init_op",
                GraphKeys.INIT_OP,
                lambda: group(global_variables_initializer()),
            )
        if self._ready_op is None:
            self._ready_op = pick(
                "ready_op", GraphKeys.READY_OP, report_uninitialized_variables
            )
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = pick(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                lambda: report_uninitialized_variables(global_variables()),
            )
        if self._local_init_op is None:
            self._local_init_op = pick(
                "local_init_op",
                GraphKeys.LOCAL_INIT_OP,
                Scaffold.default_local_init_op,
            )
        if self._summary_op is None:
            self._summary_op = pick("summary_op", GraphKeys.SUMMARY_OP, merge_all)
        if self._saver is None:
            self._saver = _saver_or_default()
        self._saver.build()
        graph.finalize()
        tf_logging.info("Graph was finalized.")
        return self


def _saver_or_default() -> Any:
    graph = get_default_graph()
    savers = graph.get_collection(GraphKeys.SAVERS)
    if len(savers) > 1:
        raise RuntimeError(
            f"More than one item in collection {GraphKeys.SAVERS}. Please indicate "
            "which one to use by passing it to the constructor."
        )
    if savers:
        return savers[0]
    saver = Saver(sharded=True, allow_empty=True)
    graph.add_to_collection(GraphKeys.SAVERS, saver)
    return saver
