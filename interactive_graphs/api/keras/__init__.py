"""`tf.keras`: its data sets only, from files that are on disk already."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.api.keras import datasets

__all__ = ["datasets"]

__getattr__ = _missing.unknown("tf.keras", __name__)
