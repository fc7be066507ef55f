"""Functions: parts of a graph that are called like ops, TensorFlow 1's `Defun`.

    >>> import interactive_graphs as tf
    >>> from interactive_graphs.framework import function
    >>> @function.Defun(tf.float32, tf.float32)
    ... def add_and_multiply(x, y):
    ...     return x + y, x * y
    >>> total, product = add_and_multiply(2.0, 3.0)
    >>> print(*tf.Session().run([total, product]))
    5.0 6.0

A call is a node whose op is the function; the graph keeps the bodies of those that it
calls in `Graph.functions`, and writes them into its GraphDef. Sessions compile a body
once for each call. Read next: `function_def.py`.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs._util import lazy
from interactive_graphs.framework import registry
from interactive_graphs.framework.build import apply
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype
from interactive_graphs.framework.func_graph import (
    FuncGraph,
    argument_name,
    finish,
    trace,
)
from interactive_graphs.framework.graph import Graph, get_default_graph
from interactive_graphs.framework.names import NameRegistry
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import OpDef
from interactive_graphs.framework.tensor import Tensor

_SAMPLE: Final = 4096
"""Of larger constants so many bytes decide the function's name."""


class Function:
    """A function of a graph: a name and a body.

    Attributes:
        name: unique among the functions of a graph; the op type of calls.
        op_def: the record that calls have.
        grad_name: the function that gives its gradient, or None.
        gradient: arguments and results of its gradient, once somebody built it.
        python_grad: what builds its gradient, `fn(op, *grads)`, or None.
        attrs: attributes of the function itself, e.g. `{"_noinline": True}`.
    """

    def __init__(
        self,
        name: str,
        body: FuncGraph | Callable[[], FuncGraph],
        op_def: OpDef | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        """A function whose body is there, or is made when it is first asked for."""
        self.name = name
        self._body = body
        self._definition: Any = None
        self.grad_name: str | None = None
        self.gradient: tuple[list[Tensor], list[Tensor]] | None = None
        self.python_grad: Callable[..., Any] | None = None
        self.attrs = dict(attrs or {})
        self.op_def = _record(self) if op_def is None else op_def

    @property
    def body(self) -> FuncGraph:
        """The graph inside."""
        if not isinstance(self._body, FuncGraph):
            self._body = self._body()
        return self._body

    @property
    def definition(self) -> Any:
        """The FunctionDef message."""
        if self._definition is None:
            module = lazy.load("interactive_graphs.framework.function_def")
            self._definition = module.definition_of(self)
        return self._definition

    def keep_definition(self, definition: Any) -> None:
        """Note the message that the function was read from."""
        self._definition = definition

    def add_to(self, graph: Graph) -> None:
        """Let `graph` know this function and those that it calls.

        Raises:
            ValueError: the graph has another function of this name.
        """
        known = graph.functions.get(self.name)
        if known is self:
            return
        if known is not None:
            raise ValueError(
                f"Cannot add function '{self.name}' because a different function with "
                "the same name already exists."
            )
        graph.functions[self.name] = self
        graph.changes += 1
        theirs = self.body.functions
        if theirs is not graph.functions:
            names = self.body.used_functions()
            names += [self.grad_name] if self.grad_name else []
            for name in names:
                if name in theirs:
                    theirs[name].add_to(graph)


def _record(function: Function) -> OpDef:
    """The op that calls of a function are."""
    body, name = function.body, function.name
    taken = NameRegistry()
    ins = [(argument_name(t.op.name, taken), t.dtype) for t in body.inputs]
    outs = [(argument_name(t.op.name, taken), t.dtype) for t in body.outputs]
    signature = f"{_typed(ins)} -> {_typed(outs)}"
    ops = body.body()
    stateful = any(op.op_def.stateful for op in ops)
    blocking = any(op.op_def.blocking for op in ops)
    return function_record(name, signature, len(outs), stateful, blocking)


def _typed(args: Sequence[tuple[str, DType]]) -> str:
    return ", ".join(f"{name}: {dtype.base_dtype.name}" for name, dtype in args)


def function_record(
    name: str, signature: str, outputs: int, stateful: bool, blocking: bool
) -> OpDef:
    """The op that calls of a function are, with a kernel that calls it.

    Args:
        name: the function's.
        signature: as in `registry.define`.
        outputs: how many results it has.
        stateful: whether something in it is stateful.
        blocking: whether something in it may wait.
    """

    def call_function(ctx: Any, *args: Any) -> Any:
        results = ctx.function(name)(args)
        return results[0] if outputs == 1 else results

    return registry.unlisted(name, signature, call_function, stateful, blocking)


def call(function: Function, args: Sequence[Any], name: str | None = None) -> Operation:
    """Add a node that calls a function.

    Args:
        function: what to call.
        args: a value for each argument, captured ones included.
        name: the node's name, the function's when None.
    """
    function.add_to(get_default_graph())
    attrs = {"_disable_call_shape_inference": True}
    return apply(function.op_def, tuple(args), attrs, name)


def hashed_name(prefix: str, body: FuncGraph) -> str:
    """A name for a body that says what is in it: equal bodies have equal names."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in _content(body):
        digest.update(part)
        digest.update(b"\0")
    text = base64.b64encode(digest.digest()[:9], b"ab").decode()[:11]
    base = re.sub(r"\W", "_", prefix, flags=re.ASCII).strip("_") or "lambda"
    name, number = f"{base}_{text}", 0
    while name in body.functions:
        number += 1
        name = f"{base}_{text}_{number}"
    return name


def _content(body: FuncGraph) -> Iterator[bytes]:
    for op in body.get_operations():
        yield f"{op.name} {op.type} {[t.name for t in op.inputs]}".encode()
        for name, value in sorted(op.attrs.items()):
            yield name.encode()
            if isinstance(value, np.ndarray) and value.dtype != object:
                yield f"{value.dtype}{value.shape}".encode()
                yield value.reshape(-1)[:_SAMPLE].tobytes()
            else:
                yield repr(value).encode()
    yield str([t.name for t in body.outputs]).encode()


class DefinedFunction:
    """A Python function of tensors as a function of graphs; made by `Defun`.

    It is traced when it is first called, or asked for its name, in the graph that is
    the default one then.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        input_types: Sequence[DType],
        options: Mapping[str, Any],
    ) -> None:
        """See `Defun`."""
        self._func = func
        self._types = tuple(input_types)
        self._options = dict(options)
        self._wish = self._options.pop("func_name", None)
        self._grad_func = self._options.pop("grad_func", None)
        self.python_grad_func = self._options.pop("python_grad_func", None)
        self._out_names = self._options.pop("out_names", None)
        self._options.pop("shape_func", None)
        self._options.pop("capture_by_value", None)
        self._by_value = bool(options.get("capture_by_value"))
        self._function: Function | None = None
        self.__doc__ = func.__doc__
        if self._grad_func is not None and self.python_grad_func is not None:
            raise ValueError("Gradient defined twice for function " + str(self._wish))

    @property
    def function(self) -> Function:
        """The function, traced."""
        if self._function is None:
            self._function = self._trace()
        return self._function

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name

    @property
    def definition(self) -> Any:
        """The FunctionDef message."""
        return self.function.definition

    @property
    def declared_input_types(self) -> tuple[DType, ...]:
        """The types of the arguments, without those captured."""
        return self._types

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors of the graph around that it uses, arguments of each call."""
        return list(self.function.body.captured)

    @property
    def stateful_ops(self) -> list[tuple[str, str]]:
        """Name and type of the stateful operations inside."""
        ops = self.function.body.body()
        return [(op.name, op.type) for op in ops if op.op_def.stateful]

    @property
    def grad_func_name(self) -> str | None:
        """The name of the function that gives its gradient, or None."""
        return self._grad_func.name if self._grad_func is not None else None

    def set_grad_func(self, grad_func: Any) -> None:
        """Let another Defun give the gradient; before the first call.

        Args:
            grad_func: takes the arguments and a gradient per result, and gives a
                gradient per argument.
        """
        self._grad_func = grad_func

    def add_to_graph(self, graph: Graph) -> None:
        """Let a graph know it, so that its GraphDef has it."""
        self.function.add_to(graph)

    def _trace(self) -> Function:
        body = FuncGraph(get_default_graph(), self._by_value)
        names = list(inspect.signature(self._func).parameters)
        names += [f"arg{i}" for i in range(len(names), len(self._types))]
        arguments = [
            (name, dtype, None) for name, dtype in zip(names, self._types, strict=False)
        ]
        returned = trace(body, self._func, arguments)
        if returned is None:
            outputs: Sequence[Any] = ()
        elif isinstance(returned, (list, tuple)):
            outputs = returned
        else:
            outputs = (returned,)
        if any(value is None for value in outputs):
            raise ValueError("Function can not return None.")
        if self._out_names and len(self._out_names) != len(outputs):
            raise ValueError(
                f"Length of out_names ({len(self._out_names)}) does not match number "
                f"of outputs ({len(outputs)}): {', '.join(self._out_names)}"
            )
        finish(body, outputs)
        prefix = getattr(self._func, "__name__", type(self._func).__name__)
        attrs = {f"_{key.lstrip('_')}": value for key, value in self._options.items()}
        function = Function(self._wish or hashed_name(prefix, body), body, None, attrs)
        function.python_grad = self.python_grad_func
        if self._grad_func is not None:
            function.grad_name = self._grad_func.name
            self._grad_func.add_to_graph(body)
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the default graph.

        Args:
            *args: a tensor, or what converts to one, for each argument.
            **kwargs: only `name`, the node's.

        Returns:
            A tensor; a tuple where it has several results, the operation where none.

        Raises:
            ValueError: there are too few arguments or too many.
        """
        name = kwargs.pop("name", None)
        if kwargs:
            raise ValueError(f"Unknown keyword arguments: {kwargs.keys()}")
        if len(args) != len(self._types):
            raise ValueError(f"Expected {len(self._types)} arguments, got {len(args)}.")
        function = self.function
        op = call(function, (*args, *function.body.captured), name)
        if not op.outputs:
            return op
        return op.outputs[0] if len(op.outputs) == 1 else tuple(op.outputs)


