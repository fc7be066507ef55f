"""Optimizers for five steps, dense and sparse; decays, averages, their errors."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
STEPS = 5
MATRIX = [[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]]

OPTIMIZERS = {
    "gradient_descent": lambda t: t.GradientDescentOptimizer(0.1),
    "integer_rate": lambda t: t.GradientDescentOptimizer(1),
    "proximal_gradient_descent": lambda t: t.ProximalGradientDescentOptimizer(
        0.1, 0.05, 0.2
    ),
    "momentum": lambda t: t.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda t: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adagrad": lambda t: t.AdagradOptimizer(0.5, 0.2),
    "proximal_adagrad": lambda t: t.ProximalAdagradOptimizer(0.5, 0.1, 0.05, 0.2),
    "adadelta": lambda t: t.AdadeltaOptimizer(1.0, 0.9, 1e-4),
    "rmsprop": lambda t: t.RMSPropOptimizer(0.05, 0.8, 0.3),
    "rmsprop_centered": lambda t: t.RMSPropOptimizer(0.05, 0.8, 0.3, centered=True),
    "adam": lambda t: t.AdamOptimizer(0.1),
    "adam_betas": lambda t: t.AdamOptimizer(0.1, 0.5, 0.8, 1e-2),
    "ftrl": lambda t: t.FtrlOptimizer(0.5),
    "ftrl_regularized": lambda t: t.FtrlOptimizer(
        0.5,
        -0.7,
        0.3,
        l1_regularization_strength=0.4,
        l2_regularization_strength=0.2,
    ),
    "ftrl_shrinkage": lambda t: t.FtrlOptimizer(
        0.5, l2_shrinkage_regularization_strength=0.3
    ),
    "adagrad_da": lambda t: t.AdagradDAOptimizer(
        0.5, t.get_or_create_global_step(), 0.1, 0.01, 0.1
    ),
}
LOSSES = {
    "dense": lambda tf, w: tf.reduce_sum(tf.square(w - 0.5) * [1.0, 2.0]),
    "sparse": lambda tf, w: tf.reduce_sum(tf.square(tf.gather(w, [2, 0, 2]))),
}


def trained(tf, sess, make, loss, use_resource=False, dtype="float32"):
    """The variable and the optimizer's own after each of five steps."""
    w = tf.Variable(np.array(MATRIX, dtype), use_resource=use_resource, name="w")
    optimizer = make(tf.train)
    train = optimizer.minimize(tf.cast(LOSSES[loss](tf, w), dtype))
    sess.run(tf.global_variables_initializer())
    states = []
    for _ in range(STEPS):
        sess.run(train)
        states.append(sess.run([w, *optimizer.variables()]))
    names = [v.name for v in optimizer.variables()]
    return [names, optimizer.get_slot_names(), states]


def add_training(name, make, loss, **options):
    """A program that trains for five steps."""

    def script(tf, sess):
        return trained(tf, sess, make, loss, **options)

    suffix = "".join(f"_{value}" for value in options.values())
    script.__name__ = f"{name}_{loss}{suffix}"
    table.script(tolerance=(1e-4, 1e-5))(script)


for name, make in OPTIMIZERS.items():
    for loss in LOSSES:
        add_training(name, make, loss)
        add_training(name, make, loss, use_resource=True)
for name in ("gradient_descent", "momentum", "adam", "rmsprop"):
    add_training(name, OPTIMIZERS[name], "dense", dtype="float64")
    add_training(name, OPTIMIZERS[name], "sparse", dtype="float64")


def linear(tf):
    """A variable and a loss of it."""
    w = tf.Variable([1.0, 2.0], name="w")
    return w, tf.reduce_sum(w * w)


@table.script()
def global_step_is_counted(tf, sess):
    _, loss = linear(tf)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(train)
    same = tf.train.get_or_create_global_step() is step
    found = tf.train.global_step(sess, step)
    return [found, same, step.name, sess.run(step), train.name, train.type]


@table.script()
def decayed_rate_follows_the_global_step(tf, sess):
    w, loss = linear(tf)
    step = tf.train.create_global_step()
    rate = tf.train.exponential_decay(0.25, step, 2, 0.5, staircase=True)
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss, step)
    sess.run(tf.global_variables_initializer())
    states = []
    for _ in range(STEPS):
        sess.run(train)
        states.append(sess.run([w, rate]))
    return states


