"""The steps of optimizers as clusters: a variable and its slots in one pass.

The formulas are not written again, but traced (`traced.py`) from the rules of
`kernels/cpu/training.py`:

    update = update_of("Adam", (784, 256), "float32", use_nesterov=False)
    update.cluster.operands     # var, m, v, beta1_power, ... grad, as the op takes them
    update.changed              # (0, 1, 2): what the cluster's outputs are

So native steps round where the others do. The same values serve single rows
(`row_updates.py`). Read next: `../cpu/training.py`.
"""

import functools
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
)
from interactive_graphs.kernels.native.traced import Formula, both_ways

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
    formula = Formula()
    elements = [formula.operand(operand.dtype) for operand in operands]
    known = {each: np.dtype(dtype).type(x) for each, x in (constants or {}).items()}
    given = [known.get(n, x) for n, x in zip(names, elements, strict=True)]
    results = both_ways(functools.partial(rule, **options))(*given)
    numbers = [_placed(formula.number(each), len(operands)) for each in results]
    values = tuple(
        value._replace(args=tuple(_placed(a, len(operands)) for a in value.args))
        for value in formula.values
    )
    changed = tuple(place for place, n in enumerate(numbers) if n != place)
    stores = tuple(Store(numbers[place]) for place in changed)
    return Update(Cluster(shape, operands, values, stores), changed)


def _placed(argument: int, operands: int) -> int:
    """The number in a cluster, where operands come first."""
    return ~argument if argument < 0 else argument + operands
