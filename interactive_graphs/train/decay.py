"""Learning rates that fall as training goes on.

Each function gives a scalar tensor, to be an optimizer's learning rate.
Read next: `moving_averages.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from interactive_graphs.framework import dtypes, raw
from interactive_graphs.framework.convert import convert, convert_n_to_tensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.train.update_rule import cast


def _inputs(
    function: str, learning_rate: Any, global_step: Any, *others: Any
) -> tuple[Any, ...]:
    """All as tensors of the learning rate's dtype.

    Raises:
        ValueError: there is no step.
    """
    if global_step is None:
        raise ValueError(f"global_step is required for {function}.")
    rate = convert(learning_rate, None, "learning_rate")
    dtype = rate.dtype.base_dtype
    return rate, *(cast(convert(x), dtype) for x in (global_step, *others))


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * decay_rate ** (global_step / decay_steps)`.

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: after how many the rate has fallen by `decay_rate`.
        decay_rate: a floating scalar.
        staircase: change the rate only at multiples of `decay_steps`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.

    Example:
        >>> import interactive_graphs as tf
        >>> rate = tf.train.exponential_decay(0.5, 20, 10, 0.5)
        >>> with tf.Session() as sess:
        ...     sess.run(rate)
        np.float32(0.125)
    """
    with op_scope(name, "ExponentialDecay", learning_rate, global_step) as scope:
        rate, step, steps, factor = _inputs(
            "exponential_decay", learning_rate, global_step, decay_steps, decay_rate
        )
        done = step / steps
        if staircase:
            done = raw.Floor(done)
        result: Tensor = raw.Mul(rate, factor**done, name=scope)
        return result


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * exp(-decay_rate * global_step / decay_steps)`.

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the unit in which they are counted.
        decay_rate: a floating scalar.
        staircase: change the rate only at multiples of `decay_steps`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "NaturalExpDecay", learning_rate, global_step) as scope:
        rate, step, steps, factor = _inputs(
            "natural_exp_decay", learning_rate, global_step, decay_steps, decay_rate
        )
        done = step / steps
        if staircase:
            done = raw.Floor(done)
        result: Tensor = raw.Mul(rate, raw.Exp(-factor * done), name=scope)
        return result


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate / (1 + decay_rate * global_step / decay_steps)`.

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the unit in which they are counted.
        decay_rate: a floating scalar.
        staircase: change the rate only at multiples of `decay_steps`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "InverseTimeDecay", learning_rate, global_step) as scope:
        rate, step, steps, factor = _inputs(
            "inverse_time_decay", learning_rate, global_step, decay_steps, decay_rate
        )
        done = step / steps
        if staircase:
            done = raw.Floor(done)
        result: Tensor = raw.RealDiv(rate, 1 + factor * done, name=scope)
        return result


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `end_learning_rate` in `decay_steps` steps.

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the number of steps to the end, positive.
        end_learning_rate: the rate from there on.
        power: 1 falls along a line, 2 along a parabola.
        cycle: start again at multiples of `decay_steps`, with twice, three times the
            length.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "PolynomialDecay", learning_rate, global_step) as scope:
        rate, step, steps, end, exponent = _inputs(
            "polynomial_decay",
            learning_rate,
            global_step,
            decay_steps,
            end_learning_rate,
            power,
        )
        if cycle:
            cycles = raw.Ceil(step / steps)
            steps = steps * raw.Maximum(cycles, raw.OnesLike(cycles))
        else:
            step = raw.Minimum(step, steps)
        result: Tensor = raw.Add(
            (rate - end) * (1 - step / steps) ** exponent, end, name=scope
        )
        return result


