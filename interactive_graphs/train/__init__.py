"""Training, as `tf.train`: optimizers, learning rates, averages, steps.

    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)

Read next: `optimizer.py`.
"""

from typing import TYPE_CHECKING, Any

from interactive_graphs import protos
from interactive_graphs.formats.events import summary_iterator
from interactive_graphs.framework.meta_graph import export_meta_graph, import_meta_graph
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
    from interactive_graphs.train.init_from_checkpoint import init_from_checkpoint
    from interactive_graphs.train.saver import Saver

__all__ = [
    "AdadeltaOptimizer",
    "AdagradDAOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "ExponentialMovingAverage",
    "FtrlOptimizer",
    "GradientDescentOptimizer",
    "MomentumOptimizer",
    "NewCheckpointReader",
    "Optimizer",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
    "RMSPropOptimizer",
    "Saver",
    "assert_global_step",
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
    "inverse_time_decay",
    "latest_checkpoint",
    "linear_cosine_decay",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "polynomial_decay",
    "remove_checkpoint",
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


def __getattr__(name: str) -> Any:
    """Names that are loaded on first use, and the messages, which load protobuf."""
    if name in _MESSAGES:
        return getattr(protos, name)
    if name in _later.HOMES:
        value = globals()[name] = _later.load(name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All names, also those not loaded yet."""
    return sorted({*globals(), *_MESSAGES, *_later.HOMES})
