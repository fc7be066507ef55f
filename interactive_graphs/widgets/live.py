"""What ties a view to a running session: told of runs, it refreshes the view in time.

A `Feed` is on the session only while somebody can see its view, so a hidden view costs
nothing at all. It refreshes at a pace that leaves the loop its speed, keeps what came
too soon, and shows that at the end of the cell. Read next: `variables.py`.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from typing import Any, Final, Protocol

from interactive_graphs.debug.attach import Attachment, Probe, Run, attach
from interactive_graphs.debug.pace import Pace
from interactive_graphs.debug.watch import Watched
from interactive_graphs.framework.operation import Operation

SHARE: Final = 0.04
"""Of a session's time that all views that are seen may take together."""


class Shown(Protocol):
    """What a feed refreshes."""

    def refresh(self) -> None:
        """Show what is there now."""

    def flush(self) -> None:
        """Send what is held back."""


class Feed(Probe):
    """A session's news for one view; the view is not kept alive by it.

    Attributes:
        session: whose runs it is told of.
        step: the number of the last run; 0 before there is one.
        values: the newest value of each watched tensor, by name.
        pace: when to refresh.
        trouble: what went wrong while refreshing, which ended it; '' if nothing did.
    """

    def __init__(
        self, view: Shown, session: Any, watched: Sequence[Watched] = ()
    ) -> None:
        """Told of nothing yet; see `listen`."""
        self.session = session
        self.step = 0
        self.values: dict[str, Any] = {}
        self.trouble = ""
        self._view = weakref.ref(view)
        self.pace = Pace()
        self._is_late = False
        self._attachment: Attachment | None = None
        self._watched: dict[Operation, list[Watched]] = {}
        for one in watched:
            if one.tensor is not None:
                self._watched.setdefault(one.op, []).append(one)

    # -- being told ----------------------------------------------------------------

    def listen(self, wanted: bool) -> None:
        """Begin to be told of runs, or end it.

        Args:
            wanted: whether anybody looks.
        """
        if wanted and self._attachment is None and not self.session._closed:
            self._attachment = attach(self.session, self)
            _flush_after_cells(self)
            _share_time(self.session)
        elif not wanted and self._attachment is not None:
            attachment, self._attachment = self._attachment, None
            attachment.close()
            _share_time(self.session)

    @property
    def is_listening(self) -> bool:
        """Whether it is on the session."""
        return self._attachment is not None

    def wants(self, op: Operation) -> bool:
        """Only what is watched: all else runs as fast as ever."""
        return op in self._watched

    def after(self, op: Operation, outputs: tuple[Any, ...]) -> None:
        """Remember the values; looking at them is for `stop`."""
        for one in self._watched[op]:
            assert one.tensor is not None
            value = outputs[one.tensor.value_index]
            if value is not None:
                self.values[one.name] = value

    def stop(self, run: Run, _error: BaseException | None = None) -> None:
        """A run has ended: refresh the view if it is time."""
        self.step = run.number
        if self.pace.is_due():
            self.refresh()
        # Even then: a watch whose turn comes after this one has yet to record.
        self._is_late = True

    # -- telling -------------------------------------------------------------------

    def refresh(self) -> None:
        """Refresh the view; what goes wrong there never reaches the user's loop."""
        view = self._view()
        if view is None:
            self.listen(False)
            return
        try:
            with self.pace:
                view.refresh()
        except Exception as error:
            self.trouble = f"{type(error).__name__}: {error}"
            self.listen(False)

    def flush(self) -> None:
        """Show what is held back: at a pause, and at the end of a cell."""
        if self._is_late and self.is_listening:
            self._is_late = False
            self.refresh()
        view = self._view()
        if view is not None:
            view.flush()


def _share_time(session: Any) -> None:
    """Give each feed that listens to a session the same part of `SHARE`."""
    listening = [f for f in list(_feeds) if f.session is session and f.is_listening]
    for feed in listening:
        feed.pace.share = SHARE / len(listening)


_feeds: weakref.WeakSet[Feed] = weakref.WeakSet()
_shells: weakref.WeakSet[Any] = weakref.WeakSet()


def _flush_after_cells(feed: Feed) -> None:
    """Have a feed show the last values of a loop when its cell ends."""
    _feeds.add(feed)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and shell not in _shells:
        _shells.add(shell)
        shell.events.register("post_run_cell", _flush_all)


def _flush_all(_result: Any = None) -> None:
    for feed in list(_feeds):
        feed.flush()
