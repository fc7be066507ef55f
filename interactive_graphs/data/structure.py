"""What elements of a dataset are like: nested types, shapes and classes.

A component is a Tensor, a SparseTensor (which travels as three variants) or a dataset
(a variant). Read next: `traced.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from interactive_graphs.data import nest
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import DType, as_dtype, variant
from interactive_graphs.framework.sparse import SparseTensor, SparseTensorValue
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    from_static,
    is_compatible,
    to_static,
)
from interactive_graphs.ops.sparse_serialize import deserialize_sparse, serialize_sparse


class Nested:
    """Stands for a component that is a dataset; what those elements are like.

    Attributes:
        structure: of the elements of the component.
        kind: the class of datasets, which makes one of a variant tensor.
    """

    def __init__(self, structure: Structure, kind: Any) -> None:
        """See the class."""
        self.structure = structure
        self.kind = kind


class Structure(NamedTuple):
    """Types, shapes and classes of elements, each a structure of its own.

    Attributes:
        types: of DTypes.
        shapes: of TensorShapes.
        classes: of Tensor, SparseTensor or a `Nested`.
    """

    types: Any
    shapes: Any
    classes: Any

    @property
    def flat_types(self) -> list[DType]:
        """The dtypes of the components as they travel."""
        return [dtype if kind is Tensor else variant for dtype, _, kind in self.leaves]

    @property
    def flat_shapes(self) -> list[Shape]:
        """The static shapes of the components as they travel."""
        found: list[Shape] = []
        for _, shape, kind in self.leaves:
            if kind is Tensor:
                found.append(to_static(shape))
            else:
                found.append(None if kind is SparseTensor else ())
        return found

    @property
    def leaves(self) -> list[tuple[DType, TensorShape, Any]]:
        """Type, shape and class of each component."""
        parts = (nest.flatten(self.types), nest.flatten(self.shapes))
        return list(zip(*parts, nest.flatten(self.classes), strict=True))

    def attrs(self) -> dict[str, Any]:
        """The attributes of a dataset's node."""
        return {"output_types": self.flat_types, "output_shapes": self.flat_shapes}

    def pack(self, flat: Sequence[Tensor]) -> Any:
        """An element of the tensors that travelled."""
        values: list[Any] = []
        for tensor, (dtype, shape, kind) in zip(flat, self.leaves, strict=True):
            if kind is SparseTensor:
                values.append(deserialize_sparse(tensor, dtype, shape.ndims))
            elif isinstance(kind, Nested):
                values.append(kind.kind._from_variant(tensor, kind.structure))
            else:
                tensor.set_shape(shape)
                values.append(tensor)
        return nest.pack(self.types, values)

    def with_shapes(self, change: Callable[[TensorShape], Any]) -> Structure:
        """The same with each shape changed."""
        shapes = nest.map_structure(
            lambda s: from_static(to_static(change(s))), self.shapes
        )
        return self._replace(shapes=shapes)


def of_tensors(elements: Any) -> Structure:
    """The structure of an element of tensors and sparse tensors."""
    return Structure(
        nest.map_structure(lambda t: t.dtype.base_dtype, elements),
        nest.map_structure(lambda t: t.get_shape(), elements),
        nest.map_structure(
            lambda t: SparseTensor if isinstance(t, SparseTensor) else Tensor, elements
        ),
    )


def declared(types: Any, shapes: Any = None, classes: Any = None) -> Structure:
    """The structure that a caller describes.

    Args:
        types: a structure of dtypes.
        shapes: a structure alike of shapes, which may be shorter: lists and tuples of
            numbers are shapes. Unknown when None.
        classes: a structure alike; tensors when None.
    """
    types = nest.map_structure(as_dtype, types)
    if shapes is None:
        shapes = nest.map_structure(lambda _: TensorShape(None), types)
    else:
        flat = [TensorShape(s) for s in nest.pack_up_to(types, shapes)]
        shapes = nest.pack(types, flat)
    if classes is None:
        classes = nest.map_structure(lambda _: Tensor, types)
    return Structure(types, shapes, classes)


def as_tensors(value: Any, name: str = "component") -> Any:
    """A structure of what becomes tensors as a structure of tensors."""
    leaves = [
        SparseTensor.from_value(leaf)
        if isinstance(leaf, (SparseTensor, SparseTensorValue))
        else convert_to_tensor(leaf, name=f"{name}_{i}")
        for i, leaf in enumerate(nest.flatten(value))
    ]
    return nest.pack(value, leaves)


def travelling(element: Any) -> list[Tensor]:
    """The components of an element as they travel."""
    return [
        serialize_sparse(leaf, out_type=variant)
        if isinstance(leaf, SparseTensor)
        else leaf
        for leaf in nest.flatten(element)
    ]


def relaxed(a: TensorShape, b: TensorShape) -> TensorShape:
    """What is true of two shapes."""
    s, t = to_static(a), to_static(b)
    if s is None or t is None or len(s) != len(t):
        return TensorShape(None)
    return from_static(tuple(m if m == n else None for m, n in zip(s, t, strict=True)))


def are_compatible(a: Structure, b: Structure) -> bool:
    """Whether all shapes of two structures alike may be the same."""
    pairs = zip(nest.flatten(a.shapes), nest.flatten(b.shapes), strict=True)
    return all(is_compatible(to_static(s), to_static(t)) for s, t in pairs)


def same_types(a: Structure, b: Structure) -> bool:
    """Whether two structures are alike, with the same types."""
    try:
        nest.assert_same(a.types, b.types)
    except (TypeError, ValueError):
        return False
    return nest.flatten(a.types) == nest.flatten(b.types)
