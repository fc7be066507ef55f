"""The text of native functions: loops, branches, whole numbers, tables."""

import numpy as np
import pytest

from interactive_graphs.kernels.native import target as targets
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.ir import Function, constant_text
from interactive_graphs.kernels.native.routine import Kernel
from tests.native import running


def function(arguments=1):
    return Function(running.here(), arguments)


def store(f, value, place=0, pointer=None):
    """Writes an i64 to an element of the last argument."""
    pointer = pointer or f.arguments[-1]
    f.do(f"store i64 {value}, ptr {f.address(pointer, place, 'int64')}, align 8")


def load(f, pointer, place):
    return f.value(f"load i64, ptr {f.address(pointer, place, 'int64')}, align 8")


def results(f, count=1, inputs=(), units=1):
    out = np.full(count, -77, np.int64)
    kernel = Kernel("test", f.text(), units, 1.0)
    routine = running.single(kernel, len(inputs) + 1)
    running.run(routine, f.target, inputs, [out])
    return out.tolist()


def add_up(f):
    return lambda i, carried: [f.add(carried[0], i)]


@pytest.mark.parametrize(
    ("begin", "end", "step"),
    [(0, 10, 1), (3, 4, 1), (5, 5, 1), (7, 2, 1), (0, 10, 3), (-4, 5, 2), (0, 3, 8)],
)
def test_loop_turns_as_range_does(begin, end, step):
    f = function()
    (total,) = f.loop(begin, end, add_up(f), [("i64", "100")], step)
    store(f, total)
    assert results(f) == [100 + sum(range(begin, end, step))]


@pytest.mark.parametrize(("begin", "end"), [(0, 10), (4, 4), (9, 3), (-3, 2)])
def test_loop_over_bounds_that_only_the_run_knows(begin, end):
    f = function(2)
    bounds = f.arguments[0]
    low, high = load(f, bounds, 0), load(f, bounds, 1)
    (total,) = f.loop(low, high, add_up(f), [("i64", "100")])
    store(f, total)
    out = results(f, inputs=[np.array([begin, end])])
    assert out == [100 + sum(range(begin, end))]


def test_a_loop_of_one_turn_is_written_straight():
    f = function()
    seen = []
    f.loop(5, 6, lambda i, _: seen.append(i))
    f.loop(0, 8, lambda i, _: seen.append(i), step=8)
    assert seen == ["5", "0"]
    assert "phi" not in f.text()


def test_loops_stand_in_loops_and_carry_through_both():
    f = function()

    def rows(i, carried):
        def columns(j, carried):
            turns = f.add(carried[0], 1)
            return [turns, f.add(carried[1], f.multiply(i, j))]

        return f.loop(0, 7, columns, [("i64", v) for v in carried])

    turns, total = f.loop(0, 5, rows, [("i64", "0"), ("i64", "0")])
    store(f, turns)
    store(f, total, 1)
    assert results(f, 2) == [35, sum(i * j for i in range(5) for j in range(7))]


def test_a_body_must_give_what_is_carried():
    f = function()
    with pytest.raises(ValueError, match="zip"):
        f.loop(0, 9, lambda i, c: [], [("i64", "0")])


def test_loop_while_asks_before_each_turn():
    f = function()
    below = f.loop_while(
        lambda c: f.value(f"icmp slt i64 {c[0]}, 1000"),
        lambda c: [f.multiply(c[0], 3), f.add(c[1], 1)],
        [("i64", "1"), ("i64", "0")],
    )
    never = f.loop_while(
        lambda c: f.value(f"icmp slt i64 {c[0]}, 0"),
        lambda c: [f.add(c[0], 1)],
        [("i64", "5")],
    )
    for place, value in enumerate([*below, *never]):
        store(f, value, place)
    assert results(f, 3) == [2187, 7, 5]


@pytest.mark.parametrize("number", [3, 9])
def test_when_takes_one_branch(number):
    f = function(2)
    value = load(f, f.arguments[0], 0)
    small = f.value(f"icmp slt i64 {value}, 5")
    (chosen,) = f.when(
        small, lambda: [f.add(value, 100)], lambda: [f.multiply(value, 2)], ["i64"]
    )
    store(f, chosen)
    f.when(small, lambda: store(f, 1, 1))
    f.when(small, lambda: None, lambda: store(f, 2, 1))
    assert results(f, 2, [np.array([number])]) == ([103, 1] if number < 5 else [18, 2])


def test_branches_and_loops_mix():
    f = function()

    def body(i, carried):
        odd = f.value(f"icmp eq i64 {f.remainder(i, 2)}, 1")
        return f.when(
            odd,
            lambda: f.loop(0, i, add_up(f), [("i64", carried[0])]),
            lambda: [carried[0]],
            ["i64"],
        )

    (total,) = f.loop(0, 9, body, [("i64", "0")])
    store(f, total)
    assert results(f) == [sum(sum(range(i)) for i in range(9) if i % 2)]


