"""`tf.contrib.framework`: `arg_scope`, and finding variables."""

from interactive_graphs._util import missing as _missing, nest
from interactive_graphs.layers.arg_scope import (
    add_arg_scope,
    arg_scope,
    arg_scoped_arguments,
    has_arg_scope,
)
from interactive_graphs.layers.variables import (
    get_local_variables,
    get_model_variables,
    get_trainable_variables,
    get_unique_variable,
    get_variables,
    get_variables_by_name,
    get_variables_by_suffix,
    get_variables_to_restore,
    model_variable,
    variable,
)
from interactive_graphs.ops.sorting import argsort, sort
from interactive_graphs.train.training_util import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
)

__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scoped_arguments",
    "argsort",
    "assert_global_step",
    "create_global_step",
    "get_global_step",
    "get_local_variables",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "has_arg_scope",
    "model_variable",
    "nest",
    "sort",
    "variable",
]

__getattr__ = _missing.unknown("tf.contrib.framework", __name__)
