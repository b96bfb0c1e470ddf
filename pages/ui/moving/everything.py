"""All instances of a backup at once: what a person wants whose disk was lost."""

from __future__ import annotations

import streamlit as st

from core.models.moving.device import FoundDevice
from core.models.moving.upload import FoundUpload, UploadKind
from core.services import instances
from core.services.moving import imports
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _, ngettext
from pages.ui.links import go_to_instances
from pages.ui.moving.under_way import PRESS, UnderWay, begin_anew, refusal_of
from pages.ui.presentation import shown_number
from pages.ui.widgets.toast import toast_after_rerun


def draw_left_out(found: FoundUpload) -> None:
    """Say which instances do not come when all are brought, by name; nothing where all do."""
    if _offers_all(found) and (words := _left_out(found)):
        st.caption(words)


def draw_everything(found: FoundUpload, *, stopped: bool) -> bool:
    """Draw the button that brings all of a backup; return whether it was pressed."""
    if not _offers_all(found):
        return False
    return st.button(
        _("Bring all {count}").format(count=len(_coming(found))),
        key="import-all",
        icon=":material/done_all:",
        disabled=not stopped,
        help=_("Those that were stopped when the backup was made stay stopped."),
    )


def bring_everything(found: FoundUpload, state: UnderWay) -> None:
    """Bring one after the other, each under its old name; then the list follows.

    Where some did not come, the page stays and says which and why: they may be brought one by one. What was
    moved to another system is not among them.
    """
    failed: list[str] = []
    coming = _coming(found)
    bar = st.progress(0.0)
    for place, (device, name) in enumerate(coming):
        words = _("Bringing {name}… ({place} of {count})")
        shown = words.format(name=isolated_markdown(name), place=place + 1, count=len(coming))
        bar.progress(place / len(coming), text=shown)
        if _fails(state, device, name):
            failed.append(f"- {isolated_markdown(name)}: {state.problem}")
    bar.empty()
    came = len(coming) - len(failed)
    words = ngettext("{count} instance was brought here.", "{count} instances were brought here.", came)
    if failed:
        state.code, state.problem = "", "\n".join([words.format(count=came), "", *failed])
        return
    begin_anew()
    toast_after_rerun(" ".join((words.format(count=came), _left_out(found))).strip())
    go_to_instances()


def _devices(found: FoundUpload) -> list[tuple[FoundDevice, str]]:
    """Return each instance of a backup with what it was called."""
    return list(zip(found.devices, found.names, strict=False))


def _coming(found: FoundUpload) -> list[tuple[FoundDevice, str]]:
    return [(device, name) for device, name in _devices(found) if not device.moved_out_at]


def _left_out(found: FoundUpload) -> str:
    """Return, as Markdown, which instances are left out; empty where none is."""
    names = [isolated_markdown(name) for device, name in _devices(found) if device.moved_out_at]
    if not names:
        return ""
    words = _("“Bring all” leaves out what was moved to another system: {names}.")
    return words.format(names=", ".join(names))


def _offers_all(found: FoundUpload) -> bool:
    return found.kind is UploadKind.BACKUP and len(_coming(found)) > 1


def _fails(state: UnderWay, device: FoundDevice, name: str) -> bool:
    def bring() -> None:
        imports.bring_in(
            state.upload,
            passphrase=state.passphrase,
            device=device,
            instance_name=name[: instances.NAME_LIMIT] or shown_number(device.number),
            request_id=f"{PRESS.current()}-{device.index}",
            as_it_was=True,
            last=False,
        )

    return refusal_of(state, bring)
