"""The steps of optimizers as clusters: a variable and its slots in one pass.

The formulas are not written again. The rules of `kernels/cpu/training.py` are run on
`Traced` numbers, which note what is done with them:

    update = update_of("Adam", (784, 256), "float32", use_nesterov=False)
    update.cluster.operands     # var, m, v, beta1_power, ... grad, as the op takes them
    update.changed              # (0, 1, 2): what the cluster's outputs are

So native steps round where the others do. The same values serve single rows
(`gather.py`). Read next: `../cpu/training.py`.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.kernels.cpu import training
from interactive_graphs.kernels.native.clusters import (
    Cluster,
    Operand,
    Shape,
    Store,
    Value,
)

RULES: Final[dict[str, Callable[..., Any]]] = {
    "GradientDescent": training.gradient_descent,
    "ProximalGradientDescent": training.proximal_gradient_descent,
    "Momentum": training.momentum,
    "Adagrad": training.adagrad,
    "ProximalAdagrad": training.proximal_adagrad,
    "AdagradDA": training.adagrad_da,
    "Adadelta": training.adadelta,
    "RMSProp": training.rms_prop,
    "CenteredRMSProp": training.centered_rms_prop,
    "Adam": training.adam,
    "AdaMax": training.ada_max,
    "AddSign": training.add_sign,
    "PowerSign": training.power_sign,
    "Ftrl": training.ftrl,
    "FtrlV2": training.ftrl_v2,
}
"""The rule of each op, by what follows `Apply` in its name."""

VARIABLES: Final = {
    "GradientDescent": 1, "ProximalGradientDescent": 1, "Momentum": 2, "Adagrad": 2,
    "ProximalAdagrad": 2, "AdagradDA": 3, "Adadelta": 3, "RMSProp": 3,
    "CenteredRMSProp": 4, "Adam": 3, "AdaMax": 3, "AddSign": 2, "PowerSign": 2,
    "Ftrl": 3, "FtrlV2": 3,
}  # fmt: skip
"""How many of its inputs, the first ones, are the variable and its slots."""


class Update(NamedTuple):
    """A step of an optimizer.

    Attributes:
        cluster: its operands are the inputs of the op in their order, its outputs the
            new values. Each may be where the old one is.
        changed: for each output the number of the variable or slot that it replaces.
    """

    cluster: Cluster
    changed: tuple[int, ...]


def update_of(
    name: str,
    shape: Shape,
    dtype: str,
    constants: Mapping[str, float] | None = None,
    **options: bool,
) -> Update:
    """Returns the step of the op `Apply<name>` as a cluster.

    Args:
        name: a key of `RULES`.
        shape: of the variable, its slots and the gradient.
        dtype: theirs: "float32" or "float64".
        constants: inputs whose numbers are known, by their names in the rule; powers
            become square roots this way. They stay operands, which nothing reads.
        **options: the op's own attributes.
    """
    rule, count = RULES[name], VARIABLES[name]
    names = [each for each in inspect.signature(rule).parameters if each not in options]
    operands = tuple(
        Operand("int64", ())
        if each == "global_step"
        else Operand(dtype, shape if place < count or each in ("grad", "delta") else ())
        for place, each in enumerate(names)
    )
    known = {each: np.dtype(dtype).type(x) for each, x in (constants or {}).items()}

    def run(trace: Trace) -> tuple[Any, ...]:
        given = [
            known[each] if each in known else Traced(trace, place, operand.dtype)
            for place, (each, operand) in enumerate(zip(names, operands, strict=True))
        ]
        results: tuple[Any, ...] = rule(*given, **options)
        return results

    trace = Trace(dtype, len(operands))
    numbers = _both_ways(trace, run)
    stored = [(n, place) for place, n in enumerate(numbers) if n != place]
    stores = tuple(Store(number) for number, _ in stored)
    cluster = Cluster(shape, operands, tuple(trace.values), stores)
    return Update(cluster, tuple(place for _, place in stored))


class Trace:
    """What was done with traced numbers.

    Attributes:
        dtype: of the numbers.
        values: what was computed so far.
        answers: what tests give, in the order they are asked.
        asked: the number of the first test that `answers` has no answer for.
    """

    def __init__(self, dtype: str, operands: int) -> None:
        self.dtype = dtype
        self.operands = operands
        self.values: list[Value] = []
        self.answers: list[bool] = []
        self.asked: int | None = None
        self._tests = 0
        self._found: dict[Value, int] = {}

    def add(
        self, op: str, args: tuple[int, ...], dtype: str, number: Any = None
    ) -> int:
        """Notes a value, unless it has been computed before; returns its number."""
        value = Value(op, args, dtype, number)
        if value not in self._found:
            self._found[value] = self.operands + len(self.values)
            self.values.append(value)
        return self._found[value]

    def restart(self, answers: list[bool]) -> None:
        """Begins the rule once more, with other answers."""
        self.answers, self.asked, self._tests = answers, None, 0

    def decide(self, test: int) -> bool:
        """The answer to a test of the rule's own `if`."""
        self._tests += 1
        if self._tests <= len(self.answers):
            return self.answers[self._tests - 1]
        if self._tests == len(self.answers) + 1:
            self.asked = test
        return True


