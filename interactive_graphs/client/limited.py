"""Programs of a session whose config says how many threads its steps may take.

    runs = limited(program, config.intra_op_parallelism_threads)

Native code is made for that number; what numpy computes is told of it while it runs.
Other sessions' programs are as they were, and their runs pay nothing.
Read next: `programs.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from interactive_graphs.kernels.cpu import helpers


class Limited(NamedTuple):
    """A program that takes so many threads at the most."""

    program: Any
    threads: int

    def run(self, values: Any) -> Any:
        """As of the program."""
        with helpers.at_most(self.threads):
            return self.program.run(values)

    def blame(self, error: Exception) -> Any:
        """As of the program."""
        return self.program.blame(error)


def limited(program: Any, threads: int) -> Any:
    """The program itself where any number of threads will do, which 0 means."""
    return Limited(program, threads) if threads > 0 else program
