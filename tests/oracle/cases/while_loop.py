"""while_loop: values, structures, side effects, errors, gradients."""

import numpy as np

from tests.oracle.cases.control_flow import scalar, times, vector, with_gradients
from tests.oracle.programs import Table

table = Table()


def add_loop(name, build, **options):
    """A loop and the gradients of its result; `build` gives y and xs."""

    def program(tf):
        y, xs = build(tf)
        return with_gradients(tf, y, xs)

    table.add(f"loop_{name}", program, tolerance=(1e-4, 1e-5), **options)


for count in (0, 1, 4):

    def simple(tf, count=count):
        """A variable and an invariant."""
        x, w = vector(tf), scalar(tf)
        return times(tf, count, lambda i, a: tf.sin(a) * w + x, x), [x, w]

    add_loop(f"simple_{count}", simple)


def matrices(tf):
    """A matrix as an invariant, as in a recurrent network."""
    x, w = tf.constant([[1.0, 0.5]]), tf.constant([[0.5, 0.2], [0.1, 0.3]])
    return times(tf, 3, lambda i, a: tf.tanh(tf.matmul(a, w) + x), x), [x, w]


def nested_loops(tf):
    """A loop whose number of iterations grows with the outer one's counter."""
    x, w = vector(tf), scalar(tf)

    def step(i, a):
        return a * times(tf, i + 1, lambda j, b: tf.sin(b * w) + a * x, a)

    return times(tf, 3, step, x), [x, w]


def branches(tf):
    """A cond in the body."""
    x, w = vector(tf), scalar(tf)

    def step(i, a):
        even = tf.equal(i % 2, 0)
        return tf.cond(even, lambda: tf.sin(a) * w, lambda: a * a + x)

    return times(tf, 4, step, x), [x, w]


def branches_in_branches(tf):
    """A cond in a cond in the body, whose tensors stay in their branch."""
    x, w = vector(tf), scalar(tf)

    def step(i, a):
        def outer():
            b = tf.exp(a * 0.1)
            two = tf.equal(i, 2)
            return tf.cond(two, lambda: b * b * w, lambda: tf.cos(b) * a)

        return tf.cond(tf.equal(i % 2, 0), outer, lambda: a * a + x)

    return times(tf, 4, step, x), [x, w]


def loop_in_branch_in_loop(tf):
    """A loop in a cond in a loop."""
    x, w = vector(tf), scalar(tf)

    def step(i, a):
        return tf.cond(
            tf.equal(i % 2, 0),
            lambda: times(tf, i + 1, lambda j, b: tf.sin(b * w) + a, a),
            lambda: a * x,
        )

    return times(tf, 4, step, x), [x, w]


def gathered(tf):
    """Rows of an invariant, whose gradient is sparse."""
    w = tf.constant([[0.7, 0.1], [0.2, 0.3], [0.4, 0.5]])
    return times(tf, 3, lambda i, a: tf.tanh(a * tf.gather(w, i)), vector(tf)), [w]


def gathered_variable(tf):
    """Rows of the loop variable itself."""
    w = tf.constant([[0.7, 0.1], [0.2, 0.3], [0.4, 0.5]])
    return times(tf, 3, lambda i, a: tf.tanh(a + tf.gather(a, [i, 0, 0])), w), [w]


def growing(tf):
    """A variable whose shape changes."""
    x = vector(tf)
    scalar_shape, any_vector = tf.TensorShape([]), tf.TensorShape([None])
    y = times(
        tf,
        3,
        lambda i, a: tf.concat([a, tf.sin(a[:1]) * 2.0], 0),
        x,
        shape_invariants=(scalar_shape, any_vector),
    )
    return y * y, [x]


def unknown_trips(tf):
    """A condition that depends on what the loop computes."""
    x = tf.constant(1.3, tf.float64)
    return tf.while_loop(lambda a: a < 100.0, lambda a: tf.sinh(a) * x, [x]), [x]


