"""How a program writes an op better than by calling its kernel.

On numpy scalars an operator costs a tenth of a ufunc call, on arrays the same, and it
reads better. This is the first of the tables by which faster tiers take over; an op
that is in none of them is called by its kernel. Read next: `compile.py`.
"""

from __future__ import annotations

from typing import Final

from interactive_graphs.framework.operation import Operation

# Operators of numbers that mean exactly what the kernel does, for every dtype.
_NUMERIC: Final = {
    "Add": "{} + {}",
    "AddV2": "{} + {}",
    "Sub": "{} - {}",
    "Mul": "{} * {}",
    "Neg": "-{}",
}
# The same for floating types only: of integers these truncate or fail.
_FLOATING: Final = {"RealDiv": "{} / {}", "Square": "{0} * {0}"}
# Comparisons of numbers, and what is made of their results.
_COMPARISONS: Final = {
    "Less": "{} < {}",
    "LessEqual": "{} <= {}",
    "Greater": "{} > {}",
    "GreaterEqual": "{} >= {}",
}
_LOGICAL: Final = {"LogicalAnd": "{} & {}", "LogicalOr": "{} | {}"}


def expression(op: Operation) -> str | None:
    """A format of the inputs' names that computes `op`, or None to call its kernel."""
    if not op.outputs:
        return None
    dtype = op.outputs[0].dtype
    if dtype.name == "bool":
        # Those of bfloat16 are Python's truths on scalars, not numpy's.
        compared = op.inputs[0].dtype.base_dtype.name if op.inputs else ""
        return (
            _LOGICAL.get(op.type)
            if compared in ("bool", "bfloat16")
            else _COMPARISONS.get(op.type)
        )
    if dtype.is_floating or dtype.is_integer or dtype.is_complex:
        found = _NUMERIC.get(op.type)
        if found is not None:
            return found
    return _FLOATING.get(op.type) if dtype.is_floating else None


def gives_fresh_scalar(op: Operation) -> bool:
    """Whether the value of `op` is a numpy scalar of its own, safe to hand out."""
    return expression(op) is not None and op.outputs[0].static_shape == ()
