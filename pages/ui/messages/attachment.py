"""The file of a message: chosen or recorded, prepared in sight, shown before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from core.errors import InvalidInputError
from core.models.content import Attachment, Kind
from core.services import attachments, chats, safe_image
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.formats import MEGABYTE, format_size
from pages.ui.i18n import _
from pages.ui.kept_choice import keep_choice
from pages.ui.messages.uploads import drop_upload
from pages.ui.state import Slot, nothing
from pages.ui.texts.attachment import AS_DOCUMENT, NOTICES
from pages.ui.texts.errors import LIMITED
from pages.ui.texts.message import text_for
from pages.ui.widgets import alert
from pages.ui.widgets.picture import draw_picture


@dataclass(frozen=True, slots=True)
class MeantFor:
    """The chat that was in the form when the file was chosen or recorded."""

    to: str
    shown: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """What was made of the file that was chosen."""

    kind: Kind
    file_id: str
    """Streamlit's name for what was chosen."""
    attachment: Attachment | None = None
    problem: str = ""
    """Why there is no attachment, as Markdown."""
    code: str = ""
    """The code of why there is none."""
    as_document: bool = False
    """It is sent unchanged, as a document, whatever its kind is."""


_READY: Final = Slot[_Ready | None]("send-ready", nothing)
_ROUND: Final = Slot("send-round", int)
"""Part of the uploader's key: another one is an empty one."""
_MEANT_FOR: Final = Slot[MeantFor | None]("send-file-for", nothing)
_AS_DOCUMENT: Final = Slot("send-file-unchanged", str)
"""Streamlit's name for the file that is to be sent unchanged, as a document."""


def pick_file(kind: Kind) -> None:
    """Draw the place to choose or record a file, its limit said beforehand, and what is wrong with it."""
    if why := attachments.available(kind):
        st.caption(f":material/info: {text_for(LIMITED, why).what}")
    st.caption(_limits(kind))
    chosen = _chosen(kind)
    if chosen is None:
        forget_file()
        return
    _prepare(kind, chosen)
    if ready := _READY.get():
        alert.show(ready.problem)
        _draw_choice(ready)


def _draw_choice(ready: _Ready) -> None:
    """Say what becomes of the file where that may surprise, and offer to send it unchanged instead."""
    code = ready.attachment.notice if ready.attachment else ready.code
    if code in NOTICES:
        st.info(text_for(NOTICES, code).text, icon=":material/info:")
    if ready.as_document:
        words = _("It is sent as a document, unchanged.")
        st.caption(f":material/description: {words}")
    elif code in AS_DOCUMENT and ready.kind is not Kind.DOCUMENT:
        label = _("Send as a document")
        st.button(label, key="send-unchanged", on_click=_AS_DOCUMENT.set, args=(ready.file_id,))


def _chosen(kind: Kind) -> Any:
    number = _ROUND.get()
    recorded = None
    if kind is Kind.VOICE and not attachments.available(kind):
        recorded = st.audio_input(_("Record"), key=f"send-record-{number}", sample_rate=48_000)
    megabytes = attachments.limit(kind) // MEGABYTE
    key = f"send-file-{kind}-{number}"
    uploaded = st.file_uploader(_("File"), key=key, max_upload_size=megabytes, label_visibility="collapsed")
    keep_choice(key, taken=uploaded is not None)
    return uploaded or recorded


def _limits(kind: Kind) -> str:
    most = f"{attachments.limit(kind) // MEGABYTE} MB"
    match kind:
        case Kind.STICKER:
            return _(
                "An image up to {most}. It becomes a sticker of at most 100 KB, 500 KB if it moves."
            ).format(most=most)
        case Kind.VIDEO | Kind.AUDIO | Kind.VOICE if not attachments.available(kind):
            return _("A file up to {most}. If needed, it is converted to fit WhatsApp's 16 MB.").format(
                most=most
            )
        case Kind.IMAGE:
            return _("An image up to {most}. Location data is removed from the photo.").format(most=most)
    return _("A file up to {most}.").format(most=most)


