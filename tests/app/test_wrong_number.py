"""Nothing leaves from another number than was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.models.instance import InstanceState, InstanceView
from core.models.recipients import Group
from tests.app.composing import (
    ANA,
    FAMILY,
    TEAM,
    A,
    B,
    Page,
    outra,
    press,
    sends,
    uma,
    written,
)
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, view

GONE: dict[str, Callable[[], list[InstanceView]]] = {
    "unlinked": lambda: [uma(), outra(state=InstanceState.LOGGED_OUT, linked=False)],
    "deleted": lambda: [uma()],
    "linked to another phone": lambda: [uma(), replace(outra(), phone="5531933333333")],
    "pairing anew": lambda: [uma(), outra(state=InstanceState.PAIRING, linked=False)],
}


@pytest.mark.parametrize("gone", GONE)
def test_a_sender_that_is_gone_is_replaced_by_nobody(page: Page, scene: FakeServices, gone: str) -> None:
    """The page says so, keeps what was typed, and sends nothing until somebody chooses again."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = GONE[gone]()
    app.run()
    assert app.selectbox(key="send-from").value is None
    assert "“Outra” foi desconectada" in text_of(app)
    press(app, "send")
    assert sends(scene) == []
    assert "nada foi enviado" in app.error[0].value
    assert app.text_area(key="send-text").value == "Olá"
    app.selectbox(key="send-from").set_value(A).run()
    assert "foi desconectada" not in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", A, ANA)]


@pytest.mark.parametrize("gone", GONE)
def test_a_press_that_meets_the_loss_sends_nothing(page: Page, scene: FakeServices, gone: str) -> None:
    """The page still shows the sender; the press carries it, and it is refused."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = GONE[gone]()
    press(app, "send")
    assert [call for call in sends(scene) if call[1] != B] == []
    assert not scene.sent
    assert "“Outra” foi desconectada" in text_of(app)


def test_a_lost_sender_that_is_back_is_not_taken_again_by_itself(page: Page, scene: FakeServices) -> None:
    """Linked again, or restored: somebody chooses it, or comes by its link."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = [uma()]
    app.run()
    scene.views = [uma(), outra()]
    app.run()
    assert app.selectbox(key="send-from").value is None
    press(app, "send")
    assert not scene.sent
    app.selectbox(key="send-from").set_value(B).run()
    press(app, "send")
    assert sends(scene) == [("send", B, ANA)]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Outro nome"},
        {"state": InstanceState.RECONNECTING, "reason": "wa-disconnected"},
        {"state": InstanceState.STARTING},
        {"restarts": 3},
    ],
)
def test_a_sender_that_looks_different_is_still_the_same(
    page: Page, scene: FakeServices, changed: dict[str, Any]
) -> None:
    """Renamed, reconnecting, restarted: its option reads differently, and is not another one for that."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    scene.views = [uma(), outra(**changed)]
    app.run()
    assert app.selectbox(key="send-from").value == B
    scene.views = [outra(), uma()]
    app.run()
    press(app, "send")
    assert sends(scene) == [("send", B, ANA)]


def test_among_several_nobody_is_chosen_by_itself(page: Page, scene: FakeServices) -> None:
    """A press without a choice says so, and what was typed stays."""
    scene.views = [uma(), outra()]
    app = press(written(page("messages")), "send")
    assert app.selectbox(key="send-from").value is None
    assert "escolha por qual número enviar" in app.error[0].value
    assert not scene.calls
    assert app.text_area(key="send-text").value == "Olá"


def test_a_second_instance_does_not_take_the_choice_of_the_only_one(page: Page, scene: FakeServices) -> None:
    """The only one is chosen; one that comes later changes nothing."""
    scene.views = [uma()]
    app = written(page("messages"))
    assert app.selectbox(key="send-from").value == A
    scene.views = [outra(), uma()]
    app.run()
    assert app.selectbox(key="send-from").value == A


def test_a_press_for_one_number_does_not_leave_from_another(page: Page, scene: FakeServices) -> None:
    """The sender is changed and the button pressed before the page is drawn anew: nobody knows which was
    meant.
    """
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    app.selectbox(key="send-from").set_value(A)
    press(app, "send")
    assert not scene.sent
    assert "nada foi enviado" in text_of(app)
    press(app, "send")
    assert sends(scene) == [("send", A, ANA)]


def test_a_link_to_an_instance_that_cannot_send_chooses_nobody(page: Page, scene: FakeServices) -> None:
    """Though only one could: the link named another."""
    scene.views = [uma(), view(B, "Outra", InstanceState.STOPPED)]
    app = press(written(page("messages", id=B)), "send")
    assert app.selectbox(key="send-from").value is None
    assert "“Outra” foi desconectada" in text_of(app)
    assert not scene.calls


def test_the_address_follows_the_choice_and_the_choice_the_address(page: Page, scene: FakeServices) -> None:
    """A reload means the same sender; the browser's back button another one, visibly."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.selectbox(key="send-from").set_value(A).run()
    assert app.query_params["id"] == A
    app.query_params["id"] = B
    app.run()
    assert app.selectbox(key="send-from").value == B


def test_a_choice_outlives_a_look_at_another_page(page: Page, scene: FakeServices) -> None:
    """Back without a link, it is the same; a link names its own; what is gone meanwhile is gone."""
    scene.views = [uma(), outra()]
    app = page("messages", id=B)
    app.query_params.clear()
    app.switch_page("storage.py").run()
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == B
    app.switch_page("storage.py").run()
    scene.views = [uma()]
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value is None
    scene.views = [uma(), outra()]
    app.switch_page("storage.py").run()
    app.query_params["id"] = B
    app.switch_page("messages.py").run()
    assert app.selectbox(key="send-from").value == B


def test_a_sender_named_by_an_old_label_stays_and_a_press_with_it_sends_nothing(
    page: Page, scene: FakeServices
) -> None:
    """The browser has not heard that the sender is called otherwise: its label means no option any more."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    app.selectbox(key="send-from").set_value(None)  # as Streamlit reads a label that it does not know
    press(app, "send")
    assert not scene.sent
    assert "nada foi enviado" in app.error[0].value
    assert app.selectbox(key="send-from").value == B
    press(app, "send")
    assert sends(scene) == [("send", B, ANA)]


def test_an_old_label_without_a_press_refuses_nothing_later(page: Page, scene: FakeServices) -> None:
    """It came with something else, and the page has been drawn since."""
    scene.views = [uma(), outra()]
    app = written(page("messages", id=B))
    app.selectbox(key="send-from").set_value(None).run()
    assert app.selectbox(key="send-from").value == B
    press(app, "send")
    assert sends(scene) == [("send", B, ANA)]


def test_a_group_named_by_an_old_label_stays_and_a_press_with_it_sends_nothing(
    page: Page, scene: FakeServices
) -> None:
    """A group was renamed, or has more members."""
    scene.views = [uma()]
    scene.groups = (Group(FAMILY, "Família", 3), Group(TEAM, "Time", 4))
    app = page("messages", id=A)
    app.segmented_control(key="send-way").set_value("group").run()
    app.selectbox(key="send-group").set_value(TEAM).run()
    app.text_area(key="send-text").set_value("Olá").run()
    app.selectbox(key="send-group").set_value(None)
    press(app, "send")
    assert not scene.sent
    assert "nada foi enviado" in app.error[0].value
    assert app.selectbox(key="send-group").value == TEAM
    press(app, "send")
    assert sends(scene) == [("send", A, TEAM)]
