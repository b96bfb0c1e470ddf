"""Look-ups at WhatsApp: whether a number is there, and the account's groups."""

from __future__ import annotations

import json
from typing import Final
from uuid import uuid4

from core.errors import AppError, NotConnectedError
from core.models.codes import RefusalCode
from core.models.instance import InstanceState
from core.models.messages import Group
from core.models.recipients import NumberLookup
from core.models.worker_events import CheckNumber, GroupsListed, ListGroups, NumberChecked
from core.services import profile_pictures
from core.services.runtime import current

ANSWER_WITHIN_S: Final = 8.0
GROUPS_KEPT_S: Final = 60.0


def check(instance_id: str, number: str) -> NumberLookup:
    """Ask WhatsApp about ``number`` (digits, country code first); blocks at most about 12 s.

    Raises UnknownInstanceError, NotConnectedError, WorkerLostError, AppError (no-answer, …).
    """
    _require_connected(instance_id)
    question = CheckNumber(instance_id, uuid4().hex, number=number)
    answer = current().registry.ask(question, timeout=ANSWER_WITHIN_S)
    if not isinstance(answer, NumberChecked):
        raise AppError(RefusalCode.NO_ANSWER)
    if not answer.exists:
        return NumberLookup(exists=False, number=number)
    return NumberLookup(
        exists=True,
        number=answer.number or number,
        name=answer.name,
        picture=profile_pictures.fetch(answer.picture_url),
    )


def groups(instance_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
    """Return the groups the account is in, by name; those of up to a minute ago unless ``refresh``.

    Raises as ``check`` does.
    """
    cache = current().groups
    cached = None if refresh else cache.find(instance_id, within_s=GROUPS_KEPT_S)
    if cached is not None:
        return cached
    _require_connected(instance_id)
    answer = current().registry.ask(ListGroups(instance_id, uuid4().hex), timeout=ANSWER_WITHIN_S)
    if not isinstance(answer, GroupsListed):
        raise AppError(RefusalCode.NO_ANSWER)
    listed = (Group(**fields) for fields in json.loads(answer.groups))
    by_name = tuple(sorted(listed, key=lambda group: group.name.casefold()))
    cache.store(instance_id, by_name)
    return by_name


def _require_connected(instance_id: str) -> None:
    if current().registry.view(instance_id).state is not InstanceState.CONNECTED:
        raise NotConnectedError