def _both_ways(
    trace: Trace,
    run: Callable[[Trace], tuple[Any, ...]],
    answers: tuple[bool, ...] = (),
) -> list[int]:
    """The numbers of a rule's results, both ways of each `if` computed and selected."""
    trace.restart([*answers])
    results = [Traced.of(trace, result).number for result in run(trace)]
    test = trace.asked
    if test is None:
        return results
    yes = _both_ways(trace, run, (*answers, True))
    no = _both_ways(trace, run, (*answers, False))
    return [
        a if a == b else trace.add("select", (test, a, b), trace.dtype)
        for a, b in zip(yes, no, strict=True)
    ]


_UFUNCS: Final = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.divide: "divide",
    np.maximum: "maximum",
    np.negative: "negative",
    np.absolute: "abs",
    np.sign: "sign",
    np.sqrt: "sqrt",
    np.exp: "exp",
    np.power: "pow",
    np.greater: "greater",
}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A number of a step that is not known yet.

    Python's operators become numpy's functions, and these arrive here.
    """

    def __init__(self, trace: Trace, number: int, dtype: str) -> None:
        self.trace = trace
        self.number = number
        self.dtype = np.dtype(dtype)

    @classmethod
    def of(cls, trace: Trace, x: Any) -> "Traced":
        """A number as a traced one."""
        if isinstance(x, Traced):
            return x
        number = trace.add("constant", (), trace.dtype, float(x))
        return cls(trace, number, trace.dtype)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> Any:
        # `x += y` comes with `out`; the name gets what is returned, so nothing is lost.
        if method != "__call__" or options.keys() - {"out"} or ufunc not in _UFUNCS:
            return NotImplemented
        op, trace = _UFUNCS[ufunc], self.trace
        if op == "pow" and not isinstance(inputs[1], Traced) and inputs[1] == 0.5:
            op, inputs = "sqrt", inputs[:1]
        args = tuple(Traced.of(trace, x).number for x in inputs)
        dtype = "bool" if op == "greater" else trace.dtype
        return Traced(trace, trace.add(op, args, dtype), dtype)

    def __array_function__(
        self, function: Any, types: Any, args: Any, options: Any
    ) -> Any:
        if function is np.zeros_like:
            return Traced.of(self.trace, 0)
        if function is not np.where:
            return NotImplemented
        numbers = tuple(Traced.of(self.trace, x).number for x in args)
        dtype = self.trace.dtype
        return Traced(self.trace, self.trace.add("select", numbers, dtype), dtype)

    def astype(self, dtype: Any) -> "Traced":
        """The number in another dtype."""
        if self.dtype == dtype:
            return self
        name = str(np.dtype(dtype))
        return Traced(self.trace, self.trace.add("cast", (self.number,), name), name)

    def __bool__(self) -> bool:
        return self.trace.decide(self.number)
