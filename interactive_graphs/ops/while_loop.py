"""`while_loop`: a part of the graph that runs as often as the values say.

The nodes of a loop, drawn in `loop_ops.py`, are made in TF1's order: what comes in, the
condition, the way into the body, the body, the way round and the way out. What the
functions take from outside comes in by itself (`framework/control_flow.py`).
Read next: `case.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework import control_flow, dtypes, raw
from interactive_graphs.framework.control_flow import LoopVariable, WhileContext
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.sparse import IndexedSlices, SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import (
    Shape,
    TensorShape,
    format_shape,
    to_static,
)
from interactive_graphs.ops import _composite
from interactive_graphs.ops._scope import op_scope


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Run `body` again and again, as long as `cond` holds.

    Both functions are called once, now, to build their part of the graph. All
    variables of an iteration are computed from those of the one before.

    Args:
        cond: takes the loop variables; gives bool, `[]`.
        body: takes the loop variables; gives their next values, in the same structure.
        loop_vars: a list, tuple, namedtuple or dict of initial values: tensors, what
            converts to them, SparseTensor, IndexedSlices, TensorArray, structures.
        shape_invariants: for each of `loop_vars` a shape that it has in every
            iteration; its initial static shape when None.
        parallel_iterations: a positive number, how many iterations may overlap; here
            they run one after the other.
        back_prop: whether gradients go through the loop.
        swap_memory: accepted as in TF1; all memory is the same here.
        name: the scope of the nodes.
        maximum_iterations: integer, `[]`: stop after that many.
        return_same_structure: whether a single variable comes back in a list.

    Returns:
        The variables after the last iteration, in the structure that `body` gives; the
        variable itself where there is only one.

    Raises:
        TypeError: a function is not callable, `parallel_iterations` is no positive
            integer, `body` changes a dtype, or gives another structure.
        ValueError: there are no variables, or `body` changes a shape or the structure.

    Example:
        >>> import interactive_graphs as tf
        >>> i, doubled = tf.while_loop(
        ...     lambda i, a: i < 5, lambda i, a: (i + 1, a * 2), (0, 1)
        ... )
        >>> with tf.Session() as sess:
        ...     sess.run([i, doubled])
        [np.int32(5), np.int32(32)]
    """
    with op_scope(name, "while", loop_vars):
        _check_arguments(cond, body, loop_vars, parallel_iterations)
        count = _maximum(maximum_iterations)
        graph = get_default_graph()
        loop = WhileContext(
            graph,
            graph.unique_name("while_context"),
            graph._control_flow_context,
            parallel_iterations,
            back_prop,
            swap_memory,
            count,
        )
        loop.register()
        builder = _Builder(graph, loop, loop_vars, count)
        structure = builder.build(cond, body, shape_invariants)
        if builder.counter:
            loop.trips = builder.counter[0].result
        results = [v.result for v in builder.variables]
        packed = _composite.pack(structure, results)
        bare = len(results) == 1 and not return_same_structure
        return packed[0] if bare and not isinstance(packed, dict) else packed


def _check_arguments(cond: Any, body: Any, loop_vars: Any, parallel: Any) -> None:
    """Refuse what cannot make a loop, in TF1's order.

    Raises:
        TypeError: of a wrong kind.
        ValueError: there are no variables.
    """
    if isinstance(loop_vars, Tensor) or loop_vars is None or not loop_vars:
        raise ValueError("No loop variables provided")
    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if not isinstance(parallel, int) or parallel < 1:
        raise TypeError("parallel_iterations must be a positive integer.")


def _maximum(value: Any) -> Tensor | None:
    """`maximum_iterations` as a tensor.

    Raises:
        ValueError: it is not a scalar.
    """
    if value is None:
        return None
    count = convert(value, name="maximum_iterations")
    if count.static_shape != ():
        shape = format_shape(count.static_shape)
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {shape}")
    return count


