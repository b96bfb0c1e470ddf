"""Folders that genuine Baileys clients left behind (tests/support/baileys/make_stored.py) are read whole."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from core.models.moving.converted import Lost
from core.moving.baileys.folder import convert_folder
from core.moving.baileys.sources import find_sessions
from core.moving.session_writer import write_session
from tests.support.baileys.client import HERE, VERSIONS
from tests.support.baileys.make_stored import CONTACT, NUMBER, ONE_TIME_KEYS, OTHER
from tests.support.baileys.samples import Files

LIDS = {number: f"10{number}" for number in (NUMBER, CONTACT, OTHER)}


def stored(version: str) -> Files:
    """The files of a stored folder, found in its zip."""
    with zipfile.ZipFile(HERE / "stored" / f"{version}.zip") as archive:
        (found,) = find_sessions({name: archive.read(name) for name in archive.namelist()})
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_device_is_read(version: str, tmp_path: Path) -> None:
    """It fits, and a store can be made of it."""
    converted = convert_folder(stored(version))
    assert converted.keys.jid == f"{NUMBER}:1@s.whatsapp.net"
    assert converted.keys.lid == f"{LIDS[NUMBER]}:1@lid"
    assert converted.lost.damaged == ()
    # One was used up by the contact's first message.
    assert len(converted.conversations.one_time_keys) >= ONE_TIME_KEYS - 1
    assert all(key.uploaded for key in converted.conversations.one_time_keys)
    assert len(converted.conversations.app_state_keys) == 1
    assert len(converted.conversations.sender_keys) == 1
    write_session(tmp_path / "session.db", converted.keys, converted.conversations)


def test_conversations_of_version_7_move_whole() -> None:
    """They are kept under LIDs; the one that was not answered says how it began."""
    converted = convert_folder(stored("7"))
    sessions = converted.conversations.sessions
    assert set(sessions) == {f"{lid}_1:0" for lid in LIDS.values()}
    assert converted.lost == Lost()
    assert [key.sender for key in converted.conversations.sender_keys] == [f"{LIDS[CONTACT]}_1:0"]
    begun = {user: json.loads(sessions[f"{LIDS[user]}_1:0"])["SessionState"] for user in (CONTACT, OTHER)}
    assert begun[CONTACT]["PendingPreKey"] is None
    assert begun[OTHER]["PendingPreKey"]["SignedPreKeyID"] == 1
    assert (len(begun[CONTACT]["ReceiverChains"]), begun[OTHER]["ReceiverChains"]) == (1, [])


@pytest.mark.parametrize("version", ["6.7", "6.17"])
def test_conversations_of_version_6_move_with_their_lids(version: str) -> None:
    """Without them the contacts are named, and the sessions are kept under the numbers."""
    files = stored(version)
    converted = convert_folder(files)
    assert set(converted.conversations.sessions) == {f"{LIDS[NUMBER]}_1:0", f"{CONTACT}:0", f"{OTHER}:0"}
    assert converted.lost == Lost(contacts=(CONTACT, OTHER))
    mapped = {f"lid-mapping-{number}.json": json.dumps(lid).encode() for number, lid in LIDS.items()}
    converted = convert_folder(files | mapped)
    assert set(converted.conversations.sessions) == {f"{lid}_1:0" for lid in LIDS.values()}
    assert converted.lost == Lost()
