"""`%program`: what the default session compiles for an expression.

Read next: `../client/programs.py`.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs.display.targets import asked_operations, dependencies
from interactive_graphs.display.text import Listing
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic, option


@magics_class
class ProgramMagics(Magics):
    """`%program`."""

    @line_magic(
        option(
            "-f",
            "--feed",
            default="",
            help="what is fed: a tensor, a list of tensors, or a feed dictionary; "
            "by default every placeholder that is needed",
        ),
        option("expression", nargs="*", help="what is fetched"),
    )
    def program(self, line: str) -> Listing:
        """Shows the program that the default session compiles for an expression.

        Each line of it names the operation it comes from and the line of yours that
        made that operation.

        Examples: `%program loss`, `%program -f x [loss, accuracy]`.
        """
        args = _tools.parsed(self.program, line)
        if not args.expression:
            raise UsageError("%program needs what to fetch, as in `%program loss`.")
        session = _tools.default_session()
        fetches = _tools.evaluate(self.shell, " ".join(args.expression))
        with _tools.usage_errors():
            if args.feed:
                feed = _tools.evaluate(self.shell, _tools.unquoted(args.feed))
                feeds = list(_listed(feed))
            else:
                feeds = _needed_placeholders(fetches)
            return Listing(session.program(fetches, feeds).source.rstrip())


def _needed_placeholders(fetches: Any) -> list[Any]:
    operations = dependencies(asked_operations(fetches))
    return [op.outputs[0] for op in operations if op.type == "Placeholder"]


def _listed(feeds: Any) -> Any:
    return feeds if isinstance(feeds, (list, tuple, dict, set)) else [feeds]
