"""The tutorials' helpers; those for MNIST.

Read next: `mnist/input_data.py`.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.examples.tutorials import mnist

__all__ = ["mnist"]

__getattr__ = _missing.unknown("tf.examples.tutorials", __name__)
