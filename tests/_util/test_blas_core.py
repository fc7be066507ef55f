"""Which core OpenBLAS is told to take, and that nothing of it stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from interactive_graphs._util import blas_core

ZEN_5 = "cpu:type:x86,ven0002fam001Amod0002:feature:,0000,0094,0130,0131,01A9\n"
ZEN_4 = "cpu:type:x86,ven0002fam0019mod0061:feature:,0000,0094,0130,0131,01A9\n"
CASCADE_LAKE = "cpu:type:x86,ven0000fam0006mod0055:feature:,0000,0094,0130,0131\n"
WITHOUT_AVX512 = "cpu:type:x86,ven0002fam001Amod0002:feature:,0000,0094,0131\n"
ARM = "cpu:type:aarch64:feature:,0000,0001\n"


@pytest.mark.parametrize(
    ("modalias", "core"),
    [
        (ZEN_5, "SkylakeX"), (ZEN_4, ""), (CASCADE_LAKE, ""), (WITHOUT_AVX512, ""),
        (ARM, ""), ("", ""), ("nonsense", ""),
    ],
)  # fmt: skip
def test_core_of_processors(modalias, core):
    assert blas_core.core_type(modalias) == core


PROGRAM = """
import builtins, io, os, sys
{before}
real = builtins.open
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print("while numpy loads:", os.environ.get("OPENBLAS_CORETYPE"))
sys.meta_path.insert(0, Finder())
def fake(file, *args, **options):
    if file == "/sys/devices/system/cpu/modalias":
        {answer}
    return real(file, *args, **options)
builtins.open = fake
import interactive_graphs
print("afterwards:", os.environ.get("OPENBLAS_CORETYPE"))
"""


def said(modalias=None, before="", **environment):
    """What a fresh process says when `/sys` says `modalias`, None for no such file."""
    answer = (
        "raise FileNotFoundError"
        if modalias is None
        else f"return io.StringIO({modalias!r})"
    )
    code = PROGRAM.format(before=before, answer=answer)
    env = {key: x for key, x in os.environ.items() if key != blas_core.VARIABLE}
    root = Path(blas_core.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**env, **environment},
    )
    return done.stdout.splitlines()


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /sys")


@linux
def test_a_mistaken_processor_is_named_while_numpy_loads():
    assert said(ZEN_5) == ["while numpy loads: SkylakeX", "afterwards: None"]


@linux
@pytest.mark.parametrize("modalias", [CASCADE_LAKE, ARM, None])
def test_other_processors_are_left_alone(modalias):
    assert said(modalias) == ["while numpy loads: None", "afterwards: None"]


@linux
def test_what_the_user_set_stays():
    lines = said(ZEN_5, OPENBLAS_CORETYPE="Haswell")
    assert lines == ["while numpy loads: Haswell", "afterwards: Haswell"]


@linux
def test_a_numpy_that_is_there_is_left_alone():
    assert said(ZEN_5, before="import numpy") == ["afterwards: None"]
