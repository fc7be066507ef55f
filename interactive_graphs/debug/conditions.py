"""Where and when to stop: at a node, in an iteration of a loop, when a value is so.

    Condition.of(graph, "loss")                      before node 'loss'
    Condition.of(graph, "loss", above=2.0)           after it, when its value is above 2
    Condition.of(graph, "loss > 2")                  the same as text
    Condition.of(graph, "while", iteration=3)        when a loop is that far
    Condition.of(graph, nan=True)                    after the first NaN anywhere

What a value is tested for is in `when.py`. Read next: `stepper.py`, `gate.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from interactive_graphs.debug.when import BOUNDED, KINDS, ValueTest, split
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.frames import ENTERS, frame_name, shown_name

_OPTIONS = {*KINDS, "iteration", "when"}
_ITERATION = re.compile(r"(.*\S)\s*@\s*(\d+)")


class Condition(NamedTuple):
    """When to stop.

    Attributes:
        op: at this node; "" for any.
        scope: at any node of this scope, when `op` is "".
        output: which output's value is tested.
        loop: in this loop, as it is shown; "" for anywhere.
        iteration: in this iteration of the loop.
        test: what a value must be; None for no matter what.
        after: stop after the node has run, and not before.
    """

    op: str = ""
    scope: str = ""
    output: int | None = None
    loop: str = ""
    iteration: int | None = None
    test: ValueTest | None = None
    after: bool = False

    @classmethod
    def of(cls, graph: Graph, what: Any = None, **options: Any) -> Condition:
        """A condition from what the user said.

        Args:
            graph: where names are looked up.
            what: an operation, tensor, name of one of these, of a scope or of a loop,
                or text: `[before|after] [NAME] [@ITERATION] [TEST]`, with a test as of
                `ValueTest.of`.
            **options: a kind of test: True, or the bound of `above` and `below`;
                `iteration`: of the loop named; `when`: "before" or "after".

        Raises:
            TypeError: an option that is none.
            ValueError: there is no such name, or the parts do not go together.
        """
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise TypeError(
                f"No such condition: {', '.join(unknown)}. There are: "
                f"{', '.join(sorted(_OPTIONS))}."
            )
        if isinstance(what, Condition):
            return what
        if isinstance(what, str):
            what, said = _parsed(what)
            options = {**said, **options}
        fields = _tested(options)
        fields.update(_target(graph, what, options.get("iteration")))
        after = bool(fields.get("test")) or options.get("when") == "after"
        if options.get("when") == "before" and fields.get("test"):
            raise ValueError("A value can be tested after its node only.")
        if not fields:
            raise ValueError("Say where to stop: a name, an iteration or a value.")
        return cls(**fields, after=after)

    # -- is it time? -------------------------------------------------------------------

    def concerns(self, op: Operation) -> bool:
        """Whether it may ever be met at a node."""
        if self.op:
            return op.name == self.op
        return not self.scope or op.name.startswith(self.scope + "/")

    def is_in(self, frames: Iterable[str], at: tuple[int, ...]) -> bool:
        """Whether a node stands in the iteration that is meant.

        Args:
            frames: the frames around the node, outermost first.
            at: the iteration of each.
        """
        if self.iteration is None:
            return True
        return any(
            number == self.iteration and self.loop in ("", shown_name(frame))
            for frame, number in zip(frames, at, strict=False)
        )

    def met_by(self, outputs: tuple[Any, ...], before: tuple[Any, ...] | None) -> bool:
        """Whether the values of a node are what is looked for.

        Args:
            outputs: what it gave; None where there is no value.
            before: what it gave the last time, None for never.
        """
        if self.test is None:
            return True
        chosen = range(len(outputs)) if self.output is None else (self.output,)
        for i in chosen:
            last = None if before is None else before[i]
            if outputs[i] is not None and self.test(outputs[i], before=last):
                return True
        return False

    def __str__(self) -> str:
        """In words that `Condition.of` understands."""
        name = self.op or self.scope or self.loop
        if self.op and self.output is not None:
            name = f"{self.op}:{self.output}"
        parts = [name] if name else []
        if self.iteration is not None:
            parts.append(f"@{self.iteration}")
        if self.test is not None:
            parts.append(str(self.test))
        elif self.after:
            parts.insert(0, "after")
        return " ".join(parts)


def _tested(options: dict[str, Any]) -> dict[str, Any]:
    """The fields that say what a value must be."""
    asked = [t for t in KINDS if options.get(t) is not None]
    asked = [t for t in asked if options[t] is not False]
    if len(asked) > 1:
        raise ValueError(f"One test at a time, and not {' and '.join(asked)}.")
    when = options.get("when")
    if when not in (None, "before", "after"):
        raise ValueError(f"A node is stopped at before or after it, and not {when!r}.")
    if not asked:
        return {}
    kind = asked[0]
    bound = float(options[kind]) if kind in BOUNDED else 0.0
    return {"test": ValueTest(kind, bound)}


def _target(graph: Graph, what: Any, iteration: int | None) -> dict[str, Any]:
    """The fields that say where."""
    fields: dict[str, Any] = {}
    if iteration is not None:
        fields["iteration"] = int(iteration)
    if what is None:
        return fields
    if isinstance(what, str):
        what = _named(graph, what)
    element = getattr(what, "_as_graph_element", None)
    if element is not None:
        what = element()
    if isinstance(what, str):
        fields["loop" if iteration is not None else "scope"] = what
        if iteration is not None and what not in loops_of(graph):
            raise ValueError(f"'{what}' is no loop, so it has no iterations.")
    elif isinstance(what, Tensor):
        fields.update(op=what.op.name, output=what.value_index)
    elif isinstance(what, Operation):
        fields["op"] = what.name
    else:
        raise ValueError(f"{what!r} is neither a node nor the name of one.")
    return fields


def _named(graph: Graph, name: str) -> Any:
    """The node or tensor of a name, or the name where it is a scope's or loop's."""
    plain = name.rstrip("/")
    if ":" in plain:
        base, _, index = plain.rpartition(":")
        op = graph.ops_by_name.get(base)
        if op is not None and index.isdigit() and int(index) < len(op.outputs):
            return op.outputs[int(index)]
    op = graph.ops_by_name.get(plain)
    if op is not None and plain == name:
        return op
    if any(other.startswith(plain + "/") for other in graph.ops_by_name):
        return plain
    raise ValueError(f"There is no node, scope or loop '{name}'.{_near(graph, plain)}")


def _near(graph: Graph, name: str) -> str:
    lower = name.lower().rpartition(":")[0] or name.lower()
    last = lower.rpartition("/")[2]
    near = [n for n in graph.ops_by_name if last and last in n.lower()][:3]
    return f" There is {', '.join(near)}." if near else ""


def loops_of(graph: Graph) -> list[str]:
    """The loops of a graph, as they are shown."""
    enters = (op for op in graph.get_operations() if op.type in ENTERS)
    return list(dict.fromkeys(shown_name(frame_name(op)) for op in enters))


def _parsed(text: str) -> tuple[str | None, dict[str, Any]]:
    """Name and options of a condition in words."""
    options: dict[str, Any] = {}
    rest = text.strip()
    first, _, more = rest.partition(" ")
    if first in ("before", "after") and more.strip():
        options["when"], rest = first, more.strip()
    rest, test = split(rest)
    if test is not None:
        options[test.kind] = test.bound if test.kind in BOUNDED else True
    numbered = _ITERATION.fullmatch(rest)
    if numbered is not None:
        rest, options["iteration"] = numbered[1], int(numbered[2])
    elif rest.startswith("@") and rest[1:].strip().isdigit():
        rest, options["iteration"] = "", int(rest[1:])
    return rest or None, options
