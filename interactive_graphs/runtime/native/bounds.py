"""How far native code may be from numpy, op by op; what is not here keeps every bit.

    >>> bound_of("Exp")
    Bound(ulps=4, of='result')
    >>> print(table())
    | op | native code and numpy differ by at most |
    ...

A bound is stated in units in the last place, and tests of the tiers hold every op to
it. Two zeros are equal whatever their signs, and so are two NaNs. What adds up many
terms may add them in another order; how far that may lead is known beforehand, but only
by the sizes of the terms. Where a filter is not finite, or the gradient of a
convolution, the zeros around an image may or may not make a NaN of it.
Read next: `lowerings.py`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

RESULT: Final = "result"
TERMS: Final = "terms"
INPUTS: Final = "inputs"


class Bound(NamedTuple):
    """How far two results may be apart.

    Attributes:
        ulps: so many units in the last place ...
        of: ... of the `RESULT`; or of the sum of the sizes of the `TERMS` that it is
            the sum of, for each of them; or of the largest of the `INPUTS`, or of one.
    """

    ulps: float
    of: str = RESULT

    def allowed(
        self, result: np.ndarray, terms: np.ndarray | None = None, count: int = 1
    ) -> np.ndarray:
        """The largest difference, for each element.

        Args:
            result: what numpy gives.
            terms: the sum of the sizes of its terms, or the largest input; needed where
                it is that what counts.
            count: how many terms there are, at most.
        """
        kind = np.finfo(result.dtype)
        size = np.abs(result) if self.of == RESULT or terms is None else terms
        factor = self.ulps * (count if self.of == TERMS else 1)
        least = factor * float(kind.smallest_subnormal)
        with np.errstate(all="ignore"):
            allowed: np.ndarray = factor * float(kind.eps) * size.astype("f8") + least
        return allowed

    def __str__(self) -> str:
        """In words, for a table."""
        if self.of == RESULT:
            return f"{self.ulps:g} ulp"
        if self.of == INPUTS:
            return f"{self.ulps:g} ulp of the largest input, or of 1"
        return f"{self.ulps:g} ulp of the sum of all terms' sizes, for each term"


EXACT: Final = Bound(0)

BOUNDS: Final[dict[str, Bound]] = {
    "Acos": Bound(8),
    "Asin": Bound(8),
    "Atan": Bound(8),
    "Cos": Bound(4),
    "Cosh": Bound(6),
    "Elu": Bound(6),
    "Erf": Bound(6),
    "Erfc": Bound(6),
    "Exp": Bound(4),
    "Expm1": Bound(6),
    "Lgamma": Bound(2),
    "Log": Bound(4),
    "Log1p": Bound(4),
    "Pow": Bound(4),
    "Rsqrt": Bound(3),
    "Selu": Bound(6),
    "Sigmoid": Bound(6),
    "Sin": Bound(4),
    "Sinh": Bound(6),
    "Softplus": Bound(6),
    "SoftplusGrad": Bound(6),
    "Tan": Bound(8),
    "Tanh": Bound(8),
    "Xlogy": Bound(5),
    "BatchMatMul": Bound(1, TERMS),
    "BatchMatMulV2": Bound(1, TERMS),
    "BiasAddGrad": Bound(1, TERMS),
    "Conv2D": Bound(1, TERMS),
    "Conv2DBackpropFilter": Bound(1, TERMS),
    "Conv2DBackpropInput": Bound(1, TERMS),
    "DepthwiseConv2dNative": Bound(1, TERMS),
    "DepthwiseConv2dNativeBackpropFilter": Bound(1, TERMS),
    "DepthwiseConv2dNativeBackpropInput": Bound(1, TERMS),
    "L2Loss": Bound(1, TERMS),
    "LogSoftmax": Bound(16, INPUTS),
    "MatMul": Bound(1, TERMS),
    "Mean": Bound(1, TERMS),
    "Prod": Bound(1, TERMS),
    "Softmax": Bound(16),
    "SoftmaxCrossEntropyWithLogits": Bound(16, INPUTS),
    "SparseSoftmaxCrossEntropyWithLogits": Bound(16, INPUTS),
    "Sum": Bound(1, TERMS),
}
"""By op type; the others are exact."""


WINOGRAD: Final = 115
"""By how much Winograd's convolutions multiply rounding errors, at most."""


def bound_of(op_type: str) -> Bound:
    """The bound of an op."""
    return BOUNDS.get(op_type, EXACT)


def table() -> str:
    """All bounds as a table in Markdown."""
    lines = ["| op | native code and numpy differ by at most |", "|---|---|"]
    named = {name: bound for name, bound in BOUNDS.items() if bound.ulps}
    lines += [f"| `{name}` | {bound} |" for name, bound in sorted(named.items())]
    text = f"{WINOGRAD} (1 + n / 8) ulp of the largest input times all weights' sizes"
    lines.append(f"| convolutions by Winograd's way | {text} |")
    lines.append("| all others | nothing, but for the sign of zeros |")
    return "\n".join(lines)
