"""`python -m tests.drills kills --rounds 100`: one drill, its table, and its verdict as the exit status."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.drills import clock, flood, full_disk, kills, slow_disk, small_plan, soak
from tests.drills.report import Report

DRILLS: Final[dict[str, Callable[..., Report]]] = {
    "kills": kills.run,
    "soak": soak.run,
    "clock": clock.run,
    "disk": full_disk.run,
    "flood": flood.run,
    "slow-disk": slow_disk.run,
    "512": small_plan.run,
}


def main(words: list[str]) -> int:
    """Run the drill that is named; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("drill", choices=DRILLS)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--instances", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seats", type=int)
    parser.add_argument("--visit-every", type=float)
    given = vars(parser.parse_args(words))
    drill = DRILLS[given.pop("drill")]
    begin = time.monotonic()
    report = drill(**{name: value for name, value in given.items() if value is not None})
    report.tell("minutes", f"{(time.monotonic() - begin) / 60:.1f}")
    print(f"\n{report}")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
