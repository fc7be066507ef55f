"""Loading of optional packages."""

import json

import pytest

from interactive_graphs._util import lazy


def test_load_returns_the_module():
    assert lazy.load("json") is json
    assert lazy.load("os.path").join("a", "b")


@pytest.mark.parametrize(
    ("extra", "wanted"),
    [("gpu", "interactive_graphs[gpu]"), (None, "no_such_package_here")],
)
def test_missing_package_is_named_with_what_brings_it(extra, wanted):
    with pytest.raises(ImportError) as caught:
        lazy.load("no_such_package_here.part", extra)
    assert "'no_such_package_here', which is not installed" in str(caught.value)
    assert str(caught.value).endswith(f'pip install "{wanted}"')
    assert caught.value.name == "no_such_package_here"


def test_failure_inside_of_a_package_is_not_taken_for_its_absence(
    tmp_path, monkeypatch
):
    (tmp_path / "broken_package_here.py").write_text("import its_missing_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="its_missing_dependency"):
        lazy.load("broken_package_here", "gpu")
