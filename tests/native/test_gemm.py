"""Products of all forms against numpy in float64, within the bound they promise."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from interactive_graphs.kernels.native import gemm_dots, gemm_epilogue, gemm_tiling
from interactive_graphs.kernels.native.clusters import Operand, Value
from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.gemm import Epilogue, gemm
from interactive_graphs.kernels.native.target import named
from tests.native.running import aligned, here, run, runnable

TARGETS = pytest.mark.parametrize("target", runnable(), ids=lambda target: target.name)


def factors(m, n, k, ta, tb, dtype, batch=(), a_batch=None, b_batch=None, seed=0):
    random = np.random.default_rng(seed)
    a_batch = batch if a_batch is None else a_batch
    b_batch = batch if b_batch is None else b_batch
    a = random.normal(size=(*a_batch, k, m) if ta else (*a_batch, m, k)) * 4
    b = random.normal(size=(*b_batch, n, k) if tb else (*b_batch, k, n)) * 4
    return a.astype(dtype), b.astype(dtype)


def truth(a, b, ta, tb):
    """The product in float64, and how far from it one may be."""
    a = np.swapaxes(a, -1, -2) if ta else a
    b = np.swapaxes(b, -1, -2) if tb else b
    if a.dtype.kind == "i":
        return np.matmul(a, b), 0
    eps = np.finfo(a.dtype).eps
    a, b = a.astype("longdouble"), b.astype("longdouble")
    return np.matmul(a, b), a.shape[-1] * eps * np.matmul(abs(a), abs(b))


def check(target, m, n, k, ta=False, tb=False, dtype="float32", chunks=3, **batch):
    a, b = factors(m, n, k, ta, tb, dtype, **batch)
    routine = gemm(
        m, n, k, target=target, dtype=dtype, transpose_a=ta, transpose_b=tb, **batch
    )
    wanted, bound = truth(a, b, ta, tb)
    c = aligned((*batch.get("batch", ()), m, n), dtype)
    run(routine, target, [a, b], [c], chunks)
    assert (abs(c - wanted) <= bound).all()
    return c


FORMS = pytest.mark.parametrize(
    ("ta", "tb"), [(False, False), (True, False), (False, True), (True, True)]
)


@TARGETS
@FORMS
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
@pytest.mark.parametrize(
    "sizes",
    [
        (1, 1, 1), (5, 1, 3), (1, 7, 2), (100, 10, 64), (33, 17, 300),
        (70, 90, 5), (1, 70, 129), (70, 1, 129), (3, 130, 66), (14, 33, 16),
    ],
)  # fmt: skip
def test_sizes(target, ta, tb, dtype, sizes):
    check(target, *sizes, ta, tb, dtype)


@FORMS
@pytest.mark.parametrize(
    "sizes", [(100, 256, 784), (300, 200, 512), (8, 40, 5000), (16, 16, 9001)]
)
def test_sizes_that_are_packed_or_cut_into_slices(ta, tb, sizes):
    check(here(), *sizes, ta, tb)


@pytest.mark.parametrize("ta", [False, True])
def test_a_batch_that_is_packed(ta):
    target = here()
    check(target, 201, 70, 512, ta=ta, batch=(3,), chunks=5)
    check(target, 201, 70, 515, ta=True, batch=(2, 2), a_batch=(2, 1))


def test_every_way_of_computing_occurs_in_these_tests():
    target = here()

    def product(m, n, k, ta=False, tb=False):
        none = gemm_tiling.Epilogue()
        return gemm_tiling.Product(m, n, k, "float32", ta, tb, (), (), (), none)

    def plan(*sizes, **options):
        return gemm_tiling.plan(product(*sizes, **options), target)

    assert plan(300, 200, 512, ta=True).packs_a
    assert plan(100, 256, 784).packs_b
    assert not plan(8, 40, 5000).packs_b
    assert plan(16, 16, 9001, ta=True).slices > 1
    assert plan(2000, 20, 300).groups > 1
    assert gemm_dots.suits(product(100, 3, 64), target)
    assert not gemm_dots.suits(product(100, 256, 784), target)
    assert gemm_tiling.suits_turned(product(4000, 3, 300, ta=True), target)
    assert not gemm_tiling.suits_turned(product(4000, 20, 300, ta=True), target)


@TARGETS
@pytest.mark.parametrize("tb", [False, True])
def test_many_rows_and_few_columns(target, tb):
    check(target, 2000, 20, 300, tb=tb)
    for columns in range(1, 17):
        check(target, 70, columns, 40, ta=True, tb=tb)
    check(target, 200, 3, 9000, ta=True, tb=tb)
    check(target, 33, 5, 20, ta=True, tb=tb, batch=(2, 3), b_batch=(3,))


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(*[st.integers(0, 70)] * 3),
    ta=st.booleans(),
    tb=st.booleans(),
    chunks=st.integers(1, 5),
)
def test_any_size(sizes, ta, tb, chunks):
    check(here(), *sizes, ta, tb, chunks=chunks)


@pytest.mark.parametrize("sizes", [(0, 3, 2), (3, 0, 2), (0, 0, 0)])
def test_nothing_to_store(sizes):
    routine = gemm(*sizes, target=here())
    assert routine.kernels == ()
    assert routine.args == ()


def test_an_empty_sum_is_zero_and_has_its_epilogue():
    target = here()
    plus_one = Epilogue(
        values=(
            Value("constant", (), "float32", 1.0),
            Value("add", (0, 1), "float32"),
        ),
        outputs=(2,),
    )
    for epilogue, value in ((None, 0), (plus_one, 1)):
        out = aligned((5, 20), "float32")
        routine = gemm(5, 20, 0, target=target, epilogue=epilogue)
        empty = np.zeros((5, 0), "float32"), np.zeros((0, 20), "float32")
        run(routine, target, empty, [out])
        np.testing.assert_array_equal(out, value)


@TARGETS
@FORMS
def test_batches_broadcast(target, ta, tb):
    for a_batch, b_batch in [
        ((3, 2), (3, 2)),
        ((2,), (3, 1)),
        ((), (3, 2)),
        ((3, 1), ()),
    ]:
        batches = {"batch": (3, 2), "a_batch": a_batch, "b_batch": b_batch}
        check(target, 9, 20, 33, ta, tb, **batches)
        check(target, 40, 3, 64, ta, tb, **batches)


def test_a_batch_with_one_b_is_one_product():
    check(here(), 50, 40, 30, batch=(8,), b_batch=())
    routine = gemm(50, 40, 30, target=here(), batch=(8,), b_batch=())
    assert routine.kernels[0].name == "gemm_400x40x30"


# -- epilogues -------------------------------------------------------------------------

BIAS_RELU = Epilogue(
    (Operand("float32", (40,)),),
    (Value("add", (0, 1), "float32"), Value("relu", (2,), "float32")),
    outputs=(3,),
)


@TARGETS
@pytest.mark.parametrize(("k", "ta"), [(30, False), (30, True), (9000, False)])
def test_bias_and_relu(target, k, ta):
    a, b = factors(50, 40, k, ta, False, "float32")
    bias = np.random.default_rng(1).normal(size=40).astype("float32")
    out = aligned((50, 40), "float32")
    options = {"target": target, "transpose_a": ta}
    run(gemm(50, 40, k, **options, epilogue=BIAS_RELU), target, [a, b, bias], [out])
    plain = aligned((50, 40), "float32")
    run(gemm(50, 40, k, **options), target, [a, b], [plain])
    np.testing.assert_array_equal(out, np.maximum(plain + bias, 0))


def test_not_a_number_passes_through():
    a, b = factors(50, 40, 30, False, False, "float32")
    a[3, 4], b[5, 6] = np.nan, np.inf
    out = aligned((50, 40), "float32")
    target = here()
    routine = gemm(50, 40, 30, target=target, epilogue=BIAS_RELU)
    run(routine, target, [a, b, np.zeros(40, "float32")], [out])
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(np.isnan(out), np.isnan(a @ b))
        np.testing.assert_array_equal(np.isinf(out), a @ b == np.inf)


@TARGETS
@pytest.mark.parametrize("ta", [False, True])
@pytest.mark.parametrize("sizes", [(50, 40, 30), (50, 7, 80), (1, 40, 9000)])
def test_operands_of_all_shapes_and_dtypes(target, sizes, ta):
    m, n, k = sizes
    a, b = factors(m, n, k, ta, False, "float32")
    random = np.random.default_rng(2)
    mask = random.random((m, n)) < 0.5
    column = random.normal(size=(m, 1)).astype("float32")
    row = random.normal(size=(1, n)).astype("float32")
    scalar = np.array(-0.5, "float32")
    arrays = [mask, column, row, scalar]
    epilogue = Epilogue(
        tuple(Operand(str(array.dtype), array.shape) for array in arrays),
        (
            Value("multiply", (0, 4), "float32"),
            Value("add", (5, 2), "float32"),
            Value("select", (1, 6, 3), "float32"),
            Value("greater", (7, 5), "bool"),
            Value("cast", (7,), "float64"),
        ),
        outputs=(7, 8, 9, 0),
    )
    outputs = [aligned((m, n), d) for d in ("float32", "bool", "float64", "float32")]
    routine = gemm(m, n, k, target=target, transpose_a=ta, epilogue=epilogue)
    run(routine, target, [a, b, *arrays], outputs)
    scaled = outputs[3] * scalar
    wanted = np.where(mask, scaled + column, row)
    np.testing.assert_array_equal(outputs[0], wanted)
    np.testing.assert_array_equal(outputs[1], wanted > scaled)
    np.testing.assert_array_equal(outputs[2], wanted.astype("float64"))


def test_a_batch_with_operands():
    a, b = factors(20, 30, 10, False, False, "float32", batch=(4,))
    each = np.random.default_rng(3).normal(size=(4, 1, 30)).astype("float32")
    epilogue = Epilogue(
        (Operand("float32", each.shape),), (Value("add", (0, 1), "float32"),), (2,)
    )
    out, plain = aligned((4, 20, 30), "float32"), aligned((4, 20, 30), "float32")
    target = here()
    routine = gemm(20, 30, 10, target=target, batch=(4,), epilogue=epilogue)
    run(routine, target, [a, b, each], [out])
    run(gemm(20, 30, 10, target=target, batch=(4,)), target, [a, b], [plain])
    np.testing.assert_array_equal(out, plain + each)


@TARGETS
@pytest.mark.parametrize(
    ("m", "n", "k", "ta"),
    [(50, 40, 30, False), (50, 7, 80, False), (50, 7, 80, True), (20, 30, 9000, False)],
)
def test_results_with_gaps_between_their_rows(target, m, n, k, ta):
    a, b = factors(m, n, k, ta, False, "float32")
    values = (Value("negative", (0,), "float32"),)
    plain = [aligned((m, n), "float32") for _ in range(2)]
    options = {"target": target, "transpose_a": ta}
    routine = gemm(m, n, k, **options, epilogue=Epilogue((), values, (0, 1)))
    run(routine, target, [a, b], plain)
    wide, narrow = aligned((m, n + 11), "float32"), aligned((m, n), "float32")
    wide[:] = 7
    epilogue = Epilogue((), values, (0, 1), steps=(n + 11, n))
    routine = gemm(m, n, k, **options, epilogue=epilogue)
    run(routine, target, [a, b], [wide.reshape(-1)[4:], narrow])
    np.testing.assert_array_equal(wide[:, 4 : n + 4], plain[0])
    np.testing.assert_array_equal(narrow, plain[1])
    wide[:, 4 : n + 4] = 7
    assert (wide == 7).all()


@pytest.mark.parametrize("k", [100, 9000])
def test_a_step_of_gradient_descent_in_place(k):
    """weights - rate * (A.T @ B), with the weights where they were."""
    target = here()
    a, b = factors(64, 40, k, True, False, "float32")
    weights = aligned((64, 40), "float32")
    weights[:] = np.random.default_rng(4).normal(size=(64, 40))
    rate = np.array(0.01, "float32")
    step = Epilogue(
        (Operand("float32", (64, 40)), Operand("float32", ())),
        (
            Value("multiply", (2, 0), "float32"),
            Value("subtract", (1, 3), "float32"),
        ),
        outputs=(4,),
    )
    routine = gemm(64, 40, k, target=target, transpose_a=True, epilogue=step)
    assert routine.in_place == {(4, 2)}
    plain = aligned((64, 40), "float32")
    run(gemm(64, 40, k, target=target, transpose_a=True), target, [a, b], [plain])
    wanted = weights - rate * plain
    run(routine, target, [a, b, weights, rate], [weights], chunks=3)
    np.testing.assert_array_equal(weights, wanted)


# -- promises --------------------------------------------------------------------------


@TARGETS
@pytest.mark.parametrize(
    "sizes", [(30, 40, 90), (37, 53, 100), (5, 33, 64), (64, 20, 99)]
)
@pytest.mark.parametrize("batch", [(), (3,)])
def test_what_lies_far_is_fetched_and_changes_nothing(
    target, sizes, batch, monkeypatch
):
    m, n, k = sizes
    shape = (*batch, m, n)
    step = Epilogue(
        (Operand("float32", shape), Operand("float64", shape)),
        (Value("cast", (0,), "float64"), Value("add", (2, 3), "float64"),
         Value("subtract", (1, 0), "float32")),
        outputs=(5, 4),
    )  # fmt: skip
    a, b = factors(m, n, k, False, False, "float32", batch)
    old = [np.full(shape, 2.0, "float32"), np.full(shape, 3.0)]
    results = []
    for far in (1 << 30, 0):
        monkeypatch.setattr(gemm_epilogue, "FAR", far)
        routine = gemm(m, n, k, target=target, batch=batch, epilogue=step)
        fetches = any("llvm.prefetch" in kernel.text for kernel in routine.kernels)
        assert fetches == (far == 0)
        outputs = [aligned(shape, "float32"), aligned(shape, "float64")]
        run(routine, target, [a, b, *old], outputs)
        results.append(outputs)
    for plain, fetched in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, fetched)
    wanted, bound = truth(a, b, False, False)
    assert (abs(results[1][1] - 3 - wanted) <= bound + 1e-12).all()


def test_results_do_not_depend_on_chunks():
    for sizes in ((100, 70, 784), (5, 3, 9000), (200, 1, 500)):
        results = [check(here(), *sizes, chunks=chunks) for chunks in (1, 2, 7)]
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])


def test_arrays_need_only_be_aligned_to_an_element():
    target = here()
    a, b = factors(33, 45, 70, False, True, "float32")
    arrays = [aligned(x.shape, "float32", offset=4) for x in (a, b)]
    for array, values in zip(arrays, (a, b), strict=True):
        array[:] = values
    out = aligned((33, 45), "float32", offset=12)
    run(gemm(33, 45, 70, target=target, transpose_b=True), target, arrays, [out])
    wanted, bound = truth(a, b, False, True)
    assert (abs(out - wanted) <= bound).all()


@pytest.mark.parametrize("form", [(False, False), (True, True)])
def test_nothing_is_read_or_written_outside(form):
    """Guards of NaN around the factors, of a pattern around the product."""
    target = here()
    for m, n, k in [(13, 37, 65), (50, 10, 70), (29, 3, 200), (70, 70, 33)]:
        a, b = factors(m, n, k, *form, "float32")
        guarded = []
        for x in (a, b):
            wide = np.full(x.size + 128, np.nan, "float32")
            wide[64 : 64 + x.size] = x.ravel()
            guarded.append(wide[64 : 64 + x.size].reshape(x.shape))
        out = np.full(m * n + 128, 7.0, "float32")
        inner = out[64 : 64 + m * n].reshape(m, n)
        ta, tb = form
        routine = gemm(m, n, k, target=target, transpose_a=ta, transpose_b=tb)
        run(routine, target, guarded, [inner])
        wanted, bound = truth(a, b, *form)
        assert (abs(inner - wanted) <= bound).all()
        assert (out[:64] == 7).all()
        assert (out[64 + m * n :] == 7).all()


@pytest.mark.parametrize("name", ["aarch64", "generic", "avx2", "avx512"])
def test_other_processors_are_written_for(name):
    here()
    target = named(name)
    for options in ({}, {"transpose_a": True, "transpose_b": True}):
        routine = gemm(70, 50, 300, target=target, epilogue=None, **options)
        for kernel in routine.kernels:
            assert len(object_code(kernel, target)) > 100
