"""Samples of the ops of datasets, iterators and functions, which need each other."""

import numpy as np

from tests.registry.sample import Sample


def elsewhere(names: str, note: str) -> list[Sample]:
    return [Sample(name, run=False, note=note) for name in names.split()]


SOURCES = """
TensorDataset TensorSliceDataset SparseTensorSliceDataset RangeDataset RandomDataset
ExperimentalRandomDataset GeneratorDataset ZipDataset ConcatenateDataset
DummySeedGenerator
"""
FILES = """
TextLineDataset TFRecordDataset FixedLengthRecordDataset FixedLengthRecordDatasetV2
CSVDataset ExperimentalCSVDataset
"""
OTHERS = """
BatchDataset BatchDatasetV2 PaddedBatchDataset PaddedBatchDatasetV2 SlidingWindowDataset
DenseToSparseBatchDataset UnbatchDataset ExperimentalUnbatchDataset WindowDataset
RepeatDataset TakeDataset SkipDataset ShardDataset ShuffleDataset ShuffleDatasetV3
ShuffleAndRepeatDataset PrefetchDataset CacheDataset IgnoreErrorsDataset
ExperimentalIgnoreErrorsDataset OptionsDataset ModelDataset OptimizeDataset
DirectedInterleaveDataset ExperimentalDirectedInterleaveDataset
"""
CALLING = """
MapDataset ParallelMapDataset ParallelMapDatasetV2 MapAndBatchDataset FilterDataset
TakeWhileDataset ScanDataset ReduceDataset FlatMapDataset InterleaveDataset
ParallelInterleaveDataset ParallelInterleaveDatasetV2 ParallelInterleaveDatasetV3
ParallelInterleaveDatasetV4 GroupByWindowDataset
"""
ITERATORS = """
Iterator IteratorV2 OneShotIterator MakeIterator IteratorGetNext IteratorGetNextSync
IteratorToStringHandle IteratorFromStringHandle IteratorFromStringHandleV2
DatasetToSingleElement
"""
FUNCTIONS = """
SymbolicGradient PartitionedCall StatefulPartitionedCall If StatelessIf While
StatelessWhile Case StatelessCase RemoteCall
"""
INDICES = np.array([[0, 1], [1, 0]])
VALUES = np.array([1.0, 2.0])
SHAPE = np.array([2, 3])

SAMPLES = [
    *elsewhere(SOURCES, "gives a dataset; see tests/data/test_dataset.py"),
    *elsewhere(FILES, "gives a dataset; see tests/data/test_readers.py"),
    *elsewhere(OTHERS, "takes a dataset; see tests/data/test_dataset.py"),
    *elsewhere(CALLING, "calls a function; see tests/data/test_dataset.py"),
    *elsewhere(ITERATORS, "needs a session; see tests/data/test_iterator.py"),
    *elsewhere(FUNCTIONS, "calls a function; see tests/framework/test_function.py"),
    Sample("SerializeSparse", [INDICES, VALUES, SHAPE]),
    Sample("SerializeManySparse", [INDICES, VALUES, SHAPE]),
    *elsewhere(
        "DeserializeSparse DeserializeManySparse",
        "takes what another op gives; see tests/data/test_sparse_elements.py",
    ),
]
