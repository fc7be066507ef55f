"""The update rules of the optimizers, as functions on arrays.

Each takes a variable's value, its slots, and the op's other inputs in the op's order;
it returns the new value and the new slots, and changes nothing. They are elementwise,
so the same rule serves whole variables and single rows. `ops/training.py` makes ops of
them. Read next: `../../ops/training.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

Arrays = tuple[Any, ...]

_LEAST: Final = {
    np.dtype(kind): np.finfo(kind).tiny for kind in (np.float32, np.float64)
}
"""The least normal numbers."""


def _decayed(slot: Any) -> Any:
    """An average, newly computed, whose smallest numbers are made 0.

    Where gradients have vanished, averages decay until no digit is left to lose, and
    stay there. Processors take a hundred times as long for such numbers; TensorFlow's
    threads take them for 0, too.
    """
    least = _LEAST.get(slot.dtype)
    if least is None:
        return slot
    is_nothing = np.abs(slot) < least
    if isinstance(slot, np.generic):
        return type(slot)(0) if is_nothing else slot
    slot[is_nothing] = 0
    return slot


def gradient_descent(var: Any, alpha: Any, delta: Any) -> Arrays:
    """A step against the gradient."""
    return (var - alpha * delta,)


def proximal_gradient_descent(
    var: Any, alpha: Any, l1: Any, l2: Any, delta: Any
) -> Arrays:
    """A step against the gradient, then towards zero as far as l1 and l2 pull."""
    return (_shrunk(var - alpha * delta, alpha, l1, l2),)


def _shrunk(var: Any, rate: Any, l1: Any, l2: Any) -> Any:
    """The proximal operator of `l1 |var| + l2 var² / 2`."""
    if l1 > 0:
        var = np.sign(var) * np.maximum(np.abs(var) - rate * l1, 0).astype(var.dtype)
    return var / (1 + l2 * rate)


def momentum(
    var: Any, accum: Any, lr: Any, grad: Any, momentum: Any, use_nesterov: bool
) -> Arrays:
    """A step along a decaying sum of gradients; Nesterov's looks one step ahead."""
    accum = accum * momentum
    accum += grad
    accum = _decayed(accum)
    step = grad + momentum * accum if use_nesterov else accum
    return var - lr * step, accum


def adagrad(var: Any, accum: Any, lr: Any, grad: Any, update_slots: bool) -> Arrays:
    """Steps that shrink where gradients were large (Duchi et al. 2011)."""
    if update_slots:
        accum = accum + grad * grad
    return var - lr * grad / np.sqrt(accum), accum


def proximal_adagrad(
    var: Any, accum: Any, lr: Any, l1: Any, l2: Any, grad: Any
) -> Arrays:
    """Adagrad, then towards zero as far as l1 and l2 pull."""
    accum = accum + grad * grad
    rate = lr / np.sqrt(accum)
    return _shrunk(var - rate * grad, rate, l1, l2), accum


def adagrad_da(
    var: Any, gradients: Any, squares: Any, grad: Any,
    lr: Any, l1: Any, l2: Any, global_step: Any,
) -> Arrays:  # fmt: skip
    """Adagrad's dual averaging: the value follows from sums over all steps."""
    gradients = gradients + grad
    squares = squares + grad * grad
    step = global_step.astype(var.dtype)
    pull = gradients
    if l1 > 0:
        rest = np.maximum(np.abs(gradients) - l1 * step, 0).astype(var.dtype)
        pull = np.sign(gradients) * rest
    return -lr * pull / (l2 * step * lr + np.sqrt(squares)), gradients, squares


def adadelta(
    var: Any, accum: Any, accum_update: Any, lr: Any, rho: Any, epsilon: Any, grad: Any
) -> Arrays:
    """Steps in the ratio of past steps to past gradients (Zeiler 2012)."""
    accum = _decayed(accum * rho + grad * grad * (1 - rho))
    update = np.sqrt(accum_update + epsilon) / np.sqrt(accum + epsilon) * grad
    accum_update = _decayed(accum_update * rho + update * update * (1 - rho))
    return var - lr * update, accum, accum_update


def rms_prop(
    var: Any, ms: Any, mom: Any,
    lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any,
) -> Arrays:  # fmt: skip
    """Gradients over the root of their mean square (Tieleman and Hinton 2012)."""
    ms = _decayed(ms + (grad * grad - ms) * (1 - rho))
    mom = _decayed(mom * momentum + grad * lr / np.sqrt(ms + epsilon))
    return var - mom, ms, mom


