"""Which operation of one graph is which of another.

Names alone mislead: one `tf.add` more and every later `add_3` is called `add_4`. So
operations are paired from the inputs on. Sources (placeholders, variables) go by name;
another operation has a partner where one takes the partners of its inputs, with the
same type, attributes and scope. A constant counts as an attribute of what takes it.
What then is left is paired by weaker and weaker likeness, one pair at a time, and each
pair may give those behind it exact partners again. Linear in the graph's size.

Read next: `diff.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final

import numpy as np

from interactive_graphs.display.snapshot import FrozenOperation, FrozenTensor, Snapshot
from interactive_graphs.framework.dtypes import DType

_CONSTANTS: Final = frozenset({"Const", "HostConst"})
# Attributes that name other nodes or follow from the name of a scope.
NAMED: Final = frozenset({"_class", "frame_name"})
_DERIVED: Final = frozenset({"_output_shapes"})
_BACK: Final = frozenset({"NextIteration", "RefNextIteration"})
_MOST: Final = 64  # candidates looked at for one operation
# How much has to speak for a pair: a name with something around it, then a name alone.
_SURE: Final = 1.7
_ENOUGH: Final = 1.0


_Equals = dict[FrozenOperation, None]


def fingerprint(value: Any) -> Hashable:
    """Something equal for equal attribute values, arrays included."""
    if isinstance(value, np.ndarray):
        data = tuple(value.ravel().tolist()) if value.dtype == object else None
        return (str(value.dtype), value.shape, data or value.tobytes())
    if isinstance(value, DType):
        return value.name
    if isinstance(value, (list, tuple)):
        return tuple(map(fingerprint, value))
    if isinstance(value, float) and value != value:
        return "nan"
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return (type(value).__name__, value)


@lru_cache(maxsize=65536)
def stem(name: str) -> str:
    """A name without the numbers in it: `a_1/add_12_grad` is `a/add_grad`."""
    return re.sub(r"_\d+(?![^/_])", "", name)


class Side:
    """One of the two graphs, indexed for finding partners.

    Attributes:
        operations: in order of creation.
        looks: for each operation what it is besides its inputs.
        takers: the operations that take something of an operation.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        """Reads every operation once."""
        self.operations = snapshot.operations
        self.by_name = snapshot.by_name
        self.looks = {op: _look(op) for op in self.operations}
        self.takers: dict[FrozenOperation, list[FrozenOperation]] = defaultdict(list)
        for op in self.operations:
            for source in dict.fromkeys([*sources(op), *op.control_inputs]):
                self.takers[source].append(op)


def sources(op: FrozenOperation) -> Iterator[FrozenOperation]:
    """The operations whose outputs `op` takes."""
    return (tensor.op for tensor in op.inputs)


def is_constant(op: FrozenOperation) -> bool:
    """Whether it counts as an attribute of what takes it."""
    return op.type in _CONSTANTS


def _look(op: FrozenOperation) -> Hashable:
    """Type and attributes, without those that follow from inputs or names."""
    inferred = _inferred(op)
    attrs = (
        (name, fingerprint(value))
        for name, value in sorted(op.attrs.items())
        if name not in NAMED and name not in _DERIVED and name not in inferred
    )
    return (op.type, *attrs)


def _inferred(op: FrozenOperation) -> set[str | None]:
    """Attributes that the inputs' dtypes and number decide."""
    args = getattr(op.op_def, "inputs", ())
    found: set[str | None] = set()
    for arg in args:
        found |= {arg.type_attr, arg.number_attr, arg.type_list_attr}
    return found


