"""Functions of the graph: calls, captures, gradients, errors."""

import importlib

import numpy as np

from tests.oracle.programs import Program, Table

table = Table()

X = np.array([1.0, -2.0, 3.0], np.float32)


def module(tf):
    """The module that has Defun: TensorFlow keeps it out of its public names."""
    ours = tf.__name__.startswith("interactive_graphs")
    package = "interactive_graphs" if ours else "tensorflow.python"
    return importlib.import_module(f"{package}.framework.function")


def add(name, types, func, *args, **options):
    """Calls a function of these types, with `tf` before its arguments."""
    keywords = options.pop("keywords", {})

    def build(tf):
        dtypes = [getattr(tf, t) for t in types.split()]
        defined = module(tf).Defun(*dtypes, **keywords)(wrapped(tf, func, len(dtypes)))
        result = defined(*[a(tf) if callable(a) else a for a in args])
        return list(result) if isinstance(result, tuple) else result

    table.append(Program(name, build, **options))


def wrapped(tf, func, count):
    """`func` with `tf` filled in, as a function of just so many arguments."""
    names = ", ".join(f"x{i}" for i in range(count))
    made = eval(f"lambda {names}: func(tf, {names})", {"func": func, "tf": tf})
    made.__name__ = "traced"  # TensorFlow cannot call functions named <lambda>
    return made


def defun(tf, *types, **keywords):
    """A decorator for lambdas."""

    def decorate(func):
        func.__name__ = "traced"
        return module(tf).Defun(*types, **keywords)(func)

    return decorate


def gradient(name, types, func, *args, **options):
    """The gradients of a call."""
    keywords = options.pop("keywords", {})

    def build(tf):
        dtypes = [getattr(tf, t) for t in types.split()]
        defined = module(tf).Defun(*dtypes, **keywords)(wrapped(tf, func, len(dtypes)))
        inputs = [tf.constant(a) for a in args]
        y = defined(*inputs)
        return tf.gradients(y, inputs)

    table.append(Program(name, build, any_static_shape=True, **options))


add("one_result", "float32", lambda tf, x: x * x, X)
add("two_results", "float32 float32", lambda tf, x, y: (x + y, x - y), X, 2.0)
add("list_result", "float32", lambda tf, x: [x, x + 1.0], X)
add("argument_back", "float32", lambda tf, x: x, X)
add("argument_twice", "float32", lambda tf, x: (x, x), X)
add("constant", "", lambda tf: tf.constant(3.0))
add("of_strings", "string", lambda tf, s: tf.string_join([s, s]), ["a", "b"])
add("of_ints", "int32", lambda tf, a: tf.cast(a, tf.int64) + 1, 3)
add("bools", "bool", lambda tf, a: tf.logical_not(a), [True, False])
add("branches", "float32", lambda tf, x: tf.cond(
    tf.reduce_sum(x) > 0, lambda: x * 2.0, lambda: x - 1.0), X)  # fmt: skip
add("loops", "int32", lambda tf, n: tf.while_loop(
    lambda i, s: i < n, lambda i, s: (i + 1, s + i), [0, 0])[1], 5)  # fmt: skip
add("py_func", "float32", lambda tf, x: tf.py_func(lambda v: v + 1, [x], tf.float32), X)
add("too_few", "float32 float32", lambda tf, x, y: x + y, X, raises="ValueError")
add("too_many", "float32", lambda tf, x: x, X, X, raises="ValueError")
add("divides_by_zero", "int32", lambda tf, n: 1 // n, 0, raises="InvalidArgumentError")
add("named", "float32", lambda tf, x: x + 1.0, X, keywords={"func_name": "plus"})
add("noinline", "float32", lambda tf, x: x + 1.0, X, keywords={"noinline": True})

gradient("gradient", "float32", lambda tf, x: x * x * x, X)
gradient("gradient_two", "float32 float32", lambda tf, x, y: x * tf.sin(y), X, X)
gradient("gradient_of_matmul", "float32 float32",
         lambda tf, x, y: tf.matmul(x, y), np.eye(2, dtype=np.float32),
         np.ones((2, 2), np.float32))  # fmt: skip
gradient("gradient_of_reduction", "float32", lambda tf, x: tf.reduce_sum(x * x), X)
gradient("gradient_of_tanh", "float32", lambda tf, x: tf.tanh(x) / 2.0, X)


@table.script()
def captures_a_tensor(tf, sess):
    w = tf.constant(3.0)
    times = defun(tf, tf.float32)(lambda x: x * w)
    x = tf.constant(2.0)
    y = times(x)
    return sess.run([y, *tf.gradients(y, [x, w])])


@table.script()
def captures_a_variable(tf, sess):
    v = tf.Variable(2.0)
    times = defun(tf, tf.float32)(lambda x: x * v)
    x = tf.constant(5.0)
    y = times(x)
    sess.run(v.initializer)
    before = sess.run([y, *tf.gradients(y, [x, v])])
    sess.run(v.assign(10.0))
    return before, sess.run(y)


@table.script()
def calls_a_function(tf, sess):
    inner = defun(tf, tf.float32)(lambda x: x * x)
    outer = defun(tf, tf.float32)(lambda x: inner(x) + inner(x + 1.0))
    x = tf.constant(2.0)
    y = outer(x)
    return sess.run([y, tf.gradients(y, x)[0]])


@table.script()
def python_gradient(tf, sess):
    square = defun(tf, tf.float32, python_grad_func=lambda op, dy: dy * 100.0)(
        lambda x: x * x
    )
    x = tf.constant(2.0)
    y = square(x)
    return sess.run([y, tf.gradients(y, x)[0]])


@table.script()
def function_as_gradient(tf, sess):
    grad = defun(tf, tf.float32, tf.float32, func_name="grad")(lambda x, dy: dy * 7.0)
    square = defun(tf, tf.float32, grad_func=grad)(lambda x: x * x)
    x = tf.constant(2.0)
    y = square(x)
    return sess.run([y, tf.gradients(y, x)[0]])


@table.script()
def trains(tf, sess):
    w = tf.get_variable("w", initializer=0.0)
    model = defun(tf, tf.float32)(lambda x: x * w)
    loss = tf.square(model(tf.constant(2.0)) - 6.0)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    sess.run(tf.global_variables_initializer())
    for _ in range(50):
        sess.run(step)
    return sess.run(w)


@table.script()
def without_types(tf, sess):
    double = defun(tf)(lambda x: x + x)
    return sess.run([double(1.5), double(tf.constant([2, 3]))])


@table.script()
def called_in_a_loop(tf, sess):
    step = defun(tf, tf.int32)(lambda i: i * 2)

    def body(i):
        found = step(i)
        found.set_shape([])
        return found

    return sess.run(tf.while_loop(lambda i: i < 100, body, [3]))
