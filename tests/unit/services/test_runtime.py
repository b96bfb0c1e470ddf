"""Runs of the process one after the other: nothing of one is left, and nothing of it is seen in the next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.logs import set_up_logging
from core.models.access import SignInMethod, Visitor
from core.models.audit import Action
from core.models.content import Kind
from core.models.diagnostics import Check, SelfCheck, Verdict
from core.models.recipients import Group
from core.models.topic import Topic
from core.services import attachments, audit, diagnostics, safe_image
from core.services.runtime import current
from core.services.state import current_visitor
from tests.support.media_samples import image
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of

RUNS = 50


@dataclass(frozen=True)
class Held:
    """What this process holds that must not grow."""

    threads: frozenset[str]
    descriptors: int
    children: int


def held() -> Held:
    """As it is now."""
    process = psutil.Process()
    names = frozenset(thread.name for thread in threading.enumerate())
    return Held(names, process.num_fds(), len(process.children(recursive=True)))


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def use_and_close(auth_dir: Path, *, decode: bool) -> None:
    """Start a runtime, put something into each of its parts, and close it."""
    auth_dir.mkdir(exist_ok=True)
    runtime = runtime_of(auth_dir)
    with installed(runtime):
        set_up_logging("INFO", lines=runtime.log_lines)
        runtime.start()
        eventually(lambda: runtime.registry.storage().ready, timeout=20, seen=runtime.registry.storage)
        seen_at_the_start = (
            runtime.audit.waiting,
            runtime.groups.find("loja-1", within_s=1e9),
            runtime.media.folder.holds(Path("x")),
            current_visitor.signed_in(),
            [line for line in diagnostics.recent_log() if line.text == "of this run"],
        )
        assert seen_at_the_start == ((), None, False, None, [])
        assert Topic.MESSAGES not in runtime.changes.newest
        logging.getLogger("x").info("of this run")
        runtime.changes.publish(Topic.MESSAGES, 1)
        runtime.groups.store("loja-1", (Group("1@g.us", "Time", 3),))
        audit.note(Action.SIGNED_IN, visitor=Visitor(SignInMethod.PASSWORD, "", "127.0.0.1", 1.0))
        made = attachments.prepare(Kind.DOCUMENT, b"words", name="a.txt")
        good = Check(SelfCheck.DISK_WRITE, Verdict.GOOD)
        assert runtime.checks.run({good.code: lambda: good}) == (good,)
        if decode:
            assert safe_image.face(image("PNG", 20, 20))
            assert runtime.media.decoders.quick.child.pid
        runtime.close()
        runtime.close()
    assert not Path(made.path).parent.exists()


@pytest.mark.timeout(300)
def test_fifty_runs_leave_nothing_behind(tmp_path: Path) -> None:
    """No thread, no descriptor, no child process; and each begins as empty as the first."""
    use_and_close(tmp_path / "first", decode=True)  # what Python and libraries keep for good comes with it
    before = held()
    for run in range(RUNS):
        use_and_close(tmp_path / f"run-{run % 2}", decode=run % 10 == 0)
    eventually(lambda: held().threads <= before.threads, timeout=5, seen=held)
    after = held()
    assert after.children <= before.children
    assert after.descriptors <= before.descriptors
    with pytest.raises(RuntimeError, match="not running"):
        current()
