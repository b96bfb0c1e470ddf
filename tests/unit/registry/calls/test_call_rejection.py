"""Which calls are rejected, which are noted, and of which others hear."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import WorkerLostError
from core.models.instance import InstanceRecord
from core.models.profile.commands import RejectCall
from core.models.profile.events import CallOffered, CallRejected
from core.models.timeline import HistoryKind
from core.registry.calls.call_rejection import FRESH_S, NOTED_S, CallRejection
from core.registry.instance_writer import InstanceWriter
from core.store import timeline

ID, ANA, BIA = "loja-k7m2xq", "5511912345678", "5511988887777"


class Instance:
    """One instance whose calls the test makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000.0
        self.saved: list[InstanceRecord] = []
        self.sent: list[RejectCall] = []
        self.passed: list[CallRejected] = []
        self.changes = 0
        self.lost = False
        record = InstanceRecord(ID, "Loja", 1.0, wanted=True, linked=True)
        self.writer = InstanceWriter(record, folder, save=self.saved.append, clock=lambda: self.now)
        self.calls = CallRejection(
            self.writer,
            send=self._send,
            on_rejected=self.passed.append,
            changed=self._changed,
            clock=lambda: self.now,
        )

    def _send(self, command: RejectCall) -> None:
        if self.lost:
            raise WorkerLostError("worker-lost")
        self.sent.append(command)

    def _changed(self) -> None:
        self.changes += 1

    def rejected(self, *contacts: str) -> None:
        for number, contact in enumerate(contacts):
            self.calls.rejected(CallRejected(ID, f"C{number}", "77@lid", contact, at=self.now))

    def noted(self) -> list[tuple[str, str]]:
        self.writer.flush_timeline()
        return [(entry.kind, entry.detail) for entry in timeline.entries(self.folder, limit=50)]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path)


def test_nothing_is_rejected_unless_its_owner_wants_it(instance: Instance) -> None:
    """Off by default; on from the moment that it is set, and off again."""
    offer = CallOffered(ID, "C1", at=1_000.0)
    instance.calls.offered(offer)
    instance.calls.configured(on=True, text=None)
    instance.calls.offered(offer)
    instance.calls.configured(on=False, text=None)
    instance.calls.offered(offer)
    assert instance.sent == [RejectCall(ID, "C1")]


@pytest.mark.parametrize(
    ("ago", "rejected"), [(0.0, True), (FRESH_S, True), (FRESH_S + 1, False), (-300.0, False)]
)
def test_only_a_call_that_still_rings_is_rejected(instance: Instance, ago: float, rejected: bool) -> None:
    """What waited at WhatsApp while the instance was away is over."""
    instance.calls.configured(on=True, text=None)
    instance.calls.offered(CallOffered(ID, "C1", at=instance.now - ago))
    assert bool(instance.sent) is rejected


def test_a_worker_that_is_gone_rejects_nothing(instance: Instance) -> None:
    """Its end is told by itself: no error comes out of a call."""
    instance.calls.configured(on=True, text=None)
    instance.lost = True
    instance.calls.offered(CallOffered(ID, "C1", at=instance.now))
    assert instance.sent == []


def test_what_its_owner_wants_is_stored_and_shown(instance: Instance) -> None:
    """Switch and text, each by itself."""
    instance.calls.configured(on=True, text=None)
    instance.calls.configured(on=None, text="Escreva, por favor.")
    assert [(record.reject_calls, record.reject_calls_text) for record in instance.saved] == [
        (True, ""),
        (True, "Escreva, por favor."),
    ]
    assert instance.changes == 2


def test_each_call_is_noted_though_they_are_alike(instance: Instance) -> None:
    """With the last digits of who called; two of one caller within a minute are one entry."""
    instance.rejected(ANA, BIA, ANA)
    instance.now += NOTED_S
    instance.rejected(ANA)
    instance.now += NOTED_S
    instance.rejected("")
    kinds = {kind for kind, _ in instance.noted()}
    assert kinds == {HistoryKind.CALL_REJECTED}
    assert [detail for _, detail in instance.noted()] == ["", "…5678", "…7777", "…5678"]


def test_who_calls_from_ever_new_numbers_costs_no_memory(instance: Instance) -> None:
    """The oldest callers are forgotten."""
    instance.rejected(*(str(number) for number in range(2_000)))
    assert len(instance.calls._noted) == 500


def test_others_hear_of_a_call_only_if_there_is_a_text(instance: Instance) -> None:
    """Each one, also those that are not noted: whether its caller gets the text is decided there."""
    instance.rejected(ANA)
    assert instance.passed == []
    instance.calls.configured(on=None, text="Escreva, por favor.")
    instance.rejected(ANA, ANA)
    assert [call.call_id for call in instance.passed] == ["C0", "C1"]
