"""The live log of placements: what was asked, possible and chosen, and why.

    PlacementView(session)
    PlacementView(session, config=tf.ConfigProto(...), devices=["/cpu:0", "/gpu:0"])

With a config or devices it shows besides what would change there. `overlay` colours a
linked GraphView by device. Read next: `../display/placement.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import traitlets

from interactive_graphs import protos
from interactive_graphs.display.placement import PlacementChanges, PlacementLog
from interactive_graphs.widgets.base import View


class PlacementView(View):
    """Where operations are, filterable; and where they would be.

    Args:
        session: an open session.
        config: a ConfigProto to compare with.
        devices: names of devices to compare with.
        operations: those that are shown; all when None.
        traits: initial values: `words`, `selected`.

    Attributes:
        log: what is shown; see `PlacementLog.to_json`.
        changes: what another session would do; see `PlacementChanges.to_json`.
        words: what the rows are filtered by.
        only_changes: whether only what would change is shown.
    """

    _view = traitlets.Unicode("placement").tag(sync=True)
    log = traitlets.Dict().tag(sync=True, echo_update=False)
    changes = traitlets.Dict().tag(sync=True, echo_update=False)
    words = traitlets.Unicode().tag(sync=True)
    only_changes = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(
        self,
        session: Any,
        config: Any = None,
        devices: Any = None,
        operations: Iterable[Any] | None = None,
        **traits: Any,
    ) -> None:
        """See the class."""
        self._session = session
        self._wanted = None if operations is None else set(operations)
        self.placements = self._shown(session.placements())
        self.trial: list[Any] = []
        super().__init__(log=PlacementLog(self.placements).to_json(), **traits)
        self.on_ask("trial", self._answer)
        if config is not None or devices is not None:
            self.compare(config, devices)

    def compare(self, config: Any = None, devices: Any = None) -> PlacementChanges:
        """Show what would change in a session with another config, or on other devices.

        Args:
            config: a ConfigProto message.
            devices: names of devices, e.g. ["/cpu:0", "/gpu:0"].

        Raises:
            TypeError, ValueError: as `Session.placements`.
        """
        self.trial = self._shown(self._session.placements(config, devices))
        changes = PlacementChanges(self.placements, self.trial)
        self.changes = changes.to_json()
        return changes

    def _shown(self, placements: list[Any]) -> list[Any]:
        wanted = self._wanted
        return [p for p in placements if wanted is None or p.op in wanted]

    def overlay(self, names: Any, trial: bool = False) -> dict[str, Any]:
        """Colours by device, for a GraphView.

        Args:
            names: of the view's operations, `view.model["ops"]["name"]`.
            trial: of the session that is compared with.
        """
        placements = self.trial if trial else self.placements
        return PlacementLog(placements).overlay(names)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The browser's question: what if there were these devices?"""
        config = _config_of(question)
        names = str(question.get("devices", "")).replace(",", " ").split()
        changes = self.compare(config, names or None)
        return {"summary": changes.summary}

    def fallback(self) -> dict[str, Any]:
        """The tables."""
        log = PlacementLog(self.placements).table()
        if not self.trial:
            return log.bundle()
        changes = PlacementChanges(self.placements, self.trial).table()
        return {
            "text/plain": f"{log.text}\n{changes.text}",
            "text/html": f"{log.html}{changes.html}",
        }


def _config_of(question: dict[str, Any]) -> Any:
    config = protos.ConfigProto(allow_soft_placement=bool(question.get("soft", False)))
    count = int(question.get("cpus", 0))
    if count:
        config.device_count["CPU"] = count
    return config
