"""Tab in a magic's line: names of scopes, operations and tensors, options, words.

Names are completed level by level, like paths: `%graph layer1/` offers what lies in
`layer1`, scopes with a slash at their end. Read next: `_tools.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_MAGIC = re.compile(r"\s*%%?(\w+)\s")
# What is typed of the last word: names hold slashes, dots and dashes, not quotes.
_WORD = re.compile(r"[^\s'\"\[\](){},=]*$")
_MOST = 200
_WORDS = {"graph": ("cells", "rerun append", "rerun replace")}


class Completion:
    """The names of the default graph, for the lines of some magics."""

    def __init__(self, shell: Any, classes: Iterable[type[Any]]) -> None:
        """For the magics of these classes."""
        self.shell = shell
        self._names = {
            name for one in classes for names in one.magics.values() for name in names
        }

        @context_matcher(identifier="interactive_graphs")  # type: ignore[untyped-decorator]
        def match(context: CompletionContext) -> SimpleMatcherResult:
            return self._match(context)

        self._matcher = match

    def load(self) -> None:
        """Be asked for completions, too."""
        self.shell.Completer.custom_matchers.append(self._matcher)

    def unload(self) -> None:
        """Be asked no more."""
        matchers = self.shell.Completer.custom_matchers
        if self._matcher in matchers:
            matchers.remove(self._matcher)

    def _match(self, context: CompletionContext) -> SimpleMatcherResult:
        line = context.line_with_cursor[: context.cursor_position]
        magic = _MAGIC.match(line)
        if magic is None or magic[1] not in self._names:
            return SimpleMatcherResult(completions=[])
        found = _WORD.search(line)
        word = found[0] if found else ""
        texts = [
            SimpleCompletion(text, type=kind)
            for text, kind in self._candidates(magic[1], word)
        ]
        # Python's and the disk's names would stand among them, slashes and all.
        return SimpleMatcherResult(
            completions=texts[:_MOST], matched_fragment=word, suppress=bool(texts)
        )

    def _candidates(self, magic: str, word: str) -> Iterator[tuple[str, str]]:
        if word.startswith("-"):
            for option in sorted(self._options(magic)):
                if option.startswith(word):
                    yield option, "option"
            return
        for text in _WORDS.get(magic, ()):
            if text.startswith(word):
                yield text, "keyword"
        for text, value in list(self.shell.user_ns.items()):
            if text.startswith(word) and text[0] != "_" and _is_of_graph(value):
                yield text, "instance"
        yield from names(word)

    def _options(self, magic: str) -> set[str]:
        methods = self.shell.magics_manager.magics
        method = methods["line"].get(magic) or methods["cell"].get(magic)
        parser = getattr(method, "parser", None)
        actions = parser._actions if parser is not None else ()
        return {option for action in actions for option in action.option_strings}


def _is_of_graph(value: Any) -> bool:
    """Whether a name of the user's stands for a part of a graph."""
    kind = type(value)
    return isinstance(value, (Tensor, Operation)) or hasattr(kind, "_as_graph_element")


def names(word: str) -> Iterator[tuple[str, str]]:
    """Names of the default graph that begin with `word`, to the next slash.

    Args:
        word: what was typed; with a colon in it tensors are offered, else operations
            and scopes.

    Yields:
        (name, "scope" or "operation" or "tensor"), each once, in the graph's order.
    """
    ops = get_default_graph().ops_by_name
    if ":" in word:
        op = ops.get(word.partition(":")[0])
        for tensor in op.outputs if op is not None else ():
            if tensor.name.startswith(word):
                yield tensor.name, "tensor"
        return
    seen: dict[str, str] = {}
    for name in list(ops):
        if name.startswith(word):
            rest = name[len(word) :]
            inner, slash, _ = rest.partition("/")
            seen.setdefault(word + inner + slash, "scope" if slash else "operation")
    yield from seen.items()
