"""`Optimizer`: minimize, its two halves, slots, names, and what it refuses."""

import threading

import numpy as np
import pytest

import interactive_graphs as tf


def descent(rate=0.1):
    return tf.train.GradientDescentOptimizer(rate)


def linear():
    w = tf.Variable([1.0, 2.0], name="w")
    return w, tf.reduce_sum(w * w)


def trained(train, fetches, steps=1):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(steps):
            assert sess.run(train) is None
        return sess.run(fetches)


# -- minimize -----------------------------------------------------------------------


def test_minimize_gives_an_operation_named_after_the_optimizer():
    _, loss = linear()
    train = descent().minimize(loss)
    assert isinstance(train, tf.Operation)
    assert (train.name, train.type) == ("GradientDescent", "NoOp")
    assert tf.get_collection(tf.GraphKeys.TRAIN_OP) == [train]
    assert descent().minimize(loss, name="mine").name == "mine"


def test_minimize_moves_against_the_gradient():
    w, loss = linear()
    np.testing.assert_allclose(trained(descent(0.25).minimize(loss), w), [0.5, 1.0])


@pytest.mark.parametrize("use_resource", [False, True])
def test_minimize_counts_the_steps(use_resource):
    _, loss = linear()
    step = tf.Variable(0, trainable=False, name="step", use_resource=use_resource)
    train = descent().minimize(loss, global_step=step)
    assert train.name == "GradientDescent"
    assert trained(train, step, steps=3) == 3


def test_the_step_is_counted_after_the_variables_have_changed():
    _, loss = linear()
    step = tf.train.create_global_step()
    train = descent().minimize(loss, global_step=step)
    names = [op.name for op in train.inputs[1].op.control_inputs]
    assert names == ["GradientDescent/update"]


def test_a_decaying_rate_uses_the_step_before_it_is_counted():
    w = tf.Variable(0.0)
    step = tf.train.create_global_step()
    rate = tf.train.piecewise_constant(step, [0, 1], [1.0, 10.0, 100.0])
    rate = tf.cast(rate, tf.float32)
    train = descent(rate).apply_gradients([(tf.constant(-1.0), w)], step)
    assert trained(train, w, steps=3) == 111.0


def test_a_rate_may_be_a_function():
    w, loss = linear()
    train = descent(lambda: 0.25).minimize(loss)
    np.testing.assert_allclose(trained(train, w), [0.5, 1.0])


def test_a_loss_may_be_a_function():
    w, _ = linear()
    train = descent(0.25).minimize(lambda: tf.reduce_sum(w * w))
    np.testing.assert_allclose(trained(train, w), [0.5, 1.0])


def test_only_listed_variables_change():
    w, u = tf.Variable(1.0), tf.Variable(1.0)
    train = descent().minimize(w * u, var_list=[u])
    np.testing.assert_allclose(trained(train, [w, u]), [1.0, 0.9])


def test_variables_that_are_not_trainable_stay():
    w = tf.Variable(1.0)
    u = tf.Variable(1.0, trainable=False)
    np.testing.assert_allclose(trained(descent().minimize(w * u), [w, u]), [0.9, 1.0])


def test_var_list_may_be_one_variable_or_nested():
    w, u = tf.Variable(1.0), tf.Variable(1.0)
    optimizer = descent()
    assert [v for _, v in optimizer.compute_gradients(w * u, u)] == [u]
    nested = optimizer.compute_gradients(w * u, {"a": w, "b": [u]})
    assert [v for _, v in nested] == [w, u]


def test_training_in_several_threads():
    w = tf.Variable(0.0)
    train = descent(1.0).apply_gradients([(tf.constant(-1.0), w)])
    with tf.Session() as sess:
        sess.run(w.initializer)

        def work():
            for _ in range(100):
                sess.run(train)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sess.run(w) == 400.0


# -- compute_gradients --------------------------------------------------------------


def test_compute_gradients_keeps_variables_without_gradient():
    w, loss = linear()
    u = tf.Variable(1.0)
    pairs = descent().compute_gradients(loss)
    assert [v for _, v in pairs] == [w, u]
    assert pairs[1][0] is None
    # And they stay when the others change.
    assert trained(descent().apply_gradients(pairs), u) == 1.0


def test_grad_loss_weighs_the_loss():
    w = tf.Variable([1.0, 1.0])
    train = descent(1.0).minimize(w * 2.0, grad_loss=tf.constant([1.0, 10.0]))
    np.testing.assert_allclose(trained(train, w), [-1.0, -19.0])


