"""What was found, in words; which device to take; and the promise that the other system is stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, TypeVar

import streamlit as st

from core.models.instance import DAY_S
from core.models.moving.converted import Lost
from core.models.moving.device import FoundDevice
from core.models.moving.upload import FoundUpload, UploadKind
from core.services import instances
from core.services.moving import imports
from pages.ui.escape import escape_html, isolated, isolated_html
from pages.ui.formats import format_number, format_recent, format_time
from pages.ui.i18n import _, ngettext
from pages.ui.links import go_to_instance
from pages.ui.moving.everything import draw_everything, draw_left_out
from pages.ui.moving.under_way import (
    BRING,
    PRESS,
    UNDER_WAY,
    UnderWay,
    begin,
    begin_anew,
    choose_again,
    wait_for_answer,
)
from pages.ui.presentation import shown_number
from pages.ui.texts.moving import lost_lines
from pages.ui.widgets import alert
from pages.ui.widgets.arrival import note_arrival

T = TypeVar("T")

_ALL_SHOWN: Final = 6
"""Devices up to which all are seen at once; more are chosen from a list with a search."""


def draw_choice(found: FoundUpload) -> None:
    """Draw what is in the upload, and the way to start it here."""
    state = UNDER_WAY.keep()
    device = _chosen(found)
    _draw_facts(found, device)
    key = f"import-name-{state.turn}-{device.index}"
    if key not in st.session_state:
        st.session_state[key] = (_name_in(found, device) or device.name)[: instances.NAME_LIMIT]
    with st.container(key="import-name"):
        st.text_input(
            _("Name of the instance"),
            key=key,
            placeholder=_("For example: Downtown store"),
            autocomplete="off",
        )
    _draw_warning(found, state)
    draw_left_out(found)
    with st.container(key="import-stopped"):
        # Said of one number: another one asks again.
        stopped = st.checkbox(
            _("It is stopped, and will not be started again"),
            key=f"import-stopped-{state.turn}-{device.index}",
        )
    problem = st.container()
    with st.container(horizontal=True):
        st.button(
            _("Bring here without connecting") if device.moved_out_at else _("Bring here and connect"),
            key="import-start",
            type="primary",
            icon=":material/login:",
            disabled=not stopped,
            on_click=_start,
            args=(state, found, device, key),
        )
        draw_everything(found, state, stopped=stopped)
        st.button(_("Choose something else"), key="import-again", on_click=choose_again)
    with problem:
        wait_for_answer(state, BRING)
        alert.show(state.problem)


def _chosen(found: FoundUpload) -> FoundDevice:
    if len(found.devices) == 1:
        return found.devices[0]
    st.subheader(_("Which number?"), anchor=False)
    words = ngettext("{count} number was found", "{count} numbers were found", len(found.devices))
    label, places = words.format(count=len(found.devices)), range(len(found.devices))

    def name(place: int) -> str:
        return _label(found, found.devices[place])

    if len(found.devices) <= _ALL_SHOWN:
        place = st.radio(label, places, format_func=name, key="import-device")
    else:
        place = st.selectbox(label, places, format_func=name, key="import-device")
    return found.devices[place or 0]


def _name_in(found: FoundUpload, device: FoundDevice) -> str:
    """Return what a backup calls the instance of that device; empty for anything else."""
    return _of(found, found.names, device, "")


def _of(found: FoundUpload, values: Sequence[T], device: FoundDevice, default: T) -> T:
    """Return that device's value, of values in the order of the devices."""
    by_index = dict(zip((each.index for each in found.devices), values, strict=False))
    return by_index.get(device.index, default)


def _label(found: FoundUpload, device: FoundDevice) -> str:
    words = _("{number} · device {device}").format(number=shown_number(device.number), device=device.device)
    if device.moved_out_at:
        words = " · ".join((words, _("moved to another system")))
    name = _name_in(found, device) or device.name
    return f"{isolated(name)} · {words}" if name else words


