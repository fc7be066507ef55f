"""The text of a program that calls native code.

    def step(values):
        x, y, = values
        if type(x) is not ndarray or x.dtype is not float32: x = feed_x(x)
        here = free.pop() if free else more()
        native_1, change_1, loss_cell, = here
        try:
            if not change_1(native_1, x, y): return other(values)
            # gemm_100x256x784_add_relu: hidden/MatMul, hidden/add, hidden/Relu
            # gemm_784x256x100_ta_multiply_subtract: grad/MatMul_1, update
            return loss_cell[()]
        finally:
            free.append(here)

Nodes without native code are lines as in any program. `other` is the numpy program: it
runs the step where an argument is not what the native code was made for.
Read next: `../listing.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.runtime.native.assemble import Call, Native, memory_of
from interactive_graphs.runtime.native.schedule import Part
from interactive_graphs.runtime.native.translate import OWNERS, Step
from interactive_graphs.runtime.native.work import HELD, KNOWN, Array, Line, Task
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.writer import Result, Writer


class NativeWriter(Writer):
    """Writes the parts of a step."""

    def __init__(
        self,
        step: Step,
        state: SessionState,
        parts: Sequence[Part],
        native: Native,
        other: Callable[[Any], Any],
    ) -> None:
        """Writes the program's head.

        Args:
            step: what the plan became.
            state: the session's.
            parts: what runs, in order.
            native: the code of the native ones.
            other: runs the step where this program cannot.
        """
        super().__init__(step.plan, state, None, False)
        self._step = step
        self._parts = parts
        self._native = native
        # Names of arrays that are given, or that lines and native parts have made.
        self._array_names: dict[Array, str] = {}
        self._cells: dict[Array, str] = {}
        self._runs: list[tuple[Call, str, str]] = []
        self._lines_take = {
            array.base
            for (task, *_) in parts
            if not task.is_native
            for array in task.inputs
        }
        self._has_effects = False
        self._has_lines = any(not part[0].is_native for part in parts)
        for name, value in (
            ("other", _Other(self, other)),
            ("free", [native.instance()]),
            ("more", native.instance),
            ("empty", np.empty),
            ("fitting", fitting),
            ("changed", changed),
        ):
            self._bind(name, value)

    # -- before ------------------------------------------------------------------------

    def feeds(self, feeders: Sequence[tuple[str, Any]]) -> None:
        """Unpack the fed values, check them, and refuse other shapes."""
        super().feeds(feeders)
        for tensor in self._plan.feeds:
            array = self._step.array(tensor)
            name = self._array_names[array] = self._names[tensor]
            if array.shape:
                shape = self._object(f"shape_of_{name}", array.shape)
                test = f"if {name}.shape != {shape}: return other(values)"
                self._line(test, indent="    ")

    def open(self) -> None:
        """See that variables have values, take memory, and begin."""
        for resource in self._guarded():
            name = self._resource_name(resource)
            test = f"if {name}.value is None: return other(values)"
            self._line(test, indent="    ")
        if self._has_lines:
            self._line("fp = quiet()", indent="    ")
        self._line("here = free.pop() if free else more()", indent="    ")
        unpacked = []
        for number, call in enumerate(self._native.calls, 1):
            run = self._identifier(f"native_{number}")
            change = ""
            if call.has_changes:
                change = self._identifier(f"change_{number}")
            self._runs.append((call, run, change))
            unpacked += [run, change] if change else [run]
        for array in self._native.cells:
            name = self._cells[array] = self._identifier(f"{array.name}_cell")
            unpacked.append(name)
        self._line(f"{', '.join(unpacked)}, = here", indent="    ")
        self._line("try:", indent="    ")

    def _guarded(self) -> list[VariableResource]:
        """The variables that must have a value before anything has an effect."""
        arrays = list(self._step.fetched)
        for part in self._parts:
            for task in part if self._matters(part) else ():
                arrays += task.inputs
        memories = [memory_of(array) for array in arrays]
        return list(dict.fromkeys(m.variable for m in memories if m.origin == HELD))

    def _matters(self, part: Part) -> bool:
        """Whether a part is a line, or native after something that has an effect."""
        before = self._parts[: self._parts.index(part)]
        return not part[0].is_native or any(map(_has_effect, before))

    def _resource_name(self, resource: VariableResource) -> str:
        return self._object(resource.name, resource)

    # -- parts -------------------------------------------------------------------------

    def body(self) -> None:
        """All parts."""
        for op in self._plan.nodes:
            if op.type in OWNERS:
                self._bound_now(op)
        runs = iter(self._runs)
        for part in self._parts:
            if part[0].is_native:
                self._call(*next(runs))
            else:
                self._python_line(part[0])
            self._has_effects = self._has_effects or _has_effect(part)

    def _call(self, call: Call, run: str, change: str) -> None:
        given = [self._argument_of(array) for array in call.given]
        if change:
            text = f"{change}({', '.join([run, *given])})"
        else:
            text = f"{run}({', '.join(given)})"
        otherwise = "changed()" if self._has_effects else "return other(values)"
        self._line(f"if not {text}: {otherwise}")
        for task in call.tasks:
            kernels = self._native.kernels[task]
            names = " ".join(kernel.name for kernel in kernels) or "nothing"
            ops = ", ".join(op.name for op in task.ops)
            self._line_of(f"# {names}: {ops}", task.ops)
        for task in call.checks:
            self._check_status(task)

    def _check_status(self, task: Task) -> None:
        """Have a node's own kernel say what is wrong, where native code refused."""
        (op,) = task.ops
        status = self._cells[task.outputs[-1]]
        self._name_inputs(op)
        call = self._called(op, self._arguments(op))
        self._line(f"if {status}[()]: {status}.fill(0); {call}; changed()", op)

    def _argument_of(self, array: Array) -> str:
        """What a native part is given for an array."""
        if array.origin == HELD:
            return f"{self._resource_name(array.variable)}.value"
        name = self._array_names.get(array)
        if name is None:
            # It leaves native code: the user's, or a line's.
            name = self._array_names[array] = self._identifier(array.name)
            shape = self._object(f"shape_of_{name}", array.shape)
            dtype = self._object(array.dtype, np.dtype(array.dtype))
            self._line(f"{name} = empty({shape}, {dtype})")
        return name

    def _python_line(self, task: Task) -> None:
        assert isinstance(task.work, Line)
        op = task.work.op
        self._name_inputs(op)
        self.node(op)
        native = {a.base for call in self._native.calls for a in call.given}
        for tensor, array in zip(op.outputs, task.outputs, strict=True):
            name = self._names.get(tensor)
            if name is None or tensor in self._plan.feeds:
                continue
            self._array_names[array] = name
            if array in native:
                shape = self._object(f"shape_of_{name}", array.shape)
                dtype = self._object(array.dtype, np.dtype(array.dtype))
                self._line(f"{name} = fitting({name}, {shape}, {dtype})", op)

    def _name_inputs(self, op: Operation) -> None:
        """Give what a node takes the names that its values have now."""
        for tensor in map(self._plan.find, op.inputs):
            array = self._step.found(tensor)
            if array is not None and array.origin != KNOWN:
                self._names[tensor] = self._text_of(array)

    def _release(self, op: Operation) -> None:
        """Native parts may need what no line does: all is let go of at the end."""

    def _text_of(self, array: Array) -> str:
        """An array's value at this point, for a line or the user."""
        memory = memory_of(array)
        if memory in self._cells:
            text = self._cells[memory] + ("" if memory.shape else "[()]")
        elif memory.origin == HELD:
            text = f"{self._resource_name(memory.variable)}.settled()"
        elif memory.origin == KNOWN:
            value = memory.source if memory.shape else memory.source[()]
            text = self._object(memory.name, value)
        else:
            text = self._array_names[memory]
        if array.shape not in (memory.shape, None):
            text += f".reshape({array.shape})"
        return text

    # -- results -----------------------------------------------------------------------

    def close(self, result: Result) -> None:
        """Return what was asked for, and give the memory back."""
        self._line(f"return {self._result(result)}")
        self._line("finally:", indent="    ")
        self._line("free.append(here)")
        if self._has_lines:
            self._line("loud(fp)")

    def _result(self, result: Result) -> str:
        if result is None:
            return "None"
        if isinstance(result, Tensor):
            return self._own(result, set())
        returned: set[Array] = set()
        parts = ["None" if t is None else self._own(t, returned) for t in result]
        return f"[{', '.join(parts)}]"

    def _own(self, tensor: Tensor, returned: set[Array]) -> str:
        """What the user gets for a fetch, shared with nobody."""
        fetched = self._plan.fetches.index(tensor)
        array = self._step.fetched[fetched]
        text = self._text_of(array)
        memory = memory_of(array)
        if memory in self._cells and not array.shape:
            return text
        is_new = memory.maker is not None and memory.maker.is_native
        if not is_new or memory in returned or memory in self._lines_take:
            return f"owned({text})"
        returned.add(memory)
        return text if array.shape else f"{text}[()]"

    def program(self) -> Program:
        """Compile the text."""
        program = super().program()
        program.tier = "native"
        program.several = self._several
        program.kernels = tuple(
            kernel for kernels in self._native.kernels.values() for kernel in kernels
        )
        return program


