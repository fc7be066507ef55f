"""Batch normalisation: each channel with mean 0 and variance 1, then scaled and moved.

In training the moments are those of the batch, and moving averages of them are kept by
operations in UPDATE_OPS; in inference the averages take their place.
Read next: `renormalization.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import (
    FLOAT,
    DType,
    as_dtype,
    bfloat16,
    float16,
    float32,
)
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape, TensorShape, to_static
from interactive_graphs.layers.arguments import as_initializer
from interactive_graphs.layers.base import Layer
from interactive_graphs.layers.input_spec import InputSpec
from interactive_graphs.layers.renormalization import Renormalization, affine_of
from interactive_graphs.layers.smart import smart_cond, smart_constant_value
from interactive_graphs.ops import initializers
from interactive_graphs.ops.nn_batch_norm import fused_batch_norm
from interactive_graphs.ops.nn_norm import batch_normalization as nn_normalize, moments
from interactive_graphs.ops.state import assign_sub

_Fused = tuple[Tensor, Tensor, Tensor]


class BatchNormalization(Layer):
    """Normalises each channel over the batch.

    When training, run the operations in the collection UPDATE_OPS with each step: they
    keep the moving averages.

    Args:
        axis: of the channels; an int, or a list of them.
        momentum: how much of the moving averages stays at each step.
        epsilon: added to the variance.
        center: whether to add `beta`.
        scale: whether to multiply by `gamma`.
        beta_initializer: as of `tf.get_variable`.
        gamma_initializer: as of `tf.get_variable`.
        moving_mean_initializer: as of `tf.get_variable`.
        moving_variance_initializer: as of `tf.get_variable`.
        beta_regularizer: `fn(beta)` gives a loss, or None.
        gamma_regularizer: `fn(gamma)` gives a loss, or None.
        beta_constraint: a function that optimizers apply to beta.
        gamma_constraint: a function that optimizers apply to gamma.
        renorm: whether to correct the batch's moments by their averages in training.
        renorm_clipping: bounds `rmin`, `rmax`, `dmax` of the corrections, by name.
        renorm_momentum: how much of the averages for it stays at each step.
        fused: False keeps from using the one op for it; else images do.
        trainable: whether beta and gamma go to TRAINABLE_VARIABLES.
        virtual_batch_size: not supported.
        adjustment: `fn(shape)` gives a scale and an offset to apply in training.
        name: the layer's name.
        **kwargs: `dtype`, and what `Layer` takes.

    Raises:
        ValueError: an argument is not one of these.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, [None, 4])
        >>> y = tf.layers.batch_normalization(x, training=True)
        >>> len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        2
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = initializers.Zeros(),  # noqa: B008 - no state
        gamma_initializer: Any = initializers.Ones(),  # noqa: B008
        moving_mean_initializer: Any = initializers.Zeros(),  # noqa: B008
        moving_variance_initializer: Any = initializers.Ones(),  # noqa: B008
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, Any] | None = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """See the class."""
        super().__init__(trainable, name, **kwargs)
        if virtual_batch_size is not None:
            raise ValueError(
                "virtual_batch_size is not supported; normalise parts of the batch, as "
                "tf.split gives them, one by one"
            )
        self.axis: Any = _as_axes(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = as_initializer(beta_initializer)
        self.gamma_initializer = as_initializer(gamma_initializer)
        self.moving_mean_initializer = as_initializer(moving_mean_initializer)
        self.moving_variance_initializer = as_initializer(moving_variance_initializer)
        self.beta_regularizer = beta_regularizer
        self.gamma_regularizer = gamma_regularizer
        self.beta_constraint = beta_constraint
        self.gamma_constraint = gamma_constraint
        self.renorm = renorm
        self.fused = fused
        self.adjustment = adjustment
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None
        self._renormalization = (
            Renormalization(self, renorm_clipping, renorm_momentum) if renorm else None
        )

    # -- variables -------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make beta, gamma and the moving averages."""
        dims = to_static(input_shape)
        if dims is None:
            raise ValueError("Input has undefined rank:", input_shape)
        self.axis = _positive(self.axis, len(dims))
        sizes = {axis: dims[axis] for axis in self.axis}
        if None in sizes.values():
            raise ValueError(
                "Input has undefined `axis` dimension. Input shape: ", input_shape
            )
        self.fused = self._is_fused(dims)
        self.input_spec = InputSpec(ndim=len(dims), axes=sizes)
        if len(sizes) == 1:
            shape = list(sizes.values())
        else:
            shape = [sizes.get(axis, 1) for axis in range(len(dims))]
        self._build_weights(shape)
        if self._renormalization:
            self._renormalization.build(shape)
        self.built = True

    @property
    def param_dtype(self) -> DType:
        """The dtype of the variables: at least float32."""
        dtype = as_dtype(self.dtype or "float32")
        if dtype not in FLOAT:
            raise TypeError(
                "Unable to build `BatchNormalization` layer with non-floating point "
                f"dtype {dtype!r}"
            )
        return float32 if dtype in (float16, bfloat16) else dtype

    def _is_fused(self, dims: Sequence[int | None]) -> bool:
        """Whether the one op that does all can be used, and may be."""
        if self.fused is False or self.renorm or self.adjustment is not None:
            return False
        return (
            len(dims) == 4 and self.axis in ([1], [3]) and self.param_dtype is float32
        )

    def _build_weights(self, shape: list[Any]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", shape, self.param_dtype, self.gamma_initializer,
                self.gamma_regularizer, constraint=self.gamma_constraint,
            )  # fmt: skip
        if self.center:
            self.beta = self.add_weight(
                "beta", shape, self.param_dtype, self.beta_initializer,
                self.beta_regularizer, constraint=self.beta_constraint,
            )  # fmt: skip
        self.moving_mean = self.add_average(
            "moving_mean", shape, self.moving_mean_initializer
        )
        self.moving_variance = self.add_average(
            "moving_variance", shape, self.moving_variance_initializer
        )

    def add_average(self, name: str, shape: list[Any], initializer: Any) -> Any:
        """Make a variable that is not trained, in one part whatever the scope says."""
        scopes = [s for s in (self._scope, self._current_scope) if s is not None]
        partitioners = [scope.partitioner for scope in scopes]
        for scope in scopes:
            scope.partitioner = None
        try:
            return self.add_weight(
                name, shape, self.param_dtype, initializer, trainable=False
            )
        finally:
            for scope, partitioner in zip(scopes, partitioners, strict=True):
                scope.partitioner = partitioner

    # -- nodes -----------------------------------------------------------------------

    def call(self, inputs: Any, training: Any = False) -> Tensor:
        """Normalise by the batch's moments if `training`, else by the averages."""
        training = False if training is None else training
        x = convert(inputs)
        if self.fused:
            return self._fused(x, training)
        return self._unfused(x, training)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape."""
        return TensorShape(input_shape)

    def _fused(self, x: Tensor, training: Any) -> Tensor:
        channels = to_static(self.moving_mean.get_shape())
        assert channels is not None
        gamma = self.gamma if self.scale else _filled(1.0, channels)
        beta = self.beta if self.center else _filled(0.0, channels)
        data_format = "NCHW" if self.axis == [1] else "NHWC"

        def of_batch() -> _Fused:
            return fused_batch_norm(
                x, gamma, beta, epsilon=self.epsilon, data_format=data_format
            )

        def of_averages() -> _Fused:
            return fused_batch_norm(
                x, gamma, beta, self.moving_mean, self.moving_variance, self.epsilon,
                data_format, is_training=False,
            )  # fmt: skip

        output, mean, variance = smart_cond(training, of_batch, of_averages)
        output.set_shape(x.get_shape())
        known = smart_constant_value(training)
        if known is not False:
            momentum = self.momentum
            if known is None:
                # With momentum 1 nothing moves.
                momentum = smart_cond(
                    training, lambda: convert(self.momentum), lambda: convert(1.0)
                )
            for average, value in (
                (self.moving_mean, mean),
                (self.moving_variance, variance),
            ):
                self.add_update(self.moved(average, value, momentum), inputs=x)
        return output  # type: ignore[no-any-return]  # one of two tensors

    def _unfused(self, x: Tensor, training: Any) -> Tensor:
        rank = len(x.static_shape or ())
        axes = [axis for axis in range(rank) if axis not in self.axis]
        shape: Shape = None
        if len(self.axis) == 1 and self.axis != [rank - 1]:
            shape = tuple(
                (x.static_shape or ())[a] if a in self.axis else 1 for a in range(rank)
            )
        gamma, beta = _spread(self.gamma, shape), _spread(self.beta, shape)
        if smart_constant_value(training) is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            gamma, beta = self._adjusted(x, training, gamma, beta)
            mean, variance, gamma, beta = self._batch_moments(
                x, axes, training, gamma, beta, shape
            )
        outputs = nn_normalize(
            x,
            _cast(_spread(mean, shape), x),
            _cast(_spread(variance, shape), x),
            _cast(beta, x),
            _cast(gamma, x),
            self.epsilon,
        )
        outputs.set_shape(x.get_shape())
        return outputs

    def _batch_moments(
        self,
        x: Tensor,
        axes: list[int],
        training: Any,
        gamma: Any,
        beta: Any,
        shape: Shape,
    ) -> tuple[Any, Any, Any, Any]:
        """Mean and variance to use, gamma and beta; makes the updates."""
        wide = raw.Cast(x, DstT=float32) if x.dtype.size < 4 else x
        mean, variance = moments(wide, axes, keep_dims=len(self.axis) > 1)
        mean = smart_cond(training, lambda: mean, lambda: convert(self.moving_mean))
        variance = smart_cond(
            training, lambda: variance, lambda: convert(self.moving_variance)
        )
        new_mean, new_variance = mean, variance
        if self._renormalization:
            r, d, new_mean, new_variance = self._renormalization.corrections(
                mean, variance, training
            )
            # The inner transformation is the correction, the outer one the layer's.
            gamma, beta = affine_of(_spread(r, shape), _spread(d, shape), gamma, beta)
            update = self._renormalization.updated_variance(new_variance, training)
        else:
            update = self._moved_if(
                training, self.moving_variance, new_variance, self.momentum
            )
        first = self._moved_if(training, self.moving_mean, new_mean, self.momentum)
        self.add_update([first, update], inputs=x)
        return mean, variance, gamma, beta

    def _adjusted(
        self, x: Tensor, training: Any, gamma: Any, beta: Any
    ) -> tuple[Any, Any]:
        if self.adjustment is None:
            return gamma, beta
        scale, offset = self.adjustment(raw.Shape(x))
        scale = smart_cond(training, lambda: scale, lambda: raw.OnesLike(scale))
        offset = smart_cond(training, lambda: offset, lambda: raw.ZerosLike(offset))
        return affine_of(scale, offset, gamma, beta)

    def _moved_if(self, training: Any, average: Any, value: Any, momentum: Any) -> Any:
        return smart_cond(
            training,
            lambda: self.moved(average, value, momentum),
            lambda: convert(average),
        )

    def moved(self, average: Any, value: Any, momentum: Any) -> Tensor:
        """The operation that moves an average a step towards a value."""
        graph = get_default_graph()
        with graph.name_scope("AssignMovingAvg") as scope:
            decay = convert(1.0 - momentum, None, "decay")
            if decay.dtype.base_dtype is not average.dtype.base_dtype:
                decay = raw.Cast(decay, DstT=average.dtype.base_dtype)
            step = (average - value) * decay
            return assign_sub(average, step, name=scope)


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = initializers.Zeros(),  # noqa: B008 - has no state
    gamma_initializer: Any = initializers.Ones(),  # noqa: B008
    moving_mean_initializer: Any = initializers.Zeros(),  # noqa: B008
    moving_variance_initializer: Any = initializers.Ones(),  # noqa: B008
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: dict[str, Any] | None = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Tensor:
    """Normalise each channel over the batch.

    When training, run the operations in the collection UPDATE_OPS with each step: they
    keep the moving averages.

    Args:
        inputs: a floating tensor.
        axis: of the channels; an int, or a list of them.
        momentum: how much of the moving averages stays at each step.
        epsilon: added to the variance.
        center: whether to add `beta`.
        scale: whether to multiply by `gamma`.
        beta_initializer: as of `tf.get_variable`.
        gamma_initializer: as of `tf.get_variable`.
        moving_mean_initializer: as of `tf.get_variable`.
        moving_variance_initializer: as of `tf.get_variable`.
        beta_regularizer: `fn(beta)` gives a loss, or None.
        gamma_regularizer: `fn(gamma)` gives a loss, or None.
        beta_constraint: a function that optimizers apply to beta.
        gamma_constraint: a function that optimizers apply to gamma.
        training: a bool or a scalar boolean tensor: whether to use the moments of the
            batch, and not the moving averages.
        trainable: whether beta and gamma go to TRAINABLE_VARIABLES.
        name: the layer's name.
        reuse: whether to share the variables of the layer of this name.
        renorm: whether to correct the batch's moments by their averages in training.
        renorm_clipping: bounds `rmin`, `rmax`, `dmax` of the corrections, by name.
        renorm_momentum: how much of the averages for it stays at each step.
        fused: False keeps from using the one op for it; else images do.
        virtual_batch_size: not supported.
        adjustment: `fn(shape)` gives a scale and an offset to apply in training.

    Returns:
        A tensor of the input's dtype and shape.

    Raises:
        ValueError: an argument is not what `BatchNormalization` takes.
    """
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer,
        moving_mean_initializer, moving_variance_initializer, beta_regularizer,
        gamma_regularizer, beta_constraint, gamma_constraint, renorm, renorm_clipping,
        renorm_momentum, fused, trainable, virtual_batch_size, adjustment, name,
        _reuse=reuse, _scope=name,
    )  # fmt: skip
    result: Tensor = layer(inputs, training=training)
    return result


def _as_axes(axis: Any) -> Any:
    if isinstance(axis, (list, tuple)):
        return list(axis)
    if isinstance(axis, int):
        return axis
    raise TypeError(f"axis must be int or list, type given: {type(axis)}")


def _positive(axis: Any, rank: int) -> list[int]:
    """Axes counted from the front."""
    axes = [
        a + rank if a < 0 else a for a in ([axis] if isinstance(axis, int) else axis)
    ]
    for a in axes:
        if not 0 <= a < rank:
            raise ValueError(f"Invalid axis: {a}")
    if len(set(axes)) != len(axes):
        raise ValueError(f"Duplicate axis: {axes}")
    return axes


def _filled(value: float, shape: tuple[int | None, ...]) -> Tensor:
    result: Tensor = raw.Fill(list(shape), value)
    return result


def _spread(value: Any, shape: Shape) -> Any:
    """A vector of the channels in a shape that broadcasts with the input."""
    return value if value is None or shape is None else raw.Reshape(value, list(shape))


def _cast(value: Any, like: Tensor) -> Any:
    dtype = like.dtype.base_dtype
    if value is None or value.dtype.base_dtype is dtype:
        return value
    return raw.Cast(value, DstT=dtype)
