"""Placement: which device each operation runs on, and why.

A request that no device meets is an error, unless soft placement drops the device's
type and number from it. Operations that share a reference or say `_class: loc:@x` are
placed together. What was decided is data, with its reasons; where a graph would go in
another session is asked in `trial.py`. Read next: `partition.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from interactive_graphs import errors
from interactive_graphs.framework import device as names
from interactive_graphs.framework.dtypes import resource
from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.devices import Device
from interactive_graphs.runtime.plan import users

DEFAULT: Final = "default"
ASKED: Final = "asked"
SOFT: Final = "soft"
NO_KERNEL: Final = "no kernel"
COLOCATED: Final = "colocated"
FAILS: Final = "fails"

REASONS: Final = (DEFAULT, ASKED, SOFT, NO_KERNEL, COLOCATED, FAILS)
"""Every kind of reason a placement may have."""


class Placement(NamedTuple):
    """Where one operation runs.

    Attributes:
        op: the operation.
        asked: the device asked for, '' when none.
        chosen: the full name of the device; '' where none could be chosen.
        reason: in words, for people.
        why: the kind of reason, one of `REASONS`.
        possible: the session's devices that have a kernel for it, best first.
        group: the name of the first operation of those it must share a device with,
            '' when it is alone.
    """

    op: Operation
    asked: str
    chosen: str
    reason: str
    why: str = DEFAULT
    possible: tuple[str, ...] = ()
    group: str = ""


class Placer:
    """Places the operations of a graph on a session's devices, as the graph grows.

    Nobody asked anything of most operations, and all of a type go to the same device.
    Of those it remembers that they are placed, and no more.
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
        self._able: dict[str, tuple[Device, ...]] = {}
        # By type the place of an operation for which nobody asked.
        self._usual: dict[str, Placement] = {}
        self._special: dict[Operation, Placement] = {}
        # All that are placed, in order; and by number whether one is.
        self._placed: list[Operation] = []
        self._is_placed = bytearray()

    def place(self, ops: Iterable[Operation]) -> list[Operation]:
        """Place those of `ops` that have no place yet.

        Returns:
            The operations that have one now, in order.

        Raises:
            InvalidArgumentError: a request cannot be met, or a group's requests clash.
                Nothing of `ops` is placed then.
        """
        new = self._new(ops)
        groups = self._groups(new)
        group_of, usual = self._group_of, self._usual
        special: dict[Operation, Placement] = {}
        for op in new:
            if op.device or op in group_of:
                special[op] = self._placement(op, groups, special)
            elif op.type not in usual:
                usual[op.type] = self._placement(op, {}, {})
        self._keep(new, special)
        return new

    def attempt(self, ops: Iterable[Operation]) -> list[Placement]:
        """The same, but what has no place becomes a placement that says so."""
        new = self._new(ops)
        groups = self._groups(new)
        special: dict[Operation, Placement] = {}
        for op in new:
            try:
                special[op] = self._placement(op, groups, special)
            except errors.InvalidArgumentError as error:
                special[op] = self._failed(op, groups, error)
        self._keep(new, special)
        return list(special.values())

    def _new(self, ops: Iterable[Operation]) -> list[Operation]:
        """Those of `ops` that have no place yet."""
        ops = list(ops)
        placed = self._is_placed
        if ops:
            placed.extend(bytes(max(0, ops[0].graph.version + 1 - len(placed))))
        return [op for op in ops if not placed[op.id]]

    def _keep(self, new: list[Operation], special: dict[Operation, Placement]) -> None:
        self._special.update(special)
        self._placed += new
        for op in new:
            self._is_placed[op.id] = True

    def _failed(
        self,
        op: Operation,
        groups: dict[Operation, list[Operation]],
        error: errors.InvalidArgumentError,
    ) -> Placement:
        first = self._first(op)
        able = tuple(d.name for d in self._able_to_run(groups.get(first, [op])))
        group = first.name if op in self._group_of else ""
        words = error.message.partition("\n")[0]
        return Placement(op, op.device, "", words, FAILS, able, group)

    def log(self) -> list[Placement]:
        """All that was decided, in order; groups as they are now."""
        return [
            p._replace(group=self._first(p.op).name) if p.op in self._group_of else p
            for p in map(self._found, self._placed)
        ]

    def _found(self, op: Operation) -> Placement:
        """Where an operation is that was placed."""
        return self._special.get(op) or self._usual[op.type]._replace(op=op)

    def device_of(self, op: Operation) -> str:
        """The full name of the device of `op`, or of whom it stands for."""
        op = users(op)
        self.place([op])  # which a retired one may not be yet
        return self._found(op).chosen

    def _groups(self, ops: list[Operation]) -> dict[Operation, list[Operation]]:
        """Operations that must be together, by the group's first operation."""
        parent: dict[Operation, Operation] = self._group_of
        for op in ops:
            for peer in _peers(op) if _may_have_peers(op) else ():
                a, b = self._first(op), self._first(peer)
                if a is not b:
                    later, first = (a, b) if a.id > b.id else (b, a)
                    parent[later] = first
                    parent.setdefault(first, first)
        groups: dict[Operation, list[Operation]] = {}
        for op in ops:
            if op in parent:
                groups.setdefault(self._first(op), []).append(op)
        return groups

    def _first(self, op: Operation) -> Operation:
        """The first operation of the group of `op`; itself where it is alone."""
        parent = self._group_of
        while parent.get(op, op) is not op:
            op = parent[op]
        return op

    def _placement(
        self,
        op: Operation,
        groups: dict[Operation, list[Operation]],
        placed: dict[Operation, Placement],
    ) -> Placement:
        first = self._first(op)
        members = groups.get(first, [op])
        group = first.name if op in self._group_of else ""
        leader = placed.get(first)
        if leader is None and self._is_placed[first.id]:
            leader = self._found(first)
        if first is op or leader is None:
            asked = self._group_request(op, members)
            device = self._find(op, asked, members)
            why, reason = self._reason(op, asked, device.name)
            able = tuple(d.name for d in self._able_to_run(members))
            return Placement(op, op.device, device.name, reason, why, able, group)
        together = f"colocated with {first.name}"
        if not leader.chosen:
            reason = f"{together}, which has no device"
            return Placement(op, op.device, "", reason, FAILS, leader.possible, group)
        if op.device and not names.is_match(op.device, leader.chosen):
            if not self._soft:
                # A device that is not there is its own error.
                self._find(op, op.device, [op])
                self._clash(first, op, leader.chosen, op.device)
            together += f", so not on {op.device}: soft placement"
        # `possible` is the leader's: they can only go together.
        return leader._replace(
            op=op, asked=op.device, reason=together, why=COLOCATED, group=group
        )

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

    def _able_to_run(self, members: list[Operation]) -> tuple[Device, ...]:
        """The devices that have kernels for all of `members`, best first."""
        able: tuple[Device, ...] = tuple(self._devices)
        for op in members:
            if op.type not in self._able:
                self._able[op.type] = tuple(d for d in self._devices if _runs(op, d))
            if len(self._able[op.type]) < len(self._devices):
                able = tuple(d for d in able if d in self._able[op.type])
        return able

    def _find(self, op: Operation, asked: str, members: list[Operation]) -> Device:
        able = self._able_to_run(members)
        for request in (asked, names.without_device(asked)) if self._soft else (asked,):
            for device in able:
                if names.is_match(request, device.name):
                    return device
        there = [d for d in self._devices if names.is_match(asked, d.name)]
        found = _no_kernel(op, asked, there) if there else self._not_there(asked)
        raise errors.InvalidArgumentError(
            op.node_def,
            op,
            f"Cannot assign a device for operation '{op.name}': {found}\n"
            f"\t [[{{{{node {op.name}}}}}]]",
        )

    def _not_there(self, asked: str) -> str:
        available = ", ".join(d.name for d in self._devices)
        return (
            f"Operation was explicitly assigned to {asked} but available devices are "
            f"[ {available} ]. Make sure the device specification refers to a valid "
            "device."
        )

    def _reason(self, op: Operation, asked: str, chosen: str) -> tuple[str, str]:
        """The kind of reason for a group's place, and in words."""
        if not asked:
            first = self._devices[0].name == chosen
            return DEFAULT, (
                "no device was asked for: the first one"
                if first
                else "no device was asked for: the first one with a kernel"
            )
        if not names.is_match(asked, chosen):
            if any(names.is_match(asked, d.name) for d in self._devices):
                return NO_KERNEL, f"{asked} has no kernel for it: soft placement"
            return SOFT, f"{asked} is not there: soft placement"
        if op.device:
            return ASKED, "as asked"
        return COLOCATED, f"colocated with operations on {asked}"

    @staticmethod
    def _clash(a: Operation, b: Operation, device_a: str, device_b: str) -> None:
        raise errors.InvalidArgumentError(
            b.node_def,
            b,
            f"Cannot colocate nodes '{a.name}' and '{b.name}': Cannot merge devices "
            f"with incompatible ids: '{device_a}' and '{device_b}'\n"
            f"\t [[{{{{node {b.name}}}}}]]",
        )


