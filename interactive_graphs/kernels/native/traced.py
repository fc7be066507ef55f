"""Formulas from kernels: what a kernel computes, found by calling it with elements.

    formula = Formula()
    x = formula.operand("float32")
    y = formula.number(np.tanh(x) * 2 + 1)      # values: tanh, constant, multiply, ...

The numpy kernel of an elementwise op says what the op means. Called with `Element`s
in place of arrays it writes down what it would do, so tier 2 cannot mean anything else,
down to the rounding of constants and the order of sums. A kernel that looks at values,
or at shapes, cannot be traced; but see `both_ways`. Read next: `updates.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from interactive_graphs.kernels.native.clusters import DTYPES, Value
from interactive_graphs.kernels.native.operations import supports

_NAMES: Final = {
    "absolute": "abs", "power": "pow", "isnan": "is_nan", "isinf": "is_inf",
    "isfinite": "is_finite", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
}  # fmt: skip
"""What clusters call the ufuncs whose names are others there."""


class UntraceableError(Exception):
    """What a kernel does is no formula of elements; says what it was."""


class Formula:
    """Values in the order in which they are computed; see `work.Pointwise`.

    Attributes:
        values: what was written down so far.
        dtypes: of the operands.
    """

    def __init__(self) -> None:
        """Nothing is written down."""
        self.values: list[Value] = []
        self.dtypes: list[str] = []
        self._known: dict[str, int] = {}
        # What tests give, in the order in which they are asked; None where none may be.
        self._answers: list[bool] | None = None
        self._tests: list[Element] = []

    def operand(self, dtype: str) -> Element:
        """The next operand."""
        self.dtypes.append(_checked(dtype))
        return Element(self, ~(len(self.dtypes) - 1), np.dtype(dtype))

    def value(
        self, op: str, *args: Element, dtype: Any, constant: Any = None
    ) -> Element:
        """One operation, or the equal one that was written down before."""
        kind = np.dtype(dtype)
        numbers = tuple(a.number for a in args)
        divisor = None
        if args and args[-1].number >= 0:
            divisor = self.values[args[-1].number].constant
        taken = [name_of(a.dtype) for a in args]
        if not supports(op, taken, name_of(kind), divisor):
            raise UntraceableError(f"{op} of {taken}")
        value = Value(op, numbers, _checked(name_of(kind)), constant)
        # Of constants 0.0 and -0.0 are equal, and NaN never is.
        key = repr(value)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self.values)
            self.values.append(value)
        return Element(self, number, kind)

    def constant(self, number: Any, dtype: Any) -> Element:
        """A number that is known."""
        kind = np.dtype(dtype)
        with np.errstate(all="ignore"):
            exact = np.asarray(number).astype(kind)[()].item()
        return self.value("constant", dtype=kind, constant=exact)

    def cast(self, element: Element, dtype: Any) -> Element:
        """The same number in another dtype."""
        kind = np.dtype(dtype)
        if element.dtype == kind:
            return element
        return self.value("cast", element, dtype=kind)

    def element(self, given: Any, dtype: Any) -> Element:
        """What a kernel combined elements with, in a dtype."""
        if isinstance(given, Element):
            return self.cast(given, dtype)
        if isinstance(given, (bool, int, float, np.generic)) or np.ndim(given) == 0:
            return self.constant(given, dtype)
        raise UntraceableError("an array")

    def number(self, result: Any, dtype: Any = None) -> int:
        """The number of what a kernel gave."""
        if not isinstance(result, Element):
            result = self.constant(result, np.asarray(result).dtype)
        return self.cast(result, result.dtype if dtype is None else dtype).number

    def decide(self, test: Element) -> bool:
        """The answer to a kernel's own `if`."""
        if self._answers is None:
            raise UntraceableError("a condition")
        self._tests.append(test)
        asked = len(self._tests)
        return self._answers[asked - 1] if asked <= len(self._answers) else True

    def both(
        self, run: Callable[[], tuple[Any, ...]], answers: tuple[bool, ...] = ()
    ) -> tuple[Any, ...]:
        """The results of each way that a kernel may take, one of them selected.

        Args:
            run: the kernel.
            answers: what its first tests give.
        """
        self._answers, self._tests = [*answers], []
        try:
            results = run()
            tests = self._tests
        finally:
            self._answers = None
        if len(tests) == len(answers):
            return results
        test = tests[len(answers)]
        yes, no = (self.both(run, (*answers, way)) for way in (True, False))
        return tuple(map(functools.partial(np.where, test), yes, no))


