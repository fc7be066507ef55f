"""A plan as straight-line Python: one line a node, in the order to run them.

    def step(values):
        x, = values
        if type(x) is not ndarray or x.dtype is not float32: x = feed_x(x)
        fp = quiet()
        try:
            mul = x * mul_y                          # mul: float32[?]
            return fresh(mul)
        finally:
            loud(fp)

Names and lines are kept by `listing.py`; what comes of it is a Program (`program.py`).
Loops and conditions are written by `structured.py`. Read next: `../client/base.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from interactive_graphs._util import quiet
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import num_elements
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.runtime import boundary
from interactive_graphs.runtime.call import bind, grouped
from interactive_graphs.runtime.listing import Feeder, Listing, Probe
from interactive_graphs.runtime.lowering import expression, gives_fresh_scalar
from interactive_graphs.runtime.plan import Plan, users
from interactive_graphs.runtime.program import LoopLines, Program
from interactive_graphs.runtime.refs import owner, read, resource_of
from interactive_graphs.runtime.state import SessionState

Result = Tensor | Sequence[Tensor | None] | None

_LARGE = 16384
_numbers = itertools.count(1)


class Writer(Listing):
    """Writes a plan node by node."""

    def __init__(
        self, plan: Plan, state: SessionState, probe: Probe | None, inner: bool
    ) -> None:
        """Writes the program's head.

        Args:
            plan: what to write.
            state: the session's.
            probe: see `compile_plan`.
            inner: see `compile_plan`.
        """
        super().__init__()
        self._inner = inner
        self._plan = plan
        self._state = state
        self._probe = probe
        self._wished: dict[Tensor, str] = {}
        self._inputs_of: dict[Operation, list[str]] = {}
        self._kernels: dict[Any, str] = {}
        self._loops: list[LoopLines] = []
        self._last_use = self._find_last_uses()
        for name, value in (
            ("step", None),
            ("values", None),
            ("fp", None),
            ("told", None),
            ("ndarray", np.ndarray),
            ("quiet", quiet.enter),
            ("loud", quiet.leave),
            ("fresh", boundary.fresh),
            ("owned", boundary.owned),
            ("encode", boundary.encode),
            ("awaited", read),
        ):
            self._bind(name, value)
        self._line("def step(values):", indent="")

    def feeds(self, feeders: Sequence[tuple[str, Feeder]]) -> None:
        """Unpack the fed values and check them."""
        self._unpack(self._plan.feeds)
        if not self._inner:
            for tensor, (test, feeder) in zip(self._plan.feeds, feeders, strict=True):
                self._check(tensor, test, feeder)

    def _find_last_uses(self) -> dict[Tensor, Operation]:
        last: dict[Tensor, Operation] = {}
        for op in self._order():
            for tensor in op.inputs:
                last[self._plan.find(tensor)] = op
        for tensor in self._plan.fetches:
            last.pop(self._plan.find(tensor), None)
        return last

    def _order(self) -> Iterable[Operation]:
        """The nodes in the order of their lines."""
        return self._plan.nodes

    def body(self) -> None:
        """All nodes."""
        for op in self._order():
            self.node(op)

    # -- nodes -------------------------------------------------------------------------

    def open(self) -> None:
        """Begin the part that runs kernels."""
        self._line("fp = quiet()", indent="    ")
        self._line("try:", indent="    ")

    def node(self, op: Operation) -> None:
        """One node."""
        if self._bound_now(op) or self._read_now(op):
            return
        args = self._arguments(op)
        self._tell_before(op)
        written = self._expression(op)
        call = self._called(op, args) if written is None else written.format(*args)
        self._line(self._assigned(op) + call, op)
        values = "".join(f"{self._names[t]}, " for t in op.outputs)
        self._tell_after(op, values, f"{values}= told" if values else "")
        self._release(op)

    def _expression(self, op: Operation) -> str | None:
        """A format of the inputs' names that computes a node; None for its kernel."""
        return expression(op)

    def _arguments(self, op: Operation) -> list[str]:
        """What a node's kernel takes, as text; a list for each list argument."""
        items = [self._argument(op, i) for i in range(len(op.inputs))]
        self._inputs_of[users(op)] = items
        return [
            f"[{', '.join(a)}]" if isinstance(a, list) else a
            for a in grouped(op, items)
        ]

    def _called(self, op: Operation, args: list[str]) -> str:
        """The call of a node's kernel."""
        context = self._state.context(op) if _takes_ctx(op) else None
        return f"{self._kernel(op, context)}({', '.join(args)})"

    # -- who watches -------------------------------------------------------------------

    def _is_watched(self, op: Operation) -> bool:
        return self._probe is not None and self._probe.wants(op)

    def _at(self) -> str:
        """Which iteration of each loop around, as an expression."""
        return "()"

    def _tell_before(self, op: Operation) -> None:
        if self._probe is None or not self._probe.wants(op):
            return
        # Lines without a node: what a probe raises is no fault of the node's.
        before = self._object("before", self._probe.before)
        self._line(f"{before}({self._object(f'node_{op.name}', op)}, {self._at()})")

    def _tell_after(self, op: Operation, values: str, taken: str) -> None:
        """Tell what a node gave; `taken` takes other values, `told`, if there are."""
        if self._probe is None or not self._probe.wants(op):
            return
        after = self._object("after", self._probe.after)
        call = (
            f"{after}({self._object(f'node_{op.name}', op)}, ({values}), {self._at()})"
        )
        self._line(f"told = {call}" if taken else call)
        if taken:
            self._line(f"if told is not None: {taken}")

    def _kernel(self, op: Operation, context: Any) -> str:
        """The name of a node's kernel, shared by nodes with equal attributes.

        It tells which switches are on: `_MatMul_transpose_b`.
        """
        fn = bind(op, context, "CPU")
        attrs = [(n, op.attrs[n]) for n in op.op_def.kernels["CPU"].attrs]
        key = None if context is not None else (op.type, repr(attrs))
        if key is not None and key in self._kernels:
            return self._kernels[key]
        name = "_".join([op.type, *(n for n, value in attrs if value is True)])
        name = self._object(name, fn, prefix="_")
        if key is not None:
            self._kernels[key] = name
        return name

    def _bound_now(self, op: Operation) -> bool:
        """Variables and queues are found once, while compiling."""
        if op.inputs or len(op.outputs) != 1 or not _takes_ctx(op):
            return False
        tensor = op.outputs[0]
        if tensor in self._plan.feeds:
            return False
        if not (tensor.dtype._is_ref_dtype or tensor.dtype.name == "resource"):
            return False
        try:
            handle = bind(op, self._state.context(op))()
        except Exception:  # a clash of shared names: the step itself reports it
            return False
        self._names[tensor] = self._object(op.name, handle)
        return True

    def _read_now(self, op: Operation) -> bool:
        """A variable's read is its value at this point, without a copy."""
        if op.type != "Identity" or not op.inputs[0].dtype._is_ref_dtype:
            return False
        if self._is_watched(op):
            return False
        if op.inputs[0] in self._plan.feeds or op.outputs[0] in self._plan.feeds:
            return False
        self._names[op.outputs[0]] = self._dereferenced(
            self._plan.find(op.inputs[0]), op
        )
        return True

    def _assigned(self, op: Operation) -> str:
        """The left-hand side: fed outputs are thrown away, the feed stays."""
        if not op.outputs:
            return ""
        names = []
        for tensor in op.outputs:
            if tensor in self._plan.feeds:
                names.append(self._identifier("unused"))
                continue
            suffix = f"_{tensor.value_index}" if len(op.outputs) > 1 else ""
            name = self._wished.get(tensor) or self._identifier(op.name + suffix)
            self._names[tensor] = name
            names.append(name)
        many = len(op.outputs) > 1 or op.op_def.outputs[0].is_list
        return ", ".join(names) + (", = " if many and len(names) == 1 else " = ")

    def _argument(self, op: Operation, index: int) -> str:
        tensor = self._plan.find(op.inputs[index])
        if tensor.dtype._is_ref_dtype and tensor not in self._plan.feeds:
            args = op.op_def.inputs
            if index < len(args) and args[index].is_ref:
                return self._resource(tensor)
            return self._dereferenced(tensor, op)
        return self._value(tensor)

    def _value(self, tensor: Tensor) -> str:
        """The name of a tensor's value; a known one becomes a constant."""
        name = self._names.get(tensor)
        if name is None:
            value = self._plan.values[tensor]
            if value.ndim == 0 and value.dtype != object:
                value = value[()]
            name = self._names[tensor] = self._object(tensor.op.name, value)
        return name

    def _resource(self, tensor: Tensor) -> str:
        variable = owner(tensor).outputs[0]
        if variable not in self._names:
            self._names[variable] = self._object(
                variable.op.name, resource_of(tensor, self._state)
            )
        return self._names[variable]

    def _dereferenced(self, tensor: Tensor, op: Operation | None) -> str:
        """The value of a reference at this point of the program."""
        name = self._names[tensor]
        if not isinstance(self._env.get(name), VariableResource):
            return name  # the value that an assignment gave
        value = self._identifier(op.name if op is not None else tensor.op.name)
        blamed = self._object("reader", None if op is None else users(op))
        of = self._object("ref", tensor)
        self._line(f"{value} = {name}.value", op)
        self._line(f"if {value} is None: {value} = awaited({name}, {of}, {blamed})", op)
        return value

    def _release(self, op: Operation) -> None:
        """Let go of large values after their last use."""
        done = []
        for tensor in dict.fromkeys(map(self._plan.find, op.inputs)):
            if self._last_use.get(tensor) is not op or tensor in self._plan.values:
                continue
            name = self._names.get(tensor)
            if self._is_large(tensor) and name is not None and name not in self._env:
                done.append(name)
        if done:
            self._line(f"{' = '.join(done)} = None")

    @staticmethod
    def _is_large(tensor: Tensor) -> bool:
        count = num_elements(tensor.static_shape)
        return count is None or count >= _LARGE

    # -- results -----------------------------------------------------------------------

    def close(self, result: Result) -> None:
        """Return what was asked for."""
        if result is None:
            text = "None"
        elif isinstance(result, Tensor):
            text = self._fetched(result)
        else:
            parts = ["None" if t is None else self._fetched(t) for t in result]
            text = f"[{', '.join(parts)}]"
        self._line(f"return {text}")
        self._line("finally:", indent="    ")
        self._line("loud(fp)")

    def _fetched(self, tensor: Tensor) -> str:
        tensor = self._plan.find(tensor)
        if tensor.dtype._is_ref_dtype:
            value = self._dereferenced(tensor, None)
            return value if self._inner else f"owned({value})"
        name = self._value(tensor)
        if self._inner:
            return name
        kernel = tensor.op.op_def.kernels.get("CPU")
        made_here = name not in self._env and tensor not in self._plan.feeds
        if made_here and gives_fresh_scalar(tensor.op):
            return name
        if made_here and expression(tensor.op) is not None:
            return f"fresh({name})"
        if made_here and kernel is not None and isinstance(kernel.fn, np.ufunc):
            return f"fresh({name})"
        return f"owned({name})"

    def program(self) -> Program:
        """Compile the text."""
        text = "\n".join(self._lines) + "\n"
        code = compile(text, f"<program {next(_numbers)}>", "exec")
        exec(code, self._env)  # names in it were all made by `_identifier`
        return Program(
            self._plan,
            self._env["step"],
            self._lines,
            self._ops,
            self._inputs_of,
            self._loops,
        )


def _takes_ctx(op: Operation) -> bool:
    kernel = op.op_def.kernels.get("CPU")
    return kernel is not None and kernel.takes_ctx
