"""The ops that make datasets of others: order, number, batches, made ahead.

Those that call functions are in `dataset_functions.py`. Read next: that file.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.framework.shape_rules import scalar
from interactive_graphs.kernels.cpu import (
    dataset_batch,
    dataset_cache,
    dataset_transforms,
    datasets,
    prefetch,
)
from interactive_graphs.kernels.cpu.datasets import Dataset
from interactive_graphs.ops._datasets import (
    COMPONENTS,
    OUT,
    as_bytes,
    dataset_of,
    define_dataset,
    define_same,
    is_true,
    signature_of,
)

# -- order and number ------------------------------------------------------------------

repeat_op = define_same("RepeatDataset", ", count: int64", "A dataset again and again.")


@repeat_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, count: Any) -> Dataset:
    return datasets.Repeat(dataset_of(input_dataset), int(count), signature_of(ctx))


take_op = define_same("TakeDataset", ", count: int64", "The first elements.")


@take_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, count: Any) -> Dataset:
    return datasets.Take(dataset_of(input_dataset), int(count), signature_of(ctx))


skip_op = define_same("SkipDataset", ", count: int64", "All but the first elements.")


@skip_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, count: Any) -> Dataset:
    return datasets.Skip(dataset_of(input_dataset), int(count), signature_of(ctx))


shard_op = define_same(
    "ShardDataset", ", num_shards: int64, index: int64", "Every n-th element.",
    require_non_empty=False,
)  # fmt: skip


@shard_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, num_shards: Any, index: Any) -> Dataset:
    if num_shards <= 0:
        invalid(
            "Number of shards must be greater than zero (currently num_shards = "
            f"{num_shards})."
        )
    if not 0 <= index < num_shards:
        invalid(
            f"Index must be between 0 and {num_shards - 1} (currently index = {index})."
        )
    source, signature = dataset_of(input_dataset), signature_of(ctx)
    return datasets.Shard(source, int(num_shards), int(index), signature)


shuffle_op = define_same(
    "ShuffleDataset", ", buffer_size: int64, seed: int64, seed2: int64",
    "Elements in random order.", reshuffle_each_iteration=True,
)  # fmt: skip


@shuffle_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    buffer_size: Any,
    seed: Any,
    seed2: Any,
    reshuffle_each_iteration: bool,
) -> Dataset:
    return _shuffled(
        ctx, input_dataset, buffer_size, (seed, seed2), reshuffle_each_iteration
    )


def _shuffled(
    ctx: Any, source: Any, buffer_size: Any, seeds: Any, each_anew: bool
) -> datasets.Shuffle:
    size = int(buffer_size)
    if size <= 0 and size != -2:  # -2: as many as there are
        invalid("buffer_size must be greater than zero.")
    size = 2**62 if size == -2 else size
    pair = (int(seeds[0]), int(seeds[1]))
    return datasets.Shuffle(
        dataset_of(source), size, pair, each_anew, signature_of(ctx)
    )


shuffle_v3_op = define_same(
    "ShuffleDatasetV3",
    ", buffer_size: int64, seed: int64, seed2: int64, seed_generator: resource",
    "Elements in random order, as TensorFlow 2 writes it.",
    reshuffle_each_iteration=True, stateful=True,
)  # fmt: skip


@shuffle_v3_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    buffer_size: Any,
    seed: Any,
    seed2: Any,
    seed_generator: Any,
    reshuffle_each_iteration: bool,
) -> Dataset:
    del seed_generator
    return _shuffled(
        ctx, input_dataset, buffer_size, (seed, seed2), reshuffle_each_iteration
    )


seed_generator_op = define(
    "DummySeedGenerator", "-> handle: resource", shape=scalar, stateful=True,
    gradient=None, doc="Stands where TensorFlow 2 keeps the seeds of a shuffle.",
)  # fmt: skip


@seed_generator_op.kernel("CPU")
def _(ctx: Any) -> Any:
    return ctx.state(object)


shuffle_and_repeat_op = define_same(
    "ShuffleAndRepeatDataset",
    ", buffer_size: int64, seed: int64, seed2: int64, count: int64",
    "Elements in random order, again and again.", reshuffle_each_iteration=True,
)  # fmt: skip


@shuffle_and_repeat_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    buffer_size: Any,
    seed: Any,
    seed2: Any,
    count: Any,
    reshuffle_each_iteration: bool,
) -> Dataset:
    shuffled = _shuffled(
        ctx, input_dataset, buffer_size, (seed, seed2), reshuffle_each_iteration
    )
    return datasets.Repeat(shuffled, int(count), signature_of(ctx))


zip_op = define_dataset(
    "ZipDataset", "input_datasets: N * variant", "Datasets side by side.", **OUT
)


@zip_op.kernel("CPU")
def _(ctx: Any, input_datasets: list[Any]) -> Dataset:
    return datasets.Zipped(list(map(dataset_of, input_datasets)), signature_of(ctx))


concatenate_op = define_same(
    "ConcatenateDataset", ", another_dataset: variant", "One dataset, then another."
)


@concatenate_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, another_dataset: Any) -> Dataset:
    return datasets.Joined(
        [dataset_of(input_dataset), dataset_of(another_dataset)], signature_of(ctx)
    )


# -- ahead of time ---------------------------------------------------------------------

prefetch_op = define_same(
    "PrefetchDataset", ", buffer_size: int64", "Elements made ahead by a thread.",
    slack_period=0, legacy_autotune=True, buffer_size_min=0,
)  # fmt: skip


@prefetch_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, buffer_size: Any) -> Dataset:
    if buffer_size < -1:
        invalid("buffer_size must be >= 0")
    source, size = dataset_of(input_dataset), int(buffer_size)
    return prefetch.Prefetched(source, size, signature_of(ctx))


cache_op = define_same("CacheDataset", ", filename: string", "Elements that are kept.")


@cache_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, filename: Any) -> Dataset:
    path = as_bytes(filename)
    if path:
        return dataset_cache.CachedInFile(
            dataset_of(input_dataset), path, signature_of(ctx)
        )
    return prefetch.Cached(dataset_of(input_dataset), signature_of(ctx))


def _define_as_it_is(name: str, signature: str, doc: str, **attrs: Any) -> None:
    """An op of TensorFlow 2 that says how to run a dataset, not what it gives."""
    op = define_same(name, signature, doc, **attrs)
    extra = [arg.name for arg in op.inputs[1:]]

    if not extra:

        @op.kernel("CPU")
        def _(input_dataset: Any) -> Dataset:
            return dataset_of(input_dataset)

    else:

        @op.kernel("CPU")
        def _(*inputs: Any) -> Dataset:
            return dataset_of(inputs[0])


_define_as_it_is(
    "OptionsDataset", "", "With options.", serialized_options=Attr("string")
)
_define_as_it_is(
    "ModelDataset", "", "To be tuned.", algorithm=0, cpu_budget=0, ram_budget=0
)
_define_as_it_is(
    "OptimizeDataset", ", optimizations: string", "To be optimised.",
    optimization_configs=Attr("list(string)", ()),
)  # fmt: skip


# -- batches ---------------------------------------------------------------------------

batch_op = define_same(
    "BatchDataset", ", batch_size: int64", "So many elements in one."
)


@batch_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, batch_size: Any) -> Dataset:
    return _batched(ctx, input_dataset, batch_size, False)


def _batched(ctx: Any, source: Any, batch_size: Any, drop: Any) -> Dataset:
    if batch_size <= 0:
        invalid("Batch size must be greater than zero.")
    return dataset_batch.Batched(
        dataset_of(source), int(batch_size), is_true(drop), signature_of(ctx)
    )


batch_v2_op = define_same(
    "BatchDatasetV2", ", batch_size: int64, drop_remainder: bool",
    "So many elements in one.", parallel_copy=False,
)  # fmt: skip


@batch_v2_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, batch_size: Any, drop_remainder: Any) -> Dataset:
    return _batched(ctx, input_dataset, batch_size, drop_remainder)


def _define_padded(name: str, last: str, **attrs: Any) -> OpDef:
    return define_dataset(
        name,
        "input_dataset: variant, batch_size: int64, padded_shapes: N * int64, "
        f"padding_values: Toutput_types{last}",
        "So many elements in one, padded to one shape.", **attrs, **COMPONENTS,
    )  # fmt: skip


def _padded(
    ctx: Any, source: Any, size: Any, shapes: list[Any], values: list[Any], drop: Any
) -> Dataset:
    if size <= 0:
        invalid("Batch size must be greater than zero.")
    padded = [s.tolist() for s in shapes]
    for sizes in padded:
        if any(n < -1 for n in sizes):
            invalid("Padded shape dimensions must be at least -1")
    if any(np.ndim(v) for v in values):
        invalid("All padding values must be scalars")
    return dataset_batch.PaddedBatches(
        dataset_of(source), int(size), padded, values, is_true(drop), signature_of(ctx)
    )


padded_op = _define_padded("PaddedBatchDataset", "")


@padded_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    batch_size: Any,
    padded_shapes: list[Any],
    padding_values: list[Any],
) -> Dataset:
    return _padded(ctx, input_dataset, batch_size, padded_shapes, padding_values, False)


padded_v2_op = _define_padded(
    "PaddedBatchDatasetV2", ", drop_remainder: bool", parallel_copy=False
)


@padded_v2_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    batch_size: Any,
    padded_shapes: list[Any],
    padding_values: list[Any],
    drop_remainder: Any,
) -> Dataset:
    return _padded(
        ctx, input_dataset, batch_size, padded_shapes, padding_values, drop_remainder
    )


sliding_op = define_same(
    "SlidingWindowDataset",
    ", window_size: int64, window_shift: int64, window_stride: int64",
    "Windows over the elements, each as a batch.", drop_remainder=True,
)  # fmt: skip


@sliding_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    window_size: Any,
    window_shift: Any,
    window_stride: Any,
    drop_remainder: bool,
) -> Dataset:
    for name, value in (
        ("size", window_size),
        ("shift", window_shift),
        ("stride", window_stride),
    ):
        if value <= 0:
            invalid(f"Window {name} must be greater than zero.")
    frame = (int(window_size), int(window_shift), int(window_stride))
    return dataset_batch.SlidingBatches(
        dataset_of(input_dataset), (*frame, drop_remainder), signature_of(ctx)
    )


sparse_batch_op = define_same(
    "DenseToSparseBatchDataset", ", batch_size: int64, row_shape: int64",
    "Batches of arrays of different sizes as sparse tensors.",
)  # fmt: skip


@sparse_batch_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, batch_size: Any, row_shape: Any) -> Dataset:
    if batch_size <= 0:
        invalid("Batch size must be greater than zero.")
    return dataset_batch.SparseBatches(
        dataset_of(input_dataset),
        int(batch_size),
        row_shape.tolist(),
        signature_of(ctx),
    )


def _define_unbatch(name: str) -> None:
    op = define_same(name, "", "The rows of the elements.")

    @op.kernel("CPU")
    def _(ctx: Any, input_dataset: Any) -> Dataset:
        return dataset_transforms.Unbatched(
            dataset_of(input_dataset), signature_of(ctx)
        )


_define_unbatch("UnbatchDataset")
_define_unbatch("ExperimentalUnbatchDataset")


def _define_ignore(name: str) -> None:
    op = define_same(name, "", "The elements without an error.", log_warning=False)

    @op.kernel("CPU")
    def _(ctx: Any, input_dataset: Any) -> Dataset:
        return dataset_transforms.NoErrors(dataset_of(input_dataset), signature_of(ctx))


_define_ignore("IgnoreErrorsDataset")
_define_ignore("ExperimentalIgnoreErrorsDataset")
