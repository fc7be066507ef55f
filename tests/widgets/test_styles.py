"""The style sheets of the views: all are on one page, and none reaches into another."""

import re
from pathlib import Path

import interactive_graphs

SOURCES = Path(interactive_graphs.__file__).parents[1] / "widgets" / "src"
# What views share: a folder without a component of its own.
VIEWS = {path.parent.name for path in SOURCES.glob("*/index.tsx")}


def rules(view):
    """The selectors of a view's style sheets, one at a time."""
    for path in (SOURCES / view).rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for heads in re.findall(r"([^{};]+)\{", text):
            if not heads.strip().startswith(("@", "from", "to")):
                yield from (head.strip() for head in heads.split(","))


def classes_in_use(view):
    texts = [path.read_text("utf-8") for path in (SOURCES / view).rglob("*.ts*")]
    return set(re.findall(r"\big-[\w-]*\w\b", "\n".join(texts)))


def test_every_rule_is_for_our_own_elements():
    for view in [*VIEWS, "shared", "values"]:
        assert [head for head in rules(view) if not head.startswith(".ig-")] == []


def test_no_view_dresses_the_elements_of_another():
    leaks = []
    for view in VIEWS:
        # A class by itself; one inside of another is told apart by that.
        heads = [head for head in rules(view) if " " not in head]
        for other in VIEWS - {view}:
            used = classes_in_use(other)
            for head in heads:
                wanted = set(re.findall(r"\.(ig-[\w-]+)", head))
                if wanted <= used:
                    leaks.append(f"{head} of {view} holds in {other}")
    assert leaks == []
