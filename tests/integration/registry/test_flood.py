"""Many messages at once, over several instances, with the genuine core."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.store import inbox_table
from core.store.inbox_table import Search
from tests.emulator.content import Text
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually

INSTANCES, EACH, WRITERS = 3, 100, 3


def test_none_of_three_hundred_is_lost(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, in the order in which its chat had them, in far fewer transactions than messages."""
    transactions: list[int] = []
    write = inbox_table.write

    def counted(folder: Path, arrived: list[Any], **more: Any) -> None:
        transactions.append(len(arrived))
        write(folder, arrived, **more)

    monkeypatch.setattr(inbox_table, "write", counted)
    house.open()
    paired = [house.pair(f"Loja {number}") for number in range(INSTANCES)]
    friend = house.contact()
    texts = [f"número {number}" for number in range(EACH)]

    def flood(number: str) -> None:
        for text in texts:
            house.emulator.write(Text(text), sender=friend, receiver=number)

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(flood, [one.number for one in paired]))

    def inbox(instance_id: str) -> list[str]:
        found = house.registry.inbox.search(instance_id, Search(), limit=10 * EACH)
        return [one.message.content.text for one in reversed(found)]

    def inboxes() -> list[list[str]]:
        return [inbox(one.id) for one in paired]

    eventually(lambda: inboxes() == [texts] * INSTANCES, timeout=30, seen=inboxes)
    eventually(lambda: sum(transactions) == INSTANCES * EACH, timeout=10, seen=lambda: transactions)
    assert len(transactions) < sum(transactions)
    house.registry.stop()
    house.open()
    assert inboxes() == [texts] * INSTANCES
