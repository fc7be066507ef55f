"""`%program`: what the default session compiles for an expression.

Read next: `../widgets/graph_program.py`.
"""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs._util import lazy
from interactive_graphs.display.program_lines import rewriting, rewriting_text
from interactive_graphs.display.targets import needed_placeholders
from interactive_graphs.display.text import Listing, Words
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic, option
from interactive_graphs.runtime.optimize.rewrites import rewrites


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
        option(
            "-i",
            "--interactive",
            action="store_true",
            help="beside the live graph: a line marks its operation, and back",
        ),
        option(
            "--optimised",
            action="store_true",
            help="what optimisation took out of the step, and why",
        ),
        option("expression", nargs="*", help="what is fetched"),
    )
    def program(self, line: str) -> Any:
        """Shows the program that the default session compiles for an expression.

        Each line of it names the operation it comes from and the line of yours that
        made that operation.

        Examples: `%program loss`, `%program -f x [loss, accuracy]`,
        `%program -i loss`, `%program --optimised train_op`.
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
                feeds = needed_placeholders(fetches)
            if args.interactive:
                return _view(session, fetches, feeds, args.optimised)
            program = session.program(fetches, feeds)
            if args.optimised:
                return _optimised(program, session.graph)
            return Listing(program.source.rstrip())


def _view(session: Any, fetches: Any, feeds: Any, optimised: bool) -> Any:
    """The live view of what is fetched, with its program beside it."""
    module = lazy.load("interactive_graphs.widgets.graph_view")
    view = module.GraphView(fetches, session=session)
    show = view.show_optimised if optimised else view.show_program
    show(fetches, feeds)
    return view


def _optimised(program: Any, graph: Any) -> Words:
    """What optimisation did, as text."""
    operations = graph.get_operations()
    ids = {op: number for number, op in enumerate(operations)}
    running = len(program.plan.nodes)
    found = rewriting(rewrites(program.plan), ids, running)
    return Words(rewriting_text(found, [op.name for op in operations]))


def _listed(feeds: Any) -> Any:
    return feeds if isinstance(feeds, (list, tuple, dict, set)) else [feeds]
