"""Tab in the lines of the magics, and their help."""

import pytest
from IPython.core.completer import provisionalcompleter

import interactive_graphs as tf
from interactive_graphs.magics import MAGICS


@pytest.fixture
def shell(shell):
    shell.run_cell(
        "with tf.name_scope('layer1'):\n"
        "    loss = tf.placeholder(tf.float32, name='x')\n"
        "    with tf.name_scope('inner'): number = tf.split(loss, 2, 0)[0].name\n"
    )
    return shell


def offered(shell, text):
    with provisionalcompleter():
        found = shell.Completer.completions(text, len(text))
        return [text[: one.start] + one.text for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%graph lay", ["%graph layer1/"]),
        ("%graph layer1/", ["%graph layer1/inner/", "%graph layer1/x"]),
        ("%graph layer1/x:", ["%graph layer1/x:0"]),
        ("%graph 'layer1/i", ["%graph 'layer1/inner/"]),
        ('%graph -s "layer1/i', ['%graph -s "layer1/inner/']),
        ("%graph [loss, layer1/i", ["%graph [loss, layer1/inner/"]),
        ("%graph --out", ["%graph --output"]),
        ("%graph rerun", ["%graph rerun append", "%graph rerun replace"]),
        ("%graph los", ["%graph loss"]),
        ("%program layer1/x:", ["%program layer1/x:0"]),
        ("%program --f", ["%program --feed"]),
        ("  %graph layer1/i", ["  %graph layer1/inner/"]),
        ("%graph layer1/nothing", []),
    ],
)
def test_names_options_and_words(shell, text, expected):
    found = offered(shell, text)
    assert sorted(found) == expected or (not expected and found == [])


def test_both_tensors_of_a_split(shell):
    tensors = offered(shell, "%graph layer1/inner/split:")
    assert tensors == ["%graph layer1/inner/split:0", "%graph layer1/inner/split:1"]


def test_other_lines_are_pythons(shell):
    assert "layer1/" not in "".join(offered(shell, "lay"))
    assert offered(shell, "loss.gr") == ["loss.graph"]
    assert "layer1/x" not in "".join(offered(shell, "%time layer1/"))


def test_unloading_takes_the_completion_away(one_shell):
    before = list(one_shell.Completer.custom_matchers)
    one_shell.run_line_magic("load_ext", "interactive_graphs")
    assert len(one_shell.Completer.custom_matchers) == len(before) + 1
    one_shell.run_line_magic("unload_ext", "interactive_graphs")
    assert one_shell.Completer.custom_matchers == before


def all_magics():
    return [
        (one, name) for one in MAGICS for kind in one.magics.values() for name in kind
    ]


@pytest.mark.parametrize(("one", "name"), all_magics())
def test_every_magic_has_help_with_its_arguments(shell, one, name):
    methods = shell.magics_manager.magics
    method = methods["line"].get(name) or methods["cell"][name]
    assert f"%{name}" in method.__doc__
    assert len(method.__doc__.strip()) > 30


def test_a_second_load_says_nothing(shell, capsys, recwarn):
    capsys.readouterr()
    tf.load_ipython_extension(shell)
    shell.run_line_magic("load_ext", "interactive_graphs")
    assert capsys.readouterr().err == ""
    assert not recwarn.list
