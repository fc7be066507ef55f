"""Programs of scalars as one native function: chains, branches and loops.

A program is data, as a cluster is. This counts in int32 up to a limit that is fed:

    >>> ints = ("int32", "int32")
    >>> below = Program(ints, (Value("less", (0, 1), "bool"),), (2,))
    >>> one = Value("constant", (), "int32", 1)
    >>> step = Program(ints, (one, Value("add", (0, 2), "int32")), (3, 1))
    >>> routine = scalar_loop(Loop((0, 1), below, step), ints, detect())

Nothing in a program has an effect, so whatever cannot go on is simply given up: a loop
that takes more than its turns, an integer over zero. The status says so, and Python,
which answers to interrupts and makes errors, goes on from where things stood.
Read next: `gemm.py`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from interactive_graphs.kernels.native.clusters import Value
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.operations import (
    DIVISIONS,
    INTEGERS,
    OPERATIONS,
    Number,
    cost_of,
    supports as _supports,
)
from interactive_graphs.kernels.native.routine import Kernel, Routine
from interactive_graphs.kernels.native.target import Target

FINISHED: Final = 0
UNFINISHED: Final = 1
"""Only of `scalar_loop`: some turns are done, and the outputs are where it stands."""
GIVEN_UP: Final = 2
"""The outputs of a program mean nothing; those of a loop are its inputs."""

TURNS: Final = 1 << 20
"""Of all loops in one call: a few milliseconds, in which nobody notices a wait."""

_CALLED: Final = 20.0
"""The cost from which on an operation is a function of its own."""


class Program(NamedTuple):
    """Scalars in, scalars out.

    Attributes:
        inputs: their dtypes.
        steps: what is computed. Values are numbered in order, inputs first; a branch or
            loop gives as many as its programs have outputs.
        outputs: the numbers of the values that leave.
    """

    inputs: tuple[str, ...]
    steps: tuple["Step", ...]
    outputs: tuple[int, ...]


class Branch(NamedTuple):
    """One of two programs.

    Attributes:
        condition: the number of a bool.
        args: the numbers of the values that both programs take.
        then: where the condition holds.
        otherwise: where not; its outputs have the same dtypes.
    """

    condition: int
    args: tuple[int, ...]
    then: Program
    otherwise: Program


class Loop(NamedTuple):
    """A program as long as a condition holds.

    Attributes:
        args: the numbers of the first values of the variables.
        condition: from the variables to one bool.
        body: from the variables to their next values.
    """

    args: tuple[int, ...]
    condition: Program
    body: Program


Step = Value | Branch | Loop


def supports(op: str, arguments: Sequence[str], dtype: str) -> bool:
    """Whether a program may have this operation: integer divisions, too, by anything.

    Args:
        op: its name.
        arguments: the dtypes of what it takes.
        dtype: the dtype of the result.
    """
    return _supports(op, arguments, dtype, divisor=1)


def dtypes_of(program: Program) -> list[str]:
    """The dtypes of all values of a program."""
    dtypes = list(program.inputs)
    for step in program.steps:
        if isinstance(step, Value):
            dtypes.append(step.dtype)
        else:
            inner = step.then if isinstance(step, Branch) else step.body
            known = dtypes_of(inner)
            dtypes += [known[number] for number in inner.outputs]
    return dtypes


def may_give_up(program: Program) -> bool:
    """Whether a program has a status.

    It has one if it has a loop, or divides integers by what may be zero.
    """
    values: list[Step | None] = [None] * len(program.inputs)
    dtypes = dtypes_of(program)
    for step in program.steps:
        if isinstance(step, Loop):
            return True
        if isinstance(step, Branch):
            if may_give_up(step.then) or may_give_up(step.otherwise):
                return True
            values += [step] * len(step.then.outputs)
            continue
        if step.op in DIVISIONS and dtypes[step.args[0]] in INTEGERS:
            divisor = values[step.args[1]]
            number = divisor.constant if isinstance(divisor, Value) else None
            if not number:
                return True
        values.append(step)
    return False


def scalar(program: Program, target: Target, turns: int = TURNS) -> Routine:
    """Writes a program.

    Args:
        program: what to compute.
        target: the processor.
        turns: of all loops together, after which it gives up.

    Returns:
        A routine of one unit: the inputs to the outputs, and to a status, one int32, if
        the program `may_give_up`: FINISHED or GIVEN_UP.
    """
    status = may_give_up(program)
    writer = _Writer(target, program.inputs, len(program.outputs) + status, turns)
    dtypes = dtypes_of(program)
    results = writer.program(program, writer.load())
    writer.store(results, [dtypes[number] for number in program.outputs])
    if status:
        writer.store_status(writer.select_status(writer.stuck, GIVEN_UP, "0"))
    return writer.routine(f"scalar_{len(dtypes)}_values")


def scalar_loop(
    loop: Loop, dtypes: Sequence[str], target: Target, turns: int = TURNS
) -> Routine:
    """Writes a loop that can be gone on with.

    Args:
        loop: its `args` are not looked at: the inputs are the first values.
        dtypes: of the variables.
        target: the processor.
        turns: of this and all inner loops together, after which it returns.

    Returns:
        A routine of one unit: the variables to the variables, and to a status, one
        int32: FINISHED, UNFINISHED (call again, the outputs as inputs, maybe in place)
        or GIVEN_UP.
    """
    writer = _Writer(target, dtypes, len(dtypes) + 1, turns)
    first = writer.load()
    results, going, done = writer.loop(loop, first, dtypes)
    writer.store(results, dtypes)
    unfinished = writer.f.value(f"or i1 {going}, {writer.stuck}")
    none = writer.f.value(f"icmp eq i64 {done}, 0")
    status = writer.select_status(none, GIVEN_UP, str(UNFINISHED))
    writer.store_status(writer.select_status(unfinished, status, str(FINISHED)))
    count = len(dtypes)
    pairs = frozenset((count + number, number) for number in range(count))
    return writer.routine(f"scalar_loop_{count}_variables")._replace(in_place=pairs)


class _Writer:
    """Writes programs into one function.

    Attributes:
        f: the function.
        stuck: an i1, whether it has to be given up.
    """

    def __init__(
        self, target: Target, inputs: Sequence[str], outputs: int, turns: int
    ) -> None:
        self.f = Function(target, len(inputs) + outputs)
        self._inputs = tuple(inputs)
        self._outputs = outputs
        self._turns = str(turns)
        self.stuck = "false"

    # -- memory ------------------------------------------------------------------------

    def load(self) -> list[str]:
        """The inputs."""
        values = []
        for dtype, pointer in zip(self._inputs, self.f.arguments, strict=False):
            v = Lanes(self.f, dtype, 1)
            value = v.load(pointer)
            values.append(v.to_mask(value) if dtype == "bool" else value)
        return values

    def store(self, values: Sequence[str], dtypes: Sequence[str]) -> None:
        """The outputs."""
        pointers = self.f.arguments[len(self._inputs) :]
        for value, dtype, pointer in zip(values, dtypes, pointers, strict=False):
            v = Lanes(self.f, dtype, 1)
            v.store(v.from_mask(value) if dtype == "bool" else value, pointer)

    def select_status(self, condition: str, one: int | str, other: str) -> str:
        """One status or another."""
        return self.f.value(f"select i1 {condition}, i32 {one}, i32 {other}")

    def store_status(self, status: str) -> None:
        """The status, which is the last argument."""
        self.f.do(f"store i32 {status}, ptr {self.f.arguments[-1]}, align 4")

    def routine(self, name: str) -> Routine:
        """All that has been written."""
        count = len(self._inputs) + self._outputs
        kernel = Kernel(name, self.f.text(), 1, 100.0)
        return Routine((kernel,), (tuple(range(count)),))

    # -- programs ----------------------------------------------------------------------

    def program(self, program: Program, values: Sequence[str]) -> list[str]:
        """Writes a program; returns its outputs."""
        names = list(values)
        dtypes = dtypes_of(program)
        constants: dict[int, Number] = {}
        for step in program.steps:
            if isinstance(step, Loop):
                args = [names[number] for number in step.args]
                kinds = [dtypes[number] for number in step.args]
                names += self._whole_loop(step, args, kinds)
            elif isinstance(step, Branch):
                names += self._branch(step, names)
            else:
                if step.op == "constant":
                    constants[len(names)] = step.constant
                args = [names[number] for number in step.args]
                kinds = [dtypes[number] for number in step.args]
                divisor = constants.get(step.args[-1]) if step.args else None
                names.append(self._value(step, args, kinds, divisor))
        return [names[number] for number in program.outputs]

    def _branch(self, branch: Branch, names: Sequence[str]) -> list[str]:
        args = [names[number] for number in branch.args]
        dtypes = dtypes_of(branch.then)
        types = [self._type(dtypes[number]) for number in branch.then.outputs]
        before = self._turns, self.stuck
        may_change = may_give_up(branch.then) or may_give_up(branch.otherwise)

        def side(program: Program) -> list[str]:
            self._turns, self.stuck = before
            results = self.program(program, args)
            return [*results, self._turns, self.stuck] if may_change else results

        results = self.f.when(
            names[branch.condition],
            lambda: side(branch.then),
            lambda: side(branch.otherwise),
            [*types, "i64", "i1"] if may_change else types,
        )
        if may_change:
            *results, self._turns, self.stuck = results
        return results

    def loop(
        self, loop: Loop, first: Sequence[str], dtypes: Sequence[str]
    ) -> tuple[list[str], str, str]:
        """Writes a loop.

        Returns:
            The variables before the turn that was not made, an i1 that says whether
            there should have been one, and an i64 that says how many were made.
        """
        if not (may_give_up(loop.condition) or may_give_up(loop.body)):
            return self._plain_loop(loop, first, dtypes)
        f = self.f
        count = len(first)
        types = [self._type(dtype) for dtype in dtypes]
        going, at_head = "", ("", "")

        def condition(names: list[str]) -> str:
            nonlocal going, at_head
            self._turns, self.stuck = names[count : count + 2]
            (going,) = self.program(loop.condition, names[:count])
            at_head = self._turns, self.stuck
            free = f.value(f"xor i1 {self.stuck}, true")
            some = f.value(f"icmp sgt i64 {self._turns}, 0")
            return f.value(f"and i1 {f.value(f'and i1 {going}, {free}')}, {some}")

        def body(names: list[str]) -> list[str]:
            old = names[:count]
            new = self.program(loop.body, old)
            # A turn that got stuck never was.
            kept = [
                f.value(f"select i1 {self.stuck}, {kind} {a}, {kind} {b}")
                for kind, a, b in zip(types, old, new, strict=True)
            ]
            more = f.value(f"select i1 {self.stuck}, i64 0, i64 1")
            done = f.value(f"add i64 {names[-1]}, {more}")
            return [*kept, f.value(f"sub i64 {self._turns}, 1"), self.stuck, done]

        carried = list(zip(types, first, strict=True))
        carried += [("i64", self._turns), ("i1", self.stuck), ("i64", "0")]
        names = f.loop_while(condition, body, carried)
        self._turns, self.stuck = at_head
        return names[:count], going, names[-1]

    def _plain_loop(
        self, loop: Loop, first: Sequence[str], dtypes: Sequence[str]
    ) -> tuple[list[str], str, str]:
        """A loop in which nothing can get stuck."""
        f = self.f
        before, going = self._turns, ""

        def condition(names: list[str]) -> str:
            nonlocal going
            (going,) = self.program(loop.condition, names[:-1])
            some = f.value(f"icmp sgt i64 {names[-1]}, 0")
            return f.value(f"and i1 {going}, {some}")

        def body(names: list[str]) -> list[str]:
            new = self.program(loop.body, names[:-1])
            return [*new, f.value(f"sub i64 {names[-1]}, 1")]

        types = [self._type(dtype) for dtype in dtypes]
        carried = [*zip(types, first, strict=True), ("i64", self._turns)]
        *results, self._turns = f.loop_while(condition, body, carried)
        return results, going, f.value(f"sub i64 {before}, {self._turns}")

    def _whole_loop(
        self, loop: Loop, first: Sequence[str], dtypes: Sequence[str]
    ) -> list[str]:
        """A loop inside of a program, which is stuck if that does not end."""
        results, going, _ = self.loop(loop, first, dtypes)
        self.stuck = self.f.value(f"or i1 {going}, {self.stuck}")
        return results

    def _type(self, dtype: str) -> str:
        return "i1" if dtype == "bool" else Lanes(self.f, dtype, 1).type

    # -- operations --------------------------------------------------------------------

    def _value(
        self, value: Value, args: list[str], dtypes: list[str], divisor: Number
    ) -> str:
        f = self.f
        result = Lanes(f, value.dtype, 1)
        if value.op == "constant":
            if value.dtype == "bool":
                return "true" if value.constant else "false"
            return result.constant(value.constant or 0)
        if value.op == "select":
            kind = self._type(value.dtype)
            return f.value(f"select i1 {args[0]}, {kind} {args[1]}, {kind} {args[2]}")
        v = Lanes(f, dtypes[0], 1)
        if value.op == "cast":
            return self._cast(v, result, args[0])
        if value.op in DIVISIONS and v.dtype in INTEGERS and not divisor:
            return self._divide(value, v, args)
        number = divisor if value.op in DIVISIONS else value.constant
        write = OPERATIONS[value.op].write
        if cost_of(value.op, value.dtype) < _CALLED:
            return write(v, args, number)
        routine = f.subroutine(
            f"{value.op}.{v.suffix}",
            result.type,
            [v.type] * len(args),
            lambda names: write(v, names, number),
        )
        taken = ", ".join(f"{v.type} {arg}" for arg in args)
        return f.value(f"call {result.type} {routine}({taken})")

    def _cast(self, source: Lanes, target: Lanes, value: str) -> str:
        if source.dtype == target.dtype:
            return value
        if source.dtype == "bool":
            return target.from_mask(value)
        if target.dtype == "bool":
            return source.to_mask(value)
        return source.convert(value, target)

    def _divide(self, value: Value, v: Lanes, args: list[str]) -> str:
        """Integers over one that is not known: zero is not to be divided by."""
        x, y = args
        is_zero = v.compare("eq", y, v.constant(0))
        self.stuck = v.mask_or(self.stuck, is_zero)
        odd = is_zero
        if v.is_signed:
            is_minus = v.compare("eq", y, v.constant(-1))
            odd = v.mask_or(odd, is_minus)
        safe = v.select(odd, v.constant(1), y)
        write = OPERATIONS[value.op].write
        result = write(v, [x, safe], None)
        if v.is_signed:
            result = v.select(is_minus, write(v, [x, y], -1), result)
        return result
