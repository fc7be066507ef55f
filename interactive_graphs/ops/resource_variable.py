"""`ResourceVariable`: a variable whose reads stand where they are written.

Same surface as `Variable`; every use of its value adds a read of its own, so that
control dependencies say exactly which value is seen. Read next: `variable_init.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from interactive_graphs import protos
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph import building_graph, get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    format_shape,
    is_compatible,
    merge,
    to_static,
)
from interactive_graphs.ops import state
from interactive_graphs.ops._initial_value import guarded
from interactive_graphs.ops.resource_state import handle_shape
from interactive_graphs.ops.save_slice import in_scope
from interactive_graphs.ops.variables import Variable, check_shape


class ResourceVariable(Variable):
    """A value that stays in the session, reached through a handle.

    The arguments are `Variable`'s.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(1, use_resource=True)
        >>> before = v.read_value()
        >>> with tf.control_dependencies([before]):
        ...     added = v.assign_add(10)
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     print(sess.run([before, added]))
        [np.int32(1), np.int32(11)]
    """

    _handle: Tensor
    _shape: Shape
    _is_initialized_op: Tensor

    # -- making the nodes ----------------------------------------------------------

    def _build(
        self, initial_value: Any, dtype: DType | None, scope: str, validate_shape: bool
    ) -> None:
        """Add the nodes under `scope`."""
        graph = get_default_graph()
        name = scope[:-1]
        with (
            graph.attr_scope({"_class": [b"loc:@" + name.encode()]}),
            graph.name_scope("Initializer"),
            graph.device(None) if callable(initial_value) else nullcontext(),
        ):
            given = initial_value() if callable(initial_value) else initial_value
            value = convert(given, dtype, "initial_value")
        self._check_is_outside(value, scope)
        if validate_shape:
            check_shape(value)
        self._initial_value = value
        self._dtype = value.dtype.base_dtype
        self._shape = value.static_shape if validate_shape else None
        self._handle = raw.VarHandleOp(
            shape=self._shape, dtype=self._dtype, shared_name=name, name=scope
        )
        self._variable = self._handle
        with graph.name_scope("IsInitialized"):
            self._is_initialized_op = raw.VarIsInitializedOp(self._handle)
        start = guarded(value, self._handle.op)
        self._initializer_op = raw.AssignVariableOp(self._handle, start, name="Assign")
        with graph.name_scope("Read"):
            self._snapshot = self._read()
        if self._caching_device is not None:
            with graph.device(self._caching_device):
                self._snapshot = raw.Identity(self._snapshot)

    def _init_from_proto(self, variable_def: Any, import_scope: str | None) -> None:
        """Find the nodes that a VariableDef names."""
        super()._init_from_proto(variable_def, import_scope)
        self._handle = self._variable
        self._dtype = self._handle.op.attrs["dtype"]
        self._shape = handle_shape(self._handle)
        name = in_scope(variable_def.variable_name.rsplit(":", 1)[0], import_scope)
        element = f"{name}/IsInitialized/VarIsInitializedOp:0"
        graph = get_default_graph()
        try:
            self._is_initialized_op = graph.get_tensor_by_name(element)
        except KeyError:  # graphs of TensorFlow 2 may lack it
            self._is_initialized_op = raw.VarIsInitializedOp(self._handle)

    # -- what it is ------------------------------------------------------------------

    @property
    def handle(self) -> Tensor:
        """The handle: resource, `[]`."""
        return self._handle

    @property
    def dtype(self) -> DType:
        """The dtype of its values."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape of its values."""
        return TensorShape(self._shape)

    def set_shape(self, shape: Any) -> None:
        """Merge `shape` into what is known of the shape."""
        self._shape = merge(self._shape, to_static(shape))

    @property
    def create(self) -> Operation:
        """The operation that gives it its initial value."""
        return self._initializer_op

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Whether it has a value: bool, `[]`."""
        return state.is_variable_initialized(self, name)

    # -- reading ---------------------------------------------------------------------

    def _read(self) -> Tensor:
        value: Tensor = raw.ReadVariableOp(self._handle, dtype=self._dtype)
        value.set_shape(self._shape)
        return value

    def value(self) -> Tensor:
        """Its value, read by a new node; what expressions use."""
        if self._caching_device is not None:
            return self._snapshot
        with building_graph(self._handle).as_default():
            return self._read()

    def read_value(self) -> Tensor:
        """Its value, read by a new node."""
        graph = building_graph(self._handle)
        with graph.as_default(), graph.name_scope("Read"):
            value = self._read()
        tensor: Tensor = raw.Identity(value)
        return tensor

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Rows of its value.

        Args:
            indices: int32 or int64, of any shape.
            name: the scope of the new nodes.

        Returns:
            `[*indices.shape, *shape[1:]]`, of its dtype.
        """
        with get_default_graph().name_scope(name or "Gather"):
            rows = raw.ResourceGather(self._handle, indices, dtype=self._dtype)
        tensor: Tensor = raw.Identity(rows)
        return tensor

    def _guarded_read(self) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """What goes through a Switch, and how its value is read behind it."""

        def read(handle: Tensor) -> Tensor:
            value: Tensor = raw.ReadVariableOp(handle, dtype=self._dtype)
            value.set_shape(self._shape)
            return value

        return self._handle, read

    def eval(self, session: Any = None) -> Any:
        """Its value in a session; the default session when None."""
        return self._snapshot.eval(session=session)

    # -- changing --------------------------------------------------------------------

    def assign(
        self,
        value: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Set it.

        Args:
            value: a tensor of its dtype and shape.
            use_locking: accepted as in TF1; a change is always seen whole.
            name: the node's name.
            read_value: False gives the operation.

        Returns:
            The variable as it is after the assignment.

        Raises:
            ValueError: the shapes are known to differ.
        """
        del use_locking
        tensor = convert(value, self._dtype)
        self._check_fits(tensor)
        known = self._shape is not None and None not in self._shape
        op = raw.AssignVariableOp(self._handle, tensor, validate_shape=known, name=name)
        return self._after(op) if read_value else op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it; as `assign`."""
        del use_locking
        tensor = convert(delta, self._dtype)
        self._check_fits(tensor)
        op = raw.AssignAddVariableOp(self._handle, tensor, name=name)
        return self._after(op) if read_value else op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool | None = None,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it; as `assign`."""
        del use_locking
        tensor = convert(delta, self._dtype)
        self._check_fits(tensor)
        op = raw.AssignSubVariableOp(self._handle, tensor, name=name)
        return self._after(op) if read_value else op

    def _check_fits(self, value: Tensor) -> None:
        if not is_compatible(self._shape, value.static_shape):
            raise ValueError(
                f"Shapes {format_shape(self._shape)} and "
                f"{format_shape(value.static_shape)} are incompatible"
            )

    def _scatter(
        self, op_type: str, indices: Any, updates: Any, name: str | None
    ) -> UnreadVariable:
        """A scatter op on it; what `tf.scatter_add` and its kin call."""
        values = convert(updates, self._dtype)
        return self._after(
            getattr(raw, op_type)(self._handle, indices, values, name=name)
        )

    def _after(self, op: Operation) -> UnreadVariable:
        return UnreadVariable(self, op)

    # -- as a part of expressions ------------------------------------------------------

    def _ref(self) -> Tensor:
        """The handle: there is no reference."""
        return self._handle

    def _as_graph_element(self) -> Tensor:
        """What fetches and feeds mean by it: its value."""
        return self._snapshot

    def _as_tensor(self, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
        """What `convert_to_tensor` gives for it."""
        return (
            super()._as_tensor(dtype, name, as_ref=False)
            if not as_ref
            else self._read()
        )

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A VariableDef that names its nodes; None when it is not in that scope."""
        message = super().to_proto(export_scope)
        if message is not None:
            message.MergeFrom(protos.VariableDef(is_resource=True))
        return message


class UnreadVariable(ResourceVariable):
    """A resource variable as it is after an assignment.

    Usable as a tensor, a fetch and a variable; every read waits for the assignment.
    """

    def __init__(self, variable: ResourceVariable, op: Operation) -> None:
        """Made by the assign family.

        Args:
            variable: what was assigned to.
            op: the assignment.
        """
        self.__dict__.update(variable.__dict__)
        self._parent_op = op
        self._caching_device = None
        self._snapshot = self._read()

    def __new__(cls, *_args: Any, **_kw: Any) -> UnreadVariable:
        """A plain object: the arguments are not Variable's."""
        return object.__new__(cls)

    @property
    def name(self) -> str:
        """The assignment's name."""
        return self._parent_op.name

    @property
    def op(self) -> Operation:
        """The assignment."""
        return self._parent_op

    def _read(self) -> Tensor:
        with self._parent_op.graph.control_dependencies([self._parent_op]):
            return super()._read()


Variable._resource_class = ResourceVariable
