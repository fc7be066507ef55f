"""`tf.keras.datasets`, read from `~/.keras/datasets`; nothing is downloaded."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.examples.keras_datasets import (
    boston_housing,
    fashion_mnist,
    mnist,
)

__all__ = ["boston_housing", "fashion_mnist", "mnist"]

__getattr__ = _missing.unknown("tf.keras.datasets", __name__)
