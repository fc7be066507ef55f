import pytest

import interactive_graphs as tf
from interactive_graphs.display.targets import asked_operations, dependencies


def names(operations):
    return [op.name for op in operations]


@pytest.fixture
def product():
    a, b = tf.constant(5.0, name="a"), tf.constant(6.0, name="b")
    tf.constant(7.0, name="unused")
    return tf.multiply(a, b, name="c")


@pytest.mark.parametrize(
    "target",
    [
        lambda c: c,
        lambda c: c.op,
        lambda c: "c",
        lambda c: "c:0",
        lambda c: [c],
        lambda c: {"key": (c, [c.op])},
    ],
)
def test_tensors_operations_names_and_structures_name_operations(product, target):
    assert names(asked_operations(target(product))) == ["c"]


def test_a_variable_is_what_it_reads():
    variable = tf.Variable(1.0, name="v")
    (op,) = asked_operations(variable)
    assert op.name in ("v", "v/read")


def test_sparse_tensors_are_their_three_parts():
    sparse = tf.SparseTensor([[0]], [1.0], [2])
    assert len(asked_operations(sparse)) == 3


def test_what_is_no_part_of_a_graph_is_refused():
    with pytest.raises(TypeError, match="Can not convert a float"):
        asked_operations(3.0)
    with pytest.raises(KeyError, match="nothing"):
        asked_operations("nothing")


def test_dependencies_are_what_is_needed_in_order_of_creation(product):
    with tf.control_dependencies([product]):
        done = tf.identity(tf.constant(1.0, name="one"), name="done")
    assert names(dependencies([done.op])) == ["a", "b", "c", "one", "done"]


def test_dependencies_of_a_long_chain_need_no_recursion():
    x = tf.constant(0.0)
    for _ in range(3000):
        x = tf.negative(x)
    assert len(dependencies([x.op])) == 3001
