"""A compiled step: readable Python, each line tied to its node and the user's line.

Made by `compile.py`. Calling it runs the step; `source` shows what runs.
Read next: `dataflow.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, TracebackType
from typing import Any, NamedTuple

from interactive_graphs.framework import repr as display_hook, source
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor_shape import format_list
from interactive_graphs.runtime import blame
from interactive_graphs.runtime.plan import Plan

_COMMENT_COLUMN = 58


class LoopLines(NamedTuple):
    """The lines of a loop, and the name of the variable that counts its iterations."""

    first: int
    end: int
    name: str
    turn: str


class Program:
    """A step as a function of its feeds.

    Attributes:
        plan: what it was compiled from.
        now: the version that runs at present, itself at first (`versions.py`).
        versions: all that have run, without itself.
        free: memory for runs, as far as none uses it.
        run: the function: a sequence of fed values in the plan's order -> results.
        lines: the function's text, line by line.
        line_ops: for each line the operation it runs, or None.
        several: by line the operations of one that stands for more than one.
        kernels: what of it is native: `name` and `text` of each, in order.
        tier: "numpy" or "native".
        note: why there is no native version of it, where one was to be.
        loops: where its loops are, inner ones first.
    """

    __slots__ = (
        "_code", "free", "inputs_of", "kernels", "line_ops", "lines", "loops", "note",
        "now", "plan", "run", "several", "tier", "versions",
    )  # fmt: skip

    def __init__(
        self,
        plan: Plan,
        run: Callable[..., Any],
        lines: list[str],
        line_ops: list[Operation | None],
        inputs_of: dict[Operation, list[str]],
        loops: list[LoopLines],
    ) -> None:
        """Made by `compile_plan`."""
        self.plan = plan
        self.run = run
        self.lines = lines
        self.line_ops = line_ops
        self.inputs_of = inputs_of
        self.loops = loops
        self.several: dict[int, tuple[Operation, ...]] = {}
        self.kernels: tuple[Any, ...] = ()
        self.tier = "numpy"
        self.note = ""
        self.now = self
        self.versions: list[Program] = []
        self.free: list[Any] = []
        self._code: CodeType = run.__code__

    def rest(self) -> None:
        """Give memory back; it will run seldom."""
        self.free.clear()

    @property
    def source(self) -> str:
        """The function's text, with node, dtype, shape and user's line as comments.

        The user's line stands above all lines that come from it.
        """
        shown = []
        seen, above = None, ""
        for text, op in zip(self.lines, self.line_ops, strict=True):
            comment = ""
            if op is not None and op is not seen:
                where = _one_line(source.describe(op.stack))
                if where and where != above:
                    shown.append(f"{text[: _indentation(text)]}# {where}")
                seen, above = op, where
                comment = f"  # {_one_line(_node(op))}"
            shown.append(f"{text:<{_COMMENT_COLUMN}}{comment}".rstrip())
        return "\n".join(shown) + "\n"

    def blame(self, error: Exception) -> Exception:
        """The exception that the user should see for one that came out of `run`.

        Args:
            error: with its traceback; one that no node raised is given back as it is.
        """
        step = self._frame(error.__traceback__)
        if step is None:
            for version in self.versions:
                seen = version.blame(error)
                if seen is not error:
                    return seen
            return error
        op = self.line_ops[step.tb_lineno - 1]
        if op is None:
            return error
        variables = step.tb_frame.f_locals
        known = step.tb_frame.f_globals
        inputs = [
            variables.get(name, known.get(name)) for name in self.inputs_of.get(op, ())
        ]
        seen = blame.translate(error, op, inputs)
        where = self._iterations(step.tb_lineno - 1, variables)
        if where and seen is not error:
            seen.add_note(f"in {where}")
        return seen

    def _iterations(self, line: int, variables: Mapping[str, Any]) -> str:
        """'iteration 3 of loop 'while'', innermost first; '' outside of loops."""
        return " in ".join(
            f"iteration {variables[loop.turn]} of loop '{loop.name}'"
            for loop in self.loops
            if loop.first <= line < loop.end
        )

    def _frame(self, traceback: TracebackType | None) -> TracebackType | None:
        while traceback is not None:
            if traceback.tb_frame.f_code is self._code:
                return traceback
            traceback = traceback.tb_next
        return None

    def __repr__(self) -> str:
        """The program itself, and what runs in its place by now."""
        return self.source + self.remark

    @property
    def remark(self) -> str:
        """A comment line on the version that runs at present; '' where that is this."""
        note = f"; {self.now.note}" if self.now.note else ""
        if self.now is self:
            return f"# {note[2:]}\n" if note else ""
        return f"# What runs now is `.now`, {self.now.tier}{note}.\n"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Program", self, include, exclude)


def _node(op: Operation) -> str:
    """The node that a line runs, with what it gives."""
    types = ", ".join(
        f"{t.dtype.name}{format_list(t.static_shape)}" for t in op.outputs
    )
    return f"{op.name}: {types}" if types else op.name


def _one_line(text: str) -> str:
    """Fit for a comment, whatever names and sources hold."""
    return " ".join(text.split())


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip())
