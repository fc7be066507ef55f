"""The global step: a variable that counts the steps of a training.

Read next: `optimizer.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import dtypes
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.constant import zeros
from interactive_graphs.ops.variable_scope import get_variable
from interactive_graphs.ops.variables import Variable


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The number of steps in a session.

    Args:
        sess: the session.
        global_step_tensor: the variable that counts them.

    Example:
        >>> import interactive_graphs as tf
        >>> step = tf.train.create_global_step()
        >>> with tf.Session() as sess:
        ...     sess.run(step.initializer)
        ...     tf.train.global_step(sess, step)
        0
    """
    return int(sess.run(global_step_tensor))


def get_global_step(graph: Graph | None = None) -> Any:
    """The variable that counts steps, None where there is none.

    Args:
        graph: the default graph when None.

    Returns:
        What the collection 'global_step' holds, else the tensor 'global_step:0'.

    Raises:
        TypeError: that is no integer scalar.
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


def create_global_step(graph: Graph | None = None) -> Variable:
    """Make the variable that counts steps, int64 and 0 at first.

    Args:
        graph: where, the default graph when None.

    Returns:
        The variable, int64, `[]`.

    Raises:
        ValueError: there is one already.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        step: Variable = get_variable(
            GraphKeys.GLOBAL_STEP,
            initializer=lambda: zeros([], dtypes.int64),
            dtype=dtypes.int64,
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )
    return step


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The variable that counts steps, made if there is none.

    Args:
        graph: the default graph when None.

    Returns:
        The variable or tensor that the graph's collection holds.
    """
    graph = graph or get_default_graph()
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


def assert_global_step(global_step_tensor: Any) -> None:
    """Refuse what cannot count steps.

    Args:
        global_step_tensor: to be an integer scalar, a variable or tensor.

    Raises:
        TypeError: it is not.
    """
    step = global_step_tensor
    if not isinstance(step, (Variable, Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {step}.')
    if not step.dtype.base_dtype.is_integer:
        raise TypeError(
            f'Existing "global_step" does not have integer type: {step.dtype!r}'
        )
    shape = step.get_shape()
    if shape.ndims not in (None, 0):
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')
