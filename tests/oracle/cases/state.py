"""Variables, scopes, names, assignments, initialisers, clipping, queues, handles."""

import numpy as np

from tests.oracle.programs import Table

table = Table()


for dtype in (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "int32",
    "int64",
    "complex64",
):
    table.add(
        f"assign_add_{dtype}",
        lambda tf, dtype=dtype: tf.assign_add(
            tf.Variable(tf.cast([1, 2], dtype)), tf.cast([3, 4], dtype)
        ),
        steps=2,
    )
    table.add(
        f"assign_sub_{dtype}",
        lambda tf, dtype=dtype: tf.assign_sub(
            tf.Variable(tf.cast([1, 2], dtype)), tf.cast([3, 4], dtype)
        ),
        steps=2,
    )
for dtype in ("string", "bool"):
    table.add(
        f"variable_{dtype}",
        lambda tf, dtype=dtype: tf.Variable(["a"] if dtype == "string" else [True]),
    )
table.add("assign", lambda tf: tf.assign(tf.Variable([1.0, 2.0]), [5.0, 6.0]), steps=2)
table.add("variable_methods", lambda tf: variable_methods(tf))


def variable_methods(tf):
    """The parts of a variable that can be fetched."""
    v = tf.Variable([[1.0, 2.0]], name="v")
    return [v, v.value(), v.read_value(), v.initial_value, v + 1, v[0], -v, v**2]


table.add(
    "assign_wrong_shape",
    lambda tf: tf.assign(tf.Variable([1.0]), [1.0, 2.0]),
    raises="ValueError",
)
table.add(
    "assign_other_shape",
    lambda tf: tf.assign(tf.Variable([1.0]), [1.0, 2.0], validate_shape=False),
    any_static_shape=True,  # TensorFlow 2 knows less here
)
table.add("variable_without_value", lambda tf: tf.Variable(), raises="ValueError")
table.add("count_up_to", lambda tf: tf.Variable(0).count_up_to(3), steps=3)
table.add(
    "count_up_to_the_end",
    lambda tf: tf.Variable(0).count_up_to(3),
    steps=4,
    raises="OutOfRangeError",
)


@table.script(raises="FailedPreconditionError")
def uninitialized_variable(tf, sess):
    return sess.run(tf.Variable([1.0]) + 1)


@table.script(raises="FailedPreconditionError")
def uninitialized_variable_fetched(tf, sess):
    return sess.run(tf.Variable([1.0]))


@table.script()
def initialisation_reports(tf, sess):
    v, w = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="w")
    report = tf.report_uninitialized_variables()
    states = [sess.run([tf.is_variable_initialized(v), report])]
    sess.run(v.initializer)
    states.append(sess.run([tf.is_variable_initialized(v), report]))
    sess.run(w.initializer)
    return [*states, sess.run(report)]


@table.script()
def initialized_value(tf, sess):
    v = tf.Variable([3.0])
    w = tf.Variable(v.initialized_value() * 2)
    sess.run(tf.global_variables_initializer())
    return sess.run([v, w])


@table.script()
def load_and_eval(tf, sess):
    v = tf.Variable([3.0])
    v.load([5.0], sess)
    return [v.eval(sess), sess.run(v)]


@table.script()
def two_sessions_keep_their_own_values(tf, sess):
    v = tf.Variable(1)
    more = v.assign_add(1)
    with tf.Session() as other:
        for session in (sess, other):
            session.run(v.initializer)
        other.run(more)
        other.run(more)
        return [sess.run(v), other.run(v)]


for name in ("update", "add", "sub", "mul", "div", "min", "max"):
    table.add(
        f"scatter_{name}",
        lambda tf, name=name: getattr(tf, f"scatter_{name}")(
            tf.Variable([[4.0, 2.0], [8.0, 6.0], [1.0, 9.0]]),
            [2, 0],
            [[2.0, 4.0], [5.0, 8.0]],
        ),
    )
table.add(
    "scatter_add_twice", lambda tf: tf.scatter_add(tf.Variable([1, 2]), [1, 1], [5, 6])
)
table.add("scatter_add_scalar", lambda tf: tf.scatter_add(tf.Variable([1, 2]), 1, 5))
for name in ("update", "add", "sub"):
    table.add(
        f"scatter_nd_{name}",
        lambda tf, name=name: getattr(tf, f"scatter_nd_{name}")(
            tf.Variable([1, 2, 3, 4]), [[3], [1]], [9, 8]
        ),
    )
table.add(
    "scatter_out_of_range",
    lambda tf: tf.scatter_update(tf.Variable([1, 2]), [2], [5]),
    raises="InvalidArgumentError",
)

# Scopes and names.