def swapped(tf):
    """Two variables that change places."""
    x, z = tf.constant(1.0), tf.constant(2.0)
    _, a, b = tf.while_loop(
        lambda i, a, b: i < 3, lambda i, a, b: (i + 1, b * 2.0, a), (0, x, z)
    )
    return tf.stack([a, b]), [x, z]


def arrays(tf):
    """TensorArrays read and written in the body."""
    x = tf.constant([1.0, 0.5, 3.0])
    given = tf.TensorArray(tf.float32, 3).unstack(x)

    def step(i, state):
        a, made = state
        value = a * tf.sin(given.read(i))
        return value, made.write(i, value + a)

    a, made = times(tf, 3, step, (1.0, tf.TensorArray(tf.float32, 3)))
    return made.stack() + a, [x]


def differentiated_inside(tf):
    """A body that takes gradients itself."""
    x, z = tf.constant(1.5), tf.constant(2.0)

    def step(i, a):
        g, h = tf.gradients(a * a * z, [a, z])
        return a - 0.1 * g + 0.01 * h

    return times(tf, 3, step, x), []


for build in (
    matrices,
    nested_loops,
    branches,
    branches_in_branches,
    loop_in_branch_in_loop,
    gathered_variable,
    unknown_trips,
    swapped,
    differentiated_inside,
):
    add_loop(build.__name__, build)
add_loop("growing", growing)
add_loop("gathered", gathered, any_static_shape=True)  # ours know more
add_loop("arrays", arrays, any_static_shape=True)


def structure(tf):
    """Variables in a structure."""
    return tf.while_loop(
        lambda i, s: i < 3,
        lambda i, s: [i + 1, {"a": s["a"] + 1, "b": (s["a"], s["b"][0] * 2)}],
        [0, {"a": 1, "b": (0, 1)}],
    )


table.add("loop_structure", structure)
table.add("loop_one", lambda tf: tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0]))
table.add(
    "loop_same_structure",
    lambda tf: tf.while_loop(
        lambda i: i < 3, lambda i: [i + 1], [0], return_same_structure=True
    ),
)
for limit in (0, 2, 9):
    table.add(
        f"loop_maximum_{limit}",
        lambda tf, limit=limit: tf.while_loop(
            lambda i: i < 5, lambda i: i + 1, [0], maximum_iterations=limit
        ),
    )


