"""What an emitter of native code returns: kernels, and how they are called.

An emitter is a pure function of sizes, flags and a `Target`. It knows no graph, no
array and no thread. Example of a routine of one kernel, `output = input + 1`:

    >>> kernel = Kernel("add_one_100", text, units=100, cost=20.0)
    >>> routine = Routine((kernel,), args=((0, 1),))

Read next: `ir.py`, with which the text of a kernel is written.
"""

from typing import NamedTuple


class Kernel(NamedTuple):
    """One native function over a range of work units.

    Attributes:
        name: readable, e.g. "gemm_100x784x256_bias_relu"; symbols are made elsewhere.
        text: LLVM IR that defines
            `void @kernel(ptr %args, i64 %begin, i64 %end, ptr %scratch)`.
        units: number of work units. The driver calls with `[begin, end)` inside
            `[0, units)`, from any thread, every unit once, in any order.
        cost: estimated nanoseconds for all units on one core. It alone decides into
            how many chunks the units are cut, so results do not depend on threads.
        scratch: bytes of 64-byte aligned memory that each thread gets at `%scratch`.
        calls: other kernels that it calls: its first argument, before those that the
            routine names, is a table of their addresses.
    """

    name: str
    text: str
    units: int
    cost: float
    scratch: int = 0
    calls: "tuple[Kernel, ...]" = ()


class Routine(NamedTuple):
    """Kernels that run one after another, each when the one before has ended.

    The arguments of a routine are numbered: inputs, then outputs, then temporaries.

    Attributes:
        kernels: in order.
        args: for each kernel the numbers of the arguments that its `%args` points to.
        temporaries: bytes of each temporary: 64-byte aligned, not initialised.
        in_place: pairs (output, input) of arguments that may be the same memory.
    """

    kernels: tuple[Kernel, ...]
    args: tuple[tuple[int, ...], ...]
    temporaries: tuple[int, ...] = ()
    in_place: frozenset[tuple[int, int]] = frozenset()