def _prepare(kind: Kind, chosen: Any) -> None:
    """Prepare each file that was chosen once; again when it went stale."""
    before = _READY.get()
    unchanged = _AS_DOCUMENT.get() == chosen.file_id
    now = (kind, chosen.file_id, unchanged)
    if before is not None and (before.kind, before.file_id, before.as_document) == now:
        if before.attachment is None or attachments.present(before.attachment):
            return
    else:
        # A recording beside an uploaded file is chosen again when that one is taken away.
        forget_file(keep_upload=before is not None and before.kind is kind)
    bar = st.progress(0.0, text=_("Preparing the file…"))

    codes: list[str] = []

    def prepare() -> None:
        data, name = chosen.getvalue(), chosen.name
        try:
            attachment = (
                attachments.as_document(data, name=name)
                if unchanged
                else attachments.prepare(
                    kind, data, name=name, progress=lambda share: _show_progress(bar, share)
                )
            )
        except InvalidInputError as error:
            codes.append(error.code)
            raise
        _READY.set(_Ready(kind, chosen.file_id, attachment, as_document=unchanged))

    if problem := alert.problem_of(prepare):
        code = "".join(codes)
        _READY.set(_Ready(kind, chosen.file_id, problem=problem, code=code, as_document=unchanged))
    bar.empty()


def _show_progress(bar: Any, share: float) -> None:
    bar.progress(share, text=_("Converting the file… {percent}%").format(percent=int(100 * share)))


def ready_file() -> Attachment | None:
    """Return what would be sent now; None while nothing usable is chosen."""
    ready = _READY.get()
    return ready.attachment if ready is not None else None


def sent_kind(kind: Kind) -> Kind:
    """Return as what the file is sent that was chosen as ``kind``: a GIF is a video, for instance."""
    file = ready_file()
    return (file.sent_as if file is not None else None) or kind


def forget_file(*, sent: bool = False, keep_upload: bool = False) -> None:
    """Drop the prepared file; ``sent``: the place to choose one is emptied too.

    ``keep_upload``: what it was made from stays in memory, since it can still be chosen on the page.
    """
    ready = _READY.pop()
    _MEANT_FOR.clear()
    if not keep_upload:
        _AS_DOCUMENT.clear()
    if ready is not None and not keep_upload:
        drop_upload(ready.file_id)
    if ready is not None and ready.attachment is not None and not sent:
        attachments.discard(ready.attachment)
    if sent:
        _ROUND.set(_ROUND.get() + 1)


def meant_for() -> MeantFor | None:
    """Return the chat that the file was chosen for; None while none is known, or there is no file."""
    return _MEANT_FOR.get() if ready_file() is not None else None


def draw_meant_for(to: str, shown: str) -> None:
    """Note whom the file is for; when the form points to another chat, ask before it may go there.

    ``to`` is the recipient as the form holds it, ``shown`` what it is called.
    """
    if ready_file() is None or not chats.same_recipient(to, to):
        return  # nothing to be sent, or a number that is still being typed
    chat = meant_for()
    if chat is None:
        _MEANT_FOR.set(MeantFor(to, shown))
    elif not chats.same_recipient(chat.to, to):
        with st.container(key="send-file-elsewhere"):
            question = _("This file was chosen for {whom}. Send it to {other} too?")
            whom, other = (f"**{isolated_markdown(name)}**" for name in (chat.shown, shown))
            st.warning(question.format(whom=whom, other=other), icon=":material/attach_file:")
            st.button(_("Yes, to this chat"), key="send-file-here", on_click=_mean, args=(to, shown))


def _mean(to: str, shown: str) -> None:
    _MEANT_FOR.set(MeantFor(to, shown))


def draw_file(kind: Kind) -> None:
    """Draw the picture, film or sound that would be sent."""
    alert.draw_or_show(lambda: _draw_file(kind))


def _draw_file(kind: Kind) -> None:
    file = ready_file()
    kind = sent_kind(kind)
    data = attachments.content(file) if file is not None and kind is not Kind.DOCUMENT else b""
    if not file or not data:
        return
    match kind:
        case Kind.IMAGE | Kind.STICKER:
            width: Literal["stretch"] | int = 160 if kind is Kind.STICKER else "stretch"
            draw_picture(safe_image.reencode(data), width=width, alt=_("The image to be sent"))
        case Kind.VIDEO:
            st.video(data, loop=file.gif, autoplay=file.gif, muted=file.gif)
        case Kind.AUDIO | Kind.VOICE:
            st.audio(data, format=file.mime.partition(";")[0])
    st.caption(escape_markdown(format_size(file.size)))
