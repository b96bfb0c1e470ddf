"""What the core can find out for somebody who asks."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from core.engine.whatsapp import downloads
from core.engine.whatsapp.error_codes import send_failure
from core.engine.whatsapp.groups import may_write
from core.engine.whatsapp.sender import MessageSender
from core.models.worker_events import (
    CheckNumber,
    FetchFile,
    GroupsListed,
    ListGroups,
    MarkRead,
    NumberChecked,
    Query,
    QuestionFailed,
    WorkerEvent,
)

log = logging.getLogger(__name__)

_NAME: Final = 100
"""Characters of what somebody, or a group, is called."""
_ADDRESS: Final = 2_048
_GROUPS: Final = 1024**2
"""Bytes that all groups together take on the pipe; some thousands of them."""


class QueryHandler:
    """Threading: safe from any thread; blocks until WhatsApp answers."""

    def __init__(self, module: Any, client: Any, instance_id: str, outgoing: MessageSender) -> None:
        self._module = module
        self._client = client
        self._id = instance_id
        self._outgoing = outgoing

    def answer(self, question: Query) -> WorkerEvent:
        """The answer, or QuestionFailed with the reason why there is none."""
        try:
            match question:
                case CheckNumber():
                    return self._number(question)
                case ListGroups():
                    return self._groups(question)
                case FetchFile():
                    return downloads.fetch_file(question)
                case MarkRead():
                    return downloads.mark_read(self._client, question)
        except self._module.NeonizeError as error:
            found = send_failure(str(error))
            reason = "no-answer" if found == "send-timeout" else found
            log.warning("no answer: %s", reason, extra={"instance": self._id})
            return QuestionFailed(self._id, question.request_id, reason=reason)

    def _number(self, question: CheckNumber) -> NumberChecked:
        person = self._outgoing.resolve_jid(question.number)
        if person is None:
            return NumberChecked(self._id, question.request_id, exists=False)
        return NumberChecked(
            self._id,
            question.request_id,
            exists=True,
            number=person.User[:_NAME] if person.Server != "lid" else question.number,
            name=self._name(person) or self._outgoing.verified[question.number][:_NAME],
            picture_url=self._picture(person),
        )

    def _name(self, person: Any) -> str:
        known = self._client.contact.get_contact(person)
        return str(known.FullName or known.BusinessName or known.PushName)[:_NAME]

    def _picture(self, person: Any) -> str:
        small = self._module.neonize_proto.GetProfilePictureParams(Preview=True)
        try:
            address = str(self._client.get_profile_picture(person, small).URL)
        except self._module.NeonizeError:
            return ""  # it has none, or shows it to friends only
        return address if len(address) <= _ADDRESS else ""

    def _groups(self, question: ListGroups) -> GroupsListed:
        groups: list[dict[str, object]] = []
        me, left = self._client.get_me(), _GROUPS
        for info in self._client.get_joined_groups():
            group = self._group(info, me)
            left -= len(json.dumps(json.dumps(group)))  # as it lies in the line
            if left < 0:
                log.warning("only %d groups are told", len(groups), extra={"instance": self._id})
                break
            groups.append(group)
        return GroupsListed(self._id, question.request_id, groups=json.dumps(groups))

    def _group(self, info: Any, me: Any) -> dict[str, object]:
        return {
            "address": self._module.Jid2String(info.JID),
            "name": info.GroupName.Name[:_NAME],
            "members": len(info.Participants),
            "may_write": may_write(info, me),
        }
