"""The magics: `%graph`, `%program`, `%variables`, `%devices`.

Each returns an object that a notebook draws and a terminal prints, so that
`picture = %graph loss` works, too. `%graph?` shows the help.
Read next: `../display/picture.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from IPython.core import magic_arguments
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from interactive_graphs.display.picture import Picture, show_graph
from interactive_graphs.display.table import Table, variables_table
from interactive_graphs.display.targets import (
    asked_operations,
    dependencies,
)
from interactive_graphs.display.text import Listing, Words
from interactive_graphs.display.view import BUDGET
from interactive_graphs.framework import stacks
from interactive_graphs.framework.graph import get_default_graph

_NO_SESSION = (
    "There is no default session. `%load_ext interactive_graphs` makes one, "
    "and so does `tf.InteractiveSession()`."
)


# IPython's decorators say nothing of types; as Any they may be used, behind `_magic`.
_arguments: Any = magic_arguments
_option = _arguments.argument
_line_magic: Any = line_magic
_Method = TypeVar("_Method", bound=Callable[..., Any])


def _magic(*options: Any) -> Callable[[_Method], _Method]:
    """A line magic with these options, in the order of its help."""

    def decorate(method: _Method) -> _Method:
        method = _line_magic(method)
        for option in reversed(options):
            method = option(method)
        decorated: _Method = _arguments.magic_arguments()(method)
        return decorated

    return decorate


@magics_class
class GraphMagics(Magics):
    """The line magics of this package."""

    names: ClassVar = ("graph", "program", "variables", "devices")

    @_magic(
        _option("-s", "--scope", default="", help="show this name scope alone"),
        _option(
            "--open",
            action="append",
            default=[],
            help="a name scope to open in any case; may be given several times",
        ),
        _option("--all", action="store_true", help="open all scopes that fit"),
        _option("--closed", action="store_true", help="open none but those of --open"),
        _option("-t", "--text", action="store_true", help="the tree, no drawing"),
        _option(
            "-o",
            "--output",
            default="",
            help="a file to write: .svg .html .dot .txt .json",
        ),
        _option(
            "expression",
            nargs="*",
            help="a tensor, operation, variable or list of them, or a name; "
            "left out, the default graph is drawn",
        ),
    )
    def graph(self, line: str) -> Picture | Words:
        """Draws the default graph, or what an expression depends on.

        The expression is evaluated in your namespace: `%graph a + b` adds an operation
        to the graph before drawing it, as Python would.

        Examples: `%graph`, `%graph loss`, `%graph [loss, train_op]`,
        `%graph layer1/MatMul`, `%graph -s layer1`, `%graph --text`,
        `%graph loss -o loss.svg`.
        """
        args = _arguments.parse_argstring(self.graph, line)
        expression, scope = " ".join(args.expression), _unquoted(args.scope)
        target = None
        if expression:
            target, found = self._target(expression)
            scope = scope or found
        try:
            picture = show_graph(
                target,
                scope=scope,
                open=[_unquoted(name) for name in args.open],
                everything=args.all,
                budget=0 if args.closed else BUDGET,
            )
        except (TypeError, ValueError, KeyError) as error:
            raise UsageError(_words(error)) from None
        if args.output:
            return self._save(picture, _unquoted(args.output))
        return Words(picture.text) if args.text else picture

    @staticmethod
    def _save(picture: Picture, path: str) -> Words:
        try:
            return Words(f"Written to {picture.save(path)}")
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError(_words(error)) from None

    def _target(self, expression: str) -> tuple[Any, str]:
        """What `expression` stands for: a value, or else the name of a scope."""
        try:
            value = self._evaluate(expression)
        except UsageError:
            # No Python, or unknown to it: names of the graph are written bare, too.
            name = _unquoted(expression)
            if not _is_known(name) and not _is_scope(name):
                raise
            value = name
        if isinstance(value, str) and not _is_known(value) and _is_scope(value):
            return None, value
        # A session stands for its graph; a tensor's graph is not what is asked for.
        is_session = hasattr(value, "run") and hasattr(value, "close")
        return (value.graph if is_session else value), ""

    def _evaluate(self, expression: str) -> Any:
        try:
            shell: Any = self.shell
            return shell.ev(expression)
        except Exception as error:
            raise UsageError(f"{type(error).__name__}: {_words(error)}") from None

    @_magic(
        _option(
            "-f",
            "--feed",
            default="",
            help="what is fed: a tensor, a list of tensors, or a feed dictionary; "
            "by default every placeholder that is needed",
        ),
        _option("expression", nargs="*", help="what is fetched"),
    )
    def program(self, line: str) -> Listing:
        """Shows the program that the default session compiles for an expression.

        Each line of it names the operation it comes from and the line of yours that
        made that operation.

        Examples: `%program loss`, `%program -f x [loss, accuracy]`.
        """
        args = _arguments.parse_argstring(self.program, line)
        if not args.expression:
            raise UsageError("%program needs what to fetch, as in `%program loss`.")
        session = _default_session()
        fetches = self._evaluate(" ".join(args.expression))
        try:
            if args.feed:
                feeds = list(_listed(self._evaluate(_unquoted(args.feed))))
            else:
                feeds = _needed_placeholders(fetches)
            return Listing(session.program(fetches, feeds).source.rstrip())
        except (TypeError, ValueError, KeyError, RuntimeError) as error:
            raise UsageError(_words(error)) from None

    @_magic()
    def variables(self, line: str) -> Table:
        """Lists the variables of the default session's graph with their values."""
        _arguments.parse_argstring(self.variables, line)
        return variables_table(_default_session())

    @_magic()
    def devices(self, line: str) -> Table:
        """Lists the devices of the default session."""
        _arguments.parse_argstring(self.devices, line)
        try:
            devices = _default_session().list_devices()
        except RuntimeError as error:
            raise UsageError(_words(error)) from None
        rows: list[tuple[str, ...]] = [
            (device.name, device.device_type, f"{device.memory_limit_bytes:,}")
            for device in devices
        ]
        noun = "device" if len(rows) == 1 else "devices"
        return Table(f"{len(rows)} {noun}", ("name", "type", "memory, bytes"), rows)


def _is_known(name: str) -> bool:
    """Whether it names an operation or a tensor of the default graph."""
    operation = name.partition(":")[0]
    return any(op.name == operation for op in get_default_graph().get_operations())


def _is_scope(name: str) -> bool:
    prefix = name.rstrip("/") + "/"
    names = (op.name for op in get_default_graph().get_operations())
    return any(one.startswith(prefix) for one in names)


def _default_session() -> Any:
    session = stacks.get_default_session()
    if session is None:
        raise UsageError(_NO_SESSION)
    return session


def _needed_placeholders(fetches: Any) -> list[Any]:
    operations = dependencies(asked_operations(fetches))
    return [op.outputs[0] for op in operations if op.type == "Placeholder"]


def _listed(feeds: Any) -> Any:
    return feeds if isinstance(feeds, (list, tuple, dict, set)) else [feeds]


def _unquoted(text: str) -> str:
    """IPython leaves the quotes around an argument; paths and names have none."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _words(error: BaseException) -> str:
    """The message of an error; KeyError puts its own in quotes."""
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error) or type(error).__name__
