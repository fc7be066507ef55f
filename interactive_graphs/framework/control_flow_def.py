"""Branches and loops as messages, so that a MetaGraph can be built on.

A message names the nodes of a context; the nodes themselves are in the GraphDef. Those
within another context are written with it. Read next: `meta_graph.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs import protos
from interactive_graphs.framework.control_flow import (
    CondContext,
    ControlFlowContext,
    LoopVariable,
    WhileContext,
    encloses,
    output_context,
)
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.tensor import Tensor


def to_proto(context: ControlFlowContext, export_scope: str | None = None) -> Any:
    """The CondContextDef or WhileContextDef of a context.

    Args:
        context: a branch or a loop.
        export_scope: the name scope that becomes the top.

    Returns:
        The message, or None for a context outside of the scope.
    """
    prefix = export_scope.rstrip("/") + "/" if export_scope else ""
    if not context.name.startswith(prefix):
        return None
    return _Writer(prefix).written(context)


class _Writer:
    """Writes contexts with names relative to a scope."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def name(self, tensor: Tensor) -> str:
        return tensor.name.removeprefix(self.prefix)

    def written(self, context: ControlFlowContext) -> Any:
        if isinstance(context, WhileContext):
            message = self._loop(context)
        else:
            assert isinstance(context, CondContext)
            message = protos.CondContextDef(
                pred_name=self.name(context.pred),
                pivot_name=self.name(context.pivot),
                branch=context.branch,
            )
        message.context_name = context.name.removeprefix(self.prefix)
        self._fill_values(message.values_def, context)
        for inner in context.nested:
            held = message.nested_contexts.add()
            loop = isinstance(inner, WhileContext)
            part = held.while_ctxt if loop else held.cond_ctxt
            part.CopyFrom(self.written(inner))
        return message

    def _loop(self, loop: WhileContext) -> Any:
        assert loop.condition is not None
        first = loop.variables[0]
        message = protos.WhileContextDef(
            parallel_iterations=loop.parallel_iterations,
            back_prop=loop.back_prop,
            swap_memory=loop.swap_memory,
            pivot_name=self.name(loop.condition),
            pivot_for_pred_name=self.name(first.merge),
            pivot_for_body_name=self.name(first.inside),
            loop_exit_names=[self.name(v.result) for v in loop.variables],
            loop_enter_names=[self.name(v.enter) for v in loop.variables],
        )
        if loop.maximum_iterations is not None:
            message.maximum_iterations_name = self.name(loop.maximum_iterations)
        return message

    def _fill_values(self, held: Any, context: ControlFlowContext) -> None:
        """What is in the context, and what from outside is used there."""
        values = {
            self.name(tensor)
            for op in context.graph.ops_by_name.values()
            if encloses(context, op.control_flow_context)
            for tensor in op.outputs
        }
        for outside, inside in context.external.items():
            own_pred = isinstance(context, CondContext) and outside is context.pred
            # What a gradient's loop took from its forward loop is of no use later.
            around = encloses(output_context(outside.op), context.outer)
            if own_pred or (outside is not inside and around):
                values.add(self.name(outside))
                held.external_values[self.name(outside)] = self.name(inside)
        held.values.extend(sorted(values))


def from_proto(message: Any, import_scope: str | None = None) -> ControlFlowContext:
    """The context that a message describes, in the default graph, which has its nodes.

    Args:
        message: a CondContextDef or WhileContextDef.
        import_scope: the name scope that the nodes were imported into.

    Raises:
        KeyError: a node is missing.
    """
    graph = get_default_graph()
    prefix = import_scope.rstrip("/") + "/" if import_scope else ""
    return _Reader(graph, prefix).read(message, graph._control_flow_context)


class _Reader:
    """Reads contexts whose nodes are in a scope of a graph."""

    def __init__(self, graph: Graph, prefix: str) -> None:
        self.graph = graph
        self.prefix = prefix

    def tensor(self, name: str) -> Tensor:
        return self.graph.get_tensor_by_name(self.prefix + name)

    def read(
        self, message: Any, outer: ControlFlowContext | None
    ) -> ControlFlowContext:
        context: ControlFlowContext
        if isinstance(message, protos.WhileContextDef):
            context = self._loop(message, outer)
        else:
            context = CondContext(
                self.tensor(message.pred_name),
                self.tensor(message.pivot_name),
                message.branch,
                self.prefix + message.context_name,
                outer,
            )
        self._read_values(message.values_def, context)
        for held in message.nested_contexts:
            self.read(getattr(held, held.WhichOneof("ctxt")), context)
        return context

    def _loop(self, message: Any, outer: ControlFlowContext | None) -> WhileContext:
        exits = [self.tensor(name) for name in message.loop_exit_names]
        variables = [_variable(result) for result in exits]
        most = message.maximum_iterations_name
        loop = WhileContext(
            self.graph,
            # What is added has to be in the frame of what is there.
            variables[0].enter.op.attrs["frame_name"].decode(),
            outer,
            message.parallel_iterations,
            message.back_prop,
            message.swap_memory,
            self.tensor(most) if most else None,
        )
        loop.variables = variables
        loop.condition = self.tensor(message.pivot_name)
        return loop

    def _read_values(self, held: Any, context: ControlFlowContext) -> None:
        for outside, inside in held.external_values.items():
            context.external[self.tensor(outside)] = self.tensor(inside)
            context.external[self.tensor(inside)] = self.tensor(inside)
        for name in held.values:
            if name not in held.external_values:
                self.tensor(name).op.control_flow_context = context


def _variable(result: Tensor) -> LoopVariable:
    """The loop variable that leaves its loop as `result`."""
    switch = result.op.inputs[0].op
    merge = switch.inputs[0]
    variable = LoopVariable(merge.op.inputs[0], merge)
    variable.switch = list(switch.outputs)
    into = (op for op in switch.outputs[1].consumers() if op.type == "Identity")
    variable.inside = next((op.outputs[0] for op in into), switch.outputs[1])
    variable.result = result
    return variable
