"""The harness finds faults that are there, and none where there are none."""

import pytest

from tests.browser.axe import faults, serious_faults

pytestmark = pytest.mark.browser

GOOD = "<button>Open</button><p style='color:#111;background:#fff'>words</p>"
BAD = "<button></button><p style='color:#ccc;background:#fff'>faint words</p>"


@pytest.fixture
def page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


def test_a_sound_part_has_no_faults(page):
    page.set_content(f"<div id=a>{GOOD}</div><div id=b>{BAD}</div>")
    assert serious_faults(page, "#a") == []


def test_faults_are_named_with_their_place(page):
    page.set_content(f"<div id=a>{BAD}</div>")
    found = serious_faults(page, "#a")
    assert len(found) == 2
    assert any("button-name" in line and "at button;" in line for line in found)
    assert any("color-contrast" in line for line in found)


def test_a_whole_page_is_held_to_the_rules_of_pages(page):
    page.set_content(f"<html><body><div>{GOOD}</div></body></html>")
    assert any("document-title" in line for line in serious_faults(page))
    assert faults(page, "div", impacts=("moderate", "serious", "critical")) == []


def test_a_selector_that_finds_nothing_is_a_mistake(page):
    page.set_content(GOOD)
    with pytest.raises(AssertionError, match="nothing is '.ig-view'"):
        serious_faults(page, ".ig-view")
