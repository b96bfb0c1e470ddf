"""What is said about a message stays in its chat, and leaves from the account that was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import AppError, InvalidInputError, NotConnectedError, StorageUnavailableError
from core.models.content import Content, Kind, Reference
from core.models.instance import InstanceState
from core.models.messages import SentMessage
from core.services.chats import same_chat
from core.services.messages import resend
from tests.support.contents import words
from tests.unit.services.conftest import CONTACT, ID, RecordingRegistry, arrived, send, view

TO = f"+{CONTACT}"
OTHER = "+55 21 98888-7777"
LID = "123456789012345@lid"
GROUP = "120363000000000001@g.us"
OTHER_GROUP = "120363000000000002@g.us"
ABOUT = Reference("3A")
OURS = Reference("3EB0", from_me=True)
SAID = (
    Content(Kind.TEXT, text="sim"),
    Content(Kind.LOCATION, latitude=1.0, longitude=2.0),
    Content(Kind.REACTION, text="👍"),
)
"""An answer, an answer of another kind, and a reaction."""
CHANGES = (Content(Kind.EDIT, text="não"), Content(Kind.DELETE))


def code_of(content: Content, to: str) -> str:
    """Why it was refused."""
    with pytest.raises(InvalidInputError) as caught:
        send(ID, to=to, content=content)
    return caught.value.code


def sent_before(registry: RecordingRegistry, to: str) -> SentMessage:
    """A text of ours that WhatsApp knows as 3EB0."""
    registry.sends.append(replace(send(ID, to=to, content=words("oi")), message_id=OURS.message_id))
    registry.sends.pop(-2)
    return registry.sends[-1]


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.kind)
@pytest.mark.parametrize("to", [OTHER, GROUP, LID])
def test_a_quote_and_a_reaction_do_not_leave_their_chat(
    registry: RecordingRegistry, said: Content, to: str
) -> None:
    """Whatever chat the page names in the reference, the stored one counts."""
    for chat in ("", GROUP, LID, f"{CONTACT}@s.whatsapp.net"):
        assert code_of(replace(said, about=replace(ABOUT, chat=chat, sender=chat)), to) == "about-elsewhere"
    assert registry.sends == []


@pytest.mark.parametrize("said", SAID, ids=lambda said: said.kind)
def test_they_go_to_their_own_chat_as_it_is_stored(registry: RecordingRegistry, said: Content) -> None:
    """With the author and the words that arrived, not those that a page has made up."""
    mistaken = Reference("3A", chat=GROUP, sender=LID, text="outra coisa")
    about = send(ID, to=TO, content=replace(said, about=mistaken)).content.about
    address = f"{CONTACT}@s.whatsapp.net"
    assert about == Reference("3A", chat=address, sender=address, text="Você vem?", kind=Kind.TEXT)


@pytest.mark.parametrize("said", [*SAID, *CHANGES], ids=lambda said: said.kind)
def test_a_message_that_this_instance_has_not_is_not_spoken_of(
    registry: RecordingRegistry, said: Content
) -> None:
    """One of another instance, one that was let go, one that never was."""
    for about in (Reference("FFFF"), Reference("FFFF", from_me=True), Reference("3A", from_me=True)):
        if said.kind in (Kind.EDIT, Kind.DELETE) and not about.from_me:
            continue
        assert code_of(replace(said, about=about), TO) == "about-unknown"
    assert registry.sends == []


@pytest.mark.parametrize("about", [Reference(), Reference(chat=GROUP, text="nada")])
def test_a_quote_of_nothing_is_none(registry: RecordingRegistry, about: Reference) -> None:
    """An empty id names no message: nothing is quoted, whatever else the reference says."""
    if about == Reference():
        assert send(ID, to=TO, content=replace(words("sim"), about=about)).content.about is None
    else:
        assert code_of(replace(words("sim"), about=about), TO) == "about-missing"


@pytest.mark.parametrize("said", [*SAID, *CHANGES], ids=lambda said: said.kind)
@pytest.mark.parametrize("to", [TO, GROUP, LID])
def test_what_is_about_ours_goes_only_where_ours_went(
    registry: RecordingRegistry, said: Content, to: str
) -> None:
    """Edits and deletions too, in a group, to a number, to a hidden person."""
    sent_before(registry, to)
    for other in {TO, GROUP, LID, OTHER, OTHER_GROUP} - {to}:
        assert code_of(replace(said, about=OURS), other) == "about-elsewhere"
    about = replace(OURS, text="oi", kind=Kind.TEXT)
    assert send(ID, to=to, content=replace(said, about=OURS)).content.about == about


def test_a_stranger_who_copies_the_id_of_ours_gains_nothing(registry: RecordingRegistry) -> None:
    """Ids are chosen by who writes: an answer to theirs quotes theirs, one to ours quotes ours."""
    sent_before(registry, TO)
    registry.inbox.handle_event(
        arrived(OURS.message_id, "falso", contact="5521988887777", chat=LID, sender=LID)
    )
    theirs = Reference(OURS.message_id)
    assert code_of(replace(words("sim"), about=theirs), TO) == "about-elsewhere"
    assert code_of(replace(words("sim"), about=OURS), OTHER) == "about-elsewhere"
    about = send(ID, to=OTHER, content=replace(words("sim"), about=theirs)).content.about
    assert about is not None
    assert (about.text, about.chat) == ("falso", LID)


def test_what_the_owner_wrote_on_the_phone_can_be_spoken_of(registry: RecordingRegistry) -> None:
    """It is the account's own, in that chat; what others wrote is not, whatever the page says."""
    registry.inbox.handle_event(arrived("3C", "do celular", from_me=True, sender=LID))
    about = Reference("3C", from_me=True)
    assert send(ID, to=TO, content=replace(words("sim"), about=about)).content.about is not None
    assert code_of(replace(words("sim"), about=about), OTHER) == "about-elsewhere"
    assert code_of(replace(words("sim"), about=replace(about, from_me=False)), TO) == "about-unknown"


