"""From neonize's words to ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.whatsapp.error_codes import send_failure, upload_failure
from core.engine.whatsapp.event_translation import TRANSLATIONS, connect_failure
from core.engine.whatsapp.neonize_types import Part
from core.models.worker_events import (
    ClientOutdated,
    ConnectFailed,
    ConnectFailure,
    Disconnected,
    KeepAliveRestored,
    KeepAliveTimeout,
    LoggedOut,
    StreamReplaced,
    TemporaryBan,
)

ID = "loja-k7m2xq"
ROOT = Path(__file__).resolve().parents[4]


_SCRIPT = """
import json
from core.engine.whatsapp.loader import import_python_part
import_python_part()
import neonize.events
from neonize.proto import Neonize_pb2 as proto
from core.engine.whatsapp.event_translation import TRANSLATIONS
reasons = proto.ConnectFailure.DESCRIPTOR.fields_by_name["Reason"].enum_type.values
print(json.dumps({
    "unknown": [name for name in (*TRANSLATIONS, "ConnectedEv") if not hasattr(neonize.events, name)],
    "ban": repr(TRANSLATIONS["TemporaryBanEv"]("a", proto.TemporaryBan(Code=1, Expire=3600))),
    "slow": repr(
        TRANSLATIONS["KeepAliveTimeoutEv"]("a", proto.KeepAliveTimeout(ErrorCount=3, LastSuccess=1))
    ),
    "refusals": {
        value.name: TRANSLATIONS["ConnectFailureEv"]("a", proto.ConnectFailure(Reason=value.number)).reason
        for value in reasons
    },
}))
"""


@pytest.fixture(scope="module")
def translated() -> Any:
    """Neonize's own classes, translated in a process of their own: its import changes logging and more."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_every_event_named_here_is_one_of_neonizes(translated: Any) -> None:
    """A name that neonize does not know would fail only in a running worker."""
    assert translated["unknown"] == []


def test_events_with_content_keep_it(translated: Any) -> None:
    """Numbers of the protobuf come out as plain numbers."""
    assert translated["ban"] == repr(TemporaryBan("a", code=1, expires_in_s=3600.0))
    assert translated["slow"] == repr(KeepAliveTimeout("a", errors=3))


def test_every_refusal_that_neonize_can_name_has_its_name(translated: Any) -> None:
    """In lower case; and the ones that pass by themselves are spelt as the lifecycle expects them."""
    assert {name.casefold(): reason for name, reason in translated["refusals"].items()} == {
        reason: reason for reason in translated["refusals"].values()
    }
    assert {"service_unavailable", "internal_server_error", "experimental"} <= set(
        translated["refusals"].values()
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DisconnectedEv", Disconnected(ID)),
        ("LoggedOutEv", LoggedOut(ID)),
        ("StreamReplacedEv", StreamReplaced(ID)),
        ("ClientOutdatedEv", ClientOutdated(ID)),
        ("KeepAliveRestoredEv", KeepAliveRestored(ID)),
    ],
)
def test_events_without_content_keep_their_name(name: str, expected: object) -> None:
    """Their protobuf is not looked at."""
    assert TRANSLATIONS[name](ID, cast(Part, None)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("proxyconnect tcp: dial tcp: connection refused", None),
        ("", None),
        (
            "failed to upgrade database: database or disk is full",
            ConnectFailed(
                ID, detail="failed to upgrade database: database or disk is full", reason="disk-full"
            ),
        ),
        (
            "proto:\u00a0required field neonize.TemporaryBan.Code not set",
            TemporaryBan(ID, code=0, expires_in_s=0),
        ),
        ("required field neonize.ConnectFailure.Reason not set", ConnectFailure(ID, reason="unknown")),
    ],
)
def test_a_failed_connect_is_told_apart_from_a_refusal(error: str, expected: object) -> None:
    """A refusal that neonize cannot name must not look like a lost network: it would be retried for ever."""
    assert connect_failure(ID, error) == (expected or ConnectFailed(ID, detail=error))


def test_a_long_error_is_cut() -> None:
    """It is stored and shown: 200 characters say enough."""
    event = connect_failure(ID, "x" * 10_000)
    assert isinstance(event, ConnectFailed)
    assert event.detail == "x" * 200


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("server returned error 463", "wa-error-463"),
        ("server returned error: 479", "wa-error-479"),
        ("Server returned ERROR 400", "wa-error-400"),
        ("failed to send usync query: info query timed out", "send-timeout"),
        ("context deadline exceeded", "send-timeout"),
        ("timeout waiting for response", "send-timeout"),
        ("failed to send message node: websocket not connected", "not-connected"),
        ("the client is not logged in", "not-connected"),
        ("websocket disconnected before info query returned response", "not-connected"),
        ("websocket disconnected before message send returned response", "send-timeout"),
        ("websocket disconnected before message send (retry) returned response", "send-timeout"),
        ("websocket not connected", "send-timeout"),
        ("frame socket is closed", "send-timeout"),
        ("failed to send message node: failed to write msg: broken pipe", "send-timeout"),
        ("can't encrypt message for device", "wa-send-refused"),
        ("failed to store LID mappings: transaction: commit: database or disk is full", "disk-full"),
        ("failed to save session: attempt to write a readonly database", "auth-dir-read-only"),
        ("failed to save cached sessions: disk I/O error", "session-unreadable"),
        ("failed to get group members: you're not participating in that group", "wa-group-left"),
        ("failed to get group members: that group does not exist", "wa-group-left"),
        ("error 46", "wa-send-refused"),
        ("terror 463", "wa-send-refused"),
        ("error 4631", "wa-send-refused"),
        ("", "wa-send-refused"),
    ],
)
def test_every_error_of_a_send_has_a_stable_code(error: str, reason: str) -> None:
    """A page turns the code into a sentence; the core's text may change."""
    assert send_failure(error) == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("upload failed with status code 413", "media-too-large"),
        ("upload failed with status code 403", "media-refused"),
        ("upload failed with status code 500", "media-refused"),
        ("failed to execute request: dial tcp: connection refused", "media-unreachable"),
        ("failed to parse upload response: unexpected EOF", "media-unreachable"),
        ("failed to refresh media connections: failed to query media connections", "not-connected"),
        ("", "media-unreachable"),
    ],
)
def test_every_error_of_an_upload_has_a_stable_code(error: str, reason: str) -> None:
    """None of them leaves a doubt: the message itself was not sent."""
    assert upload_failure(error) == reason


@given(st.text())
def test_no_text_of_the_core_becomes_part_of_a_code(error: str) -> None:
    """Codes are a closed set, and hold nothing of a number or a text."""
    reason = send_failure(error)
    assert reason in ("send-timeout", "not-connected", "wa-send-refused") or (
        reason.startswith("wa-error-") and len(reason) == len("wa-error-463")
    )
