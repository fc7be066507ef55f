"""Iterator: the elements of a dataset, one a step.

    >>> import interactive_graphs as tf
    >>> iterator = tf.data.Dataset.range(2).make_one_shot_iterator()
    >>> element = iterator.get_next()
    >>> with tf.Session() as sess:
    ...     print(sess.run(element), sess.run(element))
    0 1

Where it stands is kept by the session. Read next: `../ops/iterator_ops.py`.
"""

from __future__ import annotations

import warnings
from typing import Any, Final, NoReturn

from interactive_graphs.data import nest
from interactive_graphs.data.structure import (
    Nested,
    Structure,
    are_compatible,
    declared,
)
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor

GET_NEXT_CALL_WARNING_THRESHOLD: Final = 32

GET_NEXT_CALL_WARNING_MESSAGE: Final = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often "
    "indicates that `Iterator.get_next()` is being called inside a training loop, "
    "which will cause gradual slowdown and eventual resource exhaustion. If this is "
    "the case, restructure your code to call `next_element = iterator.get_next()` "
    "once outside the loop, and use `next_element` as the input to some computation "
    "that is invoked inside the loop."
)


class Iterator:
    """Goes through the elements of a dataset.

    Made by `Dataset.make_one_shot_iterator`, `make_initializable_iterator`,
    `Iterator.from_structure` or `Iterator.from_string_handle`.
    """

    def __init__(
        self,
        iterator_resource: Tensor,
        initializer: Operation | None,
        output_types: Any,
        output_shapes: Any,
        output_classes: Any = None,
    ) -> None:
        """Made by the functions above.

        Args:
            iterator_resource: the handle.
            initializer: starts it; None where it cannot be started.
            output_types: a structure of dtypes.
            output_shapes: a structure alike of shapes.
            output_classes: a structure alike of Tensor and SparseTensor.
        """
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._structure = Structure(output_types, output_shapes, output_classes)
        if output_classes is None:
            self._structure = declared(output_types, output_shapes)
        self._string_handle: Tensor = raw.IteratorToStringHandle(iterator_resource)
        self._get_next_call_count = 0

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """An iterator that any dataset of this structure can start.

        Args:
            output_types: a structure of dtypes.
            output_shapes: a structure alike of shapes; unknown when None.
            shared_name: sessions of one process share it under this name.
            output_classes: a structure alike of Tensor and SparseTensor.

        Returns:
            An iterator without elements; see `make_initializer`.

        Example:
            >>> import interactive_graphs as tf
            >>> training = tf.data.Dataset.range(3)
            >>> test = tf.data.Dataset.range(10, 12)
            >>> it = tf.data.Iterator.from_structure(tf.int64, [])
            >>> use_test = it.make_initializer(test)
            >>> x = it.get_next()
            >>> with tf.Session() as sess:
            ...     sess.run(use_test)
            ...     print(sess.run(x))
            10
        """
        structure = declared(output_types, output_shapes, output_classes)
        return Iterator(_handle(structure, shared_name), None, *structure)

    @staticmethod
    def from_string_handle(
        string_handle: Any,
        output_types: Any,
        output_shapes: Any = None,
        output_classes: Any = None,
    ) -> Iterator:
        """The iterator that a string stands for, which may be fed.

        Args:
            string_handle: string, `[]`: what `string_handle()` of an iterator gave.
            output_types: a structure of dtypes.
            output_shapes: a structure alike of shapes; unknown when None.
            output_classes: a structure alike of Tensor and SparseTensor.

        Returns:
            An iterator whose elements are those of the other one.
        """
        structure = declared(output_types, output_shapes, output_classes)
        handle = raw.IteratorFromStringHandle(
            convert_to_tensor(string_handle, string), **structure.attrs()
        )
        return Iterator(handle, None, *structure)

    @property
    def initializer(self) -> Operation:
        """The operation that starts it with the first element.

        Raises:
            ValueError: it has none: it is a one-shot iterator, or
                `make_initializer` makes some.
        """
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """The operation that starts it with the first element of a dataset.

        Args:
            dataset: of the iterator's structure.
            name: the node's name.

        Raises:
            TypeError: its elements are of another structure.
        """
        mine, theirs = self._structure, dataset._structure
        with get_default_graph().name_scope(name or "make_initializer") as scope:
            nest.assert_same(mine.types, theirs.types)
            for a, b in zip(mine.leaves, theirs.leaves, strict=True):
                if a[0] is not b[0]:
                    raise TypeError(
                        f"Expected output types {mine.types!r} but got dataset with "
                        f"output types {theirs.types!r}."
                    )
                if (a[2] is SparseTensor) != (b[2] is SparseTensor):
                    raise TypeError(
                        f"Expected output classes {self.output_classes!r} but got "
                        f"dataset with output classes {dataset.output_classes!r}."
                    )
            if not are_compatible(mine, theirs):
                raise TypeError(
                    f"Expected output shapes compatible with {mine.shapes!r} but got "
                    f"dataset with output shapes {theirs.shapes!r}."
                )
            return _start(dataset, self._iterator_resource, scope)

    def get_next(self, name: str | None = None) -> Any:
        """The next element, each time it runs.

        Call this once, and run what it returns as often as there are elements: each
        call adds nodes to the graph.

        Args:
            name: the node's name.

        Returns:
            A structure of tensors. Running it raises OutOfRangeError after the last
            element, and FailedPreconditionError before the iterator was started.
        """
        self._get_next_call_count += 1
        if self._get_next_call_count > GET_NEXT_CALL_WARNING_THRESHOLD:
            warnings.warn(GET_NEXT_CALL_WARNING_MESSAGE, stacklevel=2)
        flat = raw.IteratorGetNext(
            self._iterator_resource, name=name, **self._structure.attrs()
        )
        return self._structure.pack(flat)

    def __iter__(self) -> NoReturn:
        """Never: elements come when a session runs what `get_next()` returned."""
        raise RuntimeError(
            "Iterator.__iter__() is only supported when eager execution is enabled."
        )

    def string_handle(self, name: str | None = None) -> Tensor:
        """A string by which it can be found in a session, to be fed elsewhere.

        Args:
            name: the name of a new node; without it there is one.

        Returns:
            string, `[]`.
        """
        if name is None:
            return self._string_handle
        found: Tensor = raw.IteratorToStringHandle(self._iterator_resource, name=name)
        return found

    @property
    def output_classes(self) -> Any:
        """Tensor or SparseTensor for each component of an element."""
        return public_classes(self._structure)

    @property
    def output_shapes(self) -> Any:
        """The TensorShape of each component of an element."""
        return self._structure.shapes

    @property
    def output_types(self) -> Any:
        """The DType of each component of an element."""
        return self._structure.types


def public_classes(structure: Structure) -> Any:
    """The classes of components, as the user knows them."""
    return nest.map_structure(
        lambda kind: kind.kind if isinstance(kind, Nested) else kind,
        structure.classes,
    )


def _handle(structure: Structure, shared_name: str | None) -> Tensor:
    handle: Tensor = raw.Iterator(
        container="", shared_name=shared_name or "", **structure.attrs()
    )
    return handle


def _start(dataset: Any, handle: Tensor, name: str | None = None) -> Operation:
    with get_default_graph().colocate_with(handle.op):
        started: Operation = raw.MakeIterator(
            dataset._as_variant_tensor(), handle, name=name
        )
    return started


def initializable(dataset: Any, shared_name: str | None) -> Iterator:
    """An iterator over a dataset that an operation starts."""
    structure = dataset._structure
    handle = _handle(structure, shared_name)
    return Iterator(handle, _start(dataset, handle), *structure)


def one_shot(dataset: Any, function_name: str) -> Iterator:
    """An iterator over the dataset that a function of the graph makes."""
    structure = dataset._structure
    handle = raw.OneShotIterator(
        dataset_factory=function_name, container="", shared_name="", **structure.attrs()
    )
    return Iterator(handle, None, *structure)
