"""Samples of the ops of variables, queues, handles and branches."""

from tests.registry.sample import Sample

VARIABLES = "changes or reads a variable; see tests/ops/test_variables.py"
QUEUES = "needs a queue; see tests/ops/test_queues.py"
HANDLES = "needs a session's store; see tests/ops/test_session_handles.py"
BRANCHES = "the executor's own; see tests/ops/test_control_flow.py"


def _not_run(names: str, note: str) -> list[Sample]:
    return [Sample(name, run=False, note=note) for name in names.split()]


SAMPLES = [
    *_not_run(
        "Variable VariableV2 Assign AssignAdd AssignSub CountUpTo IsVariableInitialized "
        "ScatterUpdate ScatterAdd ScatterSub ScatterMul ScatterDiv ScatterMin "
        "ScatterMax ScatterNdUpdate ScatterNdAdd ScatterNdSub StridedSliceAssign",
        VARIABLES,
    ),
    *_not_run(
        "VarHandleOp ReadVariableOp AssignVariableOp AssignAddVariableOp "
        "AssignSubVariableOp VarIsInitializedOp VariableShape DestroyResourceOp "
        "ResourceCountUpTo ResourceGather ResourceScatterUpdate ResourceScatterAdd "
        "ResourceScatterSub ResourceScatterMul ResourceScatterDiv ResourceScatterMin "
        "ResourceScatterMax ResourceScatterNdUpdate ResourceScatterNdAdd "
        "ResourceScatterNdSub ResourceStridedSliceAssign",
        VARIABLES,
    ),
    *_not_run(
        "FIFOQueueV2 QueueEnqueueV2 QueueEnqueueManyV2 QueueDequeueV2 "
        "QueueDequeueManyV2 QueueDequeueUpToV2 QueueCloseV2 QueueIsClosedV2 "
        "QueueSizeV2",
        QUEUES,
    ),
    *_not_run("GetSessionHandle GetSessionTensor DeleteSessionTensor", HANDLES),
    *_not_run("Switch Merge RefSwitch RefMerge RefIdentity", BRANCHES),
]
