"""`tf.data.experimental` and `tf.contrib.data`: transformations for `Dataset.apply`.

    >>> import interactive_graphs as tf
    >>> mixed = tf.data.experimental.shuffle_and_repeat(buffer_size=10, count=2)
    >>> d = tf.data.Dataset.range(3).apply(mixed)

Read next: `csv_dataset.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from interactive_graphs._util import missing
from interactive_graphs.data import grouping, recipes
from interactive_graphs.data.csv_dataset import make_csv_dataset
from interactive_graphs.data.dataset import Dataset, made
from interactive_graphs.data.readers import CsvDataset
from interactive_graphs.data.recipes import Recipe
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import int64

__all__ = [
    "AUTOTUNE",
    "Counter",
    "CsvDataset",
    "RandomDataset",
    "choose_from_datasets",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_single_element",
    "group_by_window",
    "ignore_errors",
    "make_csv_dataset",
    "map_and_batch",
    "parallel_interleave",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "unbatch",
]

AUTOTUNE: Final = -1
"""Stands for a number that is chosen for the user."""

Transformation = Callable[[Dataset], Dataset]


def Counter(start: Any = 0, step: Any = 1, dtype: Any = int64) -> Dataset:
    """A dataset that counts without end.

    Args:
        start: the first number.
        step: the difference of two.
        dtype: of the numbers.
    """
    counted = Dataset.from_tensors(0).repeat(None)
    state = convert_to_tensor(start, dtype, "start")
    by = convert_to_tensor(step, dtype, "step")
    return scan(state, lambda s, _: (s + by, s))(counted)


def RandomDataset(seed: int | None = None) -> Dataset:
    """A dataset of random int64 numbers, without end.

    Args:
        seed: of the numbers.
    """
    return made(recipes.random_numbers(seed))


def shuffle_and_repeat(
    buffer_size: Any, count: Any = None, seed: int | None = None
) -> Transformation:
    """Shuffles and repeats, each repetition in an order of its own.

    Args:
        buffer_size: int64, how many elements are mixed at a time.
        count: int64, how often; for ever when None or -1.
        seed: of the order.
    """
    return lambda d: made(recipes.shuffled_and_repeated(d, buffer_size, count, seed))


def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """Maps a function over the elements, and batches what it returns.

    Args:
        map_func: takes an element, a tuple as several arguments, and returns one.
        batch_size: int64.
        num_parallel_batches: accepted.
        drop_remainder: bool, whether a last batch with fewer elements is left out.
        num_parallel_calls: accepted, instead of `num_parallel_batches`.

    Raises:
        ValueError: both of those are given.
    """
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError(
            "The `num_parallel_batches` and `num_parallel_calls` arguments are "
            "mutually exclusive."
        )
    calls = num_parallel_calls
    if calls is None:
        calls = batch_size if num_parallel_batches is None else num_parallel_batches
    return lambda d: made(
        recipes.mapped_and_batched(d, map_func, batch_size, calls, drop_remainder)
    )


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """Batches, and leaves out a last batch that is not full.

    Args:
        batch_size: int64.
    """
    return lambda d: d.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """As `Dataset.padded_batch`, and leaves out a last batch that is not full.

    Args:
        batch_size: int64.
        padded_shapes: what to pad to.
        padding_values: with what.
    """
    return lambda d: d.padded_batch(
        batch_size, padded_shapes, padding_values, drop_remainder=True
    )


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """Batches arrays of different sizes as sparse tensors.

    Args:
        batch_size: int64.
        row_shape: the shape that holds each element; None for the largest of a batch.
    """
    return lambda d: made(recipes.sparse_batched(d, batch_size, row_shape))


def unbatch() -> Transformation:
    """Makes elements of the rows of elements."""
    return lambda d: made(recipes.unbatched(d))


def ignore_errors() -> Transformation:
    """Leaves out the elements that could not be made."""

    def apply(dataset: Dataset) -> Dataset:
        structure = dataset._structure
        return made(
            Recipe(
                "_IgnoreErrorsDataset",
                structure,
                lambda: raw.IgnoreErrorsDataset(
                    dataset._as_variant_tensor(), **structure.attrs()
                ),
            )
        )

    return apply


def enumerate_dataset(start: Any = 0) -> Transformation:
    """Makes pairs of a number and an element.

    Args:
        start: int64, the first number.
    """
    return lambda d: d.enumerate(start)


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """Maps a function that hands a state on from element to element.

    Args:
        initial_state: a structure of tensors.
        scan_func: takes the state and an element; returns the new state and what the
            element becomes.
    """
    return lambda d: made(grouping.scanned(d, initial_state, scan_func))


def group_by_window(
    key_func: Callable[..., Any],
    reduce_func: Callable[..., Any],
    window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:
    """Groups elements by a key, and reduces so many of a group to a dataset.

    Args:
        key_func: takes an element and returns its key, int64.
        reduce_func: takes a key and a dataset of its elements, and returns a dataset.
        window_size: int64, how many elements are reduced together.
        window_size_func: instead of that, takes a key and returns the number.

    Raises:
        ValueError: both or none of those are given.
    """
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func.")
    size = window_size_func

    def constant(_: Any) -> Any:
        return convert_to_tensor(window_size, int64)

    return lambda d: made(
        grouping.grouped(
            d,
            lambda *e: raw.Cast(key_func(*e), DstT=int64),
            reduce_func,
            constant if size is None else lambda k: raw.Cast(size(k), DstT=int64),
            Dataset,
        )
    )


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any],
    bucket_boundaries: Sequence[int],
    bucket_batch_sizes: Sequence[int],
    padded_shapes: Any = None,
    padding_values: Any = None,
    pad_to_bucket_boundary: bool = False,
) -> Transformation:
    """Batches elements of about equal length together, padded.

    Args:
        element_length_func: takes an element and returns its length, int32.
        bucket_boundaries: the lengths that divide the buckets, ascending.
        bucket_batch_sizes: of each bucket; one more than there are boundaries.
        padded_shapes: what to pad to; the shapes of the elements when None.
        padding_values: with what.
        pad_to_bucket_boundary: pad unknown sizes to the bucket's largest length.

    Raises:
        ValueError: there are too many or too few batch sizes.
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError(
            "len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1"
        )
    if pad_to_bucket_boundary:
        raise NotImplementedError("pad_to_bucket_boundary is not supported yet")
    boundaries = convert_to_tensor(list(bucket_boundaries), int64)
    sizes = convert_to_tensor(list(bucket_batch_sizes), int64)

    def bucket(*element: Any) -> Any:
        length = raw.Cast(element_length_func(*element), DstT=int64)
        below = raw.Cast(raw.LessEqual(boundaries, length), DstT=int64)
        return raw.Sum(below, [0])

    def batch(key: Any, window: Dataset) -> Dataset:
        shapes = window.output_shapes if padded_shapes is None else padded_shapes
        return window.padded_batch(raw.Gather(sizes, key), shapes, padding_values)

    return group_by_window(
        bucket, batch, window_size_func=lambda key: raw.Gather(sizes, key)
    )


