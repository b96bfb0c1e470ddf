"""Pairing links for the person with the phone, who is not signed in: the codes of one instance, and no more.

Threading: everything here is safe from any thread; ``stage`` answers from memory.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import AppError, LimitReachedError, UnknownInstanceError
from core.models.access import LinkEnd, PairingLink
from core.models.audit import Action
from core.models.codes import RefusalCode, StateReason
from core.models.instance import InstanceView, ShowPairingCode, ShowQr
from core.services import audit
from core.services.pairing.link_table import Refusal, is_guest, refusal_of
from core.services.pairing.links import visitor_of
from core.services.phone_numbers import parse_number
from core.services.runtime import Runtime, current

_BANS: Final = frozenset({StateReason.TEMPORARY_BAN, StateReason.BANNED_AGAIN})
_DOUBLE_S: Final = 3.0
"""A second press for the same number within this time is the other half of a double one."""
_FAILED_BEFORE_S: Final = 2.0
"""A failure in the first moment after a request is that of the request before."""


class Step(StrEnum):
    """How far the linking is, for its page."""

    PREPARING = "preparing"
    """The connection is being opened; codes come in a moment."""
    CODES = "codes"
    PAUSED = "paused"
    """No code is shown: they were not used in time, or something went wrong. A press shows new ones."""
    BLOCKED = "blocked"
    """WhatsApp restricts the account: trying again makes that worse."""
    LINKED = "linked"
    REVOKED = "revoked"
    EXPIRED = "expired"
    GONE = "gone"
    TAKEN = "taken"
    """Another browser has the link."""
    UNKNOWN = "unknown"
    NOT_OPENED = "not-opened"
    """No browser has opened the link."""


_ENDS: Final = {
    LinkEnd.LINKED: Step.LINKED,
    LinkEnd.REVOKED: Step.REVOKED,
    LinkEnd.EXPIRED: Step.EXPIRED,
    LinkEnd.GONE: Step.GONE,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """What the page of a link shows now."""

    step: Step
    name: str = ""
    """Of the instance; empty for a browser that the link is not bound to."""
    qr: ShowQr | None = None
    code: ShowPairingCode | None = None
    """Only one for the number that was typed on this page."""
    awaits_code: bool = False
    code_failed: bool = False
    left_s: float = 0.0
    """For how long the link still works."""


def ready() -> bool:
    """Return whether links can be told from unknown ones yet; for a moment after the start they cannot."""
    return current().pairing_links.loaded


def stage(link_id: str, guest: str) -> Stage:
    """Return what the browser with the cookie ``guest`` sees of that link. Opens nothing."""
    runtime = current()
    link = runtime.pairing_links.find(link_id)
    if link is None:
        return Stage(Step.UNKNOWN)
    own = is_guest(link, guest)
    if link.ended:
        # That it was used is the affair of the one who used it.
        over = _ENDS[link.ended]
        return Stage(over if own or over is not Step.LINKED else Step.EXPIRED)
    if refusal_of(link, guest) is Refusal.TAKEN:
        return Stage(Step.TAKEN)
    if not own:
        return Stage(Step.NOT_OPENED)
    try:
        view = runtime.registry.view(link.instance_id)
    except UnknownInstanceError:
        return Stage(Step.GONE)
    return _stage_of(runtime, link, view)


def open_link(link_id: str, secret: str, *, guest: str, address: str) -> Step | None:
    """Bind the link to the browser with the cookie ``guest``; return why not, None when it is bound.

    Codes appear, if none do yet. ``address`` is the browser's IP address, for the access log.
    """
    runtime = current()
    before = runtime.pairing_links.find(link_id)
    opened = runtime.pairing_links.open(link_id, secret, guest=guest, address=address)
    if isinstance(opened, Refusal):
        return Step.UNKNOWN if opened is Refusal.UNKNOWN else stage(link_id, guest).step
    if before is not None and not before.guest:
        audit.note(Action.PAIRING_LINK_OPENED, opened.instance_id, visitor=visitor_of(address))
    again = before is not None and bool(before.guest)
    try:
        if again:
            show_again(link_id, guest)
        else:
            _show_codes(runtime, opened)
    except UnknownInstanceError:
        return Step.GONE
    except LimitReachedError:
        pass  # it is bound; its page says that no codes are shown
    return None


def note_refusal(link_id: str, address: str) -> None:
    """Record that a browser with that IP address was refused; how often that is done, the caller limits."""
    link = current().pairing_links.find(link_id)
    instance_id = link.instance_id if link else ""
    audit.note(Action.PAIRING_LINK_REFUSED, instance_id, visitor=visitor_of(address))


def ask_code(link_id: str, guest: str, number_text: str) -> None:
    """Ask WhatsApp for a code to type on the phone with that number; it appears in the link's stage.

    The number goes to WhatsApp and is kept nowhere. Raises InvalidInputError (number-…), AppError
    (not-pairing) when no codes are shown to this browser, LimitReachedError after too many presses.
    """
    runtime, link = current(), _own_link(link_id, guest)
    digits = parse_number(number_text).digits
    waited = runtime.guest_presses.waits_for_code(link.id)
    if waited is not None and waited < _DOUBLE_S and runtime.guest_presses.asked_for(link.id, digits):
        return
    if runtime.registry.view(link.instance_id).qr is None:
        raise AppError(RefusalCode.NOT_PAIRING)
    _count(runtime, link, digits)
    runtime.registry.ask_pairing_code(link.instance_id, digits)
    audit.note(Action.PAIRING_CODE, link.instance_id, visitor=visitor_of(link.address))


def show_again(link_id: str, guest: str) -> None:
    """Show new codes, if none are shown. Raises AppError (not-pairing), LimitReachedError as ``ask_code``."""
    runtime, link = current(), _own_link(link_id, guest)
    if not runtime.registry.view(link.instance_id).state.running:
        _count(runtime, link, "")
        _show_codes(runtime, link)


def _own_link(link_id: str, guest: str) -> PairingLink:
    link = current().pairing_links.find(link_id)
    if link is None or not is_guest(link, guest) or refusal_of(link, guest) is not None:
        raise AppError(RefusalCode.NOT_PAIRING)
    return link


def _count(runtime: Runtime, link: PairingLink, number: str) -> None:
    if not runtime.guest_presses.allow(link.id, number):
        raise LimitReachedError(RefusalCode.NOT_PAIRING)


def _show_codes(runtime: Runtime, link: PairingLink) -> None:
    """Let the instance run, unless it does, is linked, or its account is restricted."""
    view = runtime.registry.view(link.instance_id)
    if not (view.linked or view.state.running or view.reason in _BANS):
        runtime.registry.start_instance(link.instance_id)
        audit.note(Action.STARTED, link.instance_id, visitor=visitor_of(link.address))


def _stage_of(runtime: Runtime, link: PairingLink, view: InstanceView) -> Stage:
    left = runtime.pairing_links.left(link)
    if view.linked:
        return Stage(Step.LINKED, view.name)
    if not view.state.running:
        step = Step.BLOCKED if view.reason in _BANS else Step.PAUSED
        return Stage(step, view.name, left_s=left)
    if view.qr is None:
        return Stage(Step.PREPARING, view.name, left_s=left)
    presses, code = runtime.guest_presses, view.pairing_code
    valid = code is not None and code.expires_at > time.time()
    own_code = code if code and valid and presses.asked_for(link.id, code.number) else None
    waited = presses.waits_for_code(link.id) if own_code is None else None
    failed = view.reason == StateReason.PAIRING_CODE_FAILED and own_code is None
    return Stage(
        Step.CODES,
        view.name,
        qr=view.qr,
        code=own_code,
        awaits_code=waited is not None and not (failed and waited > _FAILED_BEFORE_S),
        code_failed=failed and (waited is None or waited > _FAILED_BEFORE_S),
        left_s=left,
    )
