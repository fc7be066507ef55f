"""`tf.contrib.slim`: the names of `tf.contrib.layers` and `.framework` in one place."""

from typing import Any as _Any

from interactive_graphs import losses
from interactive_graphs.api import missing as _missing
from interactive_graphs.api.contrib import framework as _framework, layers as _layers

__all__ = ["losses"]


def __getattr__(name: str) -> _Any:
    """A name of one of the two; a clear word about everything else."""
    for home in (_layers, _framework):
        if name in home.__all__:
            return getattr(home, name)
    message = _missing.missing_name(name, __dir__(), "tf.contrib.slim")
    raise AttributeError(message, name=name, obj=None)


def __dir__() -> list[str]:
    """All public names."""
    return sorted({"losses", *_layers.__all__, *_framework.__all__})
