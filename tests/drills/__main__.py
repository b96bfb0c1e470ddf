"""`python -m tests.drills kills --rounds 100`: one drill, its table, and its verdict as the exit status."""

from __future__ import annotations

import argparse
import inspect
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from tests.drills import clock, flood, full_disk, kills, slow_disk, small_plan, soak
from tests.drills.report import Report
from tests.support.memory_group import NoGroupError

DRILLS: Final[dict[str, Callable[..., Report]]] = {
    "kills": kills.run,
    "soak": soak.run,
    "clock": clock.run,
    "disk": full_disk.run,
    "slow-disk": slow_disk.run,
    "flood": flood.run,
    "small-plan": small_plan.run,
}
NIGHTLY: Final[dict[str, dict[str, float]]] = {
    "kills": {"rounds": 600},
    "soak": {"hours": 1.5},
    "clock": {"rounds": 64},
    "disk": {"rounds": 60},
    "slow-disk": {"rounds": 30},
    "flood": {"rounds": 30},
    "small-plan": {},
}


def main(words: list[str]) -> int:
    """Run the drill that is named; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("drill", choices=[*DRILLS, "nightly"])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--instances", type=int)
    parser.add_argument("--seed", type=int)
    given = vars(parser.parse_args(words))
    name = given.pop("drill")
    sizes = {key: value for key, value in given.items() if value is not None}
    # Whoever ends a drill has everything ended that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if name != "nightly":
        if unknown := sizes.keys() - inspect.signature(DRILLS[name]).parameters.keys():
            parser.error(f"{name} has no {', '.join(sorted(unknown))}")
        return _run(name, sizes)
    if sizes:
        parser.error("nightly has its own sizes")
    return max(_run(each, NIGHTLY[each]) for each in DRILLS)


def _run(name: str, sizes: Mapping[str, float]) -> int:
    begin = time.monotonic()
    try:
        report = DRILLS[name](**sizes)
    except (pytest.skip.Exception, NoGroupError) as reason:
        print(f"{name} skipped: {reason}", flush=True)
        return 0
    report.tell("minutes", f"{(time.monotonic() - begin) / 60:.1f}")
    print(f"\n{report}", flush=True)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
