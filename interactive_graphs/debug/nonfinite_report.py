"""What the finder of the first NaN says: as text, on a page, as a picture.

Read next: `nonfinite.py`, which finds it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from interactive_graphs.display import describe
from interactive_graphs.display.forms import Forms
from interactive_graphs.display.health import health_of
from interactive_graphs.display.picture import Picture
from interactive_graphs.display.snapshot import Snapshot
from interactive_graphs.display.table import Table
from interactive_graphs.display.view import view
from interactive_graphs.framework import source
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.tensor import Tensor

_SHOWN: Final = 8
_HINTS: Final = {
    "Log": "log is -inf at 0 and NaN below it: keep its argument above 0, as by "
    "tf.maximum(p, 1e-7), or take a loss that starts from logits.",
    "Reciprocal": "1/x is infinite at 0: keep x away from 0. A tf.where after it does "
    "not help its gradient; one before it does.",
    "Sqrt": "the root of a negative number is NaN: keep its argument at 0 or above.",
    "SqrtGrad": "the slope of sqrt is infinite at 0: add a small number inside it.",
    "Rsqrt": "1/sqrt(x) is infinite at 0: add a small number to x.",
    "Exp": "exp overflows float32 above 88.7: subtract the maximum first, as "
    "tf.nn.softmax and tf.reduce_logsumexp do.",
    "Pow": "a negative base has no fractional power, 0 no negative one, and large "
    "powers overflow.",
    "Acos": "acos is known from -1 to 1 only.",
    "Asin": "asin is known from -1 to 1 only.",
}
_DIVISION: Final = frozenset({"Div", "RealDiv", "FloorDiv", "DivNoNan", "Xdivy"})
_LINEAR: Final = frozenset(
    "Add AddN AddV2 Sub Mul MatMul BatchMatMul Conv2D Square Sum SquaredDifference "
    "ApplyGradientDescent ApplyMomentum AssignAdd AssignSub".split()
)


class Met(NamedTuple):
    """A tensor at the node to blame, with the value it had; None if it has none."""

    tensor: Tensor
    value: Any

    @property
    def words(self) -> str:
        """The value in full where it is small; else what it is like."""
        if self.value is None:
            return "a variable" if self.tensor.dtype._is_ref_dtype else "no value"
        if not hasattr(self.value, "dtype"):
            return type(self.value).__name__
        array = np.asarray(self.value)
        if array.size <= _SHOWN and array.ndim < 2:
            return describe.value_text(array, 80)
        health = health_of(array)
        words = f"{health.dtype} {describe.shape_text(array.shape)}: {health.words()}"
        return f"{words}, {self.range}" if self.range else words

    @property
    def range(self) -> str:
        """The least and the greatest of the finite numbers."""
        if not _is_array(self.value):
            return ""
        health = health_of(self.value)
        if health.min is None or health.max is None:
            return ""
        return f"from {_short(health.min)} to {_short(health.max)}"

    @property
    def short(self) -> str:
        """The value, or its range, for a box in a picture."""
        small = np.size(self.value) <= _SHOWN and np.ndim(self.value) < 2
        return describe.plain(self.words if small else self.range or self.words, 40)


@dataclass(frozen=True)
class Report(Forms):
    """Which operation first made a value that is not finite; false if none did.

    Attributes:
        op: the operation; None if every value was finite.
        source: "computed"; or "fed", "variable", "constant" where it came in.
        where: the iterations of the loops around it; "" outside of loops.
        state: "NaN" or "inf".
        inputs: what it took.
        outputs: what it gave.
        path: from `op` to what was fetched or assigned.
        reaches: whether it got as far as that.
        spread: how many other operations gave such values in this step.
        ran: how many nodes ran.
        failure: the first line of the error that ended the step.
        step: the number of the run, where many were watched; 0 otherwise.
    """

    op: Operation | None = None
    source: str = ""
    where: str = ""
    state: str = ""
    inputs: list[Met] = field(default_factory=list)
    outputs: list[Met] = field(default_factory=list)
    path: list[Operation] = field(default_factory=list)
    reaches: bool = False
    spread: int = 0
    ran: int = 0
    failure: str = ""
    step: int = 0

    def __bool__(self) -> bool:
        """Whether there is something to report."""
        return self.op is not None

    # -- words -------------------------------------------------------------------------

    @property
    def headline(self) -> str:
        """One sentence: what, and which node."""
        op = self.op
        if op is None:
            count = describe.counted(self.ran, "operation")
            return f"All values were finite ({count} ran)."
        name = describe.plain(op.name, 80)
        kind = "a NaN" if self.state == "NaN" else "an infinity"
        said = {
            "fed": f"{name} was fed {kind}.",
            "variable": f"A variable held {kind} when the step began: {name} read it.",
            "constant": f"The constant {name} is {kind}.",
        }
        words = said.get(self.source, f"{name} ({op.type}) made the first {self.state}")
        if self.source == "computed":
            words += f" in {self.where}." if self.where else "."
        return f"Run {self.step}: {words}" if self.step else words

    @property
    def line(self) -> str:
        """Where the user made the operation: "model.py, line 3: `tf.log(p)`"."""
        return _line_of(self.op) if self.op is not None else ""

    @property
    def gradient_of(self) -> Operation | None:
        """The operation whose gradient this is a part of, or None."""
        return self.op.original_op if self.op is not None else None

    @property
    def place(self) -> str:
        """The first bad element, and what the inputs were there."""
        out = next((met.value for met in self.outputs if _is_array(met.value)), None)
        if out is None or self.source != "computed" or np.ndim(out) == 0:
            return ""
        array = np.asarray(out)
        bad = np.isnan(array) if self.state == "NaN" else ~np.isfinite(array)
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        seen = ", ".join(_element(met, index, array.shape) for met in self.inputs)
        many = f" ({int(bad.sum())} such of {array.size})"
        words = f"first at {list(index)}{many}"
        return f"{words}: {seen} → {array[index]}" if seen else words

    @property
    def hint(self) -> str:
        """What usually mends it; "" where nothing general can be said."""
        op = self.op
        if op is None or self.source in ("fed", "constant"):
            return ""
        if self.source == "variable":
            return "An earlier step did it: watch_nonfinite(session) stops at that one."
        if op.type in _DIVISION:
            return "it divides by 0: add a small number to the divisor."
        if op.type in _LINEAR:
            biggest = (
                "its inputs are finite but too large" if self.state == "inf" else ""
            )
            biggest = biggest or "infinities of both signs met, or 0 times an infinity"
            return f"{biggest}: try a smaller learning rate, or clip the gradients."
        return _HINTS.get(op.type, "")

    def _lines(self) -> Iterator[str]:
        yield self.headline
        if self.op is None:
            return
        for name, value in self._facts():
            yield f"  {name}: {value}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        """What is told of it, as (what, words)."""
        if self.line:
            yield "made at", self.line
        if self.gradient_of is not None:
            forward = self.gradient_of
            where = _line_of(forward)
            name = f"{describe.plain(forward.name)} ({forward.type})"
            yield "in the gradient of", f"{name}, {where}" if where else name
        for met in self.inputs:
            yield f"took {describe.plain(met.tensor.name)}", met.words
        for met in self.outputs:
            yield f"gave {describe.plain(met.tensor.name)}", met.words
        if self.place:
            yield "where", self.place
        if self.reaches and len(self.path) > 1:
            yield "path", " → ".join(_shortened([op.name for op in self.path]))
        elif not self.reaches and not self.failure:
            yield "path", "it did not get as far as what was fetched"
        if self.spread:
            spread = describe.counted(self.spread, "other operation")
            yield "spread", f"{spread} gave values that are not finite"
        if self.failure:
            yield "the step ended with", describe.plain(self.failure, 200)
        if self.hint:
            yield "hint", self.hint

    @cached_property
    def text(self) -> str:
        """All of it, for terminals and for ears."""
        return "\n".join(self._lines())

    # -- pictures ----------------------------------------------------------------------

    @cached_property
    def picture(self) -> Picture:
        """The node, what it took, and the path to where it came out.

        Raises:
            ValueError: there is nothing to show.
        """
        if self.op is None:
            raise ValueError("All values were finite: there is nothing to draw.")
        shown = self._neighbourhood()
        frozen = Snapshot(shown)
        asked = frozen.by_name[self.op.name]
        scene = view(
            frozen.operations,  # type: ignore[arg-type] # all a picture reads is there
            asked=[asked],  # type: ignore[list-item]
            everything=True,
            overlay={
                "title": "values",
                "kind": "category",
                "combine": "most",
                "values": [self._state_of(op.name) for op in frozen.operations],
            },
            title=self.headline.rstrip("."),
        )
        scene.notes.clear()
        taken = {met.tensor.op.name: met.short for met in self.inputs}
        for box in scene.boxes():
            said = taken.get(box.key.removesuffix("/:op"))
            if said and box.frame is None:
                box.lines.append(said)
        return Picture(scene)

    def _state_of(self, name: str) -> str | None:
        """What an operation's box is coloured by."""
        assert self.op is not None
        if name == self.op.name:
            return f"first {self.state}"
        return "not finite" if any(op.name == name for op in self.path) else None

    def _neighbourhood(self) -> list[Operation]:
        """The path, shortened in the middle, and what the node took."""
        assert self.op is not None
        path = self.path
        if len(path) > 2 * _SHOWN:
            path = [*path[:_SHOWN], *path[-_SHOWN:]]
        around = [t.op for t in self.op.inputs]
        around += [t.op for op in around for t in op.inputs]
        found = dict.fromkeys([*path, *around])
        return sorted(found, key=lambda op: op.id)

    @cached_property
    def html(self) -> str:
        """The page: headline, facts, picture; all names and values are text in it."""
        if self.op is None:
            return f"<p>{html.escape(self.headline)}</p>"
        facts = Table("", ("", ""), list(self._facts()))
        head = f"<p><strong>{html.escape(self.headline)}</strong></p>"
        return f"{head}{facts.html}{self.picture.html}"

    def __repr__(self) -> str:
        """The text form."""
        return self.text

    def bundle(self) -> dict[str, Any]:
        """The forms that a notebook chooses from."""
        return {"text/plain": self.text, "text/html": self.html}


def _is_array(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "O") in "fcV"


def _line_of(op: Operation) -> str:
    found = source.user_line(op.stack)
    if found is None:
        return ""
    file, number, text = found
    place = describe.place_text(file, number)
    return f"{place}: {describe.plain(text.strip(), 100)}" if text.strip() else place


def _element(met: Met, index: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """What an input was at an element of the output, where the two go together."""
    name = describe.plain(met.tensor.op.name)
    if not _is_array(met.value):
        return name
    array = np.asarray(met.value)
    if array.size == 1:
        return f"{name} {array.reshape(-1)[0]}"
    try:
        return f"{name} {np.broadcast_to(array, shape)[index]}"
    except ValueError:
        return name


def _shortened(names: list[str]) -> list[str]:
    plain = [describe.plain(name, 60) for name in names]
    left = len(plain) - _SHOWN
    if left <= 1:
        return plain
    return [*plain[: _SHOWN // 2], f"{left} more", *plain[-_SHOWN // 2 :]]


def _short(number: float) -> str:
    return f"{number + 0.0:.4g}"  # no "-0"
