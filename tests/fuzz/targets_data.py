"""Fuzz targets of datasets: text, CSV, fixed-length records, caches, packed tensors."""

import gzip
import itertools
import os
import tempfile
import zlib
from collections.abc import Callable

import numpy as np

from interactive_graphs import errors, protos
from interactive_graphs.framework.dtypes import float32, int32, int64, string
from interactive_graphs.framework.function_def import read_library
from interactive_graphs.framework.graph import Graph
from interactive_graphs.kernels.cpu import csv_records, dataset_cache, sparse_serial
from interactive_graphs.kernels.cpu.dataset_files import (
    fixed_length_records,
    lines,
    open_input,
)
from interactive_graphs.kernels.cpu.datasets import Signature, Single

MOST = 10_000
FORM = csv_records.Form([int32, float32, string, int64], [None, np.float32(0), None, 1])


def in_file(decode: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """A decoder of a file's name as one of its content."""

    def run(data: bytes) -> object:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(data)
        try:
            return decode(file.name.encode())
        finally:
            os.unlink(file.name)

    return run


def text(compression: str) -> Callable[[bytes], object]:
    return in_file(lambda path: list(itertools.islice(lines(path, compression), MOST)))


def records(compression: str) -> Callable[[bytes], object]:
    sizes = (2, 4, 1)
    return in_file(
        lambda path: list(
            itertools.islice(fixed_length_records(path, sizes, compression), MOST)
        )
    )


def csv(path: bytes) -> object:
    with open_input(path, "") as file:
        return [FORM.row(row) for row in csv_records.raw_rows(file, True)]


def cache() -> bytes:
    """A cache file of one element."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c").encode()
        parts = (np.arange(3), np.array([b"a", b"bc"], object))
        signature = Signature((int64, string), ((3,), (2,)))
        list(
            dataset_cache.CachedInFile(
                Single(parts, signature), path, signature
            ).elements()
        )
        with open(path + b".data", "rb") as file:
            return file.read()


def packed() -> bytes:
    parts = (np.array([[0, 1]]), np.ones(1, np.float32), np.array([2, 2]))
    return b"|".join(sparse_serial.serialize(*parts, as_text=True))


def unpack(data: bytes) -> object:
    held = np.empty(3, object)
    held[:] = (data.split(b"|") + [b"", b"", b""])[:3]
    return sparse_serial.deserialize(held, np.dtype(np.float32))


def library() -> bytes:
    proto = protos.FunctionDefLibrary()
    function = proto.function.add()
    function.signature.name = "f"
    function.signature.input_arg.add(name="x", type=1)
    function.signature.output_arg.add(name="y", type=1)
    node = function.node_def.add(name="n", op="Neg", input=["x"])
    node.attr["T"].type = 1
    function.ret["y"] = "n:y:0"
    return proto.SerializeToString()


def read_functions(data: bytes) -> object:
    graph = Graph()
    try:
        message = protos.FunctionDefLibrary.FromString(data)
    except Exception as error:  # protobuf's class depends on its build
        raise ValueError(str(error)) from None
    read_library(message, graph)
    return [function.body for function in graph.functions.values()]


TEXT = b"one\r\ntwo\n\nlast"
ROWS = b'1,2.5,"a ""b""\nc",7\n2,,x,\n3,1e3,y,9\r\n'
BODY = b"HHabcdefghF"
REFUSALS = (errors.DataLossError, errors.InvalidArgumentError)

TARGETS = {
    "lines": ([TEXT, b""], text(""), REFUSALS),
    "lines_gzip": ([gzip.compress(TEXT, mtime=0)], text("GZIP"), REFUSALS),
    "lines_zlib": ([zlib.compress(TEXT * 100)], text("ZLIB"), REFUSALS),
    "fixed": ([BODY, b"HHF"], records(""), REFUSALS),
    "fixed_gzip": ([gzip.compress(BODY, mtime=0)], records("GZIP"), REFUSALS),
    "csv": ([ROWS, b"1,2,3,4"], in_file(csv), REFUSALS),
    "cache": (
        [cache()],
        in_file(lambda path: list(dataset_cache.read_elements(path, 2))),
        REFUSALS,
    ),
    "sparse": ([packed()], unpack, REFUSALS),
    "functions": (
        [library()],
        read_functions,
        (ValueError, TypeError, KeyError, errors.OpError),
    ),
}
