"""What is in force while code builds a graph: devices, dependencies, colocation.

`Graph` inherits `Blocks`; a new operation gets what the enclosing `with` blocks say.
Name scopes are per thread and in `graph.py`;
these are shared by all threads, as in TF1.
Read next: `graph.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from interactive_graphs.framework import device as devices
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor


class _Controller:
    """One `control_dependencies` block: what new ops wait for."""

    __slots__ = ("inputs", "seen")

    def __init__(self, inputs: list[Operation]) -> None:
        self.inputs = inputs
        self.seen: set[Operation] = set()


class Blocks:
    """The stacks behind a graph's `with` blocks."""

    def __init__(self) -> None:
        """Outside of all blocks."""
        self._devices: list[Any] = []
        self._controllers: list[_Controller] = []
        self._colocation: list[Operation] = []
        self._attr_scope: dict[str, Any] = {}
        self._gradient_overrides: dict[str, str] = {}
        self._container = ""
        self._original_op_now: Operation | None = None
        self._control_flow_context: Any = None
        # Whether any block is open: most operations are made outside of all.
        self._in_blocks = False

    def as_graph_element(self, obj: Any) -> Tensor | Operation:
        """The graph's own."""
        raise NotImplementedError

    @contextmanager
    def _block(self, **new: Any) -> Iterator[None]:
        """Set attributes for the length of a block."""
        old = {name: getattr(self, name) for name in new}
        vars(self).update(new)
        self._note_blocks()
        try:
            yield
        finally:
            vars(self).update(old)
            self._note_blocks()

    def _note_blocks(self) -> None:
        self._in_blocks = bool(
            self._devices
            or self._controllers
            or self._colocation
            or self._attr_scope
            or self._gradient_overrides
            or self._container
        )

    # -- what a new operation gets -----------------------------------------------------

    def _apply_blocks(self, op: Operation) -> None:
        """Give a new operation what the enclosing blocks say."""
        if self._colocation:
            self._colocate(op)
        if self._devices:
            self._place(op)
        if self._controllers:
            self._control(op)
        if self._attr_scope or self._gradient_overrides or self._container:
            self._attach_attrs(op)

    def _colocate(self, op: Operation) -> None:
        groups = {g for peer in self._colocation for g in peer.colocation_groups()}
        op.attrs = {**op.attrs, "_class": sorted(groups)}
        for peer in self._colocation:
            if peer.device:
                op.device = peer.device

    def _place(self, op: Operation) -> None:
        for spec in reversed(self._devices):
            if spec is None:
                break
            if callable(spec):
                chosen = spec(op)
                op.device = "" if chosen is None else device_text(chosen)
            else:
                op.device = devices.merge_strings(spec, op.device)

    def _control(self, op: Operation) -> None:
        producers = {t.op for t in op.inputs}
        for controller in self._controllers:
            # A block adds nothing when an input was made inside it: it waits already.
            if producers.isdisjoint(controller.seen):
                new = (dep for dep in controller.inputs if dep not in producers)
                op.controls = tuple(dict.fromkeys((*op.controls, *new)))
        for controller in self._controllers:
            controller.seen.add(op)

    def _attach_attrs(self, op: Operation) -> None:
        extra = dict(self._attr_scope)
        if op.type in self._gradient_overrides:
            name = self._gradient_overrides[op.type]
            extra["_gradient_op_type"] = name.encode()
        takes_container = "container" in op.op_def.attrs and not op.attrs["container"]
        if self._container and takes_container:
            extra["container"] = self._container.encode()
        if extra:
            op.attrs = {**op.attrs, **extra}

    # -- the blocks --------------------------------------------------------------------

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Ask for a device for new operations.

        Args:
            device_name_or_function: a (partial) device string, a DeviceSpec, a
                function from Operation to string, or None to ignore outer blocks.

        Raises:
            ValueError: the string cannot be parsed.
        """
        spec = device_name_or_function
        if spec is not None and not callable(spec):
            spec = device_text(spec)
        with self._block(_devices=[*self._devices, spec]):
            yield

    @contextmanager
    def control_dependencies(
        self, control_inputs: Iterable[Any] | None
    ) -> Iterator[None]:
        """Make new operations wait for `control_inputs`.

        Args:
            control_inputs: tensors, operations, names, variables; None drops all
                enclosing dependencies and the control-flow context.
        """
        if control_inputs is None:
            with self._block(_controllers=[], _control_flow_context=None):
                yield
            return
        ops = dict.fromkeys(self._control_op(item) for item in control_inputs)
        with self._block(_controllers=[*self._controllers, _Controller(list(ops))]):
            yield

    def _control_op(self, item: Any) -> Operation:
        # IndexedSlices stand for their values' operation.
        if isinstance(getattr(item, "values", None), Tensor):
            item = item.op
        element = self.as_graph_element(item)
        return element.op if isinstance(element, Tensor) else element

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Put new operations where `op` is.

        Args:
            op: an operation or tensor; None with `ignore_existing` leaves all groups.
            ignore_existing: drop the enclosing groups.

        Raises:
            ValueError: `op` is None without `ignore_existing`.
        """
        if op is None and not ignore_existing:
            raise ValueError(
                "Trying to reset colocation (op is None) but ignore_existing is not "
                "True"
            )
        peers = [] if ignore_existing else list(self._colocation)
        if op is not None:
            found = self.as_graph_element(op)
            peers.append(found.op if isinstance(found, Tensor) else found)
        with self._block(_colocation=peers, _devices=[]):
            yield

    @contextmanager
    def gradient_override_map(self, op_type_map: Any) -> Iterator[None]:
        """Make ops of some types use other gradients.

        Args:
            op_type_map: op type -> name of a registered gradient.

        Raises:
            TypeError: it is not a dictionary of strings.
        """
        if not isinstance(op_type_map, dict) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()
        ):
            raise TypeError(
                "op_type_map must be a dictionary mapping strings to strings"
            )
        with self._block(
            _gradient_overrides={**self._gradient_overrides, **op_type_map}
        ):
            yield

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Keep the resources of new stateful ops in a container of that name."""
        with self._block(_container=container_name):
            yield container_name

    @contextmanager
    def attr_scope(self, attrs: dict[str, Any]) -> Iterator[None]:
        """Add attributes to new operations."""
        with self._block(_attr_scope={**self._attr_scope, **attrs}):
            yield

    @contextmanager
    def _original_op(self, op: Operation) -> Iterator[None]:
        """Note that new operations derive from `op`."""
        with self._block(_original_op_now=op):
            yield


def device_text(spec: Any) -> str:
    """A device request in its one full spelling.

    Raises:
        TypeError: it is neither a string nor a DeviceSpec.
        ValueError: it cannot be parsed.
    """
    if isinstance(spec, devices.DeviceSpec):
        spec = spec.to_string()
    if not isinstance(spec, str):
        raise TypeError(
            f"a device is a string, a DeviceSpec or a function, not {spec!r}"
        )
    return devices.canonical(spec)
