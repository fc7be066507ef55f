"""Typed vector values in a native function: the operations that emitters are made of.

A `Lanes` has a dtype and a width; its methods write instructions and return names.
Width 1 is scalar code by the same methods. A width may exceed a register: LLVM splits
it, which keeps several independent chains in flight. Example, `y = sqrt(x) + 1`:

    >>> f = Function(target, arguments=2)
    >>> v = Lanes(f, "float32", target.lanes("float32"))
    >>> x = v.load(f.arguments[0])
    >>> v.store(v.add(v.sqrt(x), v.constant(1.0)), f.arguments[1])

Numbers are numpy's: integers wrap, `minimum` and `maximum` give NaN where either is
NaN, nothing is reordered or contracted unless it says so (`fma`). A mask is a vector of
i1, what `compare` gives; a bool in memory is a byte, in registers an i8 that is 0 or 1.
float16 and bfloat16 are for load, store and convert: compute in float32.
Read next: `vector_math.py`.
"""

from collections.abc import Callable, Sequence

from interactive_graphs.kernels.native.ir import TYPES, Function, constant_text

_BITS = {"half": 16, "bfloat": 16, "float": 32, "double": 64}
_FLOAT_TESTS = {
    "lt": "olt",
    "le": "ole",
    "gt": "ogt",
    "ge": "oge",
    "eq": "oeq",
    "ne": "une",
}


