"""What an account shows of itself, and whom it blocks: read and changed at WhatsApp.

Threading: everything here is safe from any thread; what asks WhatsApp says how long it blocks.
"""

from __future__ import annotations

import base64
import math
from typing import Final
from uuid import uuid4

from core.errors import AppError, InvalidInputError, NotConnectedError
from core.media.decoder_protocol import Task
from core.media.images import LIMIT, check_size
from core.models.audit import Action
from core.models.codes import InputCode, RefusalCode
from core.models.instance import InstanceState
from core.models.profile.commands import (
    AskProfile,
    SetAbout,
    SetProfileName,
    SetProfilePicture,
    Unblock,
)
from core.models.profile.events import ProfileChanged, ProfileRead
from core.models.profile.own_profile import (
    ABOUT_LIMIT,
    CALL_TEXT_LIMIT,
    NAME_LIMIT,
    PICTURE_SIDE,
    OwnProfile,
)
from core.models.worker_commands import Query
from core.services import audit
from core.services.instances import on_one_line
from core.services.runtime import current
from core.services.visible import seen
from core.services.web_fetch import profile_pictures

ANSWER_WITHIN_S: Final = 12.0
"""For one question, or several that the worker puts one after the other."""
PICTURE_LIMIT: Final = LIMIT
"""Bytes of a picture as it is handed in."""


def last_known(instance_id: str) -> OwnProfile | None:
    """Return what WhatsApp last said of the account that is linked now; None when it was not asked yet.

    From the memory of this process. Raises UnknownInstanceError.
    """
    return current().profiles.find(_key(instance_id), within_s=math.inf)


def read(instance_id: str) -> OwnProfile:
    """Ask WhatsApp what the account shows of itself; blocks at most about 16 s.

    Raises UnknownInstanceError, NotConnectedError, WorkerLostError, AppError (no-answer).
    """
    key = _key(instance_id)
    answer = _ask(instance_id, AskProfile(instance_id, uuid4().hex))
    if not isinstance(answer, ProfileRead):
        raise AppError(RefusalCode.NO_ANSWER)
    profile = OwnProfile(
        name=answer.name,
        about=answer.about,
        picture=profile_pictures.fetch(answer.picture_url) if answer.picture_url else b"",
        blocked=answer.blocked,
    )
    current().profiles.store(key, profile)
    return profile


def set_name(instance_id: str, name: str) -> None:
    """Give the account another name, which others see; blocks at most 12 s.

    Raises InvalidInputError (profile-name-empty; profile-too-long, detail: the limit), AppError
    (profile-no-key: its phone has not handed over what that takes; profile-refused), and what ``read`` does.
    """
    cleaned = on_one_line(name)
    if not seen(cleaned):
        raise InvalidInputError(InputCode.PROFILE_NAME_EMPTY)
    _require_short(cleaned, NAME_LIMIT)
    _change(instance_id, SetProfileName(instance_id, uuid4().hex, name=cleaned))


def set_about(instance_id: str, text: str) -> None:
    """Change what the account says about itself; empty for nothing. Blocks at most 12 s.

    Raises InvalidInputError (profile-too-long, detail: the limit), AppError (profile-refused), and what
    ``read`` does.
    """
    cleaned = on_one_line(text)
    _require_short(cleaned, ABOUT_LIMIT)
    _change(instance_id, SetAbout(instance_id, uuid4().hex, text=cleaned))


def set_picture(instance_id: str, data: bytes) -> None:
    """Give the account another picture: the middle square of ``data``. Blocks at most a minute or so.

    Raises InvalidInputError (file-empty, file-too-large, file-not-image, file-damaged, file-too-wide,
    file-too-slow), AppError (profile-refused), and what ``read`` does.
    """
    _require_connected(instance_id)
    check_size(data, PICTURE_LIMIT)
    made = current().media.decoders.ask(Task.PROFILE, data, side=PICTURE_SIDE).data
    picture = base64.b64encode(made).decode()
    _change(instance_id, SetProfilePicture(instance_id, uuid4().hex, picture=picture))
    current().faces.forget(instance_id)


def unblock(instance_id: str, address: str) -> None:
    """Take ``address`` (``BlockedPerson.address``) off the block list; blocks at most 12 s.

    Raises AppError (profile-refused), and what ``read`` does.
    """
    _change(instance_id, Unblock(instance_id, uuid4().hex, address=address))


def set_call_rejection(instance_id: str, *, on: bool | None = None, text: str | None = None) -> None:
    """Set whether calls are rejected as they ring, and the text that callers then get; None changes nothing.

    Idempotent. Raises UnknownInstanceError, InvalidInputError (profile-too-long, detail: the limit).
    """
    cleaned = None if text is None else text.replace("\0", "").strip()
    if cleaned is not None:
        _require_short(cleaned, CALL_TEXT_LIMIT)
        cleaned = cleaned if seen(cleaned) else ""
    current().registry.set_call_rejection(instance_id, on=on, text=cleaned)
    audit.note(Action.CALL_REJECTION, instance_id)


def _change(instance_id: str, query: SetProfileName | SetAbout | SetProfilePicture | Unblock) -> None:
    if not isinstance(_ask(instance_id, query), ProfileChanged):
        raise AppError(RefusalCode.NO_ANSWER)
    audit.note(Action.PROFILE, instance_id)


def _ask(instance_id: str, query: Query) -> object:
    _require_connected(instance_id)
    return current().registry.ask(query, timeout=ANSWER_WITHIN_S)


def _require_connected(instance_id: str) -> None:
    if current().registry.view(instance_id).state is not InstanceState.CONNECTED:
        raise NotConnectedError


def _require_short(text: str, limit: int) -> None:
    if len(text) > limit:
        raise InvalidInputError(InputCode.PROFILE_TOO_LONG, detail=str(limit))


def _key(instance_id: str) -> str:
    """Return what the profile of the account is kept under: another account has another one."""
    return f"{instance_id} {current().registry.view(instance_id).phone}"
