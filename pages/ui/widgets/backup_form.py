"""A backup in one press: its passphrase, what is in it, and the file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.models.moving.backup import BackupsView, MadeBackup
from core.services.moving import backup, imports
from pages.ui.awaited import Awaited
from pages.ui.escape import escape_markdown, isolated_markdown, small
from pages.ui.file_link import draw_file_link
from pages.ui.formats import MEGABYTE, format_clock, format_size, format_time
from pages.ui.i18n import _
from pages.ui.state import Slot, nothing
from pages.ui.texts.backup import BACKUP_PROBLEMS
from pages.ui.texts.message import text_for
from pages.ui.widgets import alert


@dataclass(frozen=True, slots=True)
class _Made:
    """The backup that this visitor made last, and of which instances it was asked."""

    of: tuple[str, ...]
    backup: MadeBackup


_MAKING: Final[Awaited[MadeBackup]] = Awaited(
    "backup-making", unwanted=lambda made: backup.discard(made.token)
)
_MADE: Final[Slot[_Made | None]] = Slot("backup-made", nothing)
_PASSPHRASE: Final = "backup-passphrase"  # noqa: S105  # the name of a field
_MESSAGES: Final = "backup-messages"


def is_under_way(instance_ids: Sequence[str]) -> bool:
    """Return whether this visitor has a backup of those instances made, or had it made just now.

    What is folded around the form is open then: who left the page and comes back has to see it.
    """
    ids, made = tuple(instance_ids), _MADE.get()
    return bool(ids) and ids in (_MAKING.about, made.of if made is not None else ())


def draw_backup_form(instance_ids: Sequence[str]) -> None:
    """Draw what makes one backup of those instances, and the one that was just made."""
    ids = tuple(instance_ids)
    problem = _MAKING.take(
        ids, _("Making the backup. The connection stays open…"), lambda made: _keep(ids, made)
    )
    st.text_input(
        _("Passphrase for the backup"),
        type="password",
        key=_PASSPHRASE,
        autocomplete="new-password",
        help=_("At least {count} characters. Four words that do not belong together are a good one.").format(
            count=backup.PASSPHRASE_LEAST
        ),
    )
    st.markdown(
        small(
            _("Check it with the eye, and keep it with your passwords: nobody can recover it, not even here.")
        )
    )
    st.toggle(_("With the messages"), value=True, key=_MESSAGES)
    st.button(
        _("Make a backup"), key="backup-make", icon=":material/encrypted:", on_click=_begin, args=(ids,)
    )
    alert.show(problem)
    _draw_made(ids)


def draw_daily(view: BackupsView) -> None:
    """Draw whether a backup is made every day, where it goes, and what is wrong with it."""
    now = time.time()
    if not view.scheduled:
        st.caption(_("No backup is made by itself. Whoever runs the server can set one up (BACKUP_TO)."))
        return
    if view.failed_at:
        problem = text_for(BACKUP_PROBLEMS, view.problem, view.detail)
        st.warning(problem.text, icon=":material/backup:")
    place = escape_markdown(view.place)
    if view.last_good_at:
        words = _("Every day a backup goes to {place}. The last one: {when}.")
        said = words.format(place=place, when=format_time(view.last_good_at, now=now))
    else:
        said = _("Every day a backup goes to {place}. None was made yet.").format(place=place)
    if view.next_at > now:
        said += " " + _("Next time: {when}.").format(when=format_time(view.next_at, now=now))
    st.markdown(small(said))


def _begin(ids: tuple[str, ...]) -> None:
    passphrase = str(st.session_state.get(_PASSPHRASE, ""))
    messages = bool(st.session_state.get(_MESSAGES, True))
    _MAKING.begin(ids, lambda: backup.make(ids, passphrase, messages=messages))


def _keep(ids: tuple[str, ...], made: MadeBackup) -> None:
    if before := _MADE.pop():
        backup.discard(before.backup.token)
    _MADE.set(_Made(ids, made))
    st.session_state[_PASSPHRASE] = ""  # a secret stays in the visit no longer than it must


def _draw_made(ids: tuple[str, ...]) -> None:
    made, now = _MADE.get(), time.time()
    if made is None or made.of != ids:
        return
    if made.backup.gone_at <= now:
        backup.discard(made.backup.token)
        _MADE.clear()
        return
    with st.container(key="backup-ready", gap="small"):
        st.success(
            _("The backup is ready ({size}), and it was opened once to check it.").format(
                size=format_size(made.backup.size)
            ),
            icon=":material/check_circle:",
        )
        _draw_gaps(made.backup)
        draw_file_link(_("Download the backup"), made.backup.token, key="backup-download")
        if made.backup.size > imports.UPLOAD_LIMIT:
            _say_it_is_large()
        until = format_clock(made.backup.gone_at, now=now)
        st.caption(_("It can be downloaded until {time}; then it is removed from here.").format(time=until))


def _draw_gaps(made: MadeBackup) -> None:
    """Draw what was asked for and could not be saved."""
    if made.lacking:
        said = _("Not in this backup: {names}. What is stored of them is damaged or missing. Open them.")
        st.warning(said.format(names=_named(made.lacking)), icon=":material/warning:")
    if made.without_history:
        said = _("Without messages and history: {names}. These are damaged here, or larger than 2 GB.")
        st.warning(said.format(names=_named(made.without_history)), icon=":material/warning:")


def _named(names: Sequence[str]) -> str:
    return ", ".join(map(isolated_markdown, names))


def _say_it_is_large() -> None:
    st.info(
        _(
            "A file of more than {most} MB cannot be uploaded here again. To bring it back, have it put into "
            "the folder or bucket in BACKUP_TO, under its name. **Bring from another system** then lists it."
        ).format(most=imports.UPLOAD_LIMIT // MEGABYTE),
        icon=":material/info:",
    )
