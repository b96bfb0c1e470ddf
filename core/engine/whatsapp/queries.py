"""Queries to WhatsApp: whether a number exists, groups, received files, and marking messages as read."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Final

import msgspec

from core.engine.whatsapp.error_codes import send_failure
from core.engine.whatsapp.from_protobuf import may_write
from core.engine.whatsapp.loader import Neonize
from core.engine.whatsapp.media_cipher import MediaFile
from core.engine.whatsapp.media_download import DownloadError, download
from core.engine.whatsapp.media_reference import received_file
from core.engine.whatsapp.neonize_types import Client, GroupDetails, Jid, Me
from core.engine.whatsapp.profile.own_profile import OwnProfileQueries
from core.engine.whatsapp.sender import MessageSender
from core.models.codes import InputCode, RefusalCode, SendCode
from core.models.messages import upload_seconds
from core.models.recipients import Group
from core.models.worker_commands import CheckNumber, FetchFile, ListGroups, MarkRead, Query
from core.models.worker_events import (
    FileFetched,
    GroupsListed,
    MarkedRead,
    NumberChecked,
    QueryFailed,
    QueryReply,
)

log = logging.getLogger(__name__)

_NAME: Final = 100
"""Characters of the name of a person or a group."""
_ADDRESS: Final = 2_048
_GROUPS: Final = 1024**2
"""Bytes that all groups together take on the pipe; some thousands of them."""


class QueryHandler:
    """Answers the queries of one instance.

    Threading: safe from any thread; blocks until WhatsApp answers.
    """

    def __init__(
        self,
        neonize: Neonize,
        client: Client,
        instance_id: str,
        sender: MessageSender,
        profile: OwnProfileQueries,
    ) -> None:
        self._neonize = neonize
        self._client = client
        self._id = instance_id
        self._sender = sender
        self._profile = profile

    def answer(self, query: Query) -> QueryReply:
        """Return the answer, or QueryFailed with the reason why there is none."""
        try:
            match query:
                case CheckNumber():
                    return self._number(query)
                case ListGroups():
                    return self._groups(query)
                case FetchFile():
                    return _fetch_file(query)
                case MarkRead():
                    return self._mark_read(query)
                case _:
                    return self._profile.answer(query)
        except self._neonize.error as error:
            failure = send_failure(str(error))
            reason = RefusalCode.NO_ANSWER if failure == SendCode.TIMEOUT else failure
            log.warning("no answer: %s", reason, extra={"instance": self._id})
            return QueryFailed(self._id, query.request_id, reason=reason)

    def _number(self, query: CheckNumber) -> NumberChecked:
        person = self._sender.resolve_jid(query.number)
        if person is None:
            return NumberChecked(self._id, query.request_id, exists=False)
        return NumberChecked(
            self._id,
            query.request_id,
            exists=True,
            number=self._number_of(person, query.number)[:_NAME],
            name=self._name(person) or self._sender.verified[query.number][:_NAME],
            picture_url=self._picture(person),
        )

    def _number_of(self, person: Jid, asked: str) -> str:
        """Return the digits under which WhatsApp knows who was asked for by ``asked``."""
        return str(person.User) if person.Server != "lid" else self._sender.known_as[asked]

    def _name(self, person: Jid) -> str:
        contact = self._client.contact.get_contact(person)
        return str(contact.FullName or contact.BusinessName or contact.PushName)[:_NAME]

    def _picture(self, person: Jid) -> str:
        try:
            address = str(self._client.get_profile_picture(person, self._neonize.picture_preview).URL)
        except self._neonize.error:
            return ""  # it has none, or shows it to friends only
        return address if len(address) <= _ADDRESS else ""

    def _groups(self, query: ListGroups) -> GroupsListed:
        groups: list[Group] = []
        me, left = self._client.get_me(), _GROUPS
        for details in self._client.get_joined_groups():
            group = self._group(details, me)
            left -= len(json.dumps(msgspec.to_builtins(group)))
            if left < 0:
                log.warning("only %d groups are listed", len(groups), extra={"instance": self._id})
                break
            groups.append(group)
        return GroupsListed(self._id, query.request_id, groups=tuple(groups))

    def _group(self, details: GroupDetails, me: Me) -> Group:
        return Group(
            address=self._neonize.jid_to_text(details.JID),
            name=details.GroupName.Name[:_NAME],
            members=len(details.Participants),
            may_write=may_write(details, me),
            community=bool(details.GroupParent.IsParent),
        )

    def _mark_read(self, query: MarkRead) -> MarkedRead | QueryFailed:
        """Tell the sender that messages were read (blue ticks). Blocks for a moment."""
        chat, sender = (self._jid(address) for address in (query.chat, query.sender))
        try:
            self._client.mark_read(
                *query.message_ids, chat=chat, sender=sender, receipt=self._neonize.read_receipt
            )
        except Exception as error:
            # neonize raises errors of other families here too.
            log.warning("not marked as read: %s", type(error).__name__, extra={"instance": self._id})
            return QueryFailed(self._id, query.request_id, reason=RefusalCode.NOT_MARKED_READ)
        return MarkedRead(self._id, query.request_id)

    def _jid(self, address: str) -> Jid:
        user, server = address.split("@", 1)
        return self._neonize.build_jid(user, server)


def _fetch_file(query: FetchFile) -> FileFetched | QueryFailed:
    """Fetch, check and decrypt one file. Blocks until that is done or its time is over."""
    try:
        file = _described(query.remote)
        if file.length > query.limit:
            raise DownloadError(InputCode.FILE_TOO_LARGE)
        # Not created anew: the caller may have given up and deleted it.
        with Path(query.path).open("r+b", buffering=0) as target:
            target.truncate()
            size = download(file, target, limit=query.limit, timeout_s=upload_seconds(file.length))
    except (DownloadError, OSError) as error:
        reason = error.reason if isinstance(error, DownloadError) else RefusalCode.FILE_NOT_KEPT
        log.warning("file not fetched: %s", reason, extra={"instance": query.instance_id})
        return QueryFailed(query.instance_id, query.request_id, reason=reason)
    return FileFetched(query.instance_id, query.request_id, size=size)


def _described(remote: str) -> MediaFile:
    try:
        return received_file(remote)
    except ValueError:
        raise DownloadError(RefusalCode.FILE_DAMAGED) from None
