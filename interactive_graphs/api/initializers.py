"""`tf.initializers`: initial values of variables."""

from interactive_graphs.ops.constant import constant, identity, ones, zeros
from interactive_graphs.ops.variable_init import global_variables, local_variables

__all__ = [
    "constant",
    "global_variables",
    "identity",
    "local_variables",
    "ones",
    "zeros",
]