class _Builder:
    """One call of `while_loop`.

    Attributes:
        variables: those that the user sees, taken apart.
    """

    def __init__(
        self, graph: Graph, loop: WhileContext, loop_vars: Any, count: Tensor | None
    ) -> None:
        self.graph = graph
        self.loop = loop
        self.count = count
        self.counter: list[LoopVariable] = []
        self.variables: list[LoopVariable] = []
        self.given = loop_vars

    def build(
        self,
        cond: Callable[..., Any],
        body: Callable[..., Any],
        shape_invariants: Any,
    ) -> Any:
        """Make all nodes.

        Returns:
            What `body` gives, as a list if it is a single value.
        """
        self._come_in(shape_invariants)
        everything = self.counter + self.variables
        with self.loop.entered():
            going_on = self._condition(cond)
            self.loop.condition = raw.LoopCond(going_on, name="LoopCond")
            control_flow.open_variables(self.loop, everything)
            structure, values = self._step(body)
            for variable, value in zip(everything, values, strict=True):
                _check_next(variable, value)
            control_flow.close_variables(everything, values)
        return structure

    def _come_in(self, shape_invariants: Any) -> None:
        """Make constants of the initial values and take them in."""
        start = []
        if self.count is not None:
            start = [convert(0, self.count.dtype, "iteration_counter")]
        leaves = [
            convert(v) if _composite.kind(v) is Tensor else v
            for v in nest.flatten(self.given)
        ]
        self.given = nest.pack_sequence_as(self.given, leaves)
        shapes = _invariants(self.given, shape_invariants)
        initial = start + _composite.flatten(leaves)
        outer = self.graph._control_flow_context
        if outer is not None:
            initial = [outer.add_value(t) for t in initial]
        shapes = [()] * len(start) + shapes
        _check_invariants(initial, shapes)
        variables = control_flow.begin_variables(self.loop, initial, shapes)
        self.counter = variables[: len(start)]
        self.variables = variables[len(start) :]

    def _arguments(self, tensors: list[Tensor]) -> Any:
        return _composite.pack(self.given, tensors)

    def _call(self, function: Callable[..., Any], tensors: list[Tensor]) -> Any:
        packed = self._arguments(tensors)
        # As TF1 does: a dict's values go by position, in the order of its keys.
        values = [packed[k] for k in packed] if isinstance(packed, dict) else packed
        return function(*values)

    def _condition(self, cond: Callable[..., Any]) -> Tensor:
        """Whether there is another iteration."""
        within = None
        if self.count is not None:
            within = raw.Less(self.counter[0].merge, self.count)
        pred = convert(self._call(cond, [v.merge for v in self.variables]))
        if within is None:
            return pred
        both: Tensor = raw.LogicalAnd(within, pred)
        return both

    def _step(self, body: Callable[..., Any]) -> tuple[Any, list[Tensor]]:
        """The body: the structure it gives, and all the next values."""
        counted = [v.inside + 1 for v in self.counter]
        arguments = [v.inside for v in self.variables]
        result = self._call(body, arguments)
        if not _is_structure(result, self.given):
            result = [result]
        expected = self._arguments(arguments)
        nest.assert_same_structure(_as_list(expected), _as_list(result))
        values = [convert(t) for t in _composite.flatten(result)]
        return result, [self.loop.add_value(t) for t in counted + values]


def _is_structure(result: Any, given: Any) -> bool:
    """Whether what the body gives holds the variables, and is not the only one."""
    return isinstance(result, (list, tuple)) or (
        isinstance(result, dict) and isinstance(given, dict)
    )


def _as_list(structure: Any) -> list[Any]:
    """The variables, so that a list of them may come back as a tuple."""
    if isinstance(structure, dict):
        return [structure]
    return list(structure)


# -- shapes --------------------------------------------------------------------------