@table.script()
def variable_scopes(tf, sess):
    with tf.variable_scope("a"):
        x = tf.get_variable("x", [2], initializer=tf.zeros_initializer())
        with tf.variable_scope("b", reuse=tf.AUTO_REUSE) as b:
            y = tf.get_variable("y", initializer=1.0)
            y2 = tf.get_variable("y")
        op = tf.add(x, 1.0)
    with tf.variable_scope(b, reuse=True):
        y3 = tf.get_variable("y")
    with tf.variable_scope("a", reuse=True):
        x2 = tf.get_variable("x", [2])
        again = tf.add(x2, 1.0)
    with tf.variable_scope(None, "a"):
        z = tf.get_variable("x", initializer=2)
    return [t.name for t in (x, y, op, again, z)] + [y is y2, y is y3, x is x2]


@table.script()
def name_scopes(tf, sess):
    a = tf.constant(1, name="a")
    b = tf.constant(1, name="a")
    with tf.name_scope("s"):
        c = tf.constant(1, name="a")
        with tf.name_scope("t") as t:
            d = tf.add(c, 1)
    with tf.name_scope("s"):
        e = tf.constant(1)
    with tf.name_scope(t):
        f = tf.constant(1)
    with tf.name_scope(None):
        g = tf.multiply(a, b)
    with tf.name_scope("given", "default", [a]) as scope:
        h = tf.negative(a, name=scope)
    return [x.op.name for x in (a, b, c, d, e, f, g, h)]


@table.script()
def default_op_names(tf, sess):
    x, n, b = tf.constant([1.5]), tf.constant([3]), tf.constant([True])
    made = [
        x + 1,
        x - 1,
        x * 2,
        x / 2,
        x // 2,
        x % 2,
        -x,
        abs(x),
        x**2,
        x > 1,
        n / 2,
        n // 2,
        b & b,
        b | b,
        ~b,
        x[0],
        x[None],
        tf.reduce_sum(x),
        tf.reduce_mean(x),
        tf.ones([2]),
        tf.zeros([2]),
        tf.range(3),
        tf.stack([x, x]),
        tf.concat([x, x], 0),
        tf.matmul([x], [x]),
        tf.nn.relu(x),
        tf.nn.softmax(x),
        tf.cast(x, tf.int32),
        tf.to_float(n),
        tf.shape(x),
        tf.square(x),
        tf.placeholder(tf.float32),
        tf.argmax(x),
        tf.one_hot(n, 3),
        tf.fill([1], 2),
        tf.reshape(x, [1, 1]),
        tf.transpose([x]),
        tf.expand_dims(x, 0),
        tf.squeeze(x),
        tf.equal(x, x),
        tf.where(b, x, x),
        tf.gather(x, [0]),
        tf.random_normal([1]),
        tf.identity(x),
        tf.add_n([x, x]),
        tf.clip_by_value(x, 0.0, 1.0),
        tf.truediv(x, 2.0),
        tf.Variable(x),
        tf.split(x, 1)[0],
        tf.tile(x, [2]),
        tf.maximum(x, 1),
        tf.nn.l2_loss(x),
        tf.reduce_max(x),
        tf.sigmoid(x),
        tf.truncated_normal([1]),
        tf.zeros_like(x),
        tf.ones_like(x),
        tf.pad(x, [[1, 1]]),
        tf.count_nonzero(x),
        tf.squared_difference(x, x),
        tf.floor(x),
    ]
    return [t.name for t in made]


@table.script()
def gradient_and_optimizer_names(tf, sess):
    v = tf.Variable([[1.0]], name="v")
    loss = tf.reduce_mean(tf.square(tf.matmul(v, v)))
    op = tf.train.AdamOptimizer().minimize(loss)
    return [op.name, sorted(x.name for x in tf.global_variables())]


@table.script(raises="ValueError")
def get_variable_twice(tf, sess):
    tf.get_variable("x", [1])
    tf.get_variable("x", [1])


@table.script(raises="ValueError")
def reuse_of_nothing(tf, sess):
    with tf.variable_scope("a", reuse=True):
        tf.get_variable("x", [1])


@table.script(raises="ValueError")
def reuse_with_other_shape(tf, sess):
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        tf.get_variable("x", [1])
        tf.get_variable("x", [2])


@table.script()
def collections(tf, sess):
    tf.Variable(1, name="a")
    tf.Variable(2, name="b", trainable=False)
    tf.get_local_variable("c", [1])
    tf.get_variable("d", [1], collections=["mine"])
    tf.add_to_collection("mine", 5)
    return [
        [getattr(v, "name", v) for v in tf.get_collection(key)]
        for key in ("variables", "trainable_variables", "local_variables", "mine", "no")
    ]


