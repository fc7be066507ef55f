"""What lives between the steps of a session, and what a stateful kernel sees of it.

`SessionState` belongs to one session; a kernel that takes `ctx` gets a `KernelContext`.
Read next: `call.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from interactive_graphs import errors
from interactive_graphs.framework.operation import Operation
from interactive_graphs.kernels.cpu.resources import ResourceManager, VariableResource
from interactive_graphs.kernels.cpu.tensor_store import TensorStore
from interactive_graphs.runtime.plan import users


class Cancellation:
    """Tells blocked kernels of one step that it is over.

    Callbacks run in the thread that cancels; one registered too late runs at once.
    """

    __slots__ = ("_callbacks", "_lock", "_next", "is_cancelled")

    def __init__(self) -> None:
        """Not cancelled."""
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0
        self.is_cancelled = False

    def register(self, callback: Callable[[], None]) -> int:
        """Have `callback` called on cancellation; returns a token to take it back."""
        with self._lock:
            self._next += 1
            token = self._next
            if not self.is_cancelled:
                self._callbacks[token] = callback
                return token
        callback()
        return token

    def deregister(self, token: int) -> None:
        """Take a callback back."""
        with self._lock:
            self._callbacks.pop(token, None)

    def cancel(self) -> None:
        """Cancel; the second time nothing happens."""
        with self._lock:
            self.is_cancelled = True
            callbacks = list(self._callbacks.values())
            self._callbacks.clear()
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise when cancelled.

        Raises:
            CancelledError: the step is over.
        """
        if self.is_cancelled:
            raise errors.CancelledError(None, None, "Run call was cancelled")


# make(state, op, name, part): see `SessionState.function`.
FunctionMaker = Callable[
    ["SessionState", Operation, str, str], Callable[..., list[Any]]
]


class SessionState:
    """What one session keeps: resources, handles, random streams.

    Attributes:
        resources: variables and queues, by container and name.
        tensor_store: the values that session handles refer to.
    """

    def __init__(self) -> None:
        """Nothing initialised."""
        self.resources = ResourceManager()
        self.tensor_store = TensorStore()
        self._lock = threading.RLock()
        self._op_states: dict[Operation, Any] = {}
        self._contexts: dict[Operation, KernelContext] = {}
        self._functions: dict[Any, Callable[..., list[Any]]] = {}
        # Set by the engine: compiles the function of a name for one of its users.
        self.make_function: FunctionMaker | None = None
        # Not empty once the session is closed: running loops look at it.
        self.halted: list[bool] = []
        # Ends what waits in a program; steps run node by node have their own.
        self.closing = Cancellation()

    def nested(self) -> SessionState:
        """The state of a function's body: the session's, but for what ops keep."""
        inner = SessionState()
        inner.resources = self.resources
        inner.tensor_store = self.tensor_store
        inner.make_function = self.make_function
        inner.halted = self.halted
        inner.closing = self.closing
        return inner

    @staticmethod
    def halt() -> None:
        """End a step whose session was closed.

        Raises:
            CancelledError: always.
        """
        raise errors.CancelledError(None, None, "Run call was cancelled")

    def function(self, op: Operation, name: str, part: str) -> Callable[..., list[Any]]:
        """What calls a function of the graph of `op`; see `KernelContext.function`."""
        key = (op, name, part)
        found = self._functions.get(key)
        if found is None:
            assert self.make_function is not None
            with self._lock:
                found = self._functions.get(key)
                if found is None:
                    found = self.make_function(self, op, name, part)
                    self._functions[key] = found
        return found

    def close(self) -> None:
        """End what still runs for this session, here or in the background."""
        self.halted.append(True)
        self.closing.cancel()
        self.resources.clear()

    def context(self, op: Operation) -> KernelContext:
        """What the kernel of `op` sees in this session, of a stand-in's user too."""
        op = users(op)
        found = self._contexts.get(op)
        if found is None:
            with self._lock:
                ends = self.closing if op.op_def.blocking else None
                found = self._contexts.setdefault(op, KernelContext(self, op, ends))
        return found

    def op_state(self, op: Operation, factory: Callable[[], Any]) -> Any:
        """An object kept for one operation, made when first asked for."""
        found = self._op_states.get(op)
        if found is None:
            with self._lock:
                found = self._op_states.get(op)
                if found is None:
                    found = self._op_states[op] = factory()
        return found


class KernelContext:
    """The first argument of a stateful kernel.

    Attributes:
        session: the state of the session.
        op: the operation that runs.
        cancellation: of the step, or of the session where a program runs the step, for
            kernels that block; None elsewhere.
    """

    __slots__ = ("cancellation", "op", "session")

    def __init__(
        self,
        session: SessionState,
        op: Operation,
        cancellation: Cancellation | None = None,
    ) -> None:
        """See the class."""
        self.session = session
        self.op = op
        self.cancellation = cancellation

    @property
    def resources(self) -> ResourceManager:
        """The session's variables and queues."""
        return self.session.resources

    def state(self, factory: Callable[[], Any]) -> Any:
        """An object of this operation in this session, e.g. its random stream."""
        return self.session.op_state(self.op, factory)

    def variable(self) -> VariableResource:
        """The variable that this operation owns."""
        op = self.op
        name = op.attrs.get("shared_name") or op.name
        found: VariableResource = self.resources.get_or_create(
            op.attrs.get("container", b""),
            name,
            "variable",
            lambda: VariableResource(op.name, _full_shape(op.attrs.get("shape"))),
        )
        return found

    def function(self, name: Any, part: str = "") -> Callable[..., list[Any]]:
        """What calls a function of the graph: a sequence of values -> a list of them.

        Args:
            name: the function's name, or the attribute that has it.
            part: "gradient" for the function's gradient.

        Raises:
            NotFoundError: the graph has no such function.
        """
        text = name if isinstance(name, str) else name.name
        return self.session.function(self.op, text, part)

    def for_step(self, cancellation: Cancellation) -> KernelContext:
        """The same with a step's cancellation, for a kernel that may block."""
        return KernelContext(self.session, self.op, cancellation)


def _full_shape(shape: Any) -> tuple[int, ...] | None:
    """A declared shape if every dimension is known, else None."""
    return None if shape is None or None in shape else tuple(shape)
