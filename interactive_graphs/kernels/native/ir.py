"""Writes one native function as LLVM IR text, with loops and branches as callbacks.

The function is `void @kernel(ptr %args, i64 %begin, i64 %end, ptr %scratch)`. Names of
values are strings; i64 numbers known while writing may be given as int wherever a name
may stand, and are folded. Example, `y[i] = x[i] + 1` for float32:

    >>> f = Function(named("avx2"), arguments=2)
    >>> x, y = f.arguments
    >>> def body(i, carried):
    ...     value = f.value(f"load float, ptr {f.address(x, i, 'float32')}, align 4")
    ...     plus = f.value(f"fadd float {value}, 1.0")
    ...     f.do(f"store float {plus}, ptr {f.address(y, i, 'float32')}, align 4")
    ...     return []
    >>> f.loop(f.begin, f.end, body)
    []
    >>> kernel = Kernel("add_one", f.text(), units=100, cost=50.0)

Read next: `lanes.py`, which writes vector operations of one dtype.
"""

from collections.abc import Callable, Sequence
from struct import pack, unpack

import numpy as np

from interactive_graphs.kernels.native.target import Target

Index = int | str
"""An i64: a number known now, or the name of a value."""

TYPES = {
    "float16": "half",
    "bfloat16": "bfloat",
    "float32": "float",
    "float64": "double",
    "bool": "i8",
    "int8": "i8",
    "uint8": "i8",
    "int16": "i16",
    "uint16": "i16",
    "int32": "i32",
    "uint32": "i32",
    "int64": "i64",
    "uint64": "i64",
}
"""LLVM's type for an element of a numpy dtype in memory."""


def constant_text(dtype: str, number: float) -> str:
    """Returns a number as LLVM writes it, without the type.

        >>> constant_text("float32", 0.5), constant_text("bool", True)
        ('0x3FE0000000000000', '1')

    Args:
        dtype: numpy's name of its type; integers wrap, floats are rounded to it.
        number: any number, NaN and infinities included.
    """
    if dtype == "float16":
        return f"0xH{np.float16(number).view(np.uint16):04X}"
    if dtype == "bfloat16":
        # Rounded to nearest even by hand: numpy alone does not know the type.
        bits = unpack("<I", pack("<f", np.float32(number)))[0]
        if number != number:
            return "0xR7FC0"
        return f"0xR{(bits + 0x7FFF + ((bits >> 16) & 1)) >> 16:04X}"
    if dtype in ("float32", "float64"):
        with np.errstate(over="ignore"):
            rounded = float(np.dtype(dtype).type(number))
        return f"0x{unpack('<Q', pack('<d', rounded))[0]:016X}"
    if dtype == "bool":
        return "1" if number else "0"
    bits = np.dtype(dtype).itemsize * 8
    wrapped = int(number) & ((1 << bits) - 1)
    return str(wrapped - (1 << bits) if wrapped >> (bits - 1) else wrapped)


def known(index: Index) -> int | None:
    """The number that an index is, if it is known while writing."""
    if isinstance(index, int):
        return index
    return int(index) if index.lstrip("-").isdigit() else None


