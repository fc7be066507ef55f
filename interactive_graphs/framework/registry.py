"""The table of ops: what an op is called, what it takes, how it runs.

An op is a record (`OpDef`), not a class: the wire format knows ops by name and
attributes, so the record says exactly what TensorFlow's own OpDef says. A family file
in `ops/` makes one with `define`, then hangs its kernel and its gradient on it:

    tanh_grad = define("TanhGrad", "y: T, dy: T -> z: T", T=types(FLOAT_OR_COMPLEX),
                       shape=same_as(0))

    @tanh_grad.kernel("CPU")
    def _(y, dy):
        return dy * (1 - y * y)

Nothing here knows a single op. `signature.py` takes the words apart, `build.py` makes
nodes by them. Read next: `raw.py`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.framework import source
from interactive_graphs.framework.dtypes import DType
from interactive_graphs.framework.signature import MISSING, Arg, Attr, parse, types

__all__ = [
    "MISSING",
    "Arg",
    "Attr",
    "GradientRule",
    "Kernel",
    "OpDef",
    "ShapeRule",
    "define",
    "lookup",
    "lookup_gradient",
    "op_names",
    "register_gradient",
    "types",
]


class Kernel:
    """What runs an op on one type of device.

    Attributes:
        fn: called with [ctx,] the inputs in order (a list for a list argument), then
            the attributes it named, as keywords.
        takes_ctx: its first parameter is the run context: it reads or writes state.
        attrs: the attributes it asks for by parameter name.
    """

    __slots__ = ("attrs", "fn", "takes_ctx")

    def __init__(
        self, fn: Callable[..., Any], takes_ctx: bool, attrs: tuple[str, ...]
    ) -> None:
        """See the class."""
        self.fn = fn
        self.takes_ctx = takes_ctx
        self.attrs = attrs


ShapeRule = Callable[[Any], list[Any]]
GradientRule = Callable[..., Any]
Place = tuple[CodeType, int]
"""Where something was defined: the code and its instruction, since looking the line up
costs more than the rest of a definition."""

_OPS: dict[str, OpDef] = {}
# Modules that declare more of them.
_later: list[str] = []
# Gradients are looked up by name and not on the record, since gradient_override_map
# names gradients that belong to no op. None means: not differentiable.
_GRADIENTS: dict[str, tuple[GradientRule | None, Place]] = {}


def _shown(place: Place) -> str:
    code, lasti = place
    return f"{code.co_filename}:{source.line_number(code, lasti)}"


class OpDef:
    """One op: the signature, the shape rule, the kernels and what it may do.

    Importing the package declares some 430 ops and a program uses 20 of them, so a
    record reads its signature and checks its kernels when one of the fields that
    follow from them is first asked for. A test asks every record.

    Attributes:
        name: as on the wire, e.g. 'MatMul'.
        inputs, outputs: `Arg`s in order.
        attrs: `Attr`s by name.
        shape: `shape(op) -> [static shape per output]`, or None when unknown.
        kernels: `Kernel`s by device type ('CPU').
        stateful: never folded, merged or skipped; may differ from run to run.
        blocking: may wait for another op (a queue); runs in a thread of its own.
        commutative: inputs may be swapped.
        takes_uninitialized: a variable input may be uninitialised.
        doc: one line for op pages.
    """

    __slots__ = (
        "_functions", "_given", "_place", "_signature", "attrs", "blocking",
        "commutative", "defaults", "doc", "input_names", "inputs", "kernels", "name",
        "on_error", "outputs", "plain", "plain_forms", "shape", "stateful",
        "takes_uninitialized",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        signature: str,
        attrs: dict[str, Any],
        shape: ShapeRule | None,
        place: Place,
        flags: dict[str, Any],
    ) -> None:
        """Made by `define`."""
        self.name = name
        self.shape = shape
        self.stateful: bool = flags["stateful"]
        self.blocking: bool = flags["blocking"]
        self.commutative: bool = flags["commutative"]
        self.takes_uninitialized: bool = flags["takes_uninitialized"]
        self.doc: str = flags["doc"]
        self.on_error: Callable[..., str | None] | None = flags["on_error"]
        # Per id of T's dtype: the shared attribute values and the output types.
        self.plain_forms: dict[int, tuple[dict[str, Any], tuple[DType, ...]]] = {}
        self._place = place
        self._signature = signature
        self._given = attrs
        self._functions: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {}

    def _complete(self) -> None:
        """Fill what follows from the signature, and check the kernels against it.

        Raises:
            TypeError: they do not fit; the place of the definition is named.
        """
        try:
            self._read_signature()
            self.kernels = {
                device: _checked_kernel(self, device, *function)
                for device, function in self._functions.items()
            }
        except TypeError as error:
            raise TypeError(f"{self.where}: {error}") from None

    def _read_signature(self) -> None:
        inputs, outputs, attrs = parse(self._signature, self._given)
        self.inputs = inputs
        self.outputs = outputs
        self.input_names = tuple(arg.name for arg in inputs)
        self.defaults = {
            a.name: a.default for a in attrs.values() if a.default is not MISSING
        }
        # The form nearly every op has, for which build.py has a short way: single
        # inputs that share the one attribute T, whose other attributes have defaults.
        self.plain = (
            bool(inputs)
            and all(
                a.type_attr == "T" and not a.is_list and not a.is_ref for a in inputs
            )
            and all(not a.is_list and not a.is_ref for a in outputs)
            and all(n == "T" or n in self.defaults for n in attrs)
        )
        self.attrs = attrs

    @property
    def where(self) -> str:
        """File and line of the definition."""
        return _shown(self._place)

    def __repr__(self) -> str:
        """The signature, readable."""
        return f"<OpDef {self.name}({self._signature})>"

    @property
    def is_pure(self) -> bool:
        """Whether equal inputs always give equal outputs and nothing else happens."""
        return not self.stateful and not any(k.takes_ctx for k in self.kernels.values())

    def kernel(
        self, device: str = "CPU", attrs: tuple[str, ...] = ()
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function as this op's kernel on `device`.

        Its parameters are the inputs (or `*inputs`), after a ctx if it needs the run,
        and then the attributes it asks for; the record checks them when completed.

        Args:
            device: the type of device.
            attrs: the attributes it asks for that are not among its parameters.

        Raises:
            TypeError: there is a kernel for this device already.
        """

        def add(fn: Callable[..., Any]) -> Callable[..., Any]:
            if device in self._functions:
                raise TypeError(f"{self.name!r} has a {device} kernel already")
            self._functions[device] = fn, attrs
            if type(self) is OpDef:
                self._complete()
            return fn

        return add

    def gradient(self, fn: GradientRule) -> GradientRule:
        """Register the decorated `fn(op, *grads)` as this op's gradient."""
        register_gradient(self.name, fn)
        return fn


