"""Bad input to branches, loops, maps and TensorArrays."""

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError


def true(name=None):
    return tf.placeholder_with_default(True, [], name=name)


def false():
    return tf.placeholder_with_default(False, [])


def inner_of_cond():
    kept = []

    def branch():
        kept.append(tf.constant(1.0, name="within") + 1.0)
        return kept[0]

    tf.cond(true(), branch, lambda: 2.0)
    return kept[0]


def inner_of_loop():
    kept = []

    def body(i):
        kept.append(i + 1)
        return kept[0]

    tf.while_loop(lambda i: i < 3, body, [0])
    return kept[0]


def array():
    return tf.TensorArray(tf.float32, 2)


def read_twice():
    held = array().write(0, 1.0)
    first = held.read(0)
    with tf.control_dependencies([first]):
        return held.read(0)


CASES = {
    # -- control flow ----------------------------------------------------------------
    "group of a number": (
        lambda s: tf.group(3),
        TypeError,
        "Expected tf.group() expected Tensor arguments not '3' with type "
        "'<class 'int'>'",
    ),
    "tuple of nothing": (
        lambda s: tf.tuple([None]),
        ValueError,
        "Must have at least one Tensor: [None]",
    ),
    "cond on a bool": (
        lambda s: tf.cond(True, lambda: 1, lambda: 2),
        TypeError,
        "pred must not be a Python bool",
    ),
    "cond without function": (
        lambda s: tf.cond(true(), 1, lambda: 2),
        TypeError,
        "true_fn must be callable.",
    ),
    "cond one function": (
        lambda s: tf.cond(true(), lambda: 1),
        TypeError,
        "cond(): false_fn argument required",
    ),
    "cond none": (
        lambda s: tf.cond(true(), lambda: None, lambda: 2),
        ValueError,
        "true_fn must have a return value.",
    ),
    "cond dtypes": (
        lambda s: tf.cond(true(), lambda: 1.0, lambda: 2),
        ValueError,
        "Outputs of true_fn and false_fn must have the same type: float32, int32",
    ),
    "cond structures": (
        lambda s: tf.cond(true(), lambda: (1, 2), lambda: 2),
        ValueError,
        "Incompatible return types of true_fn and false_fn: The two "
        "structures don't have the same nested structure.",
    ),
    "cond inner fetched": (
        lambda s: s.run(inner_of_cond()),
        ValueError,
        "Operation 'cond/add' has been marked as not fetchable.",
    ),
    "cond pred vector": (
        lambda s: tf.cond(tf.constant([True, False]), lambda: 1, lambda: 2),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'cond/Switch' (op: 'Switch') "
        "with input shapes: [2], [2].",
    ),
    "cond pred number": (
        lambda s: tf.cond(tf.constant(1), lambda: 1, lambda: 2),
        TypeError,
        "Input 'pred' of 'Switch' Op has type int32 that does not match "
        "expected type of bool.",
    ),
    "case no list": (
        lambda s: tf.case(3, lambda: 1),
        TypeError,
        "fns must be a list, tuple, or dict",
    ),
    "case no pair": (
        lambda s: tf.case([(true(),)], lambda: 1),
        TypeError,
        "Each entry in pred_fn_pairs must be a 2-tuple",
    ),
    "case pred bool": (
        lambda s: tf.case([(True, lambda: 1)], lambda: 2),
        TypeError,
        "pred must be a Tensor, got: True",
    ),
    "case pred number": (
        lambda s: tf.case([(tf.constant(1, name="one"), lambda: 1)], lambda: 2),
        TypeError,
        "pred must be Tensor of type bool: one:0",
    ),
    "case not callable": (
        lambda s: tf.case([(true(), 1)], lambda: 1),
        TypeError,
        "fn for pred PlaceholderWithDefault:0 must be callable.",
    ),
    "case none true": (
        lambda s: s.run(tf.case([(false(), lambda: tf.constant(1))])),
        IAE,
        "assertion failed: [Input error: None of conditions evaluated as True:] [0]",
    ),
    "case two true": (
        lambda s: s.run(
            tf.case(
                [
                    (true("p"), lambda: tf.constant(1)),
                    (true("q"), lambda: tf.constant(2)),
                ],
                exclusive=True,
            )
        ),
        IAE,
        "assertion failed: [Input error: exclusive=True: more than 1 "
        "conditions (p:0, q:0) evaluated as True:] [1 1]",
    ),
    "loop without variables": (
        lambda s: tf.while_loop(true, lambda: 1, []),
        ValueError,
        "No loop variables provided",
    ),
    "loop cond no function": (
        lambda s: tf.while_loop(1, lambda i: i, [0]),
        TypeError,
        "cond must be callable.",
    ),
    "loop body no function": (
        lambda s: tf.while_loop(lambda i: i < 1, 1, [0]),
        TypeError,
        "body must be callable.",
    ),
    "loop parallel": (
        lambda s: tf.while_loop(
            lambda i: i < 1, lambda i: i, [0], parallel_iterations=0
        ),
        TypeError,
        "parallel_iterations must be a positive integer.",
    ),
    "loop maximum": (
        lambda s: tf.while_loop(
            lambda i: i < 1, lambda i: i, [0], maximum_iterations=[1, 2]
        ),
        ValueError,
        "maximum_iterations must be a scalar, saw shape: (2,)",
    ),
    "loop count": (
        lambda s: tf.while_loop(lambda i: i < 1, lambda i: (i, i), [tf.constant(0)]),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    "loop shape": (
        lambda s: tf.while_loop(
            lambda x: true(), lambda x: tf.concat([x, x], 0), [tf.zeros([1], name="z")]
        ),
        ValueError,
        "Input tensor 'z:0' enters the loop with shape (1,), but has shape "
        "(2,) after one iteration. To allow the shape to vary across "
        "iterations, use the `shape_invariants` argument of tf.while_loop to "
        "specify a less-specific shape.",
    ),
    "loop invariant": (
        lambda s: tf.while_loop(
            lambda x: true(),
            lambda x: x,
            [tf.zeros([1], name="z")],
            shape_invariants=[tf.TensorShape([2])],
        ),
        ValueError,
        "The shape invariant specified for z:0 is not compatible with the "
        "initial shape of the loop variable. It enters the loop with shape "
        "(1,), but the specified shape invariant is (2,).",
    ),
    "loop cond number": (
        lambda s: tf.while_loop(lambda i: i, lambda i: i, [tf.constant(1)]),
        TypeError,
        "Input 'input' of 'LoopCond' Op has type int32 that does not match "
        "expected type of bool.",
    ),
    "loop cond vector": (
        lambda s: tf.while_loop(lambda x: x < 1.0, lambda x: x, [tf.zeros([2])]),
        ValueError,
        "Shape must be rank 0 but is rank 1 for 'while/LoopCond' (op: "
        "'LoopCond') with input shapes: [2].",
    ),
    "loop dtype": (
        lambda s: s.run(
            tf.while_loop(
                lambda i: i < 1, lambda i: tf.cast(i, tf.float32), [tf.constant(1)]
            )
        ),
        TypeError,
        "Input 1 of node while/Merge was passed float from while/Cast:0 "
        "incompatible with expected int32.",
    ),
    "loop inner used outside": (
        lambda s: s.run(tf.identity(inner_of_loop())),
        ValueError,
        "Cannot use 'while/add' as input to 'Identity' because 'while/add' "
        "is in a while loop. See info log for more details.",
    ),
    "loop inner fetched": (
        lambda s: s.run(inner_of_loop()),
        ValueError,
        "Operation 'while/add' has been marked as not fetchable.",
    ),
    "loop fails within": (
        lambda s: s.run(
            tf.while_loop(lambda i: i < 5, lambda i: i + 4 // (2 - i), [tf.constant(0)])
        ),
        IAE,
        "Integer division by zero",
    ),
    "map no function": (
        lambda s: tf.map_fn(3, tf.zeros([2])),
        TypeError,
        "fn must be callable.",
    ),
    "map scalar": (
        lambda s: tf.map_fn(lambda x: x, tf.constant(1.0)),
        ValueError,
        "elems must be a 1+ dimensional Tensor, not a scalar",
    ),
    "map dtype": (
        lambda s: s.run(tf.map_fn(lambda x: tf.cast(x, tf.int32), tf.zeros([2]))),
        IAE,
        "TensorArray dtype is float but Op is trying to write dtype int32.",
    ),
    "map structure": (
        lambda s: tf.map_fn(lambda x: (x, x), tf.zeros([2])),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    "scan scalar": (
        lambda s: tf.scan(lambda a, x: a + x, tf.constant(1.0)),
        ValueError,
        "elems must be a 1+ dimensional Tensor, not a scalar",
    ),
    "scan structure": (
        lambda s: tf.scan(
            lambda a, x: (a, x), tf.zeros([2]), initializer=tf.constant(0.0)
        ),
        ValueError,
        "The two structures don't have the same nested structure.",
    ),
    # -- TensorArray -----------------------------------------------------------------
    "array without size": (
        lambda s: tf.TensorArray(tf.float32),
        ValueError,
        "Size must be provided if handle is not provided",
    ),
    "array write twice": (
        lambda s: s.run(array().write(0, 1.0).write(0, 2.0).read(0)),
        IAE,
        "Could not write to TensorArray index 0 because it has already been "
        "written to.",
    ),
    "array write outside": (
        lambda s: s.run(array().write(5, 1.0).read(0)),
        IAE,
        "Tried to write to index 5 but array is not resizeable and size is: 2",
    ),
    "array read twice": (
        lambda s: s.run(read_twice()),
        IAE,
        "Could not read index 0 twice because it was cleared after a previous read",
    ),
    "array read outside": (
        lambda s: s.run(array().write(0, 1.0).read(3)),
        IAE,
        "Tried to read from index 3 but array size is: 2",
    ),
    "array shape": (
        lambda s: array().write(0, tf.zeros([1])).write(1, tf.zeros([2])),
        ValueError,
        "Inconsistent shapes: saw (2,) but expected (1,) (and infer_shape=True)",
    ),
    "array scatter": (
        lambda s: s.run(
            array().scatter(tf.constant([0, 2]), tf.constant([1.0, 2.0])).read(0)
        ),
        IAE,
        "Max scatter index must be < array size (2 vs. 2)",
    ),
    "array unstack": (
        lambda s: s.run(array().unstack(tf.zeros([3])).read(0)),
        IAE,
        "Max scatter index must be < array size (2 vs. 2)",
    ),
    "array split": (
        lambda s: s.run(
            array()
            .split(tf.zeros([3, 1]), tf.placeholder_with_default([1, 1], [2]))
            .read(0)
        ),
        IAE,
        "Expected sum of lengths to be equal to values.shape[0], but sum of "
        "lengths is 2 and value's shape is: [3,1]",
    ),
    "array stack unwritten": (
        lambda s: s.run(
            tf.TensorArray(tf.float32, 2, infer_shape=False).write(0, [1.0]).stack()
        ),
        IAE,
        "Could not read from TensorArray index 1.  Furthermore, the element "
        "shape is not",
    ),
}
