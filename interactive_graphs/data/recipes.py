"""How the nodes of each dataset are made: a name, a structure and a function.

Argument tensors are made at once, where the user calls; the dataset's own node only
when an iterator wants it, in the graph or function that is the default graph then.
Read next: `dataset.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from interactive_graphs.data import nest
from interactive_graphs.data.structure import (
    Structure,
    as_tensors,
    declared,
    of_tensors,
    relaxed,
    same_types,
    travelling,
)
from interactive_graphs.data.traced import Traced
from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import (
    DType,
    bool as bool_,
    int32,
    int64,
    string,
    variant,
)
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.sparse import SparseTensor, SparseTensorValue
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    from_static,
    to_static,
)
from interactive_graphs.ops.sparse_serialize import serialize_many_sparse


class Recipe(NamedTuple):
    """A dataset to be.

    Attributes:
        kind: the name of TensorFlow's class for it.
        structure: of its elements.
        build: adds its node.
    """

    kind: str
    structure: Structure
    build: Callable[[], Tensor]


class Source(Protocol):
    """What recipes need of a dataset."""

    _structure: Structure

    def _as_variant_tensor(self) -> Tensor:
        """Its node's output."""


def known_value(value: Any) -> Any:
    """A number that is given, or known of a tensor; None where it is not."""
    if not isinstance(value, Tensor):
        return value
    found = static_value(value)
    return None if found is None else found[()]


def _int64(value: Any, name: str) -> Tensor:
    return convert_to_tensor(value, int64, name)


def _same(
    kind: str,
    source: Source,
    build: Callable[[Tensor, dict[str, Any]], Tensor],
    structure: Structure | None = None,
) -> Recipe:
    """A dataset of another one; `build` gets that one's node and the attributes."""
    structure = source._structure if structure is None else structure
    return Recipe(
        kind,
        structure,
        lambda: build(source._as_variant_tensor(), structure.attrs()),
    )


# -- sources ---------------------------------------------------------------------------


def of_tensors_whole(tensors: Any) -> Recipe:
    """One element."""
    with get_default_graph().name_scope("tensors"):
        element = as_tensors(tensors)
        flat = travelling(element)
    structure = of_tensors(element)
    return Recipe(
        "TensorDataset",
        structure,
        lambda: raw.TensorDataset(flat, output_shapes=structure.flat_shapes),
    )


def of_slices(tensors: Any) -> Recipe:
    """The rows of tensors."""
    with get_default_graph().name_scope("tensors"):
        element = as_tensors(tensors)
        flat = [
            serialize_many_sparse(t, out_type=variant)
            if isinstance(t, SparseTensor)
            else t
            for t in nest.flatten(element)
        ]
    whole = of_tensors(element)
    sizes = [TensorShape(s) for s in nest.flatten(whole.shapes)]
    for shape in sizes:
        if shape.ndims == 0:
            raise ValueError(
                "Cannot take slices of a tensor without dimensions: "
                "`Dataset.from_tensor_slices()` needs a rank of at least 1"
            )
    first = sizes[0][0] if sizes[0].ndims else None
    for shape in sizes[1:]:
        if first is not None and shape.ndims:
            first.assert_is_compatible_with(shape[0])
    structure = whole.with_shapes(lambda s: s[1:])
    return Recipe(
        "TensorSliceDataset",
        structure,
        lambda: raw.TensorSliceDataset(flat, output_shapes=structure.flat_shapes),
    )


def of_sparse_slices(sparse_tensor: Any) -> Recipe:
    """The rows of one sparse tensor, as three tensors each."""
    if not isinstance(sparse_tensor, (SparseTensor, SparseTensorValue)):
        raise TypeError("`sparse_tensor` must be a `tf.SparseTensor` object.")
    sparse = SparseTensor.from_value(sparse_tensor)
    rank = sparse.dense_shape.shape[0].value
    inner = None if rank is None else rank - 1
    structure = declared((int64, sparse.dtype, int64), ([None, inner], [None], [inner]))
    return Recipe(
        "SparseTensorSliceDataset",
        structure,
        lambda: raw.SparseTensorSliceDataset(
            sparse.indices, sparse.values, sparse.dense_shape
        ),
    )


