"""The processor that native code is written for.

    >>> named("avx2").lanes("float32")
    8

`detect` asks LLVM for the processor of this machine; `named` gives a family by name,
for tests and for looking at code. Emitters read `vector_bytes`, `registers` and `fma`
and nothing else, so each family is one code path. Read next: `lanes.py`.
"""

import functools
import sys
from typing import NamedTuple

import numpy as np

from interactive_graphs._util import lazy

OLDEST_LLVM = 20
"""The texts use what LLVM's assembler reads since then: llvmlite 0.45."""


class Target(NamedTuple):
    """A family of processors, and one of it.

    Attributes:
        name: "avx512", "avx2", "aarch64" or "generic".
        triple: LLVM's name for architecture, maker and system; "" means this machine.
        cpu: LLVM's name for the processor, for its instruction timings.
        features: LLVM's list of what it can do, e.g. "+avx2,+fma".
        vector_bytes: bytes of a vector register.
        registers: number of vector registers.
        fma: whether multiply-add with one rounding is one instruction.
    """

    name: str
    triple: str
    cpu: str
    features: str
    vector_bytes: int
    registers: int
    fma: bool = True

    def lanes(self, dtype: str) -> int:
        """Number of elements of a numpy dtype in one register."""
        size = 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize
        return max(1, self.vector_bytes // size)


_AVX512 = ("avx512f", "avx512bw", "avx512dq", "avx512vl")
_AVX2 = ("avx2", "fma", "f16c", "bmi", "bmi2")
_FAMILIES = {
    "avx512": Target(
        "avx512",
        "x86_64-unknown-linux-gnu",
        "skylake-avx512",
        # LLVM would rather split 512-bit vectors on these; explicit ones are meant.
        "+" + ",+".join(_AVX512 + _AVX2) + ",-prefer-256-bit",
        64,
        32,
    ),
    "avx2": Target(
        "avx2",
        "x86_64-unknown-linux-gnu",
        "haswell",
        "+" + ",+".join(_AVX2),
        32,
        16,
    ),
    "aarch64": Target(
        "aarch64", "aarch64-unknown-linux-gnu", "generic", "+neon", 16, 32
    ),
    "generic": Target(
        "generic", "x86_64-unknown-linux-gnu", "x86-64", "", 16, 16, fma=False
    ),
}


def named(name: str) -> Target:
    """Returns a family by its name: "avx512", "avx2", "aarch64", "generic".

    Raises:
        ValueError: there is none of that name.
    """
    try:
        return _FAMILIES[name]
    except KeyError:
        known = ", ".join(_FAMILIES)
        raise ValueError(f"No native target {name!r}; there are {known}.") from None


@functools.cache
def detect() -> Target:
    """Returns the target of this machine.

    Raises:
        RuntimeError: `available` says why there is none.
    """
    reason = available()
    if reason:
        raise RuntimeError(f"No native code on this machine: {reason}.")
    binding = lazy.load("llvmlite.binding")
    host = binding.get_host_cpu_features()
    family = _FAMILIES[_family(host)]
    features = host.flatten()
    if family.name == "avx512":
        features += ",-prefer-256-bit"
    return family._replace(
        triple="", cpu=binding.get_host_cpu_name(), features=features
    )


@functools.cache
def available() -> str:
    """Why native code cannot run here, or "" if it can."""
    try:
        binding = lazy.load("llvmlite.binding")
    except (ImportError, OSError) as error:
        return f"llvmlite cannot be loaded ({error})"
    if binding.llvm_version_info[0] < OLDEST_LLVM:
        return "llvmlite is older than 0.45"
    if sys.maxsize < 2**32:
        return "Python is a 32-bit program"
    if sys.byteorder != "little":
        return "the processor is big-endian"
    try:
        host = binding.get_host_cpu_features()
    except RuntimeError as error:  # LLVM does not know this processor
        return f"the processor is unknown to LLVM ({error})"
    if _family(host) == "generic":
        return "the processor is neither x86-64 with AVX2 and FMA nor aarch64"
    return ""


def _family(host: dict[str, bool]) -> str:
    """The best family that a processor with these features belongs to."""
    triple = lazy.load("llvmlite.binding").get_process_triple()
    if triple.startswith(("aarch64", "arm64")):
        return "aarch64"
    if not triple.startswith(("x86_64", "amd64")):
        return "generic"
    if all(host.get(feature) for feature in _AVX512 + _AVX2):
        return "avx512"
    return "avx2" if all(host.get(feature) for feature in _AVX2) else "generic"
