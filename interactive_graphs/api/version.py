"""`tf.VERSION` and its kin: of the TensorFlow whose names and behaviour these are.

Programs ask for them to know what they may use; the version of this package is
`interactive_graphs.__version__`.
"""

from typing import Final

from interactive_graphs._util import missing as _missing
from interactive_graphs.framework.graph import PRODUCER_VERSION as GRAPH_DEF_VERSION

VERSION: Final = "1.9.0"
GIT_VERSION: Final = "interactive_graphs"
COMPILER_VERSION: Final = "none: it is written in Python"
# The oldest GraphDefs that are read, and the oldest readers of ours: no limit.
GRAPH_DEF_VERSION_MIN_PRODUCER: Final = 0
GRAPH_DEF_VERSION_MIN_CONSUMER: Final = 0

__all__ = [
    "COMPILER_VERSION",
    "GIT_VERSION",
    "GRAPH_DEF_VERSION",
    "GRAPH_DEF_VERSION_MIN_CONSUMER",
    "GRAPH_DEF_VERSION_MIN_PRODUCER",
    "VERSION",
]

__getattr__ = _missing.unknown("tf.version", __name__)