class Element(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for each element of an array while a kernel is traced.

    Attributes:
        formula: where it is written down what becomes of it.
        number: an operand or value of the formula.
        dtype: of the array.
    """

    __slots__ = ("dtype", "formula", "number")

    def __init__(self, formula: Formula, number: int, dtype: np.dtype[Any]) -> None:
        """See the class."""
        self.formula = formula
        self.number = number
        self.dtype = dtype

    def astype(self, dtype: Any, copy: bool = True) -> Element:  # noqa: ARG002
        """The same number in another dtype."""
        return self.formula.cast(self, dtype)

    def __bool__(self) -> bool:
        """No element is known; both ways may be taken."""
        return self.formula.decide(self)

    def __pow__(self, exponent: Any) -> Any:
        """The operator takes roots where numpy's does, which the ufunc does not."""
        if not isinstance(exponent, Element) and exponent == 0.5:
            return np.sqrt(self)
        return np.power(self, exponent)

    def __setitem__(self, test: Element, value: Any) -> None:
        """Stand for another number where a test holds."""
        self.number = np.where(test, value, self).number  # type: ignore[attr-defined]

    def __array__(self, *args: Any, **options: Any) -> Any:
        """No element is known."""
        raise UntraceableError("a conversion")

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any
    ) -> Any:
        """Write a ufunc down."""
        if method != "__call__" or ufunc.nout != 1:
            raise UntraceableError(f"{ufunc.__name__}.{method}")
        out = options.pop("out", None)
        if options:
            raise UntraceableError(f"{ufunc.__name__} with {sorted(options)}")
        result = apply(self.formula, ufunc, inputs)
        # Kernels change in place only what they have just made.
        return result if out is None else self.formula.cast(result, out[0].dtype)

    def __array_function__(
        self, function: Callable[..., Any], kinds: Any, args: Any, options: Any
    ) -> Any:
        """Write one of numpy's functions down."""
        if options:
            raise UntraceableError(function.__name__)
        if function is np.where and len(args) == 3:
            chosen, x, y = args
            dtype = np.result_type(*(_promoting(v) for v in (x, y)))
            first, second = (self.formula.element(v, dtype) for v in (x, y))
            test = self.formula.element(chosen, np.bool_)
            return self.formula.value("select", test, first, second, dtype=dtype)
        if function is np.zeros_like:
            return self.formula.constant(0, args[0].dtype)
        raise UntraceableError(function.__name__)


def both_ways(rule: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """The same rule, which may test numbers that are not known.

    What a test chooses between is then computed both ways: none may raise an error.

    Args:
        rule: of numbers and elements; where it says `if x > 0`, x has no dimensions.
    """

    @functools.wraps(rule)
    def traced(*args: Any) -> tuple[Any, ...]:
        formula = next(arg.formula for arg in args if isinstance(arg, Element))
        return formula.both(lambda: rule(*args))

    return traced


def apply(formula: Formula, ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Element:
    """What a ufunc makes of elements and numbers, by numpy's rules for dtypes."""
    kinds = tuple(map(_kind, inputs))
    try:
        *wanted, result = ufunc.resolve_dtypes((*kinds, None))
    except TypeError as error:
        raise UntraceableError(f"{ufunc.__name__}: {error}") from None
    args = [formula.element(x, d) for x, d in zip(inputs, wanted, strict=True)]
    name = _NAMES.get(ufunc.__name__, ufunc.__name__)
    return formula.value(name, *args, dtype=result)


def _kind(given: Any) -> Any:
    """What numpy's promotion goes by: Python's numbers have a kind and no dtype."""
    if type(given) in (int, float, bool):
        return type(given)
    return given.dtype


def _promoting(given: Any) -> Any:
    return given if type(given) in (int, float, bool) else given.dtype


@functools.cache
def name_of(dtype: np.dtype[Any]) -> str:
    """A dtype's name, which numpy puts together each time."""
    return dtype.name


def _checked(dtype: str) -> str:
    if dtype not in DTYPES:
        raise UntraceableError(f"dtype {dtype}")
    return dtype
