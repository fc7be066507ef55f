"""The names that `interactive_graphs.widgets` gives are there, loaded when asked."""

import pytest

from interactive_graphs import widgets


@pytest.mark.parametrize("name", widgets.__all__)
def test_a_name_is_there(name):
    assert getattr(widgets, name).__name__ == name


def test_another_is_not():
    with pytest.raises(AttributeError, match="has no attribute 'Weather'"):
        _ = widgets.Weather
