"""`tf.saved_model.main_op`: what is run when a SavedModel has been loaded.

Read next: `loader.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.variable_init import (
    global_variables_initializer,
    local_variables_initializer,
    tables_initializer,
)

__all__ = ["main_op", "main_op_with_restore"]


def main_op() -> Operation:
    """An operation that initialises variables and tables."""
    start = global_variables_initializer()
    return group(start, local_variables_initializer(), tables_initializer())


def main_op_with_restore(restore_op_name: Any) -> Operation:
    """An operation that initialises, then restores.

    Args:
        restore_op_name: what to run last, an operation or its name.
    """
    graph = get_default_graph()
    with graph.control_dependencies([main_op()]):
        restore = group(graph.as_graph_element(restore_op_name))
    return group(restore)
