"""The tables of ``session.db`` as the genuine core writes them, and which versions of them can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.session_schema import COMPATIBLE_FROM, SCHEMA, VERSION

OWNER_COLUMNS: Final[Mapping[str, str]] = {
    "whatsmeow_device": "jid",
    "whatsmeow_identity_keys": "our_jid",
    "whatsmeow_pre_keys": "jid",
    "whatsmeow_sessions": "our_jid",
    "whatsmeow_sender_keys": "our_jid",
    "whatsmeow_app_state_sync_keys": "jid",
    "whatsmeow_app_state_version": "jid",
    "whatsmeow_app_state_mutation_macs": "jid",
    "whatsmeow_contacts": "our_jid",
    "whatsmeow_chat_settings": "our_jid",
    "whatsmeow_message_secrets": "our_jid",
    "whatsmeow_privacy_tokens": "our_jid",
    "whatsmeow_nct_salt": "our_jid",
    "whatsmeow_lid_map": "",
    "whatsmeow_event_buffer": "our_jid",
    "whatsmeow_retry_buffer": "our_jid",
}
"""Tables, each with the column that says whose device a row belongs to; the map of LIDs is for all of them.

The seventeenth table, ``whatsmeow_version``, says how the others look.
"""
VERSION_TABLE: Final = "whatsmeow_version"


def create_tables(store: sqlite3.Connection) -> None:
    """Create all tables in an empty database, in the version that our core writes. Raises sqlite3.Error."""
    store.executescript(SCHEMA)
    store.execute(f"INSERT INTO {VERSION_TABLE} VALUES (?, ?)", (VERSION, COMPATIBLE_FROM))  # noqa: S608


@cache
def known_columns() -> Mapping[str, Mapping[str, str]]:
    """Return, for each table, its columns and their declared types in capitals."""
    with closing(sqlite3.connect(":memory:")) as store:
        create_tables(store)
        return {
            table: {str(row[1]): str(row[2]).upper() for row in store.execute(f"PRAGMA table_info({table})")}
            for table in OWNER_COLUMNS
        }


def check_version(version: int, compatible: int | None) -> None:
    """Raise MoveRefusedError (move-schema-too-new) for tables that only a newer core understands.

    ``compatible`` is the oldest reader that understands them; None where the writer did not say, which
    whatsmeow does since version 7. What was added since version 2 are tables and columns alone, so older ones
    are copied by name into new ones.
    """
    if (version if compatible is None else compatible) > VERSION:
        raise MoveRefusedError(MoveCode.SCHEMA_TOO_NEW, str(version))
