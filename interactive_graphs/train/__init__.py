"""Training, as `tf.train`: optimizers, learning rates, averages, steps.

    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)

Read next: `optimizer.py`.
"""

from typing import TYPE_CHECKING, Any

from interactive_graphs import protos
from interactive_graphs._util import missing as _missing
from interactive_graphs.train import later as _later
from interactive_graphs.train.adadelta import AdadeltaOptimizer
from interactive_graphs.train.adagrad import (
    AdagradDAOptimizer,
    AdagradOptimizer,
    ProximalAdagradOptimizer,
)
from interactive_graphs.train.adam import AdamOptimizer
from interactive_graphs.train.decay import (
    cosine_decay,
    cosine_decay_restarts,
    exponential_decay,
    inverse_time_decay,
    linear_cosine_decay,
    natural_exp_decay,
    noisy_linear_cosine_decay,
    piecewise_constant,
    piecewise_constant_decay,
    polynomial_decay,
)
from interactive_graphs.train.ftrl import FtrlOptimizer
from interactive_graphs.train.gradient_descent import (
    GradientDescentOptimizer,
    ProximalGradientDescentOptimizer,
)
from interactive_graphs.train.graph_io import write_graph
from interactive_graphs.train.momentum import MomentumOptimizer
from interactive_graphs.train.moving_averages import ExponentialMovingAverage
from interactive_graphs.train.optimizer import Optimizer
from interactive_graphs.train.rmsprop import RMSPropOptimizer
from interactive_graphs.train.training_util import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)

if TYPE_CHECKING:  # loaded on first use
    from interactive_graphs.formats.events import summary_iterator
    from interactive_graphs.framework.meta_graph import (
        export_meta_graph,
        import_meta_graph,
    )
    from interactive_graphs.train.basic_hooks import (
        FeedFnHook,
        FinalOpsHook,
        GlobalStepWaiterHook,
        LoggingTensorHook,
        NanLossDuringTrainingError,
        NanTensorHook,
        SecondOrStepTimer,
        StopAtStepHook,
    )
    from interactive_graphs.train.batching import (
        batch,
        batch_join,
        maybe_batch,
        maybe_batch_join,
        maybe_shuffle_batch,
        maybe_shuffle_batch_join,
        shuffle_batch,
        shuffle_batch_join,
    )
    from interactive_graphs.train.checkpoint_reader import (
        NewCheckpointReader,
        list_variables,
        load_checkpoint,
        load_variable,
    )
    from interactive_graphs.train.checkpoint_state import (
        checkpoint_exists,
        generate_checkpoint_state_proto,
        get_checkpoint_mtimes,
        get_checkpoint_state,
        latest_checkpoint,
        remove_checkpoint,
        update_checkpoint_state,
    )
    from interactive_graphs.train.coordinator import Coordinator, LooperThread
    from interactive_graphs.train.input import (
        input_producer,
        limit_epochs,
        match_filenames_once,
        range_input_producer,
        slice_input_producer,
        string_input_producer,
    )
    from interactive_graphs.train.monitored import (
        ChiefSessionCreator,
        MonitoredSession,
        MonitoredTrainingSession,
        SessionCreator,
        SingularMonitoredSession,
        WorkerSessionCreator,
    )
    from interactive_graphs.train.queue_runner import (
        QueueRunner,
        add_queue_runner,
        start_queue_runners,
    )
    from interactive_graphs.train.saver import Saver
    from interactive_graphs.train.saver_hooks import (
        CheckpointSaverHook,
        CheckpointSaverListener,
        ProfilerHook,
        StepCounterHook,
        SummarySaverHook,
    )
    from interactive_graphs.train.scaffold import Scaffold
    from interactive_graphs.train.session_manager import SessionManager
    from interactive_graphs.train.session_run_hook import (
        SessionRunArgs,
        SessionRunContext,
        SessionRunHook,
        SessionRunValues,
    )
    from interactive_graphs.train.start_values import init_from_checkpoint
    from interactive_graphs.train.supervisor import Supervisor, basic_train_loop

__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "ChiefSessionCreator",
    "Coordinator",
    "ExponentialMovingAverage",
    "FeedFnHook",
    "FinalOpsHook",
    "FtrlOptimizer",
    "GlobalStepWaiterHook",
    "GradientDescentOptimizer",
    "LoggingTensorHook",
    "LooperThread",
    "MomentumOptimizer",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "NewCheckpointReader",
    "Optimizer",
    "ProfilerHook",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "QueueRunner",
    "RMSPropOptimizer",
    "Saver",
    "Scaffold",
    "SecondOrStepTimer",
    "SessionCreator",
    "SessionManager",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "SingularMonitoredSession",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "Supervisor",
    "WorkerSessionCreator",
    "add_queue_runner",
    "assert_global_step",
    "basic_train_loop",
    "batch",
    "batch_join",
    "checkpoint_exists",
    "cosine_decay",
    "cosine_decay_restarts",
    "create_global_step",
    "exponential_decay",
    "export_meta_graph",
    "generate_checkpoint_state_proto",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "import_meta_graph",
    "init_from_checkpoint",
    "input_producer",
    "inverse_time_decay",
    "latest_checkpoint",
    "limit_epochs",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "match_filenames_once",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
    "range_input_producer",
    "remove_checkpoint",
    "shuffle_batch",
    "shuffle_batch_join",
    "slice_input_producer",
    "start_queue_runners",
    "string_input_producer",
    "summary_iterator",
    "update_checkpoint_state",
    "write_graph",
]

_MESSAGES = frozenset(
    """
    BytesList CheckpointState ClusterDef Example Feature FeatureList FeatureLists
    Features FloatList Int64List JobDef QueueRunnerDef SaverDef SequenceExample
    ServerDef
    """.split()
)

_unknown = _missing.unknown("tf.train", __name__)


def __getattr__(name: str) -> Any:
    """Names that are loaded on first use, and the messages, which load protobuf."""
    if name in _MESSAGES:
        return getattr(protos, name)
    if name in _later.HOMES:
        value = globals()[name] = _later.load(name)
        return value
    return _unknown(name)


def __dir__() -> list[str]:
    """All names, also those not loaded yet."""
    return sorted({*globals(), *_MESSAGES, *_later.HOMES})
