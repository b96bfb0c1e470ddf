"""Making a link, taking it back, and its ends."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from core.errors import AppError, UnknownInstanceError
from core.models.access import LinkEnd, PairingLink, SignInMethod
from core.models.audit import Action
from core.services import instances
from core.services.pairing import links
from core.services.pairing.link_table import VALID_S, NewLink
from core.services.pairing.links import Reach
from core.services.runtime import install
from tests.unit.services.conftest import ID
from tests.unit.services.pairing.conftest import Scene, pairing


def found(scene: Scene, made: NewLink) -> PairingLink:
    link = scene.table.find(made.id)
    assert link is not None
    return link


def opened(scene: Scene, made: NewLink) -> None:
    scene.table.open(made.id, made.secret, guest="cookie", address="203.0.113.9")


def test_a_link_is_made_noted_and_taken_back(scene: Scene) -> None:
    """Once each; taking back what is not there is no deed."""
    made = links.make_link(ID)
    link = links.link_of(ID)
    assert link is not None
    assert link.id == made.id
    assert links.seconds_left(link) == VALID_S
    links.revoke_link(ID)
    links.revoke_link(ID)
    assert links.link_of(ID) is None
    assert scene.noted == [Action.PAIRING_LINK_MADE, Action.PAIRING_LINK_REVOKED]
    assert made.secret not in str(scene.runtime.audit.waiting)


def test_there_is_none_for_a_linked_or_unknown_instance(scene: Scene) -> None:
    """Nor is it said to have been made."""
    scene.views[ID] = pairing(linked=True)
    with pytest.raises(AppError, match="not-pairing"):
        links.make_link(ID)
    with pytest.raises(UnknownInstanceError):
        links.make_link("gone")
    assert scene.noted == []


def test_there_is_none_when_they_are_turned_off(scene: Scene) -> None:
    """`PAIRING_LINKS=off`."""
    assert links.offered()
    install(replace(scene.runtime, settings=replace(scene.runtime.settings, pairing_links=False)))
    assert not links.offered()
    with pytest.raises(AppError, match="not-pairing"):
        links.make_link(ID)


def test_stopping_the_instance_takes_the_link_back(scene: Scene) -> None:
    """Else the person with the link would start it again."""
    made = links.make_link(ID)
    instances.stop_instance(ID)
    assert found(scene, made).ended is LinkEnd.REVOKED


def test_success_ends_it_and_is_noted(scene: Scene) -> None:
    """With the address of the browser that opened it, once."""
    made = links.make_link(ID)
    opened(scene, made)
    links.settle_links()
    assert not found(scene, made).ended
    scene.views[ID] = pairing(linked=True)
    links.settle_links()
    links.settle_links()
    assert found(scene, made).ended is LinkEnd.LINKED
    used = scene.runtime.audit.waiting[-1]
    assert scene.noted.count(Action.PAIRING_LINK_USED) == 1
    assert (used.action, used.how, used.address, used.instance_id) == (
        Action.PAIRING_LINK_USED,
        SignInMethod.PAIRING_LINK,
        "203.0.113.9",
        ID,
    )


def test_an_unopened_link_ends_with_success_too(scene: Scene) -> None:
    """The owner scanned the code: nothing is left for the link, and it was not used."""
    made = links.make_link(ID)
    scene.views[ID] = pairing(linked=True)
    links.settle_links()
    assert found(scene, made).ended is LinkEnd.LINKED
    assert Action.PAIRING_LINK_USED not in scene.noted


def test_a_deleted_instance_and_a_late_hour_end_it(scene: Scene) -> None:
    """Restored from the trash within the ten minutes, the instance has no link."""
    made = links.make_link(ID)
    scene.views.clear()
    links.settle_links()
    assert found(scene, made).ended is LinkEnd.GONE
    scene.views[ID] = pairing()
    late = links.make_link(ID)
    scene.clock.now += VALID_S
    links.settle_links()
    assert found(scene, late).ended is LinkEnd.EXPIRED


def test_before_the_storage_is_ready_nothing_ends(scene: Scene) -> None:
    """No instance is known yet, which does not mean that they are gone."""
    made = links.make_link(ID)
    scene.views.clear()
    scene.runtime.registry.storage().ready = False  # type: ignore[misc]
    links.settle_links()
    assert not found(scene, made).ended


def test_the_secret_stands_where_browsers_send_nothing() -> None:
    """Behind the #; where the page is in the app does not matter."""
    made = NewLink("an-id", "a-secret")
    address = links.address_of("https://zap.example.test:8443/instance?id=loja", made)
    assert address == "https://zap.example.test:8443/pair?l=an-id#a-secret"
    assert "a-secret" not in address.removesuffix("#" + urlsplit(address).fragment)


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("http://localhost:8501/", Reach.MACHINE),
        ("http://127.0.0.1:8501/instance", Reach.MACHINE),
        ("http://[::1]:8501/", Reach.MACHINE),
        ("http://app.localhost/", Reach.MACHINE),
        ("http://192.168.0.7:8501/", Reach.NETWORK),
        ("http://10.1.2.3/", Reach.NETWORK),
        ("http://nas/", Reach.NETWORK),
        ("http://nas.local/", Reach.NETWORK),
        ("https://zap.onrender.com/", Reach.ANYWHERE),
        ("https://8.8.8.8/", Reach.ANYWHERE),
        ("", Reach.NETWORK),
    ],
)
def test_how_far_an_address_reaches(url: str, reach: Reach) -> None:
    """The phone of another person is seldom where this machine or its network is."""
    assert links.reach_of(url) is reach
