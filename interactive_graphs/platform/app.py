"""`tf.app`: a program that reads its flags and then calls `main`.

Read next: `resource_loader.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from interactive_graphs._util.prompt import is_interactive
from interactive_graphs.platform.flags import FLAGS


def run(
    main: Callable[[list[str]], Any] | None = None, argv: Sequence[str] | None = None
) -> None:
    """Read the flags, call `main` and end the program with what it returns.

    In a notebook the program does not end.

    Args:
        main: called with the program's name and what is no flag; the function `main`
            of the program when None.
        argv: the command line, the program's own when None.

    Raises:
        SystemExit: always, but in a notebook.
    """
    words = list(sys.argv if argv is None else argv)
    if argv is None and is_interactive():
        words = words[:1]  # the kernel's own
    rest = FLAGS(words, known_only=True)
    program = main or sys.modules["__main__"].main
    result = program(rest)
    if not is_interactive():
        sys.exit(result)
