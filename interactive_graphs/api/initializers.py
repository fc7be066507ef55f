"""`tf.initializers`: initial values of variables."""

from interactive_graphs.ops.initializers import (
    constant_initializer as constant,
)
from interactive_graphs.ops.initializers import (
    glorot_normal_initializer as glorot_normal,
)
from interactive_graphs.ops.initializers import (
    glorot_uniform_initializer as glorot_uniform,
)
from interactive_graphs.ops.initializers import (
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from interactive_graphs.ops.initializers import (
    identity_initializer as identity,
)
from interactive_graphs.ops.initializers import (
    ones_initializer as ones,
)
from interactive_graphs.ops.initializers import (
    orthogonal_initializer as orthogonal,
)
from interactive_graphs.ops.initializers import (
    random_normal_initializer as random_normal,
)
from interactive_graphs.ops.initializers import (
    random_uniform_initializer as random_uniform,
)
from interactive_graphs.ops.initializers import (
    truncated_normal_initializer as truncated_normal,
)
from interactive_graphs.ops.initializers import (
    uniform_unit_scaling_initializer as uniform_unit_scaling,
)
from interactive_graphs.ops.initializers import (
    variance_scaling_initializer as variance_scaling,
)
from interactive_graphs.ops.initializers import (
    zeros_initializer as zeros,
)
from interactive_graphs.ops.variable_init import (
    global_variables_initializer as global_variables,
)
from interactive_graphs.ops.variable_init import (
    local_variables_initializer as local_variables,
)
from interactive_graphs.ops.variable_init import (
    variables_initializer as variables,
)

__all__ = [
    "constant",
    "global_variables",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "local_variables",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "uniform_unit_scaling",
    "variables",
    "variance_scaling",
    "zeros",
]