class _Declared(OpDef):
    """A record that nobody has asked yet; it becomes an OpDef when somebody does.

    A class of its own, since looking attributes up is slower where there is a
    `__getattr__`, and building a graph asks records all the time.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Called for slots that are still empty: fills them."""
        if name not in OpDef.__slots__:
            raise AttributeError(f"'OpDef' object has no attribute {name!r}")
        self._complete()
        self.__class__ = OpDef  # type: ignore[assignment]
        return getattr(self, name)


def _checked_kernel(
    op: OpDef, device: str, fn: Callable[..., Any], attrs: tuple[str, ...]
) -> Kernel:
    """Hold a kernel's parameters against the op, so that a typo is found."""
    # Read off the code object, which is much quicker than inspect.signature.
    code = getattr(inspect.unwrap(fn), "__code__", None)
    if code is None:  # a ufunc: takes the inputs and nothing else
        return Kernel(fn, False, attrs)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    takes_ctx = names[:1] == ("ctx",)
    names = names[takes_ctx:]
    n = len(op.inputs)
    takes_all = bool(code.co_flags & inspect.CO_VARARGS)
    ins, rest = ((), names) if takes_all else (names[:n], names[n:])
    if not takes_all and ins != op.input_names:
        raise TypeError(
            f"the {device} kernel of {op.name!r} takes {list(ins)} where the op has "
            f"the inputs {list(op.input_names)}"
        )
    asked = rest + attrs
    extra = [p for p in asked if p not in op.attrs]
    if extra:
        raise TypeError(
            f"the {device} kernel of {op.name!r} asks for {extra}, which are neither "
            f"inputs nor attributes of the op: {sorted(op.attrs)}"
        )
    return Kernel(fn, takes_ctx, asked)


