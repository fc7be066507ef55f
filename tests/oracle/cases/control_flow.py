"""cond and case: values, structures, side effects, errors, gradients."""

from tests.oracle.programs import Table

table = Table()
X = [1.0, 0.5]
W = 0.7


def vector(tf):
    """The vector that most programs start from."""
    return tf.constant(X, name="x")


def scalar(tf):
    """A number that they use in branches and loops."""
    return tf.constant(W, name="w")


def times(tf, count, step, start, **options):
    """What becomes of `start` when `step(i, a)` is applied `count` times."""
    return tf.while_loop(
        lambda i, a: i < count, lambda i, a: (i + 1, step(i, a)), (0, start), **options
    )[1]


def dense(tf, grads):
    """Gradients as tensors, so that IndexedSlices can be compared."""
    return [tf.convert_to_tensor(g) for g in grads]


def with_gradients(tf, y, xs):
    """A result and its gradients."""
    return [y, *dense(tf, tf.gradients(y, xs))]


# -- cond ----------------------------------------------------------------------------

for taken in (True, False):
    feeds = {"p:0": taken}

    def pred(tf):
        """What decides."""
        return tf.placeholder(tf.bool, [], name="p")

    def add(name, build, *, feeds=feeds, taken=taken, **options):
        """A program for each side."""
        table.add(f"cond_{name}_{taken}", build, feeds, **options)

    add("one", lambda tf: tf.cond(pred(tf), lambda: vector(tf) * 2, lambda: 1.0 - W))
    add("list", lambda tf: tf.cond(pred(tf), lambda: [1, 2.0], lambda: [3, scalar(tf)]))
    add(
        "dict",
        lambda tf: tf.cond(
            pred(tf), lambda: {"a": 1, "b": (2,)}, lambda: {"b": (3,), "a": 4}
        ),
    )
    add("singleton", lambda tf: tf.cond(pred(tf), lambda: [1], lambda: [2]))
    add("strict", lambda tf: tf.cond(pred(tf), lambda: [1], lambda: [2], strict=True))
    add("strings", lambda tf: tf.cond(pred(tf), lambda: "yes", lambda: "no"))
    add("operation", lambda tf: tf.cond(pred(tf), tf.no_op, lambda: tf.group()))
    add("shapes", lambda tf: tf.cond(pred(tf), lambda: tf.zeros([2, 3]), lambda: tf.ones([2, 4])))  # fmt: skip
    add("ranks", lambda tf: tf.cond(pred(tf), lambda: tf.zeros([2]), lambda: tf.ones([2, 4])))  # fmt: skip

    def sparse(tf):
        """A SparseTensor from either side."""
        return tf.cond(
            pred(tf),
            lambda: tf.SparseTensor([[0, 0]], [1.0], [2, 2]),
            lambda: tf.SparseTensor([[0, 1], [1, 1]], [2.0, 3.0], [2, 2]),
        )

    add("sparse", sparse, any_static_shape=True)  # ours know more

    def slices(tf):
        """IndexedSlices from either side."""

        def side(n):
            return tf.IndexedSlices(tf.ones([n, 2]), tf.range(n), tf.constant([3, 2]))

        return tf.convert_to_tensor(tf.cond(pred(tf), lambda: side(1), lambda: side(3)))

    add("slices", slices, any_static_shape=True)

    def array(tf):
        """A TensorArray from either side."""
        empty = tf.TensorArray(tf.float32, 2, element_shape=[])
        full = tf.cond(
            pred(tf), lambda: empty.write(0, 1.0), lambda: empty.write(0, 2.0)
        )
        return full.write(1, 3.0).stack()

    add("array", array)

    def nested(tf):
        """A cond in each branch of a cond."""
        x, p = vector(tf), pred(tf)
        q = x[0] > 2
        return tf.cond(
            p,
            lambda: tf.cond(q, lambda: x * 2, lambda: x * 3),
            lambda: tf.cond(q, lambda: x * 4, lambda: x * 5),
        )

    add("nested", nested)

    def effects(tf):
        """Assignments run in the branch that is taken, reads outside always."""
        v = tf.Variable(1.0)
        always = tf.assign_add(v, 10.0)
        p = pred(tf)
        with tf.control_dependencies([always]):
            branch = tf.cond(p, lambda: tf.assign_add(v, 1.0), lambda: always * 1)
        with tf.control_dependencies([branch]):
            return [tf.identity(v.read_value()), branch]

    add("effects", effects, steps=2)

    def resource_effects(tf):
        """The same of a resource variable."""
        v = tf.Variable(1.0, use_resource=True)
        p = pred(tf)
        ran = tf.cond(
            p, lambda: tf.group(v.assign_add(5.0)), lambda: tf.group(v.assign(-1.0))
        )
        with tf.control_dependencies([ran]):
            return v.read_value()

    add("resource_effects", resource_effects, steps=2)

    def gradients(tf):
        """Gradients through both results, one of them of one x only."""
        x, y = vector(tf), tf.constant([3.0, 4.0])
        a, b = tf.cond(pred(tf), lambda: [x * y, x], lambda: [y, x * x * x])
        return [a, b, *tf.gradients([a, b], [x, y]), *tf.gradients(b, x)]

    add("gradients", gradients)

    def gather_gradient(tf):
        """Sparse gradients from one side, and from both."""
        w = tf.constant([[0.7, 0.1], [0.2, 0.3], [0.4, 0.5]])
        p = pred(tf)
        one = tf.cond(p, lambda: tf.gather(w, [0, 2]), lambda: tf.zeros([2, 2]))
        two = tf.cond(p, lambda: tf.gather(w, [0, 2]), lambda: w[:2] * 2.0)
        return with_gradients(tf, one, [w]) + with_gradients(tf, two, [w])

    add("gather_gradient", gather_gradient, any_static_shape=True)

    def variable_gradient(tf):
        """Gradients of both kinds of variables, dense and of rows."""
        found = []
        for resource in (False, True):
            v = tf.Variable([[0.7, 0.1], [0.2, 0.3]], use_resource=resource)
            p = tf.logical_and(tf.get_default_graph().get_tensor_by_name("p:0"), True)
            rows = tf.cond(
                p,
                lambda v=v: tf.nn.embedding_lookup(v, [1, 1]),
                lambda: tf.ones([2, 2]),
            )
            whole = tf.cond(p, lambda v=v: v * v, lambda: tf.ones([2, 2]))
            found += with_gradients(tf, rows, [v]) + with_gradients(tf, whole, [v])
        return found

    add(
        "variable_gradient",
        lambda tf: [pred(tf), *variable_gradient(tf)],
        any_static_shape=True,  # TensorFlow does not see a shape through Merge
    )

    def loop_inside(tf):
        """A loop in a branch, and its gradient."""
        x, w = vector(tf), scalar(tf)
        y = tf.cond(
            pred(tf),
            lambda: times(tf, 3, lambda i, a: tf.sin(a * w), x),
            lambda: x * x,
        )
        return with_gradients(tf, y, [x, w])

    add("loop_inside", loop_inside)

    def asserted(tf):
        """An assertion that fails on one side."""
        p = pred(tf)
        with tf.control_dependencies([tf.Assert(p, [1.5])]):
            return tf.constant(1) + 1

    add("asserted", asserted, raises=None if taken else "InvalidArgumentError")


