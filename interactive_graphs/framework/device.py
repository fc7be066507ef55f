"""Names of devices: ``/job:<name>/replica:<i>/task:<i>/device:<TYPE>:<i or *>``.

Every part may be left out, and then is open. `DeviceSpec` is the name taken apart, for
users; the functions work on strings and remember what they parsed, since they run for
every node made inside a ``tf.device`` block. What device a node gets in the end is
decided in runtime/place.py.

    >>> canonical("/cpu:0"), merge_strings("/job:w", "/cpu:0")
    ('/device:CPU:0', '/job:w/device:CPU:0')

Read next: registry.py.
"""

import functools
from typing import Any, NamedTuple


class _Fields(NamedTuple):
    """The parts of a name; None where the name leaves it open."""

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None


_ANYWHERE = _Fields()


@functools.lru_cache(maxsize=1024)
def _parse(name: str) -> _Fields:
    """Takes a name apart.

    Raises:
        ValueError: a part is not known, not a number, or names a second device.
    """
    fields = _ANYWHERE
    for part in name.split("/"):
        key, *values = part.split(":")
        if key == "job" and len(values) == 1:
            fields = fields._replace(job=values[0])
        elif key == "replica" and len(values) == 1:
            fields = fields._replace(replica=int(values[0]))
        elif key == "task" and len(values) == 1:
            fields = fields._replace(task=int(values[0]))
        elif key == "device" and len(values) == 2:
            fields = _with_device(fields, values[0], values[1], name)
        elif key.upper() in ("CPU", "GPU") and len(values) < 2:
            fields = _with_device(fields, key, values[0] if values else "*", name)
        elif key:
            raise ValueError(f"Unknown attribute: {key!r} in {name!r}")
    return fields


def _with_device(fields: _Fields, kind: str, index: str, name: str) -> _Fields:
    if fields.device_type is not None:
        raise ValueError(f"Cannot specify multiple device types: {name}")
    return fields._replace(
        device_type=_device_type(kind),
        device_index=None if index == "*" else int(index),
    )


def _device_type(kind: str) -> str:
    return kind.upper() if kind.upper() in ("CPU", "GPU") else kind


def _format(fields: _Fields) -> str:
    job, replica, task, device_type, device_index = fields
    parts = []
    if job is not None:
        parts.append(f"/job:{job}")
    if replica is not None:
        parts.append(f"/replica:{replica}")
    if task is not None:
        parts.append(f"/task:{task}")
    if device_type is not None:
        index = "*" if device_index is None else device_index
        parts.append(f"/device:{device_type}:{index}")
    return "".join(parts)


def _merge(outer: _Fields, inner: _Fields) -> _Fields:
    """Returns `inner`, with what it leaves open taken from `outer`."""
    values: list[Any] = [
        o if i is None else i for o, i in zip(outer, inner, strict=True)
    ]
    return _Fields(*values)


@functools.lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """Returns `name` in the one full spelling, e.g. ``/device:CPU:0`` for ``/cpu:0``.

    Raises:
        ValueError: it is no device name.
    """
    return _format(_parse(name))


@functools.lru_cache(maxsize=1024)
def merge_strings(outer: str, inner: str) -> str:
    """Returns the device asked for by `inner` inside of a block for `outer`.

    Each part that `inner` leaves open is taken from `outer`.

    Raises:
        ValueError: one of them is no device name.
    """
    return _format(_merge(_parse(outer), _parse(inner)))


@functools.lru_cache(maxsize=1024)
def is_match(request: str, device: str) -> bool:
    """Whether the device with the full name `device` is one that `request` asks for."""
    return all(
        asked is None or asked == has
        for asked, has in zip(_parse(request), _parse(device), strict=True)
    )


def without_device(name: str) -> str:
    """Returns job, replica and task of `name` alone, as soft placement falls back to.

    Example:
        >>> without_device("/job:w/gpu:7")
        '/job:w'
    """
    return _format(_parse(name)._replace(device_type=None, device_index=None))


class DeviceSpec:
    """A device name taken apart, to be read or changed; None where it is open.

    Attributes:
        job: name of the job, e.g. "worker".
        replica: number of the replica.
        task: number of the task.
        device_type: e.g. "CPU".
        device_index: number of the device among those of its type.

    Example:
        >>> spec = DeviceSpec(job="w", device_type="gpu")
        >>> spec.task = 1
        >>> spec.to_string()
        '/job:w/task:1/device:GPU:*'
    """

    __slots__ = ("device_index", "device_type", "job", "replica", "task")

    job: str | None
    replica: int | None
    task: int | None
    device_type: str | None
    device_index: int | None

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        """Creates a spec; parts left out are open."""
        self._set(_Fields(job, replica, task, device_type, device_index))

    def __setattr__(self, name: str, value: Any) -> None:
        if value is not None and name in ("replica", "task", "device_index"):
            value = int(value)
        elif value is not None and name == "device_type":
            value = _device_type(value)
        super().__setattr__(name, value)

    @classmethod
    def from_string(cls, spec: str) -> "DeviceSpec":
        """Returns the spec that a device name stands for; ValueError if it is none."""
        return cls().parse_from_string(spec)

    def parse_from_string(self, spec: str) -> "DeviceSpec":
        """Replaces all parts by those of a device name; returns this object."""
        self._set(_parse(spec))
        return self

    def merge_from(self, dev: "DeviceSpec") -> None:
        """Takes over every part that `dev` does not leave open."""
        self._set(_merge(self._fields(), dev._fields()))

    def to_string(self) -> str:
        """Returns the device name, e.g. ``/job:w/task:1/device:CPU:0``."""
        return _format(self._fields())

    def _fields(self) -> _Fields:
        return _Fields(
            self.job, self.replica, self.task, self.device_type, self.device_index
        )

    def _set(self, fields: _Fields) -> None:
        for name, value in zip(_Fields._fields, fields, strict=True):
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DeviceSpec):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        parts = [
            f"{k}={v!r}" for k, v in self._fields()._asdict().items() if v is not None
        ]
        return f"DeviceSpec({', '.join(parts)})"
