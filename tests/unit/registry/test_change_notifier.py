"""The lock that counts changes."""

from __future__ import annotations

import threading
import time

from core.models.topic import Topic
from core.registry.change_notifier import ChangeNotifier


def test_every_change_has_a_number_of_its_own_and_is_told_with_it() -> None:
    """Numbers only grow, and the listener hears each one once, in order."""
    heard: list[tuple[Topic, int]] = []
    changed = ChangeNotifier(lambda topic, version: heard.append((topic, version)))
    first = changed.version
    changed.publish(Topic.STORAGE)
    changed.publish(Topic.INSTANCES, Topic.TRASH)
    assert heard == [(Topic.STORAGE, first + 1), (Topic.INSTANCES, first + 2), (Topic.TRASH, first + 2)]
    assert changed.version == first + 2


def test_the_next_process_counts_on_from_higher_numbers() -> None:
    """A page that outlives a restart takes the new process's first change for a newer one."""
    before = ChangeNotifier(lambda *_: None)
    before.publish(Topic.INSTANCES)
    time.sleep(0.002)
    assert ChangeNotifier(lambda *_: None).version > before.version


def test_it_is_still_the_condition_that_threads_wait_for() -> None:
    """Waiters wake at a change; without one they do not."""
    changed, woke = ChangeNotifier(lambda *_: None), threading.Event()
    ready = threading.Event()

    def wait() -> None:
        with changed:
            ready.set()
            if changed.wait(5):
                woke.set()

    thread = threading.Thread(target=wait)
    thread.start()
    ready.wait(5)
    with changed:  # it waits now: it gave the lock free
        assert not woke.is_set()
        changed.publish(Topic.INSTANCES)
    thread.join(5)
    assert woke.is_set()
