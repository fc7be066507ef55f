"""State that outlives a step: variables, and the table a session finds them in.

A graph holds no values. A stateful op owns a resource, which is made when the op first
runs and dies with the session (or with `Session.reset` of its container). Queues are
resources too; they are in `queues.py`. Nothing here knows ops or sessions.

    >>> manager = ResourceManager()
    >>> v = manager.get_or_create("", "v", "variable", lambda: VariableResource("v"))
    >>> v.store(np.float32(3))
    np.float32(3.0)
    >>> manager.lookup("", "v", "variable") is v
    True

Read next: `../../runtime/state.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from interactive_graphs.kernels.cpu.forks import watch

DEFAULT_CONTAINER: Final = "localhost"


class VariableResource:
    """What a variable op owns: an array that is replaced, never changed.

    Readers may keep what they read: an assignment stores a new array.

    Attributes:
        name: the name error texts show.
        shape: what the graph declared, for checks before there is a value; None when
            that is not a full shape.
        value: a read-only array or numpy scalar; None while uninitialised.
        lock: held while a new value is worked out from the old one.
    """

    __slots__ = ("__weakref__", "lock", "name", "shape", "value")

    def __init__(self, name: str, shape: tuple[int, ...] | None = None) -> None:
        """An uninitialised variable."""
        self.name = name
        self.shape = shape
        self.value: Any = None
        self.lock = threading.RLock()
        watch(self)

    def store(self, value: Any) -> Any:
        """Make `value`, which nobody else can change, the variable's value.

        Args:
            value: a numpy scalar, or an array that the caller has just made.

        Returns:
            The value as it is now kept.
        """
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        self.value = value
        return value

    def settled(self) -> Any:
        """The value; while it is being changed where it lies, what it has become.

        Native code takes an array out of its variable, under the lock, to change it.
        """
        value = self.value
        if value is None:
            with self.lock:
                value = self.value
        return value

    def like(self) -> VariableResource:
        """Another variable of this name and shape, without a value."""
        return VariableResource(self.name, self.shape)

    def __repr__(self) -> str:
        """For people who debug."""
        state = "uninitialized" if self.value is None else f"shape={self.value.shape}"
        return f"<VariableResource {self.name!r} {state}>"


class ResourceManager:
    """The resources of one session, by container, kind and name. Thread-safe."""

    def __init__(self) -> None:
        """No resources."""
        self._lock = threading.RLock()
        self._resources: dict[tuple[str, str, str], Any] = {}
        self._numbers = itertools.count()

    def get_or_create(
        self,
        container: str | bytes,
        name: str | bytes,
        kind: str,
        factory: Callable[[], Any],
    ) -> Any:
        """The resource of that name, made by `factory` when there is none.

        Args:
            container: the op's container; empty for the default one.
            name: the shared name, or the op's.
            kind: resources of different kinds never meet, e.g. 'variable', 'queue'.
            factory: called without arguments while the table is locked.
        """
        key = (_container(container), kind, _text(name))
        # A hit needs no lock: the dictionary is never left half changed.
        found = self._resources.get(key)
        if found is not None:
            return found
        with self._lock:
            found = self._resources.get(key)
            if found is None:
                found = self._resources[key] = factory()
            return found

    def lookup(self, container: str | bytes, name: str | bytes, kind: str) -> Any:
        """The resource of that name, or None."""
        return self._resources.get((_container(container), kind, _text(name)))

    def delete(self, container: str | bytes, name: str | bytes, kind: str) -> bool:
        """Forget one resource; whether there was one."""
        key = (_container(container), kind, _text(name))
        with self._lock:
            return self._resources.pop(key, None) is not None

    def rename(
        self, container: str | bytes, name: str | bytes, kind: str, new: str | bytes
    ) -> None:
        """Let a resource go by another name from now on, if there is one."""
        place = (_container(container), kind)
        with self._lock:
            found = self._resources.pop((*place, _text(name)), None)
            if found is not None:
                self._resources[(*place, _text(new))] = found

    def clear(self, containers: Iterable[str | bytes] | None = None) -> None:
        """Forget the resources of `containers`, or all when none are named.

        One that works in the background has a `release`, which ends that.
        """
        names = {_container(c) for c in containers or ()}
        with self._lock:
            keys = [k for k in self._resources if not names or k[0] in names]
            forgotten = [self._resources.pop(key) for key in keys]
        for resource in forgotten:
            release = getattr(resource, "release", None)
            if release is not None:
                release()

    def of_kind(self, kind: str) -> list[tuple[str, str, Any]]:
        """`(container, name, resource)` of all resources of a kind."""
        with self._lock:
            items = list(self._resources.items())
        return [(key[0], key[2], found) for key, found in items if key[1] == kind]

    def private_name(self, node: str) -> str:
        """A name no other op can have, `_<number>_<node>`, as error texts show it."""
        return f"_{next(self._numbers)}_{node}"


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _container(name: str | bytes) -> str:
    return _text(name) or DEFAULT_CONTAINER
