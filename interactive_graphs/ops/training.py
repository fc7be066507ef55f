"""The ops that optimizers run: `ApplyAdam` and its kin.

Each rule (`kernels/cpu/training.py`) gives up to four ops: on a variable's reference
and on its resource handle, with a gradient for all of it or for some rows. All change
the variable and its slots under the variable's lock. The optimizers are in `train/`.
Read next: `../kernels/cpu/training.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.dtypes import INDEX, NUMERIC
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import merge_dims
from interactive_graphs.framework.tensor_shape import Shape, format_list, merge
from interactive_graphs.kernels.cpu import training as rules
from interactive_graphs.kernels.cpu.resources import VariableResource
from interactive_graphs.ops.state import current

Rule = Callable[..., tuple[Any, ...]]


def _brackets(value: Any) -> str:
    return format_list(np.shape(value))


def _family(
    name: str,
    rule: Rule,
    slots: str,
    rest: str,
    sparse: str | None = None,
    **attrs: Any,
) -> None:
    """Define the ops of one update rule.

    Args:
        name: what follows `Apply` in their names.
        rule: of the variable's value, its slots and the other inputs; also takes
            `attrs` as keywords.
        slots: the names of the slots.
        rest: the names of the other inputs; the gradient is `grad` or `delta`.
        sparse: the same for the ops that take rows; derived from `rest` when None,
            and '' where there are none.
        **attrs: defaults of the rule's own attributes.
    """
    inputs = rest.split()
    if sparse is None:
        sparse = rest.replace("grad", "grad indices")
    for prefix, kind in (("", "Ref(T)"), ("Resource", "resource")):
        variables = [f"{v}: {kind}" for v in ("var", *slots.split())]
        output = "-> out: Ref(T)" if not prefix else "->"
        for infix, others in (("", inputs), ("Sparse", sparse.split())):
            if not others:
                continue
            types_of = {"indices": "Tindices", "global_step": "int64"}
            rest_of = [f"{o}: {types_of.get(o, 'T')}" for o in others]
            extra: dict[str, Any] = {"Tindices": types(INDEX)} if infix else {}
            op = define(
                f"{prefix}{infix}Apply{name}",
                ", ".join(variables + rest_of) + output,
                T=types(NUMERIC), **extra, use_locking=False, **attrs,
                shape=_shape_rule(len(variables), others), stateful=True,
                doc=f"One step of {name} on {'rows of ' * bool(infix)}a variable.",
            )  # fmt: skip
            kernel = _kernel(rule, len(variables), others, returns=not prefix)
            op.kernel("CPU", attrs=tuple(attrs))(kernel)


def _shape_rule(count: int, others: list[str]) -> Callable[[Operation], list[Shape]]:
    """The variable's shape, after checking slots, gradient and scalars against it."""

    def rule(op: Operation) -> list[Shape]:
        # A handle does not say its shape here.
        known = op.inputs[0].dtype._is_ref_dtype
        shape = op.inputs[0].static_shape if known else None
        named = dict(zip(others, op.inputs[count:], strict=True))
        for slot in op.inputs[1:count] if known else ():
            shape = merge(shape, slot.static_shape)
        indices = named.pop("indices", None)
        for name, tensor in named.items():
            found = tensor.static_shape
            if name not in ("grad", "delta"):
                if found:
                    raise ValueError(f"Shape must be rank 0 but is rank {len(found)}")
            elif indices is None:
                shape = merge(shape, found)
            else:
                _check_rows(shape, found, indices.static_shape)
        return [shape] * len(op.outputs)

    return rule


def _check_rows(var: Shape, grad: Shape, indices: Shape) -> None:
    if indices is not None and len(indices) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(indices)}")
    if var is not None and grad is not None:
        merge(grad, ((grad[0] if grad else None), *var[1:]))
    if grad and indices:
        merge_dims(grad[0], indices[0])


def _kernel(
    rule: Rule, count: int, others: list[str], returns: bool
) -> Callable[..., Any]:
    """The kernel that runs `rule` under the variable's lock and stores what it gives.

    Args:
        rule: of the values of the variable and its slots, and of the other inputs.
        count: how many inputs are variables: the variable and its slots.
        others: the names of the other inputs.
        returns: whether the op gives the variable.
    """
    grad_at = count + next(i for i, o in enumerate(others) if o in ("grad", "delta"))
    indices_at = count + others.index("indices") if "indices" in others else None

    def kernel(*inputs: Any, **options: bool) -> Any:
        variables: tuple[VariableResource, ...] = inputs[:count]
        with variables[0].lock:
            values = [current(variable) for variable in variables]
            if indices_at is None:
                _check(values, inputs, count, grad_at, others)
                new = list(rule(*values, *inputs[count:], **options))
            else:
                new = _on_rows(rule, values, inputs, grad_at, indices_at, options)
            for variable, old, value in zip(variables, values, new, strict=True):
                if value is not old:
                    variable.store(value)
            return variables[0].value if returns else None

    return kernel


