from textwrap import dedent

from interactive_graphs.display.text import to_text
from interactive_graphs.display.view import view
from tests.display.fakes import HOSTILE, chain, classifier, hostile, product


def tree(text):
    return dedent(text).strip("\n")


def test_operations_read_as_assignments():
    graph = product()
    assert to_text(view(graph, asked=[graph[-1]])) == tree(
        """
        Graph: 3 operations, of them 2 constants
          a = Const 5.0 → float32 ()
          b = Const 6.0 → float32 ()
          * c = Mul(a, b) → float32 ()
        """
    )


def test_open_scopes_are_indented_and_closed_ones_say_where_their_edges_go():
    scene = view(classifier(2), open=["layer1"], budget=1)
    assert to_text(scene) == tree(
        """
        Graph: 38 operations, of them 2 placeholders, 5 constants, 4 variables
          x = Placeholder → float32 (?, 64)
          y = Placeholder → int64 (?,)
          layer1/
            weights = VariableV2 → float32_ref (64, 64), starts at 0.0 throughout [A, B]
            biases = VariableV2 → float32_ref (64,), starts at 0.0 throughout [A, B]
            MatMul = MatMul(x, layer1/weights) → float32 (?, 64)
            add = Add(layer1/MatMul, layer1/biases) → float32 (?, 64)
            Relu = Relu(layer1/add) → float32 (?, 64)
          layer2/  11 operations, from layer1, to loss, init [A, B]
          loss/  3 operations, from layer2, y [A]
          init = NoOp, after layer1/weights, layer1/biases, layer2/weights, """
        """layer2/biases
          [A] gradients/  5 operations [B]; set aside, linked with 4 boxes
          [B] train/  5 operations [A]; set aside, linked with 3 boxes
        2 closed scopes; `%graph --scope layer2` shows one
        """
    )


def test_long_trees_are_cut_with_a_count():
    text = to_text(view(chain(30), budget=50), lines=5)
    assert text.count("\n") == 6
    assert text.endswith("  … 27 more lines")


def test_a_scope_alone_says_where_its_edges_come_from():
    text = to_text(view(classifier(2), scope="loss"))
    assert "  from outside: layer2, y\n" in text


def test_names_and_values_stay_on_their_line():
    text = to_text(view(hostile(), everything=True))
    assert "\x1b" not in text
    assert "\x00" not in text
    printed = [line for line in text.splitlines() if " = Print(" in line]
    assert len(printed) == len(HOSTILE)
    assert max(map(len, text.splitlines())) < 600