class Function:
    """The text of one function, written from top to bottom.

    Attributes:
        target: the processor it is for.
        arguments: names of the pointers in `%args`, loaded at the top.
        begin, end, scratch: names of the other parameters.
    """

    def __init__(self, target: Target, arguments: int) -> None:
        self.target = target
        self.begin = "%begin"
        self.end = "%end"
        self.scratch = "%scratch"
        self._declared: dict[str, None] = {}
        self._routines: dict[str, str] = {}
        self._top: list[str] = []
        self._lines: list[str] = []
        self._count = 0
        self._block = "entry"
        self.arguments = tuple(self._argument(number) for number in range(arguments))

    def _argument(self, number: int) -> str:
        self._top += [
            f"  %p{number} = getelementptr ptr, ptr %args, i64 {number}",
            f"  %a{number} = load ptr, ptr %p{number}, align 8, !invariant.load !0",
        ]
        return f"%a{number}"

    # -- lines ---------------------------------------------------------------------

    def value(self, expression: str) -> str:
        """Writes an instruction that gives a value; returns the value's name."""
        self._count += 1
        name = f"%v{self._count}"
        self._lines.append(f"  {name} = {expression}")
        return name

    def do(self, instruction: str) -> None:
        """Writes an instruction that gives no value, a store for example."""
        self._lines.append(f"  {instruction}")

    def comment(self, words: str) -> None:
        """Writes a comment, for the reader of the text."""
        self._lines.append(f"  ; {words}")

    def declare(self, text: str) -> None:
        """Adds a line to the top of the module, once: `declare ...`, a constant."""
        self._declared[text] = None

    def call(self, result: str, function: str, *arguments: tuple[str, str]) -> str:
        """Declares and calls a function.

            >>> f.call("float", "llvm.sqrt.f32", ("float", "%x"))
            '%v7'

        Args:
            result: its LLVM type, "void" included; then "" is returned.
            function: name without the @.
            *arguments: pairs of LLVM type and value.
        """
        types = ", ".join(kind for kind, _ in arguments)
        values = ", ".join(f"{kind} {value}" for kind, value in arguments)
        self.declare(f"declare {result} @{function}({types})")
        if result == "void":
            self.do(f"call void @{function}({values})")
            return ""
        return self.value(f"call {result} @{function}({values})")

    def table(self, dtype: str, numbers: Sequence[float]) -> str:
        """Adds constants to the module; returns a pointer to them, aligned 64."""
        kind = TYPES[dtype]
        name = f"@table{len(self._declared)}"
        items = ", ".join(f"{kind} {constant_text(dtype, item)}" for item in numbers)
        self.declare(
            f"{name} = private unnamed_addr constant "
            f"[{len(numbers)} x {kind}] [{items}], align 64"
        )
        return name

    def stack(self, size: int) -> str:
        """Returns a pointer to `size` bytes on the stack, aligned 64; for a few KB."""
        self._count += 1
        self._top.append(f"  %s{self._count} = alloca [{size} x i8], align 64")
        return f"%s{self._count}"

    def subroutine(
        self,
        name: str,
        result: str,
        types: Sequence[str],
        body: Callable[[list[str]], str],
    ) -> str:
        """Adds an internal function to the module, the first time; returns "@name".

            >>> f.subroutine("twice", "float", ["float"], lambda x: v.add(x[0], x[0]))
            '@twice'

        What is needed at many places, a sine for example, is compiled once this way.

        Args:
            name: without the @.
            result: its LLVM type.
            types: LLVM types of its parameters.
            body: gets the names of the parameters, returns that of the result; what
                it writes with this same object goes into the new function.
        """
        if name in self._routines:
            return f"@{name}"
        self._routines[name] = ""
        outer = self._top, self._lines, self._block
        self._top, self._lines, self._block = [], [], "entry"
        names = [f"%x{number}" for number in range(len(types))]
        value = body(names)
        pairs = zip(types, names, strict=True)
        taken = ", ".join(f"{kind} {given}" for kind, given in pairs)
        lines = [*self._top, *self._lines, f"  ret {result} {value}"]
        self._routines[name] = "\n".join(
            [
                f"define internal {result} @{name}({taken}) noinline nounwind {{",
                "entry:",
                *lines,
                "}",
            ]
        )
        self._top, self._lines, self._block = outer
        return f"@{name}"

    # -- whole numbers -------------------------------------------------------------

    def add(self, a: Index, b: Index) -> str:
        """Gives a + b, i64, folded where both are known."""
        left, right = known(a), known(b)
        if left is not None and right is not None:
            return str(left + right)
        if left == 0:
            return str(b)
        return str(a) if right == 0 else self.value(f"add nsw i64 {a}, {b}")

    def subtract(self, a: Index, b: Index) -> str:
        """Gives a - b, i64, folded where both are known."""
        left, right = known(a), known(b)
        if left is not None and right is not None:
            return str(left - right)
        return str(a) if right == 0 else self.value(f"sub nsw i64 {a}, {b}")

    def multiply(self, a: Index, b: Index) -> str:
        """Gives a * b, i64, folded where both are known."""
        left, right = known(a), known(b)
        if left is not None and right is not None:
            return str(left * right)
        if 0 in (left, right):
            return "0"
        if left == 1:
            return str(b)
        return str(a) if right == 1 else self.value(f"mul nsw i64 {a}, {b}")

    def divide(self, a: Index, b: int) -> str:
        """Gives a // b of i64 that are not negative, folded where a is known."""
        left = known(a)
        if left is not None:
            return str(left // b)
        return str(a) if b == 1 else self.value(f"udiv i64 {a}, {b}")

    def remainder(self, a: Index, b: int) -> str:
        """A % b of i64 that are not negative, folded where a is known."""
        left = known(a)
        if left is not None:
            return str(left % b)
        return "0" if b == 1 else self.value(f"urem i64 {a}, {b}")

    def smaller(self, a: Index, b: Index) -> str:
        """The smaller of two signed i64, folded where both are known."""
        left, right = known(a), known(b)
        if left is not None and right is not None:
            return str(min(left, right))
        return self.call("i64", "llvm.smin.i64", ("i64", str(a)), ("i64", str(b)))

    def larger(self, a: Index, b: Index) -> str:
        """The larger of two signed i64, folded where both are known."""
        left, right = known(a), known(b)
        if left is not None and right is not None:
            return str(max(left, right))
        return self.call("i64", "llvm.smax.i64", ("i64", str(a)), ("i64", str(b)))

    def index(self, terms: Sequence[tuple[Index, int]], offset: int = 0) -> str:
        """Returns the sum of index times stride over `terms`, plus `offset`, as i64.

        >>> f.index([("%row", 784), ("%column", 1)], offset=3)
        '%v9'
        """
        total: Index = 0
        for name, stride in terms:
            number = known(name)
            if number is not None:
                offset += number * stride
            elif stride:
                total = self.add(total, self.multiply(name, stride))
        return self.add(total, offset)

    def address(self, pointer: str, index: Index, dtype: str) -> str:
        """Returns a pointer to the element `index` of an array of `dtype`."""
        if known(index) == 0:
            return pointer
        return self.value(f"getelementptr {TYPES[dtype]}, ptr {pointer}, i64 {index}")

    def prefetch(self, pointer: str) -> None:
        """Has the line of memory come near, to be written; no address is wrong."""
        self.declare("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)")
        self.do(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 1, i32 3, i32 1)")

    # -- control -------------------------------------------------------------------

    def loop(
        self,
        begin: Index,
        end: Index,
        body: Callable[[str, list[str]], Sequence[str] | None],
        carried: Sequence[tuple[str, str]] = (),
        step: int = 1,
    ) -> list[str]:
        """Writes `for index in range(begin, end, step)`; returns what it carried.

            >>> zero = "0.0"
            >>> def add_up(i, carried):
            ...     x = f.value(f"load float, ptr {f.address(p, i, 'float32')}")
            ...     return [f.value(f"fadd float {carried[0]}, {x}")]
            >>> (total,) = f.loop(0, 100, add_up, [("float", zero)])

        Args:
            begin: the first index.
            end: above the last index; both are signed i64.
            body: gets the index and the carried values, returns their next values.
                A loop of one turn known now is written straight, its index a number.
            carried: LLVM type and first value of each.
            step: positive.
        """
        first, last = known(begin), known(end)
        values = [value for _, value in carried]
        if first is not None and last is not None:
            if first >= last:
                return values
            if first + step >= last:
                return list(body(str(first), values) or ())
        self._count += 1
        number = self._count
        names = [f"%c{number}.{place}" for place in range(len(carried))]
        sure = first is not None and last is not None
        before = self._block
        if sure:
            self.do(f"br label %loop{number}")
        else:
            guard = self.value(f"icmp slt i64 {begin}, {end}")
            self.do(f"br i1 {guard}, label %loop{number}, label %done{number}")
        self._start(f"loop{number}")
        place = len(self._lines)
        after = list(body(f"%i{number}", names) or ())
        following = self.value(f"add nsw i64 %i{number}, {step}")
        more = self.value(f"icmp slt i64 {following}, {end}")
        self.do(f"br i1 {more}, label %loop{number}, label %done{number}")
        latch = self._block
        heads = [(f"%i{number}", "i64", str(begin), following)]
        heads += [
            (name, kind, value, new)
            for name, (kind, value), new in zip(names, carried, after, strict=True)
        ]
        self._lines[place:place] = [
            f"  {name} = phi {kind} [ {value}, %{before} ], [ {new}, %{latch} ]"
            for name, kind, value, new in heads
        ]
        self._start(f"done{number}")
        if sure:
            return after
        return [
            self.value(f"phi {kind} [ {value}, %{before} ], [ {new}, %{latch} ]")
            for (kind, value), new in zip(carried, after, strict=True)
        ]

    def loop_while(
        self,
        condition: Callable[[list[str]], str],
        body: Callable[[list[str]], Sequence[str]],
        carried: Sequence[tuple[str, str]],
    ) -> list[str]:
        """Writes `while condition(carried): carried = body(carried)`.

        Args:
            condition: gets the carried values, returns an i1.
            body: gets the carried values, returns their next values.
            carried: LLVM type and first value of each.
        """
        self._count += 1
        number = self._count
        names = [f"%c{number}.{place}" for place in range(len(carried))]
        before = self._block
        self.do(f"br label %while{number}")
        self._start(f"while{number}")
        place = len(self._lines)
        self.do(f"br i1 {condition(names)}, label %turn{number}, label %done{number}")
        self._start(f"turn{number}")
        after = body(names)
        self.do(f"br label %while{number}")
        latch = self._block
        self._lines[place:place] = [
            f"  {name} = phi {kind} [ {value}, %{before} ], [ {new}, %{latch} ]"
            for name, (kind, value), new in zip(names, carried, after, strict=True)
        ]
        self._start(f"done{number}")
        return names

    def when(
        self,
        condition: str,
        body: Callable[[], Sequence[str] | None],
        otherwise: Callable[[], Sequence[str] | None] | None = None,
        types: Sequence[str] = (),
    ) -> list[str]:
        """Writes `if condition: body() else: otherwise()`.

            >>> f.when("%is_last", lambda: f.do("store float 0.0, ptr %p"))
            []

        Args:
            condition: an i1.
            body: returns its values, one of each of `types`.
            otherwise: likewise; needed where there are `types`.
            types: LLVM types of what the branches return.
        """
        self._count += 1
        number = self._count
        skip = "else" if otherwise else "done"
        self.do(f"br i1 {condition}, label %then{number}, label %{skip}{number}")
        self._start(f"then{number}")
        results = list(body() or ())
        then = self._block
        self.do(f"br label %done{number}")
        others: list[str] = []
        if otherwise:
            self._start(f"else{number}")
            others = list(otherwise() or ())
            self.do(f"br label %done{number}")
        last = self._block
        self._start(f"done{number}")
        return [
            self.value(f"phi {kind} [ {one}, %{then} ], [ {two}, %{last} ]")
            for kind, one, two in zip(types, results, others, strict=True)
        ]

    def _start(self, block: str) -> None:
        self._lines.append(f"{block}:")
        self._block = block

    def text(self) -> str:
        """Returns the whole module."""
        return "\n".join(
            [
                *self._declared,
                *self._routines.values(),
                "define void @kernel"
                "(ptr %args, i64 %begin, i64 %end, ptr %scratch) nounwind {",
                "entry:",
                *self._top,
                *self._lines,
                "  ret void",
                "}",
                "!0 = !{}",
                "",
            ]
        )
