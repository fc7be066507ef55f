"""Op constructors by name: `raw.MatMul(a, b, transpose_a=True)`.

A name is resolved in the registry when it is used, so that a gradient in one family can
build ops of another without importing it (`docs/design/` says why). A misspelt name
shows when called, with the nearest one suggested; a test calls every gradient. Read
next: `../ops/sums.py`, a family.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any as Anything  # Any is an op

from interactive_graphs.framework import registry
from interactive_graphs.framework.build import apply
from interactive_graphs.framework.registry import OpDef


# Unannotated on purpose: mypy may read a family before this module, and would then
# take the words of an annotation for unknown types.
def __getattr__(name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The constructor of the op called `name`.

    Raises:
        AttributeError: there is no such op; the nearest name is suggested.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        op_def = registry.lookup(name)
    except LookupError as error:
        raise AttributeError(str(error)) from None
    constructor = _constructor(op_def)
    globals()[name] = constructor
    return constructor


def _constructor(op_def: OpDef) -> Callable[..., Anything]:
    outputs = op_def.outputs
    single = len(outputs) == 1 and not outputs[0].is_list
    names = op_def.input_names

    def build(*args: Anything, name: str | None = None, **attrs: Anything) -> Anything:
        if len(args) < len(names):
            missing = names[len(args) :]
            absent = [n for n in missing if n not in attrs]
            if absent:
                raise TypeError(f"No argument for input {absent[0]} of {op_def.name}")
            args = (*args, *(attrs.pop(n) for n in missing))
        op = apply(op_def, args, attrs, name)
        if single:
            return op.result
        return op.outputs if outputs else op

    build.__name__ = build.__qualname__ = op_def.name
    build.__doc__ = op_def.doc or f"Adds a node of type {op_def.name}."
    return build
