"""Names: which are free, and what the registry of a large graph holds."""

import pytest

import interactive_graphs as tf
from interactive_graphs.framework.names import NameRegistry, NewScope


def test_a_row_of_names_takes_one_entry() -> None:
    names = NameRegistry()
    assert [names.unique("Sin") for _ in range(4)] == ["Sin", "Sin_1", "Sin_2", "Sin_3"]
    assert names.numbers == {"sin": 4}


@pytest.mark.parametrize(
    ("wish", "given"),
    [
        ("c_1", "c_1_1"),  # in the row
        ("C_2", "C_2_1"),  # without regard to case
        ("c_3", "c_3"),  # behind its end
        ("c_01", "c_01"),  # no number that a row would have
        ("c_", "c_"),
        ("d_1", "d_1"),
        ("c", "c_3"),
    ],
)
def test_a_name_within_a_row_is_taken(wish: str, given: str) -> None:
    names = NameRegistry()
    for _ in range(3):
        names.unique("c")
    assert names.unique(wish, mark_as_used=False) == given
    assert names.unique(wish) == given
    assert names.unique(wish) != given


def test_a_row_goes_round_what_was_taken_by_name() -> None:
    names = NameRegistry()
    names.unique("c_1")
    names.take("C_3")
    assert [names.unique("c") for _ in range(3)] == ["c", "c_2", "c_4"]


def test_a_new_scope_counts_as_the_registry_does() -> None:
    wishes = ["mul", "Mul", "mul_1", "mul", "Cos", "mul_7", "mul"]
    names, new = NameRegistry(), NewScope()
    for scope in ("a/Sin_grad", "a/b_grad"):
        new.enter(scope)
        expected = [names.unique(f"{scope}/{wish}") for wish in wishes]
        assert [new.take_in(wish) for wish in wishes] == expected


def test_names_left_elsewhere_are_asked_for_once() -> None:
    asked = []

    def listed() -> list[str]:
        asked.append(1)
        return ["G/x_grad/mul", "G/x_grad"]

    names = NameRegistry()
    names.unique("G")
    names.leave("G/", listed)
    assert names.unique("other") == "other"
    assert names.unique("G") == "G_1"
    assert not asked
    assert names.copy().unique("g/x_grad") == "g/x_grad_1"
    assert names.unique("g/X_grad/mul") == "g/X_grad/mul_1"
    assert names.unique("G/x_grad") == "G/x_grad_1"
    assert len(asked) == 2


def _differentiated() -> tf.Tensor:
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.sin(x) * x
    tf.gradients(y, x)
    return y


def test_nodes_made_later_in_the_scopes_of_gradients_get_new_names() -> None:
    with tf.Graph().as_default() as graph:
        _differentiated()
        taken = {op.name for op in graph.get_operations()}
        assert {"gradients/Sin_grad/Cos", "gradients/Sin_grad/mul"} <= taken
        for name in sorted(n for n in taken if n.startswith("gradients/")):
            scope, _, leaf = name.rpartition("/")
            with tf.name_scope(scope + "/"):
                again = tf.constant(1.0, name=leaf)
            assert again.op.name.startswith(f"{scope}/{leaf.rpartition('_')[0]}")
            assert again.op.name not in taken
        with tf.name_scope("gradients/"), tf.name_scope("Sin_grad") as scope:
            assert scope == "gradients/Sin_grad_1/"


def test_a_users_rule_may_come_first() -> None:
    @tf.custom_gradient
    def doubled(a: tf.Tensor) -> tuple[tf.Tensor, object]:
        return a * 2.0, lambda dy: dy * 2.0

    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.gradients(doubled(tf.sin(x)), x)
        names = [op.name for op in graph.get_operations()]
        assert len(names) == len(set(names)) == graph.version
        assert {"gradients/IdentityN_grad/mul", "gradients/Sin_grad/mul"} <= set(names)


def test_gradients_go_round_names_that_were_there_before() -> None:
    with tf.Graph().as_default() as graph:
        _differentiated()
        made = [op.name for op in graph.get_operations()]
    inner = next(n for n in made if n.startswith("gradients/Sin_grad/"))
    with tf.Graph().as_default() as graph:
        before = tf.constant(1.0, name=inner)
        _differentiated()
        assert graph.get_operation_by_name(inner) is before.op
        assert graph.get_operation_by_name(f"{inner}_1").type != "Const"
        names = [op.name for op in graph.get_operations()]
        assert len(names) == len(set(names)) == graph.version


def test_a_second_call_in_the_same_scope_gets_other_names() -> None:
    with tf.Graph().as_default() as graph:
        y = _differentiated()
        x = graph.get_tensor_by_name("x:0")
        with tf.name_scope("gradients/"):
            tf.gradients(y, x, name="gradients/")
        tf.gradients(y, x, name="gradients/")
        names = [op.name for op in graph.get_operations()]
        assert len(names) == len(set(names)) == graph.version
        assert "gradients/Sin_grad_1/mul" in names
