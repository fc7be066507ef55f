"""The ops, a file per family; importing this package declares what most programs use.

The others are loaded with their public functions (`api/later.py`), or when an op is
looked up that is not declared yet: a graph is read that has it, a gradient makes it.

Families import in one order, which a test holds: constant, shape, slicing, elementwise,
reduction, matmul, then the rest. Their gradients need no import (`framework/raw.py`).
"""

from interactive_graphs.framework import registry
from interactive_graphs.ops import (
    arrange,
    broadcasting,
    cast,
    check,
    check_shape,
    choice,
    clip,
    comparison,
    concat,
    constant,
    control_flow,
    debug,
    elementwise,
    gather,
    math_functions,
    matmul,
    padding,
    partition,
    promises,
    random_ops,
    reduction,
    resource_state,
    resource_variable,
    segment,
    sequences,
    session_ops,
    shape,
    slice_assign,
    slicing,
    sparse_ops,
    stack,
    state,
    sums,
    variable_init,
    variables,
)

from interactive_graphs.ops import operators  # isort: skip  # needs the ops above

# Searched in this order, so those come first whose ops others use.
_LATER = """
training nn_loss scan nn_activation complex_numbers nn_bias nn_softmax nn_cross_entropy
nn_conv nn_pool sorting matrix_parts decomposition sparse_shape bitwise contraction
dataset_functions dataset_ops dataset_sources iterator_ops sparse_serialize
checkpoint_ops counting data_flow embedding fourier function_ops indices linalg loop_ops
nn_accuracy nn_batch_norm nn_conv3d nn_convolution nn_depthwise nn_dropout nn_norm
nn_pool3d queue_kinds queue_ops script decode_csv files image_codecs parsing readers
sparse_map tensor_codecs space sparse_reduce sparse_segment special_functions spectral
string_codes strings lookup_ops matrix_functions random_stateless sets summary_ops
image_boxes image_color image_resize image_windows tensor_array_ops tensor_list
candidate_sampling ctc dilation matrix_lu print_ops
rare_functions clock
""".split()

registry.declare_later(f"{__name__}.{family}" for family in _LATER)
