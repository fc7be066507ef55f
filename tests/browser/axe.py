"""Accessibility faults of what a page shows, found by axe-core.

    faults = serious_faults(page, ".ig-view")
    assert faults == []

axe-core is a development dependency of `widgets/`; where nobody ran `npm ci` there, the
test that asks is skipped. Nothing is loaded from elsewhere. Best called on a view that
stands still: a colour in the middle of a fade has another contrast than it will have.
"""

from pathlib import Path

import pytest

import interactive_graphs

SCRIPT = (
    Path(interactive_graphs.__file__).parents[1]
    / "widgets/node_modules/axe-core/axe.min.js"
)

# What WCAG 2.2 AA asks, and what axe's makers hold to be good practice. Rules about
# whole pages are left out: a view is a part of somebody else's page.
_RUN = """
async ([selector, whole]) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                  "best-practice"];
    const rules = whole ? {} : Object.fromEntries(
        ["region", "landmark-one-main", "page-has-heading-one", "bypass",
         "document-title", "html-has-lang"].map(id => [id, {enabled: false}]));
    const found = await axe.run(selector ? {include: [selector]} : document,
                                {runOnly: {type: "tag", values: tags}, rules,
                                 resultTypes: ["violations"],
                                 // It would fetch style sheets by requests of its own.
                                 preload: false});
    return {
        checked: found.passes.length + found.violations.length,
        faults: found.violations.map(fault => ({
            id: fault.id, impact: fault.impact, help: fault.help,
            where: fault.nodes.slice(0, 4).map(node => node.target.join(" ")),
            why: fault.nodes[0]?.failureSummary ?? "" }))};
}
"""


def faults(page, selector="", impacts=("serious", "critical")):
    """The faults of what `selector` finds, those of other impacts left out.

    Args:
        page: Playwright's.
        selector: a CSS selector; the whole page when empty.
        impacts: of "minor", "moderate", "serious" and "critical".

    Returns:
        One line a fault, with the first elements that have it, for an assertion's
        message.
    """
    if not SCRIPT.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in widgets/")
    if selector:
        assert page.locator(selector).count(), f"nothing is {selector!r}"
    if not page.evaluate("() => 'axe' in window"):
        # By evaluation and not by a script element, which a page's own rules may forbid.
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate(_RUN, [selector, not selector])
    assert found["checked"] > 0, f"axe found nothing to check in {selector!r}"
    return [
        f"{fault['impact']} {fault['id']}: {fault['help']}; "
        f"at {', '.join(fault['where'])}; {' '.join(fault['why'].split())}"
        for fault in found["faults"]
        if fault["impact"] in impacts
    ]


def serious_faults(page, selector=""):
    """The serious and critical faults of what `selector` finds, see `faults`."""
    return faults(page, selector)
