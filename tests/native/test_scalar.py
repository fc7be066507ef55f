"""Programs of scalars against the ops' own kernels: chains, branches, loops."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.native.clusters import Cluster, Operand, Store, Value
from interactive_graphs.kernels.native.scalar import (
    FINISHED,
    GIVEN_UP,
    UNFINISHED,
    Branch,
    Loop,
    Program,
    dtypes_of,
    may_give_up,
    scalar,
    scalar_loop,
    supports,
)
from interactive_graphs.kernels.native.target import Target
from tests.native.clusters import clusters, evaluate
from tests.native.running import here, run, runnable

TARGETS = runnable()


def native(
    program: Program,
    inputs: Sequence[Any],
    target: Target | None = None,
    turns: int = 1000,
) -> tuple[list[Any], int]:
    """The outputs and the status of a program."""
    target = target or here()
    arrays = [np.array(x, d) for x, d in zip(inputs, program.inputs, strict=True)]
    dtypes = dtypes_of(program)
    outputs = [np.zeros((), dtypes[number]) for number in program.outputs]
    status = np.zeros((), np.int32)
    all_outputs = [*outputs, status] if may_give_up(program) else outputs
    run(scalar(program, target, turns), target, arrays, all_outputs)
    return [out[()] for out in outputs], int(status)


def loop(
    loop: Loop, dtypes: Sequence[str], inputs: Sequence[Any], turns: int = 1000
) -> tuple[list[Any], int]:
    """The variables and the status after one call."""
    arrays = [np.array(x, d) for x, d in zip(inputs, dtypes, strict=True)]
    status = np.full((), -1, np.int32)
    outputs = [np.zeros_like(array) for array in arrays]
    routine = scalar_loop(loop, dtypes, here(), turns)
    run(routine, here(), arrays, [*outputs, status])
    return [out[()] for out in outputs], int(status)


def constant(number: Any, dtype: str = "int32") -> Value:
    return Value("constant", (), dtype, number)


INTS = ("int32", "int32")
BELOW = Program(INTS, (Value("less", (0, 1), "bool"),), (2,))
PLUS_ONE = Program(INTS, (constant(1), Value("add", (0, 2), "int32")), (3, 1))
COUNT = Loop((0, 1), BELOW, PLUS_ONE)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@settings(max_examples=40, deadline=None)
@given(cluster=clusters(), seed=st.integers(0, 99))
def test_chains_are_what_their_operations_are(target, cluster, seed):
    operands = tuple(Operand(o.dtype, ()) for o in cluster.operands)
    cluster = Cluster((), operands, cluster.values, (Store(0),))
    rng = np.random.default_rng(seed)
    arrays = [np.array(rng.integers(-9, 9) / 4).astype(o.dtype) for o in operands]
    count = len(operands) + len(cluster.values)
    program = Program(
        tuple(o.dtype for o in operands), cluster.values, tuple(range(count))
    )
    results, _ = native(program, arrays, target)
    for result, wanted in zip(results, evaluate(cluster, arrays), strict=True):
        np.testing.assert_array_equal(result, wanted)
        assert result.dtype == wanted.dtype


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
def test_functions_in_long_chains(target):
    x = np.float32(1.3)
    steps: list[Value] = []
    wanted, last = np.float64(x), 0
    for _ in range(100):
        steps += [
            Value("sin", (last,), "float32"),
            Value("multiply", (len(steps) + 1, 0), "float32"),
        ]
        last = len(steps)
        wanted = np.sin(wanted) * x
    program = Program(("float32",), tuple(steps), (last,))
    assert not may_give_up(program)
    ((result,), status) = native(program, [x], target)
    assert result == pytest.approx(wanted, rel=1e-5)
    assert status == FINISHED


def test_a_loop_that_ends():
    assert loop(COUNT, INTS, [0, 10]) == ([10, 10], FINISHED)


def test_a_loop_that_never_begins():
    assert loop(COUNT, INTS, [12, 10]) == ([12, 10], FINISHED)


def test_a_loop_is_gone_on_with():
    state, status, calls = [0, 250], UNFINISHED, 0
    while status == UNFINISHED:
        state, status = loop(COUNT, INTS, state, turns=100)
        calls += 1
    assert (state, status, calls) == ([250, 250], FINISHED, 3)


def test_a_loop_of_exactly_its_turns_ends():
    assert loop(COUNT, INTS, [0, 100], turns=100) == ([100, 100], FINISHED)


def test_integers_wrap_in_loops():
    doubled = Program(("int32",), (Value("add", (0, 0), "int32"),), (1,))
    positive = Program(
        ("int32",), (constant(0), Value("greater", (0, 1), "bool")), (2,)
    )
    (result,), status = loop(Loop((0,), positive, doubled), ["int32"], [3])
    assert (result, status) == (-(2**30), FINISHED)


def gcd() -> Program:
    nonzero = Program(INTS, (constant(0), Value("not_equal", (1, 2), "bool")), (3,))
    step = Program(INTS, (Value("floor_mod", (0, 1), "int32"),), (1, 2))
    return Program(INTS, (Loop((0, 1), nonzero, step),), (2,))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_loop_in_a_program(a, b):
    assert native(gcd(), [a, b]) == ([np.gcd(a, b)], FINISHED)


def test_a_loop_in_a_program_is_given_up_after_its_turns():
    assert native(gcd(), [832040, 514229], turns=5)[1] == GIVEN_UP
    assert native(gcd(), [832040, 514229], turns=50) == ([1], FINISHED)


NESTED = Loop(
    (0, 1),
    BELOW,
    # i, n: count from 0 to n, too, and then i + 1.
    Program(
        INTS,
        (
            constant(0),
            COUNT._replace(args=(2, 1)),
            constant(1),
            Value("add", (0, 5), "int32"),
        ),
        (6, 1),
    ),
)


def test_inner_loops_take_turns_too():
    state, status = loop(NESTED, INTS, [0, 10], turns=50)
    assert status == UNFINISHED
    assert 0 < state[0] < 10
    for _ in range(10):
        state, status = loop(NESTED, INTS, state, turns=50)
        if status == FINISHED:
            break
    assert (state, status) == ([10, 10], FINISHED)


def test_a_loop_whose_turn_takes_too_long_is_given_up_and_nothing_changes():
    assert loop(NESTED, INTS, [3, 100], turns=50) == ([3, 100], GIVEN_UP)


DIVISIONS = [
    (op, x, y)
    for op in ("floor_divide", "floor_mod", "truncate_divide", "truncate_mod")
    for x in (7, -7, 0, -(2**31))
    for y in (2, -2, 1, -1, 3, -3)
]


@pytest.mark.parametrize(("op", "x", "y"), DIVISIONS)
def test_integers_are_divided(op, x, y):
    assert supports(op, INTS, "int32")
    values = (Value(op, (0, 1), "int32"),)
    result, status = native(Program(INTS, values, (2,)), [x, y])
    cluster = Cluster((), (Operand("int32", ()),) * 2, values, ())
    wanted = evaluate(cluster, [np.array(x, "int32"), np.array(y, "int32")])[-1]
    assert (result, status) == ([wanted], FINISHED)


def test_integers_over_zero_are_given_up():
    program = Program(INTS, (Value("floor_divide", (0, 1), "int32"),), (2,))
    assert native(program, [5, 0])[1] == GIVEN_UP


def test_integers_over_zero_in_a_loop_leave_the_turn_before():
    # n, d: n // d and d - 1, as long as n is positive.
    positive = Program(INTS, (constant(0), Value("greater", (0, 2), "bool")), (3,))
    step = Program(
        INTS,
        (
            Value("floor_divide", (0, 1), "int32"),
            constant(1),
            Value("subtract", (1, 3), "int32"),
        ),
        (2, 4),
    )
    divide = Loop((0, 1), positive, step)
    state, status = loop(divide, INTS, [100, 3])
    assert (state, status) == ([16, 0], UNFINISHED)
    assert loop(divide, INTS, state) == ([16, 0], GIVEN_UP)


def collatz() -> Loop:
    two, three = constant(2, "int64"), constant(3, "int64")
    halve = Program(("int64",), (two, Value("floor_divide", (0, 1), "int64")), (2,))
    triple = Program(
        ("int64",),
        (
            three,
            Value("multiply", (0, 1), "int64"),
            constant(1, "int64"),
            Value("add", (2, 3), "int64"),
        ),
        (4,),
    )
    body = Program(
        ("int64", "int32"),
        (
            two,
            Value("floor_mod", (0, 2), "int64"),
            constant(0, "int64"),
            Value("equal", (3, 4), "bool"),
            Branch(5, (0,), halve, triple),
            constant(1),
            Value("add", (1, 7), "int32"),
        ),
        (6, 8),
    )
    above_one = Program(
        ("int64", "int32"),
        (constant(1, "int64"), Value("greater", (0, 2), "bool")),
        (3,),
    )
    return Loop((0, 1), above_one, body)


@pytest.mark.parametrize("start", [1, 6, 27, 97])
def test_branches_in_loops(start):
    n, steps = start, 0
    while n > 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    assert loop(collatz(), ["int64", "int32"], [start, 0]) == ([1, steps], FINISHED)


def test_bools_are_variables_of_loops():
    # A flag that stays true for one turn.
    keep = Program(("bool",), (), (0,))
    turn = Program(("bool",), (Value("logical_not", (0,), "bool"),), (1,))
    assert loop(Loop((0,), keep, turn), ["bool"], [True]) == ([False], FINISHED)


def test_only_what_may_be_given_up_has_a_status():
    divide = Value("floor_divide", (0, 1), "int32")
    assert may_give_up(Program(INTS, (divide,), (2,)))
    by_two = (constant(2), Value("floor_divide", (0, 2), "int32"))
    assert not may_give_up(Program(INTS, by_two, (3,)))
    by_zero = (constant(0), Value("floor_divide", (0, 2), "int32"))
    assert may_give_up(Program(INTS, by_zero, (3,)))
    assert may_give_up(gcd())
    halves = Program(("float32",), (Value("divide", (0, 0), "float32"),), (1,))
    assert not may_give_up(halves)
    inner = Program(
        ("int32", "int32", "bool"), (Branch(2, (0, 1), gcd(), gcd()),), (3,)
    )
    assert may_give_up(inner)
    assert native(inner, [12, 18, True]) == ([6], FINISHED)
