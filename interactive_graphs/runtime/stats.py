"""RunMetadata: what a step did, as TensorFlow's messages.

Read next: `engine.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs import protos
from interactive_graphs.framework.dtypes import as_dtype
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.partition import Partition
from interactive_graphs.runtime.plan import Plan
from interactive_graphs.runtime.tracing import Record

_MICRO = 1_000_000


def arg_name(tensor: Tensor, index: int) -> str:
    """The name of the node that stands for a feed."""
    return f"_arg_{tensor.op.name}_{tensor.value_index}_{index}"


def retval_name(tensor: Tensor, index: int) -> str:
    """The name of the node that stands for a fetch."""
    return f"_retval_{tensor.op.name}_{tensor.value_index}_{index}"


def _by_name(tensors: tuple[Tensor, ...]) -> list[Tensor]:
    return sorted(tensors, key=lambda t: t.name)


def step_stats(plan: Plan, records: list[Record], began: float) -> Any:
    """A StepStats message.

    Args:
        plan: of the step.
        records: what its nodes did.
        began: when it began, seconds since the epoch.
    """
    stats = protos.StepStats()
    devices: dict[str, Any] = {}

    def on(device: str) -> Any:
        if device not in devices:
            devices[device] = stats.dev_stats.add(device=device)
        return devices[device].node_stats.add()

    default = records[0].op if records else None
    home = plan.device_of(default) if default is not None else ""
    feeds = _by_name(plan.feeds)
    if home:
        _instant(on(home), "_SOURCE", began, "_SOURCE = NoOp()")
        for i, tensor in enumerate(feeds):
            name = arg_name(tensor, i)
            _instant(on(home), name, began, f"{name} = _Arg()")
    for record in records:
        _fill(on(plan.device_of(record.op)), record, feeds)
    ended = records[-1].ended if records else began
    for i, tensor in enumerate(_by_name(plan.fetches)):
        if home:
            name = retval_name(tensor, i)
            label = f"{name} = _Retval({_input_text(tensor, feeds)})"
            _instant(on(home), name, ended, label)
    return stats


def _instant(node: Any, name: str, when: float, label: str) -> None:
    node.node_name = name
    node.all_start_micros = node.scheduled_micros = int(when * _MICRO)
    node.timeline_label = label


def _fill(node: Any, record: Record, feeds: list[Tensor]) -> None:
    op = record.op
    _instant(node, op.name, record.started, label(op, feeds))
    took = max(int((record.ended - record.started) * _MICRO), 1)
    node.op_end_rel_micros = node.all_end_rel_micros = took
    total = 0
    for slot, (dtype, shape, size) in enumerate(record.outputs):
        if dtype is None:
            continue
        out = node.output.add(slot=slot)
        described = out.tensor_description
        described.dtype = as_dtype(dtype).as_datatype_enum
        for dim in shape:
            described.shape.dim.add(size=dim)
        described.allocation_description.requested_bytes = size
        described.allocation_description.allocated_bytes = size
        described.allocation_description.allocator_name = "cpu"
        total += size
    if total:
        node.memory.add(allocator_name="cpu", total_bytes=total, peak_bytes=total)


def _input_text(tensor: Tensor, feeds: list[Tensor]) -> str:
    if tensor in feeds:
        return arg_name(tensor, feeds.index(tensor))
    index = tensor.value_index
    return f"{tensor.op.name}:{index}" if index else tensor.op.name


def label(op: Operation, feeds: list[Tensor]) -> str:
    """`<name> = <Op>(<in1>, <in2>)`, as timelines parse it."""
    inputs = [_input_text(t, feeds) for t in op.inputs]
    inputs += [f"^{c.name}" for c in op.control_inputs]
    return f"{op.name} = {op.type}({', '.join(inputs)})"


def cost_graph(plan: Plan, records: list[Record]) -> Any:
    """A CostGraphDef message: what each node cost, all of its iterations together."""
    graph = protos.CostGraphDef()
    runs: dict[Operation, list[Record]] = {}
    for record in records:
        runs.setdefault(record.op, []).append(record)
    number = {op: i for i, op in enumerate(runs)}
    for op, done in runs.items():
        took = sum(r.ended - r.started for r in done)
        node = graph.node.add(
            name=op.name,
            device=plan.device_of(op),
            id=number[op],
            compute_cost=max(int(took * _MICRO), 1),
        )
        for tensor in op.inputs:
            if tensor.op in number:
                node.input_info.add(
                    preceding_node=number[tensor.op], preceding_port=tensor.value_index
                )
        node.control_input.extend(number[c] for c in op.control_inputs if c in number)
        for dtype, shape, size in done[-1].outputs:
            if dtype is None:
                continue
            info: Any = node.output_info.add(size=size, alias_input_port=-1)
            info.dtype = as_dtype(dtype).as_datatype_enum
            for dim in shape:
                info.shape.dim.add(size=dim)
    return graph


def partition_graphs(plan: Plan, parts: list[Partition]) -> list[Any]:
    """A GraphDef per device: feeds as `_Arg`, fetches as `_Retval` nodes."""
    feeds, fetches = _by_name(plan.feeds), _by_name(plan.fetches)
    graphs = []
    for number, part in enumerate(parts):
        graph = protos.GraphDef()
        if number == 0:
            for i, tensor in enumerate(feeds):
                _edge_node(graph, "_Arg", arg_name(tensor, i), tensor, i, part.device)
        for tensor in part.receives:
            name = f"{tensor.op.name}/_recv_{tensor.value_index}"
            _edge_node(graph, "_Recv", name, tensor, None, part.device)
        for op in part.nodes:
            node = graph.node.add()
            node.CopyFrom(op.node_def)
            node.device = part.device
            for i, tensor in enumerate(op.inputs):
                if tensor in feeds:
                    node.input[i] = arg_name(tensor, feeds.index(tensor))
        for tensor, _ in part.sends:
            name = f"{tensor.op.name}/_send_{tensor.value_index}"
            sent = _edge_node(graph, "_Send", name, tensor, None, part.device)
            sent.input.append(_input_text(tensor, feeds))
        for i, tensor in enumerate(fetches):
            if tensor.op in part.nodes:
                name = retval_name(tensor, i)
                got = _edge_node(graph, "_Retval", name, tensor, i, part.device)
                got.input.append(_input_text(tensor, feeds))
        graphs.append(graph)
    return graphs


def _edge_node(
    graph: Any, op: str, name: str, tensor: Tensor, index: int | None, device: str
) -> Any:
    node = graph.node.add(name=name, op=op, device=device)
    node.attr["T"].type = tensor.dtype.base_dtype.as_datatype_enum
    if index is not None:
        node.attr["index"].i = index
    return node
