"""Placement: which device each operation runs on, and why.

A request that no device meets is an error, unless soft placement drops the device's
type and number from it. Operations that share a reference or say `_class: loc:@x` are
placed together. Read next: `partition.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from interactive_graphs import errors
from interactive_graphs.framework import device as names
from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.devices import Device


class Placement(NamedTuple):
    """Where one operation runs.

    Attributes:
        op: the operation.
        asked: the device asked for, '' when none.
        chosen: the full name of the device.
        reason: in words, for people.
    """

    op: Operation
    asked: str
    chosen: str
    reason: str


class Placer:
    """Places the operations of a graph on a session's devices, as the graph grows.

    Attributes:
        placements: what was decided, by operation.
    """

    def __init__(self, devices: list[Device], soft: bool) -> None:
        """Nothing is placed.

        Args:
            devices: the session's, best first.
            soft: whether a request may be weakened.
        """
        self._devices = devices
        self._soft = soft
        self._group_of: dict[Operation, Operation] = {}
        self.placements: dict[Operation, Placement] = {}

    def place(self, ops: Iterable[Operation]) -> list[Placement]:
        """Place those of `ops` that have no place yet.

        Returns:
            The new placements, in order.

        Raises:
            InvalidArgumentError: a request cannot be met, or a group's requests clash.
                Nothing of `ops` is placed then.
        """
        new = [op for op in ops if op not in self.placements]
        groups = self._groups(new)
        placed: dict[Operation, Placement] = {}
        for op in new:
            placed[op] = self._placement(op, groups, placed)
        self.placements.update(placed)
        return list(placed.values())

    def device_of(self, op: Operation) -> str:
        """The full name of the device that `op` was placed on."""
        return self.placements[op].chosen

    def _groups(self, ops: list[Operation]) -> dict[Operation, list[Operation]]:
        """Operations that must be together, by the group's first operation."""
        parent: dict[Operation, Operation] = self._group_of

        def root(op: Operation) -> Operation:
            while parent.get(op, op) is not op:
                op = parent[op]
            return op

        for op in ops:
            for peer in _peers(op):
                a, b = root(op), root(peer)
                if a is not b:
                    later, first = (a, b) if a.id > b.id else (b, a)
                    parent[later] = first
        groups: dict[Operation, list[Operation]] = {}
        for op in ops:
            if op in parent or any(root(p) is not p for p in _peers(op)):
                groups.setdefault(root(op), []).append(op)
        for first, members in groups.items():
            for op in members:
                parent.setdefault(op, first)
        return groups

    def _placement(
        self,
        op: Operation,
        groups: dict[Operation, list[Operation]],
        placed: dict[Operation, Placement],
    ) -> Placement:
        first = self._group_of.get(op, op)
        while self._group_of.get(first, first) is not first:
            first = self._group_of[first]
        leader = placed.get(first) or self.placements.get(first)
        if first is op or leader is None:
            asked = self._group_request(op, groups.get(first, [op]))
            device = self._find(op, asked)
            return Placement(
                op, op.device, device.name, _reason(op, asked, device.name)
            )
        if (
            op.device
            and not names.is_match(op.device, leader.chosen)
            and not self._soft
        ):
            self._find(op, op.device)  # a device that is not there is its own error
            self._clash(first, op, leader.chosen, op.device)
        return Placement(op, op.device, leader.chosen, f"colocated with {first.name}")

    def _group_request(self, op: Operation, members: list[Operation]) -> str:
        """The request of a whole group: the first that any member makes."""
        asked = op.device
        for member in members:
            if not member.device:
                continue
            if not asked:
                asked = member.device
                continue
            try:
                asked = _intersect(asked, member.device)
            except ValueError:
                if not self._soft:
                    self._clash(op, member, asked, member.device)
        return asked

    def _find(self, op: Operation, asked: str) -> Device:
        for request in (asked, names.without_device(asked)) if self._soft else (asked,):
            for device in self._devices:
                if names.is_match(request, device.name):
                    return device
        available = ", ".join(d.name for d in self._devices)
        raise errors.InvalidArgumentError(
            op.node_def,
            op,
            f"Cannot assign a device for operation '{op.name}': Operation was "
            f"explicitly assigned to {asked} but available devices are "
            f"[ {available} ]. Make sure the device specification refers to a valid "
            f"device.\n\t [[{{{{node {op.name}}}}}]]",
        )

    @staticmethod
    def _clash(a: Operation, b: Operation, device_a: str, device_b: str) -> None:
        raise errors.InvalidArgumentError(
            b.node_def,
            b,
            f"Cannot colocate nodes '{a.name}' and '{b.name}': Cannot merge devices "
            f"with incompatible ids: '{device_a}' and '{device_b}'\n"
            f"\t [[{{{{node {b.name}}}}}]]",
        )


def _peers(op: Operation) -> list[Operation]:
    """Operations that `op` must share a device with."""
    peers = []
    for group in op.attrs.get("_class", ()):
        peer = op.graph.ops_by_name.get(group.decode().removeprefix("loc:@"))
        if peer is not None and peer is not op:
            peers.append(peer)
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=False):
        if arg.is_ref or tensor.dtype.name == "resource":
            peers.append(tensor.op)
    return peers


def _intersect(a: str, b: str) -> str:
    """A request that meets both.

    Raises:
        ValueError: they name different devices.
    """
    both = names.merge_strings(a, b)
    if both != names.merge_strings(b, a):
        raise ValueError(f"{a} and {b} clash")
    return both


def _reason(op: Operation, asked: str, chosen: str) -> str:
    if not asked:
        return "no device was asked for: the first one"
    if not names.is_match(asked, chosen):
        return f"{asked} is not there: soft placement"
    return "as asked" if op.device else f"colocated with operations on {asked}"