def _runs(op: Operation, device: Device) -> bool:
    """Whether a device has a kernel for `op`, or none is needed: loops, feeds."""
    kernels = op.op_def.kernels
    return not kernels or device.device_type in kernels


def _no_kernel(op: Operation, asked: str, there: list[Device]) -> str:
    if not asked:
        return f"No device here has a kernel for '{op.type}'."
    return (
        f"Could not satisfy explicit device specification '{asked}' because no "
        f"supported kernel for {there[0].device_type} devices is available."
    )


def _peers(op: Operation) -> list[Operation]:
    """Operations that `op` must share a device with."""
    peers: list[Operation] = []
    for group in op.attrs.get("_class", ()):
        peer = op.graph.ops_by_name.get(group.decode().removeprefix("loc:@"))
        if peer is not None and peer is not op:
            peers.append(peer)
    for arg, tensor in zip(op.op_def.inputs, op.inputs, strict=False):
        if arg.is_ref or tensor.dtype.name == "resource":
            peers.append(tensor.op)
    return peers


def _may_have_peers(op: Operation) -> bool:
    """Whether it says so, or takes a handle of something that stays where it is."""
    for tensor in op.inputs:  # `any` takes three times as long
        dtype = tensor.dtype
        if dtype._is_ref_dtype or dtype is resource:
            return True
    return "_class" in op.attrs


def _intersect(a: str, b: str) -> str:
    """A request that meets both.

    Raises:
        ValueError: they name different devices.
    """
    both = names.merge_strings(a, b)
    if both != names.merge_strings(b, a):
        raise ValueError(f"{a} and {b} clash")
    return both