NUMBERS = [(7, 3), (-7, 3), (0, 5), (1, 9), (6, 0), (6, 1)]


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "smaller", "larger"])
@pytest.mark.parametrize(("a", "b"), NUMBERS)
def test_whole_numbers_fold_to_what_the_processor_computes(name, a, b):
    f = function(2)
    left, right = (load(f, f.arguments[0], place) for place in (0, 1))
    method = getattr(f, name)
    folded = method(a, str(b))
    store(f, method(left, right), 0)
    store(f, method(left, b), 1)
    store(f, method(a, right), 2)
    assert results(f, 3, [np.array([a, b])]) == [int(folded)] * 3


def test_divide_and_remainder_of_known_and_unknown():
    f = function(2)
    value = load(f, f.arguments[0], 0)
    for place, divisor in enumerate([1, 4, 7]):
        store(f, f.divide(value, divisor), 2 * place)
        store(f, f.remainder(value, divisor), 2 * place + 1)
    expected = [n for divisor in (1, 4, 7) for n in divmod(45, divisor)]
    assert results(f, 6, [np.array([45])]) == expected
    assert (f.divide(45, 7), f.remainder("45", 7)) == ("6", "3")


def test_index_sums_products_and_folds():
    f = function(2)
    value = load(f, f.arguments[0], 0)
    store(f, f.index([(value, 10), (3, 100), (value, 0), ("2", 1000)], offset=7))
    assert results(f, 1, [np.array([4])]) == [40 + 300 + 2000 + 7]
    assert f.index([(2, 3), ("4", 5)], 1) == "27"
    assert f.index([]) == "0"


def test_units_come_as_begin_and_end():
    f = function()
    f.loop(f.begin, f.end, lambda i, _: store(f, f.multiply(i, i), i))
    out = np.zeros(10, np.int64)
    kernel = Kernel("squares", f.text(), 10, 1.0)
    running.run(running.single(kernel, 1), f.target, [], [out], chunks=4)
    assert out.tolist() == [i * i for i in range(10)]


def test_tables_stack_and_scratch_are_memory():
    f = function()
    table = f.table("int64", [5, -6, 7])
    same_numbers = f.table("int64", [5, -6, 7])
    assert table != same_numbers
    for pointer in (f.stack(64), f.scratch):
        store(f, load(f, table, 1), 3, pointer)
        store(f, load(f, pointer, 3))
    routine = running.single(Kernel("test", f.text(), 1, 1.0, scratch=64), 1)
    out = np.zeros(1, np.int64)
    running.run(routine, f.target, [], [out])
    assert out.tolist() == [-6]


@pytest.mark.parametrize(
    ("dtype", "number", "text"),
    [
        ("float32", 0.1, "0x3FB99999A0000000"),
        ("float32", 1e300, "0x7FF0000000000000"),
        ("float64", -0.0, "0x8000000000000000"),
        ("float64", float("inf"), "0x7FF0000000000000"),
        ("float16", 1.5, "0xH3E00"),
        ("bfloat16", 1.5, "0xR3FC0"),
        ("bfloat16", float("nan"), "0xR7FC0"),
        ("int8", 200, "-56"),
        ("uint8", -1, "-1"),
        ("int64", 2**63 - 1, "9223372036854775807"),
        ("uint64", 2**64 - 1, "-1"),
        ("bool", 5, "1"),
    ],
)
def test_constants_are_exact(dtype, number, text):
    assert constant_text(dtype, number) == text


def test_bfloat16_constants_round_to_even():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    generator = np.random.default_rng(3)
    for number in generator.standard_normal(200) * 10.0 ** np.linspace(-37, 37, 200):
        bits = np.float32(number).astype(ml_dtypes.bfloat16).view(np.uint16)
        assert constant_text("bfloat16", np.float32(number)) == f"0xR{bits:04X}"


@pytest.mark.parametrize("name", ["avx512", "avx2", "aarch64", "generic"])
def test_every_family_gets_machine_code(name):
    if targets.available():
        pytest.skip(targets.available())
    f = Function(targets.named(name), 2)
    f.loop(f.begin, f.end, lambda i, _: store(f, f.smaller(i, 3), i))
    assert object_code(Kernel("test", f.text(), 4, 1.0), f.target)[:4] == b"\x7fELF"


def test_families_have_names():
    assert targets.named("avx512").lanes("float32") == 16
    assert targets.named("avx2").lanes("float64") == 4
    assert targets.named("aarch64").lanes("bfloat16") == 8
    with pytest.raises(ValueError, match=r"'sse'; there are avx512, avx2"):
        targets.named("sse")
