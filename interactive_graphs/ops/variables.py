"""`Variable`: a value that stays in the session, with the nodes that make it.

A Variable adds four nodes: `v` owns the value, `v/initial_value` is what it starts
from, `v/Assign` gives it that, `v/read` reads it. Initialising many of them is in
`variable_init.py`; `get_variable` and sharing by name in `variable_scope.py`. Read
next: `resource_variable.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from interactive_graphs import protos
from interactive_graphs.framework import raw, repr as display_hook
from interactive_graphs.framework.build import graph_of
from interactive_graphs.framework.convert import (
    convert,
    is_convertible,
    register_tensor_conversion_function,
)
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.proto_functions import register_proto_function
from interactive_graphs.framework.sparse import IndexedSlices
from interactive_graphs.framework.stacks import get_default_session
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import TensorShape, format_shape
from interactive_graphs.ops import state
from interactive_graphs.ops._initial_value import guarded
from interactive_graphs.ops._variable_operators import install_operators
from interactive_graphs.ops.control_flow import branch
from interactive_graphs.ops.save_slice import SaveSliceInfo, in_scope, without_scope
from interactive_graphs.ops.slice_assign import slice_of_variable


class Variable:
    """A value that stays in the session between runs.

    The graph only says how to make and change it; each session has its own value,
    which has to be initialised there first.

    Args:
        initial_value: a tensor or what makes one, with a known shape; or a function of
            no arguments that gives it.
        trainable: whether optimizers change it by default.
        collections: the graph collections to add it to; global variables when None.
        validate_shape: False allows an initial value of unknown shape, and values of
            any shape later.
        caching_device: a device that keeps a copy for its readers.
        name: the name of its nodes, 'Variable' when None.
        variable_def: a VariableDef whose nodes are in the graph already.
        dtype: the dtype to convert the initial value to.
        expected_shape: accepted as in TF1.
        import_scope: the scope of `variable_def`'s nodes.
        constraint: a function of the value that optimizers apply after an update.
        use_resource: True makes a ResourceVariable.

    Raises:
        ValueError: there is no initial value, its shape is unknown, or it is from
            inside a loop or conditional.

    Example:
        >>> import interactive_graphs as tf
        >>> v = tf.Variable(42, name="foo")
        >>> with tf.Session() as sess:
        ...     sess.run(v.initializer)
        ...     print(sess.run(v.assign_add(1)))
        43
    """

    # So that `ndarray + variable` asks the variable instead of looping over the array.
    __array_priority__ = 100

    # What `use_resource=True` makes; set by resource_variable.py.
    _resource_class: type[Variable] | None = None

    def __new__(
        cls, *_args: Any, use_resource: bool | None = None, **_kw: Any
    ) -> Variable:
        """A Variable, or a ResourceVariable if `use_resource`."""
        if cls is Variable and use_resource and Variable._resource_class is not None:
            return object.__new__(Variable._resource_class)
        return object.__new__(cls)

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Tensor], Tensor] | None = None,
        use_resource: bool | None = None,
    ) -> None:
        """See the class."""
        del expected_shape, use_resource
        self._save_slice_info: Any = None
        self._caching_device = caching_device
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError(
                    "variable_def and initial_value are mutually exclusive."
                )
            self._init_from_proto(variable_def, import_scope)
            return
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        self._constraint = constraint
        self._trainable = bool(trainable)
        collections = _collections(collections, self._trainable)
        wanted = None if dtype is None else as_dtype(dtype).base_dtype
        known = (initial_value,) if is_convertible(initial_value) else ()
        graph = graph_of(known).root  # a function's variables live around it
        # The nodes wait for nothing, and belong to no loop or conditional.
        with (
            graph.as_default(),
            graph.control_dependencies(None),
            graph.name_scope(name or "Variable") as scope,
        ):
            self._build(initial_value, wanted, scope, validate_shape)
        graph.add_to_collections(collections, self)

    # -- making the nodes ----------------------------------------------------------

    def _build(
        self, initial_value: Any, dtype: DType | None, scope: str, validate_shape: bool
    ) -> None:
        """Add the nodes under `scope`."""
        value = self._initial_tensor(initial_value, dtype, scope)
        self._initial_value = value
        if validate_shape:
            check_shape(value)
        shape = value.static_shape if validate_shape else None
        graph = value.graph
        self._variable = state.variable_op_v2(shape, value.dtype.base_dtype, scope)
        start = guarded(value, self._variable.op)
        self._initializer_op: Operation = raw.Assign(
            self._variable, start, validate_shape=validate_shape, name="Assign"
        ).op
        place = (
            graph.device(self._caching_device)
            if self._caching_device is not None
            else graph.colocate_with(self._variable.op)
        )
        with place:
            self._snapshot: Tensor = raw.Identity(self._variable, name="read")

    def _initial_tensor(self, given: Any, dtype: DType | None, scope: str) -> Tensor:
        """The initial value as a tensor; a function's nodes go under 'Initializer'."""
        graph = get_default_graph()
        if callable(given):
            own = {"_class": [b"loc:@" + scope[:-1].encode()]}
            with (
                graph.attr_scope(own),
                graph.name_scope("Initializer"),
                graph.device(None),
            ):
                return convert(given(), dtype, "initial_value")
        value = convert(given, dtype, "initial_value")
        self._check_is_outside(value, scope)
        return value

    @staticmethod
    def _check_is_outside(value: Tensor, scope: str) -> None:
        """Refuse an initial value made in a loop, which is made again and again."""
        if value.op.control_flow_context is not None:
            raise ValueError(
                f"Initializer for variable {scope} is from inside a control-flow "
                "construct, such as a loop or conditional. When creating a variable "
                "inside a loop or conditional, use a lambda as the initializer."
            )

    def _init_from_proto(self, variable_def: Any, import_scope: str | None) -> None:
        """Find the nodes that a VariableDef names."""
        graph = get_default_graph()

        def find(name: str) -> Any:
            return graph.as_graph_element(in_scope(name, import_scope))

        self._variable = find(variable_def.variable_name)
        self._initializer_op = find(variable_def.initializer_name)
        if variable_def.initial_value_name:
            self._initial_value = find(variable_def.initial_value_name)
        else:
            self._initial_value = self._initializer_op.inputs[1]
        self._snapshot = find(variable_def.snapshot_name)
        self._trainable = variable_def.trainable
        self._constraint = None
        if variable_def.HasField("save_slice_info_def"):
            info = variable_def.save_slice_info_def
            self._save_slice_info = SaveSliceInfo(
                in_scope(info.full_name, import_scope),
                list(info.full_shape),
                list(info.var_offset),
                list(info.var_shape),
            )

    # -- what it is ------------------------------------------------------------------

    @property
    def name(self) -> str:
        """`'<op name>:0'`."""
        return self._variable.name

    @property
    def op(self) -> Operation:
        """The operation that owns the value."""
        return self._variable.op

    @property
    def graph(self) -> Graph:
        """The graph that holds it."""
        return self._variable.graph

    @property
    def device(self) -> str:
        """The device asked for, '' when none was."""
        return self._variable.device

    @property
    def dtype(self) -> DType:
        """The reference dtype of its values, e.g. float32_ref."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape of its values."""
        return self._variable.shape

    def get_shape(self) -> TensorShape:
        """The same as `shape`."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Merge `shape` into what is known of the shape."""
        self._ref().set_shape(shape)
        self.value().set_shape(shape)

    @property
    def initializer(self) -> Operation:
        """The operation that gives it its initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Tensor:
        """What it starts from; reading this does not need it to be initialised."""
        return self._initial_value

    @property
    def constraint(self) -> Callable[[Tensor], Tensor] | None:
        """What optimizers apply after an update, or None."""
        return self._constraint

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it by default."""
        return self._trainable

    @property
    def _shared_name(self) -> str:
        """The name of its operation."""
        return self.name[:-2]

    # -- reading ---------------------------------------------------------------------

    def value(self) -> Tensor:
        """Its value, as the node `<name>/read`; what expressions use."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """Its value, read by a new node.

        Under `control_dependencies` the read comes after them.
        """
        tensor: Tensor = raw.Identity(self._ref(), name="read")
        return tensor

    def initialized_value(self) -> Tensor:
        """Its value if it has one, else its initial value.

        Use it to make another variable's initial value.
        """
        with self.graph.as_default(), self.graph.control_dependencies(None):
            is_there = state.is_variable_initialized(self)
            result = branch(
                is_there, *self._guarded_read(), self._initial_value, name="cond"
            )
            result.set_shape(self.shape)
            return result

    def _guarded_read(self) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """What goes through a Switch, and how its value is read behind it."""
        return self._ref(), lambda ref: raw.Identity(ref, name="read")

    def eval(self, session: Any = None) -> Any:
        """Its value in a session.

        Args:
            session: the default session when None.

        Raises:
            ValueError: there is no session, or it runs another graph.
            FailedPreconditionError: it is uninitialised there.
        """
        return self._variable.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Give it a value in a session, without a new node.

        Args:
            value: an array or what makes one.
            session: the default session when None.

        Raises:
            ValueError: there is no session.
        """
        session = session or get_default_session()
        if session is None:
            raise ValueError(
                "Either session argument should be provided or default session should "
                "be established"
            )
        session.run(self._initializer_op, {self._initializer_op.inputs[1]: value})

    # -- changing --------------------------------------------------------------------

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
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
            The reference, which gives the new value.
        """
        ref = state.assign(self._ref(), value, use_locking=use_locking, name=name)
        return ref if read_value else ref.op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Add to it; as `assign`."""
        ref = state.assign_add(self._ref(), delta, use_locking=use_locking, name=name)
        return ref if read_value else ref.op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        """Subtract from it; as `assign`."""
        ref = state.assign_sub(self._ref(), delta, use_locking=use_locking, name=name)
        return ref if read_value else ref.op

    def scatter_sub(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Subtract slices from it.

        Args:
            sparse_delta: an IndexedSlices of its dtype.
            use_locking: accepted as in TF1; a change is always seen whole.
            name: the node's name.

        Returns:
            The reference, which gives the whole new value.

        Raises:
            TypeError: `sparse_delta` is no IndexedSlices.
        """
        return self._scatter_slices(state.scatter_sub, sparse_delta, use_locking, name)

    def scatter_add(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Add slices to it; as `scatter_sub`."""
        return self._scatter_slices(state.scatter_add, sparse_delta, use_locking, name)

    def scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        """Overwrite slices of it; as `scatter_sub`."""
        return self._scatter_slices(
            state.scatter_update, sparse_delta, use_locking, name
        )

    def _scatter_slices(
        self, function: Any, slices: Any, use_locking: bool, name: str | None
    ) -> Any:
        if not isinstance(slices, IndexedSlices):
            raise TypeError(f"sparse_delta is not IndexedSlices: {slices}")
        target = self if hasattr(self, "handle") else self._ref()
        return function(target, slices.indices, slices.values, use_locking, name)

    def count_up_to(self, limit: int) -> Tensor:
        """Its value, before it goes up by one; OutOfRangeError at `limit`."""
        return state.count_up_to(self, limit)

    # -- as a part of expressions ------------------------------------------------------

    def _ref(self) -> Tensor:
        """The reference, for ops that change it."""
        return self._variable

    def _as_graph_element(self) -> Tensor:
        """What fetches and feeds mean by it."""
        return self._variable

    def _as_tensor(self, dtype: DType | None, name: str | None, as_ref: bool) -> Tensor:
        """What `convert_to_tensor` gives for it."""
        del name
        if dtype is not None and not dtype.is_compatible_with(self.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for "
                f"variable of type '{self.dtype.name}'"
            )
        return self._ref() if as_ref else self.value()

    def _AsTensor(self) -> Tensor:
        """TF1's private name of `value`, which old code calls."""
        return self.value()

    def __getitem__(self, spec: Any) -> Tensor:
        """A slice, which can also be assigned to: `v[1:].assign(x)`."""
        return slice_of_variable(self, spec)

    def __iter__(self) -> NoReturn:
        """Never: how many elements there are is known only when it runs."""
        raise TypeError("'Variable' object is not iterable.")

    def __repr__(self) -> str:
        """TF1's form."""
        shape = format_shape(self.shape.static)
        return f"<tf.Variable '{self.name}' shape={shape} dtype={self.dtype.name}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Variable", self, include, exclude)

    # -- writing it down ---------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A VariableDef that names its nodes.

        Args:
            export_scope: a scope to leave out of the names.

        Returns:
            The message; None when it is not in that scope.
        """
        if export_scope is not None and not self.name.startswith(export_scope):
            return None

        def outside(name: str) -> str:
            return without_scope(name, export_scope)

        message = protos.VariableDef(
            variable_name=outside(self.name),
            initializer_name=outside(self.initializer.name),
            snapshot_name=outside(self._snapshot.name),
            initial_value_name=outside(self._initial_value.name),
            trainable=self._trainable,
        )
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(
                self._save_slice_info.to_proto(export_scope)
            )
        return message

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Variable:
        """The variable that a VariableDef names; its nodes are in the default graph."""
        return Variable(
            variable_def=variable_def,
            import_scope=import_scope,
            use_resource=variable_def.is_resource,
        )

    def _set_save_slice_info(self, save_slice_info: SaveSliceInfo) -> None:
        """Note which part of a larger variable this is."""
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> Any:
        return self._save_slice_info


Variable.SaveSliceInfo = SaveSliceInfo  # type: ignore[attr-defined]
# What `help` shows: the parameters of `__init__`, not those of `__new__`.
_signature = inspect.signature(Variable.__init__)
Variable.__signature__ = _signature.replace(  # type: ignore[attr-defined]
    parameters=list(_signature.parameters.values())[1:]
)


def _collections(given: Any, trainable: bool) -> list[Any]:
    if given is None:
        given = [GraphKeys.GLOBAL_VARIABLES]
    if not isinstance(given, (list, tuple, set)):
        raise ValueError(
            "collections argument to Variable constructor must be a list, tuple, or "
            f"set. Got {given} of type {type(given)}"
        )
    result = list(given)
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in result:
        result.append(GraphKeys.TRAINABLE_VARIABLES)
    return result


def check_shape(value: Tensor) -> None:
    """Refuse an initial value of unknown shape.

    Raises:
        ValueError: the shape is not known in full.
    """
    if value.static_shape is None or None in value.static_shape:
        raise ValueError(f"initial_value must have a shape specified: {value}")


install_operators(Variable)
register_tensor_conversion_function(
    Variable, lambda value, dtype, name, as_ref: value._as_tensor(dtype, name, as_ref)
)
for _key in (
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.MODEL_VARIABLES,
    GraphKeys.MOVING_AVERAGE_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
):
    register_proto_function(
        _key,
        "VariableDef",
        lambda v, **kwargs: v.to_proto(**kwargs),
        Variable.from_proto,
    )
