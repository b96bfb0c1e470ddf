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


def draw_everything(found: FoundUpload, *, stopped: bool) -> bool:
    """Draw the button that brings all of a backup; return whether it was pressed."""
    if found.kind is not UploadKind.BACKUP or len(found.devices) < 2:
        return False
    return st.button(
        _("Bring all {count}").format(count=len(found.devices)),
        key="import-all",
        icon=":material/done_all:",
        disabled=not stopped,
    )


def bring_everything(found: FoundUpload, state: UnderWay) -> None:
    """Bring one after the other, each under its old name; then the list follows.

    Where some did not come, the page stays and says which and why: they may be brought one by one.
    """
    failed: list[str] = []
    bar = st.progress(0.0)
    for place, (device, name) in enumerate(zip(found.devices, found.names, strict=False)):
        words = _("Bringing {name}… ({place} of {count})")
        shown = words.format(name=isolated_markdown(name), place=place + 1, count=len(found.devices))
        bar.progress(place / len(found.devices), text=shown)
        if _fails(state, device, name):
            failed.append(f"- {isolated_markdown(name)}: {state.problem}")
    bar.empty()
    came = len(found.devices) - len(failed)
    words = ngettext("{count} instance was brought here.", "{count} instances were brought here.", came)
    if failed:
        state.code, state.problem = "", "\n".join([words.format(count=came), "", *failed])
        return
    begin_anew()
    toast_after_rerun(words.format(count=came))
    go_to_instances()


def _fails(state: UnderWay, device: FoundDevice, name: str) -> bool:
    def bring() -> None:
        imports.bring_in(
            state.upload,
            passphrase=state.passphrase,
            device=device,
            instance_name=name[: instances.NAME_LIMIT] or shown_number(device.number),
            request_id=f"{PRESS.current()}-{device.index}",
            last=False,
        )

    return refusal_of(state, bring)
