"""What a Python value is to a graph: `is_tensor`.

Read next: `../framework/tensor.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops.resource_variable import ResourceVariable
from interactive_graphs.ops.variables import Variable


def is_tensor(x: Any) -> bool:
    """Whether a value is a tensor of a graph, sparse ones and variables included.

    Args:
        x: anything.

    Returns:
        False for Python's numbers and numpy's arrays.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.is_tensor(tf.constant(1.0)), tf.is_tensor(1.0)
        (True, False)
    """
    kinds = (Tensor, SparseTensor, IndexedSlices, Variable, ResourceVariable)
    return isinstance(x, kinds)
