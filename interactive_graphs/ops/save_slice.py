"""Which part of a larger variable a variable is, and names with and without a scope.

Both serve what is written to MetaGraphs and checkpoints.
Read next: `partitioned_variables.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs import protos


def in_scope(name: str, scope: str | None) -> str:
    """`name` as it is called inside `scope`."""
    return f"{scope.rstrip('/')}/{name}" if scope else name


def without_scope(name: str, scope: str | None) -> str:
    """`name` as it is called where `scope` is the top."""
    return name.removeprefix(f"{scope.rstrip('/')}/") if scope else name


class SaveSliceInfo:
    """Which part of a partitioned variable a variable is, for checkpoints.

    Args:
        full_name: the name of the whole.
        full_shape: its shape.
        var_offset: where the part starts.
        var_shape: the part's shape.
    """

    def __init__(
        self,
        full_name: str,
        full_shape: list[int],
        var_offset: list[int],
        var_shape: list[int],
    ) -> None:
        """See the class."""
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """As checkpoints write it, e.g. '4 10 0,2:0,10'."""
        whole = " ".join(map(str, self.full_shape))
        parts = zip(self.var_offset, self.var_shape, strict=True)
        return f"{whole} " + ":".join(f"{o},{s}" for o, s in parts)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """A SaveSliceInfoDef."""
        return protos.SaveSliceInfoDef(
            full_name=without_scope(self.full_name, export_scope),
            full_shape=self.full_shape,
            var_offset=self.var_offset,
            var_shape=self.var_shape,
        )
