"""Tensor: one output of an Operation, the thing that flows.

A Tensor holds no value. It knows which operation gives it, its dtype and what is known
of its shape while the graph is built. Its operators (`+`, `[]`, ...) are filled in by
`ops/operators.py`, since they make nodes. Read next: `operation.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from interactive_graphs import errors
from interactive_graphs.framework import repr as display_hook, stacks
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    format_shape,
    from_static,
    merge,
    to_static,
)

if TYPE_CHECKING:
    import numpy as np

    from interactive_graphs.framework.graph import Graph
    from interactive_graphs.framework.operation import Operation


class Tensor:
    """A symbolic handle to one output of an `Operation`.

    Attributes:
        op: the operation that gives this tensor.
        value_index: which of its outputs.
        dtype: the DType of the elements.
        static_shape: what is known of the shape: None (nothing), or a tuple of
            ints and Nones. `shape` gives the same as a TensorShape.

    Example:
        >>> import interactive_graphs as tf
        >>> print(tf.constant([1., 2.], name="a"))
        Tensor("a:0", shape=(2,), dtype=float32)
    """

    __slots__ = (
        "__weakref__",
        "_consumers",
        "dtype",
        "op",
        "static_shape",
        "value_index",
    )

    # So that `ndarray + tensor` asks the tensor instead of looping over the array.
    __array_priority__ = 100

    if TYPE_CHECKING:
        # Filled in by ops/operators.py and ops/slicing.py, which make nodes.
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __and__(self, other: Any) -> Tensor: ...
        def __rand__(self, other: Any) -> Tensor: ...
        def __or__(self, other: Any) -> Tensor: ...
        def __ror__(self, other: Any) -> Tensor: ...
        def __xor__(self, other: Any) -> Tensor: ...
        def __rxor__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...
        def __getitem__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __invert__(self) -> Tensor: ...

    def __init__(
        self, op: Operation, value_index: int, dtype: DType, shape: Shape
    ) -> None:
        """Made by the Graph, never by hand."""
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self.static_shape = shape
        # None, the one consumer, or a list: most tensors have one, and fewer objects
        # keep Python's garbage collector out of large graphs.
        self._consumers: Any = None

    @property
    def name(self) -> str:
        """`'<op name>:<output index>'`."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def graph(self) -> Graph:
        """The graph that holds this tensor."""
        return self.op.graph

    @property
    def device(self) -> str:
        """The device asked for its operation, '' when none was."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape."""
        return from_static(self.static_shape)

    def get_shape(self) -> TensorShape:
        """The same as `shape`."""
        return from_static(self.static_shape)

    def set_shape(self, shape: Any) -> None:
        """Merge `shape` into what is known of this tensor's shape.

        Args:
            shape: a TensorShape or what makes one.

        Raises:
            ValueError: `shape` contradicts what is known.
        """
        new = to_static(shape)
        old = self.static_shape
        merged = merge(old, new)
        if merged != old:
            self.static_shape = merged
            self.op.graph.note_revision()

    def consumers(self) -> list[Operation]:
        """The operations that take this tensor as an input, in creation order."""
        found = self._consumers
        if found is None:
            return []
        return list(found) if type(found) is list else [found]

    def add_consumer(self, op: Operation) -> None:
        """Note that `op` takes this tensor."""
        found = self._consumers
        if found is None:
            self._consumers = op
        elif type(found) is not list:
            if found is not op:
                self._consumers = [found, op]
        elif found[-1] is not op:
            found.append(op)

    def remove_consumer(self, op: Operation) -> None:
        """Note that `op` takes it no longer."""
        left = [c for c in self.consumers() if c is not op]
        self._consumers = left or None

    def eval(self, feed_dict: Any = None, session: Any = None) -> np.ndarray:
        """This tensor's value: `session.run(self, feed_dict)`.

        Args:
            feed_dict: as for `Session.run`.
            session: the default session when None.

        Returns:
            What `Session.run` gives for a tensor.

        Raises:
            ValueError: there is no default session, or it runs another graph.
        """
        session = stacks.session_for(
            session,
            self.graph,
            "evaluate tensor",
            "eval()",
            "the tensor's",
            "`with sess.as_default()`",
        )
        return session.run(self, feed_dict)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        """TF1's form."""
        shape = format_shape(self.static_shape)
        return f"<tf.Tensor '{self.name}' shape={shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        """TF1's form: unknown shapes and devices are left out."""
        shape = (
            ""
            if self.static_shape is None
            else f", shape={format_shape(self.static_shape)}"
        )
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """The rich display, where `display` is loaded."""
        return display_hook.mimebundle("Tensor", self, include, exclude)

    # `==` and hash are object's: identity, since tensors are keys of feeds.

    def __bool__(self) -> NoReturn:
        """Never: a tensor has no value while the graph is built."""
        raise errors.OperatorNotAllowedInGraphError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not "
            "None:` instead of `if t:` to test if a tensor is defined, and use "
            "TensorFlow ops such as tf.cond to execute subgraphs conditioned on the "
            "value of a tensor."
        )

    def __iter__(self) -> NoReturn:
        """Never: how many elements there are is known only when it runs."""
        raise errors.OperatorNotAllowedInGraphError(
            "Tensor objects are not iterable when eager execution is not enabled. To "
            "iterate over this tensor use tf.map_fn."
        )

    def __len__(self) -> NoReturn:
        """Never: see `tf.shape` and `tf.size`."""
        raise TypeError(
            f"len is not well defined for symbolic Tensors ({self.name}). Please call "
            "`x.shape` rather than `len(x)` for shape information."
        )

    def __array__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Never: numpy would take the symbol for data."""
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array. "
            "Evaluate it first: sess.run(tensor) or tensor.eval()."
        )