class _Other:
    """Runs a step whose feeds or variables are not what native code was made for.

    Feeds that do not lie in order are copied, and tried once more.
    """

    def __init__(self, writer: NativeWriter, run: Callable[[Any], Any]) -> None:
        self._env = writer._env
        self._run = run

    def __call__(self, values: Any) -> Any:
        given = list(values)
        scattered = [
            i
            for i, value in enumerate(given)
            if type(value) is np.ndarray and not value.flags.c_contiguous
        ]
        if not scattered:
            return self._run(given)
        for i in scattered:
            given[i] = given[i].copy()
        return self._env["step"](given)


def fitting(value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """What a line made, as native code takes it.

    Raises:
        InvalidArgumentError: it has another shape or dtype than the graph says.
    """
    array = np.asarray(value)
    if array.shape != shape or array.dtype != dtype:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"The value is {array.dtype.name}{list(array.shape)} and not, as the graph "
            f"says, {dtype.name}{list(shape)}",
        )
    return np.ascontiguousarray(array) if shape else value


def changed() -> NoReturn:
    """End a step that cannot go on, and not begin again either.

    Raises:
        AbortedError: always.
    """
    raise errors.AbortedError(
        None, None, "A variable lost its value, or changed its shape, during the step."
    )


def _has_effect(part: Part) -> bool:
    """Whether running a part twice is not the same as once."""
    return any(
        not task.work.op.op_def.is_pure
        if isinstance(task.work, Line)
        else any(output.previous is not None for output in task.outputs)
        for task in part
    )
