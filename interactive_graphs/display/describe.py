"""Words for the parts of a graph: kinds, dtypes and shapes, small values, devices.

Every picture, table and text takes its words from here, so that a tensor is called the
same wherever it is shown. Names and values are data: what comes back is plain text,
never markup, without control characters. Read next: `tree.py`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from interactive_graphs.framework import source

if TYPE_CHECKING:
    from interactive_graphs.framework.operation import Operation
    from interactive_graphs.framework.tensor import Tensor

OPERATION: Final = "operation"
CONSTANT: Final = "constant"
PLACEHOLDER: Final = "placeholder"
VARIABLE: Final = "variable"
STATEFUL: Final = "stateful"
GROUP: Final = "group"
SCOPE: Final = "scope"
SECTION: Final = "section"

KINDS: Final = (
    PLACEHOLDER,
    CONSTANT,
    VARIABLE,
    OPERATION,
    STATEFUL,
    GROUP,
    SCOPE,
    SECTION,
)
"""Every kind of box, in the order in which legends list them."""

SUMMARY: Final = "summary "
"""How the line begins that names the summaries of what a box gives."""

NAME: Final = 120
"""Characters of a name that are shown: more than any but a hostile one has."""

_SPACES: Final = "\n\t \u00a0\u2028\u2029"
# It makes one picture of several emoji, and is invisible elsewhere.
_JOINER: Final = "\u200d"
_KIND_OF_TYPE: Final = {
    "Const": CONSTANT,
    "HostConst": CONSTANT,
    "Placeholder": PLACEHOLDER,
    "PlaceholderV2": PLACEHOLDER,
    "PlaceholderWithDefault": PLACEHOLDER,
    "Variable": VARIABLE,
    "VariableV2": VARIABLE,
    "VarHandleOp": VARIABLE,
    "NoOp": GROUP,
}
# Stateful by declaration, since their value depends on when they run, but no more
# remarkable to a reader than Identity.
_READS: Final = frozenset({"ReadVariableOp", "IsVariableInitialized"})


def kind_of(op: Operation) -> str:
    """The kind of `op`: one of `KINDS`, except scope and section."""
    known = _KIND_OF_TYPE.get(op.type)
    if known is not None:
        return known
    if op.type not in _READS and _is_stateful(op):
        return STATEFUL
    return OPERATION


def _is_stateful(op: Operation) -> bool:
    """Whether running `op` may change something, or give another value each time."""
    if getattr(getattr(op, "op_def", None), "stateful", False):
        return True
    # Identity and its like may take a reference without changing what it refers to.
    return op.type.startswith(("Assign", "Apply", "Scatter")) and any(
        tensor.dtype.name.endswith("_ref") for tensor in op.inputs
    )


def shape_text(shape: tuple[int | None, ...] | None) -> str:
    """A static shape as TF1 prints it: `(?, 3)`, `()`, `<unknown>`."""
    if shape is None:
        return "<unknown>"
    sizes = ["?" if size is None else str(size) for size in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def tensor_text(tensor: Tensor) -> str:
    """Dtype and static shape, as in `float32 (?, 784)`."""
    return f"{tensor.dtype.name} {shape_text(tensor.static_shape)}"


def plain(text: object, limit: int = 0) -> str:
    """`text` on one line without control characters, at most `limit` long if given."""
    line = _cut(str(text), limit)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else _escaped(c) for c in line)
    # Escapes are longer than what they stand for.
    return _cut(line, limit)


def name_text(name: str) -> str:
    """A name in a picture or a text, where one may be ten thousand characters long."""
    return plain(name, NAME)


def _cut(line: str, limit: int) -> str:
    if not limit or len(line) <= limit:
        return line
    keep = limit - 1
    return f"{line[: keep - keep // 3]}…{line[len(line) - keep // 3 :]}"


def _escaped(character: str) -> str:
    if character in _SPACES:
        return " "
    if character == _JOINER:
        return character
    return character.encode("unicode_escape").decode()


def value_text(value: Any, limit: int = 32) -> str:
    """A small value in full; of a large one its dtype and shape.

    Args:
        value: an array or a numpy scalar; bytes where it is a string.
        limit: how many characters there is room for.

    Returns:
        For example `5.0`, `[0, 1]`, `'abc'` or `float32 (28, 28)`.
    """
    array = np.asarray(value)
    summary = f"{_dtype_word(array)} {shape_text(array.shape)}"
    if array.size > 16 or array.ndim > 2:
        return summary
    text = _nested(array)
    if array.ndim == 0:
        return plain(text, max(limit, len(summary)))
    return text if len(text) <= limit else summary


def _dtype_word(array: np.ndarray[Any, Any]) -> str:
    return "string" if array.dtype.kind in "OSU" else str(array.dtype)


def _nested(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return _scalar(array[()])
    # An element of an array of strings is bytes, not an array.
    parts = (np.asarray(part, array.dtype) for part in array)
    return f"[{', '.join(map(_nested, parts))}]"


def _scalar(value: Any) -> str:
    if isinstance(value, bytes):
        return repr(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, str):
        return repr(value)
    return str(value)


def constant_value_text(op: Operation, limit: int = 32) -> str:
    """The value of a Const op as text, empty when it carries none."""
    value = op.attrs.get("value")
    return "" if value is None else plain(value_text(value, limit))


def device_text(device: str) -> str:
    """The short form of a device: `GPU:0`, `worker/1 CPU:0`; empty for no device."""
    words = []
    unit = ""
    for part in device.strip("/").split("/"):
        key, _, rest = part.partition(":")
        if key == "job":
            words.append(rest)
        elif key == "task" and words:
            words[-1] += f"/{rest}"
        elif key == "device":
            unit = rest
        elif key in ("cpu", "gpu"):
            unit = part.upper()
    if unit and words == ["localhost/0"]:
        words = []
    return plain(" ".join([*words, unit]).strip() or device)


def place_text(file: str, line: int) -> str:
    """Where a line of the user's stands: `model.py, line 3`, `Cell In[1], line 3`.

    Displays are saved: they say nothing of the machine they were made on.
    """
    shown = source.shown_name(file)
    name = os.path.basename(file) if shown == file else shown
    return plain(f"{name}, line {line}")


def counted(number: int, noun: str) -> str:
    """`1 box`, `2 boxes`, `10 000 operations`."""
    plural = noun + ("es" if noun.endswith(("x", "s")) else "s")
    return f"{number:,} {noun if number == 1 else plural}".replace(",", " ")