def _check(
    values: list[Any],
    inputs: tuple[Any, ...],
    count: int,
    grad_at: int,
    others: list[str],
) -> None:
    """Refuse what numpy would broadcast."""
    shape = values[0].shape
    for value in values[1:]:
        if value.shape != shape:
            invalid(
                "var and accum do not have the same shape"
                f"{_brackets(values[0])} {_brackets(value)}"
            )
    for i, name in enumerate(others, count):
        if i == grad_at:
            if inputs[i].shape != shape:
                invalid(
                    f"var and {name} do not have the same shape"
                    f"{_brackets(values[0])} {_brackets(inputs[i])}"
                )
        elif inputs[i].ndim:
            invalid(f"{name} is not a scalar: {_brackets(inputs[i])}")


def _on_rows(
    rule: Rule,
    values: list[Any],
    inputs: tuple[Any, ...],
    grad_at: int,
    indices_at: int,
    options: dict[str, bool],
) -> list[Any]:
    """New values in which some rows have taken a step."""
    grad, indices = inputs[grad_at], inputs[indices_at]
    var = values[0]
    _check_indices(var, grad, indices)
    new = [value.copy() for value in values]
    rest = list(inputs[len(values) :])
    del rest[indices_at - len(values)]
    at = grad_at - len(values)
    # Rows that come twice take one step after the other.
    parts = [indices] if len(np.unique(indices)) == len(indices) else indices[:, None]
    start = 0
    for rows in parts:
        rest[at] = grad[start : start + len(rows)]
        start += len(rows)
        stepped = rule(*(value[rows] for value in new), *rest, **options)
        for value, row_values in zip(new, stepped, strict=True):
            value[rows] = row_values
    return new


def _check_indices(var: Any, grad: Any, indices: Any) -> None:
    if var.ndim == 0:
        invalid("var must be at least 1 dimensional")
    if indices.ndim != 1:
        invalid("indices must be one-dimensional")
    if grad.shape[:1] != indices.shape:
        invalid("grad must be the same size as indices in the first dimension.")
    for i, (a, b) in enumerate(zip(var.shape[1:], grad.shape[1:], strict=False), 1):
        if a != b:
            invalid(f"var and grad must match in dimension {i}")
    bad = np.flatnonzero((indices < 0) | (indices >= var.shape[0]))
    if bad.size:
        invalid(
            f"Index {indices[bad[0]]} at offset {bad[0]} in indices is out of range"
        )


_family("GradientDescent", rules.gradient_descent, "", "alpha delta", sparse="")
_family(
    "ProximalGradientDescent", rules.proximal_gradient_descent, "",
    "alpha l1 l2 delta", sparse="alpha l1 l2 grad indices",
)  # fmt: skip
_family("Momentum", rules.momentum, "accum", "lr grad momentum", use_nesterov=False)
_family("Adagrad", rules.adagrad, "accum", "lr grad", update_slots=True)
_family("ProximalAdagrad", rules.proximal_adagrad, "accum", "lr l1 l2 grad")
_family(
    "AdagradDA", rules.adagrad_da,
    "gradient_accumulator gradient_squared_accumulator", "grad lr l1 l2 global_step",
)  # fmt: skip
_family("Adadelta", rules.adadelta, "accum accum_update", "lr rho epsilon grad")
_family("RMSProp", rules.rms_prop, "ms mom", "lr rho momentum epsilon grad")
_family(
    "CenteredRMSProp", rules.centered_rms_prop, "mg ms mom",
    "lr rho momentum epsilon grad",
)  # fmt: skip
_family(
    "Adam", rules.adam, "m v",
    "beta1_power beta2_power lr beta1 beta2 epsilon grad", sparse="",
    use_nesterov=False,
)  # fmt: skip
_family(
    "AdaMax", rules.ada_max, "m v", "beta1_power lr beta1 beta2 epsilon grad",
    sparse="",
)  # fmt: skip
_family("AddSign", rules.add_sign, "m", "lr alpha sign_decay beta grad", sparse="")
_family(
    "PowerSign", rules.power_sign, "m", "lr logbase sign_decay beta grad", sparse=""
)
_family(
    "Ftrl", rules.ftrl, "accum linear", "grad lr l1 l2 lr_power",
    multiply_linear_by_lr=False,
)  # fmt: skip
_family(
    "FtrlV2", rules.ftrl_v2, "accum linear", "grad lr l1 l2 l2_shrinkage lr_power",
    multiply_linear_by_lr=False,
)  # fmt: skip
