"""Second derivatives: `hessians(ys, xs)`.

Read next: `backprop.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.autodiff.backprop import gradients
from interactive_graphs.framework import raw
from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """The matrices of second derivatives of the sum of `ys`, one for each of `xs`.

    Args:
        ys: a tensor or list of tensors.
        xs: a tensor or variable, or a list of them, of known shapes.
        name: the scope of the new nodes.
        colocate_gradients_with_ops: as for `gradients`.
        gate_gradients: as for `gradients`.
        aggregation_method: as for `gradients`.

    Returns:
        A list with a tensor for each x: `[*x.shape, *x.shape]`, its entry at `(i, j)`
        the derivative by `x[i]` and `x[j]`. Derivatives by two different xs are not
        among them.

    Raises:
        ValueError: the shape of an x is not known, or no y depends on it.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.constant([1.0, 2.0])
        >>> with tf.Session() as sess:
        ...     print(sess.run(tf.hessians(x[0] * x[0] * x[1], x))[0])
        [[4. 2.]
         [2. 0.]]
    """
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    is_list = isinstance(xs, (list, tuple))
    graph = graph_of((ys, xs))
    with graph.as_default(), graph.name_scope(name):
        found = []
        for x in xs if is_list else [xs]:
            (first,) = gradients(ys, x, **options)
            if first is None:
                raise ValueError(f"hessians: no y depends on {x}")
            found.append(_derivative(convert(first), x, options))
        return found


def _derivative(grad: Tensor, x: Any, options: dict[str, Any]) -> Tensor:
    """The derivatives of each element of `grad`, one `gradients` call for each."""
    shape = x.get_shape()
    if not shape.is_fully_defined():
        raise ValueError(f"hessians: the shape of {x} must be known, it is {shape}")
    count = shape.num_elements()
    flat = raw.Reshape(grad, [-1])
    rows = []
    for i in range(count):
        entry = raw.StridedSlice(flat, [i], [i + 1], [1], shrink_axis_mask=1)
        (row,) = gradients(entry, x, **options)
        # None: the gradient is constant, as that of a linear function.
        rows.append(raw.ZerosLike(x) if row is None else convert(row))
    dims = shape.as_list()
    if not rows:
        empty: Tensor = raw.Fill([*dims, *dims], raw.Cast(0, DstT=grad.dtype))
        return empty
    matrix: Tensor = raw.Reshape(raw.Pack(rows), [*dims, *dims])
    return matrix
