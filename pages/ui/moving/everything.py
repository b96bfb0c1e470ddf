"""All instances of a backup at once: what a person wants whose disk was lost."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.models.moving.device import FoundDevice
from core.models.moving.upload import FoundUpload, UploadKind
from core.services import instances
from core.services.moving import imports
from pages.ui.escape import isolated_markdown
from pages.ui.i18n import _, ngettext
from pages.ui.links import go_to_instances
from pages.ui.moving.under_way import BRING, PRESS, UnderWay, begin, begin_anew, refusal_text
from pages.ui.presentation import shown_number
from pages.ui.widgets.toast import toast_after_rerun


def draw_left_out(found: FoundUpload) -> None:
    """Say which instances do not come when all are brought, by name; nothing where all do."""
    if _offers_all(found) and (words := _left_out(found)):
        st.caption(words)


def draw_everything(found: FoundUpload, state: UnderWay, *, stopped: bool) -> None:
    """Draw the button that brings all of a backup, where there is more than one to bring."""
    if not _offers_all(found):
        return
    st.button(
        _("Bring all {count}").format(count=len(_coming(found))),
        key="import-all",
        icon=":material/done_all:",
        disabled=not stopped,
        help=_("Those that were stopped when the backup was made stay stopped."),
        on_click=_bring,
        args=(state, found),
    )


def _bring(state: UnderWay, found: FoundUpload) -> None:
    """Bring one after the other, each under its old name; then the list follows.

    Where some did not come, the page stays and says which and why: they may be brought one by one. What was
    moved to another system is not among them.
    """
    coming = [
        _Coming(device, name[: instances.NAME_LIMIT] or shown_number(device.number), name)
        for device, name in _coming(found)
    ]
    done: list[_Coming] = []
    upload, passphrase, request_id = state.upload, state.passphrase, PRESS.current()

    def bring() -> list[_Failed]:
        failed = []
        with imports.kept_on(upload):
            for each in coming:
                if (error := _failure(each, upload, passphrase, request_id)) is not None:
                    failed.append(_Failed(each, error))
                done.append(each)
        return failed

    def show(place: DeltaGenerator) -> None:
        number = min(len(done), len(coming) - 1)
        words = _("Bringing {name}… ({place} of {count})")
        name = isolated_markdown(coming[number].name)
        shown = words.format(name=name, place=number + 1, count=len(coming))
        place.progress(number / len(coming), text=shown)

    def take(failed: list[_Failed]) -> str:
        words = _said(len(coming) - len(failed))
        if failed:
            return "\n".join([words, "", *(f"- {each.words()}" for each in failed)])
        state.arrived = lambda: _arrive(" ".join((words, _left_out(found))).strip())
        return ""

    begin(state, (BRING, "all"), bring, words=_("Bringing it here…"), take=take, show=show)


@dataclass(frozen=True, slots=True)
class _Coming:
    """An instance of a backup on its way."""

    device: FoundDevice
    new_name: str
    name: str


@dataclass(frozen=True, slots=True)
class _Failed:
    """One that did not come, and why."""

    of: _Coming
    error: Exception

    def words(self) -> str:
        """Return both, as Markdown."""
        return f"{isolated_markdown(self.of.name)}: {refusal_text(self.error)}"


def _failure(coming: _Coming, upload: str, passphrase: str, request_id: str) -> Exception | None:
    """Bring one; return why it did not come, if it did not."""
    try:
        imports.bring_in(
            upload,
            passphrase=passphrase,
            device=coming.device,
            instance_name=coming.new_name,
            request_id=f"{request_id}-{coming.device.index}",
            as_it_was=True,
            last=False,
        )
    except Exception as error:  # said in the page's thread; the others come all the same
        return error
    return None


def _said(came: int) -> str:
    words = ngettext("{count} instance was brought here.", "{count} instances were brought here.", came)
    return words.format(count=came)


def _arrive(words: str) -> None:
    begin_anew()
    toast_after_rerun(words)
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
