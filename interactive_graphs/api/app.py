"""`tf.app`: programs with flags."""

from interactive_graphs._util import missing
from interactive_graphs.api import flags
from interactive_graphs.platform.app import run

__all__ = ["flags", "run"]
__getattr__ = missing.unknown("tf.app", __name__)
