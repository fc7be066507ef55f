"""Tables: the variables of a session, and the page of one operation.

Each is made once, as rows of words, and written as text or as plain HTML that takes
its looks from the page it stands on. Read next: `rich.py`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs import errors
from interactive_graphs.display import describe
from interactive_graphs.display.evaluate import summary_text
from interactive_graphs.display.forms import Forms
from interactive_graphs.framework.graph_keys import GraphKeys

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation

HEADINGS: Final = ("name", "shape", "dtype", "device", "value")
NOT_INITIALIZED: Final = "not initialized"


@dataclass(slots=True)
class Table(Forms):
    """Rows of words under headings.

    Attributes:
        caption: what the table shows.
        headings: one for each column.
        rows: the words.
    """

    caption: str
    headings: Sequence[str]
    rows: list[tuple[str, ...]]

    @property
    def text(self) -> str:
        """Columns side by side, for terminals."""
        if not self.rows:
            return self.caption
        lines = [tuple(self.headings), *self.rows] if any(self.headings) else self.rows
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        table = [
            "  ".join(
                word.ljust(width) for word, width in zip(line, widths, strict=True)
            )
            for line in lines
        ]
        return "\n".join([self.caption, *(line.rstrip() for line in table)])

    @property
    def html(self) -> str:
        """A `<table>` without colours of its own."""
        caption = html.escape(self.caption)
        if not self.rows:
            return f"<p>{caption}</p>"
        head = "".join(_heading(word) for word in self.headings)
        body = "".join(
            "<tr>" + "".join(_cell(word) for word in row) + "</tr>" for row in self.rows
        )
        head = f"<thead><tr>{head}</tr></thead>" if any(self.headings) else ""
        caption = f'<caption style="text-align:left">{caption}</caption>'
        return f"<table>{caption}{head}<tbody>{body}</tbody></table>"

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        """The text form."""
        return self.text


class Tables(Forms):
    """Tables below each other.

    Args:
        tables: from top to bottom.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        """See the class."""
        self.tables = list(tables)

    @property
    def text(self) -> str:
        """One below the other."""
        return "\n\n".join(table.text for table in self.tables)

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        html = "".join(table.html for table in self.tables)
        return {"text/plain": self.text, "text/html": html}

    def __repr__(self) -> str:
        """The tables as text."""
        return self.text


def _heading(word: str) -> str:
    return f'<th scope="col" style="text-align:left">{html.escape(word)}</th>'


def _cell(word: str) -> str:
    return f'<td style="text-align:left">{html.escape(word)}</td>'


def variables_table(session: Any) -> Table:
    """The variables of a session's graph, with their values in that session.

    Args:
        session: an open Session or InteractiveSession.

    Returns:
        One row for each variable, global ones first.
    """
    graph = session.graph
    variables: dict[str, Any] = {}
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in graph.get_collection(key):
            variables.setdefault(variable.name, variable)
    rows = [_variable_row(session, variable) for variable in variables.values()]
    uninitialized = sum(row[-1] == NOT_INITIALIZED for row in rows)
    caption = describe.counted(len(rows), "variable")
    if uninitialized:
        caption += f", {uninitialized} not initialized"
    return Table(caption, HEADINGS, rows)


def _variable_row(session: Any, variable: Any) -> tuple[str, ...]:
    shape = describe.shape_text(static_shape(variable))
    dtype = variable.dtype.base_dtype.name
    device = describe.device_text(variable.device) if variable.device else ""
    return (
        describe.name_text(variable.name),
        shape,
        dtype,
        device,
        variable_value_text(session, variable),
    )


def variable_value_text(session: Any, variable: Any) -> str:
    """The value of a variable in a session, or why there is none."""
    try:
        return summary_text(session.run(variable))
    except errors.FailedPreconditionError:
        return NOT_INITIALIZED
    except (errors.OpError, RuntimeError) as error:
        return describe.plain(error, 60)


def static_shape(variable: Any) -> tuple[int | None, ...] | None:
    """The static shape of a variable, from whichever TensorShape it gives."""
    shape = variable.get_shape()
    return None if shape.ndims is None else tuple(shape.as_list())


def operation_table(op: Operation) -> Table:
    """All there is to say of one operation, a line for each thing."""
    rows: list[tuple[str, ...]] = [("type", describe.plain(op.type))]
    for number, tensor in enumerate(op.inputs):
        name = describe.name_text(tensor.name)
        rows.append((f"input {number}", f"{name}  {describe.tensor_text(tensor)}"))
    for number, tensor in enumerate(op.outputs):
        takers = describe.counted(len(tensor.consumers()), "consumer")
        rows.append((f"output {number}", f"{describe.tensor_text(tensor)}, {takers}"))
    if op.control_inputs:
        names = ", ".join(describe.name_text(other.name) for other in op.control_inputs)
        rows.append(("runs after", names))
    rows.append(("device", describe.plain(op.device) or "not requested"))
    for name, value in sorted(op.attrs.items()):
        rows.append((f"attr {describe.plain(name)}", attr_text(value)))
    line = source_line(op)
    if line:
        rows.append(("made at", line))
    return Table(f"Operation {describe.name_text(op.name)}", ("", ""), rows)


def attr_text(value: Any) -> str:
    """An attribute's value on one line."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return describe.plain(describe.value_text(value, 60))
    if hasattr(value, "as_numpy_dtype"):
        return str(value.name)
    if isinstance(value, bytes):
        return describe.plain(repr(value.decode("utf-8", "backslashreplace")), 60)
    if isinstance(value, tuple) and value and hasattr(value[0], "as_numpy_dtype"):
        return ", ".join(str(one.name) for one in value)
    return describe.plain(value, 60)


def source_line(op: Operation) -> str:
    """The user's line that made `op`: file, number and text; '' when not known."""
    frames = op.traceback
    if not frames:
        return ""
    file, number, _, text = frames[-1][:4]
    return describe.plain(f"{describe.place_text(file, number)}: {text}")
