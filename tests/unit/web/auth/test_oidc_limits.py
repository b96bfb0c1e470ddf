"""A flow counts once, and nobody stands in line behind those who wait for the provider."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from core.web.auth import oidc_limits
from core.web.auth.oidc_limits import AT_ONCE, AT_ONCE_EACH, TooManyError, UsedFlows, WaitingLimit


def test_a_flow_is_used_once_until_it_is_forgotten() -> None:
    """By then its signature is too old as well."""
    now = [0.0]
    used = UsedFlows(600, clock=lambda: now[0])
    assert used.use("a")
    assert used.use("b")
    for at in (0.0, 599.0):
        now[0] = at
        assert not used.use("a")
    now[0] = 601.0
    assert used.use("a")


def test_memory_of_flows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first."""
    monkeypatch.setattr(oidc_limits, "_REMEMBERED", 3)
    used = UsedFlows(600, clock=lambda: 0.0)
    assert all(used.use(state) for state in "abcd")
    assert not used.use("d")
    assert not used.use("c")
    assert used.use("a")
    assert len(used._until) <= 3


def test_one_client_has_a_few_places() -> None:
    """One more is refused at once; a place that was left is free again, also after a failure."""
    limit = WaitingLimit()
    with ExitStack() as stack:
        for _ in range(AT_ONCE_EACH):
            stack.enter_context(limit.place("a", known=False))
        with pytest.raises(TooManyError), limit.place("a", known=False):
            raise AssertionError
        with limit.place("b", known=False):
            pass
    for _ in range(50):
        with pytest.raises(ZeroDivisionError), limit.place("a", known=False):
            raise ZeroDivisionError
    assert not limit._waiting


def test_strangers_share_places_that_known_browsers_do_not_need() -> None:
    """However many addresses somebody has."""
    limit = WaitingLimit()
    with ExitStack() as stack:
        for number in range(AT_ONCE):
            stack.enter_context(limit.place(str(number), known=False))
        with pytest.raises(TooManyError), limit.place("another", known=False):
            raise AssertionError
        for _ in range(AT_ONCE_EACH):
            stack.enter_context(limit.place("known", known=True))
        with pytest.raises(TooManyError), limit.place("known", known=True):
            raise AssertionError
    with limit.place("another", known=False):
        pass