def test_gate_op_is_the_default():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    (da, _), (db, _) = descent().compute_gradients(tf.multiply(a, b, name="product"))
    waits = "gradients/product_grad/tuple/group_deps"
    for grad in (da, db):
        assert [op.name for op in grad.op.control_inputs] == [waits]


def test_gate_graph_holds_all_gradients():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    optimizer = descent()
    pairs = optimizer.compute_gradients(
        a * 2 + b * 3, gate_gradients=optimizer.GATE_GRAPH
    )
    gates = {op for grad, _ in pairs for op in grad.op.control_inputs}
    assert len(gates) == 1
    assert len(gates.pop().control_inputs) == 2


def test_gate_none_holds_nothing():
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    optimizer = descent()
    for grad, _ in optimizer.compute_gradients(
        a * b, gate_gradients=optimizer.GATE_NONE
    ):
        assert grad.op.control_inputs == []


def test_gradients_by_tensors_can_be_computed_but_not_applied():
    x = tf.constant(3.0)
    ((grad, var),) = descent().compute_gradients(x * x, [x])
    assert var is x
    with pytest.raises(NotImplementedError, match="Trying to update a Tensor"):
        descent().apply_gradients([(grad, x)])


# -- apply_gradients ----------------------------------------------------------------


def test_apply_gradients_takes_changed_gradients_and_any_iterable():
    w, loss = linear()
    optimizer = descent(1.0)
    pairs = ((tf.minimum(g, 3.0), v) for g, v in optimizer.compute_gradients(loss))
    np.testing.assert_allclose(
        trained(optimizer.apply_gradients(pairs), w), [-1.0, -1.0]
    )


def test_apply_gradients_takes_arrays():
    w = tf.Variable([1.0, 2.0])
    train = descent(1.0).apply_gradients([(np.float32([1.0, 1.0]), w)])
    np.testing.assert_allclose(trained(train, w), [0.0, 1.0])


def test_constraints_hold_after_each_step():
    w = tf.Variable([1.0, 5.0], constraint=lambda v: tf.minimum(v, 3.0))
    train = descent(1.0).apply_gradients([(tf.constant([0.5, 0.5]), w)])
    np.testing.assert_allclose(trained(train, w), [0.5, 3.0])
    np.testing.assert_allclose(trained(train, w, steps=2), [0.0, 2.5])


def test_no_constraints_with_slices():
    w = tf.Variable([1.0, 5.0], constraint=lambda v: v)
    with pytest.raises(RuntimeError, match="constraint function on a sparse variable"):
        descent().minimize(tf.gather(w, [0]))


def test_updates_are_placed_with_their_variable():
    with tf.device("/cpu:0"):
        w = tf.Variable([1.0, 2.0], name="w")
    descent().minimize(tf.reduce_sum(w))
    update = tf.get_default_graph().get_operation_by_name(
        "GradientDescent/update_w/ApplyGradientDescent"
    )
    assert update.colocation_groups() == [b"loc:@w"]
    assert update.device == w.device


# -- slots --------------------------------------------------------------------------


def test_slots_are_variables_beside_the_variable():
    w, loss = linear()
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    assert optimizer.get_slot_names() == []
    assert optimizer.get_slot(w, "momentum") is None
    optimizer.minimize(loss)
    slot = optimizer.get_slot(w, "momentum")
    assert slot.name == "w/Momentum:0"
    assert slot.shape == w.shape
    assert slot.dtype == w.dtype
    assert slot.op.colocation_groups() == [b"loc:@w"]
    assert optimizer.get_slot_names() == ["momentum"]
    assert optimizer.get_slot(w, "other") is None
    assert slot in tf.global_variables()
    assert slot not in tf.trainable_variables()


def test_slots_are_made_once_for_each_variable():
    _, loss = linear()
    optimizer = tf.train.AdamOptimizer()
    optimizer.minimize(loss)
    count = len(tf.global_variables())
    optimizer.minimize(loss)
    assert len(tf.global_variables()) == count


def test_slots_of_a_second_optimizer_get_another_name():
    w, loss = linear()
    for name in ("w/Momentum", "w/Momentum_1"):
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        optimizer.minimize(loss)
        assert optimizer.get_slot(w, "momentum").op.name == name


def test_slot_names_follow_the_variable_scope():
    w, loss = linear()
    with tf.variable_scope("training"):
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        optimizer.minimize(loss)
    assert optimizer.get_slot(w, "momentum").op.name == "training/w/Momentum"


