"""Partitions: a placed plan cut by device, with what must be sent between them.

In one process the parts share memory and run as one program; the cut is what a trace
shows, what `output_partition_graphs` returns, and where other devices will take over.
Read next: `compile.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.plan import Plan


class Partition:
    """What one device does in a step.

    Attributes:
        device: its full name.
        nodes: its operations, in order.
        receives: tensors that come from other devices.
        sends: (tensor, device) pairs that other devices take.
    """

    __slots__ = ("device", "nodes", "receives", "sends")

    def __init__(self, device: str) -> None:
        """Nothing to do yet on `device`."""
        self.device = device
        self.nodes: list[Operation] = []
        self.receives: list[Tensor] = []
        self.sends: list[tuple[Tensor, str]] = []


def partition(plan: Plan) -> list[Partition]:
    """Cut a placed plan by device, in the order the devices are first used."""
    parts: dict[str, Partition] = {}
    fed = frozenset(plan.feeds)
    device_of = {op: plan.device_of(op) for op in plan.nodes}
    for op in plan.nodes:
        device = device_of[op]
        part = parts.setdefault(device, Partition(device))
        part.nodes.append(op)
        for tensor in op.inputs:
            if tensor in fed or tensor.op not in device_of:
                continue
            source = device_of[tensor.op]
            if source != device and tensor not in part.receives:
                part.receives.append(tensor)
                parts[source].sends.append((tensor, device))
    return list(parts.values())
