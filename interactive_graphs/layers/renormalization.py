"""Batch renormalisation: the moments of a batch, corrected towards their averages.

In training and inference the activations are then alike even for small batches.
Read next: `../losses/weighted.py`.
"""

from __future__ import annotations

import math
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.layers.smart import smart_cond
from interactive_graphs.ops import initializers
from interactive_graphs.ops.clip import clip_by_value
from interactive_graphs.ops.state import assign

_BOUNDS = ("rmax", "rmin", "dmax")


class Renormalization:
    """What a BatchNormalization layer needs for it.

    Args:
        layer: the layer.
        clipping: bounds of the corrections by name, or None.
        momentum: how much of the averages stays at each step.

    Raises:
        ValueError: there is no such bound.
    """

    def __init__(
        self, layer: Any, clipping: dict[str, Any] | None, momentum: float
    ) -> None:
        """See the class."""
        self._layer = layer
        self._clipping = clipping or {}
        self._momentum = momentum
        if not set(self._clipping) <= set(_BOUNDS):
            raise ValueError(
                f"renorm_clipping {clipping} contains keys not in {list(_BOUNDS)}"
            )

    def build(self, shape: list[Any]) -> None:
        """Make the averages."""
        start = self._layer.moving_variance_initializer

        def of_deviation(dims: Any, dtype: Any) -> Any:
            return raw.Sqrt(start(dims, dtype=dtype))

        add = self._layer.add_average
        self._moving_deviation = add("moving_stddev", shape, of_deviation)
        zeros = self._layer.moving_mean_initializer or initializers.Zeros()
        self._mean = add("renorm_mean", shape, zeros)
        self._deviation = add("renorm_stddev", shape, of_deviation)

    def corrections(
        self, mean: Any, variance: Any, training: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Factor and offset that correct the batch's moments, and the moments.

        The moments come after the averages have moved; gradients do not go through the
        corrections.
        """
        epsilon = self._layer.epsilon
        deviation = raw.Sqrt(variance + epsilon)
        least = raw.Maximum(self._deviation, math.sqrt(epsilon))
        r, d = deviation / least, (mean - convert(self._mean)) / least
        graph = get_default_graph()
        # The averages must be read before they move.
        with graph.control_dependencies([r, d]):
            before, spread = raw.Identity(mean), raw.Identity(deviation)
        r, d = self._clipped(r, d)
        r = smart_cond(training, lambda: r, lambda: raw.OnesLike(r))
        d = smart_cond(training, lambda: d, lambda: raw.ZerosLike(d))
        moved = self._layer._moved_if
        steps = [
            moved(training, self._mean, before, self._momentum),
            moved(training, self._deviation, spread, self._momentum),
        ]
        with graph.control_dependencies(steps):
            mean, variance = raw.Identity(mean), raw.Identity(variance)
        return raw.StopGradient(r), raw.StopGradient(d), mean, variance

    def _clipped(self, r: Any, d: Any) -> tuple[Any, Any]:
        rmax, rmin, dmax = (self._clipping.get(name) for name in _BOUNDS)
        if rmin is not None:
            r = raw.Maximum(r, rmin)
        if rmax is not None:
            r = raw.Minimum(r, rmax)
        return r, d if dmax is None else clip_by_value(d, -dmax, dmax)

    def updated_variance(self, variance: Any, training: Any) -> Any:
        """The operation that moves the variance's average, by way of its root."""
        layer = self._layer
        epsilon = layer.epsilon

        def move() -> Any:
            root = layer.moved(
                self._moving_deviation, raw.Sqrt(variance + epsilon), layer.momentum
            )
            return assign(layer.moving_variance, raw.Relu(root * root - epsilon))

        return smart_cond(training, move, lambda: convert(layer.moving_variance))


def affine_of(scale: Any, offset: Any, gamma: Any, beta: Any) -> tuple[Any, Any]:
    """Two affine functions in a row as one: first scale and offset, then the layer's.

    Args:
        scale: of the first.
        offset: of the first.
        gamma: of the second, or None for 1.
        beta: of the second, or None for 0.
    """
    if gamma is not None:
        scale, offset = scale * gamma, offset * gamma
    return scale, offset if beta is None else offset + beta