def define(
    name: str,
    signature: str,
    *,
    shape: ShapeRule | Attr | None = None,
    shape_rule: ShapeRule | None = None,
    gradient: Any = MISSING,
    stateful: bool = False,
    blocking: bool = False,
    commutative: bool = False,
    takes_uninitialized: bool = False,
    on_error: Callable[..., str | None] | None = None,
    doc: str = "",
    **attrs: Any,
) -> OpDef:
    """Add an op to the table.

    Args:
        name: as on the wire.
        signature: 'x: T, axis: int32 -> y: T' with TensorFlow's argument names; a
            type is a dtype's name, a type attribute, `N * T` (N tensors of one type),
            a list(type) attribute, or any of them in `Ref(...)`.
        shape: `shape(op) -> [static shape per output]`; unknown when left out. An op
            with an attribute named shape gives that (an `Attr`) here.
        shape_rule: the rule of such an op.
        gradient: `fn(op, *grads)`, or None where a gradient stops here; left out,
            differentiating through the op is an error.
        stateful: never folded or merged.
        blocking: may wait for another op of the same or another run.
        commutative: inputs may be swapped.
        takes_uninitialized: reference inputs may be uninitialised.
        on_error: `(exception, *inputs) -> message` words a numpy error as TensorFlow
            would; None keeps numpy's words.
        doc: one line on what the op gives.
        **attrs: a Python value is kind and default, `types(...)` a type attribute,
            `Attr(...)` anything else.

    Returns:
        The record, whose `kernel` and `gradient` decorators fill it.

    Raises:
        KeyError: an op of this name exists; both places are named.
    """
    frame = sys._getframe(1)
    place = frame.f_code, frame.f_lasti
    if name in _OPS:
        first = _OPS[name].where
        raise KeyError(f"op {name} defined twice: {first} and {_shown(place)}")
    if isinstance(shape, Attr):
        attrs["shape"] = shape
    elif shape is not None:
        shape_rule = shape
    flags = {
        "stateful": stateful,
        "blocking": blocking,
        "commutative": commutative,
        "takes_uninitialized": takes_uninitialized,
        "on_error": on_error,
        "doc": doc,
    }
    op = _Declared(name, signature, attrs, shape_rule, place, flags)
    _OPS[name] = op
    if gradient is not MISSING:
        register_gradient(name, gradient)
    return op


def unlisted(
    name: str,
    signature: str,
    kernel: Callable[..., Any],
    stateful: bool = False,
    blocking: bool = False,
    shape: ShapeRule | None = None,
    **attrs: Any,
) -> OpDef:
    """A record that is not in the table: a function's, or one that only plans have.

    Args:
        name: the function's.
        signature: as for `define`.
        kernel: what calls it.
        stateful: whether something in it is.
        blocking: whether something in it may wait.
        shape: as for `define`.
        **attrs: as for `define`.
    """
    frame = sys._getframe(1)
    flags = {
        "stateful": stateful,
        "blocking": blocking,
        "commutative": False,
        "takes_uninitialized": False,
        "on_error": None,
        "doc": "",
    }
    op = _Declared(name, signature, attrs, shape, (frame.f_code, frame.f_lasti), flags)
    op._functions["CPU"] = kernel, ()
    return op


def declare_later(modules: Iterable[str]) -> None:
    """Name modules that declare more ops, to be loaded when one is missing."""
    _later.extend(modules)


def load_all() -> None:
    """Declare the ops of all modules that `declare_later` named."""
    for module in _later:
        lazy.load(module)


def _load_until(name: str, table: dict[str, Any]) -> None:
    """Load those modules until `name` is in the table, if it comes at all."""
    for module in _later:
        if name in table:
            return
        lazy.load(module)


def lookup(name: str) -> OpDef:
    """The op called `name`.

    Raises:
        LookupError: there is none; the nearest name is suggested.
    """
    if name not in _OPS:
        _load_until(name, _OPS)
    try:
        return _OPS[name]
    except KeyError:
        near = lazy.load("difflib").get_close_matches(name, _OPS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"Op type not registered {name!r}{hint}") from None


def op_names() -> list[str]:
    """The names of all ops, sorted."""
    load_all()
    return sorted(_OPS)


def register_gradient(name: str, fn: GradientRule | None) -> None:
    """Set the gradient called `name`; None means not differentiable.

    Raises:
        KeyError: there is one already.
    """
    frame = sys._getframe(2)
    if name in _GRADIENTS:
        first = _shown(_GRADIENTS[name][1])
        raise KeyError(
            f"Registering two gradient with name '{name}' ! "
            f"(Previous registration was at {first})"
        )
    _GRADIENTS[name] = fn, (frame.f_code, frame.f_lasti)


def lookup_gradient(name: str) -> GradientRule | None:
    """The gradient called `name`; None where gradients stop.

    Raises:
        LookupError: none was registered.
    """
    if name not in _GRADIENTS:
        _load_until(name, _GRADIENTS)
    try:
        return _GRADIENTS[name][0]
    except KeyError:
        raise LookupError(f"gradient registry has no entry for: {name}") from None