@table.script()
def gradients_can_be_changed_on_the_way(tf, sess):
    w, loss = linear(tf)
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    pairs = optimizer.compute_gradients(loss)
    clipped = [(tf.minimum(grad, 3.0), var) for grad, var in pairs]
    train = optimizer.apply_gradients(clipped)
    sess.run(tf.global_variables_initializer())
    sess.run(train)
    return sess.run(w)


@table.script()
def variables_without_gradient_stay(tf, sess):
    w, loss = linear(tf)
    other = tf.Variable(5.0, name="other")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    pairs = optimizer.compute_gradients(loss, [w, other])
    train = optimizer.apply_gradients(pairs)
    sess.run(tf.global_variables_initializer())
    sess.run(train)
    return [pairs[1][0] is None, sess.run([w, other])]


@table.script()
def only_the_listed_variables_change(tf, sess):
    w = tf.Variable(1.0, name="a")
    u = tf.Variable(1.0, name="b")
    train = tf.train.AdamOptimizer(0.1).minimize(w * u, var_list=[u])
    sess.run(tf.global_variables_initializer())
    sess.run(train)
    return sess.run([w, u])


for gate in (0, 1, 2):
    for method in (0, 1):

        def gated(tf, sess, gate=gate, method=method):
            """Steps with each kind of gate and sum."""
            w, loss = linear(tf)
            train = tf.train.GradientDescentOptimizer(0.1).minimize(
                loss,
                gate_gradients=gate,
                aggregation_method=method,
                grad_loss=tf.constant(2.0),
                colocate_gradients_with_ops=True,
            )
            sess.run(tf.global_variables_initializer())
            sess.run(train)
            return sess.run(w)

        gated.__name__ = f"gate_{gate}_aggregation_{method}"
        table.script()(gated)


@table.script()
def a_second_optimizer_has_slots_of_its_own(tf, sess):
    w, loss = linear(tf)
    names = []
    for _ in range(2):
        optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
        optimizer.minimize(loss)
        names.append([v.name for v in optimizer.variables()])
        names.append(optimizer.get_slot(w, "momentum").name)
        names.append(optimizer.get_slot(w, "nothing"))
    return [names, [v.name for v in tf.trainable_variables()]]


@table.script()
def training_operations_are_collected(tf, sess):
    _, loss = linear(tf)
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="again")
    return [op.name for op in tf.get_collection(tf.GraphKeys.TRAIN_OP)]


def failing(name, error, function):
    """A program that fails while it is built."""
    table.add(name, function, raises=error)


def descent(tf):
    """The plainest optimizer."""
    return tf.train.GradientDescentOptimizer(0.1)


failing(
    "no_path",
    "ValueError",
    lambda tf: [linear(tf), descent(tf).minimize(tf.constant(1.0))],
)
failing("no_variables", "ValueError", lambda tf: descent(tf).minimize(tf.constant(1.0)))
failing(
    "bad_gate",
    "ValueError",
    lambda tf: descent(tf).compute_gradients(linear(tf)[1], gate_gradients=5),
)
failing("nothing_to_apply", "ValueError", lambda tf: descent(tf).apply_gradients([]))
failing(
    "only_none",
    "ValueError",
    lambda tf: descent(tf).apply_gradients([(None, linear(tf)[0])]),
)
failing(
    "integer_loss",
    "ValueError",
    lambda tf: descent(tf).compute_gradients(tf.Variable(3)),
)
failing("no_name", "ValueError", lambda tf: tf.train.Optimizer(False, ""))
failing(
    "base_class",
    "NotImplementedError",
    lambda tf: tf.train.Optimizer(False, "x").minimize(linear(tf)[1]),
)
failing(
    "adagrad_negative", "ValueError", lambda tf: tf.train.AdagradOptimizer(0.1, -1.0)
)
failing(
    "ftrl_positive_power", "ValueError", lambda tf: tf.train.FtrlOptimizer(0.1, 1.0)
)
failing(
    "ftrl_negative_l1",
    "ValueError",
    lambda tf: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0),
)

# -- learning rates --------------------------------------------------------------------