INITIALIZERS = {
    "zeros": lambda tf: tf.zeros_initializer(),
    "ones": lambda tf: tf.ones_initializer(),
    "constant": lambda tf: tf.constant_initializer([[1.0, 2.0], [3.0, 4.0]]),
    "identity": lambda tf: tf.initializers.identity(2.0),
}
for name, make in INITIALIZERS.items():
    table.add(
        f"initializer_{name}",
        lambda tf, make=make: tf.get_variable("v", [2, 2], initializer=make(tf)),
    )
for name in """random_uniform random_normal truncated_normal variance_scaling
    orthogonal glorot_uniform glorot_normal uniform_unit_scaling""".split():
    table.add(
        f"initializer_{name}",
        lambda tf, name=name: tf.get_variable(
            "v", [4, 3], initializer=getattr(tf, f"{name}_initializer")()
        ),
        only_shapes=True,
    )
table.add(
    "default_initializer", lambda tf: tf.get_variable("v", [4, 3]), only_shapes=True
)
table.add("default_initializer_of_int", lambda tf: tf.get_variable("v", [3], tf.int32))

table.add(
    "clip_by_norm",
    lambda tf: [
        tf.clip_by_norm([3.0, 4.0], 1.0),
        tf.clip_by_norm([0.3, 0.4], 1.0),
        tf.clip_by_norm([[3.0, 4.0], [0.3, 0.4]], 1.0, axes=[1]),
        tf.clip_by_norm([0.0], 1.0),
    ],
)
table.add(
    "clip_by_global_norm",
    lambda tf: list(
        tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 1.0)
    ),
)
table.add("clip_by_average_norm", lambda tf: tf.clip_by_average_norm([3.0, 4.0], 1.0))


@table.script()
def queue_in_order(tf, sess):
    queue = tf.FIFOQueue(3, [tf.int32, tf.string], shapes=[[], []], names=None)
    sess.run(queue.enqueue_many([[1, 2, 3], ["a", "b", "c"]]))
    one = sess.run(queue.dequeue())
    two = sess.run(queue.dequeue_many(2))
    return [one, two, sess.run(queue.size())]


@table.script(raises="OutOfRangeError")
def queue_closed_and_empty(tf, sess):
    queue = tf.FIFOQueue(3, tf.int32)
    sess.run(queue.close())
    sess.run(queue.dequeue())


@table.script(raises="CancelledError")
def queue_closed_to_enqueue(tf, sess):
    queue = tf.FIFOQueue(3, tf.int32)
    sess.run(queue.close())
    sess.run(queue.enqueue(1))


@table.script()
def queue_of_dictionaries(tf, sess):
    queue = tf.FIFOQueue(3, [tf.int32, tf.float32], shapes=[[], [2]], names=["i", "f"])
    sess.run(queue.enqueue({"i": 5, "f": [1.0, 2.0]}))
    sess.run(queue.close())
    return [sess.run(queue.is_closed()), sess.run(queue.dequeue_up_to(3))]


@table.script()
def session_handles(tf, sess):
    handle = sess.run(tf.get_session_handle(tf.constant([1.0, 2.0]) * 2))
    holder, value = tf.get_session_tensor(handle.handle, tf.float32)
    return sess.run(value + 1, {holder: handle.handle})


@table.script()
def partial_runs(tf, sess):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    x = a + 1
    y = x * b
    handle = sess.partial_run_setup([x, y], [a, b])
    return [sess.partial_run(handle, x, {a: 1}), sess.partial_run(handle, y, {b: 5})]


@table.script()
def control_dependencies_order_effects(tf, sess):
    v = tf.Variable(1.0)
    with tf.control_dependencies([v.assign(5.0)]):
        first = v.read_value() + 0.0  # a copy: TensorFlow's read is the buffer itself
    with tf.control_dependencies([first]):
        with tf.control_dependencies([v.assign_add(1.0)]):
            second = v.read_value()
    sess.run(v.initializer)
    return sess.run([first, second])


@table.script()
def groups_and_tuples(tf, sess):
    v, w = tf.Variable([1.0]), tf.Variable([2.0])
    both = tf.group(v.assign([5.0]), w.assign([6.0]))
    sess.run(tf.global_variables_initializer())
    nothing = sess.run(both)
    values = sess.run(tf.tuple([v.assign_add([1.0]), w.assign_add([1.0])]))
    return [nothing, values, sess.run([v, w])]


@table.script()
def assign_wrong_dtype(tf, sess):
    try:
        tf.assign(tf.Variable([1.0]), np.int32([1]))
    except (TypeError, ValueError) as error:
        return type(error).__name__
    return None
