"""`tf.examples`: what TensorFlow's own tutorials import.

Read next: `tutorials/mnist/input_data.py`.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.examples import tutorials

__all__ = ["tutorials"]

__getattr__ = _missing.unknown("tf.examples", __name__)
