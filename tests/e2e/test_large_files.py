"""Files as large as the page takes: chosen, replaced and sent one after the other, in one tab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Connected
from tests.emulator.handle import Emulator
from tests.support.composer_page import ComposerPage
from tests.support.polling import eventually

MB = 1024 * 1024
UPLOADER = '[class*="st-key-send-file-"] input[type=file]'


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str, int], Path]:
    """Makes a document of so many megabytes."""

    def make(name: str, megabytes: int) -> Path:
        path = tmp_path / name
        path.write_bytes(b"%PDF-1.4\n" + name.encode() + b"x" * (megabytes * 1_000_000 - 200))
        return path

    return make


def test_one_large_document_after_the_other(
    own_connected: Connected, document: Callable[[str, int], Path]
) -> None:
    """99 MB go in; another takes its place; four sent in turn do not pile up in memory."""
    emulator, friend = own_connected.emulator, own_connected.friend
    person = own_connected.visitor("/messages?id={id}")
    person.talk_to(f"+{friend}")
    composer = ComposerPage(person)
    composer.attach("document")
    for name in ("first.pdf", "second.pdf"):
        # As browsers count: a million bytes each.
        expect(person.page.locator(UPLOADER)).to_have_count(1)
        person.page.locator(UPLOADER).set_input_files(document(name, 99))
        expect(person.by_key("send-preview")).to_contain_text(name, timeout=40_000)
        person.press("send-file-drop")
        expect(person.by_key("send-preview")).to_have_count(0)
    expect(person.page.get_by_text("Error")).to_have_count(0)
    process = psutil.Process(own_connected.app.pid)
    for number in range(4):
        expect(person.page.locator(UPLOADER)).to_have_count(1)  # the one before goes when all is drawn
        person.page.locator(UPLOADER).set_input_files(document(f"{number}.pdf", 60))
        expect(person.by_key("send-preview")).to_contain_text(f"{number}.pdf", timeout=40_000)
        composer.ready()
        person.press("send")
        _wait_for(emulator, friend, number + 1)
        person.sees_sent(f"{number}.pdf")
        expect(person.by_key("attach-form")).to_have_count(0)
        composer.attach("document")
    assert process.memory_info().rss < 600 * MB


def _wait_for(emulator: Emulator, friend: str, count: int) -> None:
    eventually(
        lambda: len(emulator.messages_to(friend)) == count,
        timeout=40,
        seen=lambda: emulator.messages_to(friend),
    )
