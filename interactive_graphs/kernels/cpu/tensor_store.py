"""Values that stay in a session between steps, each under a handle.

`get_session_handle` puts a value in and gives the handle, `get_session_tensor` takes it
out in a later step. A handle is `<op name>;<number>;<device>`, as TensorFlow writes it.

    >>> store = TensorStore()
    >>> store.get(store.put("GetSessionHandle", 3))
    3

Read next: `../../ops/session_ops.py`.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from typing import Any, Final

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid

DEFAULT_DEVICE: Final = "/job:localhost/replica:0/task:0/device:CPU:0"
DEAD_HANDLES: Final = 10
"""How many unused handles may pile up before their values are let go."""


class TensorStore:
    """The kept values of one session. Thread-safe."""

    def __init__(self) -> None:
        """Nothing is kept."""
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        self._numbers = itertools.count()
        # A deque, because finalisers may append at any moment, even while locked.
        self._dead: deque[str] = deque()

    def put(self, op_name: str, value: Any, device: str = DEFAULT_DEVICE) -> str:
        """Keep `value`, which nobody may change afterwards.

        Args:
            op_name: the operation that asks.
            value: what to keep.
            device: the full name of the device it is on.

        Returns:
            The handle.
        """
        handle = f"{op_name};{next(self._numbers)};{device}"
        with self._lock:
            self._values[handle] = value
        return handle

    def get(self, handle: str) -> Any:
        """The value under `handle`.

        Raises:
            InvalidArgumentError: there is none.
        """
        with self._lock:
            if handle in self._values:
                return self._values[handle]
        raise unknown_handle(handle)

    def delete(self, handle: str) -> None:
        """Forget the value under `handle`.

        Raises:
            InvalidArgumentError: there is none.
        """
        with self._lock:
            if handle in self._values:
                del self._values[handle]
                return
        invalid(
            f"Failed to delete a tensor with handle '{handle}' in the session store."
        )

    def note_dead(self, handle: str) -> None:
        """Say that nobody holds `handle` any more; safe in a finaliser."""
        self._dead.append(handle)

    def collect(self) -> int:
        """Forget the values of dead handles once there are ten; how many went."""
        if len(self._dead) < DEAD_HANDLES:
            return 0
        count = 0
        with self._lock:
            while self._dead:
                count += self._values.pop(self._dead.popleft(), None) is not None
        return count

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._values)


def unknown_handle(handle: str) -> errors.OpError:
    """The error of a handle that the session does not know."""
    return errors.InvalidArgumentError(
        None, None, f"The tensor with handle '{handle}' is not in the session store."
    )
