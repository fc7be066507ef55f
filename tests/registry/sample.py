"""What a family says of each of its ops, so that one test can check them all.

A file in `samples/` holds `SAMPLES`, a list with at least one record per op:

    SAMPLES = [
        Sample("MatMul", [A, B], {"transpose_b": True}),
        Sample("AddN", [[A, A, A]]),          # a list argument is a list of arrays
        Sample("Enqueue", [], run=False, note="blocks; see tests/ops/test_queues.py"),
    ]

`test_every_op.py` makes the node with `raw`, runs its kernel and checks what comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """Inputs and attributes that an op takes, and what holds for the result.

    Attributes:
        op: the op's name on the wire.
        inputs: a numpy array (or what becomes one) per input; a list of arrays for a
            list argument, a function without parameters that gives a tensor for what
            no array can stand for (a handle). For a reference a variable is made that
            holds the array. Gradients are checked at these values, so keep them away
            from kinks (abs at 0, ties of a maximum).
        attrs: attributes that do not follow from the inputs.
        differentiable: which of the flattened inputs the gradient is checked for; all
            that are float32, float64 or complex where None. Checked in float64 or
            complex128 where the op takes it.
        outputs: which outputs the gradient is taken of; all floating ones where None.
        symmetric: whether the op reads a symmetric matrix, which is therefore perturbed
            and compared symmetrically.
        tolerance: how far gradient and difference quotient may be apart, relative to
            the larger and absolutely.
        run: False for an op that needs state or another op to run; its family's own
            test runs it, and the note says where.
        note: why the sample is odd, where it is.
    """

    op: str
    inputs: Sequence[Any] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    differentiable: Sequence[int] | None = None
    outputs: Sequence[int] | None = None
    symmetric: bool = False
    tolerance: float = 1e-3
    run: bool = True
    note: str = ""
