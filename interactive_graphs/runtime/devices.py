"""The devices of a session: what there is to run on.

Read next: `place.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

PREFIX: Final = "/job:localhost/replica:0/task:0"
CPU_MEMORY: Final = 256 * 1024 * 1024
"""What TensorFlow reports for a CPU, in bytes; nothing is limited by it."""


class Device(NamedTuple):
    """A device of a session.

    Attributes:
        name: in full, '/job:localhost/replica:0/task:0/device:CPU:0'.
        device_type: 'CPU'.
        memory_limit_bytes: as TensorFlow reports it.
        incarnation: a random id, new with each session.
        physical: a description of the hardware, '' for a plain CPU.
    """

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int
    physical: str = ""


def local_devices(device_count: Mapping[str, int] | None = None) -> list[Device]:
    """The devices of a session in this process.

    Args:
        device_count: how many of a type are wanted, `ConfigProto.device_count`; one CPU
            by default. Several CPUs are virtual: they share the machine's cores.
    """
    count = dict(device_count or {}).get("CPU", 1)
    return [
        Device(f"{PREFIX}/device:CPU:{i}", "CPU", CPU_MEMORY, _incarnation())
        for i in range(max(count, 1))
    ]


def _incarnation() -> int:
    """A random number of 63 bits, never 0."""
    return int.from_bytes(os.urandom(8)) >> 1 | 1
