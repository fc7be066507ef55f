"""The ops, a file per family; importing this package registers them all.

Families may import the ones above them in this list, never the ones below: constant,
shape, slicing, elementwise, reduction, matmul, then the rest in any order.
"""

from interactive_graphs.ops import (
    arrange,
    bitwise,
    broadcasting,
    cast,
    comparison,
    complex_numbers,
    concat,
    constant,
    control_flow,
    elementwise,
    gather,
    math_functions,
    matmul,
    nn_activation,
    nn_conv,
    nn_conv3d,
    nn_convolution,
    nn_cross_entropy,
    nn_depthwise,
    nn_loss,
    nn_pool,
    nn_pool3d,
    nn_softmax,
    padding,
    partition,
    reduction,
    select,
    sequences,
    shape,
    slicing,
    space,
    special_functions,
    stack,
    state,
    sums,
    training,
    variables,
)

from interactive_graphs.ops import operators  # isort: skip  # needs the ops above
