"""What all magics share: typed decorators, evaluating an expression, names, errors.

A magic returns an object that a notebook draws and a terminal prints, so that
`picture = %graph loss` works, too; what the user got wrong becomes a `UsageError`,
which IPython shows as one line. A file of magics looks like this:

    @magics_class
    class ProgramMagics(Magics):
        @line_magic(option("expression", nargs="*", help="what is fetched"))
        def program(self, line: str) -> Listing:
            args = parsed(self.program, line)
            with usage_errors():
                return Listing(...)

and its class is named in `__init__.py`. Read next: `graph.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from IPython.core import magic as ipython_magic, magic_arguments
from IPython.core.error import UsageError

from interactive_graphs import errors
from interactive_graphs.framework import stacks
from interactive_graphs.framework.graph import get_default_graph

NO_SESSION = (
    "There is no default session. `%load_ext interactive_graphs` makes one, "
    "and so does `tf.InteractiveSession()`."
)

# IPython's decorators say nothing of types; as Any they may be used.
_arguments: Any = magic_arguments
_plain_line: Any = ipython_magic.line_magic
_plain_cell: Any = ipython_magic.cell_magic
_plain_both: Any = ipython_magic.line_cell_magic
option: Any = _arguments.argument
"""An argument of a magic, with the arguments of argparse's `add_argument`."""

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _decorator(kind: Any, options: tuple[Any, ...]) -> Callable[[_Method], _Method]:
    def decorate(method: _Method) -> _Method:
        method = kind(method)
        for one in reversed(options):
            method = one(method)
        decorated: _Method = _arguments.magic_arguments()(method)
        return decorated

    return decorate


def line_magic(*options: Any) -> Callable[[_Method], _Method]:
    """`%name`, with these options in the order of its help."""
    return _decorator(_plain_line, options)


def cell_magic(*options: Any) -> Callable[[_Method], _Method]:
    """`%%name`, with these options in the order of its help."""
    return _decorator(_plain_cell, options)


def line_cell_magic(*options: Any) -> Callable[[_Method], _Method]:
    """`%name` and `%%name` in one method, whose `cell` is None for the first."""
    return _decorator(_plain_both, options)


def parsed(magic: Any, line: str) -> Any:
    """The arguments of `line` by their names; a `UsageError` where they are wrong."""
    return _arguments.parse_argstring(magic, line)


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """What a user can get wrong inside of this block becomes one line."""
    try:
        yield
    except (
        TypeError,
        ValueError,
        LookupError,
        OSError,
        RuntimeError,
        errors.OpError,
    ) as error:
        raise UsageError(words(error)) from None


def words(error: BaseException) -> str:
    """The message of an error; KeyError puts its own in quotes."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error) or type(error).__name__


def unquoted(text: str) -> str:
    """IPython leaves the quotes around an argument; paths and names have none."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def default_session() -> Any:
    """The default session, or a `UsageError` that says how to get one."""
    session = stacks.get_default_session()
    if session is None:
        raise UsageError(NO_SESSION)
    return session


def evaluate(shell: Any, expression: str) -> Any:
    """What `expression` is in the user's namespace."""
    try:
        return shell.ev(expression)
    except Exception as error:
        raise UsageError(f"{type(error).__name__}: {words(error)}") from None


def element(shell: Any, expression: str) -> Any:
    """What `expression` stands for: a value, else a name of the graph written bare.

    Names come back as strings, of operations and tensors as well as of scopes; see
    `is_scope`.
    """
    try:
        return evaluate(shell, expression)
    except UsageError:
        # No Python, or unknown to it: names of the graph are written bare, too.
        name = unquoted(expression)
        if not is_known(name) and not is_scope(name):
            raise
        return name


def is_known(name: str) -> bool:
    """Whether it names an operation or a tensor of the default graph."""
    operation = name.partition(":")[0]
    return any(op.name == operation for op in get_default_graph().get_operations())


def is_scope(name: str) -> bool:
    """Whether operations of the default graph lie under this name."""
    prefix = name.rstrip("/") + "/"
    names = (op.name for op in get_default_graph().get_operations())
    return any(one.startswith(prefix) for one in names)