class Lanes:
    """Vector values of one dtype and width in a `Function`.

    Attributes:
        function: where the instructions go.
        dtype: numpy's name, e.g. "float32".
        width: number of elements; 1 is scalar code.
        element: LLVM's type of an element.
        type: LLVM's type of a value, `<8 x float>` for example.
        mask_type: LLVM's type of a mask.
        size: bytes of an element.
    """

    def __init__(self, function: Function, dtype: str, width: int) -> None:
        self.function = function
        self.dtype = dtype
        self.width = width
        self.element = TYPES[dtype]
        self.type = self.element if width == 1 else f"<{width} x {self.element}>"
        self.mask_type = "i1" if width == 1 else f"<{width} x i1>"
        self.is_float = self.element in _BITS
        self.is_signed = dtype.startswith("int")
        self.bits = _BITS.get(self.element) or int(self.element[1:])
        self.size = self.bits // 8
        kind = {"half": "f", "float": "f", "double": "f", "bfloat": "bf"}
        scalar = f"{kind.get(self.element, 'i')}{self.bits}"
        # How LLVM names the type in its intrinsics: v8f32, i64.
        self.suffix = scalar if width == 1 else f"v{width}{scalar}"

    def of_width(self, width: int) -> "Lanes":
        """The same dtype in another width."""
        return Lanes(self.function, self.dtype, width)

    def of_dtype(self, dtype: str) -> "Lanes":
        """The same width of another dtype."""
        return Lanes(self.function, dtype, self.width)

    # -- memory --------------------------------------------------------------------

    def load(self, pointer: str, mask: str | None = None) -> str:
        """Loads `width` elements; where the mask is false nothing is read, and 0."""
        if mask is None:
            return self.function.value(
                f"load {self.type}, ptr {pointer}, align {self.size}"
            )
        if self.width == 1:
            (value,) = self.function.when(
                mask,
                lambda: [self.load(pointer)],
                lambda: [self.constant(0)],
                [self.type],
            )
            return value
        self.function.declare(
            f"declare {self.type} @llvm.masked.load.{self.suffix}.p0"
            f"(ptr, i32, {self.mask_type}, {self.type})"
        )
        return self.function.value(
            f"call {self.type} @llvm.masked.load.{self.suffix}.p0(ptr {pointer}, "
            f"i32 {self.size}, {self.mask_type} {mask}, {self.type} zeroinitializer)"
        )

    def store(self, value: str, pointer: str, mask: str | None = None) -> None:
        """Stores `width` elements; where the mask is false nothing is written."""
        if mask is None:
            self.function.do(
                f"store {self.type} {value}, ptr {pointer}, align {self.size}"
            )
            return
        if self.width == 1:
            self.function.when(mask, lambda: self.store(value, pointer))
            return
        self.function.declare(
            f"declare void @llvm.masked.store.{self.suffix}.p0"
            f"({self.type}, ptr, i32, {self.mask_type})"
        )
        self.function.do(
            f"call void @llvm.masked.store.{self.suffix}.p0({self.type} {value}, "
            f"ptr {pointer}, i32 {self.size}, {self.mask_type} {mask})"
        )

    def broadcast(self, pointer: str) -> str:
        """Loads one element into all lanes."""
        scalar = self.function.value(
            f"load {self.element}, ptr {pointer}, align {self.size}"
        )
        return self.splat(scalar)

    def splat(self, scalar: str) -> str:
        """A value of the element's type in all lanes."""
        if self.width == 1:
            return scalar
        one = self.function.value(
            f"insertelement {self.type} poison, {self.element} {scalar}, i32 0"
        )
        return self.function.value(
            f"shufflevector {self.type} {one}, {self.type} poison, "
            f"<{self.width} x i32> zeroinitializer"
        )

    def constant(self, number: float) -> str:
        """A number in all lanes; costs no instruction here."""
        text = constant_text(self.dtype, number)
        return text if self.width == 1 else f"splat ({self.element} {text})"

    def constants(self, numbers: Sequence[float]) -> str:
        """A number for each lane."""
        texts = [constant_text(self.dtype, number) for number in numbers]
        if self.width == 1:
            return texts[0]
        return "<" + ", ".join(f"{self.element} {text}" for text in texts) + ">"

    def counting(self, start: str | None = None) -> str:
        """0, 1, 2, ... for integers, plus the scalar `start` in all lanes."""
        steps = self.constants(range(self.width))
        return steps if start is None else self.add(self.splat(start), steps)

    # -- arithmetic ----------------------------------------------------------------

    def _two(self, for_float: str, for_integer: str, a: str, b: str) -> str:
        name = for_float if self.is_float else for_integer
        return self.function.value(f"{name} {self.type} {a}, {b}")

    def add(self, a: str, b: str) -> str:
        """Gives a + b."""
        return self._two("fadd", "add", a, b)

    def sub(self, a: str, b: str) -> str:
        """Gives a - b."""
        return self._two("fsub", "sub", a, b)

    def mul(self, a: str, b: str) -> str:
        """Gives a * b."""
        return self._two("fmul", "mul", a, b)

    def div(self, a: str, b: str) -> str:
        """Gives a / b; of integers towards zero, and b must not be 0 (nor overflow)."""
        return self._two("fdiv", "sdiv" if self.is_signed else "udiv", a, b)

    def remainder(self, a: str, b: str) -> str:
        """C's remainder, with the sign of a; of integers b must not be 0."""
        return self._two("frem", "srem" if self.is_signed else "urem", a, b)

    def fma(self, a: str, b: str, c: str) -> str:
        """Gives a * b + c: rounded once where the target can, else twice."""
        if not self.is_float or not self.function.target.fma:
            return self.add(self.mul(a, b), c)
        return self.intrinsic("fma", a, b, c)

    def neg(self, a: str) -> str:
        """-a; -0.0 for 0.0."""
        if self.is_float:
            return self.function.value(f"fneg {self.type} {a}")
        return self.sub(self.constant(0), a)

    def abs(self, a: str) -> str:
        """The absolute value; the smallest integer stays as it is."""
        if self.is_float:
            return self.intrinsic("fabs", a)
        if not self.is_signed:
            return a
        return self.select(self.compare("lt", a, self.constant(0)), self.neg(a), a)

    def sqrt(self, a: str) -> str:
        """The square root, correctly rounded; NaN below zero."""
        return self.intrinsic("sqrt", a)

    def floor(self, a: str) -> str:
        """The largest whole number that is not above a."""
        return self.intrinsic("floor", a)

    def ceil(self, a: str) -> str:
        """The smallest whole number that is not below a."""
        return self.intrinsic("ceil", a)

    def trunc(self, a: str) -> str:
        """The whole number next to a towards zero."""
        return self.intrinsic("trunc", a)

    def round(self, a: str) -> str:
        """The nearest whole number, the even one in the middle."""
        return self.intrinsic("roundeven", a)

    def copysign(self, a: str, b: str) -> str:
        """The size of a with the sign of b."""
        return self.intrinsic("copysign", a, b)

    def intrinsic(self, name: str, *values: str) -> str:
        """Calls `llvm.<name>` of this type with values of this type."""
        pairs = [(self.type, value) for value in values]
        return self.function.call(self.type, f"llvm.{name}.{self.suffix}", *pairs)

    def minimum(self, a: str, b: str) -> str:
        """The smaller; NaN where either is NaN, as numpy; b of two zeros."""
        return self._extreme("lt", a, b)

    def maximum(self, a: str, b: str) -> str:
        """The larger; NaN where either is NaN, as numpy; b of two zeros."""
        return self._extreme("gt", a, b)

    def _extreme(self, test: str, a: str, b: str) -> str:
        # `test ? a : b` is one instruction that gives b where either is NaN.
        chosen = self.select(self.compare(test, a, b), a, b)
        if not self.is_float:
            return chosen
        return self.select(self.is_nan(a), a, chosen)

    # -- bits ----------------------------------------------------------------------

    def bit_and(self, a: str, b: str) -> str:
        """Gives a & b, of integers."""
        return self.function.value(f"and {self.type} {a}, {b}")

    def bit_or(self, a: str, b: str) -> str:
        """Gives a | b, of integers."""
        return self.function.value(f"or {self.type} {a}, {b}")

    def bit_xor(self, a: str, b: str) -> str:
        """Gives a ^ b, of integers."""
        return self.function.value(f"xor {self.type} {a}, {b}")

    def bit_not(self, a: str) -> str:
        """~a, of integers."""
        return self.bit_xor(a, self.constant(-1))

    def shift_left(self, a: str, b: str) -> str:
        """Gives a << b, of integers; b in [0, bits)."""
        return self.function.value(f"shl {self.type} {a}, {b}")

    def shift_right(self, a: str, b: str) -> str:
        """Gives a >> b, of integers, the sign kept if signed; b in [0, bits)."""
        name = "ashr" if self.is_signed else "lshr"
        return self.function.value(f"{name} {self.type} {a}, {b}")

    def bitcast(self, value: str, other: "Lanes") -> str:
        """The same bits as another type of the same total size."""
        if self.type == other.type:
            return value
        return self.function.value(f"bitcast {self.type} {value} to {other.type}")

    # -- masks ---------------------------------------------------------------------

    def compare(self, test: str, a: str, b: str) -> str:
        """A mask of a test: "lt", "le", "gt", "ge", "eq" or "ne", as numpy's."""
        if self.is_float:
            predicate = _FLOAT_TESTS[test]
            return self.function.value(f"fcmp {predicate} {self.type} {a}, {b}")
        sign = "" if test in ("eq", "ne") else "s" if self.is_signed else "u"
        return self.function.value(f"icmp {sign}{test} {self.type} {a}, {b}")

    def is_nan(self, a: str) -> str:
        """A mask of the NaNs."""
        return self.function.value(f"fcmp uno {self.type} {a}, {a}")

    def select(self, mask: str, a: str, b: str) -> str:
        """Takes a where the mask is true, else b."""
        return self.function.value(
            f"select {self.mask_type} {mask}, {self.type} {a}, {self.type} {b}"
        )

    def mask_and(self, a: str, b: str) -> str:
        """Both masks."""
        return self.function.value(f"and {self.mask_type} {a}, {b}")

    def mask_or(self, a: str, b: str) -> str:
        """Either mask."""
        return self.function.value(f"or {self.mask_type} {a}, {b}")

    def mask_not(self, a: str) -> str:
        """The other lanes."""
        true = "true" if self.width == 1 else "splat (i1 true)"
        return self.function.value(f"xor {self.mask_type} {a}, {true}")

    def first(self, count: int | str) -> str:
        """A mask of the first `count` lanes; a name is an i64, any size."""
        if isinstance(count, int) or count.lstrip("-").isdigit():
            lanes = ["true" if i < int(count) else "false" for i in range(self.width)]
            if self.width == 1:
                return lanes[0]
            return "<" + ", ".join(f"i1 {lane}" for lane in lanes) + ">"
        # In i32, whose lanes every target compares in one go.
        few = self.function.smaller(count, self.width)
        few = self.function.value(f"trunc i64 {few} to i32")
        numbers = self.of_dtype("int32")
        return numbers.compare("lt", numbers.counting(), numbers.splat(few))

    def to_mask(self, value: str) -> str:
        """The lanes that are not zero, NaN among them: numpy's truth."""
        return self.compare("ne", value, self.constant(0))

    def from_mask(self, mask: str) -> str:
        """1 in the lanes of a mask, 0 in the others."""
        if self.is_float:
            return self.select(mask, self.constant(1), self.constant(0))
        return self.function.value(f"zext {self.mask_type} {mask} to {self.type}")

    def any(self, mask: str) -> str:
        """An i1: whether any lane of a mask is true."""
        if self.width == 1:
            return mask
        bits = self.function.value(f"bitcast {self.mask_type} {mask} to i{self.width}")
        return self.function.value(f"icmp ne i{self.width} {bits}, 0")

    def all(self, mask: str) -> str:
        """An i1: whether all lanes of a mask are true."""
        if self.width == 1:
            return mask
        bits = self.function.value(f"bitcast {self.mask_type} {mask} to i{self.width}")
        return self.function.value(f"icmp eq i{self.width} {bits}, -1")

    # -- between types ---------------------------------------------------------------

    def convert(self, value: str, other: "Lanes") -> str:
        """`value.astype(other.dtype)`, as numpy on this processor.

        A float outside of an integer's range gives what the instruction gives.
        """
        if self.dtype == other.dtype:
            return value
        if other.dtype == "bool":
            return other.from_mask(self.to_mask(value))
        if self.is_float and other.is_float:
            return self._convert_float(value, other)
        if self.is_float:
            return self._to_integer(value, other)
        if other.is_float and other.bits == 16:
            wide = self.of_dtype("float32")
            return wide.convert(self.convert(value, wide), other)
        if other.is_float:
            name = "sitofp" if self.is_signed else "uitofp"
            return self._cast(name, value, other)
        if self.bits == other.bits:
            return value
        if self.bits > other.bits:
            return self._cast("trunc", value, other)
        return self._cast("sext" if self.is_signed else "zext", value, other)

    def _cast(self, name: str, value: str, other: "Lanes") -> str:
        return self.function.value(f"{name} {self.type} {value} to {other.type}")

    def _convert_float(self, value: str, other: "Lanes") -> str:
        if self.bits == other.bits:  # float16 and bfloat16
            wide = self.of_dtype("float32")
            return wide.convert(self.convert(value, wide), other)
        if self.bits < other.bits:
            return self._cast("fpext", value, other)
        if self.bits > 2 * other.bits:  # from float64, in two steps
            wide = self.of_dtype("float32")
            return wide.convert(self._rounded_to_odd(value, wide), other)
        if other.dtype == "bfloat16":
            return self._to_bfloat16(value, other)
        return self._cast("fptrunc", value, other)

    def _rounded_to_odd(self, value: str, wide: "Lanes") -> str:
        """float64 as float32, cut off, and its last bit set where that lost something.

        Rounding this once more gives what rounding once gives; two roundings to the
        nearest would not. Boldo and Melquiond, "When double rounding is odd", 2005.
        """
        bits = wide.of_dtype("int32")
        near = self._cast("fptrunc", value, wide)
        back = wide.convert(near, self)
        inexact = bits.from_mask(self.compare("ne", back, value))
        above = bits.from_mask(self.compare("gt", self.abs(back), self.abs(value)))
        cut = bits.sub(wide.bitcast(near, bits), above)
        return bits.bitcast(bits.bit_or(cut, inexact), wide)

    def _to_bfloat16(self, value: str, other: "Lanes") -> str:
        """The upper half of a float32, rounded to even; rarely built in."""
        bits, half = self.of_dtype("uint32"), self.of_dtype("uint16")
        whole = self.bitcast(value, bits)
        sixteen = bits.constant(16)
        last = bits.bit_and(bits.shift_right(whole, sixteen), bits.constant(1))
        rounded = bits.add(whole, bits.add(last, bits.constant(0x7FFF)))
        # Rounding could carry a NaN over into infinity.
        quiet = bits.bit_or(whole, bits.constant(0x400000))
        rounded = bits.select(self.is_nan(value), quiet, rounded)
        upper = bits.convert(bits.shift_right(rounded, sixteen), half)
        return half.bitcast(upper, other)

    def _to_integer(self, value: str, other: "Lanes") -> str:
        # As compilers do C's casts: small ones by way of a wider signed one.
        unsigned = not other.is_signed
        if other.bits < 32 or (unsigned and other.bits == 32):
            wide = self.of_dtype("int32" if other.bits < 32 else "int64")
            return wide.convert(self._cast("fptosi", value, wide), other)
        return self._cast("fptoui" if unsigned else "fptosi", value, other)

    # -- across lanes ----------------------------------------------------------------

    def fold(self, value: str, combine: Callable[["Lanes", str, str], str]) -> str:
        """Combines all lanes into a scalar, halves with halves: a fixed order.

            >>> v.fold(value, lambda half, a, b: half.mul(a, b))
            '%v12'

        Args:
            value: a power of two of lanes.
            combine: gets the `Lanes` of half the width and two values of it.
        """
        lanes = self
        while lanes.width > 1:
            half = lanes.of_width(lanes.width // 2)
            low = lanes.part(value, 0, half.width)
            high = lanes.part(value, half.width, half.width)
            value = combine(half, low, high)
            lanes = half
        return value

    def sum(self, value: str) -> str:
        """The sum of all lanes, a scalar, halves added to halves."""
        return self.fold(value, lambda half, a, b: half.add(a, b))

    def max(self, value: str) -> str:
        """The largest lane, a scalar; NaN if any is."""
        return self.fold(value, lambda half, a, b: half.maximum(a, b))

    def min(self, value: str) -> str:
        """The smallest lane, a scalar; NaN if any is."""
        return self.fold(value, lambda half, a, b: half.minimum(a, b))

    def shuffle(self, a: str, b: str, lanes: Sequence[int]) -> str:
        """Picks lanes of a (0 ...) and b (`width` ...); -1 is any value.

        The result has as many lanes as are picked, a scalar for one.
        """
        if len(lanes) == 1:
            source, place = (a, lanes[0]) if lanes[0] < self.width else (b, lanes[0])
            return self.extract(source, place % self.width)
        picks = ", ".join("i32 poison" if i < 0 else f"i32 {i}" for i in lanes)
        return self.function.value(
            f"shufflevector {self.type} {a}, {self.type} {b}, "
            f"<{len(lanes)} x i32> <{picks}>"
        )

    def part(self, value: str, start: int, count: int) -> str:
        """The lanes [start, start + count), as a value of that width."""
        return self.shuffle(value, "poison", range(start, start + count))

    def join(self, low: str, high: str) -> str:
        """Two values after one another, as a value of twice the width."""
        if self.width == 1:
            two = self.of_width(2)
            return two.insert(two.insert("poison", low, 0), high, 1)
        return self.shuffle(low, high, range(2 * self.width))

    def extract(self, value: str, lane: int) -> str:
        """One lane as a scalar."""
        if self.width == 1:
            return value
        return self.function.value(f"extractelement {self.type} {value}, i32 {lane}")

    def insert(self, value: str, scalar: str, lane: int) -> str:
        """The value with one lane replaced."""
        if self.width == 1:
            return scalar
        return self.function.value(
            f"insertelement {self.type} {value}, {self.element} {scalar}, i32 {lane}"
        )
