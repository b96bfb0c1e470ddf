"""What a supervisor tells its worker to do about the account's profile, its block list and a call."""

from __future__ import annotations

from core.models.pipe_message import WorkerMessage


class AskProfile(WorkerMessage, frozen=True):
    """Query: what the account shows of itself, and whom it blocks; ProfileRead answers."""

    request_id: str


class SetProfileName(WorkerMessage, frozen=True):
    """Query: call the account ``name``; ProfileChanged answers."""

    request_id: str
    name: str


class SetAbout(WorkerMessage, frozen=True):
    """Query: let the account say ``text`` about itself; ProfileChanged answers."""

    request_id: str
    text: str


class SetProfilePicture(WorkerMessage, frozen=True):
    """Query: give the account another picture; ProfileChanged answers."""

    request_id: str
    picture: str
    """A square JPEG in base64."""


class Unblock(WorkerMessage, frozen=True):
    """Query: take one entry off the block list; ProfileChanged answers."""

    request_id: str
    address: str
    """``BlockedPerson.address``."""


class RejectCall(WorkerMessage, frozen=True):
    """Command: reject a call that ``CallOffered`` told of; CallRejected answers."""

    call_id: str


ProfileQuery = AskProfile | SetProfileName | SetAbout | SetProfilePicture | Unblock
