"""Whose fault it was: a kernel's exception, with the node and the user's own line.

Kernels raise `errors.OpError`s without a node, or whatever numpy raises; the user gets
TensorFlow's class and words, the node, and a note with the line that made it.
Read next: `program.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation

HOW_TO_INITIALISE: Final = (
    "Run the variable's initializer in this session first, for example "
    "sess.run(tf.global_variables_initializer())."
)
VARIABLES: Final = frozenset({"Variable", "VariableV2", "VarHandleOp"})
"""The operations that own a value."""

_CLASSES: tuple[tuple[type[BaseException], type[errors.OpError]], ...] = (
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
    (ValueError, errors.InvalidArgumentError),
    (TypeError, errors.InvalidArgumentError),
    (IndexError, errors.InvalidArgumentError),
    (ArithmeticError, errors.InvalidArgumentError),
)


def translate(error: Exception, op: Operation, inputs: list[Any]) -> errors.OpError:
    """The exception that the user should see.

    Args:
        error: what the kernel of `op` raised.
        op: the node that failed.
        inputs: its input values, for the words of the message.

    Returns:
        An OpError with message, node and a note on where the node was made.
    """
    if isinstance(error, errors.OpError):
        if error.op is not None:
            return error
        made: errors.OpError = annotated(type(error), error.message, op)
    else:
        made = annotated(_class_of(error), _message(error, op, inputs), op)
    for note in getattr(error, "__notes__", ()):
        made.add_note(note)
    if isinstance(made, errors.FailedPreconditionError):
        for note in _uninitialised(op):
            made.add_note(note)
    where = source.describe(op.stack)
    if where:
        made.add_note(f"Node '{op.name}' (op: '{op.type}') was {where}")
    return made


def _uninitialised(op: Operation) -> Iterator[str]:
    """Which variables an operation needs to be initialised, and what mends it."""
    found = [t.op for t in op.inputs if t.op.type in VARIABLES]
    for variable in found:
        yield f"Variable '{variable.name}' was {source.describe(variable.stack)}"
    if found:
        yield HOW_TO_INITIALISE


def annotated(
    kind: type[errors.OpError], message: str, op: Operation
) -> errors.OpError:
    """An error of a class with the node's mark, `[[{{node NAME}}]]`, appended."""
    text = f"{message}\n\t [[{{{{node {op.name}}}}}]]"
    return kind(None, op, text)


def _class_of(error: Exception) -> type[errors.OpError]:
    for python, ours in _CLASSES:
        if isinstance(error, python):
            return ours
    return errors.InternalError


def _message(error: Exception, op: Operation, inputs: list[Any]) -> str:
    if op.op_def.on_error is not None:
        try:
            worded = op.op_def.on_error(error, *inputs)
        except Exception:  # numpy's own words are better than none
            worded = None
        if worded:
            return worded
    if isinstance(error, MemoryError):
        return f"OOM when allocating tensor: {error}"
    return str(error) or type(error).__name__