def use_of_a_dead_tensor(tf):
    """A tensor of a branch, used outside when the other one is taken."""
    inner = []
    x = vector(tf)
    tf.cond(x[0] > 5, lambda: inner.append(x * 2) or x, lambda: x)
    return inner[0] + 1


table.add("cond_dead", use_of_a_dead_tensor, raises="InvalidArgumentError")

BAD_CONDS = {
    "python_bool": (lambda tf: tf.cond(True, lambda: 1, lambda: 2), "TypeError"),
    "not_callable": (lambda tf: tf.cond(vector(tf)[0] > 0, 1, lambda: 2), "TypeError"),
    "missing": (lambda tf: tf.cond(vector(tf)[0] > 0, lambda: 2), "TypeError"),
    "none": (
        lambda tf: tf.cond(vector(tf)[0] > 0, lambda: None, lambda: 1),
        "ValueError",
    ),
    "dtypes": (
        lambda tf: tf.cond(vector(tf)[0] > 0, lambda: 1.0, lambda: 1),
        "ValueError",
    ),
    "structures": (
        lambda tf: tf.cond(vector(tf)[0] > 0, lambda: [1, 2], lambda: 1),
        "ValueError",
    ),
    "types": (
        lambda tf: tf.cond(vector(tf)[0] > 0, lambda: [1, 2], lambda: (1, 2)),
        "TypeError",
    ),
    "empty": (
        lambda tf: tf.cond(vector(tf)[0] > 0, list, list),
        "ValueError",
    ),
    "vector": (lambda tf: tf.cond(vector(tf) > 0, lambda: 1, lambda: 2), "ValueError"),
    "number": (
        lambda tf: tf.cond(tf.constant(1), lambda: 1, lambda: 2),
        "TypeError",
    ),
}
for name, (build, error) in BAD_CONDS.items():
    table.add(f"bad_cond_{name}", build, raises=error)

# -- case ----------------------------------------------------------------------------

for n in (0, 1, 2, 3):

    def cases(tf, n=n):
        """Three conditions of which several may hold."""
        x = tf.constant(n)
        pairs = [(x < k, lambda k=k: x * 10 + k) for k in (1, 2, 3)]
        return tf.case(pairs, default=lambda: -x)

    table.add(f"case_{n}", cases)
    table.add(
        f"case_exclusive_{n}",
        lambda tf, n=n: tf.case(
            {tf.equal(n, k): lambda k=k: tf.constant(k) * 7 for k in (1, 2)},
            default=lambda: tf.constant(-1),
            exclusive=True,
        ),
    )


def two_hold(tf):
    """Two conditions that exclude each other both hold."""
    x = tf.constant(1)
    pairs = [(x > k, lambda: tf.constant(1) * 2) for k in (-1, 0, 3)]
    return tf.case(pairs, exclusive=True, default=lambda: tf.constant(0))


def none_holds(tf):
    """No condition holds and there is no default."""
    x = tf.constant(1)
    return tf.case([(x > k, lambda: tf.constant(1) * 2) for k in (2, 3)])


table.add("case_two_hold", two_hold, raises="InvalidArgumentError")
table.add("case_none_holds", none_holds, raises="InvalidArgumentError")
table.add("case_bad_container", lambda tf: tf.case(3), raises="TypeError")
table.add("case_bad_pair", lambda tf: tf.case([3]), raises="TypeError")
table.add("case_bad_pred", lambda tf: tf.case([(True, tf.no_op)]), raises="TypeError")