def _invariants(variables: Any, given: Any) -> list[Shape]:
    """What is known of the shape of each tensor in every iteration.

    Raises:
        TypeError: an invariant is no shape.
        ValueError: the invariants are not in the structure of the variables.
    """
    leaves = nest.flatten(variables)
    if given is None:
        return [s for leaf in leaves for s in _own_shapes(leaf)]
    nest.assert_same_structure(_as_list(variables), _as_list(given), check_types=False)
    shapes: list[Shape] = []
    for leaf, invariant in zip(leaves, nest.flatten(given), strict=True):
        if invariant is None:
            shapes += _own_shapes(leaf)
        elif isinstance(invariant, TensorShape):
            shapes += _given_shapes(leaf, to_static(invariant))
        else:
            raise TypeError(
                "'shape' must be one of TypeSpec, TensorShape or None. Received: "
                f"{type(invariant)}"
            )
    return shapes


def _own_shapes(leaf: Any) -> list[Shape]:
    """The static shapes of a variable's tensors; a sparse one may grow."""
    if isinstance(leaf, SparseTensor):
        rank = (leaf.dense_shape.static_shape or (None,))[0]
        return [(None, rank), (None,), (rank,)]
    return [t.static_shape for t in _composite.components(leaf)]


def _given_shapes(leaf: Any, shape: Shape) -> list[Shape]:
    """The shapes of a variable's tensors, given that of the whole or of its values."""
    if isinstance(leaf, SparseTensor):
        if shape is not None and len(shape) != 1:
            raise ValueError(
                f"Expected a shape with 1 dimension. Obtained: {format_shape(shape)} "
                f"which has {len(shape)} dimensions."
            )
        rank = None if shape is None else shape[0]
        return [(None, rank), (None,), (rank,)]
    if isinstance(leaf, IndexedSlices):
        rows = None if not shape else shape[0]
        rank = None if shape is None else len(shape)
        shapes: list[Shape] = [shape, (rows,), (rank,)]
        return shapes if leaf.dense_shape is not None else shapes[:2]
    # An array's flow is always a scalar; its elements have the shape.
    return [()] if _composite.is_tensor_array(leaf) else [shape]


def _check_invariants(initial: list[Tensor], shapes: list[Shape]) -> None:
    """Refuse initial values that do not have the shape they are to keep.

    Raises:
        ValueError: one has another shape.
    """
    for tensor, shape in zip(initial, shapes, strict=True):
        if not _keeps(tensor.static_shape, shape):
            raise ValueError(
                f"The shape invariant specified for {tensor.name} is not compatible "
                "with the initial shape of the loop variable. It enters the loop with "
                f"shape {format_shape(tensor.static_shape)}, but the specified shape "
                f"invariant is {format_shape(shape)}."
            )


def _check_next(variable: LoopVariable, value: Tensor) -> None:
    """Refuse a next value that is of another kind than the variable.

    Raises:
        TypeError: of another dtype.
        ValueError: of another shape.
    """
    merge = variable.merge
    wanted, found = merge.dtype.base_dtype, value.dtype.base_dtype
    if wanted is not found:
        raise TypeError(
            f"Input 1 of node {merge.op.name} was passed {_wire(found)} from "
            f"{value.name} incompatible with expected {_wire(wanted)}."
        )
    if not _keeps(value.static_shape, merge.static_shape):
        raise ValueError(
            f"Input tensor '{variable.initial.name}' enters the loop with shape "
            f"{format_shape(merge.static_shape)}, but has shape "
            f"{format_shape(value.static_shape)} after one iteration. To allow the "
            "shape to vary across iterations, use the `shape_invariants` argument of "
            "tf.while_loop to specify a less-specific shape."
        )


def _keeps(shape: Shape, invariant: Shape) -> bool:
    """Whether all that is known in `invariant` holds for `shape`."""
    if invariant is None:
        return True
    return (
        shape is not None
        and len(shape) == len(invariant)
        and all(b is None or a == b for a, b in zip(shape, invariant, strict=True))
    )


def _wire(dtype: dtypes.DType) -> str:
    """TensorFlow's name of a dtype in errors."""
    return {"float32": "float", "float64": "double"}.get(dtype.name, dtype.name)


__all__ = ["while_loop"]
