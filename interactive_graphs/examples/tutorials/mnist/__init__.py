"""MNIST, from files that are on disk already.

Read next: `input_data.py`.
"""

from interactive_graphs._util import missing as _missing
from interactive_graphs.examples.tutorials.mnist import input_data

__all__ = ["input_data"]

__getattr__ = _missing.unknown("tf.examples.tutorials.mnist", __name__)
