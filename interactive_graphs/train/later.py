"""The names of `tf.train` that are loaded when asked for, and Savers for MetaGraphs.

Most programs need an optimizer and nothing else of this package. What type checkers
read are the same names under TYPE_CHECKING in `__init__.py`; a test holds them equal.
Read next: `saver.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs._util import lazy
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.proto_functions import (
    register_proto_function,
    set_saver_factory,
)

# By the module of this package that defines them.
_FUNCTIONS: Final = {
    "basic_hooks": (
        "FeedFnHook FinalOpsHook GlobalStepWaiterHook LoggingTensorHook "
        "NanLossDuringTrainingError NanTensorHook SecondOrStepTimer StopAtStepHook"
    ),
    "batching": (
        "batch batch_join maybe_batch maybe_batch_join maybe_shuffle_batch "
        "maybe_shuffle_batch_join shuffle_batch shuffle_batch_join"
    ),
    "checkpoint_reader": (
        "NewCheckpointReader list_variables load_checkpoint load_variable"
    ),
    "checkpoint_state": (
        "checkpoint_exists generate_checkpoint_state_proto get_checkpoint_mtimes "
        "get_checkpoint_state latest_checkpoint remove_checkpoint "
        "update_checkpoint_state"
    ),
    "coordinator": "Coordinator LooperThread",
    "input": (
        "input_producer limit_epochs match_filenames_once range_input_producer "
        "slice_input_producer string_input_producer"
    ),
    "monitored": (
        "ChiefSessionCreator MonitoredSession MonitoredTrainingSession SessionCreator "
        "SingularMonitoredSession WorkerSessionCreator"
    ),
    "queue_runner": "QueueRunner add_queue_runner start_queue_runners",
    "saver": "Saver",
    "saver_hooks": (
        "CheckpointSaverHook CheckpointSaverListener ProfilerHook StepCounterHook "
        "SummarySaverHook"
    ),
    "scaffold": "Scaffold",
    "session_manager": "SessionManager",
    "session_run_hook": (
        "SessionRunArgs SessionRunContext SessionRunHook SessionRunValues"
    ),
    "start_values": "init_from_checkpoint",
    "supervisor": "Supervisor basic_train_loop",
}
HOMES: Final = {
    "export_meta_graph": "interactive_graphs.framework.meta_graph",
    "import_meta_graph": "interactive_graphs.framework.meta_graph",
    "summary_iterator": "interactive_graphs.formats.events",
    **{
        name: f"interactive_graphs.train.{module}"
        for module, names in _FUNCTIONS.items()
        for name in names.split()
    },
}


def load(name: str) -> Any:
    """One of these names.

    Args:
        name: a key of `HOMES`.
    """
    return getattr(lazy.load(HOMES[name]), name)


def _saver_of(graph: Any, saver_def: Any, scope: str) -> Any:
    return lazy.load("interactive_graphs.train.saver").for_meta_graph(
        graph, saver_def, scope
    )


def _from_proto(saver_def: Any, import_scope: str | None = None) -> Any:
    return load("Saver").from_proto(saver_def, import_scope)


set_saver_factory(_saver_of)
register_proto_function(
    GraphKeys.SAVERS,
    "SaverDef",
    lambda saver, **kwargs: saver.to_proto(**kwargs),
    _from_proto,
)
register_proto_function(
    GraphKeys.QUEUE_RUNNERS,
    "QueueRunnerDef",
    lambda runner, **kwargs: runner.to_proto(**kwargs),
    lambda message, **kwargs: load("QueueRunner").from_proto(message, **kwargs),
)
