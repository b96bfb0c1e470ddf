"""The file of a message: chosen or recorded, made ready while one watches, shown before it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from core.models.content import Attachment, Kind
from core.services import attachments, chats, safe_image
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.formats import MEGABYTE, format_size
from pages.ui.i18n import _
from pages.ui.messages.uploads import drop_upload
from pages.ui.texts.errors import LIMITED
from pages.ui.texts.message import text_for
from pages.ui.widgets.picture import draw_picture
from pages.ui.widgets.press import draw_or_tell, problem_of

_READY: Final = "send-ready"
"""The prepared file: what was chosen (kind and id), the attachment, and what is wrong with it."""
_ROUND: Final = "send-round"
"""Part of the uploader's key: another one is an empty one."""
_MEANT_FOR: Final = "send-file-for"


@dataclass(frozen=True, slots=True)
class MeantFor:
    """The chat that was in the form when the file was chosen or recorded."""

    to: str
    shown: str


def pick_file(kind: Kind) -> None:
    """The place to choose or record a file, its limit said beforehand, and what is wrong with it."""
    if why := attachments.available(kind):
        st.caption(f":material/info: {text_for(LIMITED, why).what}")
    st.caption(_limits(kind))
    chosen = _chosen(kind)
    if chosen is None:
        forget_file()
        return
    _prepare(kind, chosen)
    problem = st.session_state[_READY][2]
    if problem:
        st.error(problem, icon=":material/error:")


def _chosen(kind: Kind) -> Any:
    number = st.session_state.setdefault(_ROUND, 0)
    recorded = None
    if kind is Kind.VOICE and not attachments.available(kind):
        recorded = st.audio_input(_("Record"), key=f"send-record-{number}", sample_rate=48_000)
    megabytes = attachments.limit(kind) // MEGABYTE
    # Streamlit's word on the button cannot be set; style.css shows this one instead.
    word = json.dumps(_("Choose a file"), ensure_ascii=False)
    st.html(f"<style>:root {{ --wa-choose-file: {word} }}</style>")
    uploaded = st.file_uploader(
        _("File"), key=f"send-file-{kind}-{number}", max_upload_size=megabytes, label_visibility="collapsed"
    )
    return uploaded or recorded


def _limits(kind: Kind) -> str:
    most = f"{attachments.limit(kind) // MEGABYTE} MB"
    match kind:
        case Kind.STICKER:
            return _(
                "An image up to {most}. It becomes a sticker of at most 100 KB, 500 KB if it moves."
            ).format(most=most)
        case Kind.VIDEO | Kind.AUDIO | Kind.VOICE if not attachments.available(kind):
            return _(
                "A file up to {most}. What is sent has at most 16 MB; it is converted if need be."
            ).format(most=most)
        case Kind.IMAGE:
            return _("An image up to {most}. The place where it was taken is removed.").format(most=most)
    return _("A file up to {most}.").format(most=most)


def _prepare(kind: Kind, chosen: Any) -> None:
    """Once for each file that was chosen; again when it went stale."""
    name = (kind, chosen.file_id)
    before = st.session_state.get(_READY)
    if before is not None and before[0] == name:
        if before[1] is None or attachments.present(before[1]):
            return
    else:
        # A recording beside an uploaded file is chosen again when that one is taken away.
        forget_file(keep_upload=before is not None and before[0][0] is kind)
    bar = st.progress(0.0, text=_("Preparing the file…"))

    def prepare() -> None:
        made = attachments.prepare(
            kind, chosen.getvalue(), name=chosen.name, progress=lambda share: _tell(bar, share)
        )
        st.session_state[_READY] = (name, made, "")

    if problem := problem_of(prepare):
        st.session_state[_READY] = (name, None, problem)
    bar.empty()


def _tell(bar: Any, share: float) -> None:
    bar.progress(share, text=_("Converting the file… {percent} %").format(percent=int(100 * share)))


def ready_file() -> Attachment | None:
    """What would be sent now; None while nothing usable is chosen."""
    found: Attachment | None = st.session_state.get(_READY, (None, None, ""))[1]
    return found


def forget_file(*, sent: bool = False, keep_upload: bool = False) -> None:
    """Let the prepared file go; ``sent``: the place to choose one is emptied too.

    ``keep_upload``: what it was made from stays in memory, since it can still be chosen on the page.
    """
    name, made, _problem = st.session_state.pop(_READY, (None, None, ""))
    st.session_state[_MEANT_FOR] = None
    if name is not None and not keep_upload:
        drop_upload(name[1])
    if made is not None and not sent:
        attachments.discard(made)
    if sent:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def meant_for() -> MeantFor | None:
    """Return the chat that the file was chosen for; None while none is known, or there is no file."""
    found: MeantFor | None = st.session_state.get(_MEANT_FOR)
    return found if ready_file() is not None else None


def draw_meant_for(to: str, shown: str) -> None:
    """Note whom the file is for; when the form points to another chat, ask before it may go there.

    ``to`` is the recipient as the form holds it, ``shown`` what it is called.
    """
    if ready_file() is None or not chats.same_recipient(to, to):
        return  # nothing to be sent, or a number that is still being typed
    found = meant_for()
    if found is None:
        st.session_state[_MEANT_FOR] = MeantFor(to, shown)
    elif not chats.same_recipient(found.to, to):
        with st.container(key="send-file-elsewhere"):
            said = _("This file was chosen for {whom}. Send it to {other} too?")
            whom, other = (f"**{isolated_markdown(name)}**" for name in (found.shown, shown))
            st.warning(said.format(whom=whom, other=other), icon=":material/attach_file:")
            st.button(_("Yes, to this chat"), key="send-file-here", on_click=_mean, args=(to, shown))


def _mean(to: str, shown: str) -> None:
    st.session_state[_MEANT_FOR] = MeantFor(to, shown)


def draw_file(kind: Kind) -> None:
    """The picture, film or sound that would be sent."""
    draw_or_tell(lambda: _draw_file(kind))


def _draw_file(kind: Kind) -> None:
    made = ready_file()
    data = attachments.content(made) if made is not None and kind is not Kind.DOCUMENT else b""
    if not made or not data:
        return
    match kind:
        case Kind.IMAGE | Kind.STICKER:
            width: Literal["stretch"] | int = 160 if kind is Kind.STICKER else "stretch"
            draw_picture(safe_image.reencode(data), width=width, alt=_("The image to be sent"))
        case Kind.VIDEO:
            st.video(data)
        case Kind.AUDIO | Kind.VOICE:
            st.audio(data, format=made.mime.partition(";")[0])
    st.caption(escape_markdown(format_size(made.size)))