def test_slots_of_a_partitioned_variable_are_parts_too():
    whole = tf.get_variable(
        "p",
        initializer=tf.constant([1.0, 2.0, 3.0, 4.0]),
        partitioner=tf.fixed_size_partitioner(2),
    )
    loss = tf.reduce_sum(tf.convert_to_tensor(whole))
    for var_list in (None, [whole]):
        optimizer = tf.train.MomentumOptimizer(1.0, 0.9, name="M")
        train = optimizer.minimize(loss, var_list=var_list)
        assert len(optimizer.variables()) == 2
        np.testing.assert_allclose(
            trained(train, tf.convert_to_tensor(whole)), [0.0, 1.0, 2.0, 3.0]
        )
    first = optimizer.get_slot(next(iter(whole)), "momentum")
    info = first._get_save_slice_info()
    assert info.full_name == "p/M_1"
    assert (info.full_shape, info.var_offset, info.var_shape) == ([4], [0], [2])


def test_slots_escape_regularizer_and_partitioner_of_their_scope():
    _, loss = linear()
    parts = tf.fixed_size_partitioner(2)
    with tf.variable_scope("training", regularizer=tf.reduce_sum, partitioner=parts):
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        optimizer.minimize(loss)
    assert [v.shape.as_list() for v in optimizer.variables()] == [[2]]
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == []


def test_slot_names_do_not_depend_on_the_name_scope():
    w, loss = linear()
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    with tf.name_scope("training"):
        optimizer.minimize(loss)
    assert optimizer.get_slot(w, "momentum").op.name == "w/Momentum"


def test_variables_lists_all_of_its_own():
    _, loss = linear()
    optimizer = tf.train.AdamOptimizer(name="adam")
    optimizer.minimize(loss)
    names = [v.op.name for v in optimizer.variables()]
    assert names == ["beta1_power", "beta2_power", "w/adam", "w/adam_1"]
    with tf.Graph().as_default():
        assert optimizer.variables() == []


def test_one_optimizer_in_two_graphs():
    optimizer = tf.train.AdamOptimizer()
    for _ in range(2):
        with tf.Graph().as_default():
            w, loss = linear()
            train = optimizer.minimize(loss)
            assert trained(train, w)[0] < 1.0


def test_slots_of_a_variable_of_unknown_shape():
    start = tf.placeholder_with_default([1.0, 2.0], [None])
    w = tf.Variable(start, validate_shape=False, name="w")
    for make in (tf.train.MomentumOptimizer, tf.train.AdagradOptimizer):
        args = (0.1, 0.9)
        train = make(*args).apply_gradients([(tf.constant([1.0, 1.0]), w)])
        with tf.Session() as sess:
            # A slot starts from what the variable starts from, whichever is first.
            sess.run(tf.global_variables_initializer())
            sess.run(train)
            assert sess.run(w).shape == (2,)


# -- one's own optimizer ------------------------------------------------------------


class SignOptimizer(tf.train.Optimizer):
    """Steps of one length, written as users write them."""

    def __init__(self, rate):
        super().__init__(False, "Sign")
        self._rate = rate

    def _create_slots(self, var_list):
        for var in var_list:
            self._zeros_slot(var, "steps", self._name)

    def _prepare(self):
        self._rate_tensor = tf.convert_to_tensor(self._rate)

    def _apply_dense(self, grad, var):
        steps = self.get_slot(var, "steps")
        counted = steps.assign_add(tf.ones_like(grad))
        return tf.group(var.assign_sub(self._rate_tensor * tf.sign(grad)), counted)

    def _apply_sparse(self, grad, var):
        return tf.scatter_sub(
            var, grad.indices, self._rate_tensor * tf.sign(grad.values)
        )


def test_a_users_optimizer():
    w, loss = linear()
    optimizer = SignOptimizer(0.5)
    train = optimizer.minimize(loss)
    steps = optimizer.get_slot(w, "steps")
    found = trained(train, [w, steps], steps=2)
    np.testing.assert_allclose(found, [[0.0, 1.0], [2.0, 2.0]])


def test_a_users_optimizer_gets_slices_without_duplicates():
    w = tf.Variable([1.0, 2.0, 3.0])
    loss = tf.reduce_sum(tf.gather(w, [2, 0, 2]) * [1.0, 1.0, -3.0])
    found = trained(SignOptimizer(0.5).minimize(loss), w)
    # Twice the row 2: 1 - 3 < 0, one step upwards.
    np.testing.assert_allclose(found, [0.5, 2.0, 3.5])


