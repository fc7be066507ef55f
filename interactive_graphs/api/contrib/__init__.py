"""`tf.contrib`: what TensorFlow 1 had beside its own names.

Each of its namespaces is loaded when it is asked for.
"""

import typing as _typing

from interactive_graphs._util import lazy as _lazy, missing as _missing

if _typing.TYPE_CHECKING:
    from interactive_graphs.api.contrib import (
        data,
        framework,
        layers,
        legacy_seq2seq,
        lookup,
        rnn,
        seq2seq,
        signal,
        slim,
        stateless,
    )

__all__ = [
    "data",
    "framework",
    "layers",
    "legacy_seq2seq",
    "lookup",
    "rnn",
    "seq2seq",
    "signal",
    "slim",
    "stateless",
]

_unknown = _missing.unknown("tf.contrib", __name__)


def __getattr__(name: str) -> _typing.Any:
    """A namespace that is loaded when it is asked for."""
    if name in __all__:
        return _lazy.load(f"{__name__}.{name}")
    return _unknown(name)


def __dir__() -> list[str]:
    """All namespaces, those that are not loaded yet as well."""
    return __all__
