"""Values kept in the session between runs, under handles.

`get_session_handle(x)` keeps the value of `x` where it is; the handle it gives can be
fed in a later run instead of the value. The store is `kernels/cpu/tensor_store.py`.
Read next: `../kernels/cpu/tensor_store.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import device as devices, raw
from interactive_graphs.framework.dtypes import DType, as_dtype, string
from interactive_graphs.framework.graph import (
    Graph,
    get_default_graph,
    keepers,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import define, types
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.tensor_store import (
    DEFAULT_DEVICE,
    TensorStore,
    unknown_handle,
)

get_handle_op = define(
    "GetSessionHandle", "value: T -> handle: string",
    T=types(), shape=scalar, stateful=True, gradient=None,
    doc="Keeps a value in the session; gives its handle.",
)  # fmt: skip


@get_handle_op.kernel("CPU")
def _(ctx: Any, value: Any) -> bytes:
    op: Operation = ctx.op
    device = devices.merge_strings(DEFAULT_DEVICE, op.device)
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
    handle: str = ctx.session.tensor_store.put(op.name, value, device)
    return handle.encode()


get_tensor_op = define(
    "GetSessionTensor", "handle: string -> value: dtype",
    dtype=types(), stateful=True, gradient=None,
    doc="The value that a handle stands for.",
)  # fmt: skip


@get_tensor_op.kernel("CPU")
def _(ctx: Any, handle: Any, dtype: DType) -> Any:
    value = ctx.session.tensor_store.get(_text(handle))
    found = as_dtype(value.dtype)
    if found is not dtype:
        raise errors.InternalError(
            None,
            None,
            f"Output 0 of type {found.engine_name} does not match declared output type "
            f"{dtype.engine_name} for node {{{{node {ctx.op.name}}}}}",
        )
    return value


delete_tensor_op = define(
    "DeleteSessionTensor", "handle: string ->", stateful=True, gradient=None,
    doc="Forgets the value that a handle stands for.",
)  # fmt: skip


@delete_tensor_op.kernel("CPU")
def _(ctx: Any, handle: Any) -> None:
    ctx.session.tensor_store.delete(_text(handle))


def _text(handle: Any) -> str:
    """A scalar string tensor's value as str."""
    item = handle.item() if isinstance(handle, np.ndarray) else handle
    return item.decode() if isinstance(item, bytes) else str(item)


class TensorHandle:
    """A value that stays in a session: what fetching `get_session_handle` gives.

    Feed it instead of the value, or feed `handle` to `get_session_tensor`. When the
    last reference to it is gone, so is the value, unless `get_raw_handle` was called.

    Attributes:
        dtype: of the value.

    Args:
        handle: the handle as the engine knows it.
        dtype: of the value.
        session: the session that keeps it.
        store: where that session keeps it.
    """

    def __init__(
        self, handle: bytes | str, dtype: DType, session: Any, store: TensorStore
    ) -> None:
        """See the class."""
        self._handle = handle.decode() if isinstance(handle, bytes) else str(handle)
        self.dtype = dtype
        self._session = session
        self._store = store
        self._auto_gc_enabled = True

    @property
    def handle(self) -> str:
        """`<op name>;<number>;<device>`."""
        return self._handle

    def stored(self, dtype: DType, store: TensorStore) -> Any:
        """The value, for a tensor that it is fed to.

        Args:
            dtype: that tensor's.
            store: where the session that runs keeps its values.

        Raises:
            InvalidArgumentError: the dtypes differ, the value was deleted, or it is
                another session's.
        """
        if store is not self._store:
            raise unknown_handle(self._handle)
        if dtype is not self.dtype:
            invalid(
                f"The handle '{self._handle}' keeps a value of type {self.dtype.name}, "
                f"which cannot be fed to a tensor of type {dtype.name}."
            )
        return self._store.get(self._handle)

    def eval(self) -> Any:
        """The value.

        Raises:
            TypeError: it was deleted.
        """
        self._check_is_ours()
        holder, reader = _node_for(self._session.graph, self._handle, self.dtype)
        return self._session.run(reader, {holder: self._handle})

    def delete(self) -> None:
        """Forget the value.

        Raises:
            TypeError: it was deleted already.
        """
        self._check_is_ours()
        self._auto_gc_enabled = False
        holder, deleter = _node_for(self._session.graph, self._handle, None)
        self._session.run(deleter, {holder: self._handle})

    def get_raw_handle(self) -> bytes:
        """The handle as bytes; from now on the caller has to delete the value."""
        self._auto_gc_enabled = False
        return self._handle.encode()

    def _check_is_ours(self) -> None:
        if not self._auto_gc_enabled:
            raise TypeError(
                f"Persistent tensor {self._handle} may have already been deleted."
            )

    def __del__(self) -> None:
        """Have a later run forget the value."""
        if getattr(self, "_auto_gc_enabled", False):
            self._store.note_dead(self._handle)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """A 0-d array that holds the handle: old documents call it an ndarray."""
        del dtype, copy
        array = np.empty((), object)
        array[()] = self._handle
        return array

    def __str__(self) -> str:
        """The handle."""
        return self._handle


