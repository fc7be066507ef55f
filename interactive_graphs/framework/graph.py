"""Graph: the list of operations, and the only place that makes them.

Besides the operations it holds what is in force while code builds it: name scopes,
devices, control dependencies, colocation, attribute scopes. What looks elements up by
name is in `lookup.py`. Read next: `build.py`, which turns arguments into checked nodes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs.framework import device as devices
from interactive_graphs.framework import lookup, source
from interactive_graphs.framework import registry as op_registry
from interactive_graphs.framework import repr as display_hook
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.names import (
    NameRegistry,
    check_op_name,
    check_scope_name,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.stacks import DefaultStack
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list

PRODUCER_VERSION = 26
"""`GraphDef.versions.producer` of TensorFlow 1.9, whose graphs these are."""


class _Local(threading.local):
    """What each thread has of its own."""

    scope = ""


class _Controller:
    """One `control_dependencies` block: what new ops wait for."""

    __slots__ = ("clears", "inputs", "seen")

    def __init__(self, inputs: list[Operation], clears: bool) -> None:
        self.inputs = inputs
        self.clears = clears
        self.seen: set[Operation] = set()


class Graph:
    """A dataflow graph: operations joined by tensors.

    A graph computes nothing and holds no values; a `Session` runs it.

    Attributes:
        version: the id of the newest operation; 0 while there is none.
        seed: the graph-level random seed, None when unset.
        finalized: whether the graph is closed to new operations.
        collections: names of the collections.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Graph().as_default() as g:
        ...     c = tf.constant(30.0)
        >>> c.graph is g
        True
    """

    # Filled in by `graph_def.py`, which knows the wire format.
    as_graph_def: Callable[..., Any]
    graph_def_versions: Any

    def __init__(self) -> None:
        """An empty graph."""
        self.ops_by_name: dict[str, Operation] = {}
        self.version = 0
        self.seed: int | None = None
        self.finalized = False
        self.building_function = False
        self.lock = threading.RLock()
        self.names = NameRegistry()
        # Sessions compare these with what they saw: `changes` counts everything,
        # `mutations` rewired operations, `revisions` what makes feeds be checked anew.
        self.changes = 0
        self.mutations = 0
        self.revisions = 0
        self.mutation_listeners: list[Callable[[Operation, str], None]] = []
        self.variable_scope_state: Any = None
        self._collections: dict[Any, list[Any]] = {}
        self._local = _Local()
        self._devices: list[Any] = []
        self._controllers: list[_Controller] = []
        self._colocation: list[Operation] = []
        self._attr_scope: dict[str, Any] = {}
        self._gradient_overrides: dict[str, str] = {}
        self._container = ""
        self._original_op_now: Operation | None = None
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        self._control_flow_context: Any = None
        self.min_consumer = 0

    # -- operations ---------------------------------------------------------------

    def get_operations(self) -> list[Operation]:
        """All operations, in order of creation."""
        return list(self.ops_by_name.values())

    def add(
        self,
        op_def: OpDef,
        name: str,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        output_types: Iterable[DType],
    ) -> Operation:
        """Append a checked node under a full, unique name.

        Args:
            op_def: the op's record.
            name: the full name, already unique (see `unique_op_name`).
            inputs: tensors of this graph.
            attrs: a value for each attribute.
            output_types: a dtype for each output.

        Raises:
            RuntimeError: the graph is finalized.
            ValueError: the shape rule finds the inputs impossible; nothing is added.
        """
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        op = Operation(self, op_def, name, inputs, attrs, 0, source.capture())
        self._apply_scopes(op)
        context = self._control_flow_context
        if context is not None:
            context.add_op(op)
        op.outputs = outputs = []
        for dtype in output_types:
            outputs.append(Tensor(op, len(outputs), dtype, None))
        if op_def.shape is not None and outputs:
            try:
                shapes = op_def.shape(op)
            except ValueError as error:
                raise ValueError(_shape_error(error, op)) from None
            for tensor, shape in zip(outputs, shapes, strict=True):
                tensor.static_shape = shape
        with self.lock:
            self.version = op.id = self.version + 1
            self.ops_by_name[name] = op
            self.changes += 1
        for tensor in op.inputs:
            consumers = tensor._consumers
            if consumers is None:
                tensor._consumers = [op]
            elif consumers[-1] is not op:
                consumers.append(op)
        return op

    def unique_op_name(self, name: str) -> str:
        """The full name a new op called `name` gets in the current scope.

        A name ending in '/' is taken as it is, less the slash.

        Raises:
            ValueError: the name is invalid, or absolute and taken.
        """
        if name.endswith("/"):
            name = name[:-1]
            check_op_name(name)
            if name in self.ops_by_name:
                raise ValueError(f"Duplicate node name in graph: '{name}'")
            self.names.take(name)
            return name
        scope = self._local.scope
        return self.names.unique(f"{scope}/{name}" if scope else name)

    def create_op(
        self,
        op_type: str,
        inputs: Iterable[Tensor],
        dtypes: Iterable[DType],
        input_types: Iterable[DType] | None = None,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """TF1's low-level constructor; `raw` is the checked one.

        Args:
            op_type: the op's name on the wire.
            inputs: tensors of this graph.
            dtypes: the dtypes of the outputs.
            name: the name, the op's type when None.
            attrs: attribute values; defaults fill the rest.
            input_types, op_def, compute_shapes, compute_device: accepted as in TF1;
                the table of ops and the tensors already say all of it.

        Returns:
            The operation.

        Raises:
            TypeError: an input is not a tensor.
        """
        record = op_registry.lookup(op_type)
        tensors = tuple(inputs)
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise TypeError(f"Input #{i} is not a tensor: {tensor}")
            self.check_owned(tensor)
        if name is not None and not name.endswith("/"):
            check_op_name(name)
        full = self.unique_op_name(name or op_type)
        values = {**record.defaults, **(attrs or {})}
        return self.add(record, full, tensors, values, tuple(dtypes))

    def check_owned(self, element: Tensor | Operation) -> None:
        """Refuse an element of another graph.

        Raises:
            ValueError: with the element's text.
        """
        if element.graph is not self:
            kind = "Tensor" if isinstance(element, Tensor) else "Operation"
            raise ValueError(f"{kind} {element} is not an element of this graph.")

    def note_mutation(self, op: Operation, kind: str) -> None:
        """Tell sessions that an existing operation was changed."""
        self.mutations += 1
        self.changes += 1
        for listener in list(self.mutation_listeners):
            listener(op, kind)

    def note_revision(self) -> None:
        """Tell sessions that a shape or what may be fed has changed."""
        self.revisions += 1
        self.changes += 1

    def _apply_scopes(self, op: Operation) -> None:
        """Give a new operation what the enclosing blocks say."""
        if self._colocation:
            self._colocate(op)
        if self._devices:
            self._place(op)
        if self._controllers:
            self._control(op)
        if self._attr_scope or self._gradient_overrides or self._container:
            self._attach_attrs(op)
        if self._original_op_now is not None:
            op.original_op = self._original_op_now

    def _colocate(self, op: Operation) -> None:
        groups = {g for peer in self._colocation for g in peer.colocation_groups()}
        op.attrs = {**op.attrs, "_class": sorted(groups)}
        for peer in self._colocation:
            if peer.device:
                op.device = peer.device

    def _place(self, op: Operation) -> None:
        for spec in reversed(self._devices):
            if spec is None:
                break
            if callable(spec):
                chosen = spec(op)
                if chosen is not None and not isinstance(chosen, str):
                    chosen = _device_text(chosen)
                op.device = devices.canonical(chosen or "")
            else:
                op.device = devices.merge_strings(spec, op.device)

    def _control(self, op: Operation) -> None:
        producers = {t.op for t in op.inputs}
        for controller in self._controllers:
            # A block adds nothing when an input was made inside it: it waits already.
            if producers.isdisjoint(controller.seen):
                for dep in controller.inputs:
                    if dep not in producers and dep not in op.control_inputs:
                        op.control_inputs.append(dep)
        for controller in self._controllers:
            controller.seen.add(op)

    def _attach_attrs(self, op: Operation) -> None:
        extra = dict(self._attr_scope)
        if op.type in self._gradient_overrides:
            name = self._gradient_overrides[op.type]
            extra["_gradient_op_type"] = name.encode()
        if self._container and op.op_def.attrs.get("container") is not None:
            if not op.attrs.get("container"):
                extra["container"] = self._container.encode()
        if extra:
            op.attrs = {**op.attrs, **extra}

    # -- names ----------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name that is free in the current scope.

        Args:
            name: the wish.
            mark_as_used: False only previews.
        """
        scope = self._local.scope
        full = f"{scope}/{name}" if scope else name
        return self.names.unique(full, mark_as_used)

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Put the names of new operations under `name`.

        Args:
            name: 'a' opens a new unique scope; 'a/' (or what this yielded before)
                re-enters exactly that one; None and '' leave all scopes.

        Yields:
            The scope with a trailing slash, '' for the top.

        Raises:
            ValueError: the name is invalid.
        """
        local = self._local
        old = local.scope
        if not name:
            new = ""
        elif name.endswith("/"):
            check_scope_name(name, nested=bool(old))
            new = name[:-1]
        else:
            check_scope_name(name, nested=bool(old))
            new = self.unique_name(name)
        local.scope = new
        try:
            yield new + "/" if new else ""
        finally:
            local.scope = old

    def get_name_scope(self) -> str:
        """The current scope, without a trailing slash."""
        return self._local.scope

    # -- lookups ----------------------------------------------------------------------

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Tensor | Operation:
        """The tensor or operation that `obj` stands for; see `lookup.element`."""
        with self.lock:
            return lookup.element(self, obj, allow_tensor, allow_operation)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of that name.

        Raises:
            TypeError: `name` is no string.
            KeyError: there is none.
            ValueError: the name is a tensor's.
        """
        if not isinstance(name, str):
            raise TypeError(
                "Operation names are strings (or similar), not "
                f"{type(name).__name__}."
            )
        found = self.as_graph_element(name, allow_tensor=False)
        assert isinstance(found, Operation)
        return found

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor of that name, '<op>:<index>'.

        Raises:
            TypeError: `name` is no string.
            KeyError: there is none.
            ValueError: the name is an operation's.
        """
        if not isinstance(name, str):
            raise TypeError(
                f"Tensor names are strings (or similar), not {type(name).__name__}."
            )
        found = self.as_graph_element(name, allow_operation=False)
        assert isinstance(found, Tensor)
        return found

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Mark a tensor as unfeedable."""
        if tensor not in self._unfeedable:
            self._unfeedable.add(tensor)
            self.note_revision()

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether the tensor may be fed."""
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        """Mark an operation as unfetchable."""
        self._unfetchable.add(op)
        self.note_revision()

    def is_fetchable(self, tensor_or_op: Tensor | Operation) -> bool:
        """Whether the element may be fetched."""
        op = tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op
        return op not in self._unfetchable

    # -- scopes -----------------------------------------------------------------------

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Make this the default graph of the current thread for a block."""
        with default_graphs.enter(self):
            yield self

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Ask for a device for new operations.

        Args:
            device_name_or_function: a (partial) device string, a DeviceSpec, a
                function from Operation to string, or None to ignore outer blocks.

        Raises:
            ValueError: the string cannot be parsed.
        """
        spec = device_name_or_function
        if spec is not None and not callable(spec):
            spec = devices.canonical(_device_text(spec))
        self._devices.append(spec)
        try:
            yield
        finally:
            self._devices.pop()

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Make new operations wait for `control_inputs`.

        Args:
            control_inputs: tensors, operations, names, variables; None drops all
                enclosing dependencies and the control-flow context.
        """
        controllers, context = self._controllers, self._control_flow_context
        if control_inputs is None:
            self._controllers, self._control_flow_context = [], None
        else:
            ops: list[Operation] = []
            for item in control_inputs:
                op = self._control_op(item)
                if op not in ops:
                    ops.append(op)
            self._controllers = [*controllers, _Controller(ops, clears=False)]
        try:
            yield
        finally:
            self._controllers, self._control_flow_context = controllers, context

    def _control_op(self, item: Any) -> Operation:
        # IndexedSlices stand for their values' operation.
        if hasattr(item, "values") and isinstance(getattr(item, "values", None), Tensor):
            item = item.op
        element = self.as_graph_element(item)
        return element.op if isinstance(element, Tensor) else element

    def control_dependencies_now(self) -> list[Operation]:
        """What a new operation without inputs would wait for."""
        return [op for c in self._controllers for op in c.inputs]

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Put new operations where `op` is.

        Args:
            op: an operation or tensor; None with `ignore_existing` leaves all groups.
            ignore_existing: drop the enclosing groups.

        Raises:
            ValueError: `op` is None without `ignore_existing`.
        """
        if op is None and not ignore_existing:
            raise ValueError(
                "Trying to reset colocation (op is None) but ignore_existing is not True"
            )
        if op is not None:
            found = self.as_graph_element(op)
            op = found.op if isinstance(found, Tensor) else found
        stack, device_stack = self._colocation, self._devices
        self._colocation = ([] if ignore_existing else list(stack)) + (
            [op] if op is not None else []
        )
        self._devices = []
        try:
            yield
        finally:
            self._colocation, self._devices = stack, device_stack

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """Make ops of some types use other gradients.

        Args:
            op_type_map: op type -> name of a registered gradient.

        Raises:
            TypeError: it is not a dictionary of strings.
        """
        if not isinstance(op_type_map, dict) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()
        ):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        old = self._gradient_overrides
        self._gradient_overrides = {**old, **op_type_map}
        try:
            yield
        finally:
            self._gradient_overrides = old

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Keep the resources of new stateful ops in a container of that name."""
        old, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = old

    @contextmanager
    def attr_scope(self, attrs: dict[str, Any]) -> Iterator[None]:
        """Add attributes to new operations."""
        old = self._attr_scope
        self._attr_scope = {**old, **attrs}
        try:
            yield
        finally:
            self._attr_scope = old

    @contextmanager
    def _original_op(self, op: Operation) -> Iterator[None]:
        """Note that new operations derive from `op`."""
        old, self._original_op_now = self._original_op_now, op
        try:
            yield
        finally:
            self._original_op_now = old

    # -- collections -------------------------------------------------------------------

    @property
    def collections(self) -> list[Any]:
        """The names of the collections."""
        return list(self._collections)

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Append a value to a collection."""
        self._check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Append a value to several collections; a string is one name."""
        for name in (names,) if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection, [] when there is none.

        Args:
            name: the collection's name.
            scope: keep only items whose `name` this pattern matches from the start.
        """
        return lookup.in_scope(self._collections.get(name, ()), scope)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself, made when there is none."""
        return self._collections.setdefault(name, [])

    def clear_collection(self, name: Any) -> None:
        """Drop a collection's values."""
        self._check_not_finalized()
        self._collections.pop(name, None)

    def get_all_collection_keys(self) -> list[str]:
        """The names that are strings."""
        return [name for name in self._collections if isinstance(name, str)]

    # -- closing -----------------------------------------------------------------------

    def finalize(self) -> None:
        """Close the graph to new operations."""
        self.finalized = True

    def _unsafe_unfinalize(self) -> None:
        """Open a finalized graph again."""
        self.finalized = False

    def _check_not_finalized(self) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    def __repr__(self) -> str:
        """Short, without addresses, so that committed notebooks do not change."""
        return f"<interactive_graphs.Graph with {len(self.ops_by_name)} operations>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Graph", self, include, exclude)


