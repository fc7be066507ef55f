"""The ops of datasets that call functions: map, filter, interleave, groups, generators.

A function is an attribute; what it uses of the graph around it comes as further inputs.
Read next: `iterator_ops.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.kernels.cpu import (
    dataset_batch,
    dataset_nested,
    dataset_transforms,
)
from interactive_graphs.kernels.cpu.dataset_nested import dataset_in
from interactive_graphs.kernels.cpu.dataset_transforms import Caller, with_captured
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature
from interactive_graphs.ops._datasets import (
    CAPTURED,
    OUT,
    dataset_of,
    define_dataset,
    define_same,
    is_true,
    signature_of,
)

_FUNCTION: dict[str, Any] = {"f": Attr("func"), "Targuments": CAPTURED}


def _with_function(name: str, more: str, doc: str, **attrs: Any) -> OpDef:
    """An op that makes a dataset of another one with a function."""
    signature = f", other_arguments: Targuments{more}"
    return define_same(name, signature, doc, **_FUNCTION, **attrs)


def _function(ctx: Any, name: Any, captured: list[Any]) -> Caller:
    return with_captured(ctx.function(name), captured)


# -- map and filter --------------------------------------------------------------------

map_op = _with_function(
    "MapDataset", "", "What a function makes of each element.",
    use_inter_op_parallelism=True, preserve_cardinality=False, force_synchronous=False,
)  # fmt: skip


@map_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, other_arguments: list[Any], f: Any) -> Dataset:
    call = _function(ctx, f, other_arguments)
    return dataset_transforms.Mapped(dataset_of(input_dataset), call, signature_of(ctx))


def _define_parallel_map(name: str, count_type: str, **attrs: Any) -> None:
    op = _with_function(
        name, f", num_parallel_calls: {count_type}",
        "What a function makes of each element, of several at a time.",
        use_inter_op_parallelism=True, preserve_cardinality=False, **attrs,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        ctx: Any,
        input_dataset: Any,
        other_arguments: list[Any],
        num_parallel_calls: Any,
        f: Any,
    ) -> Dataset:
        if num_parallel_calls <= 0 and num_parallel_calls != -1:
            invalid("num_parallel_calls must be greater than zero.")
        source, call = dataset_of(input_dataset), _function(ctx, f, other_arguments)
        return dataset_transforms.Mapped(source, call, signature_of(ctx))


_define_parallel_map("ParallelMapDataset", "int32", sloppy=False)
_define_parallel_map(
    "ParallelMapDatasetV2", "int64", deterministic="default",
    use_unbounded_threadpool=False,
)  # fmt: skip

map_and_batch_op = _with_function(
    "MapAndBatchDataset",
    ", batch_size: int64, num_parallel_calls: int64, drop_remainder: bool",
    "Batches of what a function makes of elements.", preserve_cardinality=False,
)  # fmt: skip


@map_and_batch_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    other_arguments: list[Any],
    batch_size: Any,
    num_parallel_calls: Any,
    drop_remainder: Any,
    f: Any,
) -> Dataset:
    if batch_size <= 0:
        invalid("batch_size must be greater than zero.")
    if num_parallel_calls <= 0 and num_parallel_calls != -1:
        invalid("num_parallel_calls must be greater than zero.")
    source, call = dataset_of(input_dataset), _function(ctx, f, other_arguments)
    mapped = dataset_transforms.Mapped(source, call, Signature())
    return dataset_batch.Batched(
        mapped, int(batch_size), is_true(drop_remainder), signature_of(ctx)
    )


def _define_with_predicate(name: str, make: Any, doc: str) -> None:
    op = define_same(
        name, ", other_arguments: Targuments", doc, predicate=Attr("func"),
        Targuments=CAPTURED,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        ctx: Any, input_dataset: Any, other_arguments: list[Any], predicate: Any
    ) -> Dataset:
        source = dataset_of(input_dataset)
        call = _function(ctx, predicate, other_arguments)
        made: Dataset = make(source, call, signature_of(ctx))
        return made


_define_with_predicate(
    "FilterDataset", dataset_transforms.Filtered, "Elements that a function lets pass."
)
_define_with_predicate(
    "TakeWhileDataset", dataset_transforms.WhileTrue, "Elements before the first other."
)

scan_op = define_same(
    "ScanDataset", ", initial_state: Tstate, other_arguments: Targuments",
    "What a function makes of each element and a state.",
    Tstate=Attr("list(type)", minimum=1), preserve_cardinality=False,
    use_default_device=True, **_FUNCTION,
)  # fmt: skip


@scan_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    initial_state: list[Any],
    other_arguments: list[Any],
    f: Any,
) -> Dataset:
    source, call = dataset_of(input_dataset), _function(ctx, f, other_arguments)
    return dataset_transforms.Scanned(source, initial_state, call, signature_of(ctx))


reduce_op = define(
    "ReduceDataset",
    "input_dataset: variant, initial_state: Tstate, other_arguments: Targuments "
    "-> components: output_types",
    Tstate=Attr("list(type)", minimum=1), use_inter_op_parallelism=True,
    shape=lambda op: list(op.attrs["output_shapes"]), stateful=True, gradient=None,
    doc="The state that is left after all elements.", **_FUNCTION, **OUT,
)  # fmt: skip


@reduce_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    initial_state: list[Any],
    other_arguments: list[Any],
    f: Any,
) -> list[Any]:
    call = _function(ctx, f, other_arguments)
    return dataset_transforms.reduce(dataset_of(input_dataset), initial_state, call)


# -- datasets of datasets --------------------------------------------------------------

flat_map_op = _with_function(
    "FlatMapDataset", "", "The elements of datasets that a function makes."
)


@flat_map_op.kernel("CPU")
def _(ctx: Any, input_dataset: Any, other_arguments: list[Any], f: Any) -> Dataset:
    source, call = dataset_of(input_dataset), _function(ctx, f, other_arguments)
    return dataset_nested.FlatMapped(source, call, signature_of(ctx))


def _interleaved(
    ctx: Any, source: Any, f: Any, captured: list[Any], cycle: Any, block: Any
) -> Dataset:
    if cycle == -1:
        cycle = 2  # as many as suits us
    if cycle <= 0:
        invalid("cycle_length must be greater than zero.")
    if block <= 0:
        invalid("block_length must be greater than zero.")
    return dataset_nested.Interleaved(
        dataset_of(source), _function(ctx, f, captured), int(cycle), int(block),
        signature_of(ctx),
    )  # fmt: skip


interleave_op = _with_function(
    "InterleaveDataset", ", cycle_length: int64, block_length: int64",
    "Elements of several datasets in turn.",
)  # fmt: skip


@interleave_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    other_arguments: list[Any],
    cycle_length: Any,
    block_length: Any,
    f: Any,
) -> Dataset:
    return _interleaved(
        ctx, input_dataset, f, other_arguments, cycle_length, block_length
    )


def _define_parallel_interleave(name: str, more: str, **attrs: Any) -> None:
    op = _with_function(
        name, f", cycle_length: int64, block_length: int64{more}",
        "Elements of several datasets in turn, each read ahead.", **attrs,
    )  # fmt: skip

    @op.kernel("CPU", attrs=("f",))
    def _(ctx: Any, *inputs: Any, f: Any) -> Dataset:
        source, captured, cycle, block, *_ = inputs
        return _interleaved(ctx, source, f, captured, cycle, block)


_define_parallel_interleave(
    "ParallelInterleaveDataset",
    ", sloppy: bool, buffer_output_elements: int64, prefetch_input_elements: int64",
)
_define_parallel_interleave(
    "ParallelInterleaveDatasetV2", ", num_parallel_calls: int64", sloppy=False
)
_define_parallel_interleave(
    "ParallelInterleaveDatasetV3",
    ", num_parallel_calls: int64",
    deterministic="default",
)
_define_parallel_interleave(
    "ParallelInterleaveDatasetV4",
    ", buffer_output_elements: int64, prefetch_input_elements: int64, "
    "num_parallel_calls: int64",
    deterministic="default",
)

window_op = define_same(
    "WindowDataset", ", size: int64, shift: int64, stride: int64, drop_remainder: bool",
    "Windows over the elements, as datasets.",
)  # fmt: skip


@window_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    size: Any,
    shift: Any,
    stride: Any,
    drop_remainder: Any,
) -> Dataset:
    for name, value in (("size", size), ("shift", shift), ("stride", stride)):
        if value <= 0:
            invalid(f"Window {name} must be greater than zero.")
    frame = (int(size), int(shift), int(stride), is_true(drop_remainder))
    return dataset_nested.Windows(dataset_of(input_dataset), frame, signature_of(ctx))


group_op = define_same(
    "GroupByWindowDataset",
    ", key_func_other_arguments: Tkey_func_other_arguments, "
    "reduce_func_other_arguments: Treduce_func_other_arguments, "
    "window_size_func_other_arguments: Twindow_size_func_other_arguments",
    "Windows of elements of one key, reduced to datasets.",
    key_func=Attr("func"), reduce_func=Attr("func"), window_size_func=Attr("func"),
    Tkey_func_other_arguments=CAPTURED, Treduce_func_other_arguments=CAPTURED,
    Twindow_size_func_other_arguments=CAPTURED,
)  # fmt: skip


@group_op.kernel("CPU")
def _(
    ctx: Any,
    input_dataset: Any,
    key_func_other_arguments: list[Any],
    reduce_func_other_arguments: list[Any],
    window_size_func_other_arguments: list[Any],
    key_func: Any,
    reduce_func: Any,
    window_size_func: Any,
) -> Dataset:
    reducer = _function(ctx, reduce_func, reduce_func_other_arguments)
    return dataset_nested.Grouped(
        dataset_of(input_dataset),
        _function(ctx, key_func, key_func_other_arguments),
        lambda key, window: dataset_in(reducer((key, window))),
        _function(ctx, window_size_func, window_size_func_other_arguments),
        signature_of(ctx),
    )


def _define_directed(name: str, **attrs: Any) -> None:
    op = define_dataset(
        name, "selector_input_dataset: variant, data_input_datasets: N * variant",
        "Elements of several datasets, as another one's numbers choose.", **attrs,
        **OUT,
    )  # fmt: skip

    @op.kernel("CPU")
    def _(
        ctx: Any, selector_input_dataset: Any, data_input_datasets: list[Any]
    ) -> Dataset:
        return dataset_nested.Directed(
            dataset_of(selector_input_dataset),
            list(map(dataset_of, data_input_datasets)),
            bool(ctx.op.attrs.get("stop_on_empty_dataset", False)),
            signature_of(ctx),
        )


_define_directed("DirectedInterleaveDataset", stop_on_empty_dataset=False)
_define_directed("ExperimentalDirectedInterleaveDataset")


# -- generators ------------------------------------------------------------------------

generator_op = define_dataset(
    "GeneratorDataset",
    "init_func_other_args: Tinit_func_args, next_func_other_args: Tnext_func_args, "
    "finalize_func_other_args: Tfinalize_func_args",
    "Elements that functions make until one says that the end has come.",
    stateful=True, init_func=Attr("func"), next_func=Attr("func"),
    finalize_func=Attr("func"), Tinit_func_args=CAPTURED, Tnext_func_args=CAPTURED,
    Tfinalize_func_args=CAPTURED, **OUT,
)  # fmt: skip


@generator_op.kernel("CPU")
def _(
    ctx: Any,
    init_func_other_args: list[Any],
    next_func_other_args: list[Any],
    finalize_func_other_args: list[Any],
    init_func: Any,
    next_func: Any,
    finalize_func: Any,
) -> Dataset:
    return _Generated(
        _function(ctx, init_func, init_func_other_args),
        _function(ctx, next_func, next_func_other_args),
        _function(ctx, finalize_func, finalize_func_other_args),
        signature_of(ctx),
    )


class _Generated(Dataset):
    """What a function gives until it raises OutOfRangeError."""

    def __init__(
        self, start: Caller, step: Caller, finish: Caller, signature: Signature
    ) -> None:
        super().__init__(signature)
        self.start = start
        self.step = step
        self.finish = finish

    def elements(self) -> Iterator[Element]:
        return _Generator(self)


class _Generator:
    def __init__(self, dataset: _Generated) -> None:
        self._dataset = dataset
        self._state: list[Any] | None = None
        self._ended = False

    def __iter__(self) -> Iterator[Element]:
        return self

    def __next__(self) -> Any:
        if self._ended:
            raise StopIteration
        if self._state is None:
            self._state = self._dataset.start(())
        try:
            return self._dataset.step(self._state)
        except errors.OutOfRangeError:
            self._finish()
            raise StopIteration from None

    def _finish(self) -> None:
        if self._state is not None and not self._ended:
            self._ended = True
            self._dataset.finish(self._state)

    def __del__(self) -> None:
        """Let a generator go that was not read to its end."""
        with contextlib.suppress(Exception):
            self._finish()
