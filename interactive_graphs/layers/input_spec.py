"""What a layer expects of its inputs, and the words when it gets something else.

Read next: `record.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.tensor_shape import Shape, to_static


class InputSpec:
    """What is expected of one input; a layer's `input_spec` has one or a list of them.

    Args:
        dtype: its DType.
        shape: its shape; None where anything goes.
        ndim: its rank.
        max_ndim: the highest rank.
        min_ndim: the lowest rank.
        axes: sizes by axis, which may count from the end.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.layers.InputSpec(min_ndim=2, axes={-1: 4})
        InputSpec(min_ndim=2, axes={-1: 4})
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, Any] | None = None,
    ) -> None:
        """See the class."""
        self.dtype = dtype
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def __repr__(self) -> str:
        """What was said, as one would write it."""
        given = {"dtype": self.dtype, "shape": self.shape, "ndim": self.ndim}
        given |= {"max_ndim": self.max_ndim, "min_ndim": self.min_ndim}
        parts = [f"{key}={value}" for key, value in given.items() if value is not None]
        if self.axes:
            parts.append(f"axes={self.axes}")
        return f"InputSpec({', '.join(parts)})"


def check_inputs(name: str, specs: Any, inputs: Any) -> None:
    """Compare inputs with what a layer expects.

    Args:
        name: the layer's, for the messages.
        specs: an InputSpec, a list of them, or None for anything.
        inputs: tensors in any nested structure.

    Raises:
        ValueError: they do not fit.
    """
    if not specs:
        return
    wanted, given = nest.flatten(specs), nest.flatten(inputs)
    if len(wanted) != len(given):
        raise ValueError(
            f"Layer {name} expects {len(wanted)} inputs, but it received {len(given)} "
            f"input tensors. Inputs received: {given}"
        )
    for index, (spec, value) in enumerate(zip(wanted, given, strict=True)):
        problem = None if spec is None else _mismatch(spec, value)
        if problem:
            raise ValueError(
                f"Input {index} of layer {name} is incompatible with the layer: "
                f"{problem}"
            )


def _mismatch(spec: InputSpec, value: Any) -> str | None:
    """What is wrong with an input, in words."""
    ranks = (spec.ndim, spec.max_ndim, spec.min_ndim)
    shape: Shape = to_static(value.get_shape())
    if shape is None:
        if ranks == (None, None, None):
            return None
        return "its rank is undefined, but the layer requires a defined rank."
    rank, full = len(shape), f". Full shape received: {list(shape)}"
    if spec.ndim is not None and rank != spec.ndim:
        return f"expected ndim={spec.ndim}, found ndim={rank}{full}"
    if spec.max_ndim is not None and rank > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={rank}"
    if spec.min_ndim is not None and rank < spec.min_ndim:
        # With two colons, as TF1 wrote it.
        return f": expected min_ndim={spec.min_ndim}, found ndim={rank}{full}"
    if spec.dtype is not None and value.dtype.base_dtype != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={value.dtype}"
    for axis, size in spec.axes.items():
        size = getattr(size, "value", size)
        if size is not None and shape[int(axis)] not in (size, None):
            return (
                f"expected axis {axis} of input shape to have value {size} but "
                f"received input with shape {list(shape)}"
            )
    if spec.shape is not None:
        for size, found in zip(to_static(spec.shape) or (), shape, strict=True):
            if size is not None and found not in (size, None):
                return f"expected shape={spec.shape}, found shape={list(shape)}"
    return None
