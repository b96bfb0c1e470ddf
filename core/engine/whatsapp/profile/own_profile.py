"""The account's own profile and block list: read, and changed as its owner asks.

A name goes out as a setting of the account, sealed with a key that only the phone hands over; about and
picture are requests of their own. Source: whatsmeow, appstate.go, user.go and group.go. A picture can be
exchanged and not removed: neonize turns "none" into an empty one, which is no request to remove it.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Callable
from typing import Final

import msgspec

from core.engine.whatsapp.error_codes import send_failure
from core.engine.whatsapp.event_translation import name_of
from core.engine.whatsapp.from_protobuf import whole
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.neonize_types import Client, Jid
from core.models.codes import RefusalCode, SendCode
from core.models.profile.commands import (
    AskProfile,
    ProfileQuery,
    SetAbout,
    SetProfileName,
    SetProfilePicture,
    Unblock,
)
from core.models.profile.events import ProfileChanged, ProfileRead
from core.models.profile.own_profile import ABOUT_LIMIT, BlockedPerson
from core.models.worker_events import QueryFailed

log = logging.getLogger(__name__)

_ADDRESS: Final = 2_048
_BLOCKED: Final = 512 * 1024
"""Bytes that a block list takes on the pipe; some thousands of people."""
_NO_KEY: Final = "no app state keys"
"""In the core's words when the phone has not handed over the key yet. Source: whatsmeow, appstate.go."""
_NOT_CONNECTED: Final = "not connected"
"""Of a message these words alone would say that it may have gone out; a setting can be set again."""
_LID: Final = "lid"


class OwnProfileQueries:
    """Answers queries about the profile of one account.

    Threading: safe from any thread; blocks until WhatsApp answers.
    """

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        *,
        number_of: Callable[[Jid], str],
        on_named: Callable[[], None],
    ) -> None:
        """``number_of`` gives the digits behind a LID; ``on_named`` is called after a change of the name."""
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._number_of = number_of
        self._on_named = on_named

    def answer(self, query: ProfileQuery) -> ProfileRead | ProfileChanged | QueryFailed:
        """Return the answer, or QueryFailed: no-answer, not-connected, profile-no-key, profile-refused."""
        try:
            if isinstance(query, AskProfile):
                return self._read(query)
            self._change(query)
        except self._neonize.error as error:
            reason = _reason(str(error))
            log.warning("profile: %s (%s)", reason, type(query).__name__, extra={"instance": self._id})
            return QueryFailed(self._id, query.request_id, reason=reason)
        return ProfileChanged(self._id, query.request_id)

    def _read(self, query: AskProfile) -> ProfileRead:
        me = self._client.get_me()
        own = self._neonize.without_device(me.JID)
        return ProfileRead(
            self._id,
            query.request_id,
            name=name_of(me.PushName),
            about=self._about(own),
            picture_url=self._picture_url(own),
            blocked=self._blocked(),
        )

    def _about(self, own: Jid) -> str | None:
        try:
            answers = self._client.get_user_info(own)
        except self._neonize.error as error:
            self._note_missing("about", error)
            return None
        return next((str(answer.UserInfo.Status)[: 4 * ABOUT_LIMIT] for answer in answers), None)

    def _picture_url(self, own: Jid) -> str:
        try:
            url = str(self._client.get_profile_picture(own, self._neonize.picture_preview).URL)
        except self._neonize.error:
            return ""  # it has none
        return url if len(url) <= _ADDRESS else ""

    def _blocked(self) -> tuple[BlockedPerson, ...] | None:
        try:
            listed = self._client.get_blocklist().JIDs
        except self._neonize.error as error:
            self._note_missing("block list", error)
            return None
        people: list[BlockedPerson] = []
        left = _BLOCKED
        for jid in listed:
            person = self._person(jid)
            left -= len(json.dumps(msgspec.to_builtins(person)))
            if left < 0:
                log.warning("only %d blocked people are listed", len(people), extra={"instance": self._id})
                break
            if person.address:
                people.append(person)
        return tuple(people)

    def _person(self, jid: Jid) -> BlockedPerson:
        number = self._number_of(jid) if jid.Server == _LID else str(jid.User)
        return BlockedPerson(
            whole(self._neonize.jid_to_text(self._neonize.without_device(jid))),
            number=whole(number),
            name=self._name(jid, number),
        )

    def _name(self, jid: Jid, number: str) -> str:
        """Return what a person is called: the core keeps names by number and by LID."""
        known = [jid]
        if number and jid.Server == _LID:
            known.append(self._neonize.build_jid(number, "s.whatsapp.net"))
        for one in known:
            contact = self._client.contact.get_contact(one)
            if name := name_of(contact.FullName or contact.BusinessName or contact.PushName):
                return name
        return ""

    def _change(self, query: SetProfileName | SetAbout | SetProfilePicture | Unblock) -> None:
        match query:
            case SetProfileName():
                self._client.set_profile_name(query.name)
                self._on_named()
            case SetAbout():
                self._client.set_status_message(query.text)
            case SetProfilePicture():
                self._client.set_profile_photo(_decoded(query.picture))
            case Unblock():
                user, _, server = query.address.partition("@")
                self._client.update_blocklist(self._neonize.build_jid(user, server), self._neonize.unblock)

    def _note_missing(self, what: str, error: Exception) -> None:
        log.warning("no %s: %s", what, type(error).__name__, extra={"instance": self._id})


def _reason(error_text: str) -> str:
    if _NO_KEY in error_text:
        return RefusalCode.PROFILE_NO_KEY
    failure = send_failure(error_text)
    if failure == SendCode.NOT_CONNECTED or _NOT_CONNECTED in error_text:
        return RefusalCode.NOT_CONNECTED
    return RefusalCode.NO_ANSWER if failure == SendCode.TIMEOUT else RefusalCode.PROFILE_REFUSED


def _decoded(picture: str) -> bytes:
    try:
        return base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        return b""
