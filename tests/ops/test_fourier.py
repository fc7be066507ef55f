"""Fourier transforms: numpy's values, inverses, unknown lengths, gradients."""

import numpy as np
import pytest

import interactive_graphs as tf

WAVES = np.array([[1 + 2j, -0.5j, 0.3], [0.7, 2 - 1j, -1.1 + 0.4j]])


def run(fetches, feeds=None):
    with tf.Session() as sess:
        return sess.run(fetches, feeds)


@pytest.mark.parametrize("name", ["fft", "ifft"])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_transforms_the_last_axis_as_numpy(name, dtype):
    got = run(getattr(tf, name)(tf.constant(WAVES, dtype)))
    assert got.dtype == dtype
    np.testing.assert_allclose(got, getattr(np.fft, name)(WAVES), rtol=1e-5)


def test_inverse_takes_back():
    got = run(tf.ifft(tf.fft(tf.constant(WAVES))))
    np.testing.assert_allclose(got, WAVES, atol=1e-12)


@pytest.mark.parametrize("name", ["fft", "ifft"])
@pytest.mark.parametrize("shape", [[0], [2, 0], [0, 3]])
def test_nothing_gives_nothing(name, shape):
    assert run(getattr(tf, name)(tf.zeros(shape, tf.complex64))).shape == tuple(shape)


@pytest.mark.parametrize("name", ["fft", "ifft"])
def test_a_scalar_is_refused_while_building(name):
    with pytest.raises(ValueError, match="Shape must be at least rank 1 but is rank 0"):
        getattr(tf, name)(1j)


def test_gradient_knows_the_length_when_it_runs():
    x = tf.placeholder(tf.complex64)
    energy = tf.reduce_sum(tf.square(tf.abs(tf.fft(x))))
    (dx,) = tf.gradients(energy, x)
    # Parseval: the energy is n times that of x, for any n.
    for n in (2, 5):
        got = run(dx, {x: WAVES.reshape(-1)[:n]})
        np.testing.assert_allclose(got, 2 * n * WAVES.reshape(-1)[:n], rtol=1e-5)


CUBE = np.random.default_rng(3).normal(size=(2, 3, 4, 5))
AXES = {"": (-1,), "2d": (-2, -1), "3d": (-3, -2, -1)}


@pytest.mark.parametrize("rank", ["2d", "3d"])
def test_several_axes_as_numpy(rank):
    x = tf.constant(CUBE + 1j)
    there, back = getattr(tf, f"fft{rank}"), getattr(tf.spectral, f"ifft{rank}")
    expected = np.fft.fftn(CUBE + 1j, axes=AXES[rank])
    np.testing.assert_allclose(run(there(x)), expected, atol=1e-12)
    np.testing.assert_allclose(run(back(there(x))), CUBE + 1j, atol=1e-12)


@pytest.mark.parametrize("rank", ["", "2d", "3d"])
def test_real_numbers_as_numpy(rank):
    there, back = (getattr(tf.spectral, n + rank) for n in ("rfft", "irfft"))
    waves = there(tf.constant(CUBE, tf.float32))
    assert waves.dtype is tf.complex64
    expected = np.fft.rfftn(CUBE, axes=AXES[rank])
    np.testing.assert_allclose(run(waves), expected, rtol=1e-4, atol=1e-4)
    lengths = [CUBE.shape[axis] for axis in AXES[rank]]
    np.testing.assert_allclose(run(back(waves, lengths)), CUBE, atol=1e-5)
    assert run(back(waves)).shape == (2, 3, 4, 4)  # an odd length is not seen
