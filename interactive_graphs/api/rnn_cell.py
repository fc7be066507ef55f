"""`tf.nn.rnn_cell`: the cells of recurrent networks."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.rnn.basic_cells import BasicRNNCell, GRUCell
from interactive_graphs.rnn.cell import RNNCell
from interactive_graphs.rnn.lstm_cells import BasicLSTMCell, LSTMCell, LSTMStateTuple
from interactive_graphs.rnn.wrappers import (
    DeviceWrapper,
    DropoutWrapper,
    MultiRNNCell,
    ResidualWrapper,
)

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "GRUCell",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
]

__getattr__ = _missing.unknown("tf.nn.rnn_cell", __name__)
