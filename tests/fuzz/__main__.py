"""The long run: `python -m tests.fuzz --inputs 100000`, shared out among all targets."""

import argparse
import sys

from tests.fuzz.driver import run, targets


def main() -> int:
    """Print a line for each decoder; fail if one did not answer as it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="targets whose names contain this")
    options = parser.parse_args()
    chosen = {name: t for name, t in targets().items() if options.only in name}
    share = -(-options.inputs // len(chosen))
    failed = total = 0
    print(
        f"{'decoder':36} {'inputs':>7} {'read':>7} {'refused':>7} {'failed':>6} {'s':>6}"
    )
    for name, target in chosen.items():
        outcome = run(target, share, options.seed)
        read, refused, failures, seconds = outcome
        total += share
        failed += len(failures)
        print(
            f"{name:36} {share:7} {read:7} {refused:7} {len(failures):6} {seconds:6.1f}",
            flush=True,
        )
        for data, error in failures[:3]:
            print(f"    {error[:150]}\n    {data[:60]!r}")
    print(f"{total} inputs, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
