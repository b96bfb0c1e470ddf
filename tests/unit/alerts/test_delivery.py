"""Handing over by the real library, to real servers on loopback; and what a failure says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.alerts import delivery
from core.alerts.delivery import Messenger
from core.errors import InvalidInputError
from core.models.alerts.deliveries import DeliveryFailure, Outcome
from tests.support import alert_sinks

BODY = "14:05 · “Loja Centro” está fora do ar."


@pytest.fixture
def messenger() -> Iterator[Messenger]:
    """Its processes end with the test."""
    made = Messenger()
    yield made
    made.close()


def test_ntfy_gets_it(messenger: Messenger) -> None:
    """Word for word."""
    with alert_sinks.ntfy() as sink:
        assert messenger.send(sink.url, title="Plantão", body=BODY) == Outcome()
        assert sink.messages == [BODY]


def test_a_mail_server_gets_it(messenger: Messenger) -> None:
    """As a text that a person can read."""
    with alert_sinks.mail() as sink:
        assert messenger.send(sink.url, title="Plantão", body=BODY) == Outcome()
        assert [message.strip() for message in sink.messages] == [BODY]


def test_telegram_gets_it_through_the_proxy_of_the_house(
    messenger: Messenger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host of the real service, its certificate checked, on the way that the environment names."""
    with alert_sinks.telegram(tmp_path) as (sink, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert messenger.send(sink.url, title="Plantão", body=BODY) == Outcome()
        (message,) = sink.messages
        assert BODY in message


@pytest.mark.parametrize("status", [401, 500])
def test_a_refusal_says_its_number_and_no_word_of_a_stranger(messenger: Messenger, status: int) -> None:
    """The number alone."""
    with alert_sinks.ntfy(fails=1.0) as sink:
        sink.verdict = lambda: status  # type: ignore[method-assign]
        outcome = messenger.send(sink.url, title="t", body=BODY)
    assert outcome == Outcome(DeliveryFailure.REFUSED, str(status))


def test_nobody_there(messenger: Messenger) -> None:
    """No server at that port."""
    with alert_sinks.ntfy() as sink:
        url = sink.url
    assert messenger.send(url, title="t", body=BODY) == Outcome(DeliveryFailure.UNREACHABLE)


def test_an_address_that_hangs_holds_up_no_other(
    messenger: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends after its time; the others arrive meanwhile."""
    monkeypatch.setattr(delivery, "ATTEMPT_S", 6.0)
    ended: list[Outcome] = []
    with alert_sinks.ntfy() as good, alert_sinks.ntfy(hold=threading.Event()) as bad:
        bad.url += "?rto=60&cto=60"
        slow = threading.Thread(target=lambda: ended.append(messenger.send(bad.url, title="t", body=BODY)))
        slow.start()
        begin = time.monotonic()
        assert messenger.send(good.url, title="t", body=BODY) == Outcome()
        assert slow.is_alive()
        assert time.monotonic() - begin < 6
        slow.join(20)
        assert bad.hold is not None
        bad.hold.set()
    assert ended == [Outcome(DeliveryFailure.TIMEOUT)]


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("ntfys://minha-loja", "ntfy"),
        (f"tgram://{alert_sinks.TOKEN}/987654321", "Telegram"),
        ("mailtos://ana:senha@example.com", "E-Mail"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord"),
        ("jsons://hooks.example.com/x", "JSON"),
    ],
)
def test_what_kind_of_service_it_is(messenger: Messenger, url: str, service: str) -> None:
    """Known without asking the network."""
    assert messenger.service_of(url) == service


@pytest.mark.parametrize(
    "url",
    ["", "loja", "foo://bar", "tgram://", "syslog://", "dbus://", "macosx://", "ntfys://a\nb", "x" * 2001],
)
def test_an_address_that_leads_nowhere(messenger: Messenger, url: str) -> None:
    """Refused before it is kept; so are those that end on this very machine."""
    with pytest.raises(InvalidInputError) as caught:
        messenger.service_of(url)
    assert caught.value.code == "alert-address"


def test_no_file_of_this_machine_leaves_with_an_alert(
    messenger: Messenger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some services take templates from a file: not here."""
    secret = tmp_path / "template.json"
    secret.write_text('{"text": "SECRET"}')
    with alert_sinks.telegram(tmp_path) as (sink, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        outcome = messenger.send(f"{sink.url}?template={secret}", title="t", body=BODY)
        assert outcome.failure is DeliveryFailure.ADDRESS
        assert sink.messages == []