def of_range(args: Sequence[Any]) -> Recipe:
    """The numbers of a range."""
    if not 1 <= len(args) <= 3:
        raise ValueError(f"Invalid arguments to RangeDataset: {args!s}")
    start, stop, step = [(0, args[0], 1), (*args, 1), args][len(args) - 1][:3]
    tensors = (_int64(start, "start"), _int64(stop, "stop"), _int64(step, "step"))
    structure = declared(int64, TensorShape([]))
    return Recipe(
        "RangeDataset",
        structure,
        lambda: raw.RangeDataset(*tensors, **structure.attrs()),
    )


def file_names(pattern: Tensor) -> Recipe:
    """The names of files, looked up when an iterator starts."""
    structure = declared(string, TensorShape([]))
    return Recipe(
        "TensorSliceDataset",
        structure,
        lambda: raw.TensorSliceDataset(
            [raw.MatchingFiles(pattern)], output_shapes=structure.flat_shapes
        ),
    )


def random_numbers(seed: int | None) -> Recipe:
    """Random int64 numbers."""
    seeds = seed_tensors(seed)
    structure = declared(int64, TensorShape([]))
    return Recipe(
        "RandomDataset",
        structure,
        lambda: raw.RandomDataset(*seeds, **structure.attrs()),
    )


def zipped(datasets: Any, is_dataset: Callable[[Any], bool]) -> Recipe:
    """Datasets side by side."""
    sources = nest.flatten(datasets)
    for source in sources:
        if not is_dataset(source):
            if isinstance(source, list):
                message = (
                    "The argument to `Dataset.zip()` must be a nested structure of "
                    "`Dataset` objects. Nested structures do not support Python lists; "
                    "please use a tuple instead."
                )
            else:
                message = (
                    "The argument to `Dataset.zip()` must be a nested structure of "
                    "`Dataset` objects."
                )
            raise TypeError(message)
    parts = [source._structure for source in sources]
    structure = Structure(
        nest.pack(datasets, [p.types for p in parts]),
        nest.pack(datasets, [p.shapes for p in parts]),
        nest.pack(datasets, [p.classes for p in parts]),
    )
    return Recipe(
        "ZipDataset",
        structure,
        lambda: raw.ZipDataset(
            [s._as_variant_tensor() for s in sources], **structure.attrs()
        ),
    )


# -- order and number ------------------------------------------------------------------


def concatenated(first: Source, second: Source) -> Recipe:
    """One dataset, then another."""
    a, b = first._structure, second._structure
    if not same_types(a, b):
        raise TypeError(
            f"Two datasets to concatenate have different types {a.types} and {b.types}"
        )
    if nest.flatten(a.classes) != nest.flatten(b.classes):
        raise TypeError(
            "Two datasets to concatenate have different classes "
            f"{a.classes} and {b.classes}"
        )
    structure = a._replace(shapes=nest.map_structure(relaxed, a.shapes, b.shapes))
    return _same(
        "ConcatenateDataset",
        first,
        lambda d, attrs: raw.ConcatenateDataset(
            d, second._as_variant_tensor(), **attrs
        ),
        structure,
    )


def repeated(source: Source, count: Any) -> Recipe:
    """A dataset again and again."""
    number = _int64(-1 if count is None else count, "count")
    return _same(
        "RepeatDataset", source, lambda d, attrs: raw.RepeatDataset(d, number, **attrs)
    )


def taken(source: Source, count: Any) -> Recipe:
    """The first elements."""
    number = _int64(count, "count")
    return _same(
        "TakeDataset", source, lambda d, attrs: raw.TakeDataset(d, number, **attrs)
    )


def skipped(source: Source, count: Any) -> Recipe:
    """All but the first elements."""
    number = _int64(count, "count")
    return _same(
        "SkipDataset", source, lambda d, attrs: raw.SkipDataset(d, number, **attrs)
    )


def sharded(source: Source, num_shards: Any, index: Any) -> Recipe:
    """Every n-th element."""
    number, place = known_value(num_shards), known_value(index)
    if number is not None and number < 1:
        raise ValueError("num_shards must be >= 1")
    if place is not None and place < 0:
        raise ValueError("index must be >= 0")
    if number is not None and place is not None and place >= number:
        raise ValueError("index must be <= num_shards - 1")
    return _same(
        "ShardDataset",
        source,
        lambda d, attrs: raw.ShardDataset(d, num_shards, index, **attrs),
    )