# -- errors -------------------------------------------------------------------------


def test_a_loss_without_path_names_variables_and_loss():
    linear()
    text = (
        r"No gradients provided for any variable, check your graph for ops that do not "
        r"support gradients, between variables \[\"<tf.Variable 'w:0' shape=\(2,\) "
        r"dtype=float32_ref>\"\] and loss Tensor\(\"Const.*:0\", shape=\(\), "
        r"dtype=float32\)\."
    )
    with pytest.raises(ValueError, match=text):
        descent().minimize(tf.constant(1.0))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda w: descent().compute_gradients(w, gate_gradients=5),
            ValueError,
            "gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
            "Optimizer.GATE_GRAPH.  Not 5",
        ),
        (lambda w: descent().apply_gradients([]), ValueError, "No variables provided."),
        (
            lambda w: descent().apply_gradients([(None, w)]),
            ValueError,
            "No gradients provided for any variable: [\"<tf.Variable 'w:0' shape=(2,) "
            'dtype=float32_ref>"].',
        ),
        (
            lambda w: descent().compute_gradients(w, var_list=["w"]),
            TypeError,
            "Argument is not a tf.Variable: w",
        ),
        (
            lambda w: descent().compute_gradients(w, var_list=[]),
            ValueError,
            "No variables to optimize.",
        ),
        (
            lambda w: descent().compute_gradients(tf.cast(w, tf.int32, name="cast")),
            ValueError,
            "Invalid type tf.int32 for cast:0, expected: [tf.float16, tf.bfloat16, "
            "tf.float32, tf.float64].",
        ),
        (
            lambda w: descent().apply_gradients([(object(), w)]),
            TypeError,
            "Gradient must be convertible to a Tensor or IndexedSlices, or None",
        ),
        (
            lambda w: descent().apply_gradients([(tf.constant(1.0), w)]),
            ValueError,
            "Shapes must be equal rank, but are 1 and 0",
        ),
        (
            lambda w: tf.train.Optimizer(False, ""),
            ValueError,
            "Must specify the optimizer name",
        ),
        (
            lambda w: tf.train.Optimizer(False, "x").minimize(w),
            NotImplementedError,
            "",
        ),
        (
            lambda w: descent().minimize(w, global_step=tf.constant(1)),
            TypeError,
            "mutable tensor",
        ),
        (
            lambda w: tf.train.AdagradOptimizer(0.1, -1.0),
            ValueError,
            "initial_accumulator_value must be positive: -1.0",
        ),
        (
            lambda w: tf.train.ProximalAdagradOptimizer(0.1, 0.0),
            ValueError,
            "initial_accumulator_value must be positive: 0.0",
        ),
        (
            lambda w: tf.train.AdagradDAOptimizer(0.1, 0, -1.0),
            ValueError,
            "initial_gradient_squared_accumulator_value must be positive: -1.0",
        ),
        (
            lambda w: tf.train.FtrlOptimizer(0.1, 1.0),
            ValueError,
            "learning_rate_power 1.000000 needs to be negative or zero",
        ),
        (
            lambda w: tf.train.FtrlOptimizer(0.1, initial_accumulator_value=-1.0),
            ValueError,
            "initial_accumulator_value -1.000000 needs to be positive or zero",
        ),
        (
            lambda w: tf.train.FtrlOptimizer(0.1, l2_regularization_strength=-1.0),
            ValueError,
            "l2_regularization_strength -1.000000 needs to be positive or zero",
        ),
    ],
)
def test_what_it_refuses(call, error, text):
    w = tf.Variable([1.0, 2.0], name="w")
    with pytest.raises(error) as caught:
        call(w)
    assert text in str(caught.value)
    # The graph is still usable.
    assert trained(descent(1.0).minimize(tf.reduce_sum(w)), w)[0] == 0.0


def test_no_variables_in_the_graph():
    with pytest.raises(ValueError, match=r"No variables to optimize\."):
        descent().minimize(tf.constant(1.0))


def test_the_values_of_a_dict_are_variables_to_train():
    """As much code hands them over that was written for Python 2."""
    weights = {"b": tf.Variable(1.0, name="b"), "a": tf.Variable(2.0, name="a")}
    loss = weights["a"] * weights["b"]
    pairs = tf.train.GradientDescentOptimizer(0.1).compute_gradients(
        loss, var_list=weights.values()
    )
    assert [variable.op.name for _, variable in pairs] == ["b", "a"]
