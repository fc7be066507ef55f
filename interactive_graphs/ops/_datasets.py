"""What the files of dataset ops share: the forms of ops, and arguments as Python's.

Read next: `dataset_sources.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.kernels.cpu.datasets import Dataset, Signature

OUT: Final[dict[str, Any]] = {
    "output_types": Attr("list(type)", minimum=1),
    "output_shapes": Attr("list(shape)", minimum=1),
}
COMPONENTS: Final[dict[str, Any]] = {
    "Toutput_types": Attr("list(type)", minimum=1),
    "output_shapes": Attr("list(shape)", minimum=1),
}
CAPTURED: Final[Any] = Attr("list(type)", minimum=0)
"""The types of what a function takes from outside."""


def define_dataset(
    name: str, signature: str, doc: str, stateful: bool = False, **attrs: Any
) -> OpDef:
    """An op that gives a dataset; its signature is of its inputs."""
    return define(
        name, f"{signature} -> handle: variant", shape=scalar, gradient=None,
        stateful=stateful, doc=doc, **attrs,
    )  # fmt: skip


def define_same(name: str, signature: str, doc: str, **attrs: Any) -> OpDef:
    """An op that makes a dataset of another one; more inputs begin with a comma."""
    return define_dataset(
        name, f"input_dataset: variant{signature}", doc, **attrs, **OUT
    )


def signature_of(ctx: Any) -> Signature:
    """What the attributes of a dataset's node say of its elements."""
    attrs = ctx.op.attrs
    types = attrs.get("output_types") or attrs.get("Toutput_types") or ()
    return Signature(tuple(types), tuple(attrs.get("output_shapes") or ()))


def is_true(value: Any) -> bool:
    """A bool tensor without dimensions as Python's."""
    return bool(np.asarray(value).reshape(()))


def as_bytes(value: Any) -> bytes:
    """A string tensor without dimensions as bytes."""
    found: bytes = np.asarray(value, object).reshape(()).item()
    return found


def dataset_of(value: Any) -> Dataset:
    """The dataset behind a variant; one that was batched comes in a 0-d array."""
    found = value.item() if isinstance(value, np.ndarray) else value
    if not isinstance(found, Dataset):
        invalid("Tensor must be a Dataset object.")
    return found
