"""Look-ups at WhatsApp: whether a number is there, and the account's groups."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from core.errors import AppError, NotConnectedError
from core.models.codes import RefusalCode
from core.models.instance import InstanceState
from core.models.recipients import Group, Membership, NumberLookup
from core.models.worker_commands import CheckNumber, ListGroups
from core.models.worker_events import GroupsListed, NumberChecked
from core.services import safe_image
from core.services.runtime import current
from core.services.web_fetch import profile_pictures

ANSWER_WITHIN_S: Final = 8.0
GROUPS_KEPT_S: Final = 60.0
_NEW_GROUP_S: Final = 5.0


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


def own_face(instance_id: str) -> str:
    """Return the profile picture of the instance's own account as the address of a picture; may be empty.

    From memory; asks WhatsApp in the background, seldom, while the instance is connected.
    """
    runtime = current()
    view = runtime.registry.view(instance_id)
    if view.state is InstanceState.CONNECTED and view.phone:
        runtime.faces.refresh(instance_id, view.phone, lambda: _picture_of(instance_id, view.phone))
    return runtime.faces.find(instance_id, view.phone)


def face(instance_id: str, number: str, *, ask: bool = False) -> str:
    """Return the profile picture of a person as the address of a picture; empty while it is not known.

    ``number``: digits; for an empty one there is none. From memory; with ``ask``, for a conversation that is
    opened, WhatsApp is asked in the background, seldom, while the instance is connected.
    """
    runtime = current()
    connected = runtime.registry.view(instance_id).state is InstanceState.CONNECTED
    place = f"{instance_id} {number}"
    if number and ask and connected:
        runtime.people.refresh(place, number, lambda: _picture_of(instance_id, number))
    return runtime.people.find(place, number)


def _picture_of(instance_id: str, number: str) -> str:
    """Raises as ``check`` does."""
    return safe_image.address(safe_image.face(check(instance_id, number).picture))


def groups(instance_id: str, *, refresh: bool = False) -> tuple[Group, ...]:
    """Return the groups the account is in, by name; those of up to a minute ago unless ``refresh``.

    Not among them is what only holds the groups of a community together: nothing can be written there.

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
    open_ones = (group for group in answer.groups if not group.community)
    by_name = tuple(sorted(open_ones, key=lambda group: group.name.casefold()))
    cache.store(instance_id, by_name)
    return by_name


def membership(instance_id: str, address: str) -> Membership:
    """Return whether this account may write in a group, as WhatsApp said last.

    From memory; has the groups listed in the background when that is more than a minute ago, and sooner for
    a group that is not among them: it may be a new one.
    """
    listed = current().groups.find(instance_id, within_s=3 * GROUPS_KEPT_S)
    group = next((group for group in listed or () if group.address == address), None)
    _list_soon(instance_id, every_s=GROUPS_KEPT_S if listed is None or group else _NEW_GROUP_S)
    if listed is None:
        return Membership.UNKNOWN
    if group is None:
        return Membership.NOT_LISTED
    return Membership.MEMBER if group.may_write and not group.community else Membership.READER


def _list_soon(instance_id: str, *, every_s: float) -> None:
    def ask() -> None:
        groups(instance_id, refresh=True)

    current().refresher.refresh(f"groups-{instance_id}", ask, every_s=every_s)


def _require_connected(instance_id: str) -> None:
    if current().registry.view(instance_id).state is not InstanceState.CONNECTED:
        raise NotConnectedError