class Matching:
    """Pairs of operations of two graphs.

    Attributes:
        partner: for each paired operation of the new graph its old one.
    """

    def __init__(self, old: Snapshot, new: Snapshot) -> None:
        """Pairs all that can be paired."""
        self.old = Side(old)
        self.new = Side(new)
        self.partner: dict[FrozenOperation, FrozenOperation] = {}
        self._taken: set[FrozenOperation] = set()
        # Operations of the old graph by what they are and take, in order of creation.
        self._exact: dict[Hashable, _Equals] = defaultdict(dict)
        self._moved: dict[Hashable, _Equals] = defaultdict(dict)
        for op in self.old.operations:
            key = self._key(op, self.old, None)
            self._exact[stem(op.name), key][op] = None
            self._moved[key][op] = None
        self._pair_sources()
        self._settle(self.new.operations)
        self._pair_likely()
        self._pair_constants_left()

    # -- keys --------------------------------------------------------------------------

    def _key(
        self,
        op: FrozenOperation,
        side: Side,
        partner: dict[FrozenOperation, FrozenOperation] | None,
    ) -> Hashable:
        """What `op` is and takes, in terms of the old graph; None if that is not known.

        Args:
            op: the operation.
            side: its graph.
            partner: old operations by new ones; None for an operation of the old graph.
        """
        parts: list[Hashable] = []
        for tensor in op.inputs:
            part = self._input_key(tensor, side, partner)
            if part is None:
                return None
            parts.append(part)
        if not op.inputs:  # a group is what it waits for
            waits = [self._partner(other, partner) for other in op.control_inputs]
            if None in waits:
                return None
            parts.append(frozenset(waits))
        return (side.looks[op], *parts)

    def _input_key(
        self,
        tensor: FrozenTensor,
        side: Side,
        partner: dict[FrozenOperation, FrozenOperation] | None,
    ) -> Hashable:
        op = tensor.op
        if op.type in _BACK:
            return "back"  # a loop's next turn follows from its first
        if is_constant(op):
            return side.looks[op]
        found = self._partner(op, partner)
        return None if found is None else (found, tensor.value_index)

    @staticmethod
    def _partner(
        op: FrozenOperation, partner: dict[FrozenOperation, FrozenOperation] | None
    ) -> FrozenOperation | None:
        return op if partner is None else partner.get(op)

    # -- pairing -----------------------------------------------------------------------

    def _pair(self, new: FrozenOperation, old: FrozenOperation) -> None:
        self.partner[new] = old
        self._taken.add(old)
        # Constants go with what takes them, at the same places.
        for mine, theirs in zip(new.inputs, old.inputs, strict=False):
            self._pair_constants(mine.op, theirs.op)

    def _pair_constants(self, new: FrozenOperation, old: FrozenOperation) -> None:
        both = is_constant(new) and is_constant(old)
        if both and new not in self.partner and old not in self._taken:
            self._pair(new, old)

    def _free(self, candidates: Iterable[FrozenOperation]) -> list[FrozenOperation]:
        return [op for op in candidates if op not in self._taken]

    def _pair_sources(self) -> None:
        """Placeholders, variables and other beginnings, by name, then by look."""
        looks: dict[Hashable, list[FrozenOperation]] = defaultdict(list)
        waiting = []
        for op in self.new.operations:
            if op.inputs or op.control_inputs or is_constant(op):
                continue
            same = self.old.by_name.get(op.name)
            if same is not None and self.old.looks[same] == self.new.looks[op]:
                self._pair(op, same)
            else:
                waiting.append(op)
        for op in waiting:
            same = self.old.by_name.get(op.name)
            if same is not None and same.type == op.type and same not in self._taken:
                self._pair(op, same)
        for op in self.old.operations:
            if not (op.inputs or op.control_inputs or is_constant(op)):
                looks[self.old.looks[op]].append(op)
        left: dict[Hashable, list[FrozenOperation]] = defaultdict(list)
        for op in waiting:
            if op not in self.partner:
                left[self.new.looks[op]].append(op)
        for look, mine in left.items():
            self._pair_by_ending(mine, self._free(looks[look]))

    def _pair_by_ending(
        self, mine: list[FrozenOperation], theirs: list[FrozenOperation]
    ) -> None:
        """Pairs of the same look in other scopes: the longest common endings first."""
        for length in range(_depth([*mine, *theirs]), -1, -1):
            known: dict[Hashable, list[FrozenOperation]] = defaultdict(list)
            for op in reversed(self._free(theirs)):
                known[_ending(op.name, length)].append(op)
            for op in mine:
                found = known[_ending(op.name, length)]
                if found and op not in self.partner:
                    self._pair(op, found.pop())

    def _settle(self, some: Iterable[FrozenOperation]) -> None:
        """Exact partners for `some`, and for what is behind those that find one."""
        waiting = deque(some)
        while waiting:
            op = waiting.popleft()
            if op in self.partner or is_constant(op):
                continue
            key = self._key(op, self.new, self.partner)
            if key is None:
                continue
            old = self._choose(op, self._exact.get((stem(op.name), key), {}))
            if old is not None:
                self._pair(op, old)
                waiting += self.new.takers[op]

    def _choose(
        self, op: FrozenOperation, candidates: _Equals
    ) -> FrozenOperation | None:
        """Of equals the one of that name, else the first whose name is not wanted."""
        named = self.old.by_name.get(op.name)
        if named in candidates and named not in self._taken:
            return named
        free = self._some_free(candidates)
        for old in free:
            other = self.new.by_name.get(old.name)
            if other is None or other in self.partner:
                return old
        return free[0] if free else None

    def _some_free(self, candidates: _Equals) -> list[FrozenOperation]:
        """The first that have no partner; the others are dropped on the way."""
        free: list[FrozenOperation] = []
        for old in list(islice(candidates, _MOST)):
            if old in self._taken:
                del candidates[old]
            else:
                free.append(old)
        return free

    def _pair_likely(self) -> None:
        """The rest, from the inputs on: moved, then changed, the surest first."""
        finders = [self._moved_partner]
        finders += [partial(self._changed_partner, enough=e) for e in (_SURE, _ENOUGH)]
        for find in finders:
            for op in self.new.operations:
                if op in self.partner or is_constant(op):
                    continue
                old = find(op)
                if old is not None:
                    self._pair(op, old)
                    self._settle(self.new.takers[op])

    def _moved_partner(self, op: FrozenOperation) -> FrozenOperation | None:
        """What does the same to the same under another name."""
        key = self._key(op, self.new, self.partner)
        if key is None or not (op.inputs or op.control_inputs):
            return None
        free = self._some_free(self._moved.get(key, {}))
        last = stem(op.name).rpartition("/")[2]
        alike = [old for old in free if stem(old.name).rpartition("/")[2] == last]
        return self._choose(op, dict.fromkeys(alike or free))

    def _changed_partner(
        self, op: FrozenOperation, enough: float
    ) -> FrozenOperation | None:
        """What has its name, or is at its place: takes or feeds the same."""
        free = [
            old
            for old in dict.fromkeys(self._around(op))
            if old.type == op.type and old not in self._taken
        ]
        scored = [(self._likeness(op, old), -old.id, old) for old in free]
        best = max(scored, default=None, key=lambda entry: entry[:2])
        return best[2] if best is not None and best[0] >= enough else None

    def _around(self, op: FrozenOperation) -> Iterator[FrozenOperation]:
        named = self.old.by_name.get(op.name)
        if named is not None:
            yield named
        for source in sources(op):
            if source in self.partner and not is_constant(source):
                yield from self.old.takers[self.partner[source]][:_MOST]
        for taker in self.new.takers[op][:_MOST]:
            if taker in self.partner:
                yield from sources(self.partner[taker])

    def _likeness(self, op: FrozenOperation, old: FrozenOperation) -> float:
        """How much speaks for a pair; 1.25 is a name alone."""
        score = 0.5 * (stem(op.name) == stem(old.name))
        if op.name == old.name:
            score += 0.75
        elif self._is_wanted(old):
            score -= 0.5
        shared = sum(
            self._is_same(mine.op, theirs.op)
            for mine, theirs in zip(op.inputs, old.inputs, strict=False)
        )
        takers = {self.partner.get(taker) for taker in self.new.takers[op]}
        feeds = any(taker in takers for taker in self.old.takers[old])
        score += 0.25 * (self.new.looks[op] == self.old.looks[old]) + 0.5 * feeds
        return score + 0.75 * shared / max(1, len(op.inputs))

    def _is_wanted(self, old: FrozenOperation) -> bool:
        """Whether another operation without a partner has its name."""
        other = self.new.by_name.get(old.name)
        return (
            other is not None and other.type == old.type and other not in self.partner
        )

    def _is_same(self, new: FrozenOperation, old: FrozenOperation) -> bool:
        if is_constant(new) and is_constant(old):
            return self.new.looks[new] == self.old.looks[old]
        return self.partner.get(new) is old

    def _pair_constants_left(self) -> None:
        """Constants that nothing takes, or only what was added: by name and value."""
        for op in self.new.operations:
            if not is_constant(op) or op in self.partner:
                continue
            old = self.old.by_name.get(op.name)
            if old is not None and old.type == op.type and old not in self._taken:
                self._pair(op, old)


def _depth(operations: Iterable[FrozenOperation]) -> int:
    return max((op.name.count("/") for op in operations), default=0) + 1


def _ending(name: str, parts: int) -> Hashable:
    """The last `parts` parts of a name without their numbers; () for none of them."""
    return tuple(stem(name).split("/")[-parts:]) if parts else ()
