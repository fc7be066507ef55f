"""`tf.flags`: a program's command-line options.

The work is done by absl-py, as in TensorFlow; what is here makes it fit for notebooks.
There the command line is the kernel's own, so what it does not know is no error, and
a cell that defines a flag may run twice. Read next: `app.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from interactive_graphs._util import lazy
from interactive_graphs._util.prompt import is_interactive

# Names of TensorFlow's arguments before it used absl's.
_OLD_NAMES: Final = {
    "flag_name": "name",
    "default_value": "default",
    "docstring": "help",
}


def _absl() -> Any:
    return lazy.load("absl.flags")


class Flags:
    """The values of all flags, as attributes; the command line is read at first use.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.flags.DEFINE_integer("batch_size", 32, "How many at once.")
        >>> tf.flags.FLAGS(["program", "--batch_size=64"])
        ['program']
        >>> tf.flags.FLAGS.batch_size
        64
        >>> del tf.flags.FLAGS.batch_size
    """

    def __getattr__(self, name: str) -> Any:
        """The value of a flag, or what absl's FlagValues has."""
        # Tools look for such names in every object they show.
        if name.startswith("_"):
            raise AttributeError(name)
        values = _absl().FLAGS
        if name in values and not values.is_parsed():
            self(sys.argv, known_only=is_interactive())
        return getattr(values, name)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a flag.

        Raises:
            AttributeError: there is none of that name.
        """
        setattr(_absl().FLAGS, name, value)

    def __delattr__(self, name: str) -> None:
        """Forget a flag."""
        delattr(_absl().FLAGS, name)

    def __dir__(self) -> list[str]:
        """The names of all flags."""
        return dir(_absl().FLAGS)

    def __getitem__(self, name: str) -> Any:
        """The flag itself."""
        return _absl().FLAGS[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a flag of that name."""
        return name in _absl().FLAGS

    def __iter__(self) -> Any:
        """The names of all flags."""
        return iter(_absl().FLAGS)

    def __call__(self, argv: Any, known_only: bool = False) -> list[str]:
        """Read a command line.

        Args:
            argv: the program's name, then its arguments.
            known_only: whether to leave alone what is no flag.

        Returns:
            What is left.

        Raises:
            Error: absl's; a value is none of its flag's kind, or a flag is unknown.
        """
        try:
            rest: list[str] = _absl().FLAGS(list(argv), known_only=known_only)
        except ValueError as error:  # absl's words for `--noquick=yes`
            raise _absl().IllegalFlagValueError(f"flag {error}") from None
        return rest

    def __repr__(self) -> str:
        """What the command line may say."""
        return repr(_absl().FLAGS)


FLAGS: Final = Flags()


def _define(kind: str) -> Callable[..., Any]:
    """Absl's function for a kind of flag, with TensorFlow's old words, too."""

    def define(*args: Any, **kwargs: Any) -> None:
        named = {_OLD_NAMES.get(key, key): value for key, value in kwargs.items()}
        name = str(args[0] if args else named.get("name"))
        values = _absl().FLAGS
        if is_interactive() and name in values:
            delattr(values, name)
        getattr(_absl(), kind)(*args, **named)

    define.__name__ = define.__qualname__ = kind
    return define


DEFINE_string = _define("DEFINE_string")
DEFINE_integer = _define("DEFINE_integer")
DEFINE_float = _define("DEFINE_float")
DEFINE_boolean = _define("DEFINE_boolean")
DEFINE_bool = _define("DEFINE_bool")
DEFINE_enum = _define("DEFINE_enum")
DEFINE_enum_class = _define("DEFINE_enum_class")
DEFINE_list = _define("DEFINE_list")
DEFINE_spaceseplist = _define("DEFINE_spaceseplist")
DEFINE_multi_string = _define("DEFINE_multi_string")
DEFINE_multi_integer = _define("DEFINE_multi_integer")
DEFINE_multi_float = _define("DEFINE_multi_float")
DEFINE_multi_enum = _define("DEFINE_multi_enum")
DEFINE_alias = _define("DEFINE_alias")


def mark_flag_as_required(flag_name: str) -> None:
    """Refuse a command line that does not set a flag.

    Args:
        flag_name: its name.
    """
    _absl().mark_flag_as_required(flag_name)


def mark_flags_as_required(flag_names: Any) -> None:
    """Refuse a command line that does not set all of these flags.

    Args:
        flag_names: their names.
    """
    _absl().mark_flags_as_required(flag_names)
