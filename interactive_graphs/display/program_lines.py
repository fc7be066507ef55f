"""A compiled program as data, and what optimisation did, to be laid beside a graph.

    program_lines(session.program(loss, [x]), ids)["lines"][7]
    {"text": "        add = product + b_1", "op": 12}

Nothing is read out of the program's text: a program knows the operation of each of its
lines. Read next: `../widgets/graph_program.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.display import describe

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

WIDEST: Final = 400
"""Characters of a line: names can be of any length."""

_MEANING: Final = {
    "built in": "Constants: the program holds their values.",
    "folded": "Computed once, while compiling: they depend on constants alone.",
    "merged": "Equal to another operation, whose result stands for both.",
    "passed on": "They only hand on what they take.",
    "fused": "Another operation that runs does their work as well.",
    "rewritten": "By a rule of algebra another value is the same.",
    "order only": "They only wait; the order of the lines says the same.",
    "unused": "Nothing takes their results any more.",
}


def program_lines(
    program: Any, ids: Mapping[Operation, int], title: str = ""
) -> dict[str, Any]:
    """The lines of a program, each with the operation it belongs to.

    Args:
        program: of `Session.program`; what runs node by node has lines, too.
        ids: the number of each operation in the model that it is shown with.
        title: what to call it.

    Returns:
        `title`, and `lines` with the `text` and the `op` of each; -1 where a line
        belongs to none, or to one that the model does not have. A line that does the
        work of several has them all as `ops`.
    """
    lines: list[dict[str, Any]] = []
    several = getattr(program, "several", {})
    for number, (text, op) in enumerate(
        zip(program.lines, program.line_ops, strict=True)
    ):
        ops = [ids[one] for one in several.get(number, ()) if one in ids]
        line = {"text": _shown(text), "op": -1 if op is None else ids.get(op, -1)}
        if ops:
            line.update(op=ops[0], ops=ops)
        lines.append(line)
    return {"title": describe.plain(title), "lines": lines}


def rewriting(
    rewrites: Iterable[Any], ids: Mapping[Operation, int], running: int
) -> dict[str, Any]:
    """What optimisation did to a step, kind by kind.

    Args:
        rewrites: of `runtime.optimize.rewrites`.
        ids: the number of each operation in the model.
        running: how many operations are left to run.

    Returns:
        `before` and `after`, the numbers of operations, and `groups`: for each kind its
        name, what it means, and its operations with what they went `into`, their known
        value as text, and the rule by which they were rewritten.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    total = running
    for rewrite in rewrites:
        total += 1
        number = ids.get(rewrite.op)
        if number is None:
            continue
        value = "" if rewrite.value is None else describe.value_text(rewrite.value, 40)
        groups.setdefault(rewrite.what, []).append(
            {
                "op": number,
                "into": [ids[op] for op in rewrite.into if op in ids],
                "value": describe.plain(value),
                "rule": rewrite.rule,
            }
        )
    return {
        "before": total,
        "after": running,
        "groups": [
            {"what": what, "words": _MEANING.get(what, ""), "ops": groups[what]}
            for what in (*_MEANING, *(groups.keys() - _MEANING.keys()))
            if what in groups
        ],
    }


def rewriting_text(result: Mapping[str, Any], names: list[str]) -> str:
    """What `rewriting` gave, for terminals.

    Args:
        result: of `rewriting`.
        names: the names of the operations by their numbers.
    """
    before = describe.counted(result["before"], "operation")
    lines = [f"{before} in the graph, {result['after']} in the program"]
    for group in result["groups"]:
        lines.append(f"{group['what']}: {group['words']}")
        for entry in group["ops"]:
            words = describe.plain(names[entry["op"]], 60)
            if entry["value"]:
                words += f" = {entry['value']}"
            if entry["into"]:
                into = [describe.plain(names[op], 60) for op in entry["into"][:3]]
                more = len(entry["into"]) - len(into)
                words += f" → {', '.join(into)}{f' and {more} more' if more else ''}"
            if entry["rule"]:
                words += f" ({entry['rule']})"
            lines.append(f"  {words}")
    return "\n".join(lines)


def _shown(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return " " * min(indent, 80) + describe.plain(text[indent:], WIDEST)
