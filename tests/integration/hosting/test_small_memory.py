"""A small plan: the real app under a limit of memory, in tabs and with a large picture.

`make drill-small-plan` does it with a hundred instances in 512 MB.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.drills import small_plan
from tests.support.memory_group import MB, NoGroupError, memory_group

INSTANCES, LIMIT = 3, 400 * MB
"""As much beside the instances as a hundred of them leave in 512 MB."""

GREEDY = "import time; time.sleep(0.5); bytearray(200 << 20)"
"""Waits until this process, which is larger, is out of the group."""


def test_a_group_has_its_limit() -> None:
    """What takes more is ended, and counted; what is started outside is not in it."""
    try:
        with memory_group(64 * MB) as group:
            with group.inside():
                greedy = subprocess.Popen([sys.executable, "-c", GREEDY])
            assert greedy.wait(20) == -9
            assert group.kills == 1
            assert group.most <= 64 * MB
            assert group.pids() == []
    except NoGroupError as reason:
        pytest.skip(f"no control group can be made here: {reason}")


def test_nothing_is_ended_for_want_of_memory() -> None:
    """Instances connect, two tabs are open, a picture of 16 MB goes out: all within the limit."""
    try:
        report = small_plan.run(instances=INSTANCES, limit=LIMIT)
    except NoGroupError as reason:
        pytest.skip(f"no control group can be made here: {reason}")
    assert not report.broken, str(report)
