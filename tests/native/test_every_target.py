"""What this machine cannot run, compiled: emitters whose own tests do not say so."""

import pytest

from interactive_graphs.kernels.native.compiler import object_code
from interactive_graphs.kernels.native.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_input_gradient,
)
from interactive_graphs.kernels.native.depthwise_gradient import (
    depthwise_conv2d_filter_gradient,
)
from interactive_graphs.kernels.native.driver_entry import module_text
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.scalar import scalar_loop
from interactive_graphs.kernels.native.target import Target, named
from interactive_graphs.kernels.native.tiles import tiled
from interactive_graphs.kernels.native.updates import update_of
from tests.native.convolutions import same
from tests.native.running import here
from tests.native.test_scalar import collatz
from tests.native.test_tiles import chain
from tests.native.test_updates import CASES

# The machine of an object file for Linux, at its byte 18.
MACHINES = {"aarch64": 183, "generic": 62}


@pytest.fixture(params=MACHINES)
def target(request: pytest.FixtureRequest) -> Target:
    here()
    return named(request.param)


def check(target: Target, *kernels: Kernel) -> None:
    for kernel in kernels:
        for part in (kernel, *kernel.calls):
            made = object_code(part, target)
            machine = int.from_bytes(made[18:20], "little")
            assert (made[:4], machine) == (b"\x7fELF", MACHINES[target.name])


def test_depthwise_convolutions(target: Target) -> None:
    case = same((2, 9, 9, 21), (3, 3, 21, 2))
    for emit in (
        depthwise_conv2d,
        depthwise_conv2d_input_gradient,
        depthwise_conv2d_filter_gradient,
    ):
        check(target, *emit(*case[:2], case.windows, target=target).kernels)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_updates(target: Target, name: str, options: dict[str, bool]) -> None:
    update = update_of(name, (37,), "float32", None, **options)
    check(target, *elementwise(update.cluster, target).kernels)


def test_loops_of_scalars(target: Target) -> None:
    check(target, *scalar_loop(collatz(), ["int64", "int32"], target, 10).kernels)


def test_passes_by_tiles(target: Target) -> None:
    check(target, *tiled(chain(100_003), 2, 2, target).kernels)


def test_the_driver(target: Target) -> None:
    check(target, Kernel("driver", module_text(target), 1, 0.0))
