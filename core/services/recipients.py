"""Whom one can write to: a number's owner as far as they show themselves, and the groups one is in."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from core.errors import AppError, NotConnectedError
from core.models.instance import InstanceState
from core.models.messages import Group
from core.models.worker_commands import CheckNumber, ListGroups
from core.models.worker_events import GroupsListed, NumberChecked
from core.services import profile_pictures
from core.services.phone_numbers import parse_recipient
from core.services.runtime import current

ANSWER_WITHIN_S: Final = 8.0
GROUPS_KEPT_S: Final = 60.0
_GROUPS_KEPT_FOR: Final = 500
"""Instances; whoever was asked for longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What WhatsApp says of a number."""

    exists: bool
    number: str = field(repr=False)
    """Digits, country code first."""
    name: str = field(default="", repr=False)
    """What its owner is called, as far as this account can see; may be empty."""
    picture: bytes = field(default=b"", repr=False)
    """A small JPEG or PNG; empty when there is none or it is hidden."""


_groups: dict[str, tuple[float, tuple[Group, ...]]] = {}
_lock = threading.Lock()


def check(instance_id: str, to: str) -> Checked:
    """Ask WhatsApp about the number typed in ``to``; blocks at most about 12 s.

    Raises InvalidInputError (number-…), UnknownInstanceError, NotConnectedError, WorkerLostError, AppError
    (no-answer, …).
    """
    digits = parse_recipient(to).digits
    _require_connected(instance_id)
    question = CheckNumber(instance_id, uuid4().hex, number=digits)
    answer = current().registry.ask(question, timeout=ANSWER_WITHIN_S)
    if not isinstance(answer, NumberChecked):
        raise AppError("no-answer")
    if not answer.exists:
        return Checked(exists=False, number=digits)
    return Checked(
        exists=True,
        number=answer.number or digits,
        name=answer.name,
        picture=profile_pictures.fetch(answer.picture_url),
    )


def groups(instance_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
    """The groups the account is in, by name; those of up to a minute ago unless ``refresh``.

    Raises as ``check`` does.
    """
    with _lock:
        at, known = _groups.get(instance_id, (0.0, ()))
    if not refresh and at and time.monotonic() - at < GROUPS_KEPT_S:
        return known
    _require_connected(instance_id)
    answer = current().registry.ask(ListGroups(instance_id, uuid4().hex), timeout=ANSWER_WITHIN_S)
    if not isinstance(answer, GroupsListed):
        raise AppError("no-answer")
    found = tuple(sorted(answer.groups, key=lambda one: one.name.casefold()))
    with _lock:
        _groups.pop(instance_id, None)
        _groups[instance_id] = (time.monotonic(), found)
        while len(_groups) > _GROUPS_KEPT_FOR:
            del _groups[next(iter(_groups))]
    return found


def _require_connected(instance_id: str) -> None:
    if current().registry.view(instance_id).state is not InstanceState.CONNECTED:
        raise NotConnectedError
