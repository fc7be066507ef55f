"""NumPy, imported so that its linear algebra knows the processor.

OpenBLAS chooses its kernels when it is loaded. Up to release 0.3.31 it takes AMD's
Zen 5 for a processor without AVX-512, and its products run at half their speed. It
reads `OPENBLAS_CORETYPE` instead, if that is set: so it is, while numpy is imported for
the first time, on a processor known to be mistaken and if the user has not set it.

What the processor is, is read from `/sys`: unlike `/proc/cpuinfo`, which some kernels
take 10 ms to write, it costs 0.1 ms.
"""

import os
import re
import sys

MODALIAS = "/sys/devices/system/cpu/modalias"
VARIABLE = "OPENBLAS_CORETYPE"

# Vendor and family, as Linux writes them, and the core that OpenBLAS should take.
_MISTAKEN = {("0002", "001A"): "SkylakeX"}
# Bit 16 of Linux's word 9 of features.
_AVX512F = "0130"


def core_type(modalias: str) -> str:
    """The name of the core that OpenBLAS is to take, or "" if it finds the right one.

        >>> core_type("cpu:type:x86,ven0002fam001Amod0044:feature:,0000,0130,0131")
        'SkylakeX'

    Args:
        modalias: what Linux says of the processor.
    """
    found = re.match(
        r"cpu:type:x86,ven(\w{4})fam(\w{4})mod\w{4}:feature:(.*)", modalias
    )
    if not found or _AVX512F not in found[3].split(","):
        return ""
    return _MISTAKEN.get((found[1], found[2]), "")


def _wanted() -> str:
    """What to set while numpy is imported; "" for nothing."""
    if "numpy" in sys.modules or VARIABLE in os.environ or sys.platform != "linux":
        return ""
    try:
        with open(MODALIAS, encoding="ascii") as file:
            return core_type(file.read())
    except (OSError, ValueError):
        return ""


_core = _wanted()
if _core:
    os.environ[VARIABLE] = _core
import numpy as numpy  # noqa: E402

if _core:
    # What the user's own processes inherit stays as it was.
    del os.environ[VARIABLE]
