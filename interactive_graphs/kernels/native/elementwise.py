"""Elementwise clusters as native routines: `elementwise(cluster, target)`.

Read next: `reduce.py`.
"""

from interactive_graphs.kernels.native.clusters import (
    Cluster as Cluster,
    Operand as Operand,
    Store as Store,
    Value as Value,
)
