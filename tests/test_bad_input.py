"""Bad input: for each case the exact error type and the words that must appear.

A case is a function of an open session; building happens in it too. After each, the
same session still runs, and the graph still takes nodes.
"""

from __future__ import annotations

import numpy as np
import pytest

import interactive_graphs as tf

IAE = tf.errors.InvalidArgumentError
FPE = tf.errors.FailedPreconditionError


def fed(shape=None, dtype=tf.float32):
    """A placeholder whose shape is known only when it runs."""
    p = tf.placeholder(dtype)
    return p, {p: np.ones(shape or (), dtype.as_numpy_dtype)}


def run(sess, build, *shapes):
    """Run what `build` makes of placeholders fed with ones of these shapes."""
    pairs = [fed(shape) for shape in shapes]
    feeds = {k: v for _, feed in pairs for k, v in feed.items()}
    return sess.run(build(*[p for p, _ in pairs]), feeds)


def other_graph():
    with tf.Graph().as_default():
        return tf.constant(1.0, name="other")


def variable(value=0.0, name="v"):
    return tf.Variable(value, name=name)


ints = tf.int32

CASES = {
    # -- making nodes ---------------------------------------------------------------------
    "constant none": (
        lambda s: tf.constant(None),
        ValueError,
        "None values not supported",
    ),
    "constant float as int": (
        lambda s: tf.constant(1.5, tf.int32),
        TypeError,
        "Expected int32, got 1.5 of type 'float' instead",
    ),
    "constant text as float": (
        lambda s: tf.constant("a", tf.float32),
        TypeError,
        "Expected float32, got 'a' of type 'str' instead",
    ),
    "constant too many": (
        lambda s: tf.constant([1, 2, 3], shape=[2]),
        ValueError,
        "Too many elements provided. Needed at most 2, but received 3",
    ),
    "constant wrong shape": (
        lambda s: tf.constant([1, 2], shape=[2, 2], verify_shape=True),
        TypeError,
        "Expected Tensor's shape: (2, 2), got (2,)",
    ),
    "constant ragged": (
        lambda s: tf.constant([[1, 2], [3]]),
        ValueError,
        "Argument must be a dense tensor",
    ),
    "dtype unknown": (
        lambda s: tf.placeholder("zork"),
        TypeError,
        "Cannot convert value 'zork' to a TensorFlow DType",
    ),
    "name invalid": (
        lambda s: tf.constant(1, name="a b"),
        ValueError,
        "'a b' is not a valid node name",
    ),
    "scope invalid": (
        lambda s: tf.name_scope("_a").__enter__(),
        ValueError,
        "'_a' is not a valid scope name",
    ),
    "two graphs": (
        lambda s: tf.add(tf.constant(1.0), other_graph()),
        ValueError,
        "must be from the same graph as",
    ),
    "dtypes differ": (
        lambda s: tf.add(tf.constant(1.0), tf.constant(1)),
        TypeError,
        "Input 'y' of 'Add' Op has type int32 that does not match type float32 of "
        "argument 'x'",
    ),
    "dtypes differ by operator": (
        lambda s: tf.constant(1.0) + tf.constant(1),
        TypeError,
        "Input 'y' of 'Add' Op has type int32 that does not match type float32",
    ),
    "dtype not allowed": (
        lambda s: tf.matmul(tf.constant([["a"]]), tf.constant([["b"]])),
        TypeError,
        "has DataType string not in list of allowed values",
    ),
    "int plus text": (
        lambda s: tf.constant(1) + "a",
        TypeError,
        "Expected int32, got 'a'",
    ),
    "list expected": (
        lambda s: tf.add_n(3),
        (TypeError, ValueError),
        "inputs must be",
    ),
    "matmul static": (
        lambda s: tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]), name="mm"),
        ValueError,
        "Dimensions must be equal, but are 3 and 4 for 'mm' (op: 'MatMul') with input "
        "shapes: [2,3], [4,5]",
    ),
    "broadcast static": (
        lambda s: tf.zeros([2]) + tf.zeros([3]),
        ValueError,
        "Dimensions must be equal, but are 2 and 3",
    ),
    "reshape static": (
        lambda s: tf.reshape(tf.zeros([4]), [3]),
        ValueError,
        "Cannot reshape a tensor with 4 elements to shape [3] (3 elements)",
    ),
    "concat ranks static": (
        lambda s: tf.concat([tf.zeros([1]), tf.zeros([1, 1])], 0),
        ValueError,
        "Shape must be rank 1 but is rank 2",
    ),
    "concat as before 1.0": (
        lambda s: tf.concat(0, [tf.zeros([1]), tf.zeros([1])]),
        TypeError,
        "Before TensorFlow 1.0 it was the other way round: write tf.concat([...], 0).",
    ),
    "split as before 1.0": (
        lambda s: tf.split(0, 2, tf.zeros([4])),
        TypeError,
        "Before TensorFlow 1.0 the axis came first: write tf.split(..., 2, 0).",
    ),
    "stack static": (
        lambda s: tf.stack([tf.zeros([1]), tf.zeros([2])]),
        ValueError,
        "Dimension 0 in both shapes must be equal, but are 1 and 2",
    ),
    "reduce axis static": (
        lambda s: tf.reduce_sum(tf.zeros([2]), axis=2),
        ValueError,
        "Invalid reduction dimension 2 for input with 1 dimensions",
    ),
    "transpose static": (
        lambda s: tf.transpose(tf.zeros([2, 3]), [0]),
        ValueError,
        "Dimension must be 2 but is 1 for 'transpose' (op: 'Transpose')",
    ),
    "slice index static": (
        lambda s: tf.zeros([3])[5],
        ValueError,
        "slice index 5 of dimension 0 out of bounds",
    ),
    "too many indices": (
        lambda s: tf.zeros([3])[0, 0],
        ValueError,
        "Index out of range using input dim 1; input has only 1 dims",
    ),
    "slice by text": (
        lambda s: tf.zeros([3])["a"],
        TypeError,
        "are valid indices, got 'a'",
    ),
    "slice by float": (
        lambda s: tf.zeros([3])[1.5],
        TypeError,
        "valid indices, got 1.5",
    ),
    "set_shape": (
        lambda s: tf.zeros([2, 3]).set_shape([2, 4]),
        ValueError,
        "Dimension 1 in both shapes must be equal, but are 3 and 4",
    ),
    "truth of a tensor": (
        lambda s: bool(tf.constant(True)),
        TypeError,
        "Using a `tf.Tensor` as a Python `bool` is not allowed",
    ),
    "iterate a tensor": (
        lambda s: list(tf.zeros([2])),
        TypeError,
        "Tensor objects are not iterable when eager execution is not enabled",
    ),
    "convert dtype": (
        lambda s: tf.convert_to_tensor(tf.constant(1.0), tf.int32),
        ValueError,
        "Tensor conversion requested dtype int32 for Tensor with dtype float32",
    ),
    "convert operation": (
        lambda s: tf.identity(tf.no_op("n")),
        TypeError,
        "Can't convert Operation 'n' to Tensor",
    ),
    "convert object": (lambda s: tf.identity(object()), TypeError, "object"),
    "padding name": (
        lambda s: tf.nn.conv2d(
            tf.zeros([1, 2, 2, 1]), tf.zeros([1, 1, 1, 1]), [1, 1, 1, 1], "SOME"
        ),
        ValueError,
        "SOME",
    ),
    "shape of text": (
        lambda s: tf.TensorShape("23"),
        TypeError,
        "ambiguous TensorShape",
    ),
    "negative dimension": (
        lambda s: tf.TensorShape([-2]),
        ValueError,
        "Dimension -2 must be >= 0",
    ),
    "device unknown": (
        lambda s: tf.device("/foo:1").__enter__(),
        ValueError,
        "Unknown attribute: 'foo' in '/foo:1'",
    ),
    "control dependency": (
        lambda s: tf.control_dependencies([3]).__enter__(),
        TypeError,
        "Can not convert a int into a Tensor or Operation",
    ),
    "named softmax arguments": (
        lambda s: tf.nn.softmax_cross_entropy_with_logits(tf.zeros([1]), tf.zeros([1])),
        ValueError,
        "named arguments",
    ),
    "one logit argument": (
        lambda s: tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.constant([[1]]), logits=tf.zeros([1, 2])
        ),
        ValueError,
        "Rank mismatch: Rank of labels (received 2) should equal rank of logits minus 1",
    ),
    # -- variables ------------------------------------------------------------------------
    "variable without value": (
        lambda s: tf.Variable(),
        ValueError,
        "initial_value must be specified.",
    ),
    "variable without shape": (
        lambda s: tf.Variable(tf.placeholder(tf.float32)),
        ValueError,
        "initial_value must have a shape specified",
    ),
    "variable collections": (
        lambda s: tf.Variable(1, collections="x"),
        ValueError,
        "collections argument to Variable constructor must be a list, tuple, or set",
    ),
    "uninitialized": (
        lambda s: s.run(variable(name="foo")),
        FPE,
        "Attempting to use uninitialized value foo",
    ),
    "uninitialized in assign_add": (
        lambda s: s.run(variable(name="foo").assign_add(1.0)),
        FPE,
        "Attempting to use uninitialized value foo",
    ),
    "assign static shape": (
        lambda s: variable([1.0, 2.0]).assign([1.0]),
        ValueError,
        "Dimension 0 in both shapes must be equal, but are 2 and 1",
    ),
    "assign dynamic shape": (
        lambda s: run(s, lambda p: variable([1.0, 2.0]).assign(p), (3,)),
        IAE,
        "Assign requires shapes of both tensors to match. lhs shape= [2] rhs shape= [3]",
    ),
    "assign to a tensor": (
        lambda s: tf.assign(tf.constant(1.0), 2.0),
        (TypeError, AttributeError),
        "Assign",
    ),
    "load without session": (
        lambda s: variable().load(1.0),
        ValueError,
        "Either session argument should be provided or default session",
    ),
    "variable is not iterable": (
        lambda s: list(variable([1.0])),
        TypeError,
        "'Variable' object is not iterable",
    ),
    "get_variable twice": (
        lambda s: [tf.get_variable("w", [1]) for _ in range(2)],
        ValueError,
        "Variable w already exists, disallowed. Did you mean to set reuse=True",
    ),
    "get_variable partial": (
        lambda s: tf.get_variable("w", [None]),
        ValueError,
        "must be fully defined",
    ),
    "get_variable without shape": (
        lambda s: tf.get_variable("w"),
        ValueError,
        "must be fully defined, but instead was <unknown>",
    ),
    "get_variable constant and shape": (
        lambda s: tf.get_variable("w", [1], initializer=tf.constant([1.0])),
        ValueError,
        "If initializer is a constant, do not specify shape.",
    ),
    "scatter out of range": (
        lambda s: (
            lambda v: [s.run(v.initializer), s.run(tf.scatter_add(v, [5], [1.0]))]
        )(variable([0.0, 0.0])),
        IAE,
        "indices[0] = 5 is not in [0, 2)",
    ),
    # -- fetches --------------------------------------------------------------------------
    "fetch none": (
        lambda s: s.run(None),
        TypeError,
        "Fetch argument None has invalid type",
    ),
    "fetch int": (lambda s: s.run(3), TypeError, "must be a string or Tensor"),
    "fetch object": (
        lambda s: s.run([object()]),
        TypeError,
        "must be a string or Tensor",
    ),
    "fetch set": (
        lambda s: s.run({tf.constant(1)}),
        TypeError,
        "must be a string or Tensor",
    ),
    "fetch array": (
        lambda s: s.run(np.ones(2)),
        TypeError,
        "must be a string or Tensor",
    ),
    "fetch unknown op": (
        lambda s: s.run("nope"),
        ValueError,
        "The name 'nope' refers to an Operation not in the graph.",
    ),
    "fetch unknown tensor": (
        lambda s: s.run("nope:0"),
        ValueError,
        "The operation, 'nope', does not exist in the graph.",
    ),
    "fetch bad index": (
        lambda s: s.run("ok:3"),
        ValueError,
        "The operation, 'ok', exists but only has 1 outputs.",
    ),
    "fetch bad name": (
        lambda s: s.run("ok:x"),
        ValueError,
        "looks a like a Tensor name",
    ),
    "fetch of another graph": (
        lambda s: s.run(other_graph()),
        ValueError,
        "is not an element of this graph.",
    ),
    # -- feeds ----------------------------------------------------------------------------
    "feed no dictionary": (
        lambda s: s.run("ok:0", 3),
        TypeError,
        "input must be a dictionary",
    ),
    "feed key operation": (
        lambda s: s.run("ok:0", {tf.no_op(): 1}),
        TypeError,
        "Cannot interpret feed_dict key as Tensor: Can not convert a Operation",
    ),
    "feed key int": (
        lambda s: s.run("ok:0", {3: 1}),
        TypeError,
        "Cannot interpret feed_dict key as Tensor: Can not convert a int into a Tensor.",
    ),
    "feed key op name": (
        lambda s: s.run("ok:0", {"ok": 1}),
        TypeError,
        "The name 'ok' refers to an Operation, not a Tensor.",
    ),
    "feed key missing": (
        lambda s: s.run("ok:0", {"zz:0": 1}),
        TypeError,
        "The name 'zz:0' refers to a Tensor which does not exist.",
    ),
    "feed key of another graph": (
        lambda s: s.run("ok:0", {other_graph(): 1}),
        TypeError,
        "is not an element of this graph",
    ),
    "feed tensor": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.float32): tf.constant(1.0)}),
        TypeError,
        "The value of a feed cannot be a tf.Tensor object.",
    ),
    "feed shape": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.float32, [2], "p"): [1]}),
        ValueError,
        "Cannot feed value of shape (1,) for Tensor 'p:0', which has shape '(2,)'",
    ),
    "feed rank": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.float32, [None]): 1.0}),
        ValueError,
        "Cannot feed value of shape () for Tensor",
    ),
    "feed int too large": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.int8): 300}),
        TypeError,
        "Type of feed value 300 with type <class 'int'> is not compatible with Tensor "
        "type <class 'numpy.int8'>",
    ),
    "feed text as float": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.float32): "abc"}),
        ValueError,
        "could not convert string to float",
    ),
    "feed ragged": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.float32): [[1], [1, 2]]}),
        ValueError,
        "inhomogeneous",
    ),
    "feed int as text": (
        lambda s: s.run("ok:0", {tf.placeholder(tf.string): 1}),
        TypeError,
        "Type of feed value 1 with type",
    ),
    "feed structure": (
        lambda s: s.run(
            "ok:0", {(tf.placeholder(ints), tf.placeholder(ints)): (1, 2, 3)}
        ),
        ValueError,
        "Could not flatten dictionary",
    ),
    "not fed": (
        lambda s: s.run(tf.placeholder(tf.int32, [2, None], "q") + 1),
        IAE,
        "You must feed a value for placeholder tensor 'q' with dtype int32 and shape [2,?]",
    ),
    "feed for an assignment": (
        lambda s: (lambda v: s.run(v.assign_add(1.0), {v: 1.0}))(variable()),
        IAE,
        "incompatible with expected float_ref.",
    ),
    # -- running --------------------------------------------------------------------------
    "division by zero": (
        lambda s: s.run(tf.constant(1) // tf.placeholder_with_default(0, [])),
        IAE,
        "Integer division by zero",
    ),
    "remainder by zero": (
        lambda s: s.run(tf.constant(1) % tf.placeholder_with_default(0, [])),
        IAE,
        "Integer division by zero",
    ),
    "broadcast": (
        lambda s: run(s, lambda p, q: p * q, (2,), (3,)),
        IAE,
        "Incompatible shapes: [2] vs. [3]",
    ),
    "matmul": (
        lambda s: run(s, tf.matmul, (2, 3), (2, 3)),
        IAE,
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]",
    ),
    "reshape": (
        lambda s: run(s, lambda p: tf.reshape(p, [3]), (2,)),
        IAE,
        "Input to reshape is a tensor with 2 values, but the requested shape has 3",
    ),
    "reshape with -1": (
        lambda s: run(s, lambda p: tf.reshape(p, [2, -1]), (3,)),
        IAE,
        "the requested shape requires a multiple of 2",
    ),
    "gather": (
        lambda s: run(s, lambda p: tf.gather(p, 5), (2,)),
        IAE,
        "indices = 5 is not in [0, 2)",
    ),
    "gather of a vector": (
        lambda s: run(s, lambda p: tf.gather(p, [0, 5]), (2,)),
        IAE,
        "indices[1] = 5 is not in [0, 2)",
    ),
    "embedding": (
        lambda s: run(s, lambda p: tf.nn.embedding_lookup(p, [7]), (2, 3)),
        IAE,
        "indices[0] = 7 is not in [0, 2)",
    ),
    "slice": (
        lambda s: run(s, lambda p: tf.slice(p, [1], [3]), (2,)),
        IAE,
        "Expected size[0] in [0, 1], but got 3",
    ),
    "index": (
        lambda s: run(s, lambda p: p[5], (2,)),
        IAE,
        "slice index 5 of dimension 0 out of bounds.",
    ),
    "add_n": (
        lambda s: run(s, lambda p, q: tf.add_n([p, q]), (2,), (3,)),
        IAE,
        "Inputs to operation AddN of type AddN must have the same size and shape.  "
        "Input 0: [2] != input 1: [3]",
    ),
    "stack": (
        lambda s: run(s, lambda p, q: tf.stack([p, q]), (2,), (3,)),
        IAE,
        "Shapes of all inputs must match: values[0].shape = [2] != values[1].shape = [3]",
    ),
    "concat": (
        lambda s: run(s, lambda p, q: tf.concat([p, q], 0), (1, 2), (1, 3)),
        IAE,
        "ConcatOp : Dimensions of inputs should match: shape[0] = [1,2] vs. shape[1] = "
        "[1,3]",
    ),
    "split": (
        lambda s: run(s, lambda p: tf.split(p, 2), (3,)),
        IAE,
        "Number of ways to split should evenly divide the split dimension",
    ),
    "squeeze": (
        lambda s: run(s, lambda p: tf.squeeze(p, [0]), (2,)),
        IAE,
        "squeeze",
    ),
    "expand_dims": (
        lambda s: run(s, lambda p: tf.expand_dims(p, 3), (2,)),
        IAE,
        "Tried to expand dim index 3 for tensor with 1 dimensions.",
    ),
    "transpose": (
        lambda s: run(s, lambda p: tf.transpose(p, [0, 1]), (2,)),
        IAE,
        "transpose expects a vector of size 1. But input(1) is a vector of size 2",
    ),
    "tile": (
        lambda s: run(s, lambda p: tf.tile(p, [1, 2]), (2,)),
        IAE,
        "Expected multiples argument to be a vector of length 1 but got length 2",
    ),
    "argmax axis": (
        lambda s: run(s, lambda p: tf.argmax(p, 3), (2,)),
        IAE,
        "Expected dimension in the range [-1, 1), but got 3",
    ),
    "reduction axis": (
        lambda s: run(s, lambda p: tf.reduce_sum(p, 2), (2,)),
        IAE,
        "Invalid reduction dimension (2 for input with 1 dimension(s)",
    ),
    "top_k": (
        lambda s: run(s, lambda p: tf.nn.top_k(p, 5)[0], (3,)),
        IAE,
        "input must have at least k columns. Had 3, needed 5",
    ),
    "label out of range": (
        lambda s: s.run(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=tf.placeholder_with_default([5], [1]), logits=tf.zeros([1, 2])
            )
        ),
        IAE,
        "Received a label value of 5 which is outside the valid range of [0, 2).",
    ),
    "singular matrix": (
        lambda s: run(s, tf.matrix_inverse, (2, 2)),
        IAE,
        "Input is not invertible.",
    ),
    "cast of text": (
        lambda s: s.run(tf.cast(tf.placeholder_with_default("a", []), tf.float32)),
        tf.errors.UnimplementedError,
        "Cast string to float is not supported",
    ),
    "text to number": (
        lambda s: s.run(tf.string_to_number(tf.placeholder_with_default("abc", []))),
        IAE,
        "StringToNumberOp could not correctly convert string: abc",
    ),
    "check_numerics": (
        lambda s: s.run(
            tf.check_numerics(tf.placeholder_with_default(np.nan, []), "hey")
        ),
        IAE,
        "hey : Tensor had NaN values",
    ),
    "assert": (
        lambda s: s.run(
            tf.Assert(tf.placeholder_with_default(False, []), ["m", [1, 2]])
        ),
        IAE,
        "assertion failed: [m] [1 2]",
    ),
    "assert_equal": (
        lambda s: run(s, lambda p, q: tf.assert_equal(p, q + 1.0), (), ()),
        IAE,
        "did not hold element-wise",
    ),
    "py_func value": (
        lambda s: s.run(tf.py_func(lambda: int("x"), [], tf.int64)),
        IAE,
        "ValueError: invalid literal for int()",
    ),
    "py_func dtype": (
        lambda s: s.run(tf.py_func(lambda: np.int64(1), [], tf.float32)),
        IAE,
        "is int64, but expects float",
    ),
    "py_func count": (
        lambda s: s.run(
            tf.py_func(lambda: (np.float32(1), np.float32(1)), [], [tf.float32])
        ),
        IAE,
        "returns 2 values, but expects to see 1 values.",
    ),
    "missing device": (
        lambda s: s.run(on_device("/cpu:7")),
        IAE,
        "Cannot assign a device for operation 'far'",
    ),
    "bad thread pool": (
        lambda s: s.run("ok:0", options=tf.RunOptions(inter_op_thread_pool=9)),
        IAE,
        "Invalid inter_op_thread_pool: 9",
    ),
    "bad options": (lambda s: s.run("ok:0", options=3), TypeError, "RunOptions"),
    # -- queues ---------------------------------------------------------------------------
    "queue closed": (
        lambda s: (lambda q: [s.run(q.close()), s.run(q.enqueue(1.0))])(
            tf.FIFOQueue(1, tf.float32)
        ),
        tf.errors.CancelledError,
        "is closed.",
    ),
    "queue drained": (
        lambda s: (lambda q: [s.run(q.close()), s.run(q.dequeue())])(
            tf.FIFOQueue(1, tf.float32)
        ),
        tf.errors.OutOfRangeError,
        "is closed and has insufficient elements (requested 1, current size 0)",
    ),
    "queue timeout": (
        lambda s: s.run(
            tf.FIFOQueue(1, tf.float32).dequeue(),
            options=tf.RunOptions(timeout_in_ms=20),
        ),
        tf.errors.DeadlineExceededError,
        "Timed out waiting for notification",
    ),
    # -- gradients ------------------------------------------------------------------------
    "grad_ys length": (
        lambda s: tf.gradients([tf.constant(1.0)] * 2, [], grad_ys=[tf.constant(1.0)]),
        ValueError,
        "Passed 1 grad_ys for 2 ys",
    ),
    "no gradient for any variable": (
        lambda s: tf.train.GradientDescentOptimizer(0.1).minimize(
            tf.constant(1.0), var_list=[variable()]
        ),
        ValueError,
        "No gradients provided for any variable",
    ),
    "gradient registered twice": (
        lambda s: [tf.RegisterGradient("Twice")(lambda op, dy: dy) for _ in range(2)],
        KeyError,
        "Registering two gradient with name 'Twice' !",
    ),
    "unknown name": (
        lambda s: tf.constnat(1),
        AttributeError,
        "Did you mean 'constant'?",
    ),
}


def on_device(name):
    with tf.device(name):
        return tf.constant(1.0, name="far")


def test_there_are_enough_cases():
    assert len(CASES) >= 100


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "_"))
def test_bad_input(case):
    action, kind, words = CASES[case]
    ok = tf.constant(1.0, name="ok")
    # Pruned placement, so that a node on a missing device stops only its own runs.
    config = tf.ConfigProto()
    config.graph_options.place_pruned_graph = True
    sess = tf.Session(config=config)
    with pytest.raises(kind) as error:
        action(sess)
    assert words in str(error.value)
    assert sess.run(ok) == 1.0
    assert sess.run(tf.constant(2.0) + ok) == 3.0
