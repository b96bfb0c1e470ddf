"""The process's one registry, where services find it.

A plain module variable and not ``st.cache_resource``: any visitor can clear that.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.hosting.persistence.start_recorder import StartRecorder
from core.hosting.usage.monitor import UsageMonitor
from core.media import untrusted
from core.registry.registry import Registry
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the process was started with, and what it runs."""

    settings: Settings
    registry: Registry
    usage_monitor: UsageMonitor
    start_recorder: StartRecorder


_current: Runtime | None = None


def install(runtime: Runtime | None) -> None:
    """Make ``runtime`` the one that services use; None when it is stopped. Called by the lifespan only.

    With None, the processes end that services started to look at pictures.
    """
    global _current  # noqa: PLW0603  # the process singleton
    _current = runtime
    if runtime is None:
        untrusted.close()


def current() -> Runtime:
    """The running runtime. Raises RuntimeError before the process's start and after its stop."""
    if _current is None:
        raise RuntimeError("the registry is not running; start the app with: streamlit run app.py")
    return _current
