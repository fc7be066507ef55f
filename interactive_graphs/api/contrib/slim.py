"""`tf.contrib.slim`: the names of `tf.contrib.layers` and `.framework` in one place."""

from typing import Any as _Any

from interactive_graphs import losses
from interactive_graphs._util import missing as _missing
from interactive_graphs.api.contrib import framework as _framework, layers as _layers

__all__ = ["losses"]

_unknown = _missing.unknown("tf.contrib.slim", __name__)


def __getattr__(name: str) -> _Any:
    """A name of one of the two; a clear word about everything else."""
    for home in (_layers, _framework):
        if name in home.__all__:
            return getattr(home, name)
    return _unknown(name)


def __dir__() -> list[str]:
    """All public names."""
    return sorted({"losses", *_layers.__all__, *_framework.__all__})
