"""Alerts in plain words: what is wrong now, and how the telling went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.alerts.deliveries import Delivery, DeliveryFailure, DeliveryState
from core.models.alerts.incidents import Notice, NoticeKind, Trouble
from pages.ui.i18n import N_, _

TROUBLES: Final[Mapping[Trouble, str]] = {
    Trouble.OFFLINE: N_("offline"),
    Trouble.PHONE_SILENT: N_("its phone has not been online for a long time"),
    Trouble.NEW_REFUSED: N_("messages to new people are refused, it seems"),
    Trouble.CANNOT_SEND: N_("connected, but does not send"),
    Trouble.FAILED: N_("has a problem"),
    Trouble.RESTRICTED: N_("restricted by WhatsApp"),
    Trouble.LOGGED_OUT: N_("disconnected on the phone"),
    Trouble.DISK: N_("The disk is nearly full, or cannot be written"),
    Trouble.BACKUP: N_("The daily backup failed"),
    Trouble.BACKUP_INSTANCES: N_("not in the daily backup"),
    Trouble.BACKUP_HISTORY: N_("in the daily backup, but without messages and history"),
    Trouble.ENGINE: N_("The component that talks to WhatsApp is old"),
}
"""After the name of the instance; alone for what concerns the whole app."""
FAILURES: Final[Mapping[DeliveryFailure, str]] = {
    DeliveryFailure.UNREACHABLE: N_("Nobody answered at this address. Check it, and the internet here."),
    DeliveryFailure.REFUSED: N_("The service refused it. Check the address: a key in it may be wrong."),
    DeliveryFailure.TIMEOUT: N_("The service did not answer in time."),
    DeliveryFailure.ADDRESS: N_("This address was not recognised. Check how it is written."),
    DeliveryFailure.NO_PROCESS: N_("This server could not send it: it may be short of memory."),
}
_NUMBERED: Final = N_("{reason} (answer {number})")


def trouble_text(trouble: Trouble | None, name: str) -> str:
    """Return what is wrong with what, for a place that interprets nothing."""
    if trouble is None:
        return _("Test")
    said = _(TROUBLES[trouble])
    return f"{name}: {said}" if name else said


def notice_text(notice: Notice) -> str:
    """Return what a notice tells, in a few words."""
    if notice.kind is NoticeKind.CLOSED:
        well = _("all is well again")
        return f"{notice.name}: {well}" if notice.name else f"{trouble_text(notice.trouble, '')}: {well}"
    told = trouble_text(notice.trouble, notice.name)
    return _("{what} (reminder)").format(what=told) if notice.kind is NoticeKind.REMINDER else told


def result_text(delivery: Delivery) -> str:
    """Return how the telling went so far, and what to do about a failure."""
    if delivery.state is DeliveryState.DELIVERED:
        return _("Delivered")
    if delivery.failure is None:
        return _("On its way") if delivery.state is DeliveryState.WAITING else _("Not sent: address removed")
    reason = _(FAILURES[delivery.failure])
    if delivery.detail:
        reason = _(_NUMBERED).format(reason=reason, number=delivery.detail)
    return (
        _("Tried again soon. {reason}").format(reason=reason)
        if delivery.state is DeliveryState.WAITING
        else reason
    )