def wrap_handle(tensor: Tensor, session: Any) -> Callable[[Any], Any] | None:
    """What makes a TensorHandle of a fetched value, if `tensor` gives handles.

    Args:
        tensor: what is fetched.
        session: the session that fetches it.
    """
    if tensor.op.type != "GetSessionHandle":
        return None
    dtype = tensor.op.inputs[0].dtype.base_dtype
    store: TensorStore = session._engine.state.tensor_store

    def wrap(value: Any) -> TensorHandle:
        store.collect()
        return TensorHandle(_text(value), dtype, session, store)

    return wrap


def get_session_handle(data: Tensor, name: str | None = None) -> Tensor:
    """Keep the value of `data` in the session when this is run.

    Args:
        data: a tensor of any dtype and shape.
        name: the node's name.

    Returns:
        string, `[]`; fetching it gives a TensorHandle.

    Raises:
        TypeError: `data` is no Tensor.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     h = sess.run(tf.get_session_handle(tf.constant([1, 2]) * 10))
        ...     holder, kept = tf.get_session_tensor(h.handle, tf.int32)
        ...     sess.run(kept + 1, {holder: h.handle})
        array([11, 21], dtype=int32)
    """
    if not isinstance(data, Tensor):
        raise TypeError("`data` must be of type Tensor.")
    with data.graph.as_default(), data.graph.colocate_with(data.op):
        handle: Tensor = raw.GetSessionHandle(data, name=name)
        return handle


def get_session_tensor(
    handle: str | bytes, dtype: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The value that a handle stands for, in a later run.

    Args:
        handle: the handle; it says on which device the value is.
        dtype: of the value.
        name: the node's name.

    Returns:
        A placeholder (string, `[]`) to be fed with the handle, and the value.

    Raises:
        ValueError: the handle is malformed.
    """
    graph = get_default_graph()
    with graph.device(_device_of(handle)):
        holder: Tensor = raw.Placeholder(dtype=string, shape=None)
        value: Tensor = raw.GetSessionTensor(holder, dtype=as_dtype(dtype), name=name)
        return holder, value


def delete_session_tensor(
    handle: str | bytes, name: str | None = None
) -> tuple[Tensor, Operation]:
    """Forget the value that a handle stands for.

    Args:
        handle: the handle; it says on which device the value is.
        name: the node's name.

    Returns:
        A placeholder (string, `[]`) to be fed with the handle, and the operation.

    Raises:
        ValueError: the handle is malformed.
    """
    graph = get_default_graph()
    with graph.device(_device_of(handle)):
        holder: Tensor = raw.Placeholder(dtype=string, shape=None)
        deleter: Operation = raw.DeleteSessionTensor(holder, name=name)
        return holder, deleter


def _device_of(handle: Any) -> str:
    """The device that a handle names."""
    return devices.canonical(_text(handle).split(";")[-1])


# Per graph the nodes that read (dtype) and delete (None) values on a device, so that
# `TensorHandle.eval` in a loop does not grow the graph.
_nodes: WeakKeyDictionary[Graph, dict[tuple[str, DType | None], tuple[Tensor, Any]]]
_nodes = WeakKeyDictionary()
keepers.append(lambda graph: [("session handles", _nodes.setdefault(graph, {}))])


def _node_for(graph: Graph, handle: str, dtype: DType | None) -> tuple[Tensor, Any]:
    """A placeholder for a handle, and what reads (or without dtype deletes) it."""
    known = _nodes.setdefault(graph, {})
    key = (_device_of(handle), dtype)
    if key not in known:
        with (
            graph.as_default(),
            graph.name_scope(None),
            graph.control_dependencies(None),
        ):
            if dtype is None:
                known[key] = delete_session_tensor(handle)
            else:
                known[key] = get_session_tensor(handle, dtype)
    return known[key]
