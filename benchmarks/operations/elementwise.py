"""Elementwise operations and reductions."""

from typing import Any

import numpy as np

from benchmarks.operations.making import Maker, Operation, binary, side, unary

_UNARY = """
abs negative sign square sqrt exp log sin cos tan asin acos atan sinh cosh tanh sigmoid
floor ceil round rint reciprocal erf lgamma digamma expm1 log1p rsqrt is_nan is_finite
""".split()
_NETS = "relu relu6 elu selu softplus softsign leaky_relu".split()
_BINARY = """
add subtract multiply divide floordiv floormod pow maximum minimum squared_difference
atan2 less less_equal greater equal not_equal
""".split()
_LOGICAL = "logical_and logical_or logical_xor".split()
_INTEGERS = "add multiply floordiv floormod maximum less equal".split()
_REDUCTIONS = "sum mean max min prod logsumexp".split()


def _function(path: str) -> Any:
    def call(tf: Any, *args: Any) -> Any:
        for part in path.split("."):
            tf = getattr(tf, part)
        return tf(*args)

    return call


def _matrix(path: str, axis: int | None, values: str = "uniform") -> Operation:
    def build(make: Maker, count: int) -> Any:
        matrix = getattr(make, values)(side(count), side(count))
        return _function(path)(make.tf, matrix, *([] if axis is None else [axis]))

    return build


def _of_integers(path: str) -> Operation:
    def build(make: Maker, count: int) -> Any:
        return _function(path)(make.tf, make.integers(count), make.held(np.int32(7)))

    return build


def _row(make: Maker, count: int) -> Any:
    return make.normal(side(count), side(count)) + make.normal(side(count))


def _column(make: Maker, count: int) -> Any:
    return make.normal(side(count), side(count)) * make.normal(side(count), 1)


def _select(make: Maker, count: int) -> Any:
    return make.tf.where(make.bools(count), make.normal(count), make.normal(count))


def _add_n(make: Maker, count: int) -> Any:
    return make.tf.add_n([make.normal(count) for _ in range(4)])


def _cast(make: Maker, count: int) -> Any:
    return make.tf.cast(make.uniform(count, high=100.0), make.tf.int32)


def _cast_back(make: Maker, count: int) -> Any:
    return make.tf.cast(make.integers(count), make.tf.float32)


def _clip(make: Maker, count: int) -> Any:
    return make.tf.clip_by_value(make.normal(count), -0.5, 0.5)


def _histogram(make: Maker, count: int) -> Any:
    return make.tf.histogram_fixed_width(make.uniform(count), [0.0, 1.0], 50)


OPERATIONS: dict[str, Operation] = {
    **{name: unary(_function(name)) for name in _UNARY},
    **{name: unary(_function(f"nn.{name}"), "normal") for name in _NETS},
    **{name: binary(_function(name)) for name in _BINARY},
    **{name: binary(_function(name), "bools") for name in _LOGICAL},
    "logical_not": unary(_function("logical_not"), "bools"),
    **{f"{name} int32": _of_integers(name) for name in _INTEGERS},
    "where": _select,
    "add_n": _add_n,
    "cast to int32": _cast,
    "cast to float32": _cast_back,
    "clip_by_value": _clip,
    "add, a row to a matrix": _row,
    "multiply, a matrix by a column": _column,
    **{
        f"reduce_{name}{'' if axis is None else f', axis {axis}'}": _matrix(
            f"reduce_{name}", axis
        )
        for name in _REDUCTIONS
        for axis in (None, 0, 1)
    },
    "reduce_any": _matrix("reduce_any", 1, "bools"),
    "reduce_all": _matrix("reduce_all", None, "bools"),
    "argmax, axis 1": _matrix("argmax", 1),
    "argmin, axis 0": _matrix("argmin", 0),
    "cumsum": _matrix("cumsum", 1),
    "cumprod": _matrix("cumprod", 0),
    "histogram_fixed_width": _histogram,
}
