"""Iterators of sessions: a dataset, and how far it was read.

Read next: `../../ops/iterator_ops.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list, is_compatible
from interactive_graphs.kernels.cpu.datasets import Dataset, Element, Signature


class IteratorResource:
    """What an iterator op owns. Thread-safe.

    Attributes:
        signature: what its elements must be like; empty types for anything.
        container, name: where it is found.
    """

    def __init__(
        self,
        container: str,
        name: str,
        signature: Signature,
        factory: Callable[[], Dataset] | None = None,
    ) -> None:
        """An iterator over nothing, or over what `factory` makes when first asked."""
        self.container = container
        self.name = name
        self.signature = signature
        self._factory = factory
        self._elements: Iterator[Element] | None = None
        self._lock = threading.RLock()

    def start(self, dataset: Dataset) -> None:
        """Begin with the first element of a dataset.

        Raises:
            InvalidArgumentError: its elements are not what the iterator's must be.
        """
        check_signature(self.signature, dataset.signature)
        elements = dataset.elements()
        with self._lock:
            self.release()
            self._elements = elements

    def get_next(self) -> Element:
        """The next element.

        Raises:
            OutOfRangeError: there is none.
            FailedPreconditionError: the iterator has no dataset yet.
        """
        with self._lock:
            elements = self._elements
            if elements is None:
                elements = self._begin()
            for element in elements:
                return element
        raise errors.OutOfRangeError(None, None, "End of sequence")

    def _begin(self) -> Iterator[Element]:
        if self._factory is None:
            raise errors.FailedPreconditionError(
                None,
                None,
                "GetNext() failed because the iterator has not been initialized. "
                "Ensure that you have run the initializer operation for this iterator "
                "before getting the next element.",
            )
        self.start(self._factory())
        assert self._elements is not None
        return self._elements

    def release(self) -> None:
        """Let go of the elements, and end a thread that makes some."""
        elements = self._elements
        self._elements = None
        close = getattr(elements, "close", None)
        if close is not None:
            close()


def check_signature(wanted: Signature, found: Signature) -> None:
    """Hold what a dataset gives against what an iterator promises.

    Raises:
        InvalidArgumentError: number, types or shapes of the components differ.
    """
    if not wanted.types or not found.types:
        return
    if len(wanted.types) != len(found.types):
        invalid(
            f"Number of components does not match: expected {len(wanted.types)} types "
            f"but got {len(found.types)}."
        )
    for i, (want, have) in enumerate(zip(wanted.types, found.types, strict=True)):
        if want is not have:
            invalid(
                f"Data type mismatch at component {i}: expected {want.engine_name} but "
                f"got {have.engine_name}."
            )
    for i, (s, t) in enumerate(zip(wanted.shapes, found.shapes, strict=True)):
        if not is_compatible(s, t):
            invalid(
                f"Incompatible shapes at component {i}: expected {format_list(s)} but "
                f"got {format_list(t)}."
            )


def single_element(dataset: Dataset) -> Element:
    """The one element of a dataset.

    Raises:
        InvalidArgumentError: there is none, or another one.
    """
    elements = dataset.elements()
    for element in elements:
        for _ in elements:
            invalid("Dataset had more than one element.")
        return element
    return invalid("Dataset was empty.")
