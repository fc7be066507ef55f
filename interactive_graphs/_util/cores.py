"""How many threads of ours may compute at the same time.

    >>> usable_cores() >= 1
    True

What the machine has, less what this process may not use: by its affinity, by the quota
of its container, or because the user said so with `OMP_NUM_THREADS`, which libraries
that compute go by. Read next: `blas_threads.py`.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "OMP_NUM_THREADS"
_UNLIMITED: Final = 1 << 20


def usable_cores() -> int:
    """Number of cores that this process may keep busy; it is found anew each time."""
    return max(1, min(_allowed(), _quota(Path("/sys/fs/cgroup")), _asked()))


def _allowed() -> int:
    with contextlib.suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _asked() -> int:
    """What the user's variable says: of a list, as OpenMP has it, the first number."""
    with contextlib.suppress(ValueError):
        number = int(os.environ.get(VARIABLE, "").split(",")[0])
        return number if number > 0 else _UNLIMITED
    return _UNLIMITED


def _quota(groups: Path) -> int:
    """Whole cores that the control group's quota allows; many if there is none."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (groups / "cpu.max").read_text().split()
        return _UNLIMITED if quota == "max" else int(quota) // int(period)
    with contextlib.suppress(OSError, ValueError):
        cpu = groups / "cpu"
        quota = (cpu / "cpu.cfs_quota_us").read_text()
        period = (cpu / "cpu.cfs_period_us").read_text()
        return _UNLIMITED if int(quota) <= 0 else int(quota) // int(period)
    return _UNLIMITED
