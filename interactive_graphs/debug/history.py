"""What watched tensors were like at each step: rings of bounded size.

A `Series` is the record of one tensor: a preallocated table with a row for each step,
of which the newest `capacity` are kept, and the full values of as many steps as the
memory budget of the `History` allows, oldest dropped first. Nothing grows while a loop
trains, and one thread may read while another records.

    >>> history = History(capacity=3)
    >>> for step in range(5):
    ...     _ = history.record("loss:0", step, np.float32(1 / (step + 1)))
    >>> history["loss:0"].steps.tolist()
    [2, 3, 4]
    >>> history["loss:0"].column("mean").round(2).tolist()
    [0.33, 0.25, 0.2]

Read next: `watch.py`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from interactive_graphs.display.health import LIMIT, Health, health_of

CAPACITY: Final = 4096
"""Steps that a series remembers, unless told otherwise."""

MEMORY: Final = 64 << 20
"""Bytes of full values that a history keeps, unless told otherwise."""

COLUMNS: Final = (
    "mean",
    "std",
    "min",
    "max",
    "zero",
    "negative",
    "positive",
    "nan",
    "inf",
)
"""What is kept of each step; counts as shares of what was looked at."""

Array = np.ndarray[Any, Any]


class Series:
    """The record of one tensor.

    Attributes:
        name: the tensor's.
        capacity: how many steps are kept.
        last: the health of the newest step, None before there is one.
    """

    def __init__(self, name: str, capacity: int = CAPACITY) -> None:
        """Nothing recorded; the table has its final size."""
        if capacity < 1:
            raise ValueError(f"A series keeps at least one step, not {capacity}.")
        self.name = name
        self.capacity = capacity
        self.last: Health | None = None
        self._steps = np.zeros(capacity, np.int64)
        self._table = np.full((capacity, len(COLUMNS)), np.nan)
        self._recorded = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many steps are kept."""
        return min(self._recorded, self.capacity)

    @property
    def recorded(self) -> int:
        """How many steps were ever recorded."""
        return self._recorded

    def add(self, step: int, health: Health) -> None:
        """Record a step, over the oldest one where the ring is full.

        Args:
            step: greater than any before, or equal to the last, which is replaced.
            health: of the tensor's value in that step.
        """
        looked = health.looked or 1
        ends = (health.mean, health.std, health.min, health.max)
        counts = (health.zero, health.negative, health.positive, health.nan, health.inf)
        row = [np.nan if number is None else number for number in ends]
        row += [count / looked for count in counts]
        with self._lock:
            again = self._recorded and self._steps[self._place(-1)] == step
            place = self._place(-1 if again else 0)
            if not again:
                self._recorded += 1
            self._steps[place] = step
            self._table[place] = row
            self.last = health

    def _place(self, offset: int) -> int:
        return (self._recorded + offset) % self.capacity

    def _order(self) -> Array:
        """Places of what is kept, oldest first."""
        kept = len(self)
        return np.arange(self._recorded - kept, self._recorded) % self.capacity

    @property
    def steps(self) -> Array:
        """The steps that are kept, oldest first: int64."""
        with self._lock:
            return self._steps[self._order()]

    def column(self, name: str) -> Array:
        """One of `COLUMNS` for each of `steps`: float64, NaN where there was none."""
        with self._lock:
            found: Array = self._table[self._order(), COLUMNS.index(name)]
        return found

    def rows(self) -> tuple[Array, Array]:
        """`steps`, and all columns as `[step, column]`, of one moment."""
        with self._lock:
            order = self._order()
            return self._steps[order], self._table[order]


class History:
    """Series by the names of tensors, and their full values within one budget.

    Attributes:
        capacity: steps that each series keeps.
        memory: bytes of full values that all series keep together; 0 for none.
    """

    def __init__(self, capacity: int = CAPACITY, memory: int = MEMORY) -> None:
        """No series yet."""
        self.capacity = capacity
        self.memory = memory
        self._series: dict[str, Series] = {}
        # Full values by tensor and step, oldest first.
        self._values: OrderedDict[tuple[str, int], Array] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Series:
        """The series of a tensor.

        Raises:
            LookupError: there is none.
        """
        found = self._series.get(name)
        if found is None:
            known = ", ".join(self._series) or "none"
            raise LookupError(f"Nothing was recorded of {name!r}; recorded: {known}.")
        return found

    def __iter__(self) -> Iterator[str]:
        """The names of the series, in order of their first record."""
        return iter(tuple(self._series))

    def __len__(self) -> int:
        """How many series there are."""
        return len(self._series)

    def __contains__(self, name: object) -> bool:
        """Whether there is a series of that name."""
        return name in self._series

    @property
    def nbytes(self) -> int:
        """Bytes of the full values that are kept."""
        return self._used

    @property
    def steps(self) -> Array:
        """All steps of which a series has a record, in order: int64."""
        found = [series.steps for series in list(self._series.values())]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def record(
        self, name: str, step: int, value: Any, limit: int | None = LIMIT
    ) -> Health:
        """Record the value of a tensor at a step.

        Args:
            name: the tensor's.
            step: the number of the step; does not go down.
            value: an array or numpy scalar that nobody changes afterwards.
            limit: how many elements to look at; see `health_of`.

        Returns:
            The health of the value.
        """
        health = health_of(value, limit)
        series = self._series.get(name)
        if series is None:
            with self._lock:
                series = self._series.setdefault(name, Series(name, self.capacity))
        series.add(step, health)
        if self.memory:
            self._keep(name, step, value)
        return health

    # -- full values ---------------------------------------------------------------

    def kept(self, name: str) -> list[int]:
        """The steps at which the full value of a tensor is there, oldest first."""
        with self._lock:
            return [step for one, step in self._values if one == name]

    def value(self, name: str, step: int) -> Array:
        """The full value of a tensor at `step`, or at the last one before it.

        Returns:
            A read-only array, of rank 0 for scalars.

        Raises:
            LookupError: no value of that step or an earlier one is kept.
        """
        with self._lock:
            found = self._values.get((name, step))
            if found is None:
                steps = [at for one, at in self._values if one == name and at <= step]
                if not steps:
                    raise LookupError(
                        f"The value of {name!r} at step {step} is not kept; the "
                        f"history has room for {self.memory:,} bytes."
                    )
                found = self._values[name, max(steps)]
            return found

    def _keep(self, name: str, step: int, value: Any) -> None:
        """Keep a full value as the newest, and let go of the oldest for it."""
        array = np.asarray(value)
        if array.flags.writeable:
            array = array.copy()
            array.flags.writeable = False
        size = bytes_of(array)
        if size > self.memory:
            return
        with self._lock:
            before = self._values.pop((name, step), None)
            self._used += size - (0 if before is None else bytes_of(before))
            self._values[name, step] = array
            most = self.capacity * max(1, len(self._series))
            while self._used > self.memory or len(self._values) > most:
                _, oldest = self._values.popitem(last=False)
                self._used -= bytes_of(oldest)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._series.clear()
            self._values.clear()
            self._used = 0


def bytes_of(array: Array) -> int:
    """The memory of an array, with that of its strings."""
    size = int(array.nbytes)
    if array.dtype.kind == "O":
        size += sum(len(s) for s in array.flat if isinstance(s, (bytes, str)))
    return size
