"""``door.json``: who is signed in and who is locked out, kept through every end of the process.

It holds no secret in plain: digests of cookies, and a salted scrypt of the password.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from core.errors import CorruptFileError
from core.models.access import AuthState, FailedAttempts, Session, SharedAttemptBudget, SignInMethod
from core.store.files import write_atomic

AUTH_FILE: Final = "door.json"
VERSION: Final = 1
_LARGEST: Final = 4_000_000


def write_auth_state(auth_dir: Path, state: AuthState) -> None:
    """Store the state, durably; mode 0600. Raises OSError; the old one is then still there."""
    body = {"version": VERSION, **asdict(state)}
    write_atomic(auth_dir / AUTH_FILE, json.dumps(body, separators=(",", ":")).encode())


def read_auth_state(auth_dir: Path) -> AuthState | None:
    """The stored state; None when there is none yet.

    Raises CorruptFileError when the file is none of ours, OSError when it cannot be read.
    """
    try:
        body = json.loads((auth_dir / AUTH_FILE).read_bytes()[:_LARGEST])
        return _state(body) if body["version"] == VERSION else None
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise CorruptFileError("door-corrupt", detail=type(error).__name__) from error


def stamp(auth_dir: Path) -> tuple[int, int]:
    """Changes whenever the file is written anew; zeros when there is none."""
    try:
        found = (auth_dir / AUTH_FILE).stat()
    except OSError:
        return (0, 0)
    return (found.st_ino, found.st_mtime_ns)


def _state(body: dict[str, Any]) -> AuthState:
    sessions = tuple(
        Session(
            digest=str(each["digest"]),
            how=SignInMethod(each["how"]),
            who=str(each["who"]),
            address=str(each["address"]),
            since=float(each["since"]),
            seen=float(each["seen"]),
        )
        for each in body["sessions"]
    )
    budget = body["budget"]
    bytes.fromhex(body["salt"])
    return AuthState(
        salt=body["salt"],
        verifier=str(body["verifier"]),
        ended_before=float(body["ended_before"]),
        sessions=sessions,
        devices=tuple((str(digest), float(until)) for digest, until in body["devices"]),
        tallies=tuple(
            (str(who), FailedAttempts(int(tally["failures"]), float(tally["until"]), float(tally["at"])))
            for who, tally in body["tallies"]
        ),
        budget=None if budget is None else SharedAttemptBudget(float(budget["left"]), float(budget["at"])),
    )
