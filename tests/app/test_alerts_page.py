"""The page of alerts: what is wrong, where it is told, how that went."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import InvalidInputError, StorageUnavailableError
from core.models.alerts.choices import QuietHours
from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState
from core.models.alerts.incidents import Incident, Notice, NoticeKind, Trouble
from core.models.alerts.views import AddressView, AlertsView
from core.services.alerts import addresses, choices
from pages.ui.layout.navigation import tab_title
from pages.ui.texts.alerts import FAILURES, TROUBLES
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected

Open = Callable[..., AppTest]
NOW = time.time()
ADDRESS = AddressView("a1", "ntfy", "ntfy ••••", from_setting=False)


class Alerts:
    """What the service answers, and what it was asked."""

    def __init__(self) -> None:
        self.view = AlertsView()
        self.asked: list[object] = []


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> Alerts:
    """The services of this page, each with its arguments noted."""
    made = Alerts()

    def noted(name: str) -> Callable[..., str]:
        def call(*arguments: object, **named: object) -> str:
            made.asked.append((name, *arguments))
            return "ntfy"

        return call

    monkeypatch.setattr(addresses, "overview", lambda: made.view)
    for name in ("add_address", "remove_address", "send_test"):
        monkeypatch.setattr(addresses, name, noted(name))
    for name in ("set_offline_minutes", "mute", "limit_address", "set_quiet_hours"):
        monkeypatch.setattr(choices, name, noted(name))
    return made


def told(trouble: Trouble | None = Trouble.FAILED, kind: NoticeKind = NoticeKind.OPENED) -> Delivery:
    notice = Notice("n", kind, NOW, "i", "loja-1", trouble, "Loja" if trouble else "", NOW)
    return Delivery("d", notice, "a1", DeliveryState.DELIVERED, NOW, 1, NOW)


def test_before_anything(page: Open, alerts: Alerts) -> None:
    """All is well, and an invitation; no button for a test that would go nowhere."""
    app = page("alerts")
    assert "Tudo em ordem agora" in text_of(app)
    assert "Nenhum endereço ainda" in text_of(app)
    assert "alert-test" not in {each.key for each in app.button}


def test_what_is_wrong_stands_on_top(page: Open, alerts: Alerts) -> None:
    """By name and since when; markup in a name stays text."""
    incident = Incident("i", "loja-1", "Loja <b>Centro</b>", Trouble.LOGGED_OUT, Trouble.LOGGED_OUT, NOW, NOW)
    alerts.view = AlertsView(
        open=(incident, replace(incident, subject="disk", name="", trouble=Trouble.DISK))
    )
    text = text_of(page("alerts"))
    assert "Loja &lt;b&gt;Centro&lt;/b&gt;" in text
    assert "desconectada no celular" in text
    assert "O disco está quase cheio" in text
    assert "desde hoje" in text


def test_an_address_is_added(page: Open, alerts: Alerts) -> None:
    """The field is empty afterwards; a wrong one stays, with what to do."""
    app = page("alerts")
    app.text_input(key="alert-address").set_value("ntfys://segredo").run()
    app.button(key="alert-add").click().run()
    assert ("add_address", "ntfys://segredo") in alerts.asked
    assert app.text_input(key="alert-address").value == ""


@pytest.mark.parametrize("code", ["alert-address", "alert-address-taken", "alert-addresses"])
def test_an_address_that_is_refused(
    page: Open, alerts: Alerts, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """It says why, and keeps what was typed."""

    def refuse(url: str, *, zone: str = "") -> str:
        raise InvalidInputError(code, detail="20")

    monkeypatch.setattr(addresses, "add_address", refuse)
    app = page("alerts")
    app.text_input(key="alert-address").set_value("loja").run()
    app.button(key="alert-add").click().run()
    assert app.error[0].value
    assert "código" not in app.error[0].value
    assert app.text_input(key="alert-address").value == "loja"


def test_an_address_is_removed_after_a_question(page: Open, alerts: Alerts) -> None:
    """Two presses; one of the setting has no button."""
    of_setting = replace(ADDRESS, id="a2", from_setting=True)
    alerts.view = AlertsView(addresses=(of_setting, ADDRESS))
    app = page("alerts")
    assert "da configuração ALERT_URLS" in text_of(app)
    assert "alert-remove-a2" not in {each.key for each in app.button}
    app.button(key="alert-remove-a1").click().run()
    assert ("remove_address", "a1") not in alerts.asked
    app.button(key="alert-remove-confirm-a1").click().run()
    assert ("remove_address", "a1") in alerts.asked


def test_a_slip_in_the_setting_is_told_before_anything_is_sent(page: Open, alerts: Alerts) -> None:
    """It cannot be removed here, so nobody is told to."""
    alerts.view = AlertsView(addresses=(replace(ADDRESS, service="", from_setting=True, unrecognised=True),))
    text = text_of(page("alerts"))
    assert "Este endereço não foi reconhecido. Confira como está escrito." in text
    assert "Remov" not in text
    assert "nada enviado" not in text


def test_a_test_is_sent(page: Open, alerts: Alerts) -> None:
    """With one press."""
    alerts.view = AlertsView(addresses=(ADDRESS,))
    page("alerts").button(key="alert-test").click().run()
    assert ("send_test",) in alerts.asked


@pytest.mark.parametrize("failure", DeliveryFailure)
def test_every_failure_has_words(page: Open, alerts: Alerts, failure: DeliveryFailure) -> None:
    """On the address and in the table; never its code."""
    failed = replace(told(), state=DeliveryState.WAITING, failure=failure, detail="401")
    alerts.view = AlertsView(addresses=(replace(ADDRESS, last=failed, waiting=1),), recent=(failed,))
    text = text_of(page("alerts"))
    assert "resposta 401" in text
    assert "Nova tentativa em breve" in text
    assert failure in FAILURES


def test_every_trouble_and_kind_has_words(page: Open, alerts: Alerts) -> None:
    """In the table of the last alerts."""
    made = [told(trouble, kind) for trouble in (*Trouble, None) for kind in NoticeKind]
    alerts.view = AlertsView(addresses=(ADDRESS,), recent=tuple(made[:20]))
    text = text_of(page("alerts"))
    assert "Loja" in text
    assert set(TROUBLES) == set(Trouble)
    assert "Entregue" in text


def test_choices_are_stored_as_they_are_made(page: Open, scene: FakeServices, alerts: Alerts) -> None:
    """Minutes, instances that are left out, those of an address, quiet hours."""
    scene.views = [connected("loja-1", "Loja Centro")]
    alerts.view = AlertsView(addresses=(ADDRESS,))
    app = page("alerts")
    app.number_input(key="alert-minutes").set_value(15).run()
    app.multiselect(key="alert-muted").set_value(["loja-1"]).run()
    app.multiselect(key="alert-about-a1").set_value(["loja-1"]).run()
    app.toggle(key="alert-quiet").set_value(True).run()
    app.selectbox(key="alert-quiet-from").set_value(1_380).run()
    assert ("set_offline_minutes", 15) in alerts.asked
    assert ("mute", ["loja-1"]) in alerts.asked
    assert ("limit_address", "a1", ["loja-1"]) in alerts.asked
    hours = [call[1] for call in alerts.asked if isinstance(call, tuple) and call[0] == "set_quiet_hours"]
    assert [(each.start, each.end) for each in hours if isinstance(each, QuietHours)] == [
        (1_320, 420),
        (1_380, 420),
    ]


def test_a_choice_that_cannot_be_stored_says_so(
    page: Open, alerts: Alerts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In place of a silent return to what was."""

    def refuse(minutes: int) -> None:
        raise StorageUnavailableError("disk-full")

    monkeypatch.setattr(choices, "set_offline_minutes", refuse)
    app = page("alerts")
    app.number_input(key="alert-minutes").set_value(15).run()
    assert app.error


def test_damage_and_a_disk_that_takes_nothing_are_said(page: Open, alerts: Alerts) -> None:
    """With what to do."""
    alerts.view = AlertsView(damaged="alerts.json.corrupt-1", unsaved=True)
    text = text_of(page("alerts"))
    assert "Adicione-os de novo" in text
    assert "Verifique o disco" in text


def test_the_tab_shows_that_an_instance_needs_its_owner(scene: FakeServices, alerts: Alerts) -> None:
    """On every page; not for one that its owner wants to hear nothing of, nor for the app as a whole."""
    incident = Incident("i", "loja-1", "Loja", Trouble.OFFLINE, Trouble.OFFLINE, NOW, NOW)
    assert not tab_title("Avisos", 0).startswith("⚠")
    alerts.view = AlertsView(open=(incident,))
    assert tab_title("Avisos", 3).startswith("⚠ (3) Avisos · ")
    alerts.view = AlertsView(open=(incident,), muted=("loja-1",))
    assert not tab_title("Avisos", 0).startswith("⚠")
    alerts.view = AlertsView(open=(replace(incident, subject="disk", name="", trouble=Trouble.DISK),))
    assert not tab_title("Avisos", 0).startswith("⚠")
