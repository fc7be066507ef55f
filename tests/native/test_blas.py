"""What is left to numpy's linear algebra, and why it is not called from our threads."""

import subprocess
import sys

import pytest

from interactive_graphs.kernels.native.blas import left_to_numpy


@pytest.mark.parametrize(
    ("sizes", "dtype", "options", "left"),
    [
        ((100, 256, 784), "float32", {}, False),
        ((1024, 1024, 1024), "float32", {}, False),
        ((2048, 2048, 2048), "float32", {}, True),
        ((2048, 2048, 2048), "float64", {}, True),
        ((2048, 2048, 2048), "int32", {}, False),
        ((2048, 2048, 2048), "float32", {"has_epilogue": True}, False),
        ((2048, 2048, 2048), "float32", {"batch": (2,)}, False),
        ((10, 100000, 100000), "float32", {}, False),
        ((0, 5, 5), "float32", {}, False),
    ],
)
def test_what_is_left_to_numpy(sizes, dtype, options, left):
    assert left_to_numpy(*sizes, dtype, **options) is left


PROGRAM = """
import ctypes, threading
import numpy
paths = [line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line]
library = ctypes.CDLL(paths[0]) if paths else None
count = getattr(library, "scipy_openblas_get_num_threads64_", None)
local = getattr(library, "openblas_set_num_threads_local", None)
if count and local and count() > 1:
    local(1)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(count()))
    thread.start()
    thread.join()
    print("whole process" if seen == [1] else "this thread")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_the_number_of_threads_cannot_be_set_for_one_call():
    """Fails when it can be, in some later OpenBLAS: then `blas.py` may be rewritten."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    if not done.stdout:
        pytest.skip("no OpenBLAS of several threads here")
    assert done.stdout == "whole process\n"