def seed_tensors(seed: Any) -> tuple[Tensor, Tensor]:
    """The two seeds of a dataset; zeros where chance decides."""
    if isinstance(seed, Tensor):
        return _int64(0, "seed"), raw.Cast(seed, DstT=int64)
    pair = get_seed(None if seed is None else int(seed))
    first, second = (0 if s is None else s for s in pair)
    return _int64(first, "seed"), _int64(second, "seed2")


def shuffled(
    source: Source, buffer_size: Any, seed: Any, each_anew: bool | None
) -> Recipe:
    """Elements in random order."""
    size, seeds = _int64(buffer_size, "buffer_size"), seed_tensors(seed)
    anew = True if each_anew is None else bool(each_anew)
    return _same(
        "ShuffleDataset",
        source,
        lambda d, attrs: raw.ShuffleDataset(
            d, size, *seeds, reshuffle_each_iteration=anew, **attrs
        ),
    )


def shuffled_and_repeated(
    source: Source, buffer_size: Any, count: Any, seed: Any
) -> Recipe:
    """Elements in random order, again and again."""
    size, seeds = _int64(buffer_size, "buffer_size"), seed_tensors(seed)
    number = _int64(-1 if count is None else count, "count")
    return _same(
        "_ShuffleAndRepeatDataset",
        source,
        lambda d, attrs: raw.ShuffleAndRepeatDataset(d, size, *seeds, number, **attrs),
    )


def prefetched(source: Source, buffer_size: Any) -> Recipe:
    """Elements made ahead."""
    size = _int64(-1 if buffer_size is None else buffer_size, "buffer_size")
    return _same(
        "PrefetchDataset",
        source,
        lambda d, attrs: raw.PrefetchDataset(d, size, **attrs),
    )


def cached(source: Source, filename: Any) -> Recipe:
    """Elements that are kept."""
    path = convert_to_tensor(filename, string, "filename")
    return _same(
        "CacheDataset", source, lambda d, attrs: raw.CacheDataset(d, path, **attrs)
    )


# -- batches ---------------------------------------------------------------------------


def batched(source: Source, batch_size: Any, drop_remainder: Any) -> Recipe:
    """So many elements in one."""
    size = _int64(batch_size, "batch_size")
    drops = known_value(drop_remainder)
    known = static_value(size) if drops else None
    outer = None if known is None else int(known)
    structure = source._structure.with_shapes(
        lambda s: TensorShape([outer]).concatenate(s)
    )
    # Not BatchDataset, which later versions of TensorFlow know but cannot run.
    flag = convert_to_tensor(drop_remainder, bool_, "drop_remainder")
    return _same(
        "BatchDataset",
        source,
        lambda d, attrs: raw.BatchDatasetV2(d, size, flag, **attrs),
        structure,
    )


def unbatched(source: Source) -> Recipe:
    """The rows of the elements."""
    structure = source._structure.with_shapes(lambda s: s[1:])
    return _same(
        "UnbatchDataset",
        source,
        lambda d, attrs: raw.UnbatchDataset(d, **attrs),
        structure,
    )


def sparse_batched(source: Source, batch_size: Any, row_shape: Any) -> Recipe:
    """Batches of arrays of different sizes as sparse tensors."""
    inner = source._structure
    if not isinstance(inner.types, DType):
        raise TypeError(
            "DenseToSparseDataset requires an input whose elements have a single "
            f"component, whereas the input has {inner.types!r}."
        )
    size = _int64(batch_size, "batch_size")
    shape = partial_shape(row_shape)
    known = static_value(shape)
    row: Shape = None
    if known is not None:
        row = tuple(int(n) if n >= 0 else None for n in known)
    static = TensorShape([None]).concatenate(from_static(row))
    structure = Structure(inner.types, static, SparseTensor)
    return _same(
        "_DenseToSparseBatchDataset",
        source,
        lambda d, attrs: raw.DenseToSparseBatchDataset(d, size, shape, **attrs),
        structure,
    )


def partial_shape(value: Any) -> Tensor:
    """A shape with unknown sizes as int64 numbers, -1 where unknown."""
    if isinstance(value, Tensor):
        return value if value.dtype is int64 else raw.Cast(value, DstT=int64)
    static = to_static(value)
    if static is None:
        raise ValueError("A shape to pad to needs a rank.")
    return convert_to_tensor([-1 if n is None else n for n in static], int64)


