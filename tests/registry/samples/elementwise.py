"""Samples of arithmetic, mathematical functions, comparisons, casts and bits."""

import numpy as np

from tests.registry.sample import Sample

X = np.array([[0.4, -1.3, 2.2], [-0.7, 0.9, 1.6]], np.float32)
Y = np.array([1.45, -0.6, 0.85], np.float32)
P = np.abs(X) + np.float32(0.3)
INSIDE = X / 3
COMPLEX = (X + 1j * X[::-1]).astype(np.complex64)
COMPLEX_Y = (Y - 0.7j).astype(np.complex64)
INTS = np.array([[7, -7, 3], [5, 2, -4]], np.int32)
INTS_Y = np.array([2, -3, 5], np.int32)
BOOLS = np.array([[True, False, True]])
WORDS = np.array([b"a", b"bc"], object)

TWO = """
Add AddV2 Sub Mul RealDiv Div Maximum Minimum SquaredDifference DivNoNan Atan2
""".split()
MODULAR = "FloorDiv FloorMod TruncateDiv TruncateMod Mod".split()
ANYWHERE = """
Neg Abs Sign Square Exp Expm1 Sin Cos Tan Atan Sinh Cosh Tanh Asinh Sigmoid Ceil Floor
Rint Round Erf Erfc Reciprocal Inv
""".split()
POSITIVE = "Log Log1p Sqrt Rsqrt Lgamma Digamma".split()
OF_COMPLEX = """
Neg Sign Square Exp Expm1 Log Log1p Sqrt Rsqrt Sin Cos Tan Sinh Cosh Tanh Asinh Asin
Acos Atan Acosh Atanh Sigmoid Reciprocal
""".split()

SAMPLES = [
    *[Sample(name, [X, Y]) for name in TWO],
    *[Sample(name, [INTS, INTS_Y]) for name in MODULAR],
    *[Sample(name, [X, Y]) for name in MODULAR],
    *[Sample(name, [COMPLEX, COMPLEX_Y]) for name in ("Mul", "RealDiv", "Sub")],
    Sample("Add", [WORDS, WORDS[:1]]),
    Sample("Pow", [P, Y]),
    Sample("Pow", [np.abs(INTS), np.abs(INTS_Y)]),
    Sample("Pow", [COMPLEX, COMPLEX_Y]),
    Sample("Xdivy", [X, Y]),
    Sample("Xlogy", [X, P]),
    *[Sample(name, [X]) for name in ANYWHERE],
    *[Sample(name, [P]) for name in POSITIVE],
    *[Sample(name, [INSIDE]) for name in ("Asin", "Acos", "Atanh")],
    Sample("Acosh", [P + 1]),
    *[
        Sample(name, [COMPLEX])
        for name in OF_COMPLEX
        if name != "Sign"  # not differentiable in the complex sense: TF1 says zero
    ],
    Sample("Sign", [COMPLEX], differentiable=[], note="TF1 gives a gradient of zero"),
    *[
        Sample(f"{name}Grad", [P, X])
        for name in "Sqrt Rsqrt Reciprocal Inv Sigmoid Tanh".split()
    ],
    *[
        Sample(f"{name}Grad", [COMPLEX, COMPLEX[::-1]])
        for name in "Sqrt Rsqrt Reciprocal Inv".split()
    ],
    *[
        Sample(name, [P, P[:1] + 1], differentiable=[1], note="none in a, as TF1")
        for name in ("Igamma", "Igammac")
    ],
    Sample("Zeta", [P + 1, P], differentiable=[1], note="as TF1, no gradient in x"),
    Sample("Polygamma", [np.float32([2, 3, 1]), P], differentiable=[1]),
    Sample(
        "Betainc", [P, P[::-1], np.abs(INSIDE) / 2], differentiable=[2],
        note="as TF1, no gradient in a and b",
    ),
    Sample("AddN", [[X, X * 2, X - 1]]),
    Sample("AccumulateNV2", [[X, X * 2]], {"shape": (2, 3)}),
    *[
        Sample(name, [X, Y])
        for name in "Less LessEqual Greater GreaterEqual Equal NotEqual".split()
    ],
    Sample("Equal", [WORDS, WORDS[:1]]),
    Sample("NotEqual", [WORDS[0], WORDS[1]], note="scalars"),
    Sample("ApproximateEqual", [X, X + 1e-6]),
    Sample("LogicalAnd", [BOOLS, BOOLS.T]),
    Sample("LogicalOr", [BOOLS, BOOLS.T]),
    Sample("LogicalNot", [BOOLS]),
    *[Sample(name, [X]) for name in ("IsNan", "IsInf", "IsFinite")],
    *[
        Sample(f"Bitwise{name}", [INTS, INTS_Y])
        for name in ("And", "Or", "Xor")
    ],
    *[Sample(name, [INTS, np.abs(INTS_Y)]) for name in ("LeftShift", "RightShift")],
    Sample("Invert", [INTS]),
    Sample("PopulationCount", [INTS]),
    Sample("Cast", [X], {"DstT": "int32"}),
    Sample("Cast", [X.astype(np.float64)], {"DstT": "float32"}, tolerance=1e-2),
    Sample("Cast", [COMPLEX], {"DstT": "float32"}, differentiable=[]),
    Sample("Bitcast", [X], {"type": "int32"}),
    Sample("Bitcast", [X], {"type": "uint8"}),
    *[
        Sample(name, [COMPLEX])
        for name in ("Real", "Imag", "Angle", "ComplexAbs", "Conj")
    ],
    Sample("Complex", [X, Y]),
    Sample(
        "ClipByValue", [X, np.float32(-1), np.float32(1.1)], differentiable=[0, 1, 2]
    ),
]  # fmt: skip
