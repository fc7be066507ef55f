"""What a session connects to: the engine in this process, or one by its URL.

Read next: `../runtime/engine.py`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs.framework.graph import Graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.runtime.devices import Device
from interactive_graphs.runtime.engine import Engine, EngineOptions
from interactive_graphs.runtime.place import Placement

_IN_PROCESS: Final = (None, b"")


class LiveSessions(weakref.WeakSet[Any]):
    """The sessions of this process, for `reset`; and who wants to know of new ones."""

    def __init__(self) -> None:
        """None yet."""
        super().__init__()
        self._listeners: list[Callable[[Any], None]] = []

    def add(self, item: Any) -> None:
        """Take in a new session, and tell of it."""
        super().add(item)
        for told in list(self._listeners):
            told(item)

    def listen(self, told: Callable[[Any], None]) -> Callable[[], None]:
        """Have `told` called with each new session; returns how to stop that."""
        self._listeners.append(told)
        return lambda: self._listeners.remove(told)


live_sessions = LiveSessions()


class DeviceAttributes:
    """A device as `Session.list_devices` shows it.

    Attributes:
        name: in full, e.g. '/job:localhost/replica:0/task:0/device:CPU:0'.
        device_type: e.g. 'CPU'.
        memory_limit_bytes: the memory it may use; also as `memory_limit`.
        incarnation: a random id of this session's device.
    """

    __slots__ = ("device_type", "incarnation", "memory_limit_bytes", "name")

    def __init__(self, device: Device) -> None:
        """The public face of an engine's device."""
        self.name = device.name
        self.device_type = device.device_type
        self.memory_limit_bytes = device.memory_limit_bytes
        self.incarnation = device.incarnation

    @property
    def memory_limit(self) -> int:
        """The same as `memory_limit_bytes`: the documents use both names."""
        return self.memory_limit_bytes

    def __repr__(self) -> str:
        """TF1's form."""
        return (
            f"_DeviceAttributes({self.name}, {self.device_type}, "
            f"{self.memory_limit_bytes})"
        )


def as_bytes(target: Any) -> bytes | None:
    """A target as bytes.

    Raises:
        TypeError: it is neither str, bytes nor None.
    """
    if target is None or isinstance(target, bytes):
        return target
    if isinstance(target, str):
        return target.encode()
    hint = (
        ' Did you do "Session(config)" instead of "Session(config=config)"?'
        if is_config(target)
        else ""
    )
    raise TypeError(f"target must be a string, but got {type(target)}.{hint}")


def is_config(value: Any) -> bool:
    """Whether `value` is a ConfigProto message."""
    descriptor = getattr(type(value), "DESCRIPTOR", None)
    return getattr(descriptor, "name", None) == "ConfigProto"


def connect(target: bytes | None, graph: Graph, options: EngineOptions) -> Engine:
    """The engine that answers to `target`.

    Raises:
        NotFoundError: none does.
    """
    if target not in _IN_PROCESS:
        raise _unknown(target)
    return Engine(graph, options)


def placements(
    engine: Engine, config: Any, devices: Sequence[str] | None
) -> list[Placement]:
    """Where an engine's operations are, or another one's would be.

    Args:
        engine: whose graph it is.
        config: a ConfigProto message; the engine's own options when None.
        devices: names of devices to imagine; those of this machine when None.

    Raises:
        TypeError: `config` is no ConfigProto.
        ValueError: a device's name is none.
    """
    if config is not None and not is_config(config):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    done: dict[Operation, Placement] = {}
    if config is None and devices is None:
        try:
            engine.extend()
        except errors.InvalidArgumentError:
            pass  # something has no place: the trial says what
        else:
            done = {p.op: p for p in engine.placer.log()}
            if not engine.options.place_pruned:
                return list(done.values())
    options = engine.options if config is None else EngineOptions.from_config(config)
    trial = lazy.load("interactive_graphs.runtime.trial")
    operations = engine.graph.get_operations()
    found: list[Placement] = trial.place_on_trial(operations, options, devices)
    return [done.get(p.op, p) for p in found]


def _unknown(target: bytes | None) -> errors.NotFoundError:
    shown = (target or b"").decode(errors="replace")
    return errors.NotFoundError(
        None,
        None,
        "No session factory registered for the given session options: {target: "
        f'"{shown}" config: }} Registered factories are {{DIRECT_SESSION}}. Leave '
        "`target` empty to run in this process.",
    )


def reset(target: Any, containers: Any, config: Any) -> None:
    """Clear containers of the sessions of `target`, and close them.

    Args:
        target: '' or None for all sessions of this process.
        containers: names; the default container when None.
        config: a ConfigProto, as sessions take it.

    Raises:
        TypeError: `target` is no string, or a container's name is none.
        NotFoundError: nothing answers to `target`.
    """
    if target is not None and not isinstance(target, (str, bytes)):
        raise TypeError(f"Expected binary or unicode string, got {target!r}")
    if config is not None and not is_config(config):
        raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
    if as_bytes(target) not in _IN_PROCESS:
        raise _unknown(as_bytes(target))
    for name in containers or ():
        if not isinstance(name, (str, bytes)):
            raise TypeError(f"Expected binary or unicode string, got {name!r}")
    for session in list(live_sessions):
        session.abandon(containers)


def new_config() -> Any:
    """An empty ConfigProto message."""
    return protos.ConfigProto()
