"""What a disk costs and how many instances fit: by hand, on round figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.checks.memory import MemoryRoom
from core.hosting.usage import prices
from core.hosting.usage.prices import PRELOADER_BYTES, RATE, Capacity, cost_view
from core.models.instance import InstanceState
from core.models.usage import GIB, CostView, DiskSpace, ExchangeRate, InstanceUsage, UsageView

MIB = 1024**2
NO_MEMORY = MemoryRoom(None, None, None)


def instance(number: int, *, total: int = 10 * MIB, worker: int | None = 20 * MIB) -> InstanceUsage:
    return InstanceUsage(
        instance_id=f"loja-{number}",
        name=f"Loja {number}",
        state=InstanceState.CONNECTED if worker else InstanceState.STOPPED,
        session_bytes=total // 2,
        history_bytes=total // 4,
        total_bytes=total,
        growth_bytes=None,
        last_write=None,
        worker_bytes=worker,
    )


def usage(*instances: InstanceUsage, size: int = 0, free: int = 0) -> UsageView:
    return UsageView(
        measured_at=1.0 if size else None,
        instances=instances,
        trash_bytes=0,
        other_bytes=0,
        total_bytes=sum(each.total_bytes for each in instances),
        disk=DiskSpace(size, free, 0, 0) if size else None,
        samples=(),
        growth_per_day=None,
        full_at=None,
        warnings=(),
        problem="",
    )


def costs(
    view: UsageView,
    memory: MemoryRoom = NO_MEMORY,
    *,
    price: float = 0.25,
    max_instances: int = 50,
    seats: int = 1,
) -> CostView:
    return cost_view(view, memory, gigabyte_usd=price, capacity=Capacity(max_instances, seats))


def test_the_table_says_what_a_month_costs() -> None:
    """The documented sizes at the documented price: $7.25 is the least that a session that lasts costs."""
    rows = costs(usage()).rows
    assert [(row.gigabytes, row.disk_usd, row.plan_usd, row.total_usd) for row in rows] == [
        (1, 0.25, 7.0, 7.25),
        (5, 1.25, 7.0, 8.25),
        (10, 2.5, 7.0, 9.5),
        (20, 5.0, 7.0, 12.0),
        (50, 12.5, 7.0, 19.5),
        (100, 25.0, 7.0, 32.0),
    ]
    assert not any(row.present for row in rows)


def test_another_price_changes_every_sum() -> None:
    """The setting, for hosts that charge something else."""
    view = costs(usage(), price=0.15)
    assert [row.disk_usd for row in view.rows] == [0.15, 0.75, 1.5, 3.0, 7.5, 15.0]
    assert view.price.gigabyte_usd == 0.15


def test_every_price_has_a_date_and_a_source() -> None:
    """Whoever reads a price can check it."""
    view = costs(usage())
    assert [(one.host, one.plan_usd, one.gigabyte_usd) for one in view.elsewhere] == [
        ("Render", 25.0, 0.25),
        ("Fly.io", 0.0, 0.15),
        ("Railway", 0.0, 0.15),
    ]
    for one in (view.price, *view.elsewhere):
        assert one.source.startswith("https://")
        assert date(2026, 9, 1) <= one.read_on <= date(2026, 10, 31)


def test_the_rate_has_a_day_and_a_source_until_the_operator_sets_one() -> None:
    """A sum in reais is worth nothing without the day of its rate."""
    assert costs(usage()).rate is RATE
    assert 1 < RATE.brl_per_usd < 20
    assert RATE.source.startswith("https://www.bcb.gov.br/")
    assert RATE.read_on <= date(2026, 11, 1)
    own = ExchangeRate(5.5, date(2026, 11, 20))
    view = cost_view(usage(), NO_MEMORY, gigabyte_usd=0.25, capacity=Capacity(50, 20), rate=own)
    assert (view.rate, view.max_instances) == (own, 50)


def test_before_there_are_instances_the_figures_are_typical() -> None:
    """And said to be; so they are while one of the two is."""
    assert costs(usage()).typical
    assert costs(usage(instance(1, worker=None), size=GIB, free=GIB)).typical
    own = costs(
        usage(instance(1, total=3 * MIB), instance(2, total=5 * MIB, worker=30 * MIB), size=GIB, free=GIB)
    )
    assert (own.typical, own.session_bytes, own.worker_bytes) == (False, 4 * MIB, 25 * MIB)


def test_an_instance_that_was_never_paired_is_not_typical() -> None:
    """Its few kilobytes would promise room that is not there."""
    unpaired = replace(instance(2, total=4096), session_bytes=0)
    view = costs(usage(instance(1), unpaired, size=GIB, free=GIB))
    assert view.session_bytes == 10 * MIB


def test_what_fits_is_counted_with_a_margin() -> None:
    """Disk: 80 % of what N GB really give. Memory: 90 % of the plan, less web process and preloader."""
    memory = MemoryRoom(None, None, web_bytes=100 * MIB)
    first, *_, last = costs(usage(instance(1), size=3 * GIB, free=GIB), memory).rows
    by_memory = int((512 * MIB * 0.9 - 100 * MIB - PRELOADER_BYTES) / (20 * MIB))
    assert (first.fit_by_disk, first.fit_by_memory) == (int(GIB * 0.92 * 0.8 / (10 * MIB)), by_memory)
    assert (first.first_limit, last.first_limit) == ("memory", "memory")
    assert last.fit_by_disk > 90 * first.fit_by_disk
    big = costs(usage(instance(1, total=400 * MIB), size=3 * GIB, free=GIB), memory).rows[0]
    assert (big.fit_by_disk, big.first_limit) == (1, "disk")


@pytest.mark.parametrize(
    ("size", "present", "count"),
    [
        (int(0.97 * GIB), 1, 6),  # 1 GB as ext4 shows it
        (GIB, 1, 6),
        (10**9, 1, 6),
        (int(9.75 * GIB), 10, 6),
        (int(97.9 * GIB), 100, 6),
        (int(1.9 * GIB), 2, 7),
        (int(251.3 * GIB), 252, 7),
        (8 * MIB, 1, 6),
    ],
)
def test_the_present_disk_is_one_marked_row(size: int, present: int, count: int) -> None:
    """Beside the others, or the one of them that it was sold as; sorted by size."""
    rows = costs(usage(instance(1), size=size, free=size)).rows
    assert [row.gigabytes for row in rows if row.present] == [present]
    assert len(rows) == count
    assert [row.gigabytes for row in rows] == sorted({row.gigabytes for row in rows})


def test_a_disk_has_one_size() -> None:
    """Of 252 GB a quota leaves 101: table and page speak of those. What ext4 keeps back is no quota."""
    reserved = DiskSpace(252 * GIB, 77 * GIB, 0, 0, reserved_bytes=151 * GIB)
    assert (reserved.shown_bytes, reserved.gigabytes) == (101 * GIB, 101)
    view = replace(usage(instance(1), size=GIB, free=GIB), disk=reserved)
    assert [row.gigabytes for row in costs(view).rows if row.present] == [101]
    ext4 = DiskSpace(int(9.75 * GIB), 9 * GIB, 0, 0, reserved_bytes=int(0.49 * GIB))
    assert (ext4.shown_bytes, ext4.gigabytes) == (10 * GIB, 10)
    quota = DiskSpace(10 * GIB, GIB, 0, 0, reserved_bytes=6 * GIB)
    assert (quota.shown_bytes, quota.gigabytes) == (4 * GIB, 4)


def test_the_present_row_knows_the_true_disk_and_memory() -> None:
    """A container of 2 GB on a disk of 8 MB, whatever plan and size that was sold as."""
    memory = MemoryRoom(limit_bytes=2 * GIB, available_bytes=None, web_bytes=100 * MIB)
    row = next(
        row
        for row in costs(usage(instance(1, total=MIB), size=8 * MIB, free=MIB), memory).rows
        if row.present
    )
    assert (row.gigabytes, row.fit_by_disk) == (1, 6)
    assert row.fit_by_memory == int((2 * GIB * 0.9 - 100 * MIB - PRELOADER_BYTES) / (20 * MIB))


def test_room_is_what_runs_out_first() -> None:
    """Disk, memory or the setting, each once the smallest; never below zero; unknown before a measurement."""
    one = instance(1)
    roomy = {"size": 10 * GIB, "free": 9 * GIB}
    small = MemoryRoom(limit_bytes=512 * MIB, available_bytes=None, web_bytes=100 * MIB)
    large = MemoryRoom(limit_bytes=64 * GIB, available_bytes=None, web_bytes=100 * MIB)
    by_memory = int((512 * MIB * 0.9 - 100 * MIB - PRELOADER_BYTES) / (20 * MIB)) - 1

    def left(view: UsageView, memory: MemoryRoom, **more: int) -> tuple[int | None, str]:
        found = costs(view, memory, **more)
        return found.room_left, found.room_limit

    assert left(usage(one, **roomy), large) == (49, "setting")
    assert left(usage(one, **roomy), small) == (by_memory, "memory")
    # 80 MiB may be used of 100 MiB, 30 MiB are: room for five of 10 MiB
    assert left(usage(one, size=100 * MIB, free=70 * MIB), large) == (5, "disk")
    assert left(usage(one, size=100 * MIB, free=0), large) == (0, "disk")
    assert left(usage(*(instance(n) for n in range(60)), **roomy), large) == (0, "setting")
    assert left(usage(one), large)[0] is None


def test_without_a_container_the_machine_s_free_memory_counts() -> None:
    """Stopped instances may be started: they have their place already."""
    memory = MemoryRoom(limit_bytes=None, available_bytes=200 * MIB, web_bytes=100 * MIB)
    view = usage(instance(1), instance(2, worker=None), instance(3, worker=None), size=9 * GIB, free=8 * GIB)
    found = costs(view, memory)
    assert (found.room_left, found.room_limit) == (int(200 * 0.9 / 20) - 2, "memory")
    (present,) = (row for row in found.rows if row.present)
    assert present.fit_by_memory == int(200 * 0.9 / 20) - 2 + 3, "the table and the sentence agree"


def test_an_unknown_memory_limits_nothing() -> None:
    """Disk and setting still do."""
    found = costs(usage(instance(1), size=9 * GIB, free=8 * GIB), NO_MEMORY)
    assert (found.room_left, found.room_limit) == (49, "setting")


@given(
    st.lists(st.tuples(st.integers(0, 10**10), st.none() | st.integers(1, 10**9)), max_size=5),
    st.integers(0, 10**13),
    st.floats(0, 1),
    st.none() | st.integers(0, 10**12),
    st.floats(0.000001, 999_999),
)
def test_any_figures_give_a_table(
    each: list[tuple[int, int | None]], size: int, free: float, limit: int | None, price: float
) -> None:
    """Nothing negative, no error, at most one present row, the limit named is the smaller one."""
    instances = [instance(n, total=total, worker=worker) for n, (total, worker) in enumerate(each)]
    view = costs(
        usage(*instances, size=size, free=int(size * free)), MemoryRoom(limit, None, None), price=price
    )
    assert sum(row.present for row in view.rows) == (1 if size else 0)
    for row in view.rows:
        assert min(row.fit_by_disk, row.fit_by_memory) >= 0
        assert (row.first_limit == "disk") == (row.fit_by_disk < row.fit_by_memory)
        assert row.total_usd == pytest.approx(row.disk_usd + row.plan_usd, abs=0.01)
    assert view.room_left is None or view.room_left >= 0


def test_what_shares_a_worker_is_counted_as_in_a_full_one() -> None:
    """The first of twenty has the whole worker to itself; that is no reason to promise room for few."""
    base, seat = prices.WORKER_BYTES, 4 * MIB
    shares = (base + 20 * seat) // 20
    for count in (1, 20):
        share = (base + count * seat) // count
        packed = usage(*(instance(n, worker=share) for n in range(count)), size=9 * GIB, free=8 * GIB)
        found = costs(packed, seats=20)
        assert found.worker_bytes == pytest.approx(shares, rel=0.01)


def test_the_smallest_plan_has_room_for_what_its_drill_holds() -> None:
    """About a hundred share five workers in 512 MB; alone in a process each it is less than a quarter."""
    fits = [costs(usage(), seats=seats).rows[0].fit_by_memory for seats in (20, 1)]
    assert 80 <= fits[0] <= 100
    assert 10 <= fits[1] <= 20


def test_what_has_just_connected_promises_no_room_that_messages_will_need() -> None:
    """Less than typical is young."""
    young = usage(instance(1, worker=MIB), size=9 * GIB, free=8 * GIB)
    assert costs(young).worker_bytes == costs(usage()).worker_bytes
