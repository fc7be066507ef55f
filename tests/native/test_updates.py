"""Native steps of optimizers against the rules they were traced from."""

import inspect

import numpy as np
import pytest

from interactive_graphs.kernels.native.elementwise import (
    Cluster,
    Operand,
    Store,
    elementwise,
)
from interactive_graphs.kernels.native.traced import (
    Formula,
    UntraceableError,
    both_ways,
)
from interactive_graphs.kernels.native.updates import RULES, VARIABLES, update_of
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)
OPTIONS = {
    "Momentum": [{"use_nesterov": False}, {"use_nesterov": True}],
    "Adagrad": [{"update_slots": True}, {"update_slots": False}],
    "Adam": [{"use_nesterov": False}, {"use_nesterov": True}],
    "Ftrl": [{"multiply_linear_by_lr": False}, {"multiply_linear_by_lr": True}],
    "FtrlV2": [{"multiply_linear_by_lr": False}, {"multiply_linear_by_lr": True}],
}
CASES = [(name, options) for name in RULES for options in OPTIONS.get(name, [{}])]
SCALARS = {
    "lr": 0.05, "alpha": 0.05, "momentum": 0.9, "rho": 0.95, "epsilon": 1e-4,
    "beta1": 0.9, "beta2": 0.999, "beta1_power": 0.729, "beta2_power": 0.997,
    "l1": 0.01, "l2": 0.02, "l2_shrinkage": 0.03, "lr_power": -0.5,
    "sign_decay": 0.7, "beta": 0.8, "logbase": 1.1, "global_step": 7,
}  # fmt: skip
# What may be negative; other slots are sums of squares.
SIGNED = ("var", "grad", "delta", "m", "mg", "mom", "linear", "gradients")
# The rules whose steps have an exponential or a power.
ULPS = {"PowerSign": 16, "Ftrl": 64, "FtrlV2": 64}


def inputs_of(name, options, dtype, shape, changes):
    random = np.random.default_rng(0)
    arrays = []
    names = [n for n in inspect.signature(RULES[name]).parameters if n not in options]
    for place, each in enumerate(names):
        if each == "global_step":
            arrays.append(np.array(7, "int64"))
        elif place < VARIABLES[name] or each in ("grad", "delta"):
            signed, positive = random.normal(size=shape), random.random(shape) + 2
            # The square of a mean is below the mean of the squares.
            x = 0.1 * signed if each == "mg" else signed if each in SIGNED else positive
            arrays.append(x.astype(dtype))
        else:
            arrays.append(np.array(changes.get(each, SCALARS[each]), dtype))
    return names, arrays


def check(target, name, options, dtype, shape, constants=None, **changes):
    names, arrays = inputs_of(name, options, dtype, shape, changes)
    update = update_of(name, shape, dtype, constants, **options)
    count = VARIABLES[name]
    wanted = RULES[name](*arrays, **options)
    outputs = [aligned(shape, dtype) for _ in update.changed]
    routine = elementwise(update.cluster, target)
    for number in range(len(update.changed)):
        assert (len(arrays) + number, update.changed[number]) in routine.in_place
    run(routine, target, arrays, outputs, chunks=2)
    assert len(wanted) == count
    for place, array in enumerate(wanted):
        if place not in update.changed:
            np.testing.assert_array_equal(array, arrays[place])
            continue
        output = outputs[update.changed.index(place)]
        ulps = ULPS.get(name, 0)
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(output, array, rtol=ulps * eps, atol=ulps * eps)
    return names


@TARGETS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_steps(target, name, options, dtype):
    # Powers of float64 are for numpy; a root is no power.
    is_power = name.startswith("Ftrl") and dtype == "float64"
    constants = {"lr_power": -0.5} if is_power else None
    check(target, name, options, dtype, (7, 33), constants)


def test_a_power_of_doubles_is_left_to_numpy():
    with pytest.raises(UntraceableError, match="pow"):
        update_of("Ftrl", (5,), "float64", multiply_linear_by_lr=False)


@pytest.mark.parametrize("name", ["ProximalGradientDescent", "ProximalAdagrad"])
def test_both_ways_of_a_pull(name):
    for l1 in (0.0, 0.5, -0.5):
        check(here(), name, {}, "float32", (50,), l1=l1)


@pytest.mark.parametrize("l1", [0.0, 0.5])
def test_dual_averaging_both_ways(l1):
    check(here(), "AdagradDA", {}, "float32", (50,), l1=l1)


def test_a_known_power_becomes_a_square_root():
    options = {"multiply_linear_by_lr": False}
    check(here(), "Ftrl", options, "float32", (50,), {"lr_power": -0.5})
    update = update_of("Ftrl", (50,), "float32", {"lr_power": -0.5}, **options)
    ops = [value.op for value in update.cluster.values]
    assert "pow" not in ops
    assert ops.count("sqrt") == 2


