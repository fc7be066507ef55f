"""Graph: the list of operations, and the only place that makes them.

The `with` blocks that new operations heed are in `blocks.py`, the collections in
`graph_collections.py`, finding elements by name in `lookup.py`, pictures in `repr.py`.
`build.py` turns arguments into checked nodes. Read next: `registry.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs._util import raising
from interactive_graphs.framework import lookup, registry as op_registry, source
from interactive_graphs.framework.blocks import Blocks
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.graph_collections import Collections
from interactive_graphs.framework.names import (
    NameRegistry,
    NewScope,
    check_op_name,
    check_scope_name,
)
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.repr import Shown
from interactive_graphs.framework.stacks import DefaultStack
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import format_list

PRODUCER_VERSION = 26
"""`GraphDef.versions.producer` of TensorFlow 1.9, whose graphs these are."""


class _Local(threading.local):
    """What each thread has of its own."""

    scope = ""
    # Names in the scope, where it is a new one that is not in `Graph.names`.
    new_scope: NewScope | None = None


class Graph(Blocks, Collections, Shown):
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
        Blocks.__init__(self)
        Collections.__init__(self)
        self.ops_by_name: dict[str, Operation] = {}
        self.version = 0
        # Of `version`, what retired operations have used up (see `retire.py`).
        self.retired = 0
        # Which cell of a notebook made what, where the extension is loaded.
        self.cells: Any = None
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
        # By name; a function's graph shares those of the graph around it.
        self.functions: dict[str, Any] = {}
        self._local = _Local()
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        self.min_consumer = 0
        # Whether there are branches or loops; set with the first loop: refuses what
        # takes a tensor out of one.
        self.has_contexts = False
        self.check_inputs: Callable[[Operation], None] | None = None

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
        output_types: tuple[DType, ...],
        stack: source.RawStack | None = None,
    ) -> Operation:
        """Append a checked node under a full, unique name.

        Args:
            op_def: the op's record.
            name: the full name, already unique (see `unique_op_name`).
            inputs: tensors of this graph.
            attrs: a value for each attribute.
            output_types: a dtype for each output.
            stack: where the user made it; found out when None.

        Raises:
            RuntimeError: the graph is finalized.
            ValueError: the shape rule finds the inputs impossible; nothing is added.
        """
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        if stack is None:
            stack = source.capture()
        op = Operation(self, op_def, name, inputs, attrs, stack)
        if self._original_op_now is not None:
            op.original_op = self._original_op_now
        if self._in_blocks:
            self._apply_blocks(op)
        context = self._control_flow_context
        if context is not None:
            context.add_op(op)
            inputs = op.inputs
        elif self.check_inputs is not None:
            self.check_inputs(op)
        rule = op_def.shape
        if len(output_types) == 1:
            op.result = tensor = Tensor(op, 0, output_types[0], None)
            if rule is not None:
                try:
                    (tensor.static_shape,) = rule(op)
                except ValueError as error:
                    raise _shape_error(error, op) from None
        elif output_types:
            outputs = enumerate(output_types)
            op.result = tuple([Tensor(op, i, dtype, None) for i, dtype in outputs])
            if rule is not None:
                try:
                    shapes = rule(op)
                except ValueError as error:
                    raise _shape_error(error, op) from None
                for tensor, shape in zip(op.result, shapes, strict=True):
                    tensor.static_shape = shape
        with self.lock:
            self.version = op.id = self.version + 1
            self.ops_by_name[name] = op
            self.changes += 1
        for tensor in inputs:
            users = tensor._consumers
            if users is None:
                tensor._consumers = op
            elif type(users) is list and users[-1] is not op:
                users.append(op)
            else:
                tensor.add_consumer(op)
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
        return self.unique_name(name)

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
            input_types: accepted as in TF1; the tensors say it.
            op_def: accepted as in TF1; the table of ops says it.
            compute_shapes: accepted as in TF1.
            compute_device: accepted as in TF1.

        Returns:
            The operation.

        Raises:
            TypeError: an input is not a tensor.
        """
        del input_types, op_def, compute_shapes, compute_device
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
            raise lookup.foreign(element, self)

    @property
    def root(self) -> Graph:
        """The graph that is no function's body: this one, or the one around it."""
        return self

    def adopt(self, tensor: Tensor) -> Tensor:
        """What stands for `tensor`, of another graph, in this one.

        A function's body takes in what it finds outside; any other graph refuses.

        Raises:
            ValueError: with the tensor's text.
        """
        self.check_owned(tensor)
        return tensor

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

    # -- names ----------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name that is free in the current scope.

        Args:
            name: the wish.
            mark_as_used: False only previews.
        """
        local = self._local
        scope = local.scope
        if not scope:
            return self.names.unique(name, mark_as_used)
        new = local.new_scope
        if new is not None and new.scope == scope and "/" not in name and mark_as_used:
            return new.take_in(name)
        return self.names.unique(f"{scope}/{name}", mark_as_used)

    def names_in(self, scope: str) -> Iterator[str]:
        """The names of the operations in `scope`, and of the scopes that they are in.

        Args:
            scope: with its slash.
        """
        for name in self.ops_by_name:
            if name.startswith(scope):
                while len(name) > len(scope):
                    yield name
                    name = name.rpartition("/")[0]

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
                f"Operation names are strings (or similar), not {type(name).__name__}."
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
        op = tensor.op
        context = op.control_flow_context
        return tensor not in self._unfeedable and (
            context is None or context.may_be_fed(op)
        )

    def prevent_fetching(self, op: Operation) -> None:
        """Mark an operation as unfetchable."""
        self._unfetchable.add(op)
        self.note_revision()

    def is_fetchable(self, tensor_or_op: Tensor | Operation) -> bool:
        """Whether the element may be fetched."""
        op = tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op
        context = op.control_flow_context
        return op not in self._unfetchable and (
            context is None or context.may_be_fetched(op)
        )

    # -- scopes -----------------------------------------------------------------------

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Make this the default graph of the current thread for a block."""
        with default_graphs.enter(self):
            yield self

    # -- closing -----------------------------------------------------------------------

    def finalize(self) -> None:
        """Close the graph to new operations."""
        self.finalized = True

    def _unsafe_unfinalize(self) -> None:
        """Open a finalized graph again."""
        self.finalized = False

    def __repr__(self) -> str:
        """Short, without addresses, so that committed notebooks do not change."""
        return f"<interactive_graphs.Graph with {len(self.ops_by_name)} operations>"


keepers: list[Callable[[Graph], Iterable[tuple[Any, dict[Any, Any]]]]] = []
"""What other modules keep per graph: functions that give names and dictionaries."""


def _shape_error(error: ValueError, op: Operation) -> ValueError:
    """What a shape rule found, with the node and the shapes that met there."""
    shapes = ", ".join(format_list(t.static_shape) for t in op.inputs)
    text = f"{error} for '{op.name}' (op: '{op.type}') with input shapes: {shapes}."
    return raising.about(ValueError(text), op)


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


def building_graph(tensor: Tensor | Operation) -> Graph:
    """The graph that gets a node made from `tensor`: its own.

    While a function is defined it is the function's, which captures what is outside.
    """
    items = default_graphs.items
    if items and items[-1].building_function:
        return items[-1]  # type: ignore[no-any-return]
    return tensor.graph


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
    "building_graph",
    "default_graphs",
    "get_default_graph",
    "keepers",
    "reset_default_graph",
]
