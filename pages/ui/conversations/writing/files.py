"""The file of a message: chosen or recorded for one conversation, and shown before it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from core.errors import InvalidInputError
from core.models.content import Attachment, Kind
from core.services import attachments, safe_image
from pages.ui.conversations.drafts import Place
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.formats import MEGABYTE, format_size
from pages.ui.i18n import _
from pages.ui.kept_choice import keep_choice
from pages.ui.state import Slot
from pages.ui.texts.attachment import AS_DOCUMENT, NOTICES
from pages.ui.texts.errors import LIMITED
from pages.ui.texts.message import text_for
from pages.ui.uploads import drop_upload
from pages.ui.widgets import alert
from pages.ui.widgets.picture import draw_picture


@dataclass(frozen=True, slots=True)
class Ready:
    """What was made of the file that was chosen."""

    kind: Kind
    """What it was chosen as."""
    attachment: Attachment | None = None
    unchanged: Attachment | None = None
    """The same file as a document, where that is offered."""
    problem: str = ""
    """Why there is no attachment, as Markdown."""
    file_id: str = ""
    """Streamlit's name for what was chosen."""

    @property
    def sent_as(self) -> Kind:
        """Return the kind that it is sent as."""
        return (self.attachment.sent_as if self.attachment else None) or self.kind

    @property
    def files(self) -> tuple[Attachment, ...]:
        """Return the files that lie here for it."""
        return tuple(file for file in (self.attachment, self.unchanged) if file is not None)


_READY: Final = Slot("send-ready", dict[Place, Ready])


def ready_at(place: Place) -> Ready | None:
    """Return the file that would leave with the next message of this place; None without one."""
    ready = _READY.get().get(place)
    return ready if ready is not None and ready.attachment is not None else None


def forget_file(place: Place, *, sent: bool = False) -> None:
    """Drop the file of this place; one that was ``sent`` is deleted by who sends it."""
    ready = _READY.keep().pop(place, None)
    for file in ready.files if ready else ():
        if not (sent and ready and file is ready.attachment):
            attachments.discard(file)


def draw_file_field(place: Place, kind: Kind, *, key: str, drop: Callable[[], None]) -> None:
    """Draw the place to choose or record a file; in its stead what was made of it, which ``drop`` drops."""
    ready = _READY.get().get(place)
    if ready is not None and not all(map(attachments.present, ready.files)):
        forget_file(place)  # it lay here for too long
    spot = st.empty()
    if not _READY.get().get(place, Ready(kind)).files:
        with spot.container(gap="xsmall"):
            _pick(place, kind, key)
    if (ready := _READY.get().get(place)) and ready.files:
        with spot.container(key="send-preview", gap="xsmall"):
            _draw_ready(place, ready, drop)


def _pick(place: Place, kind: Kind, key: str) -> None:
    if why := attachments.available(kind):
        st.caption(f":material/info: {text_for(LIMITED, why).what}")
    if kind is not Kind.VOICE:
        st.caption(_limits(kind))
    chosen = _chosen(place, kind, key)
    if chosen is None:
        _READY.keep().pop(place, None)
        return
    before = _READY.get().get(place)
    if before is None or before.file_id != chosen.file_id:
        _prepare(place, kind, chosen)
    ready = _READY.get()[place]
    if ready.files:
        drop_upload(chosen.file_id)
    else:
        alert.show(ready.problem)


def _chosen(place: Place, kind: Kind, key: str) -> Any:
    recorded = None
    if kind is Kind.VOICE and not attachments.available(kind):
        recorded = st.audio_input(_("Record"), key=f"send-record-{key}", sample_rate=48_000)
        st.caption(_limits(kind))
    most = Kind.VIDEO if kind is Kind.IMAGE else kind
    uploader = f"send-file-{kind}-{key}"
    uploaded = st.file_uploader(
        _("File"),
        key=uploader,
        max_upload_size=attachments.limit(most) // MEGABYTE,
        label_visibility="collapsed",
    )
    keep_choice(uploader, answer=str(id(_READY.get().get(place))))
    return uploaded or recorded


