"""Batch and layer normalisation of `tf.contrib.layers`.

Read next: `../losses/weighted.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers.arg_scope import add_arg_scope
from interactive_graphs.layers.contrib_layers import collected, collections_of
from interactive_graphs.layers.normalization import BatchNormalization
from interactive_graphs.layers.variables import model_variable
from interactive_graphs.ops import initializers
from interactive_graphs.ops.control_flow import with_dependencies
from interactive_graphs.ops.nn_norm import batch_normalization as nn_normalize, moments
from interactive_graphs.ops.variable_scope import variable_scope


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: dict[str, Any] | None = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Tensor:
    """Normalise each channel over the batch.

    Args:
        inputs: a floating tensor, `[batch, ..., channels]` in `data_format`.
        decay: how much of the moving averages stays at each step.
        center: whether to add `beta`.
        scale: whether to multiply by `gamma`.
        epsilon: added to the variance.
        activation_fn: a function of tensors; None for none.
        param_initializers: of 'beta', 'gamma', 'moving_mean', 'moving_variance'.
        param_regularizers: of 'beta' and 'gamma'.
        updates_collections: where the updates of the averages go; None makes the output
            wait for them.
        is_training: a bool or a scalar boolean tensor: whether to use the moments of
            the batch, and not the averages.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict by name.
        outputs_collections: collections for the outputs.
        trainable: whether beta and gamma are trained.
        batch_weights: not supported.
        fused: False keeps from using the one op for it.
        data_format: 'NHWC' or 'NCHW'.
        zero_debias_moving_mean: not supported.
        scope: the variable scope.
        renorm: as of `tf.layers.batch_normalization`.
        renorm_clipping: as of `tf.layers.batch_normalization`.
        renorm_decay: as `renorm_momentum` there.
        adjustment: as of `tf.layers.batch_normalization`.

    Returns:
        A tensor of the inputs' dtype and shape.

    Raises:
        ValueError: the format is none, or something is asked for that is not supported.
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    if batch_weights is not None or zero_debias_moving_mean:
        raise ValueError(
            "batch_norm supports neither batch_weights nor zero_debias_moving_mean; "
            "tf.nn.weighted_moments and tf.nn.batch_normalization do the former"
        )
    start, losses = param_initializers or {}, param_regularizers or {}
    x = convert(inputs)
    with variable_scope(scope, "BatchNorm", [x], reuse=reuse) as opened:
        layer = BatchNormalization(
            axis=1 if data_format == "NCHW" else -1, momentum=decay, epsilon=epsilon,
            center=center, scale=scale,
            beta_initializer=start.get("beta", initializers.Zeros()),
            gamma_initializer=start.get("gamma", initializers.Ones()),
            moving_mean_initializer=start.get("moving_mean", initializers.Zeros()),
            moving_variance_initializer=start.get(
                "moving_variance", initializers.Ones()
            ),
            beta_regularizer=losses.get("beta"), gamma_regularizer=losses.get("gamma"),
            renorm=renorm, renorm_clipping=renorm_clipping,
            renorm_momentum=renorm_decay, fused=fused, trainable=trainable,
            adjustment=adjustment, name=opened.name, _scope=opened, _reuse=reuse,
        )  # fmt: skip
        graph = get_default_graph()
        before = graph.get_collection(GraphKeys.UPDATE_OPS)
        outputs = layer(x, training=is_training)
        # The layer's own place for updates is not the one that was asked for.
        graph.get_collection_ref(GraphKeys.UPDATE_OPS)[:] = before
        for variable in layer.variables:
            _collect(variable, variables_collections)
        if updates_collections is None:
            outputs = with_dependencies(layer.updates, outputs)
        else:
            for update in layer.updates:
                graph.add_to_collections(updates_collections, update)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collected(outputs, outputs_collections)


def _collect(variable: Any, collections: Any) -> None:
    """Add a variable to MODEL_VARIABLES, and to what was asked for, once."""
    graph = get_default_graph()
    name = variable.op.name.split("/")[-1]
    for group in (
        GraphKeys.MODEL_VARIABLES,
        *(collections_of(collections, name) or ()),
    ):
        if not any(v is variable for v in graph.get_collection_ref(group)):
            graph.add_to_collection(group, variable)


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Tensor:
    """Normalise each example by its own mean and variance.

    Args:
        inputs: a floating tensor, `[batch, ...]`.
        center: whether to add `beta`.
        scale: whether to multiply by `gamma`.
        activation_fn: a function of tensors; None for none.
        reuse: whether to share variables, see `tf.variable_scope`.
        variables_collections: collections for the variables, or a dict by name.
        outputs_collections: collections for the outputs.
        trainable: whether beta and gamma are trained.
        begin_norm_axis: the first axis to take the moments over.
        begin_params_axis: the first axis of beta and gamma.
        scope: the variable scope.

    Returns:
        A tensor of the inputs' dtype and shape.

    Raises:
        ValueError: the axes do not fit, or sizes are not known.
    """
    x = convert(inputs)
    with variable_scope(scope, "LayerNorm", [x], reuse=reuse):
        shape = x.static_shape
        if shape is None:
            raise ValueError(f"Inputs {x.name} has undefined rank.")
        rank = len(shape)
        first = begin_norm_axis % rank if begin_norm_axis < 0 else begin_norm_axis
        if first >= rank or begin_params_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis "
                f"({first}) must be < rank(inputs) ({rank})"
            )
        params = shape[begin_params_axis:]
        if None in params:
            raise ValueError(
                f"Inputs {x.name}: shape(inputs)[{begin_params_axis}:] is not fully "
                f"defined: {x.shape}"
            )

        def variable(name: str, initializer: Any) -> Any:
            return model_variable(
                name, params, x.dtype.base_dtype, initializer, trainable=trainable,
                collections=collections_of(variables_collections, name),
            )  # fmt: skip

        beta = variable("beta", initializers.Zeros()) if center else None
        gamma = variable("gamma", initializers.Ones()) if scale else None
        mean, variance = moments(x, np.arange(first, rank), keep_dims=True)
        outputs = nn_normalize(x, mean, variance, beta, gamma, 1e-12)
        outputs.set_shape(x.get_shape())
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collected(outputs, outputs_collections)
