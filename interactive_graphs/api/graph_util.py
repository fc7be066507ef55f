"""`tf.graph_util`: graphs cut down and frozen."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.framework.graph_import import import_graph_def
from interactive_graphs.framework.graph_util import (
    convert_variables_to_constants,
    extract_sub_graph,
    must_run_on_cpu,
    remove_training_nodes,
    tensor_shape_from_node_def_name,
)

__all__ = [
    "convert_variables_to_constants",
    "extract_sub_graph",
    "import_graph_def",
    "must_run_on_cpu",
    "remove_training_nodes",
    "tensor_shape_from_node_def_name",
]

__getattr__ = _missing.unknown("tf.graph_util", __name__)
