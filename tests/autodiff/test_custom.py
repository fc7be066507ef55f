"""Gradients of the user's own."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import registry


@pytest.fixture(autouse=True)
def _forget_gradients(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_GRADIENTS", dict(registry._GRADIENTS))


def run(fetches):
    with tf.Session() as sess:
        return sess.run(fetches)


def test_q26_register_gradient_and_override_map():
    @tf.RegisterGradient("Tripled")
    def _(op, grad):
        assert op.type == "Identity"
        return grad * 3.0

    x = tf.constant(1.0)
    graph = tf.get_default_graph()
    with graph.gradient_override_map({"Identity": "Tripled"}):
        y = tf.identity(x)
    z = tf.identity(x)
    assert run([tf.gradients(y, x), tf.gradients(z, x)]) == [[3.0], [1.0]]


def test_override_by_a_name_that_is_not_registered():
    x = tf.constant(1.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "Nobody"}):
        y = tf.identity(x, name="same")
    text = r"No gradient defined for operation 'same' \(op type: Identity\)"
    with pytest.raises(LookupError, match=text):
        tf.gradients(y, x)


def test_registering_twice():
    tf.RegisterGradient("Once")(lambda op, grad: grad)
    with pytest.raises(KeyError, match="Registering two gradient with name 'Once' !"):
        tf.RegisterGradient("Once")(lambda op, grad: grad)


@pytest.mark.parametrize("register", [tf.RegisterGradient, tf.NotDifferentiable])
def test_names_are_strings(register):
    with pytest.raises(TypeError, match="op_type must be a string"):
        register(3)


def test_not_differentiable_stops_gradients():
    tf.NotDifferentiable("Stopped")
    tf.NoGradient("StoppedToo")
    x = tf.constant(1.0)
    for name in ("Stopped", "StoppedToo"):
        with tf.get_default_graph().gradient_override_map({"Identity": name}):
            assert tf.gradients(tf.identity(x), x) == [None]


def test_wrong_number_of_gradients():
    tf.RegisterGradient("TwoForOne")(lambda op, grad: [grad, grad])
    x = tf.constant(1.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "TwoForOne"}):
        y = tf.identity(x)
    text = "Num gradients 2 generated for op (?s:.*) do not match num inputs 1"
    with pytest.raises(ValueError, match=text):
        tf.gradients(y, x)


def test_a_rule_may_give_none_and_numbers():
    tf.RegisterGradient("OnlySecond")(lambda op, grad: (None, 7.0))
    a, b = tf.constant(1.0), tf.constant(2.0)
    with tf.get_default_graph().gradient_override_map({"Mul": "OnlySecond"}):
        y = a * b
    da, db = tf.gradients(y, [a, b])
    assert da is None
    assert run(db) == 7.0


def test_nodes_of_a_users_rule_point_at_its_lines():
    @tf.RegisterGradient("Doubled")
    def _(op, grad):
        return tf.multiply(grad, 2.0, name="twice")  # in the rule

    x = tf.constant(1.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "Doubled"}):
        y = tf.identity(x)
    (found,) = tf.gradients(y, x)
    assert found.op.traceback[-1][3].endswith("# in the rule")


# -- custom_gradient -----------------------------------------------------------------


def test_custom_gradient():
    @tf.custom_gradient
    def halved(x):
        """Squares, with another slope."""
        return x * x, lambda dy: dy * 0.5

    x = tf.constant(3.0)
    y = halved(x)
    assert run([y, *tf.gradients(y, x)]) == [9.0, 0.5]
    assert halved.__name__ == "halved"


def test_custom_gradient_gets_the_gradient_from_above():
    @tf.custom_gradient
    def clipped(x):
        return tf.identity(x), lambda dy: tf.minimum(dy, 1.0)

    x = tf.constant([0.1, 10.0])
    y = clipped(x)
    np.testing.assert_allclose(run(tf.gradients(y * y, x)[0]), [0.2, 1.0])


def test_custom_gradient_of_several_arguments_and_results():
    @tf.custom_gradient
    def swapped(a, b):
        return [b * 1.0, a * 1.0], lambda db, da: [da * 10.0, db * 100.0]

    a, b = tf.constant(1.0), tf.constant(2.0)
    first, second = swapped(a, b)
    assert run([first, second]) == [2.0, 1.0]
    assert run(tf.gradients(first * 3 + second, [a, b])) == [10.0, 300.0]


def test_custom_gradient_is_stable_where_the_formula_is_not():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.log(1 + e), lambda dy: dy * (1 - 1 / (1 + e))

    x = tf.constant(100.0)
    assert run(tf.gradients(log1pexp(x), x)) == [1.0]
    assert np.isnan(run(tf.gradients(tf.log(1 + tf.exp(x)), x)[0]))


def test_custom_gradient_checks_the_number_of_gradients():
    @tf.custom_gradient
    def wrong(a, b):
        return a * b, lambda dy: dy

    a, b = tf.constant(1.0), tf.constant(2.0)
    with pytest.raises(ValueError, match="gave 1 gradients for 2 arguments"):
        tf.gradients(wrong(a, b), a)


def test_custom_gradient_takes_no_keywords():
    @tf.custom_gradient
    def same(x):
        return x, lambda dy: dy

    with pytest.raises(TypeError, match="keywords arguments"):
        same(x=tf.constant(1.0))