def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: bool = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """As `Dataset.interleave`.

    Args:
        map_func: takes an element and returns a dataset.
        cycle_length: int64, how many datasets are open at a time.
        block_length: int64, how many elements of one come in a row.
        sloppy: accepted: whether the order may depend on who is first.
        buffer_output_elements: accepted.
        prefetch_input_elements: accepted.
    """
    del sloppy, buffer_output_elements, prefetch_input_elements
    return lambda d: d.interleave(map_func, cycle_length, block_length)


def sliding_window_batch(
    window_size: Any,
    stride: Any = None,
    window_shift: Any = None,
    window_stride: Any = 1,
) -> Transformation:
    """Windows over the elements, each as a batch; those not full are left out.

    Args:
        window_size: int64, how many elements make a window.
        stride: an old name of `window_shift`.
        window_shift: int64, how far the next window begins after this one; 1 when
            None.
        window_stride: int64, how far apart a window's elements are.

    Raises:
        ValueError: `stride` and `window_shift` are both given.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `stride` and `window_shift`")
    shift = stride if stride is not None else window_shift
    shift = 1 if shift is None else shift
    return lambda d: made(recipes.sliding(d, window_size, shift, window_stride))


def choose_from_datasets(
    datasets: Sequence[Dataset], choice_dataset: Dataset
) -> Dataset:
    """Elements of several datasets, as the numbers of another one choose.

    Args:
        datasets: of one structure.
        choice_dataset: of int64 numbers, indices of `datasets`.

    Raises:
        TypeError: the choices are no such numbers.
    """
    if choice_dataset.output_types != int64:
        raise TypeError(
            "`choice_dataset` must be a dataset of scalar `tf.int64` tensors."
        )
    structure = datasets[0]._structure
    for other in datasets[1:]:
        recipes.concatenated(datasets[0], other)  # checks that they are alike
    return made(
        Recipe(
            "_DirectedInterleaveDataset",
            structure,
            lambda: raw.DirectedInterleaveDataset(
                choice_dataset._as_variant_tensor(),
                [d._as_variant_tensor() for d in datasets],
                **structure.attrs(),
            ),
        )
    )


def sample_from_datasets(
    datasets: Sequence[Dataset], weights: Any = None, seed: int | None = None
) -> Dataset:
    """Elements of several datasets, each chosen at random.

    Args:
        datasets: of one structure.
        weights: how likely each of them is; all alike when None.
        seed: of the choice.
    """
    count = len(datasets)
    given = [1.0 / count] * count if weights is None else weights
    logits = raw.Log(convert_to_tensor(given, name="weights"))
    if logits.shape.ndims != 1 or not logits.shape.is_compatible_with([count]):
        raise ValueError("`weights` must be a vector of length `len(datasets)`.")

    def choose(_: Any) -> Any:
        number = raw.Multinomial(
            raw.ExpandDims(logits, 0), 1, seed=seed or 0, output_dtype=int64
        )
        return raw.Squeeze(number, squeeze_dims=[0, 1])

    choices = Dataset.from_tensors(0).repeat(None).map(choose)
    return choose_from_datasets(datasets, choices)


def get_single_element(dataset: Dataset) -> Any:
    """The element of a dataset that has one.

    Args:
        dataset: its element is asked for when the result runs.

    Returns:
        A structure of tensors; running it raises InvalidArgumentError where the
        dataset has no element, or several.
    """
    structure = dataset._structure
    flat = raw.DatasetToSingleElement(dataset._as_variant_tensor(), **structure.attrs())
    return structure.pack(flat)


__getattr__ = missing.unknown("tf.data.experimental", __name__)