def sliding(
    source: Source, size: Any, shift: Any, stride: Any, drop_remainder: bool = True
) -> Recipe:
    """Windows over the elements, each as a batch."""
    numbers = (
        _int64(size, "window_size"),
        _int64(shift, "window_shift"),
        _int64(stride, "window_stride"),
    )
    known = static_value(numbers[0]) if drop_remainder else None
    outer = None if known is None else int(known)
    structure = source._structure.with_shapes(
        lambda s: TensorShape([outer]).concatenate(s)
    )
    return _same(
        "_SlideDataset",
        source,
        lambda d, attrs: raw.SlidingWindowDataset(
            d, *numbers, drop_remainder=drop_remainder, **attrs
        ),
        structure,
    )


# -- functions -------------------------------------------------------------------------


def mapped(source: Source, map_func: Callable[..., Any], parallel: Any) -> Recipe:
    """What a function makes of each element."""
    traced = Traced(map_func, "Dataset.map()", source._structure)
    if parallel is None:
        return _same(
            "MapDataset",
            source,
            lambda d, attrs: raw.MapDataset(
                d, traced.captured, f=traced.attach(), **attrs
            ),
            traced.structure,
        )
    calls = convert_to_tensor(parallel, int32, "num_parallel_calls")
    return _same(
        "ParallelMapDataset",
        source,
        lambda d, attrs: raw.ParallelMapDataset(
            d, traced.captured, calls, f=traced.attach(), **attrs
        ),
        traced.structure,
    )


def mapped_and_batched(
    source: Source,
    map_func: Callable[..., Any],
    batch_size: Any,
    parallel: Any,
    drop_remainder: Any,
) -> Recipe:
    """Batches of what a function makes of elements."""
    traced = Traced(map_func, "map_and_batch()", source._structure)
    size = _int64(batch_size, "batch_size")
    calls = _int64(parallel, "num_parallel_calls")
    drop = convert_to_tensor(drop_remainder, bool_, "drop_remainder")
    known = static_value(size) if static_value(drop) else None
    outer = None if known is None else int(known)
    structure = traced.structure.with_shapes(
        lambda s: TensorShape([outer]).concatenate(s)
    )
    return _same(
        "_MapAndBatchDataset",
        source,
        lambda d, attrs: raw.MapAndBatchDataset(
            d, traced.captured, size, calls, drop, f=traced.attach(), **attrs
        ),
        structure,
    )


def _nested(traced: Traced) -> Structure:
    """The elements of the datasets that a function makes."""
    if not traced.gives_dataset:
        raise TypeError("`map_func` must return a `Dataset` object.")
    structure: Structure = traced.structure.classes.structure
    return structure


def flat_mapped(source: Source, map_func: Callable[..., Any]) -> Recipe:
    """The elements of the datasets that a function makes."""
    traced = Traced(map_func, "Dataset.flat_map()", source._structure)
    return _same(
        "FlatMapDataset",
        source,
        lambda d, attrs: raw.FlatMapDataset(
            d, traced.captured, f=traced.attach(), **attrs
        ),
        _nested(traced),
    )


def interleaved(
    source: Source,
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any,
) -> Recipe:
    """Elements of several datasets in turn."""
    traced = Traced(map_func, "Dataset.interleave()", source._structure)
    numbers = (
        _int64(cycle_length, "cycle_length"),
        _int64(block_length, "block_length"),
    )
    return _same(
        "InterleaveDataset",
        source,
        lambda d, attrs: raw.InterleaveDataset(
            d, traced.captured, *numbers, f=traced.attach(), **attrs
        ),
        _nested(traced),
    )


def filtered(source: Source, predicate: Callable[..., Any]) -> Recipe:
    """The elements that a function lets pass."""
    traced = Traced(predicate, "Dataset.filter()", source._structure)
    found = traced.structure
    is_scalar = isinstance(found.types, DType) and found.shapes.is_compatible_with([])
    if not is_scalar or found.types is not bool_ or found.classes is not Tensor:
        raise ValueError("`predicate` must return a scalar boolean tensor.")
    return _same(
        "FilterDataset",
        source,
        lambda d, attrs: raw.FilterDataset(
            d, traced.captured, predicate=traced.attach(), **attrs
        ),
    )
