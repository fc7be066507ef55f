"""Commands of the debugger as text: of a prompt, of magics, of a terminal.

    step [N]   over   out   cont   until CONDITION   stop
    value NAME   inject NAME VALUE   break CONDITION   remove NUMBER   where

Values are literals; nothing that is typed is run. Read next: `gate.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, Final

from interactive_graphs.debug.standing import brief, describe
from interactive_graphs.debug.stepper import Stepper

HELP: Final = (
    "step [N], over, out, cont, until CONDITION, stop, value NAME, inject NAME VALUE, "
    "break CONDITION, remove NUMBER, where"
)


def answer(stepper: Stepper, said: str) -> str:
    """Do what a line says.

    Args:
        stepper: the run.
        said: a command and what it takes; its first letter is enough, an empty line
            is a step.

    Returns:
        Where the run is then, or what was asked for, or what is wrong.
    """
    word, _, rest = said.strip().partition(" ")
    found = _find(word or "step")
    if found is None:
        return f"There is no '{word}'; say {HELP}."
    try:
        return found(stepper, rest.strip())
    except (ValueError, TypeError, RuntimeError, KeyError) as error:
        return str(error)


def literal(text: str) -> Any:
    """A value as it is typed: a number, text in quotes, lists of these, nan and inf.

    Raises:
        ValueError: it is none.
    """
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    try:
        return float(text)  # nan, inf
    except ValueError:
        raise ValueError(f"{text!r} is no number, text or list of them.") from None


def inject(stepper: Stepper, rest: str) -> str:
    """Inject what `NAME VALUE` says; what runs again is named."""
    name, _, value = rest.partition(" ")
    if not value.strip():
        raise ValueError("Say which tensor and which value: inject NAME VALUE.")
    again = stepper.inject(name, literal(value.strip()))
    effects = [n for n in again if n in stepper.effects]
    lines = [describe(stepper)]
    if again:
        lines.append(f"runs again: {', '.join(again[:8])}{' ...' if again[8:] else ''}")
    if effects:
        lines.append(f"a second time, with its effect: {', '.join(effects)}")
    return "\n".join(lines)


def break_at(stepper: Stepper, rest: str) -> str:
    """Set a breakpoint, or list them."""
    if rest:
        stepper.break_at(rest)
    listed = [f"{b.number}: {b.condition} ({b.hits} hits)" for b in stepper.breakpoints]
    return "\n".join(listed) or "There are no breakpoints."


def _remove(stepper: Stepper, rest: str) -> str:
    if not rest.isdigit():
        raise ValueError("Say the number of the breakpoint.")
    stepper.remove(int(rest))
    return break_at(stepper, "")


def _value(stepper: Stepper, rest: str) -> str:
    return brief(stepper.value(rest))


def _until(stepper: Stepper, rest: str) -> str:
    return describe(stepper.until(rest or None))


def _step(stepper: Stepper, rest: str) -> str:
    if rest and not rest.isdigit():
        raise ValueError(f"How many steps is {rest!r}?")
    return describe(stepper.step(int(rest or 1)))


_COMMANDS: Final[dict[str, Callable[[Stepper, str], str]]] = {
    "step": _step,
    "next": _step,
    "over": lambda stepper, _: describe(stepper.step_over()),
    "out": lambda stepper, _: describe(stepper.step_out()),
    "cont": lambda stepper, _: describe(stepper.cont()),
    "until": _until,
    "stop": lambda stepper, _: describe(stepper.stop()),
    "quit": lambda stepper, _: describe(stepper.stop()),
    "value": _value,
    "inject": inject,
    "break": break_at,
    "remove": _remove,
    "where": lambda stepper, _: describe(stepper),
    "help": lambda *_: HELP,
}


def _find(word: str) -> Callable[[Stepper, str], str] | None:
    """The command that a word begins: the first of them."""
    names = [name for name in _COMMANDS if name.startswith(word.lower())]
    return _COMMANDS[names[0]] if names else None
