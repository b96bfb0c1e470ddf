"""Measurements that a visitor waits for: one when the page opens, one after a press, one for a newcomer."""

from __future__ import annotations

import time
from typing import Final

from core.models.usage import UsageView
from core.services import instances, usage
from pages.ui.live import ARRIVED, keep_following
from pages.ui.state import Slot

FRESH_S: Final = 5.0
"""A measurement so young is not asked for again when the page opens."""
PATIENCE_S: Final = 30.0
"""A disk that takes longer is no longer waited for: its figures come with a later drawing."""
_SOON_S: Final = 0.5
_ASKED: Final = Slot("usage-asked", float)
"""When this visitor last asked, in seconds since the epoch."""


def ask_on_arrival() -> None:
    """Ask for a measurement when the page is opened, unless the newest one is of this moment."""
    if not ARRIVED.pop():
        return
    measured_at = usage.usage().measured_at
    if measured_at is None or time.time() - measured_at > FRESH_S:
        ask()


def ask() -> None:
    """Ask for a measurement, which ``is_awaited`` from now on."""
    usage.measure_again()
    _ASKED.set(time.time())


def ask_for_newcomers(view: UsageView) -> None:
    """Ask for one when an instance was made, or removed, since the last measurement."""
    if {row.instance_id for row in view.instances} != {view.id for view in instances.list_instances()}:
        usage.measure_again()
        if not is_awaited(view):
            _ASKED.set(time.time())


def is_awaited(view: UsageView) -> bool:
    """Return whether a measurement was asked for that ``view`` is not yet."""
    asked = _ASKED.get()
    return (view.measured_at or 0.0) < asked and time.time() - asked < PATIENCE_S


def draw_again_soon(view: UsageView) -> None:
    """Let the fragment that this is called in be drawn again in a moment, while a measurement is awaited."""
    if view.measured_at is None or is_awaited(view):
        keep_following("usage-soon", every=_SOON_S, version=instances.version(), topics=())