def test_slots_that_stay_are_no_outputs():
    assert update_of("Adagrad", (5,), "float32", update_slots=False).changed == (0,)
    assert update_of("Adagrad", (5,), "float32", update_slots=True).changed == (0, 1)


def test_both_ways_of_tests_inside_of_tests():
    def rule(x, a, b):
        if a > 0:
            return (x + 1,) if b > a else (x - 1,)
        return (x * 2 if b > 0 else x,)

    formula = Formula()
    x, a, b = (formula.operand("float32") for _ in range(3))
    (result,) = both_ways(rule)(x, a, b)
    count = len(formula.dtypes)

    def number(argument):
        return ~argument if argument < 0 else argument + count

    values = tuple(v._replace(args=tuple(map(number, v.args))) for v in formula.values)
    operands = tuple(Operand("float32", s) for s in ((20,), (), ()))
    stores = (Store(number(formula.number(result))),)
    routine = elementwise(Cluster((20,), operands, values, stores), here())
    given = np.arange(20, dtype="float32")
    for a, b in ((1, 2), (1, 0), (-1, 1), (-1, -1), (np.nan, 1)):
        out = aligned((20,), "float32")
        numbers = [np.array(each, "float32") for each in (a, b)]
        run(routine, here(), [given, *numbers], [out])
        np.testing.assert_array_equal(out, rule(given, *numbers)[0])


def test_elsewhere_a_test_cannot_be_traced():
    x = Formula().operand("float32")
    with pytest.raises(UntraceableError, match="condition"):
        bool(x > 0)
    both_ways(lambda x: (x + 1 if x > 0 else x,))(x)
    with pytest.raises(UntraceableError, match="condition"):
        bool(x > 0)


def test_a_root_is_written_for_the_operator_as_numpy_takes_it():
    x = Formula().operand("float32")
    assert [v.op for v in (x**0.5).formula.values] == ["sqrt"]
    y = Formula().operand("float32")
    assert "pow" in [v.op for v in np.power(y, np.float32(0.5)).formula.values]


def test_every_rule_has_its_variables():
    assert RULES.keys() == VARIABLES.keys()
    for name, options in CASES:
        names, _ = inputs_of(name, options, "float32", (3,), {})
        update = update_of(name, (3,), "float32", **options)
        assert len(update.cluster.operands) == len(names)
        assert max(update.changed) < VARIABLES[name]


def test_not_a_number_and_infinity_pass():
    target = here()
    var, m, v, grad = (np.ones(40, "float32") for _ in range(4))
    grad[:4] = np.nan, np.inf, -np.inf, 1e-42
    options = {"use_nesterov": False}
    names, arrays = inputs_of("Adam", options, "float32", (40,), {})
    arrays = [
        {"var": var, "m": m, "v": v, "grad": grad}.get(each, array)
        for each, array in zip(names, arrays, strict=True)
    ]
    outputs = [aligned((40,), "float32") for _ in range(3)]
    routine = elementwise(
        update_of("Adam", (40,), "float32", **options).cluster, target
    )
    run(routine, target, arrays, outputs)
    with np.errstate(all="ignore"):
        wanted = RULES["Adam"](*arrays, **options)
    for output, array in zip(outputs, wanted, strict=True):
        np.testing.assert_array_equal(output, array)


DECAYING = {
    "Momentum": ("accum",), "Adadelta": ("accum", "accum_update"),
    "RMSProp": ("ms", "mom"), "CenteredRMSProp": ("ms", "mg", "mom"),
    "Adam": ("m", "v"), "AdaMax": ("m", "v"), "AddSign": ("m",), "PowerSign": ("m",),
}  # fmt: skip


@TARGETS
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DECAYING)
def test_averages_that_have_decayed_are_nothing(target, name, dtype):
    options = OPTIONS.get(name, [{}])[0]
    names, arrays = inputs_of(name, options, dtype, (40,), {})
    least = np.finfo(dtype).tiny
    for each, array in zip(names, arrays, strict=True):
        if each in ("grad", *DECAYING[name]):
            array[:] = 0
        if each in DECAYING[name]:
            signs = np.where(np.arange(20) % 2, 1, -1 if each in SIGNED else 1)
            array[:20] = signs * least * np.linspace(0.1, 0.9, 20)
            array[20:23] = np.nan, np.inf, 1
    with np.errstate(all="ignore"):
        wanted = RULES[name](*arrays, **options)
    update = update_of(name, (40,), dtype, **options)
    outputs = [aligned((40,), dtype) for _ in update.changed]
    run(elementwise(update.cluster, target), target, arrays, outputs)
    for place, output in zip(update.changed, outputs, strict=True):
        slot = wanted[place]
        if names[place] in DECAYING[name]:
            np.testing.assert_array_equal(slot[:20], 0)
            assert not np.isfinite(slot[20:22]).any()
            assert slot[22] != 0
            np.testing.assert_array_equal(output, slot)
