"""A whatsmeow store with one device, made from its keys alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from core.models.moving.codes import MoveCode
from core.models.moving.device import Conversations, DeviceKeys, MoveRefusedError
from core.moving.key_checks import LARGEST_KEY_ID, check_keys
from core.moving.session_schema import COMPATIBLE_FROM, SCHEMA, VERSION
from core.moving.signatures import KEY_LENGTH
from core.store.files import write_atomic

_DEVICE = """
INSERT INTO whatsmeow_device (jid, lid, registration_id, noise_key, identity_key, signed_pre_key,
    signed_pre_key_id, signed_pre_key_sig, adv_key, adv_details, adv_account_sig, adv_account_sig_key,
    adv_device_sig, platform, business_name, push_name)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def write_session(path: Path, keys: DeviceKeys, conversations: Conversations) -> None:
    """Write a complete store with which the core logs in: one closed file, mode 0600, on the disk on return.

    The keys are checked first. Empty conversations are enough to log in and to send ("identity only"). What
    was at ``path`` is replaced in one step; after any error it is as before. Holds the file in memory.

    Raises MoveRefusedError for keys that do not fit (as ``check_keys``) or a conversation that the store
    cannot hold, OSError when it cannot be written.
    """
    check_keys(keys)
    with closing(sqlite3.connect(":memory:")) as store:
        store.executescript(SCHEMA)
        try:
            with store:
                _fill(store, keys, conversations)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeEncodeError) as error:
            raise MoveRefusedError(MoveCode.DAMAGED, "conversations") from error
        write_atomic(path, store.serialize())


def _fill(store: sqlite3.Connection, keys: DeviceKeys, conversations: Conversations) -> None:
    store.execute("INSERT INTO whatsmeow_version VALUES (?, ?)", (VERSION, COMPATIBLE_FROM))
    store.execute(_DEVICE, _device_row(keys))
    store.executemany("INSERT INTO whatsmeow_pre_keys VALUES (?, ?, ?, ?)", _prekeys(keys.jid, conversations))
    store.executemany("INSERT INTO whatsmeow_sessions VALUES (?, ?, ?)", _rows(keys, conversations.sessions))
    identities = _own_phone(keys) | dict(conversations.identities)
    store.executemany("INSERT INTO whatsmeow_identity_keys VALUES (?, ?, ?)", _rows(keys, identities))
    sender_keys = [(keys.jid, item.chat, item.sender, item.key) for item in conversations.sender_keys]
    store.executemany("INSERT INTO whatsmeow_sender_keys VALUES (?, ?, ?, ?)", sender_keys)
    tokens = [(keys.jid, one.contact, one.token, one.at, one.sent_at) for one in conversations.trust_tokens]
    store.executemany("INSERT INTO whatsmeow_privacy_tokens VALUES (?, ?, ?, ?, ?)", tokens)
    state_keys = [
        (keys.jid, one.key_id, one.data, one.at, one.fingerprint) for one in conversations.app_state_keys
    ]
    store.executemany("INSERT INTO whatsmeow_app_state_sync_keys VALUES (?, ?, ?, ?, ?)", state_keys)
    pairs = [(lid, number) for number, lid in _numbers(keys, conversations).items()]
    store.executemany("INSERT INTO whatsmeow_lid_map VALUES (?, ?)", pairs)


def _device_row(keys: DeviceKeys) -> tuple[object, ...]:
    return (
        keys.jid,
        keys.lid or None,
        keys.registration_id,
        keys.noise_private,
        keys.identity_private,
        keys.signed_prekey_private,
        keys.signed_prekey_id,
        keys.signed_prekey_signature,
        keys.adv_secret,
        keys.account_details,
        keys.account_signature,
        keys.account_signature_key,
        keys.device_signature,
        keys.platform,
        keys.business_name,
        keys.push_name,
    )


def _rows(keys: DeviceKeys, values: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    return ((keys.jid, address, value) for address, value in values.items())


def _prekeys(jid: str, conversations: Conversations) -> Iterator[tuple[str, int, bytes, bool]]:
    highest = 0
    for key in conversations.one_time_keys:
        highest = max(highest, key.key_id)
        yield jid, key.key_id, key.private, key.uploaded
    last = min(conversations.next_key_id - 1, LARGEST_KEY_ID)
    if last > highest:
        # The core counts on from the highest id that it finds, and WhatsApp's server may still hand out the
        # public halves of keys that are gone: an id must not come back with another key.
        yield jid, last, os.urandom(KEY_LENGTH), True


def _own_phone(keys: DeviceKeys) -> dict[str, bytes]:
    """Return the identity of the account's phone, which the core keeps from pairing on (pair.go)."""
    user = keys.lid.partition(":")[0]
    return {f"{user}_1:0": keys.account_signature_key} if user else {}


def _numbers(keys: DeviceKeys, conversations: Conversations) -> dict[str, str]:
    """Return number to LID, each of either once; what the device says of itself comes first."""
    known: dict[str, str] = {}
    if keys.lid:
        known[keys.jid.partition(":")[0]] = keys.lid.partition(":")[0]
    taken = set(known.values())
    for number, lid in conversations.lid_of.items():
        if number not in known and lid not in taken:
            known[number] = lid
            taken.add(lid)
    return known