@table.script()
def loop_effects(tf, sess):
    """Assignments in the body, in every iteration."""
    v = tf.Variable(1.0)
    r = tf.Variable(1.0, use_resource=True)

    def body(i):
        with tf.control_dependencies([v.assign_add(2.0), r.assign_add(3.0)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 4, body, [0])
    sess.run(tf.global_variables_initializer())
    return [sess.run(loop), sess.run(v), sess.run(r), sess.run(loop), sess.run(r)]


@table.script()
def loop_invariants_are_read_once(tf, sess):
    """What is read outside stays what it was."""
    v = tf.Variable(1.0, use_resource=True)
    read = v.read_value()

    def body(i, a):
        total = a + read
        with tf.control_dependencies([total]):
            added = v.assign_add(1.0)
        with tf.control_dependencies([added]):
            return i + 1, tf.identity(total)

    loop = tf.while_loop(lambda i, a: i < 4, body, (0, 0.0))
    sess.run(tf.global_variables_initializer())
    return [sess.run(loop[1]), sess.run(v)]


@table.script()
def loop_results_can_be_fed(tf, sess):
    """Results may be fed, what is inside may not."""
    loop = tf.while_loop(lambda i: i < 4, lambda i: i + 1, [0])
    found = [sess.run(loop * 2, {loop: 7})]
    for name in ("while/add:0", "while/Less:0", "while/Switch:0"):
        for use in (
            lambda name=name: sess.run(loop, {name: 1}),
            lambda name=name: sess.run(name),
        ):
            try:
                use()
            except ValueError:
                found.append("refused")
    return found


@table.script()
def loop_descent(tf, sess):
    """Gradient descent in the graph."""
    v = tf.Variable(3.0, use_resource=True)
    optimizer = tf.train.GradientDescentOptimizer(0.1)

    def body(i):
        with tf.control_dependencies([optimizer.minimize(v * v)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 5, body, [0])
    sess.run(tf.global_variables_initializer())
    return [sess.run(loop), sess.run(v)]


@table.script()
def loop_gradients_where_there_are_none(tf, _):
    """None for what a result does not depend on, or not differentiably."""
    x, z = vector(tf), scalar(tf)
    i, a, b = tf.while_loop(
        lambda i, a, b: i < 3, lambda i, a, b: (i + 1, tf.sin(a), b * 2), (0, x, z)
    )
    closed = times(tf, 3, lambda i, a: a * z, x, back_prop=False)
    stopped = times(tf, 3, lambda i, a: tf.stop_gradient(a) * 2, x)
    return [
        [g is None for g in tf.gradients(y, [x, z])] for y in (i, a, b, closed, stopped)
    ]


BAD_LOOPS = {
    "no_variables": (
        lambda tf: tf.while_loop(lambda: True, lambda: 1, []),
        "ValueError",
    ),
    "condition": (lambda tf: tf.while_loop(1, lambda i: i, [0]), "TypeError"),
    "body": (lambda tf: tf.while_loop(lambda i: i < 1, 1, [0]), "TypeError"),
    "parallel": (
        lambda tf: tf.while_loop(
            lambda i: i < 1, lambda i: i, [0], parallel_iterations=0
        ),
        "TypeError",
    ),
    "maximum": (
        lambda tf: tf.while_loop(
            lambda i: i < 1, lambda i: i, [0], maximum_iterations=[1, 2]
        ),
        "ValueError",
    ),
    "count": (
        lambda tf: tf.while_loop(lambda i: i < 1, lambda i: (i, i), [0]),
        "ValueError",
    ),
    "structure": (
        lambda tf: tf.while_loop(lambda i, j: i < 1, lambda i, j: (i, [j]), [0, 0]),
        "ValueError",
    ),
    "shape": (
        lambda tf: times(tf, 2, lambda i, a: tf.concat([a, a], 0), vector(tf)),
        "ValueError",
    ),
    "invariant": (
        lambda tf: tf.while_loop(
            lambda a: True, lambda a: a, [vector(tf)], [tf.TensorShape([3])]
        ),
        "ValueError",
    ),
    "number": (lambda tf: tf.while_loop(lambda i: i, lambda i: i, [0]), "TypeError"),
    "vector": (
        lambda tf: tf.while_loop(lambda i: i < [1, 2], lambda i: i, [0]),
        "ValueError",
    ),
    "nothing": (
        lambda tf: tf.while_loop(lambda i: i < 1, lambda i: None, [0]),
        "ValueError",
    ),
}
for name, (build, error) in BAD_LOOPS.items():
    table.add(f"bad_loop_{name}", build, raises=error)


def leaked(tf, use):
    """A tensor of the body, used elsewhere."""
    inner = []

    def body(i):
        inner.append(tf.add(i, 1))
        return inner[0]

    tf.while_loop(lambda i: i < 3, body, [0])
    return use(inner[0])


table.add("leak", lambda tf: leaked(tf, tf.identity), raises="ValueError")
table.add(
    "leak_into_loop",
    lambda tf: leaked(
        tf, lambda t: tf.while_loop(lambda i: i < 3, lambda i: i + t, [0])
    ),
    raises="ValueError",
)


def initial_value(tf):
    """A gradient in the body with respect to the loop variable's initial value."""
    x = tf.constant(1.0)
    return times(tf, 2, lambda i, a: a + tf.gradients(a * a, x)[0], x)


table.add("gradient_of_initial_value", initial_value, raises="ValueError")


def random_body(tf):
    """A random op runs anew in each iteration."""
    drawn = tf.TensorArray(tf.float32, 3)
    drawn = times(tf, 3, lambda i, a: a.write(i, tf.random_uniform([])), drawn)
    values = drawn.stack()
    return tf.size(tf.unique(values)[0])


table.add("loop_random", random_body)
table.add(
    "loop_numpy",
    lambda tf: times(tf, 3, lambda i, a: a + 1, np.zeros((2, 2), np.float64)),
)
