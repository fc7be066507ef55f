"""Functions of the graph: Defun, the library of GraphDefs, calls by TensorFlow 2's ops."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.framework import function, raw


def run(fetches, feeds=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(fetches, feeds)


def test_a_call_is_one_node_of_the_functions_name():
    @function.Defun(tf.float32, func_name="double")
    def double(x):
        return x + x

    y = double(3.0)
    assert (y.op.type, y.name) == ("double", "double:0")
    assert run(y) == 6.0


def test_body_is_traced_once():
    calls = []

    @function.Defun(tf.float32)
    def f(x):
        calls.append(x)
        return x

    run([f(1.0), f(2.0)])
    assert len(calls) == 1


def test_equal_bodies_have_equal_names_and_others_do_not():
    def named(k):
        with tf.Graph().as_default():
            return function.Defun(tf.float32)(lambda x: x * k).name

    assert named(2.0) == named(2.0)
    assert named(2.0) != named(3.0)


def test_results_follow_the_return_value():
    none = function.Defun(tf.float32)(lambda x: None)
    one = function.Defun(tf.float32)(lambda x: x)
    two = function.Defun(tf.float32)(lambda x: (x, x))
    assert isinstance(none(1.0), tf.Operation)
    assert isinstance(one(1.0), tf.Tensor)
    assert [type(t) for t in two(1.0)] == [tf.Tensor, tf.Tensor]


def test_nodes_of_the_body_are_not_in_the_graph():
    w = tf.constant(2.0)
    before = len(w.graph.get_operations())
    f = function.Defun(tf.float32)(lambda x: (x * w + 1.0) / 3.0)
    _ = f.name
    assert len(w.graph.get_operations()) == before
    assert f.captured_inputs == [w]


def test_operators_on_outer_tensors_stay_inside():
    w = tf.constant(2.0)
    f = function.Defun(tf.float32)(lambda x: x + (w * 3.0 - 1.0) / w)
    y = f(1.0)
    assert [op.type for op in w.graph.get_operations()] == ["Const", "Const", f.name]
    assert run(y) == 3.5


def test_variables_made_inside_live_outside():
    @function.Defun(tf.float32)
    def model(x):
        start = tf.constant_initializer(4.0)
        w = tf.get_variable("w", [], initializer=start, regularizer=tf.square)
        return x * w

    with tf.name_scope("scope"):
        y = model(2.0)
    assert [v.name for v in tf.global_variables()] == ["w:0"]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
    assert run(y) == 8.0


def test_resource_variables_are_assigned_inside():
    v = tf.get_variable("v", initializer=1.0, use_resource=True)

    @function.Defun(tf.float32)
    def add(x):
        with tf.control_dependencies([v.assign_add(x)]):
            return v.read_value()

    y = add(5.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run(y), sess.run(y), sess.run(v)] == [6.0, 11.0, 11.0]


def test_reference_variables_cannot_be_assigned_inside():
    v = tf.Variable(1.0)
    f = function.Defun(tf.float32)(lambda x: tf.assign(v, x))
    with pytest.raises(TypeError, match="be a mutable tensor"):
        f(1.0)


def test_stateful_nodes_run_though_nothing_needs_them():
    seen = []

    @function.Defun(tf.float32)
    def f(x):
        tf.py_func(seen.append, [x], [])
        return x

    run(f(1.0))
    assert seen == [1.0]


def test_callers_have_random_streams_of_their_own():
    f = function.Defun()(lambda: tf.random_uniform([3], seed=7))
    a, b = f(), f()
    with tf.Session() as sess:
        first, second = sess.run([a, b]), sess.run([a, b])
    np.testing.assert_array_equal(first[0], first[1])
    assert (first[0] != second[0]).any()


def test_second_derivative_has_no_rule():
    f = function.Defun(tf.float32)(lambda x: x * x * x)
    x = tf.constant(2.0)
    (dx,) = tf.gradients(f(x), x)
    with pytest.raises(LookupError, match="SymbolicGradient"):
        tf.gradients(dx, x)


def test_gradient_of_a_loop_inside():
    @function.Defun(tf.float32)
    def power(x):
        x.set_shape([])
        return tf.while_loop(
            lambda i, a: i < 4, lambda i, a: (i + 1, a * x), [0, tf.constant(1.0)]
        )[1]

    x = tf.constant(2.0)
    y = power(x)
    assert run([y, *tf.gradients(y, x)]) == [16.0, 32.0]


def test_gradient_leaves_the_definition_alone():
    f = function.Defun(tf.float32)(tf.tanh)
    x = tf.constant(0.5)
    y = f(x)
    before = f.definition.SerializeToString(deterministic=True)
    run(tf.gradients(y, x))
    f.function._definition = None
    assert f.definition.SerializeToString(deterministic=True) == before


def test_arguments_without_gradient_get_zeros():
    f = function.Defun(tf.float32, tf.int32)(lambda x, n: x * 2.0)
    x, n = tf.constant([1.0, 2.0]), tf.constant([3, 4])
    grads = tf.gradients(f(x, n), [x, n])
    np.testing.assert_array_equal(run(grads[0]), [2.0, 2.0])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: function.Defun(tf.float32, tf.float32)(tf.add)(0.0), ValueError,
         "Expected 2 arguments, got 1."),
        (lambda: function.Defun(tf.float32)(lambda x: x)(1.0, 2.0), ValueError,
         "Expected 1 arguments, got 2."),
        (lambda: function.Defun(tf.float32)(lambda: 1), ValueError,
         "fewer arguments than"),
        (lambda: function.Defun(tf.float32)(lambda x, y: x), ValueError,
         "more arguments than"),
        (lambda: function.Defun(tf.float32)(3), ValueError, "must be a callable"),
        (lambda: function.Defun(tf.float32)(lambda x: (x, None))(1.0), ValueError,
         "Function can not return None."),
        (lambda: function.Defun(tf.float32)(lambda x: x)("a"), TypeError,
         "Expected float32 passed to parameter 'x'"),
        (lambda: function.Defun(tf.float32)(lambda x: x)(1.0, nam="x"), ValueError,
         "Unknown keyword arguments"),
        (lambda: function.Defun(tf.float32, out_names=["a", "b"])(lambda x: x)(1.0),
         ValueError, r"Length of out_names \(2\) does not match number of outputs"),
    ],
)  # fmt: skip
def test_refuses(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_two_functions_of_one_name_clash():
    function.Defun(tf.float32, func_name="f")(lambda x: x)(1.0)
    other = function.Defun(tf.float32, func_name="f")(lambda x: x + 1.0)
    with pytest.raises(ValueError, match="Cannot add function 'f' because a different"):
        other(1.0)


def test_an_error_names_the_node_inside_and_the_call():
    f = function.Defun(tf.int32, func_name="divide")(lambda n: 1 // n)
    with pytest.raises(tf.errors.InvalidArgumentError) as info, tf.Session() as sess:
        sess.run(f(0))
    assert "Integer division by zero" in info.value.message
    assert "{{node floordiv}}" in info.value.message
    assert "{{node divide}}" in info.value.message
    assert info.value.op.type == "divide"


# -- the library -----------------------------------------------------------------------


def graph_with_functions():
    @function.Defun(tf.float32, func_name="inner")
    def inner(x):
        parts = tf.split(x, 2)
        return parts[1] - parts[0]

    @function.Defun(tf.float32, func_name="outer")
    def outer(x):
        return inner(x) * 2.0, x

    with tf.Graph().as_default() as graph:
        outer(tf.constant([1.0, 4.0], name="x"), name="call")
    return graph.as_graph_def()


def test_library_has_what_calls_need():
    graph_def = graph_with_functions()
    functions = {f.signature.name: f for f in graph_def.library.function}
    assert sorted(functions) == ["inner", "outer"]
    inner = functions["inner"]
    assert [a.name for a in inner.signature.input_arg] == ["x"]
    assert dict(inner.ret) == {"sub": "sub_1:z:0"}
    split = next(n for n in inner.node_def if n.op == "Split")
    sub = next(n for n in inner.node_def if n.op == "Sub")
    assert list(sub.input) == [f"{split.name}:output:1", f"{split.name}:output:0"]


def test_library_survives_the_wire():
    graph_def = graph_with_functions()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(
            tf.GraphDef.FromString(graph_def.SerializeToString()), name=""
        )
        with tf.Session() as sess:
            np.testing.assert_array_equal(sess.run("call:0"), [6.0])
    assert graph.as_graph_def() == graph_def


def test_imported_functions_have_gradients():
    graph_def = graph_with_functions()
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = tf.import_graph_def(graph_def, return_elements=["x:0", "call:0"])
        np.testing.assert_array_equal(sess.run(tf.gradients(y, x)[0]), [-2.0, 2.0])


@pytest.mark.parametrize("strip", [False, True])
def test_meta_graphs_have_functions(strip):
    with tf.Graph().as_default():
        tf.import_graph_def(graph_with_functions(), name="")
        meta = tf.train.export_meta_graph(strip_default_attrs=strip)
    names = [op.name for op in meta.meta_info_def.stripped_op_list.op]
    assert names == ["Const", "Mul", "Split", "Sub"]
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.import_meta_graph(meta)
        np.testing.assert_array_equal(sess.run("call:0"), [6.0])


def test_library_twice_is_no_clash():
    graph_def = graph_with_functions()
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="a")
        tf.import_graph_def(graph_def, name="b")
    assert sorted(graph.functions) == ["inner", "outer"]


def test_another_function_of_that_name_is_refused():
    graph_def = graph_with_functions()
    with tf.Graph().as_default():
        tf.import_graph_def(graph_def, name="a")
        graph_def.library.function[0].node_def[0].name = "changed"
        with pytest.raises(ValueError, match="a different function with the same name"):
            tf.import_graph_def(graph_def, name="b")


@pytest.mark.parametrize(
    ("spoil", "error", "text"),
    [
        (lambda f: f.node_def[0].MergeFromString(b"\x12\x04Nope"), "NotFoundError",
         "Op type not registered 'Nope'"),
        (lambda f: f.node_def[0].input.__setitem__(0, "gone:z:0"), "ValueError",
         "unknown input node 'gone:z:0'"),
        (lambda f: f.ret.clear(), "ValueError", "is given by nothing"),
    ],
)  # fmt: skip
def test_a_spoilt_function_is_refused_when_it_is_used(spoil, error, text):
    graph_def = graph_with_functions()
    outer = next(f for f in graph_def.library.function if f.signature.name == "outer")
    spoil(outer)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        with pytest.raises(Exception, match=text) as info:
            sess.run("call:0")
    assert info.typename in (error, "InvalidArgumentError")


def test_functions_are_unknown_to_other_graphs():
    with tf.Graph().as_default():
        f = function.Defun(tf.float32, func_name="f")(lambda x: x)
        f(1.0)
    with tf.Graph().as_default(), tf.Session() as sess:
        y = raw.PartitionedCall([1.0], Tout=[tf.float32], f="f")
        with pytest.raises(tf.errors.NotFoundError, match="Function f is not defined"):
            sess.run(y)


# -- TensorFlow 2's ops ----------------------------------------------------------------


def named(name, *types):
    """Adds a function to the default graph under a name."""

    def add(func):
        function.Defun(*types, func_name=name)(func).add_to_graph(
            tf.get_default_graph()
        )

    return add


@pytest.mark.parametrize("op", ["PartitionedCall", "StatefulPartitionedCall"])
def test_partitioned_call(op):
    named("f", tf.float32)(lambda x: (x, x * 2.0))
    y = getattr(raw, op)([3.0], Tout=[tf.float32, tf.float32], f="f")
    assert run(y) == [3.0, 6.0]


@pytest.mark.parametrize("op", ["If", "StatelessIf"])
@pytest.mark.parametrize(
    ("value", "expected"), [(True, 2.0), (False, 3.0), (0, 3.0), ([0], 2.0)]
)
def test_if(op, value, expected):
    named("one", tf.float32)(lambda x: x + 1.0)
    named("two", tf.float32)(lambda x: x + 2.0)
    y = getattr(raw, op)(
        value, [1.0], Tout=[tf.float32], then_branch="one", else_branch="two"
    )
    assert run(y) == [expected]


@pytest.mark.parametrize("op", ["While", "StatelessWhile"])
def test_while(op):
    named("cond", tf.int32, tf.int32)(lambda i, a: i < 5)
    named("body", tf.int32, tf.int32)(lambda i, a: (i + 1, a * 2))
    y = getattr(raw, op)([0, 1], cond="cond", body="body")
    assert run(y) == [5, 32]


@pytest.mark.parametrize("op", ["Case", "StatelessCase"])
@pytest.mark.parametrize(("index", "expected"), [(0, 1), (1, 2), (7, 2), (-1, 2)])
def test_case(op, index, expected):
    named("one")(lambda: tf.constant(1))
    named("two")(lambda: tf.constant(2))
    y = getattr(raw, op)(index, [], Tout=[tf.int32], branches=["one", "two"])
    assert run(y) == [expected]


def test_remote_call_on_this_machine():
    named("f", tf.float32)(lambda x: x + 1.0)
    y = raw.RemoteCall("/device:CPU:0", [1.0], Tout=[tf.float32], f="f")
    assert run(y) == [2.0]


def test_remote_call_elsewhere_is_refused():
    named("f", tf.float32)(lambda x: x + 1.0)
    y = raw.RemoteCall("/device:GPU:0", [1.0], Tout=[tf.float32], f="f")
    with pytest.raises(tf.errors.InvalidArgumentError, match="cannot run on"):
        run(y)


def test_symbolic_gradient():
    named("cube", tf.float32)(lambda x: x * x * x)
    (dx,) = raw.SymbolicGradient([2.0, 1.0], Tout=[tf.float32], f="cube")
    assert run(dx) == 12.0


def test_declared_functions_are_called_by_name():
    f = function.Declare("f", [("x", tf.float32)], [("y", tf.float32)])
    y = f(4.0)
    function.Defun(tf.float32, func_name="f")(tf.sqrt).add_to_graph(y.graph)
    assert run(y) == 2.0
