"""The text of a program while it is written: its lines, and the names in them.

Names are made from node names by this file alone: what a graph is called is data and is
never run. Read next: `writer.py`.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.plan import users

Feeder = Callable[[Any], Any]

_INDENT = "        "
_NO_LETTER = re.compile(r"\W", re.ASCII)
_RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins))
# Python numbers that are converted right away: the type, and what makes it safe.
_PYTHON_SCALARS = {
    "float32": ("float", ""),
    "float64": ("float", ""),
    "int32": ("int", " and -2147483648 <= {x} <= 2147483647"),
    "int64": ("int", " and -(2**63) <= {x} < 2**63"),
    "bool": ("bool", ""),
}


class Probe(Protocol):
    """What watches a step from inside: tracing, watching and stepping are one thing.

    Compiled in only when asked for, so that it costs nothing when not.
    """

    def wants(self, op: Operation) -> bool:
        """Whether this node is of interest."""

    def before(self, op: Operation, at: tuple[int, ...]) -> None:
        """Called right before a node runs.

        Args:
            op: the node.
            at: which iteration of each loop around it, outermost first.
        """

    def after(
        self, op: Operation, outputs: tuple[Any, ...], at: tuple[int, ...]
    ) -> tuple[Any, ...] | None:
        """Called right after, with the values it gave.

        Returns:
            Other values to go on with, one for each output, or None.
        """


class Listing:
    """Collects lines, the names in them and the objects behind the names."""

    def __init__(self) -> None:
        """Nothing is written."""
        self._lines: list[str] = []
        self._ops: list[Operation | None] = []
        # By line the operations of one that does the work of several.
        self._several: dict[int, tuple[Operation, ...]] = {}
        self._names: dict[Tensor, str] = {}
        self._used = set(_RESERVED)
        self._env: dict[str, Any] = {}
        self._indent = _INDENT

    def _identifier(self, wish: str, prefix: str = "") -> str:
        base = _NO_LETTER.sub("_", wish).strip("_") or "x"
        if base[0].isdigit():
            base = "n" + base
        base = prefix + base
        name = base
        for number in itertools.count(2):
            if name not in self._used:
                break
            name = f"{base}_{number}"
        self._used.add(name)
        return name

    def _object(self, wish: str, value: Any, prefix: str = "") -> str:
        if self._env.get(wish) is value and value is not None:
            return wish  # it has that name already: dtypes are wished for often
        name = self._identifier(wish, prefix)
        self._env[name] = value
        return name

    def _bind(self, name: str, value: Any) -> None:
        """Give an object a name that no node has."""
        self._env[name] = value
        self._used.add(name)

    def _line(
        self, text: str, op: Operation | None = None, indent: str | None = None
    ) -> None:
        self._lines.append((self._indent if indent is None else indent) + text)
        self._ops.append(None if op is None else users(op))

    def _line_of(self, text: str, ops: Sequence[Operation]) -> None:
        """A line that says what does the work of several operations."""
        self._several[len(self._lines)] = tuple(dict.fromkeys(map(users, ops)))
        self._line(text)

    # -- feeds -------------------------------------------------------------------------

    def _unpack(self, tensors: Sequence[Tensor]) -> None:
        """Give fed values their names."""
        names = [self._identifier(t.op.name) for t in tensors]
        if names:
            self._line(", ".join(names) + ", = values", indent="    ")
        self._names.update(zip(tensors, names, strict=True))

    def _check(
        self, tensor: Tensor, test: str, feeder: Feeder, exact: bool = False
    ) -> None:
        """Check one fed value; rank 0 goes on as a numpy scalar, which is quicker.

        Args:
            tensor: what is fed.
            test: true of a value that needs conversion.
            feeder: converts it.
            exact: whether values of another shape than the tensor's go to `other`.
        """
        name, indent = self._names[tensor], "    "
        dtype = tensor.dtype.base_dtype
        shape = tensor.static_shape
        if exact and test != "True":
            given = " or {x}.dtype is not {dtype} or {x}."
            given += f"shape != {shape}" if shape else "ndim"
            test = "type({x}) is not ndarray" + given
        if tensor.static_shape in (None, ()) and test != "True":
            python, limits = _PYTHON_SCALARS.get(dtype.name, (None, ""))
            if python is not None:
                make = self._object(f"as_{dtype.name}", dtype.as_numpy_dtype)
                is_plain = f"type({name}) is {python}{limits.format(x=name)}"
                self._line(f"if {is_plain}: {name} = {make}({name})", indent=indent)
                indent += "el"
                self._line(f"if type({name}) is {make}: pass", indent=indent)
        convert = self._object(f"feed_{name}", boundary.scalar_from(feeder))
        given = self._object(dtype.name, dtype.np_dtype)
        check = test.format(x=name, dtype=given)
        if exact:
            self._line(f"if {check}:", indent=indent)
            self._line(f"{name} = {convert}({name})")
            wrong = f"{name}.shape != {shape}" if shape else f"{name}.shape"
            self._line(f"if {wrong}: return other(values)")
        else:
            self._line(f"if {check}: {name} = {convert}({name})", indent=indent)
        if dtype.name == "string":
            self._line(f"{name} = encode({name})", indent="    ")
        elif tensor.static_shape == ():
            otherwise = "" if indent == "    " else "else: "
            self._line(f"{otherwise}{name} = {name}[()]", indent="    ")
