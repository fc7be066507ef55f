"""Samples of the ops of variables, queues, handles and branches."""

import numpy as np

from interactive_graphs.framework import raw
from tests.registry.sample import Sample

VARIABLES = "needs a resource with a value; see tests/ops/test_variables.py"
QUEUES = "waits for another op; see tests/ops/test_queues.py"
HANDLES = "needs a handle; see tests/ops/test_session_handles.py"
LOOPS = "no kernel: the executor's own; see tests/runtime/test_loops.py"
STACKS = "needs a value on a stack, or ends the step; see tests/ops/test_loop_ops.py"
BRANCHES = "no kernel: the executor's own; see tests/ops/test_control_flow.py"

X = np.array([1.0, 2.0, 4.0], np.float32)
ROWS = np.array([0, 2, 0], np.int32)
POINTS = np.array([[0], [2]], np.int32)


def variable():
    return raw.VarHandleOp(dtype="float32", shape=[3])


def queue():
    return raw.FIFOQueueV2(component_types=["float32"], shapes=[[3]])


def stack():
    return raw.StackV2(-1, elem_type="float32")


def _not_run(names: str, note: str) -> list[Sample]:
    return [Sample(name, run=False, note=note) for name in names.split()]


SAMPLES = [
    # Variables.
    Sample("Assign", [X, X + 1]),
    Sample("AssignAdd", [X, X]),
    Sample("AssignSub", [X, X]),
    Sample("CountUpTo", [np.int32(1)], {"limit": 3}),
    Sample("IsVariableInitialized", [X]),
    Sample("ScatterUpdate", [X, ROWS, X]),
    Sample("ScatterAdd", [X, ROWS, X]),
    Sample("ScatterSub", [X, ROWS, X]),
    Sample("ScatterMul", [X, ROWS, X]),
    Sample("ScatterDiv", [X, ROWS, X]),
    Sample("ScatterMin", [X, ROWS, X]),
    Sample("ScatterMax", [X, ROWS, X]),
    Sample("ScatterNdUpdate", [X, POINTS, X[:2]]),
    Sample("ScatterNdAdd", [X, POINTS, X[:2]]),
    Sample("ScatterNdSub", [X, POINTS, X[:2]]),
    Sample("StridedSliceAssign", [X, *np.int32([[1], [3], [1]]), X[:2]]),
    Sample("RefIdentity", [X]),
    Sample("AssignVariableOp", [variable, X]),
    Sample("VarIsInitializedOp", [variable]),
    Sample("DestroyResourceOp", [variable]),
    *_not_run(
        "Variable VariableV2 VarHandleOp ReadVariableOp AssignAddVariableOp "
        "AssignSubVariableOp VariableShape ResourceCountUpTo ResourceGather "
        "ResourceScatterUpdate ResourceScatterAdd ResourceScatterSub "
        "ResourceScatterMul ResourceScatterDiv ResourceScatterMin ResourceScatterMax "
        "ResourceScatterNdUpdate ResourceScatterNdAdd ResourceScatterNdSub "
        "ResourceStridedSliceAssign",
        VARIABLES,
    ),
    # Queues.
    Sample("QueueEnqueueV2", [queue, [X]]),
    Sample("QueueEnqueueManyV2", [queue, [X[None]]]),
    Sample("QueueDequeueManyV2", [queue, 0], {"component_types": ["float32"]}),
    Sample("QueueDequeueUpToV2", [queue, 0], {"component_types": ["float32"]}),
    Sample("QueueCloseV2", [queue]),
    Sample("QueueIsClosedV2", [queue]),
    Sample("QueueSizeV2", [queue]),
    *_not_run(
        "FIFOQueueV2 RandomShuffleQueueV2 PaddingFIFOQueueV2 PriorityQueueV2 "
        "QueueDequeueV2",
        QUEUES,
    ),
    # Session handles.
    Sample("GetSessionHandle", [X]),
    *_not_run("GetSessionTensor DeleteSessionTensor", HANDLES),
    # Branches.
    *_not_run("Switch Merge RefSwitch RefMerge", BRANCHES),
    *_not_run(
        "Enter RefEnter Exit RefExit NextIteration RefNextIteration LoopCond "
        "ControlTrigger",
        LOOPS,
    ),
    # Stacks.
    Sample("StackV2", [np.int32(3)], {"elem_type": "float32"}),
    Sample("StackPushV2", [stack, X]),
    Sample("StackCloseV2", [stack]),
    *_not_run("StackPopV2 Abort", STACKS),
]
