"""TensorFlow's messages, under a package name of our own.

What lives here: the `.proto` files, what protoc writes from them, and this table,
through which the rest of the package and its users reach a message by name. Nothing
of protobuf is loaded before the first name is asked for, so that
`import interactive_graphs` stays quick.

    >>> from interactive_graphs import protos
    >>> protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE).trace_level
    3

The field numbers are TensorFlow's, so bytes go both ways; the names in protobuf's
registry are not (`interactive_graphs.GraphDef`), so that TensorFlow and this package
can be imported together. To change a message, edit its `.proto` file and run
`generate.py`.
"""

import importlib
from typing import Any

_NAMES_BY_MODULE = {
    "graph": """
        AttrValue DataType FunctionDef FunctionDefLibrary GradientDef GraphDef
        NameAttrList NodeDef OpDef OpDeprecation OpList ResourceHandleProto TensorProto
        TensorShapeProto TensorSliceProto VariantTensorDataProto VersionDef
    """,
    "step_stats": """
        AllocationDescription AllocationRecord AllocatorMemoryUsed CostGraphDef
        DeviceStepStats MemoryStats NodeExecStats NodeOutput StepStats
        TensorDescription
    """,
    "config": """
        AutoParallelOptions CallableOptions ClusterDef ConfigProto DebugOptions
        DebugTensorWatch DeviceAttributes DeviceLocality GPUOptions GraphOptions
        InterconnectLink JobDef LocalLinks OptimizerOptions RPCOptions RewriterConfig
        RunMetadata RunOptions ScopedAllocatorOptions ServerDef SessionMetadata
        TensorConnection ThreadPoolOptionProto
    """,
    "meta_graph": """
        AssetFileDef CollectionDef CondContextDef ControlFlowContextDef MetaGraphDef
        QueueRunnerDef SavedModel SaveSliceInfoDef SaverDef SignatureDef TensorInfo
        ValuesDef VariableDef WhileContextDef
    """,
    "checkpoint": """
        BundleEntryProto BundleHeaderProto CheckpointState ReaderBaseState SavedSlice
        SavedSliceMeta SavedTensorSliceMeta SavedTensorSlices
    """,
    "summary": """
        Event HistogramProto LogMessage SessionLog Summary SummaryDescription
        SummaryMetadata TaggedRunMetadata
    """,
    "error_codes": "Code",
    "example": """
        BytesList Example Feature FeatureList FeatureLists Features FloatList Int64List
        SequenceExample
    """,
}

MODULE_OF = {
    name: f"{__name__}.{module}_pb2"
    for module, names in _NAMES_BY_MODULE.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    """The message or enum of that name; loads its module on first use."""
    module = MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All message names, also those not loaded yet."""
    return sorted({*globals(), *MODULE_OF})