class OverloadedFunction:
    """A `Defun` without types: a function for each list of types it is called with."""

    def __init__(
        self, func: Callable[..., Any], count: int, options: Mapping[str, Any]
    ) -> None:
        """See `Defun`."""
        self._func = func
        self._count = count
        self._options = options
        self._made: dict[tuple[DType, ...], DefinedFunction] = {}

    def instantiate(self, input_types: Sequence[Any]) -> DefinedFunction:
        """The function for these types."""
        types = tuple(as_dtype(t).base_dtype for t in input_types)
        if types not in self._made:
            options = dict(self._options)
            if options.get("func_name") and self._made:
                options["func_name"] += "_" + "_".join(t.name for t in types)
            self._made[types] = DefinedFunction(self._func, types, options)
        return self._made[types]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it in the default graph; see `DefinedFunction`."""
        if len(args) != self._count:
            raise ValueError(f"Expected {self._count} arguments, got {len(args)}.")
        tensors = [convert(arg) for arg in args]
        return self.instantiate([t.dtype for t in tensors])(*tensors, **kwargs)


class Defun:
    """Decorator that makes a Python function of tensors a function of graphs.

    Its body becomes a graph of its own, once; each call is one node. Tensors of the
    graph around may be used inside. TensorFlow has it as
    `tensorflow.python.framework.function.Defun`.

    Args:
        *input_types: the dtypes of the arguments; without them they follow from each
            call.
        **kwargs: `func_name`, the name in the graph; `grad_func`, a Defun that takes
            the arguments and the gradients of the results; `python_grad_func`, a
            function of the calling operation and the gradients that builds nodes;
            `out_names`, a name for each result; others, e.g. `noinline=True`, become
            attributes of the function.

    Raises:
        ValueError: the Python function takes another number of arguments.

    Example:
        >>> import interactive_graphs as tf
        >>> from interactive_graphs.framework import function
        >>> @function.Defun(tf.float32, func_name="cube")
        ... def cube(x):
        ...     return x * x * x
        >>> x = tf.constant(2.0)
        >>> y = cube(x)
        >>> y.op.type
        'cube'
        >>> print(*tf.Session().run([y, tf.gradients(y, x)[0]]))
        8.0 12.0
    """

    def __init__(self, *input_types: Any, **kwargs: Any) -> None:
        """See the class."""
        self._types = tuple(as_dtype(t) for t in input_types)
        self._options = kwargs

    def __call__(self, func: Callable[..., Any]) -> Any:
        """The function of graphs."""
        if not callable(func):
            raise ValueError(f"func {func} must be a callable")
        least, most = _argument_counts(func)
        count = len(self._types)
        if count:
            if count < least:
                raise ValueError(
                    "The function has more arguments than the number of specified "
                    "input types."
                )
            if count > most:
                raise ValueError(
                    "The function has fewer arguments than the number of specified "
                    "input types."
                )
            return DefinedFunction(func, self._types, self._options)
        if most == 0:
            return DefinedFunction(func, (), self._options)
        return OverloadedFunction(func, least, self._options)


def _argument_counts(func: Callable[..., Any]) -> tuple[int, float]:
    """The least and the largest number of positional arguments."""
    least, most = 0, 0.0
    for parameter in inspect.signature(func).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = np.inf
        elif parameter.kind in (
            parameter.POSITIONAL_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
        ):
            most += 1
            least += parameter.default is parameter.empty
    return least, most


class Declare:
    """Declares a function that is defined elsewhere under a name, to be called here.

    Args:
        func_name: its name.
        inputs: (name, dtype) of each argument.
        outputs: (name, dtype) of each result.
    """

    def __init__(
        self,
        func_name: str,
        inputs: Sequence[tuple[str, Any]],
        outputs: Sequence[tuple[str, Any]],
    ) -> None:
        """See the class."""
        ins = [(name, as_dtype(dtype)) for name, dtype in inputs]
        outs = [(name, as_dtype(dtype)) for name, dtype in outputs]
        for name, _ in (*ins, *outs):
            if not re.match(r"^[a-z][a-z0-9_]*$", name):
                raise ValueError(f"Not a valid name of an argument: {name!r}")
        self.name = func_name
        self._inputs = ins
        signature = f"{_typed(ins)} -> {_typed(outs)}"
        self._op_def = function_record(func_name, signature, len(outs), True, False)

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call it in the default graph; see `DefinedFunction`."""
        if len(inputs) != len(self._inputs):
            raise ValueError(
                f"Expected {len(self._inputs)} arguments, got {len(inputs)}."
            )
        attrs = {"_disable_call_shape_inference": True}
        op = apply(self._op_def, inputs, attrs, kwargs.pop("name", None))
        if not op.outputs:
            return op
        return op.outputs[0] if len(op.outputs) == 1 else tuple(op.outputs)