def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """The value of the interval that `x` lies in.

    Args:
        x: a scalar, usually the global step.
        boundaries: where one interval ends (included) and the next begins, rising; of
            the dtype of `x`.
        values: one more than `boundaries`, all of one dtype.
        name: the node's name.

    Returns:
        A scalar of the dtype of `values`.

    Raises:
        ValueError: the dtypes differ, or the numbers of boundaries and values do not
            fit.

    Example:
        >>> import interactive_graphs as tf
        >>> step = tf.constant(150)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.train.piecewise_constant(step, [100, 200], [1.0, 0.5, 0.1]))
        np.float32(0.5)
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError(
            "The length of boundaries should be 1 less than the length of values"
        )
    with op_scope(name, "PiecewiseConstant", x, *boundaries, *values) as scope:
        x = convert(x)
        limits = convert_n_to_tensor(boundaries)
        rates = convert_n_to_tensor(values)
        known = x.dtype.base_dtype
        for i, limit in enumerate(limits):
            found = limit.dtype.base_dtype
            if found is dtypes.int32 and known is dtypes.int64:
                limits[i] = cast(limit, known)
            elif found is not known:
                raise ValueError(
                    f"Boundaries ({found!r}) must have the same dtype as x ({known!r})."
                )
        first = rates[0].dtype.base_dtype
        for rate in rates[1:]:
            if rate.dtype.base_dtype is not first:
                raise ValueError(
                    "Values must have elements all with the same dtype "
                    f"({first!r} vs {rate.dtype.base_dtype!r})."
                )
        # From the last interval to the first, each asks whether x lies before its end.
        result = rates[-1]
        for limit, rate in zip(reversed(limits), reversed(rates[:-1]), strict=True):
            result = raw.Select(raw.LessEqual(x, limit), rate, result)
        chosen: Tensor = raw.Identity(result, name=scope)
        return chosen


def _share_done(step: Any, steps: Any) -> Any:
    """How much of `steps` has passed, at most 1."""
    return raw.Minimum(step, steps) / steps


def _half_cosine(share: Any) -> Any:
    """From 1 to 0 as `share` goes from 0 to 1."""
    return 0.5 * (1.0 + raw.Cos(share * math.pi))


def cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `alpha` of it along half a cosine.

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the number of steps to the end.
        alpha: what is left at the end, as a part of `learning_rate`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "CosineDecay", learning_rate, global_step):
        rate, step, steps = _inputs(
            "cosine_decay", learning_rate, global_step, decay_steps
        )
        cosine = _half_cosine(_share_done(step, steps))
        result: Tensor = rate * ((1 - alpha) * cosine + alpha)
        return result


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str | None = None,
) -> Tensor:
    """Cosine decay that starts again and again (Loshchilov and Hutter 2016).

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        first_decay_steps: the length of the first period.
        t_mul: how much longer each next period is.
        m_mul: how much of the rate each next period starts with.
        alpha: what is left at the end of a period, as a part of `learning_rate`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "SGDRDecay", learning_rate, global_step) as scope:
        rate, step, first, longer, lower, least = _inputs(
            "cosine_decay_restarts",
            learning_rate,
            global_step,
            first_decay_steps,
            t_mul,
            m_mul,
            alpha,
        )
        periods = step / first
        if t_mul == 1.0:
            number = raw.Floor(periods)
            share = periods - number
        else:
            # The periods before number i have the length (1 - t_mul**i) / (1 - t_mul).
            number = raw.Floor(
                raw.Log(1.0 - periods * (1.0 - longer)) / raw.Log(longer)
            )
            before = (1.0 - longer**number) / (1.0 - longer)
            share = (periods - before) / longer**number
        cosine = lower**number * _half_cosine(share)
        result: Tensor = raw.Mul(rate, (1 - least) * cosine + least, name=scope)
        return result


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """A falling line times a cosine (Bello et al. 2017).

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the number of steps to the end.
        num_periods: how many periods of the cosine there are until then.
        alpha: the rate is `(alpha + line) * cosine + beta` of `learning_rate`.
        beta: see `alpha`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "LinearCosineDecay", learning_rate, global_step) as scope:
        rate, step, steps, periods, low, offset = _inputs(
            "linear_cosine_decay",
            learning_rate,
            global_step,
            decay_steps,
            num_periods,
            alpha,
            beta,
        )
        share = _share_done(step, steps)
        cosine = _half_cosine(2.0 * periods * share)
        share_left = 1.0 - share
        result: Tensor = raw.Mul(rate, (low + share_left) * cosine + offset, name=scope)
        return result


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: float = 1.0,
    variance_decay: float = 0.55,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Tensor:
    """Linear cosine decay with noise on the line (Bello et al. 2017).

    Args:
        learning_rate: the rate at first, a floating scalar.
        global_step: the number of steps taken, an integer scalar.
        decay_steps: the number of steps to the end.
        initial_variance: of the noise at first.
        variance_decay: the noise has `initial_variance / (1 + step)**variance_decay`.
        num_periods: how many periods of the cosine there are until then.
        alpha: the rate is `(alpha + line) * cosine + beta` of `learning_rate`.
        beta: see `alpha`.
        name: the node's name.

    Returns:
        A scalar of the dtype of `learning_rate`.

    Raises:
        ValueError: there is no `global_step`.
    """
    with op_scope(name, "NoisyLinearCosineDecay", learning_rate, global_step) as scope:
        rate, step, steps, variance, falling, periods, low, offset = _inputs(
            "noisy_linear_cosine_decay",
            learning_rate,
            global_step,
            decay_steps,
            initial_variance,
            variance_decay,
            num_periods,
            alpha,
            beta,
        )
        share = _share_done(step, steps)
        now = raw.Minimum(step, steps)
        deviation = raw.Sqrt(variance / (1.0 + now) ** falling)
        noise = deviation * raw.RandomStandardNormal(
            raw.Shape(share), dtype=share.dtype
        )
        cosine = _half_cosine(2.0 * periods * share)
        line = low + (1.0 - share + noise)
        result: Tensor = raw.Mul(rate, line * cosine + offset, name=scope)
        return result


piecewise_constant_decay = piecewise_constant  # TensorFlow 1.13's name
