"""Matrix products: how they are cut, and that nothing else shows in their bits."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from interactive_graphs._util import blas_threads
from interactive_graphs.kernels.cpu import gemm, helpers

SHAPES = [
    ((100, 784), (784, 256)),
    ((784, 100), (100, 256)),
    ((300, 300), (300, 300)),
    ((3000, 57), (57, 131)),
    ((17, 1000), (1000, 2111)),
    ((1, 4000), (4000, 4000)),
    ((4000, 4000), (4000, 1)),
    ((64, 100, 70), (64, 70, 90)),
    ((3, 40, 100, 70), (40, 70, 90)),
    ((40, 100, 70), (70, 90)),
    ((2, 1, 300, 200), (5, 200, 100)),
]


def numbers(shape, dtype="float32", seed=0):
    x = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return x + 1j * x[..., ::-1] if x.dtype.kind == "c" else x


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_pieces_cover_the_product_once(a, b):
    pieces = gemm._pieces(a, b)
    assert 2 <= len(pieces) <= 64
    x, y = np.ones(a, np.int8), np.ones(b, np.int8)
    out = np.zeros(gemm._shape(a, b), np.int32)
    for piece in pieces:
        part = np.zeros_like(out)
        gemm._make(x, y, part, piece)
        out += part != 0
    assert (out == 1).all() or a[-1] % 256 == 0
    assert out.max() <= 1


@pytest.mark.parametrize(("a", "b"), SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_products_are_those_of_numpy(a, b, dtype):
    x, y = numbers(a, dtype), numbers(b, dtype, 1)
    expected = np.matmul(x.astype("complex128"), y.astype("complex128"))
    given = gemm.product(x, y)
    assert given.dtype == dtype
    assert given.shape == expected.shape
    bound = a[-1] * np.finfo(dtype).eps * np.matmul(abs(x), abs(y))
    assert (abs(given - expected) <= bound).all()


def test_factors_may_lie_in_any_way():
    x, y = numbers((784, 100)), numbers((256, 784), seed=1)
    expected = gemm.product(np.ascontiguousarray(x.T), np.ascontiguousarray(y.T))
    np.testing.assert_allclose(gemm.product(x.T, y.T), expected, rtol=1e-4, atol=1e-4)
    wide = numbers((200, 784, 2))[::2, :, 1]
    plain = gemm.product(np.ascontiguousarray(wide), np.ascontiguousarray(y.T))
    np.testing.assert_allclose(gemm.product(wide, y.T), plain, rtol=1e-4, atol=1e-4)


def test_the_product_goes_where_it_is_wanted():
    x, y = numbers((300, 300)), numbers((300, 300), seed=1)
    whole = np.full((302, 400), 7, np.float32)
    out = whole[1:-1, 50:350]
    assert gemm.product(x, y, out) is out
    np.testing.assert_array_equal(out, gemm.product(x, y))
    out[:] = 7
    assert (whole == 7).all()


@pytest.mark.parametrize("sizes", [(4, 5, 4), (100, 101, 100), (300, 301, 300)])
def test_what_does_not_fit_is_numpys_error(sizes):
    m, k, n = sizes
    with pytest.raises(ValueError, match="matmul"):
        gemm.product(numbers((m, k)), numbers((k + 1, n)))


def test_what_is_not_a_number_goes_where_it_belongs():
    x, y = numbers((300, 300)), numbers((300, 300), seed=1)
    x[7, 3], x[250, 2], x[11, :], y[:, 5] = np.nan, np.inf, -0.0, 0.0
    with np.errstate(all="ignore"):
        plain = np.matmul(x, y)
        # Who helps is to be as quiet about it.
        for _ in range(10):
            given = gemm.product(x, y)
    np.testing.assert_array_equal(np.isnan(given), np.isnan(plain))
    np.testing.assert_array_equal(np.isinf(given), np.isinf(plain))


# -- load ------------------------------------------------------------------------------


@pytest.fixture
def taken():
    """The helpers belong to somebody else."""
    entered, ended = threading.Event(), threading.Event()

    def block(_):
        entered.set()
        assert ended.wait(60)

    thread = threading.Thread(target=helpers.share, args=(block, range(4)))
    thread.start()
    assert entered.wait(10)
    yield
    ended.set()
    thread.join()


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_bits_are_the_same_with_help_and_without(a, b, monkeypatch):
    x, y = numbers(a), numbers(b, seed=1)
    with helpers.at_most(1):
        alone = gemm.product(x, y).tobytes()
    monkeypatch.setattr(helpers, "usable_cores", lambda: 4)
    monkeypatch.setattr(helpers, "_crew", helpers._Crew())
    # Whatever number of threads the user lets BLAS take.
    monkeypatch.setattr(blas_threads, "hold", lambda _: 8 + bool(hold(_)))
    for _ in range(5):
        assert gemm.product(x, y).tobytes() == alone


hold = blas_threads.hold


def test_bits_are_the_same_while_others_have_the_helpers(taken):
    x, y = numbers((300, 300)), numbers((300, 300), seed=1)
    first = gemm.product(x, y).tobytes()
    with helpers.at_most(1):
        assert gemm.product(x, y).tobytes() == first


PROGRAM = """
import hashlib, numpy as np
from interactive_graphs.kernels.cpu import gemm
random = np.random.default_rng(0)
seen = hashlib.sha1()
for m, k, n in (100, 784, 256), (300, 300, 300), (500, 700, 900), (100, 100, 100):
    a, b = random.normal(size=(m, k)), random.normal(size=(k, n))
    for dtype in "float32", "float64":
        seen.update(gemm.product(a.astype(dtype), b.astype(dtype)).tobytes())
print(seen.hexdigest())
"""


def test_bits_are_the_same_whatever_the_user_lets_blas_take():
    """Where BLAS itself shares a product, its bits depend on the number of threads."""
    seen = set()
    for number in ("1", "2", "3", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": number}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        seen.add(done.stdout)
    assert len(seen) == 1


def test_a_user_who_wants_one_thread_has_one(monkeypatch):
    asked = []
    monkeypatch.setattr(blas_threads, "hold", lambda _: 1)
    monkeypatch.setattr(helpers._Crew, "inboxes", lambda *_: asked.append(1) or [])
    gemm.product(numbers((300, 300)), numbers((300, 300)))
    assert asked == []


def test_products_of_some_size_hold_blas_to_one_thread(monkeypatch):
    held = []
    monkeypatch.setattr(blas_threads, "hold", held.append)
    monkeypatch.setattr(blas_threads, "let_go", lambda x: held.remove(x) or done(x))
    ended = []
    done = ended.append
    for shape, times in (((4, 4), 0), ((100, 100), 1), ((300, 300), 1)):
        ended.clear()
        gemm.product(numbers(shape), numbers(shape))
        assert (len(ended), held) == (times, [])
    with pytest.raises(ValueError, match="matmul"):
        gemm.product(numbers((100, 100)), numbers((101, 100)))
    assert held == []


def test_numpy_has_all_its_threads_after_a_product():
    control = blas_threads.find(blas_threads.libraries())
    if control is None:
        pytest.skip("numpy's linear algebra here has no such functions")
    before = control.get_number()
    x = numbers((400, 400))
    gemm.product(x, x)
    assert control.get_number() == before
