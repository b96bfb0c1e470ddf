"""Choices about alerts: stored as they are made, and within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.models.alerts.choices import QuietHours
from core.services.alerts import addresses, choices
from core.services.runtime import Runtime
from core.store.alerts.choices_file import read_choices
from tests.support.runtimes import installed, runtime_of


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """On an empty folder, without its threads."""
    with installed(runtime_of(tmp_path)) as made:
        yield made
        made.alerts.stop()


def test_each_choice_outlives_the_process(runtime: Runtime, tmp_path: Path) -> None:
    """And none undoes another."""
    hours = QuietHours(1_320, 420, "America/Sao_Paulo")
    choices.set_offline_minutes(15)
    choices.mute(["b-bcdfgh", "a-bcdfgh", "b-bcdfgh"])
    choices.set_quiet_hours(hours, zone="America/Sao_Paulo")
    stored, _ = read_choices(tmp_path)
    assert (stored.offline_minutes, stored.muted) == (15, ("a-bcdfgh", "b-bcdfgh"))
    assert (stored.quiet, stored.zone) == (hours, "America/Sao_Paulo")
    view = addresses.overview()
    assert (view.offline_minutes, view.muted, view.quiet) == (15, stored.muted, hours)
    choices.set_quiet_hours(None, zone="")
    assert read_choices(tmp_path)[0].zone == "America/Sao_Paulo"


@pytest.mark.parametrize(("minutes", "kept"), [(0, 1), (-5, 1), (10**9, 1_440)])
def test_minutes_have_bounds(runtime: Runtime, minutes: int, kept: int) -> None:
    """At least one, at most a day."""
    choices.set_offline_minutes(minutes)
    assert addresses.overview().offline_minutes == kept


def test_an_address_for_some_instances(runtime: Runtime) -> None:
    """Of the one that was named."""
    addresses.add_address("ntfys://first-topic")
    addresses.add_address("ntfys://second-topic")
    first, second = addresses.overview().addresses
    choices.limit_address(second.id, ["loja-bcdfgh"])
    assert [each.instances for each in addresses.overview().addresses] == [(), ("loja-bcdfgh",)]
    assert first.id != second.id
