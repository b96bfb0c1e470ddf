"""What sessions occupy and what that costs. Threading: everything here is safe from any thread."""

from __future__ import annotations

from datetime import date

from core.hosting.usage.prices import RATE, Capacity, cost_view
from core.models.usage import CostView, ExchangeRate, UsageView
from core.services.runtime import current


def usage() -> UsageView:
    """Return the newest measurement, at once; a background thread makes one every minute.

    ``measured_at`` is None until the first one is done, which takes well under a second once the storage is
    ready.
    """
    return current().usage_monitor.view


def measure_again() -> None:
    """Ask for a measurement that begins after this call. Returns at once: wait for a newer ``measured_at``.

    Presses that come together are answered by one measurement; there is a second between two.
    """
    current().usage_monitor.measure_again()


def costs() -> CostView:
    """Return what the disk costs a month, how many instances fit, and how many more fit here."""
    runtime = current()
    return cost_view(
        runtime.usage_monitor.view,
        runtime.usage_monitor.memory,
        gigabyte_usd=runtime.settings.disk_price_per_gb_month,
        capacity=Capacity(runtime.settings.max_instances, runtime.settings.instances_per_worker),
        rate=_rate(runtime.settings.brl_per_usd, runtime.settings.brl_per_usd_date),
    )


def _rate(reais: float | None, day: date | None) -> ExchangeRate:
    return RATE if reais is None or day is None else ExchangeRate(reais, day)
