"""A sample's node in a graph, ready to be run and differentiated."""

from collections.abc import Callable
from typing import Any

import numpy as np

import interactive_graphs as tf
from interactive_graphs.framework import raw, registry
from interactive_graphs.framework.dtypes import as_dtype
from tests.registry.sample import Sample

PRECISE = {"float32": "float64", "complex64": "complex128"}


class Node:
    """The op of a sample between sources that are fed and outputs that are fetched.

    Attributes:
        op: the operation.
        sources: the inputs that a gradient is checked for, by flat index.
        tolerance: how far gradient and slope may be apart.
    """

    def __init__(
        self,
        sample: Sample,
        precise: bool = False,
        hide_shapes: bool = False,
        cast: dict[str, str] | None = None,
    ) -> None:
        """Adds the node to the default graph.

        Args:
            sample: the record.
            precise: whether to use 64-bit floats where the op takes them.
            hide_shapes: whether inputs come from placeholders of unknown shape.
            cast: dtypes by type attribute, instead of the sample's own.
        """
        self.sample = sample
        self.record = registry.lookup(sample.op)
        self.dtypes = dict(cast or {})
        self.attrs = dict(sample.attrs)
        self.hide_shapes = hide_shapes
        self.feeds: dict[Any, np.ndarray] = {}
        self.sources: dict[int, Any] = {}
        self.before: list[Any] = []
        if precise:
            self._widen()
        self._index = 0
        inputs = [
            self._argument(arg, value)
            for arg, value in zip(self.record.inputs, sample.inputs, strict=True)
        ]
        made = getattr(raw, sample.op)(*inputs, name="node", **self.attrs)
        first = made[0] if isinstance(made, list) else made
        self.op = getattr(first, "op", first)
        self.session = tf.Session(graph=self.op.graph)
        exact = all(v.dtype in (np.float64, np.complex128) for v in self._values())
        self.tolerance = sample.tolerance if exact else max(sample.tolerance, 2e-2)
        self.step = 1e-5 if exact else 1e-2

    def _values(self) -> list[np.ndarray]:
        return [self.feeds[t] for t in self.sources.values()]

    def _widen(self) -> None:
        """Choose 64-bit floats for the type attributes that allow them."""
        for arg, value in zip(self.record.inputs, self.sample.inputs, strict=True):
            if arg.type_attr is None or callable(value):
                continue
            first = value[0] if arg.is_list else value
            wide = PRECISE.get(np.asarray(first).dtype.name)
            allowed = self.record.attrs[arg.type_attr].allowed
            if wide and (allowed is None or as_dtype(wide) in allowed):
                self.dtypes[arg.type_attr] = wide
        for name, attr in self.record.attrs.items():
            # Results such as the real part of a complex number go along.
            given = self.attrs.get(name, attr.default)
            if attr.kind != "type" or name in self.dtypes or given is registry.MISSING:
                continue
            wide = PRECISE.get(as_dtype(given).name)
            is_output = any(arg.type_attr == name for arg in self.record.outputs)
            if wide and is_output and self.dtypes:
                self.attrs[name] = wide

    def _argument(self, arg: registry.Arg, value: Any) -> Any:
        if arg.is_list:
            return [self._one(arg, item) for item in value]
        return self._one(arg, value)

    def _one(self, arg: registry.Arg, value: Any) -> Any:
        index = self._index
        self._index += 1
        if callable(value):
            return value()
        array = np.asarray(value)
        if arg.type_attr in self.dtypes:
            target = as_dtype(self.dtypes[arg.type_attr])
            if np.iscomplexobj(array) and not target.is_complex:
                array = array.real
            array = array.astype(target.np_dtype)
        elif arg.dtype is not None and arg.dtype.name != "string":
            array = array.astype(arg.dtype.np_dtype)
        dtype = as_dtype(array.dtype)
        if arg.is_ref:
            ref = raw.VariableV2(shape=array.shape, dtype=dtype)
            self.before.append(raw.Assign(ref, array))
            return ref
        wanted = self.sample.differentiable
        smooth = dtype.is_floating or dtype.is_complex
        if self.hide_shapes or (smooth if wanted is None else index in wanted):
            shape = None if self.hide_shapes else array.shape
            source = tf.placeholder(dtype, shape)
            self.feeds[source] = array
            if smooth and (wanted is None or index in wanted):
                self.sources[index] = source
            return source
        return tf.constant(array, dtype)

    def run(self) -> list[np.ndarray]:
        """The outputs."""
        self.session.run(self.before)
        if not self.op.outputs:
            self.session.run(self.op, self.feeds)
            return []
        values = self.session.run(list(self.op.outputs), self.feeds)
        return [
            value
            if isinstance(value, np.ndarray | np.generic)
            else np.array(value, object)
            for value in values
        ]

    def _differentiated(self) -> list[Any]:
        chosen = self.sample.outputs
        return [
            t
            for i, t in enumerate(self.op.outputs)
            if (t.dtype.is_floating or t.dtype.is_complex)
            and (chosen is None or i in chosen)
        ]

    def _weights(self) -> list[np.ndarray]:
        """What each element of the outputs counts, random but the same each time."""
        random = np.random.default_rng(7)
        found = []
        for value in self.session.run(self._differentiated(), self.feeds):
            weight = random.normal(size=np.shape(value))
            if np.iscomplexobj(value):
                weight = weight + 1j * random.normal(size=np.shape(value))
            found.append(weight.astype(value.dtype))
        return found

    def gradients(self) -> dict[int, np.ndarray]:
        """What `tf.gradients` says of each source."""
        ys = self._differentiated()
        xs = list(self.sources.values())
        with self.op.graph.as_default():
            seeds = [tf.constant(w) for w in self._weights()]
            grads = tf.gradients(ys, xs, grad_ys=seeds)
        found = {}
        for index, x, grad in zip(self.sources, xs, grads, strict=True):
            value = self.feeds[x]
            dense = np.zeros_like(value)
            if grad is not None:
                result = self.session.run(grad, self.feeds)
                if isinstance(result, tf.IndexedSlicesValue):
                    np.add.at(dense, result.indices, result.values)
                else:
                    dense = result
                assert dense.dtype == value.dtype
                assert dense.shape == value.shape, f"gradient of {x} has another shape"
            found[index] = _symmetric(dense) if self.sample.symmetric else dense
        return found

    def slope(self, index: int) -> np.ndarray:
        """The difference quotients of the weighted sum of all outputs."""
        source = self.sources[index]
        value = self.feeds[source]
        ys, weights = self._differentiated(), self._weights()

        def total(changed: np.ndarray) -> float:
            results = self.session.run(ys, {**self.feeds, source: changed})
            return sum(
                float(np.sum((np.conj(w) * r).real.astype(np.float64)))
                for w, r in zip(weights, results, strict=True)
            )

        slope = np.zeros_like(value)
        for at in np.ndindex(value.shape):
            slope[at] = self._quotient(total, value, at, 1)
            if np.iscomplexobj(value):
                slope[at] += 1j * self._quotient(total, value, at, 1j)
        return slope

    def _quotient(
        self,
        total: Callable[[np.ndarray], float],
        value: np.ndarray,
        at: tuple[int, ...],
        direction: complex,
    ) -> float:
        ends = []
        for sign in (1, -1):
            changed = value.copy()
            changed[at] += value.dtype.type(sign * self.step * direction)
            if self.sample.symmetric and at[-1] != at[-2]:
                mirrored = (*at[:-2], at[-1], at[-2])
                changed[mirrored] += value.dtype.type(sign * self.step * direction)
            ends.append(total(changed))
        return (ends[0] - ends[1]) / (2 * self.step)


def _symmetric(grad: np.ndarray) -> np.ndarray:
    """The slope when both of a pair of mirrored elements move."""
    both = grad + np.swapaxes(grad, -1, -2)
    diagonal = np.arange(grad.shape[-1])
    both[..., diagonal, diagonal] /= 2
    return both
