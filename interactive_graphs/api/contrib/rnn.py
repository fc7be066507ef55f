"""`tf.contrib.rnn`: the cells of `tf.nn.rnn_cell`, more of them, and networks."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.rnn.attention_cell import AttentionCellWrapper
from interactive_graphs.rnn.basic_cells import BasicRNNCell, GRUCell
from interactive_graphs.rnn.cell import RNNCell
from interactive_graphs.rnn.conv_cells import (
    Conv1DLSTMCell,
    Conv2DLSTMCell,
    Conv3DLSTMCell,
    ConvLSTMCell,
)
from interactive_graphs.rnn.dynamic import turned as transpose_batch_time
from interactive_graphs.rnn.fused import (
    FusedRNNCell,
    FusedRNNCellAdaptor,
    LSTMBlockFusedCell,
    TimeReversedFusedRNN,
)
from interactive_graphs.rnn.lstm_cells import (
    BasicLSTMCell,
    LSTMBlockCell,
    LSTMCell,
    LSTMStateTuple,
)
from interactive_graphs.rnn.norm_cells import LayerNormBasicLSTMCell, UGRNNCell
from interactive_graphs.rnn.projections import (
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)
from interactive_graphs.rnn.stacked import (
    stack_bidirectional_dynamic_rnn,
    stack_bidirectional_rnn,
)
from interactive_graphs.rnn.static import (
    static_bidirectional_rnn,
    static_rnn,
    static_state_saving_rnn,
)
from interactive_graphs.rnn.wrappers import (
    DeviceWrapper,
    DropoutWrapper,
    MultiRNNCell,
    ResidualWrapper,
)

__all__ = [
    "AttentionCellWrapper",
    "BasicLSTMCell",
    "BasicRNNCell",
    "Conv1DLSTMCell",
    "Conv2DLSTMCell",
    "Conv3DLSTMCell",
    "ConvLSTMCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "EmbeddingWrapper",
    "FusedRNNCell",
    "FusedRNNCellAdaptor",
    "GRUCell",
    "HighwayWrapper",
    "InputProjectionWrapper",
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerNormBasicLSTMCell",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "RNNCell",
    "ResidualWrapper",
    "TimeReversedFusedRNN",
    "UGRNNCell",
    "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
    "transpose_batch_time",
]

__getattr__ = _missing.unknown("tf.contrib.rnn", __name__)
