"""`tf.initializers`: initial values of variables."""

from interactive_graphs.ops.constant import constant, identity, ones, zeros
from interactive_graphs.ops.initializers import (
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from interactive_graphs.ops.random_ops import (
    random_normal,
    random_uniform,
    truncated_normal,
)
from interactive_graphs.ops.variable_init import global_variables, local_variables

__all__ = [
    "constant",
    "global_variables",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "local_variables",
    "ones",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "zeros",
]
