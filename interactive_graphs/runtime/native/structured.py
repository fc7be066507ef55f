"""Native parts inside of Python's loops and conditions.

    while True:
        if halted: halt()
        less = i < n
        if not less: break
        h_2 = empty(shape_of_h_2, float32)
        if not native_2(h, w.value, h_2): again(native_2, h, w.value, h_2)
        # gemm_8x16x16_tanh: while/MatMul, while/Tanh
        add = i + one
        i, h = add, h_2

Each block has parts of its own, and memory that its next iteration uses again. What
goes from one iteration to the next is a fresh array, as in the numpy program.
Read next: `../structured.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.native.scalar_loops import FORWARD
from interactive_graphs.runtime.native.translate import all_tasks
from interactive_graphs.runtime.native.work import Line, Nested, Part, Section, Task
from interactive_graphs.runtime.native.writer import NativeParts
from interactive_graphs.runtime.schedule import Block, If, Move
from interactive_graphs.runtime.structured import StructuredWriter


class NativeStructuredWriter(NativeParts, StructuredWriter):
    """Writes a step with loops and conditions."""

    def _block(
        self, block: Block, given: Iterable[Tensor] = (), kept: Collection[Tensor] = ()
    ) -> None:
        """The parts of a block's section, then what Merges take from it."""
        del given, kept  # nothing is let go of before the end
        moves = [
            item for item in block if isinstance(item, Move) and self._step.joins(item)
        ]
        for move in moves:
            self._name_result(move)
        self._take_forward(block)
        self._parts(self._section_of(block))
        for move in moves:
            self._move(move)

    def _take_forward(self, block: Block) -> None:
        """At the head of a loop over numbers: have a kernel do its turns."""
        for task in all_tasks(self._step.section):
            work = task.work
            if not isinstance(work, Nested) or FORWARD not in work.sections:
                continue
            if work.item.head is not block:
                continue
            section = work.sections[FORWARD]
            (forward,) = section.tasks
            call, run, _ = self._calls[id(section.parts[0])]
            given = [self._argument_of(array, call) for array in call.given]
            names, cells = [], []
            for variable, output in zip(
                work.item.variables, forward.outputs, strict=False
            ):
                name = self._names[variable.merge.outputs[0]]
                if name in self._variables:
                    names.append(name)
                    cells.append(f"{self._cells[output]}[()]")
            taken = f"{', '.join(names)} = {', '.join(cells)}"
            self._line(f"if {run}({', '.join(given)}): {taken}")
            self._comment(section, forward)

    def _section_of(self, block: Block) -> Section:
        for task in all_tasks(self._step.section):
            if isinstance(task.work, Nested) and id(block) in task.work.sections:
                return task.work.sections[id(block)]
        raise KeyError(block)

    def _python(self, task: Task) -> None:
        if isinstance(task.work, Nested) and isinstance(task.work.item, If):
            self._if(task.work.item, ())
        elif isinstance(task.work, Nested):
            self._while(task.work.item)
        elif isinstance(task.work, Line):
            self._item(task.work.op)

    def _call(self, section: Section, part: Part) -> None:
        super()._call(section, part)
        for task in part:
            for output in task.outputs:
                # The next iteration writes to the same cell.
                if output.shape == () and output in section.leaving:
                    name = self._made[output] = self._identifier(output.name)
                    self._line(f"{name} = {self._cells[output]}[()]")
