"""What a session tells of its runs beyond their results: where, step by step, watched.

Read next: `../debug/attach.py`, `../runtime/place.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.client import targets
from interactive_graphs.client.interface import SessionInterface
from interactive_graphs.client.programs import Programs
from interactive_graphs.runtime.engine import Engine
from interactive_graphs.runtime.place import Placement


class LookingInside(SessionInterface):
    """The part of a session that looks inside."""

    _engine: Engine
    _programs: Programs
    _quick: dict[Any, Any]

    def _check_usable(self) -> None:
        """Refuse a closed session, or an empty graph."""
        raise NotImplementedError("_check_usable")

    def list_devices(self) -> list[Any]:
        """The devices of this session.

        Returns:
            Objects with `name`, `device_type`, `memory_limit_bytes` (also as
            `memory_limit`) and `incarnation`.

        Raises:
            CancelledError: the session is closed.

        Example:
            >>> import interactive_graphs as tf
            >>> [d.name for d in tf.Session().list_devices()]
            ['/job:localhost/replica:0/task:0/device:CPU:0']
        """
        self._engine.check_open()
        return [targets.DeviceAttributes(d) for d in self._engine.devices]

    def placements(self, config: Any = None, devices: Any = None) -> list[Placement]:
        """Where each operation runs, and why; or would run. Nothing is run.

        With an argument it is another session that is asked about: this graph under
        another ConfigProto, or on devices that need not be here.

        Args:
            config: a ConfigProto message; this session's own when None.
            devices: names of devices to imagine, e.g. ["/cpu:0", "/gpu:0"].

        Returns:
            Objects with `op`, `asked`, `possible`, `chosen`, `reason`, `why`, `group`.
            What no device would take has an empty `chosen`, and the error as `reason`.

        Raises:
            RuntimeError: the session is closed, or the graph is empty.
            TypeError: `config` is no ConfigProto.
            ValueError: a device's name is none.

        Example:
            >>> import interactive_graphs as tf
            >>> with tf.device("/gpu:0"):
            ...     x = tf.constant(1.0, name="x")
            >>> soft = tf.ConfigProto(allow_soft_placement=True)
            >>> tf.Session().placements(soft)[0].reason
            '/device:GPU:0 is not there: soft placement'
        """
        self._check_usable()
        return targets.placements(self._engine, config, devices)

    def debug(
        self, fetches: Any, feed_dict: Any = None, every_node: bool = False
    ) -> Any:
        """A run that stands still before its first node, to be walked through.

        What its nodes do they really do: variables are assigned as in `run`.

        Args:
            fetches: as for `run`.
            feed_dict: as for `run`.
            every_node: stand still before constants, and the nodes that say where
                values go in loops and conditions, too.

        Returns:
            A `debug.stepper.Stepper` with `step`, `step_over`, `step_out`, `until`,
            `cont`, `stop`, `value` and `inject`; each returns with the run paused.

        Example:
            >>> import interactive_graphs as tf
            >>> y = tf.square(tf.constant(3.0) + 1.0, name="y")
            >>> tf.Session().debug(y).until("y")
            paused before 'y' (Square), 3 nodes ran [y]
              takes add:0: float32 4.0
        """
        begin = lazy.load("interactive_graphs.debug.begin")
        return begin.debug(self, fetches, feed_dict, every_node)

    def break_at(self, what: Any = None, **options: Any) -> Any:
        """Have every run stop at a node, an iteration or a value, inside of `run`.

        The run waits for buttons, for magics, or for methods of `debug.gate` called
        from another thread; where nobody can answer it goes on. While there are
        breakpoints, steps run node by node, which is slower.

        Args:
            what: a node, tensor, scope or loop, or its name; or a condition as text,
                e.g. "loss > 2", "after y", "nan".
            **options: see `debug.conditions.Condition.of`.

        Returns:
            The breakpoint; its `remove()` takes it away.

        Raises:
            ValueError: there is no such place.
        """
        return lazy.load("interactive_graphs.debug.gate").break_at(
            self, what, **options
        )

    def exchange_programs(self, programs: Programs) -> None:
        """Run others from now on, which tell who watches; `debug.attach` does this."""
        self._programs = programs
        self._quick = {}
