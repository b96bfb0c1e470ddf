"""What the person with the phone sees and may do, without being signed in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import AppError, InvalidInputError, LimitReachedError
from core.models.access import LinkEnd, SignInMethod
from core.models.audit import Action
from core.models.instance import InstanceState, InstanceView
from core.services.pairing import guest, links
from core.services.pairing.guest import Step
from core.services.pairing.link_table import VALID_S, NewLink
from core.services.pairing.presses import MOST
from tests.unit.services.conftest import ID
from tests.unit.services.pairing.conftest import NUMBER, Clock, Scene, code, pairing

COOKIE = "a-browsers-cookie"
ADDRESS = "203.0.113.9"


@pytest.fixture
def made(scene: Scene) -> NewLink:
    """A link that no browser has opened."""
    return links.make_link(ID)


@pytest.fixture
def link(made: NewLink) -> str:
    """The id of one that this browser has opened."""
    assert open_(made) is None
    return made.id


def open_(made: NewLink, cookie: str = COOKIE) -> Step | None:
    return guest.open_link(made.id, made.secret, guest=cookie, address=ADDRESS)


def stopped(reason: str = "qr-expired", **more: object) -> InstanceView:
    return pairing(state=InstanceState.STOPPED, qr=None, reason=reason, **more)


def test_before_it_is_opened_nothing_is_shown(scene: Scene, made: NewLink) -> None:
    """Programs that make previews ask for the page: they learn nothing, and use nothing up."""
    for cookie in ("", COOKIE, "another"):
        seen = guest.stage(made.id, cookie)
        assert seen == guest.Stage(Step.NOT_OPENED)
    assert scene.asked == []
    assert open_(made) is None


def test_opening_binds_and_is_noted_once(scene: Scene, made: NewLink) -> None:
    """By a double press too; the access log has the address."""
    assert open_(made) is None
    assert open_(made) is None
    assert scene.noted == [Action.PAIRING_LINK_MADE, Action.PAIRING_LINK_OPENED]
    entry = scene.runtime.audit.waiting[-1]
    assert (entry.how, entry.address, entry.instance_id) == (SignInMethod.PAIRING_LINK, ADDRESS, ID)
    seen = guest.stage(made.id, COOKIE)
    assert (seen.step, seen.name, seen.left_s) == (Step.CODES, "Loja", VALID_S)
    assert seen.qr == scene.views[ID].qr


def test_another_browser_gets_nothing(scene: Scene, made: NewLink, link: str) -> None:
    """Not with the secret either."""
    assert open_(made, "another") is Step.TAKEN
    assert guest.stage(link, "another") == guest.Stage(Step.TAKEN)
    assert guest.stage(link, "") == guest.Stage(Step.TAKEN)
    with pytest.raises(AppError, match="not-pairing"):
        guest.ask_code(link, "another", f"+{NUMBER}")
    with pytest.raises(AppError, match="not-pairing"):
        guest.show_again(link, "")
    assert scene.asked == []
    guest.note_refusal(link, ADDRESS)
    assert scene.noted[-1] is Action.PAIRING_LINK_REFUSED


def test_opening_shows_codes_again(scene: Scene, made: NewLink) -> None:
    """They ran out while the link was on its way."""
    scene.views[ID] = stopped()
    assert guest.stage(made.id, COOKIE).step is Step.NOT_OPENED
    assert open_(made) is None
    assert scene.asked == [("start", ID)]
    assert guest.stage(made.id, COOKIE).step is Step.PAUSED


def test_opening_again_shows_no_more_codes_than_a_press_does(scene: Scene, made: NewLink) -> None:
    """Each time that they are to appear anew counts, whichever way it is asked for."""
    scene.views[ID] = stopped()
    for _ in range(40):
        assert open_(made) is None
        scene.views[ID] = stopped()
    by_opening = len(scene.asked)
    assert 1 < by_opening <= 13
    with pytest.raises(LimitReachedError):
        guest.show_again(made.id, COOKIE)


@pytest.mark.parametrize("reason", ["wa-temporary-ban", "wa-banned-again"])
def test_a_restricted_account_is_left_alone(scene: Scene, made: NewLink, reason: str) -> None:
    """Trying again at once makes that worse."""
    scene.views[ID] = stopped(reason)
    assert open_(made) is None
    guest.show_again(made.id, COOKIE)
    assert scene.asked == []
    assert guest.stage(made.id, COOKIE).step is Step.BLOCKED


def test_each_state_has_its_step(scene: Scene, link: str) -> None:
    """From the opening of the connection to its end."""
    for view, step in (
        (pairing(state=InstanceState.STARTING, qr=None), Step.PREPARING),
        (pairing(), Step.CODES),
        (stopped(), Step.PAUSED),
        (pairing(state=InstanceState.FAILED, qr=None, reason="pairing-failed"), Step.PAUSED),
        (pairing(state=InstanceState.CONNECTED, qr=None, linked=True), Step.LINKED),
    ):
        scene.views[ID] = view
        assert guest.stage(link, COOKIE).step is step
    scene.views.clear()
    assert guest.stage(link, COOKIE).step is Step.GONE


@pytest.mark.parametrize(
    ("why", "own", "others"),
    [
        (LinkEnd.LINKED, Step.LINKED, Step.EXPIRED),
        (LinkEnd.REVOKED, Step.REVOKED, Step.REVOKED),
        (LinkEnd.EXPIRED, Step.EXPIRED, Step.EXPIRED),
        (LinkEnd.GONE, Step.GONE, Step.GONE),
    ],
)
def test_each_end_is_told(scene: Scene, link: str, why: LinkEnd, own: Step, others: Step) -> None:
    """That a phone was linked, only to the browser that did it; no code is shown to any."""
    scene.table.end(link, why)
    assert guest.stage(link, COOKIE) == guest.Stage(own)
    assert guest.stage(link, "another") == guest.Stage(others)
    with pytest.raises(AppError, match="not-pairing"):
        guest.ask_code(link, COOKIE, f"+{NUMBER}")


def test_its_time_ends_in_the_middle(scene: Scene, made: NewLink, link: str) -> None:
    """At once, not when the next look comes."""
    scene.clock.now += VALID_S
    assert guest.stage(link, COOKIE) == guest.Stage(Step.EXPIRED)
    assert open_(made) is Step.EXPIRED
    with pytest.raises(AppError, match="not-pairing"):
        guest.show_again(link, COOKIE)


def test_a_code_is_asked_for_and_shown(scene: Scene, link: str) -> None:
    """Only the one for the number that was typed here: the owner may have asked for another."""
    scene.views[ID] = pairing(pairing_code=code())
    assert guest.stage(link, COOKIE).code is None
    scene.views[ID] = pairing()
    guest.ask_code(link, COOKIE, "+55 11 91234-5678")
    assert scene.asked == [("code", ID, NUMBER)]
    assert scene.noted[-1] is Action.PAIRING_CODE
    assert scene.runtime.audit.waiting[-1].address == ADDRESS
    assert guest.stage(link, COOKIE).awaits_code
    scene.views[ID] = pairing(pairing_code=code("5521900000000"))
    assert guest.stage(link, COOKIE).code is None
    scene.views[ID] = pairing(pairing_code=code())
    assert guest.stage(link, COOKIE).code == scene.views[ID].pairing_code
    scene.views[ID] = pairing(pairing_code=code(left=-1))
    assert guest.stage(link, COOKIE).code is None


def test_a_double_press_asks_once(scene: Scene, link: str) -> None:
    """WhatsApp gives only a few codes in a while."""
    guest.ask_code(link, COOKIE, f"+{NUMBER}")
    guest.ask_code(link, COOKIE, f"+{NUMBER}")
    assert scene.asked == [("code", ID, NUMBER)]
    guest.ask_code(link, COOKIE, "+5521987654321")
    assert len(scene.asked) == 2


def test_a_failure_is_told_and_the_number_can_be_typed_again(scene: Scene, link: str) -> None:
    """That of the request before is not taken for that of this one."""
    clock = Clock()
    presses = type(scene.runtime.guest_presses)(clock=clock)
    object.__setattr__(scene.runtime, "guest_presses", presses)
    guest.ask_code(link, COOKIE, f"+{NUMBER}")
    scene.views[ID] = pairing(reason="pairing-code-failed")
    assert guest.stage(link, COOKIE).awaits_code
    clock.now += 2.5
    seen = guest.stage(link, COOKIE)
    assert (seen.awaits_code, seen.code_failed) == (False, True)


def test_what_is_no_number_and_what_is_too_much_is_refused(scene: Scene, link: str) -> None:
    """Nothing is asked of WhatsApp then."""
    with pytest.raises(InvalidInputError):
        guest.ask_code(link, COOKIE, "11 91234-5678")
    scene.views[ID] = replace(pairing(), qr=None)
    with pytest.raises(AppError, match="not-pairing"):
        guest.ask_code(link, COOKIE, f"+{NUMBER}")
    scene.views[ID] = pairing()
    for number in range(MOST):
        guest.ask_code(link, COOKIE, f"+55119123456{number:02}")
    with pytest.raises(LimitReachedError):
        guest.ask_code(link, COOKIE, f"+{NUMBER}")
    assert len(scene.asked) == MOST


def test_new_codes_are_shown_on_a_press(scene: Scene, link: str) -> None:
    """Only when none are shown, and not for ever."""
    guest.show_again(link, COOKIE)
    assert scene.asked == []
    scene.views[ID] = stopped()
    for _ in range(MOST):
        guest.show_again(link, COOKIE)
    assert scene.asked == [("start", ID)] * MOST
    with pytest.raises(LimitReachedError):
        guest.show_again(link, COOKIE)


def test_nothing_is_told_unknown_before_the_file_was_read(scene: Scene) -> None:
    """A link of before the restart would be."""
    assert not guest.ready()
    links.settle_links()
    assert guest.ready()
