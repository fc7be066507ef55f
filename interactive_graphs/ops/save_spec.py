"""What a Saver keeps besides variables: tensors under names, and how they come back.

A collection of such objects, SAVEABLE_OBJECTS, is what `tf.train.Saver` looks through.
Read next: `../train/saveable.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor


class SaveSpec:
    """One tensor that is written.

    Args:
        tensor: it, or a function that makes it.
        slice_spec: which part of a larger one it is, e.g. '4 2 0,2:0,2'; '' if whole.
        name: under which name.
        dtype: what is written; the tensor's own dtype when None.
    """

    def __init__(
        self, tensor: Any, slice_spec: str, name: str, dtype: DType | None = None
    ) -> None:
        """See the class."""
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        self.dtype = dtype if dtype is not None else self.tensor.dtype

    @property
    def tensor(self) -> Tensor:
        """The tensor."""
        found: Tensor = self._tensor() if callable(self._tensor) else self._tensor
        return found


class SaveableObject:
    """Something that a checkpoint holds; subclasses say how it is restored.

    Args:
        op: whose device and name it has: an operation, tensor or variable.
        specs: the tensors to write, `SaveSpec`s.
        name: what it is called in the checkpoint.
    """

    def __init__(self, op: Any, specs: list[SaveSpec], name: str) -> None:
        """See the class."""
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def device(self) -> str:
        """Where its tensors are."""
        return self.specs[0].tensor.device

    def restore(
        self, restored_tensors: list[Tensor], restored_shapes: Any
    ) -> Operation:
        """Make the operation that puts values back.

        Args:
            restored_tensors: the values, one per spec.
            restored_shapes: what shape each is to be given, None for its own.
        """
        raise NotImplementedError("Calling an abstract method.")
