"""The operators on Variable: those of Tensor, on the variable's value.

They are looked up on Tensor when used, since `operators.py` fills them in.
Read next: `operators.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.framework.tensor import Tensor

_OPERATORS = (
    "add radd sub rsub mul rmul div rdiv truediv rtruediv floordiv rfloordiv mod rmod "
    "pow rpow matmul rmatmul lt le gt ge and rand or ror xor rxor invert neg abs"
).split()
# `v += x` rebinds the Python name to a tensor; once per operator it says so.
_IN_PLACE = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}
_warned: set[str] = set()


def _operator(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        function = getattr(Tensor, name, None)
        return NotImplemented if function is None else function(self.value(), *args)

    method.__name__ = name
    return method


def _in_place(name: str, sign: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if name not in _warned:
            _warned.add(name)
            instead = f"variable.assign(variable {sign} y)"
            if name in ("add", "sub"):
                instead = f"variable.assign_{name}"
            log = lazy.load("logging").getLogger("interactive_graphs")
            log.warning(
                "Variable %s= will be deprecated. Use %s if you want assignment to "
                "the variable value or 'x = x %s y' if you want a new python Tensor "
                "object.",
                sign, instead, sign,
            )  # fmt: skip
        return getattr(type(self), f"__{name}__")(self, other)

    return method


def install_operators(variable_class: type) -> None:
    """Give a class of variables the operators of Tensor."""
    for name in _OPERATORS:
        setattr(variable_class, f"__{name}__", _operator(f"__{name}__"))
    for name, sign in _IN_PLACE.items():
        setattr(variable_class, f"__i{name}__", _in_place(name, sign))
