"""`%devices`: where operations can run.

Read next: `../client/session.py`.
"""

from __future__ import annotations

from IPython.core.magic import Magics, magics_class

from interactive_graphs.display.table import Table
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import line_magic


@magics_class
class TraceMagics(Magics):
    """`%devices`."""

    @line_magic()
    def devices(self, line: str) -> Table:
        """Lists the devices of the default session."""
        _tools.parsed(self.devices, line)
        with _tools.usage_errors():
            devices = _tools.default_session().list_devices()
        rows: list[tuple[str, ...]] = [
            (device.name, device.device_type, f"{device.memory_limit_bytes:,}")
            for device in devices
        ]
        noun = "device" if len(rows) == 1 else "devices"
        return Table(f"{len(rows)} {noun}", ("name", "type", "memory, bytes"), rows)
