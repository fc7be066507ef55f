"""Operation: a node of the graph.

Made by `Graph.add` from an `OpDef` record, its inputs and attributes. Running it is a
session's work. Read next: `graph.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interactive_graphs.framework import repr as display_hook, source, stacks
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape

if TYPE_CHECKING:
    from interactive_graphs.framework.graph import Graph


class Operation:
    """A named node: what is computed, from which tensors, and where it was written.

    Attributes:
        graph: the graph that holds it.
        op_def: its record in the table of ops; `type` is the record's name.
        name: unique in the graph.
        inputs: the tensors it takes, in order.
        outputs: the tensors it gives, in order, as a list.
        result: the same for quick reading: the Tensor where it gives exactly one, else
            a tuple. Nearly every operation gives one, and a list each would be a sixth
            of a large graph.
        attrs: attribute values by name, as Python values (types as DType, shapes as
            static tuples, strings as bytes, tensors as numpy arrays).
        controls: operations that must run before it; `control_inputs` as a list.
        device: the device asked for, '' when none.
        id: 1, 2, 3, ... in order of creation.
        stack: where it was made (see `source`).
        original_op: the operation it was derived from (a gradient's forward op).
        control_flow_context: the cond or while it is in, or None.
    """

    __slots__ = (
        "__weakref__",
        "attrs",
        "control_flow_context",
        "controls",
        "device",
        "graph",
        "id",
        "inputs",
        "name",
        "op_def",
        "original_op",
        "result",
        "stack",
        "type",
    )

    def __init__(
        self,
        graph: Graph,
        op_def: OpDef,
        name: str,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        stack: source.RawStack,
    ) -> None:
        """Made by `Graph.add`."""
        self.graph = graph
        self.op_def = op_def
        self.type = op_def.name
        self.name = name
        self.inputs = inputs
        self.attrs = attrs
        self.id = 0
        self.stack = stack
        self.result: Any = ()
        self.controls: tuple[Operation, ...] = ()
        self.device = ""
        self.original_op: Operation | None = None
        self.control_flow_context: Any = None

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors it gives, in order, in a list of the caller's."""
        result = self.result
        return list(result) if type(result) is tuple else [result]

    def add_output(self, dtype: DType, shape: Shape) -> Tensor:
        """Give one more tensor, while the operation is being made."""
        made = self.values()
        tensor = Tensor(self, len(made), dtype, shape)
        self.result = (*made, tensor) if made else tensor
        return tensor

    @property
    def _original_op(self) -> Operation | None:
        """TF1's private name of `original_op`, which old code reads."""
        return self.original_op

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that must run before it, in the order they were added."""
        return list(self.controls)

    @property
    def is_retired(self) -> bool:
        """Whether its graph has let go of it: a cell that ran again made it anew.

        It still runs, but no view, collection or name leads to it (see `retire.py`).
        """
        return self.graph.ops_by_name.get(self.name) is not self

    def values(self) -> tuple[Tensor, ...]:
        """The outputs as a tuple."""
        result = self.result
        return result if type(result) is tuple else (result,)

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """Where it was made: (file, line, function, text), outermost first."""
        return source.resolve(self.stack)

    @property
    def node_def(self) -> Any:
        """A fresh NodeDef message of this operation."""
        return self._to_node_def()

    def _to_node_def(self) -> Any:
        """Filled in by `graph_def.py`, which knows the wire format."""
        raise NotImplementedError

    def get_attr(self, name: str) -> Any:
        """The value of an attribute.

        Args:
            name: the attribute's name.

        Returns:
            A DType for types, bytes for strings, messages for shapes and tensors, a
            list for lists, else a Python number.

        Raises:
            ValueError: it has no such attribute.
        """
        if name not in self.attrs:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        return self._public_attr(name)

    def _public_attr(self, name: str) -> Any:
        """Filled in by `graph_def.py`: shapes and tensors come as messages."""
        raise NotImplementedError

    def colocation_groups(self) -> list[bytes]:
        """The `loc:@<op>` names it must share a device with; itself by default."""
        groups = self.attrs.get("_class")
        own = [g for g in groups or () if g.startswith(b"loc:@")]
        return own or [b"loc:@" + self.name.encode()]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Run this operation in a session.

        Args:
            feed_dict: as for `Session.run`.
            session: the default session when None.

        Raises:
            ValueError: there is no default session, or it runs another graph.
        """
        session = stacks.session_for(
            session,
            self.graph,
            "execute operation",
            "run()",
            "the operation's",
            "`with sess.as_default():`",
        )
        session.run(self, feed_dict)

    def _set_device(self, device: Any) -> None:
        """Change the device asked for."""
        self.device = "" if device is None else str(device)
        self.graph.note_mutation(self, "setting device")

    def _set_attr(self, name: str, value: Any) -> None:
        """Change an attribute to a Python value."""
        self.attrs = {**self.attrs, name: value}
        self.graph.note_mutation(self, "setting attribute")

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Make `tensor` the input number `index`."""
        self.graph.check_owned(tensor)
        old = self.inputs[index]
        self.inputs = (*self.inputs[:index], tensor, *self.inputs[index + 1 :])
        if old not in self.inputs:
            old.remove_consumer(self)
        tensor.add_consumer(self)
        self.graph.note_mutation(self, "updating input tensor")

    def _add_control_inputs(self, ops: list[Operation]) -> None:
        """Make this operation wait for `ops` too."""
        self.controls = tuple(dict.fromkeys((*self.controls, *ops)))
        self.graph.note_mutation(self, "adding control input")

    def _add_control_input(self, op: Operation) -> None:
        """Make this operation wait for `op` too."""
        self._add_control_inputs([op])

    def __repr__(self) -> str:
        """TF1's form."""
        return f"<tf.Operation '{self.name}' type={self.type}>"

    def __str__(self) -> str:
        """The NodeDef in text form."""
        return str(self.node_def)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Operation", self, include, exclude)