DECAYS = {
    "exponential": lambda t, s: t.exponential_decay(0.5, s, 10, 0.9),
    "exponential_staircase": lambda t, s: t.exponential_decay(0.5, s, 10, 0.9, True),
    "natural_exp": lambda t, s: t.natural_exp_decay(0.5, s, 10, 0.9),
    "natural_exp_staircase": lambda t, s: t.natural_exp_decay(0.5, s, 10, 0.9, True),
    "inverse_time": lambda t, s: t.inverse_time_decay(0.5, s, 10, 0.9),
    "inverse_time_staircase": lambda t, s: t.inverse_time_decay(0.5, s, 10, 0.9, True),
    "polynomial": lambda t, s: t.polynomial_decay(0.5, s, 10, 0.01, 2.0),
    "polynomial_cycle": lambda t, s: t.polynomial_decay(0.5, s, 10, 0.01, cycle=True),
    "piecewise": lambda t, s: t.piecewise_constant(s, [5, 20], [1.0, 0.5, 0.1]),
    "cosine": lambda t, s: t.cosine_decay(0.5, s, 10, 0.1),
    "cosine_restarts": lambda t, s: t.cosine_decay_restarts(0.5, s, 10, 2.0, 0.8, 0.1),
    "cosine_restarts_equal": lambda t, s: t.cosine_decay_restarts(0.5, s, 10, 1.0),
    "linear_cosine": lambda t, s: t.linear_cosine_decay(0.5, s, 10),
}
for name, decay in DECAYS.items():
    for step in (0, 5, 7, 25):
        table.add(
            f"{name}_at_{step}",
            lambda tf, decay=decay, step=step: decay(tf.train, tf.constant(step)),
            any_static_shape=name == "piecewise",  # a `case` of TensorFlow forgets it
        )
table.add(
    "noisy_linear_cosine",
    lambda tf: tf.train.noisy_linear_cosine_decay(0.5, tf.constant(3), 10),
    only_shapes=True,
)
failing(
    "decay_without_step",
    "ValueError",
    lambda tf: tf.train.exponential_decay(0.1, None, 1, 0.9),
)
failing(
    "boundaries_of_another_dtype",
    "ValueError",
    lambda tf: tf.train.piecewise_constant(tf.constant(1), [1.0], [1, 2]),
)
failing(
    "values_of_several_dtypes",
    "ValueError",
    lambda tf: tf.train.piecewise_constant(tf.constant(1), [1], [1, 2.0]),
)
failing(
    "too_few_values",
    "ValueError",
    lambda tf: tf.train.piecewise_constant(tf.constant(1), [1, 2], [1, 2]),
)

# -- averages --------------------------------------------------------------------------


@table.script()
def average_of_a_variable(tf, sess):
    v = tf.Variable([1.0, 2.0], name="v")
    average = tf.train.ExponentialMovingAverage(0.75)
    update = average.apply([v])
    add = v.assign_add([1.0, 1.0])
    sess.run(tf.global_variables_initializer())
    states = []
    for _ in range(STEPS):
        sess.run(add)
        sess.run(update)
        states.append(sess.run([v, average.average(v)]))
    return [states, average.average_name(v), sorted(average.variables_to_restore())]


@table.script()
def average_with_the_number_of_updates(tf, sess):
    v = tf.Variable([1.0, 2.0], name="v")
    average = tf.train.ExponentialMovingAverage(0.9, num_updates=3)
    update = average.apply([v])
    sess.run(tf.global_variables_initializer())
    sess.run(v.assign([5.0, 6.0]))
    sess.run(update)
    return sess.run(average.average(v))


for debias in (False, True):

    def average_of_a_tensor(tf, sess, debias=debias):
        """A tensor's average starts at zero, which may be made up for."""
        x = tf.placeholder(tf.float32, [2])
        average = tf.train.ExponentialMovingAverage(0.9, zero_debias=debias)
        update = average.apply([x])
        sess.run(tf.global_variables_initializer())
        states = []
        for step in range(3):
            sess.run(update, {x: [1.0 + step, 2.0]})
            states.append(sess.run(average.average(x)))
        return states

    average_of_a_tensor.__name__ = f"average_of_a_tensor_debias_{debias}"
    table.script()(average_of_a_tensor)

failing(
    "average_of_integers",
    "TypeError",
    lambda tf: tf.train.ExponentialMovingAverage(0.9).apply([tf.Variable(1)]),
)


@table.script(raises="ValueError")
def two_global_steps(tf, sess):
    tf.train.create_global_step()
    tf.train.create_global_step()


failing(
    "global_step_of_floats",
    "TypeError",
    lambda tf: tf.train.assert_global_step(tf.constant(1.0)),
)
failing(
    "global_step_of_a_vector",
    "TypeError",
    lambda tf: tf.train.assert_global_step(tf.constant([1])),
)
