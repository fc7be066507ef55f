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
Read next: `structured.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.runtime.native.assemble import Call, Native, memory_of
from interactive_graphs.runtime.native.translate import OWNERS, Step, all_tasks
from interactive_graphs.runtime.native.work import (
    HELD,
    KNOWN,
    Array,
    Line,
    Part,
    Section,
    Task,
)
from interactive_graphs.runtime.program import Program
from interactive_graphs.runtime.state import SessionState
from interactive_graphs.runtime.writer import Result, Writer


class NativeParts(Writer):
    """Writes sections: lines as any writer does, and calls of native parts."""

    def __init__(
        self,
        step: Step,
        state: SessionState,
        natives: Mapping[Section, Native],
        other: Callable[[Any], Any],
    ) -> None:
        """Writes the program's head.

        Args:
            step: what the plan became.
            state: the session's.
            natives: the code of each section that has some.
            other: runs the step where this program cannot.
        """
        super().__init__(step.plan, state, None, False)
        self._step = step
        self._natives = natives
        # Names of arrays that native parts have made, and of their cells.
        self._made: dict[Array, str] = {}
        self._cells: dict[Array, str] = {}
        self._calls: dict[int, tuple[Call, str, str]] = {}
        self._has_effects = False
        tasks = [task for task in all_tasks(step.section) if not task.is_native]
        self._python_takes = {array.base for task in tasks for array in task.inputs}
        self._has_lines = bool(tasks)

        def more() -> list[Any]:
            return list(itertools.chain(*(n.instance() for n in natives.values())))

        for name, value in (
            ("other", _Other(self, other)),
            ("free", [more()]),
            ("more", more),
            ("empty", np.empty),
            ("again", again),
            ("changed", changed),
        ):
            self._bind(name, value)

    # -- before ------------------------------------------------------------------------

    def feeds(self, feeders: Sequence[tuple[str, Any]]) -> None:
        """Unpack the fed values, check them, and refuse other shapes."""
        super().feeds(feeders)
        for tensor in self._plan.feeds:
            array, name = self._step.array(tensor), self._names[tensor]
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
        for native in self._natives.values():
            for call in native.calls:
                number = len(self._calls) + 1
                run = self._identifier(f"native_{number}")
                change = ""
                if call.has_changes:
                    change = self._identifier(f"change_{number}")
                self._calls[id(call.tasks)] = (call, run, change)
                unpacked += [run, change] if change else [run]
            for array in native.cells:
                name = self._cells[array] = self._identifier(f"{array.name}_cell")
                unpacked.append(name)
        self._line(f"{', '.join(unpacked)}, = here", indent="    ")
        self._line("try:", indent="    ")

    def _guarded(self) -> list[VariableResource]:
        """The variables that must have a value before anything has an effect."""
        arrays = list(self._step.fetched)
        outermost, has_effects = self._step.section, False
        for part in outermost.parts:
            if has_effects or not part[0].is_native:
                for task in part:
                    arrays += task.inputs
            has_effects = has_effects or _has_effect(part)
        memories = [memory_of(array) for array in arrays]
        return list(dict.fromkeys(m.source for m in memories if m.origin == HELD))

    def _resource_name(self, resource: VariableResource) -> str:
        return self._object(resource.name, resource)

    # -- parts -------------------------------------------------------------------------

    def body(self) -> None:
        """All parts."""
        for op in self._plan.nodes:
            if op.type in OWNERS:
                self._bound_now(op)
        self._parts(self._step.section)

    def _parts(self, section: Section) -> None:
        for part in section.parts:
            if part[0].is_native:
                self._call(section, part)
            else:
                self._python(part[0])
            self._has_effects = self._has_effects or _has_effect(part)

    def _python(self, task: Task) -> None:
        """A line."""
        assert isinstance(task.work, Line)
        self.node(task.work.op)

    def _call(self, section: Section, part: Part) -> None:
        call, run, change = self._calls[id(part)]
        given = [self._argument_of(array, call) for array in call.given]
        goes = [change, run, *given] if change else [run, *given]
        makers = [array.maker for array in call.given]
        from_python = any(maker and not maker.is_native for maker in makers)
        otherwise = f"again({', '.join(goes)})"
        if not from_python and not self._has_effects and section.outer is None:
            otherwise = "return other(values)"
        self._line(f"if not {goes[0]}({', '.join(goes[1:])}): {otherwise}")
        for task in call.tasks:
            self._comment(section, task)
        for task in call.checks:
            self._check_status(task)

    def _comment(self, section: Section, task: Task) -> None:
        """Name the kernels of a task, and the nodes whose work they do."""
        kernels = self._natives[section].kernels[task]
        names = " ".join(kernel.name for kernel in kernels) or "nothing"
        ops = ", ".join(op.name for op in task.ops)
        self._line_of(f"# {names}: {ops}", task.ops)

    def _check_status(self, task: Task) -> None:
        """Have a node's own kernel say what is wrong, where native code refused."""
        (op,) = task.ops
        status = self._cells[task.outputs[-1]]
        call = self._called(op, self._arguments(op))
        self._line(f"if {status}[()]: {status}.fill(0); {call}; changed()", op)

    def _argument_of(self, array: Array, call: Call) -> str:
        """What a native part is given for an array."""
        if array.origin == HELD:
            return f"{self._resource_name(array.source)}.value"
        if array.maker is None or not array.maker.is_native:
            return self._names[self._plan.find(array.source)]
        if array not in self._made:
            self._made[array] = self._identifier(array.name)
        name = self._made[array]
        if array.maker in call.tasks:
            # It leaves native code: the user's, or a line's.
            shape = self._object(f"shape_of_{name}", array.shape)
            dtype = self._object(array.dtype, np.dtype(array.dtype))
            self._line(f"{name} = empty({shape}, {dtype})")
        return name

    # -- values ------------------------------------------------------------------------

    def _value(self, tensor: Tensor) -> str:
        array = self._step.found(tensor)
        if array is None or array.base.origin == KNOWN:
            return super()._value(tensor)
        return self._text_of(array)

    def _dereferenced(self, tensor: Tensor, op: Operation | None) -> str:
        array = self._step.found(tensor)
        if array is not None:
            return self._text_of(array)
        return super()._dereferenced(tensor, op)

    def _text_of(self, array: Array) -> str:
        """An array's value at this point, for a line or the user."""
        memory = memory_of(array)
        if memory in self._made:
            text = self._made[memory]
        elif memory in self._cells:
            text = self._cells[memory] + ("" if memory.shape else "[()]")
        elif memory.origin == HELD:
            text = f"{self._resource_name(memory.source)}.settled()"
        elif memory.origin == KNOWN:
            value = memory.source if memory.shape else memory.source[()]
            text = self._object(memory.name, value)
        else:
            text = self._names[self._plan.find(memory.source)]
        if array.shape not in (memory.shape, None):
            text += f".reshape({array.shape})"
        return text

    def _release(self, op: Operation) -> None:
        """Native parts may need what no line does: all is let go of at the end."""

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
        array = self._step.fetched[self._plan.fetches.index(tensor)]
        text, memory = self._text_of(array), memory_of(array)
        if memory in self._cells and not array.shape:
            return text
        is_new = memory.maker is not None and memory.maker.is_native
        if not is_new or memory in returned or memory in self._python_takes:
            return f"owned({text})"
        returned.add(memory)
        return text if array.shape else f"{text}[()]"

    def program(self) -> Program:
        """Compile the text."""
        program = super().program()
        program.tier = "native"
        program.several = self._several
        program.kernels = tuple(
            kernel
            for native in self._natives.values()
            for kernels in native.kernels.values()
            for outer in kernels
            for kernel in (outer, *dict.fromkeys(outer.calls))
        )
        return program


class NativeWriter(NativeParts):
    """Writes a step without loops and conditions."""


def _has_effect(part: Part) -> bool:
    """Whether running a part twice is not the same as once."""
    for task in part:
        if any(output.previous is not None for output in task.outputs):
            return True
        inside = [task] if isinstance(task.work, Line) else list(all_tasks(task))
        for one in inside:
            if isinstance(one.work, Line) and not one.work.op.op_def.is_pure:
                return True
            if any(output.previous is not None for output in one.outputs):
                return True
    return False


class _Other:
    """Runs a step whose feeds or variables are not what native code was made for.

    Feeds that do not lie in order are copied, and tried once more.
    """

    def __init__(self, writer: NativeParts, run: Callable[[Any], Any]) -> None:
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


def again(run: Callable[..., bool], *arguments: Any) -> None:
    """Run a native part on arrays that may not lie in order.

    Raises:
        AbortedError: they are none that it takes.
    """
    fitted = [
        np.require(a, None, ["C", "A"]) if isinstance(a, np.ndarray) and a.ndim else a
        for a in arguments
    ]
    if not run(*fitted):
        changed()


def changed() -> NoReturn:
    """End a step that cannot go on, and not begin again either.

    Raises:
        AbortedError: always.
    """
    raise errors.AbortedError(
        None, None, "A value of the step is not of the shape that the graph tells."
    )
