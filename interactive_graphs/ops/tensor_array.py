"""`TensorArray`: tensors by number, for loops that write one in each iteration.

    array = tf.TensorArray(tf.float32, size=3)
    array = array.write(0, x)          # use what a write gives, not the old object
    y = array.write(1, x).write(2, x).stack()

The ops are in `tensor_array_ops.py`. Read next: `functional.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.constant_value import static_value
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype, int64
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    format_shape,
    from_static,
    is_compatible,
    merge,
    to_static,
)
from interactive_graphs.ops import tensor_array_ops
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.sequences import range as range_of
from interactive_graphs.ops.shape import shape as shape_of

__all__ = ["TensorArray", "tensor_array_ops", "with_flow"]


class _Known:
    """What all objects that stand for one array know of its elements.

    Attributes:
        shape: the static shape that all elements have.
        size: how many there are, where that is known.
        peers: what the ops that write are placed with, once there is something.
    """

    __slots__ = ("peers", "shape", "size")

    def __init__(self, shape: Shape, size: int | None) -> None:
        self.shape = shape
        self.size = size
        self.peers: list[Operation] = []


class TensorArray:
    """An array of tensors, each written once; made for use in loops.

    Writing gives a new object with a new `flow`, which has to be used from then on.
    The elements live as long as the step that runs.

    Attributes:
        dtype: of the elements.
        handle: resource, `[2]`; the array itself.
        flow: float32, `[]`; orders what is done with the array.

    Args:
        dtype: of the elements.
        size: int32, `[]`: how many elements there are.
        dynamic_size: whether writing past the end makes the array longer.
        clear_after_read: whether an element may be read only once (the default).
        tensor_array_name: what errors call it.
        handle: the handle of an existing array, instead of `size`.
        flow: the flow that goes with that handle.
        infer_shape: whether all elements have one shape.
        element_shape: what is known of it.
        colocate_with_first_write_call: place the ops that write with what is written
            first.
        name: the scope of the node.

    Raises:
        ValueError: neither `size` nor `handle` is given, or both.
        TypeError: `handle` is no tensor.

    Example:
        >>> import interactive_graphs as tf
        >>> array = tf.TensorArray(tf.float32, size=2)
        >>> array = array.write(0, [1., 2.]).write(1, [3., 4.])
        >>> with tf.Session() as sess:
        ...     sess.run(array.stack())
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Tensor | None = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        """See the class."""
        _check_arguments(
            size, dynamic_size, clear_after_read, tensor_array_name, handle, flow,
            element_shape,
        )  # fmt: skip
        self._dtype = as_dtype(dtype).base_dtype
        self._infer_shape = bool(infer_shape)
        self._colocates = colocate_with_first_write_call
        self._dynamic_size = bool(dynamic_size)
        self._known = _Known(to_static(element_shape), None)
        if handle is not None and flow is not None:
            self._handle, self._flow = handle, convert(flow)
            return
        with op_scope(name, "TensorArray", size) as scope:
            count = convert(size, as_dtype("int32"), "size")
            known = None if self._dynamic_size else static_value(count)
            if known is not None and known.ndim == 0:
                self._known.size = int(known)
            self._handle, self._flow = raw.TensorArrayV3(
                count,
                dtype=self._dtype,
                element_shape=self._known.shape,
                dynamic_size=self._dynamic_size,
                clear_after_read=clear_after_read is None or bool(clear_after_read),
                identical_element_shapes=self._infer_shape,
                tensor_array_name=tensor_array_name or "",
                name=scope,
            )

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The array itself."""
        return self._handle

    @property
    def flow(self) -> Tensor:
        """What orders the ops on the array."""
        return self._flow

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the elements' shape."""
        return from_static(self._known.shape)

    @property
    def dynamic_size(self) -> bool:
        """Whether writing past the end makes the array longer."""
        return self._dynamic_size

    # Branches and loops carry an array by its flow (`framework/control_flow.py`).

    def _flow_tensors(self) -> list[Tensor]:
        return [self._flow]

    def _with_flow_tensors(self, tensors: list[Tensor]) -> TensorArray:
        return with_flow(self, tensors[0])

    def identity(self) -> TensorArray:
        """The same array with a new flow, as `tf.identity` makes a new tensor."""
        return with_flow(self, raw.Identity(self._flow))

    def grad(
        self, source: str, flow: Tensor | None = None, name: str | None = None
    ) -> TensorArray:
        """The array of the gradients of this one; writes to it are added up.

        Args:
            source: the name of the differentiation that it belongs to.
            flow: what has to happen before; this array's own flow when None.
            name: the scope of the nodes.

        Returns:
            A TensorArray of the same dtype.
        """
        given = self._flow if flow is None else flow
        graph = self._handle.graph
        with (
            op_scope(name, "TensorArrayGrad", self._handle, given),
            graph.colocate_with(self._handle.op),
        ):
            handle, after = raw.TensorArrayGradV3(
                self._handle, given, source=source, name="TensorArrayGradV3"
            )
        grads = TensorArray(
            self._dtype,
            handle=handle,
            flow=after,
            infer_shape=self._infer_shape,
            colocate_with_first_write_call=False,
        )
        grads._known = _Known(self._known.shape, self._known.size)
        return grads

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """One element.

        Args:
            index: int32, `[]`.
            name: the node's name.

        Returns:
            A tensor of the array's dtype; zeros where nothing was written and the
            elements' shape is known.
        """
        value: Tensor = raw.TensorArrayReadV3(
            self._handle, index, self._flow, dtype=self._dtype, name=name
        )
        value.set_shape(self.element_shape)
        return value

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Set one element.

        Args:
            index: int32, `[]`.
            value: a tensor of the array's dtype.
            name: the scope of the nodes.

        Returns:
            The array after that, to be used from then on.

        Raises:
            ValueError: the elements have another shape.
        """
        with op_scope(name, "TensorArrayWrite", self._handle, index, value):
            tensor = self._as_value(value)
            self._note_shape(tensor.static_shape)
            with self._beside(tensor):
                flow = raw.TensorArrayWriteV3(
                    self._handle, index, tensor, self._flow, name="TensorArrayWriteV3"
                )
        return with_flow(self, flow)

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor.

        Args:
            name: the scope of the nodes.

        Returns:
            A tensor of the array's dtype, `[size, ...]`.
        """
        with (
            self._handle.graph.colocate_with(self._handle.op),
            op_scope(name, "TensorArrayStack", self._handle),
        ):
            value = self.gather(range_of(0, self.size()))
            if value.static_shape is not None:
                value.set_shape((self._known.size, *value.static_shape[1:]))
            return value

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """Some elements as one tensor.

        Args:
            indices: int32, `[n]`.
            name: the node's name.

        Returns:
            A tensor of the array's dtype, `[n, ...]`.
        """
        value: Tensor = raw.TensorArrayGatherV3(
            self._handle,
            indices,
            self._flow,
            dtype=self._dtype,
            element_shape=self._known.shape,
            name=name,
        )
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """All elements, one after the other along their first dimension.

        Args:
            name: the node's name.

        Returns:
            A tensor of the array's dtype, `[sum of the lengths, ...]`.
        """
        shape, size = self._known.shape, self._known.size
        value: Tensor
        value, _ = raw.TensorArrayConcatV3(
            self._handle,
            self._flow,
            dtype=self._dtype,
            element_shape_except0=shape[1:] if shape else None,
            name=name,
        )
        if shape:
            length = shape[0]
            total = None if size is None or length is None else size * length
            value.set_shape((total, *shape[1:]))
        return value

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Set the elements to the rows of a tensor.

        Args:
            value: a tensor of the array's dtype, `[n, ...]`.
            name: the scope of the nodes.

        Returns:
            The array after that, to be used from then on.
        """
        with op_scope(name, "TensorArrayUnstack", self._handle, value):
            tensor = self._as_value(value)
            rows = range_of(0, shape_of(tensor)[0])
            return self.scatter(rows, tensor)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Set some elements to the rows of a tensor.

        Args:
            indices: int32, `[n]`.
            value: a tensor of the array's dtype, `[n, ...]`.
            name: the scope of the nodes.

        Returns:
            The array after that, to be used from then on.

        Raises:
            ValueError: the elements have another shape.
        """
        with op_scope(name, "TensorArrayScatter", self._handle, indices, value):
            tensor = self._as_value(value)
            if tensor.static_shape:
                self._note_shape(tensor.static_shape[1:])
            with self._beside(tensor):
                flow = raw.TensorArrayScatterV3(
                    self._handle,
                    indices,
                    tensor,
                    self._flow,
                    name="TensorArrayScatterV3",
                )
        return with_flow(self, flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Set the elements to pieces of a tensor, cut along its first dimension.

        Args:
            value: a tensor of the array's dtype, `[n, ...]`.
            lengths: integers, `[size]`: the length of each piece, together n.
            name: the scope of the nodes.

        Returns:
            The array after that, to be used from then on.

        Raises:
            ValueError: the elements have another shape.
        """
        with op_scope(name, "TensorArraySplit", self._handle, value, lengths):
            tensor = self._as_value(value)
            pieces = cast(lengths, int64)
            if self._infer_shape:
                self._note_pieces(tensor, pieces)
            with self._beside(tensor):
                flow = raw.TensorArraySplitV3(
                    self._handle, tensor, pieces, self._flow, name="TensorArraySplitV3"
                )
        return with_flow(self, flow)

    def size(self, name: str | None = None) -> Tensor:
        """How many elements there are.

        Args:
            name: the node's name.

        Returns:
            int32, `[]`.
        """
        count: Tensor = raw.TensorArraySizeV3(self._handle, self._flow, name=name)
        return count

    def close(self, name: str | None = None) -> Operation:
        """An operation that forgets all elements.

        Args:
            name: the node's name.
        """
        op: Operation = raw.TensorArrayCloseV3(self._handle, name=name)
        return op

    def _as_value(self, value: Any) -> Tensor:
        return convert(value, None, "value", preferred=self._dtype)

    def _note_pieces(self, value: Tensor, lengths: Tensor) -> None:
        """Note the shape of pieces that are known to be equally long."""
        known, shape = static_value(lengths), value.static_shape
        if known is not None and known.ndim == 1 and shape and len(set(known)) == 1:
            self._note_shape((int(known[0]), *shape[1:]))

    def _note_shape(self, shape: Shape) -> None:
        """Hold the shape of a new element against what is known of all.

        Raises:
            ValueError: they contradict each other.
        """
        known = self._known
        if not is_compatible(known.shape, shape):
            raise ValueError(
                f"Inconsistent shapes: saw {format_shape(shape)} but expected "
                f"{format_shape(known.shape)} (and infer_shape=True)"
            )
        if self._infer_shape:
            known.shape = merge(known.shape, shape)

    @contextmanager
    def _beside(self, value: Tensor) -> Iterator[None]:
        """Where ops that write go: to what is written first."""
        if not self._colocates:
            yield
            return
        peers = self._known.peers
        if not peers:
            peers.append(value.op)
        with get_default_graph().colocate_with(peers[0]):
            yield


def with_flow(array: TensorArray, flow: Tensor) -> TensorArray:
    """An object for the same array with another flow.

    Args:
        array: a TensorArray.
        flow: float32, `[]`.
    """
    result: TensorArray = object.__new__(type(array))
    vars(result).update(vars(array))
    result._flow = flow
    return result


def _check_arguments(
    size: Any,
    dynamic_size: Any,
    clear_after_read: Any,
    tensor_array_name: str | None,
    handle: Any,
    flow: Any,
    element_shape: Any,
) -> None:
    """Refuse a size as well as a handle, and neither.

    Raises:
        ValueError: so it is.
        TypeError: `handle` is no tensor.
    """
    if handle is None:
        if size is None:
            raise ValueError("Size must be provided if handle is not provided")
        return
    if tensor_array_name:
        raise ValueError("Cannot construct with both handle and tensor_array_name")
    if not isinstance(handle, Tensor):
        raise TypeError("Handle must be a Tensor")
    clashes = {
        "size": size,
        "element_shape": element_shape,
        "dynamic_size": dynamic_size,
        "clear_after_read": clear_after_read,
    }
    for name, value in clashes.items():
        if value is not None:
            raise ValueError(
                f"Cannot provide both a handle and {name} at the same time"
            )
    if flow is None:
        raise ValueError("flow must not be None if handle is not None.")