def test_in_a_group_the_author_is_no_chat(
    registry: RecordingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message of the group is answered in the group, not to who wrote it nor in another group."""
    registry.inbox.handle_event(arrived("3G", "no grupo", group=True, chat=GROUP, sender=LID))
    said = replace(words("sim"), about=Reference("3G"))
    for to in (TO, LID, OTHER_GROUP, OTHER):
        assert code_of(said, to) == "about-elsewhere"
    assert send(ID, to=GROUP, content=said, request_id="g").to == GROUP


def test_a_number_and_a_lid_are_one_person_only_where_they_were_seen_together(
    registry: RecordingRegistry,
) -> None:
    """By a message of theirs, here or in a group; not by what the owner wrote there himself."""
    assert not same_chat(ID, LID, CONTACT)
    registry.inbox.handle_event(arrived("m", group=True, chat=GROUP, from_me=True, sender=LID))
    assert not same_chat(ID, LID, CONTACT)
    registry.inbox.handle_event(arrived("g", group=True, chat=GROUP, sender=LID))
    assert same_chat(ID, LID, CONTACT)
    assert same_chat(ID, CONTACT, LID)
    registry.inbox.flush(ID)
    assert same_chat(ID, LID, CONTACT)
    assert not same_chat(ID, LID, "5521988887777")
    assert not same_chat(ID, LID, GROUP)
    assert not same_chat(ID, LID, "999999999999999@lid")
    registry.inbox.handle_event(arrived("h", contact="", chat=LID, sender=LID))
    assert send(ID, to=TO, content=replace(words("sim"), about=Reference("h"))).to == CONTACT


def test_both_spellings_of_a_brazilian_number_are_one_chat(registry: RecordingRegistry) -> None:
    """With the 9 and without."""
    old = "551191234567"
    registry.inbox.handle_event(arrived("9", contact=old, chat=f"{old}@s.whatsapp.net"))
    with pytest.raises(InvalidInputError):
        send(ID, to=OTHER, content=replace(words("sim"), about=Reference("9")))
    assert same_chat(ID, "5511987654321", "551187654321@s.whatsapp.net")


def test_a_repeated_press_gets_its_outcome_though_the_quote_is_gone(registry: RecordingRegistry) -> None:
    """The message went out; what it was about may have been let go since."""
    said = replace(words("sim"), about=ABOUT)
    first = send(ID, to=TO, content=said, request_id="r")
    registry.inbox.handle_event(arrived("3B"))
    object.__setattr__(registry, "inbox", None)
    assert send(ID, to=TO, content=said, request_id="r") is first


def test_when_the_inbox_cannot_be_read_no_quote_goes_out(
    registry: RecordingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it belongs is not known then; a message without one goes."""

    def fail(*_: object) -> tuple[()]:
        raise StorageUnavailableError("disk-full")

    monkeypatch.setattr(registry.inbox, "find", fail)
    with pytest.raises(StorageUnavailableError):
        send(ID, to=TO, content=replace(words("sim"), about=ABOUT))
    assert registry.sends == []
    assert send(ID, to=TO, content=words("sim")).to == CONTACT


def test_nothing_leaves_from_another_account_than_the_one_that_was_seen(
    registry: RecordingRegistry,
) -> None:
    """An instance that was linked to another phone meanwhile; a new name or a reconnection matter nothing."""
    seen = registry.instance.phone
    first = send(ID, to=TO, content=words("oi"), request_id="r", account=seen)
    registry.instance = replace(registry.instance, name="Outro nome", since=9.0, restarts=3)
    assert send(ID, to=TO, content=words("oi"), account=seen)
    registry.instance = replace(registry.instance, phone="5599911112222")
    with pytest.raises(AppError) as caught:
        send(ID, to=TO, content=words("oi"), account=seen)
    assert caught.value.code == "account-changed"
    with pytest.raises(AppError, match="account-changed"):
        resend(ID, "r", new_request_id="s", account=seen)
    assert len(registry.sends) == 2
    assert send(ID, to=TO, content=words("oi"), request_id="r", account=seen) is first


def test_an_instance_that_is_off_is_told_before_what_else_is_wrong(registry: RecordingRegistry) -> None:
    """That is what the person can do something about."""
    registry.instance = view(state=InstanceState.LOGGED_OUT)
    with pytest.raises(NotConnectedError):
        send(ID, to=OTHER, content=replace(words("sim"), about=ABOUT), account="1")