def _device_text(spec: Any) -> str:
    if isinstance(spec, str):
        return spec
    if isinstance(spec, devices.DeviceSpec):
        return spec.to_string()
    raise TypeError(f"a device is a string, a DeviceSpec or a function, not {spec!r}")


def _shape_error(error: ValueError, op: Operation) -> str:
    """What a shape rule found, with the node and the shapes that met there."""
    shapes = ", ".join(format_list(t.static_shape) for t in op.inputs)
    return (
        f"{str(error).rstrip('.')} for '{op.name}' (op: '{op.type}') with input "
        f"shapes: {shapes}."
    )


class _DefaultGraphs(DefaultStack):
    """The stack of graphs; below it each thread has an implicit graph of its own."""

    def __init__(self) -> None:
        """Empty."""
        super().__init__()
        self.implicit: Graph | None = None

    def top(self) -> Graph:
        """The innermost graph, else the thread's implicit one."""
        if self.items:
            return self.items[-1]  # type: ignore[no-any-return]
        if self.implicit is None:
            self.implicit = Graph()
        return self.implicit


default_graphs = _DefaultGraphs()


def get_default_graph() -> Graph:
    """The graph that new operations of this thread go to.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.constant(1.0).graph is tf.get_default_graph()
        True
    """
    return default_graphs.top()


def reset_default_graph() -> None:
    """Give this thread a new, empty implicit graph.

    Raises:
        AssertionError: inside a `with graph.as_default()` block.
    """
    if default_graphs.items:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a "
            "cleared graph, exit the nesting and create a new graph."
        )
    default_graphs.implicit = Graph()




__all__ = [
    "PRODUCER_VERSION",
    "Graph",
    "default_graphs",
    "get_default_graph",
    "reset_default_graph",
]
