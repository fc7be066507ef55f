"""All lowerings, by family. Read next: `lower_elementwise.py`."""

from interactive_graphs.runtime.native import (
    lower_elementwise as lower_elementwise,
    lower_linear as lower_linear,
    lower_movement as lower_movement,
    lower_pooling as lower_pooling,
    lower_reductions as lower_reductions,
    lower_rows as lower_rows,
    lower_sparse_updates as lower_sparse_updates,
    lower_updates as lower_updates,
    lower_views as lower_views,
)
from interactive_graphs.runtime.native.table import (
    lower as lower,
    lowered_types as lowered_types,
)
