"""A graph to play with: after a change only what depends on it is computed again.

    play = Playground(session, [y, loss], {x: 0.5, w: None})
    update = play.set({x: 0.7})
    update.recomputed           # the operations that ran
    play.value(loss)

The values at which a change can be stopped are kept: every tensor that goes from what
does not depend on a control into what does. A change feeds these, and so prunes the
step to what depends on it. What is random keeps its numbers until something it depends
on changes, or `redraw` is called; what has effects is told in `Update.effects`.
Read next: `../widgets/playground.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.debug.handles import gives_handle, is_opaque
from interactive_graphs.debug.variables import is_variable, variable_value
from interactive_graphs.display import describe
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.runtime.prune import prune

_PLACEHOLDERS: Final = frozenset({"Placeholder", "PlaceholderV2"})
_QUIET: Final = frozenset({"Const", "HostConst", "NoOp"})


@dataclass(frozen=True)
class Update:
    """What a change led to.

    Attributes:
        changed: names of the placeholders and variables that have another value.
        recomputed: the operations that ran, in their order; constants left out.
        effects: those of them that draw random numbers or change something.
        fresh: the outputs that were computed again.
        total: how many operations a run of everything needs.
    """

    changed: tuple[str, ...]
    recomputed: tuple[Operation, ...]
    effects: tuple[Operation, ...]
    fresh: tuple[Tensor, ...]
    total: int

    @property
    def words(self) -> str:
        """What was done, in a sentence."""
        ran = describe.counted(len(self.recomputed), "operation")
        words = f"{ran} of {self.total} computed again"
        if self.effects:
            names = ", ".join(describe.plain(op.name, 40) for op in self.effects[:3])
            words += f", with effects: {names}"
        return words


class _Step(NamedTuple):
    """What follows a change: the same for every change of the same controls."""

    wanted: list[Tensor]
    feeds: list[Tensor]
    ran: tuple[Operation, ...]
    effects: tuple[Operation, ...]
    fresh: tuple[Tensor, ...]


class Playground:
    """Outputs of a graph that follow its placeholders and variables.

    Args:
        session: runs the graph and holds its variables.
        outputs: the tensors to know.
        controls: the placeholders and variables that will be changed, with a value for
            each; None leaves a variable at what it is.
        feed_dict: values of other placeholders, which stay.

    Raises:
        ValueError: a placeholder that the outputs need has no value; something is
            neither a placeholder nor a variable.
    """

    def __init__(
        self,
        session: Any,
        outputs: Sequence[Tensor],
        controls: Mapping[Any, Any],
        feed_dict: Mapping[Tensor, Any] | None = None,
    ) -> None:
        """Computes everything once."""
        self.session = session
        self.outputs = list(outputs)
        self._fixed = {t: _converted(t, v) for t, v in (feed_dict or {}).items()}
        self.fed: dict[Tensor, Any] = {}
        given = {control_of(key): value for key, value in controls.items()}
        for tensor, value in given.items():
            if is_variable(tensor.op):
                if value is not None:
                    _store(session, tensor, value)
            else:
                self.fed[tensor] = _converted(tensor, 0 if value is None else value)
        self.controls = list(given)
        plan = prune(self.outputs, (), self._fixed)
        self.nodes: list[Operation] = plan.nodes
        self._check_fed()
        self._takers = _takers(self.nodes)
        self._groups = _groups(self.nodes)
        self._sources = self._find_sources()
        self._behind = {tensor: self._dependents(tensor) for tensor in self._sources}
        self._kept_tensors = self._stops()
        self._kept: dict[Tensor, Any] = {}
        self._held: dict[Tensor, Any] = {}
        self._steps: dict[frozenset[Tensor], _Step] = {}
        self._everything = self._step(self._kept_tensors, [], self.outputs)
        self.last = self.redraw()

    # -- what depends on what ----------------------------------------------------------

    def _check_fed(self) -> None:
        for op in self.nodes:
            if op.type in _PLACEHOLDERS and op.outputs[0] not in self.fed:
                raise ValueError(
                    f"The outputs need {op.name}: give it a value in feed_dict, or "
                    "make it a control."
                )

    def _find_sources(self) -> list[Tensor]:
        """What may change: the controls, and every variable that is read."""
        variables = [op.outputs[0] for op in self.nodes if is_variable(op)]
        return list(dict.fromkeys([*self.controls, *variables]))

    def _dependents(self, source: Tensor) -> set[Operation]:
        """The operations behind `source`; a loop or branch counts as one.

        With what must run along, since what it gives cannot be kept.
        """
        found: set[Operation] = set()
        waiting = list(self._takers.get(source, ()))
        while waiting:
            op = waiting.pop()
            if op in found:
                continue
            for one in self._groups.get(op, (op,)):
                found.add(one)
                waiting += (t.op for t in one.inputs if _runs_along(t))
                for made in (one, *one.outputs):
                    waiting += self._takers.get(made, ())
        return found

    def _stops(self) -> list[Tensor]:
        """The tensors that a change can be stopped at, with the outputs."""
        stops = dict.fromkeys(self.outputs)
        for behind in self._behind.values():
            stops |= dict.fromkeys(self._entering(behind))
        return [t for t in stops if t not in self.fed and t not in self._fixed]

    def _entering(self, behind: set[Operation]) -> list[Tensor]:
        """What goes into `behind` from outside and can be fed."""
        entering = (t for op in self.nodes if op in behind for t in op.inputs)
        return [t for t in dict.fromkeys(entering) if _stops_at(t, behind)]

    # -- changes -----------------------------------------------------------------------

    def value(self, tensor: Any) -> Any:
        """The present value of an output, of a control, or of what was kept."""
        tensor = control_of(tensor)
        for known in (self.fed, self._fixed, self._kept):
            if tensor in known:
                return known[tensor]
        if is_variable(tensor.op):
            return variable_value(self.session, tensor.op)
        raise KeyError(tensor.name)

    def set(self, values: Mapping[Any, Any]) -> Update:
        """Change controls, and compute what depends on those that did change.

        Args:
            values: by placeholder or variable.

        Returns:
            What was computed again.

        Raises:
            ValueError: it is no control, or the value has another shape.
        """
        changed = []
        for key, value in values.items():
            tensor = control_of(key)
            if tensor not in self._behind:
                raise ValueError(f"{tensor.name} is no control of this playground.")
            if is_variable(tensor.op):
                _store(self.session, tensor, value)
            else:
                array = _converted(tensor, value)
                if not _equal(array, self.fed[tensor]):
                    self.fed[tensor] = array
                    changed.append(tensor)
        return self._recompute([*changed, *self._changed_variables()])

    def refresh(self) -> Update:
        """Follow variables that somebody else changed, as a training did."""
        return self._recompute(self._changed_variables())

    def redraw(self) -> Update:
        """Compute everything again, random numbers included."""
        names = tuple(tensor.op.name for tensor in self.controls)
        return self._run(self._everything, names)

    def _changed_variables(self) -> list[Tensor]:
        """Variables are replaced and never changed: another object is a change."""
        variables = [t for t in self._sources if is_variable(t.op)]
        return [
            t
            for t in variables
            if variable_value(self.session, t.op) is not self._held.get(t)
        ]

    def _recompute(self, changed: list[Tensor]) -> Update:
        changed = list(dict.fromkeys(changed))
        step = self._steps.get(frozenset(changed))
        if step is None:
            step = self._steps[frozenset(changed)] = self._plan(changed)
        return self._run(step, tuple(tensor.op.name for tensor in changed))

    def _plan(self, changed: list[Tensor]) -> _Step:
        """What to fetch and to feed when just these have changed."""
        behind: set[Operation] = set()
        for tensor in changed:
            behind |= self._behind[tensor]
        # With several changes, what entered one may be behind another.
        stops = self._entering(behind)
        wanted = [t for t in self._kept_tensors if t.op in behind]
        fresh = [t for t in self.outputs if t in changed or t.op in behind]
        return self._step(wanted, stops, fresh)

    def _step(
        self, wanted: list[Tensor], stops: list[Tensor], fresh: list[Tensor]
    ) -> _Step:
        """A step with all that it needs to be fed, and what it runs."""
        given = {*self.fed, *self._fixed}
        needed = {t for op in prune(wanted, (), stops).nodes for t in op.inputs}
        feeds = dict.fromkeys([*stops, *(t for t in given if t in needed)])
        ran = tuple(op for op in prune(wanted, (), feeds).nodes if _is_counted(op))
        effects = tuple(op for op in ran if _has_effects(op))
        return _Step(wanted, list(feeds), ran, effects, tuple(fresh))

    def _run(self, step: _Step, changed: tuple[str, ...]) -> Update:
        if step.wanted:
            feeds = {tensor: self.value(tensor) for tensor in step.feeds}
            values = self.session.run(step.wanted, feeds)
            self._kept.update(zip(step.wanted, values, strict=True))
        for tensor in self._sources:
            if is_variable(tensor.op):
                self._held[tensor] = variable_value(self.session, tensor.op)
        total = len(self._everything.ran)
        self.last = Update(changed, step.ran, step.effects, step.fresh, total)
        return self.last


# -- parts -----------------------------------------------------------------------------


def control_of(key: Any) -> Tensor:
    """The tensor that stands for a placeholder or variable.

    Raises:
        ValueError: it is neither a tensor nor a variable.
    """
    if isinstance(key, Tensor):
        read = key.op
        of_variable = read.inputs and is_variable(read.inputs[0].op)
        if of_variable and read.type in ("Identity", "ReadVariableOp"):
            return read.inputs[0]  # `v.value()` means the variable
        return key
    op = getattr(key, "op", None)
    owner = getattr(key, "handle", None)
    if isinstance(owner, Tensor):
        return owner
    if isinstance(op, Operation) and is_variable(op):
        return op.outputs[0]
    raise ValueError(f"{key!r} is neither a placeholder nor a variable.")


def _converted(tensor: Tensor, value: Any) -> Any:
    """A value as the placeholder takes it; a number fills a shape that is known."""
    array = np.asarray(value, tensor.dtype.base_dtype.np_dtype)
    shape = tensor.static_shape
    known = None if shape is None or None in shape else tuple(map(int, shape))  # type: ignore[arg-type]
    if array.ndim == 0 and known:
        array = np.full(known, array, array.dtype)
    if shape is not None and not _fits(array.shape, shape):
        wanted = describe.shape_text(shape)
        raise ValueError(
            f"{tensor.op.name} has shape {wanted}; a value of shape "
            f"{describe.shape_text(array.shape)} does not fit."
        )
    return array


def _fits(shape: tuple[int, ...], static: tuple[int | None, ...]) -> bool:
    return len(shape) == len(static) and all(
        want in (None, have) for have, want in zip(shape, static, strict=True)
    )


def _equal(one: Any, other: Any) -> bool:
    return bool(one.shape == other.shape and one.tobytes() == other.tobytes())


def _store(session: Any, tensor: Tensor, value: Any) -> None:
    """Give a variable a value, unless it has that already."""
    held = variable_value(session, tensor.op)
    array = np.asarray(value, tensor.dtype.base_dtype.np_dtype)
    shape = tensor.op.attrs.get("shape")
    if held is not None and array.shape != np.shape(held):
        array = np.broadcast_to(array, np.shape(held)).astype(array.dtype)
    elif held is None and shape and None not in shape:
        array = np.broadcast_to(array, shape).astype(array.dtype)
    if held is not None and _equal(array, np.asarray(held)):
        return
    ctx = session._engine.state.context(tensor.op)
    variable = ctx.variable()
    with variable.lock:
        variable.store(np.array(array)[()])


def _takers(nodes: Iterable[Operation]) -> dict[Any, list[Operation]]:
    """Who takes each tensor, and who waits for each operation, within `nodes`."""
    takers: dict[Any, list[Operation]] = {}
    for op in nodes:
        for source in (*op.inputs, *op.controls):
            takers.setdefault(source, []).append(op)
    return takers


def _groups(nodes: Iterable[Operation]) -> dict[Operation, list[Operation]]:
    """For what is in a loop or branch, all of the outermost one: it runs as a whole."""
    groups: dict[Any, list[Operation]] = {}
    for op in nodes:
        context = op.control_flow_context
        while context is not None and context.outer_context is not None:
            context = context.outer_context
        if context is not None:
            groups.setdefault(context, []).append(op)
    return {op: group for group in groups.values() for op in group}


def _stops_at(tensor: Tensor, behind: set[Operation]) -> bool:
    """Whether a step can be stopped at a tensor: fetched once, and fed later."""
    if tensor.op in behind or tensor.op.type in _QUIET or is_opaque(tensor):
        return False
    return not _runs_along(tensor)


def _runs_along(tensor: Tensor) -> bool:
    """Whether a value cannot be kept: no step can fetch it, or none be fed it."""
    if is_opaque(tensor) or tensor.op.type in _QUIET:
        return False  # there already
    graph = tensor.graph
    is_side = tensor.op.type in ("Switch", "RefSwitch")  # which may not be taken
    return is_side or not (graph.is_feedable(tensor) and graph.is_fetchable(tensor))


def _is_counted(op: Operation) -> bool:
    """Whether it computes: constants and variables are there already."""
    return (
        op.type not in _QUIET and op.type not in _PLACEHOLDERS and not gives_handle(op)
    )


def _has_effects(op: Operation) -> bool:
    return describe.kind_of(op) == describe.STATEFUL
