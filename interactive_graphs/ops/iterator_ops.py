"""The ops of iterators: making one, starting it, the next element, string handles.

An iterator belongs to a session. Its op has one handle per session, and `MakeIterator`
starts it with a dataset; a one-shot iterator makes its dataset itself, by a function.
Read next: `../kernels/cpu/iterators.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs._util import lazy
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu.dataset_nested import dataset_in
from interactive_graphs.kernels.cpu.datasets import Signature
from interactive_graphs.kernels.cpu.iterators import (
    IteratorResource,
    check_signature,
    single_element,
)
from interactive_graphs.ops._datasets import OUT, dataset_of, signature_of

KIND: Final = "iterator"
_ANY: Final[dict[str, Any]] = {
    "output_types": Attr("list(type)", (), minimum=0),
    "output_shapes": Attr("list(shape)", (), minimum=0),
}


def _define_iterator(name: str) -> None:
    op = define(
        name, "-> handle: resource", shared_name=Attr("string"),
        container=Attr("string"), shape=scalar, stateful=True, gradient=None,
        doc="A place in a dataset.", **OUT,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ctx: Any, shared_name: bytes, container: bytes) -> IteratorResource:
        return _find_or_make(ctx, shared_name, container, None)


def _find_or_make(
    ctx: Any, shared_name: bytes, container: bytes, factory: Any
) -> IteratorResource:
    """The iterator that an op owns or shares, made when there is none."""
    signature = signature_of(ctx)

    def private_name() -> str:
        name: str = ctx.resources.private_name(ctx.op.name)
        return name

    name = shared_name.decode() or ctx.state(private_name)
    found: IteratorResource = ctx.resources.get_or_create(
        container,
        name,
        KIND,
        lambda: IteratorResource(container.decode(), name, signature, factory),
    )
    if found.signature != signature:
        check_signature(signature, found.signature)
    return found


_define_iterator("Iterator")
_define_iterator("IteratorV2")

one_shot_op = define(
    "OneShotIterator", "-> handle: resource", dataset_factory=Attr("func"),
    container="", shared_name="", shape=scalar, stateful=True, gradient=None,
    doc="A place in a dataset that a function makes when the first element is wanted.",
    **OUT,
)  # fmt: skip


@one_shot_op.kernel("CPU")
def _(
    ctx: Any, dataset_factory: Any, container: bytes, shared_name: bytes
) -> IteratorResource:
    return _find_or_make(
        ctx,
        shared_name,
        container,
        lambda: dataset_in(ctx.function(dataset_factory)(())),
    )


make_op = define(
    "MakeIterator", "dataset: variant, iterator: resource ->", stateful=True,
    gradient=None, doc="Starts an iterator with the first element of a dataset.",
)  # fmt: skip


@make_op.kernel("CPU")
def _(dataset: Any, iterator: Any) -> None:
    iterator_of(iterator).start(dataset_of(dataset))


def iterator_of(handle: Any) -> IteratorResource:
    """The iterator behind a handle."""
    found = handle.item() if isinstance(handle, np.ndarray) else handle
    if not isinstance(found, IteratorResource):
        invalid("The handle is not that of an iterator.")
    return found


def _component_shapes(op: Operation) -> list[Shape]:
    return list(op.attrs["output_shapes"])


def _define_get_next(name: str) -> None:
    op = define(
        name, "iterator: resource -> components: output_types",
        shape=_component_shapes, stateful=True, gradient=None,
        doc="The next element of an iterator.", **OUT,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(iterator: Any) -> Any:
        if type(iterator) is not IteratorResource:
            iterator = iterator_of(iterator)
        return iterator.get_next()


_define_get_next("IteratorGetNext")
_define_get_next("IteratorGetNextSync")

single_element_op = define(
    "DatasetToSingleElement", "dataset: variant -> components: output_types",
    shape=_component_shapes, stateful=True, gradient=None,
    doc="The one element of a dataset.", **OUT,
)  # fmt: skip


@single_element_op.kernel("CPU")
def _(dataset: Any) -> Any:
    return single_element(dataset_of(dataset))


to_string_op = define(
    "IteratorToStringHandle", "resource_handle: resource -> string_handle: string",
    shape=scalar, stateful=True, gradient=None,
    doc="A string by which an iterator can be found in its session.",
)  # fmt: skip


@to_string_op.kernel("CPU")
def _(resource_handle: Any) -> np.ndarray:
    iterator = iterator_of(resource_handle)
    proto = protos.ResourceHandleProto(
        device="/job:localhost/replica:0/task:0/device:CPU:0",
        container=iterator.container or "localhost",
        name=iterator.name,
        maybe_type_name="IteratorResource",
    )
    held = np.empty((), object)
    held[()] = proto.SerializeToString()
    return held


def _define_from_string(name: str) -> None:
    op = define(
        name, "string_handle: string -> resource_handle: resource", shape=scalar,
        stateful=True, gradient=None, doc="The iterator that a string stands for.",
        **_ANY,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(ctx: Any, string_handle: Any) -> IteratorResource:
        value = np.asarray(string_handle, object)
        if value.ndim:
            invalid("string_handle must be a scalar")
        found = _find(ctx, value.item())
        wanted = Signature(
            tuple(ctx.op.attrs["output_types"]), tuple(ctx.op.attrs["output_shapes"])
        )
        check_signature(wanted, found.signature)
        return found


def _find(ctx: Any, handle: bytes) -> IteratorResource:
    try:
        proto = protos.ResourceHandleProto.FromString(handle)
    except lazy.load("google.protobuf.message").DecodeError:
        proto = protos.ResourceHandleProto()
    if not proto.name:
        invalid("Could not parse string_handle to a valid ResourceHandle")
    found = ctx.resources.lookup(proto.container, proto.name, KIND)
    if found is None:
        raise errors.NotFoundError(
            None,
            None,
            f"Resource {proto.container}/{proto.name}/N10tensorflow4data16IteratorRe"
            "sourceE does not exist.",
        )
    return found  # type: ignore[no-any-return]


_define_from_string("IteratorFromStringHandle")
_define_from_string("IteratorFromStringHandleV2")
