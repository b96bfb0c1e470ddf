"""The lock that counts changes."""

from __future__ import annotations

import threading
import time

from core.registry.changes import Changes


def test_every_change_has_a_number_of_its_own_and_is_told_with_it() -> None:
    """Numbers only grow, and the listener hears each one once, in order."""
    heard: list[int] = []
    changed = Changes(heard.append)
    first = changed.version
    for _ in range(3):
        with changed:
            changed.notify_all()
    assert heard == [first + 1, first + 2, first + 3]
    assert changed.version == heard[-1]


def test_the_next_process_counts_on_from_higher_numbers() -> None:
    """A page that outlives a restart takes the new process's first change for a newer one."""
    before = Changes(lambda _: None)
    with before:
        before.notify_all()
    time.sleep(0.002)
    assert Changes(lambda _: None).version > before.version


def test_it_is_still_the_condition_that_threads_wait_for() -> None:
    """Waiters wake at a change; without one they do not."""
    changed, woke = Changes(lambda _: None), threading.Event()
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
        changed.notify_all()
    thread.join(5)
    assert woke.is_set()