def centered_rms_prop(
    var: Any, mg: Any, ms: Any, mom: Any,
    lr: Any, rho: Any, momentum: Any, epsilon: Any, grad: Any,
) -> Arrays:  # fmt: skip
    """RMSProp with the variance instead of the mean square."""
    ms = _decayed(ms + (grad * grad - ms) * (1 - rho))
    mg = _decayed(mg + (grad - mg) * (1 - rho))
    mom = _decayed(mom * momentum + grad * lr / np.sqrt(ms - mg * mg + epsilon))
    return var - mom, mg, ms, mom


def adam(
    var: Any, m: Any, v: Any, beta1_power: Any, beta2_power: Any,
    lr: Any, beta1: Any, beta2: Any, epsilon: Any, grad: Any, use_nesterov: bool,
) -> Arrays:  # fmt: skip
    """Steps by bias-corrected moments of the gradient (Kingma and Ba 2014)."""
    rate = lr * np.sqrt(1 - beta2_power) / (1 - beta1_power)
    # In place on new arrays: these are the largest in a training step.
    new_m = grad - m
    new_m *= 1 - beta1
    new_m += m
    new_m = _decayed(new_m)
    new_v = grad * grad
    new_v -= v
    new_v *= 1 - beta2
    new_v += v
    new_v = _decayed(new_v)
    step = grad * (1 - beta1) + beta1 * new_m if use_nesterov else new_m
    root = np.sqrt(new_v)
    root += epsilon
    step = step * rate
    step /= root
    return var - step, new_m, new_v


def ada_max(
    var: Any, m: Any, v: Any, beta1_power: Any,
    lr: Any, beta1: Any, beta2: Any, epsilon: Any, grad: Any,
) -> Arrays:  # fmt: skip
    """Adam with the largest gradient so far, decaying, for the second moment."""
    m = _decayed(m + (grad - m) * (1 - beta1))
    v = _decayed(np.maximum(beta2 * v, np.abs(grad)))
    return var - lr / (1 - beta1_power) * (m / (v + epsilon)), m, v


def add_sign(
    var: Any, m: Any, lr: Any, alpha: Any, sign_decay: Any, beta: Any, grad: Any
) -> Arrays:
    """Longer steps where gradient and momentum agree (Bello et al. 2017)."""
    m = _decayed(m * beta + grad * (1 - beta))
    return var - lr * (alpha + sign_decay * np.sign(grad) * np.sign(m)) * grad, m


def power_sign(
    var: Any, m: Any, lr: Any, logbase: Any, sign_decay: Any, beta: Any, grad: Any
) -> Arrays:
    """`add_sign` with a factor for the agreement and not a summand."""
    m = _decayed(m * beta + grad * (1 - beta))
    factor = np.exp(logbase * sign_decay * np.sign(grad) * np.sign(m))
    return var - lr * factor * grad, m


def ftrl(
    var: Any, accum: Any, linear: Any, grad: Any,
    lr: Any, l1: Any, l2: Any, lr_power: Any, multiply_linear_by_lr: bool,
) -> Arrays:  # fmt: skip
    """Follow the regularized leader (McMahan et al. 2013)."""
    zero = np.zeros((), var.dtype)
    return ftrl_v2(
        var, accum, linear, grad, lr, l1, l2, zero, lr_power, multiply_linear_by_lr
    )


def ftrl_v2(
    var: Any, accum: Any, linear: Any, grad: Any, lr: Any, l1: Any, l2: Any,
    l2_shrinkage: Any, lr_power: Any, multiply_linear_by_lr: bool,
) -> Arrays:  # fmt: skip
    """FTRL with an L2 pull that does not act on the accumulator."""
    new_accum = accum + grad * grad
    shrunk_grad = grad + 2 * l2_shrinkage * var
    power, new_power = accum**-lr_power, new_accum**-lr_power
    if multiply_linear_by_lr:
        # The same, with `linear` kept free of the division by lr.
        linear = linear + lr * shrunk_grad - (new_power - power) * var
        threshold, quadratic = l1 * lr, new_power + 2 * l2 * lr
    else:
        linear = linear + shrunk_grad - (new_power - power) / lr * var
        threshold, quadratic = l1, new_power / lr + 2 * l2
    pull = np.sign(linear) * threshold - linear
    active = np.abs(linear) > threshold
    var = np.where(active, pull / quadratic, np.zeros_like(var))
    return var, new_accum, linear