def _limits(kind: Kind) -> str:
    most = f"{attachments.limit(kind) // MEGABYTE} MB"
    match kind:
        case Kind.STICKER:
            words = _("An image up to {most}. It becomes a sticker of at most 100 KB, 500 KB if it moves.")
            return words.format(most=most)
        case Kind.IMAGE:
            film = f"{attachments.limit(Kind.VIDEO) // MEGABYTE} MB"
            words = _("A photo up to {most}, without its location data, or a video up to {film}.")
            return words.format(most=most, film=film)
        case Kind.AUDIO | Kind.VOICE if not attachments.available(kind):
            words = _("A file up to {most}. If needed, it is converted to fit WhatsApp's 16 MB.")
            return words.format(most=most)
    return _("A file up to {most}.").format(most=most)


def _prepare(place: Place, kind: Kind, chosen: Any) -> None:
    data, name = chosen.getvalue(), chosen.name
    bar = st.progress(0.0, text=_("Preparing the file…"))
    made: list[Attachment] = []
    codes: list[str] = []

    def show(share: float) -> None:
        bar.progress(share, text=_("Converting the file… {percent}%").format(percent=int(100 * share)))

    def prepare() -> None:
        try:
            if kind is Kind.IMAGE:
                made.append(attachments.prepare_photo_or_film(data, name=name, progress=show))
            else:
                made.append(attachments.prepare(kind, data, name=name, progress=show))
        except InvalidInputError as error:
            codes.append(error.code)
            raise

    problem = alert.problem_of(prepare)
    codes += [file.notice for file in made]
    unchanged: list[Attachment] = []
    if kind is not Kind.DOCUMENT and AS_DOCUMENT.intersection(codes):
        alert.problem_of(lambda: unchanged.append(attachments.as_document(data, name=name)))
    _READY.keep()[place] = Ready(kind, *_one(made), *_one(unchanged), problem=problem, file_id=chosen.file_id)
    bar.empty()


def _one(files: list[Attachment]) -> tuple[Attachment | None]:
    return (files[0] if files else None,)


def _draw_ready(place: Place, ready: Ready, drop: Callable[[], None]) -> None:
    alert.show(ready.problem)
    file = ready.attachment
    if file is not None:
        alert.draw_or_show(lambda: _draw_file(ready.sent_as, file))
        if file.notice in NOTICES:
            st.info(text_for(NOTICES, file.notice).text, icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="send-file-tools"):
        if file is not None:
            name, size = isolated_markdown(file.name), escape_markdown(format_size(file.size))
            st.caption(" · ".join(filter(None, (name, size))))
        if file is not None and file == ready.unchanged:
            st.caption(":material/description: " + _("It is sent as a document, unchanged."))
        elif ready.unchanged is not None:
            unchanged = Ready(ready.kind, ready.unchanged, ready.unchanged)
            label = _("Send as a document")
            st.button(label, key="send-unchanged", on_click=_exchange, args=(place, ready, unchanged))
        st.button(
            _("Take the file away"),
            key="send-file-drop",
            icon=":material/delete:",
            type="tertiary",
            on_click=drop,
        )


def _exchange(place: Place, before: Ready, after: Ready) -> None:
    if before.attachment is not None:
        attachments.discard(before.attachment)
    _READY.keep()[place] = after


def _draw_file(kind: Kind, file: Attachment) -> None:
    data = attachments.content(file) if kind is not Kind.DOCUMENT else b""
    if not data:
        return
    match kind:
        case Kind.IMAGE | Kind.STICKER:
            width: Literal["stretch"] | int = 160 if kind is Kind.STICKER else "stretch"
            draw_picture(safe_image.reencode(data), width=width, alt=_("The image to be sent"))
        case Kind.VIDEO:
            st.video(data, loop=file.gif, autoplay=file.gif, muted=file.gif)
        case Kind.AUDIO | Kind.VOICE:
            st.audio(data, format=file.mime.partition(";")[0])
