"""`tf.saved_model.utils`: tensors as signatures name them.

Read next: `signature_def_utils.py`.
"""

from __future__ import annotations

from typing import Any, cast

from interactive_graphs import protos
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.ops.save_slice import in_scope

__all__ = ["build_tensor_info", "get_tensor_from_tensor_info"]


def build_tensor_info(tensor: Any) -> Any:
    """What a signature says of a tensor.

    Args:
        tensor: a Tensor or a SparseTensor.

    Returns:
        A TensorInfo with name, dtype and shape.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [], name="x")
        >>> tf.saved_model.utils.build_tensor_info(x).name
        'x:0'
    """
    number = as_dtype(tensor.dtype).as_datatype_enum
    info = protos.TensorInfo(dtype=cast(Any, number))
    info.tensor_shape.CopyFrom(tensor.get_shape().as_proto())
    if isinstance(tensor, SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        info.name = tensor.name
    return info


def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Any:
    """The tensor that a signature means.

    Args:
        tensor_info: a TensorInfo.
        graph: where it is, the default graph when None.
        import_scope: the scope into which the graph was loaded.

    Returns:
        A Tensor or a SparseTensor.

    Raises:
        KeyError: there is no such tensor.
        ValueError: the message names none.
    """
    graph = graph or get_default_graph()

    def find(name: str) -> Any:
        return graph.get_tensor_by_name(in_scope(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return find(tensor_info.name)
    if encoding == "coo_sparse":
        parts = tensor_info.coo_sparse
        return SparseTensor(
            find(parts.indices_tensor_name),
            find(parts.values_tensor_name),
            find(parts.dense_shape_tensor_name),
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")
