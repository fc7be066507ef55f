"""Placement on trial: where a graph would go in another session. Nothing runs.

    options = EngineOptions(soft_placement=True)
    place_on_trial(graph.get_operations(), options, ["/cpu:0", "/gpu:0"])

Operations that no device would take are in the answer, too, each with the error that a
run would raise. Read next: `place.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interactive_graphs.framework import device as names
from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.devices import PREFIX, Device, local_devices
from interactive_graphs.runtime.engine import EngineOptions
from interactive_graphs.runtime.place import Placement, Placer


def place_on_trial(
    operations: Iterable[Operation],
    options: EngineOptions,
    devices: Sequence[str] | None = None,
) -> list[Placement]:
    """Where `operations` would go in a session that does not exist.

    Args:
        operations: of one graph, in order.
        options: the session's: how many CPUs, soft placement.
        devices: names of the devices to imagine, '/gpu:0' or in full; those that a
            session with `options` has on this machine when None.

    Returns:
        A placement for each operation; `chosen` is empty where none is possible.

    Raises:
        ValueError: a device's name is none.
    """
    if devices is None:
        there = local_devices(options.device_count)
    else:
        there = imagined_devices(devices)
    return Placer(there, options.soft_placement).attempt(operations)


def imagined_devices(device_names: Iterable[str]) -> list[Device]:
    """Devices of these names, best first: CPUs come last, as in any session.

    Raises:
        ValueError: a name is none, or does not say which type of device.
    """
    found: dict[str, Device] = {}
    for name in device_names:
        spec = names.DeviceSpec.from_string(names.merge_strings(PREFIX, name))
        if spec.device_type is None:
            raise ValueError(
                f"{name!r} names no device: it says no type, as /gpu:0 does"
            )
        spec.device_index = spec.device_index or 0
        full = spec.to_string()
        found[full] = Device(full, spec.device_type, 0, 0)
    if not found:
        raise ValueError("a session has one device at least")
    return sorted(
        found.values(), key=lambda device: (device.device_type == "CPU", device.name)
    )
