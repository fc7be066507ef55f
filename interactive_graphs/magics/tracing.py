"""`%trace` and `%%trace`: what ran when, and what it cost; `%devices`: where and why.

Read next: `../debug/traces.py`, `../display/placement.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, magics_class

from interactive_graphs import protos
from interactive_graphs._util import lazy
from interactive_graphs.debug.traces import Traces, traces
from interactive_graphs.display.placement import PlacementChanges, PlacementLog
from interactive_graphs.display.runs import GROUPINGS
from interactive_graphs.display.table import Table, Tables
from interactive_graphs.display.targets import asked_operations, dependencies
from interactive_graphs.display.text import Words
from interactive_graphs.magics import _tools
from interactive_graphs.magics._tools import (
    line_cell_magic,
    line_magic,
    option,
    unquoted,
)


@magics_class
class TraceMagics(Magics):
    """`%trace`, `%%trace` and `%devices`."""

    @line_cell_magic(
        option("-f", "--feed", default="", help="a feed dictionary"),
        option("-n", "--times", type=int, default=1, help="how often it is run"),
        option(
            "-b",
            "--by",
            default="",
            choices=["", *GROUPINGS],
            help="only a table, added up by op, type, scope or device",
        ),
        option("-i", "--interactive", action="store_true", help="the live timeline"),
        option("-o", "--output", default="", help="a file to write: .json .svg .txt"),
        option("expression", nargs="*", help="what is fetched"),
    )
    def trace(self, line: str, cell: str | None = None) -> Any:
        """Runs an expression, or the cell, and shows where the time went.

        `%trace` runs what follows once in the default session, `%%trace` the cell, of
        which it shows all runs of all sessions. What comes back is a `Traces`: a
        picture of the last run over a table, with `.runs`, `.table(by)`, `.save(path)`
        and `.widget()`. A `.json` opens in chrome://tracing and ui.perfetto.dev.

        Traced, each operation runs by itself, as it was written, with two looks at the
        clock around it: compare the shares, not the sum with a plain run.

        Examples: `%trace loss`, `%trace -f {x:batch} -n 10 [loss, train]`,
        `%trace -b scope train`, `%trace -i loss`, `%%trace -o train.json`.
        """
        args = _tools.parsed(self.trace, line)
        if cell is not None:
            if args.expression:
                raise UsageError("%%trace runs the cell; an expression has no place.")
            with traces() as found:
                shell: Any = self.shell
                shell.run_cell(cell, store_history=False)  # shows its error, if any
        else:
            found = self._traced(args)
        return _as_asked(found, args)

    def _traced(self, args: Any) -> Traces:
        if not args.expression:
            raise UsageError("%trace needs what to run, as in `%trace loss`.")
        session = _tools.default_session()
        fetches = _tools.evaluate(self.shell, " ".join(args.expression))
        feed = _tools.evaluate(self.shell, unquoted(args.feed)) if args.feed else None
        with _tools.usage_errors(), traces(session) as found:
            for _ in range(args.times):
                session.run(fetches, feed)
        return found

    @line_magic(
        option("--only", default="", help="rows in which all of these words stand"),
        option("--soft", action="store_true", help="what if: soft placement"),
        option("--cpus", type=int, default=0, help="what if: so many CPUs"),
        option("--on", default="", help="what if: devices, as /cpu:0,/gpu:0"),
        option("--config", default="", help="what if: a ConfigProto"),
        option("-i", "--interactive", action="store_true", help="the live log"),
        option(
            "expression",
            nargs="*",
            help="a tensor, operation, variable or list of them: only what they need",
        ),
    )
    def devices(self, line: str) -> Any:
        """Lists the default session's devices, and where each operation goes, and why.

        With a what-if it shows what would change in another session; nothing is run.

        Examples: `%devices`, `%devices loss`, `%devices --only "cpu:1"`,
        `%devices --soft --on /cpu:0,/gpu:0`, `%devices -i`.
        """
        args = _tools.parsed(self.devices, line)
        session = _tools.default_session()
        operations = None
        if args.expression:
            target = _tools.element(self.shell, " ".join(args.expression))
            with _tools.usage_errors():
                operations = dependencies(asked_operations(target, session.graph))
        with _tools.usage_errors():
            listed = _device_table(session.list_devices())
            if session.graph.version == 0:
                return Tables([listed])
            config, devices = self._other(session, args)
            return _placed(session, operations, config, devices, args, listed)

    def _other(self, session: Any, args: Any) -> tuple[Any, list[str] | None]:
        """The session to compare with: its config and its devices."""
        devices = unquoted(args.on).replace(",", " ").split() or None
        if args.config:
            return _tools.evaluate(self.shell, unquoted(args.config)), devices
        if not (args.soft or args.cpus or devices):
            return None, None
        config = protos.ConfigProto(allow_soft_placement=args.soft)
        config.device_count["CPU"] = args.cpus or len(session.list_devices())
        return config, devices


def _as_asked(found: Traces, args: Any) -> Any:
    with _tools.usage_errors():
        if args.output:
            return Words(f"Written to {found.save(unquoted(args.output))}")
        if args.interactive:
            return found.widget()
    return found.table(args.by) if args.by else found


def _placed(
    session: Any,
    operations: Iterable[Any] | None,
    config: Any,
    devices: list[str] | None,
    args: Any,
    listed: Table,
) -> Any:
    words = unquoted(args.only)
    if args.interactive:
        live = lazy.load("interactive_graphs.widgets.placement")
        return live.PlacementView(session, config, devices, operations, words=words)
    wanted = None if operations is None else set(operations)

    def shown(placements: list[Any]) -> list[Any]:
        return [p for p in placements if wanted is None or p.op in wanted]

    log = PlacementLog(shown(session.placements()))
    tables: list[Any] = [listed, (log.only(words) if words else log).table()]
    if config is not None or devices is not None:
        trial = shown(session.placements(config, devices))
        changes = PlacementChanges(log.placements, trial)
        tables[1:] = [(changes.only(words) if words else changes).table()]
    return Tables(tables)


def _device_table(devices: list[Any]) -> Table:
    rows: list[tuple[str, ...]] = [
        (device.name, device.device_type, f"{device.memory_limit_bytes:,}")
        for device in devices
    ]
    noun = "device" if len(rows) == 1 else "devices"
    return Table(f"{len(rows)} {noun}", ("name", "type", "memory, bytes"), rows)
