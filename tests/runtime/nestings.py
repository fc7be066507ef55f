"""Random programs of loops and conditions, to build and to work out by hand.

A program is a list of statements. Each makes a new number from earlier ones, mostly
small integers; blocks of statements nest. `build` makes a graph of one, `work_out` says
what it gives, and `blocks` is how hypothesis makes them.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

MODULUS = 97
Block = list[tuple[Any, ...]]

_index = st.integers(0, 6)
_plain = st.one_of(
    st.tuples(st.just("compute"), st.sampled_from(["+", "-", "*"]), _index, _index),
    st.tuples(st.just("constant"), st.integers(0, 9)),
    st.tuples(st.just("add_to_variable"), st.integers(0, 1), _index),
    st.tuples(st.just("read_variable"), st.integers(0, 1)),
)


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    statement = st.one_of(
        _plain,
        st.tuples(st.just("if"), _index, _index, inner, inner),
        st.tuples(st.just("while"), st.integers(0, 3), _index, inner),
    )
    return st.lists(statement, min_size=1, max_size=4)


blocks: st.SearchStrategy[Block] = st.recursive(
    st.lists(_plain, min_size=1, max_size=3), _nested, max_leaves=12
)


def _pick(values: list[Any], index: int) -> Any:
    return values[index % len(values)]


# -- by hand ---------------------------------------------------------------------------


def work_out(block: Block, values: list[int], variables: list[int]) -> int:
    """The last number of a block; `variables` are changed in place."""
    values = list(values)
    for kind, *rest in block:
        values.append(_STATEMENTS[kind](rest, values, variables))
    return values[-1]


def _compute(rest: Any, values: list[int], variables: list[int]) -> int:
    symbol, i, j = rest
    a, b = _pick(values, i), _pick(values, j)
    return {"+": a + b, "-": a - b, "*": a * b}[symbol] % MODULUS


def _add_to_variable(rest: Any, values: list[int], variables: list[int]) -> int:
    which, i = rest
    variables[which] += _pick(values, i)
    return variables[which]


def _if(rest: Any, values: list[int], variables: list[int]) -> int:
    i, j, then, otherwise = rest
    taken = then if _pick(values, i) < _pick(values, j) else otherwise
    return work_out(taken, values, variables)


def _while(rest: Any, values: list[int], variables: list[int]) -> int:
    count, i, body = rest
    result = _pick(values, i)
    for number in range(count):
        result = work_out(body, [*values, number, result], variables)
    return result


_STATEMENTS = {
    "compute": _compute,
    "constant": lambda rest, values, variables: rest[0],
    "add_to_variable": _add_to_variable,
    "read_variable": lambda rest, values, variables: variables[rest[0]],
    "if": _if,
    "while": _while,
}


# -- as a graph ------------------------------------------------------------------------


def build(tf: Any, block: Block, values: list[Any], variables: list[Any]) -> Any:
    """The last number of a block as a tensor; effects happen in the block's order."""
    values = list(values)
    for kind, *rest in block:
        made = _BUILDERS[kind](tf, rest, values, variables)
        if kind in ("compute", "constant"):
            values.append(made)
            continue
        # What follows waits.
        with tf.control_dependencies([made]):
            values = [tf.identity(v) for v in (*values, made)]
    with tf.control_dependencies(values):
        return tf.identity(values[-1])


def _build_compute(tf: Any, rest: Any, values: list[Any], variables: list[Any]) -> Any:
    symbol, i, j = rest
    a, b = _pick(values, i), _pick(values, j)
    return tf.floormod({"+": a + b, "-": a - b, "*": a * b}[symbol], MODULUS)


def _build_add(tf: Any, rest: Any, values: list[Any], variables: list[Any]) -> Any:
    which, i = rest
    with tf.control_dependencies(values):
        return tf.identity(tf.assign_add(variables[which], _pick(values, i)))


def _build_read(tf: Any, rest: Any, values: list[Any], variables: list[Any]) -> Any:
    with tf.control_dependencies(values):
        return variables[rest[0]].read_value()


def _build_if(tf: Any, rest: Any, values: list[Any], variables: list[Any]) -> Any:
    i, j, then, otherwise = rest
    return tf.cond(
        _pick(values, i) < _pick(values, j),
        lambda: tf.identity(build(tf, then, values, variables)),
        lambda: tf.identity(build(tf, otherwise, values, variables)),
    )


def _build_while(tf: Any, rest: Any, values: list[Any], variables: list[Any]) -> Any:
    count, i, body = rest

    def step(number: Any, result: Any) -> Any:
        result = build(tf, body, [*values, number, result], variables)
        return number + 1, result

    _, result = tf.while_loop(
        lambda number, _: number < count, step, [0, _pick(values, i)]
    )
    return result


_BUILDERS = {
    "compute": _build_compute,
    "constant": lambda tf, rest, values, variables: tf.constant(rest[0]),
    "add_to_variable": _build_add,
    "read_variable": _build_read,
    "if": _build_if,
    "while": _build_while,
}