def _draw_facts(found: FoundUpload, device: FoundDevice) -> None:
    keys = ngettext("{count} key", "{count} keys", device.keys)
    talks = ngettext("{count} conversation", "{count} conversations", device.conversations)
    facts = [
        _("Number {number}").format(number=shown_number(device.number)),
        _("device {device}").format(device=device.device),
        keys.format(count=format_number(device.keys)),
        talks.format(count=format_number(device.conversations)),
    ]
    name = _name_in(found, device) or device.name
    heading = f'<div class="wa-name">{isolated_html(name)}</div>' if name else ""
    with st.container(border=True, key="import-found"):
        st.html(f'{heading}<div class="wa-muted">{escape_html(", ".join(facts))}</div>')
        if found.kind is UploadKind.BACKUP and found.made_at:
            now = time.time()
            when = format_recent(found.made_at, now=now)
            st.markdown(_("A backup made {when}.").format(when=when))
            if now - found.made_at > DAY_S:  # one of every day is no older
                st.info(
                    _(
                        "What came since then is on the phone, not in the backup. The first message of each "
                        "person may take a moment: it is asked for again."
                    ),
                    icon=":material/history:",
                )
        if device.moved_out_at:
            when = format_time(device.moved_out_at, now=time.time())
            st.warning(
                _(
                    "This number was moved to another system ({when}). It is brought here stopped: start it "
                    "only if it will never run there again."
                ).format(when=when),
                icon=":material/output:",
            )
        if lines := lost_lines(_of(found, found.lost, device, Lost())):
            st.markdown(_("What does not come along:"))
            st.markdown("\n".join(f"- {line}" for line in lines))
        if found.log_missing:
            st.warning(
                _(
                    "The newest messages may be missing: such a database has a second file, whose name ends "
                    "in -wal. If one lies beside it, zip both and choose that."
                ),
                icon=":material/history:",
            )
        if found.kind is UploadKind.WHATSMEOW and not device.keys and not device.conversations:
            st.info(
                _(
                    "The keys of its conversations are not in this file. GoWA with DB_KEYS_URI keeps them in "
                    "a second one: zip both together."
                ),
                icon=":material/info:",
            )


def _again(found: FoundUpload, state: UnderWay) -> str:
    """Return what to do where the other system still runs, or did when its file was copied.

    A backup is made while everything runs, and a database is read when the number is brought.
    """
    if state.database or found.kind is UploadKind.BACKUP:
        return _("If it still runs, stop it now.")
    return _(
        "Did it still run when its file was copied? Then stop it, copy the file again and choose the new "
        "copy."
    )


def _draw_warning(found: FoundUpload, state: UnderWay) -> None:
    st.warning(
        _(
            "Never start the other system again with this session. Two copies throw each other out, and "
            "messages get lost."
        )
        + " "
        + _again(found, state),
        icon=":material/warning:",
    )


def _start(state: UnderWay, found: FoundUpload, device: FoundDevice, name_key: str) -> None:
    if found.devices[st.session_state.get("import-device") or 0] is not device:
        return  # another one was chosen in the same moment: of that one nothing was promised yet
    name = st.session_state[name_key]
    upload, passphrase, address = state.upload, state.passphrase, state.database
    request_id = PRESS.current()

    def bring() -> imports.BroughtIn:
        if address:
            return imports.bring_in_database(
                address, device=device, instance_name=name, request_id=request_id
            )
        return imports.bring_in(
            upload, passphrase=passphrase, device=device, instance_name=name, request_id=request_id
        )

    def arrive(instance_id: str) -> None:
        begin_anew()
        go_to_instance(instance_id)

    def take(made: imports.BroughtIn) -> None:
        note_arrival(made.view.id, lost_lines(made.lost))
        state.arrived = lambda: arrive(made.view.id)

    begin(state, (BRING,), bring, words=_("Bringing it here…"), take=take)
