"""The file of a message: chosen or recorded, made ready while one watches, shown before it is sent."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from core.errors import AppError
from core.models.content import Attachment, Kind
from core.services import attachments
from pages.ui.figures import MEGABYTE, size
from pages.ui.i18n import _
from pages.ui.sentences import LIMITED, say, say_error
from pages.ui.text import literal_markdown
from pages.ui.uploads import drop_upload

_READY: Final = "send-ready"
"""The prepared file: what was chosen (kind and id), the attachment, and what is wrong with it."""
_ROUND: Final = "send-round"
"""Part of the uploader's key: another one is an empty one."""


def pick_file(kind: Kind) -> None:
    """The place to choose or record a file, its limit said beforehand, and what is wrong with it."""
    if why := attachments.available(kind):
        st.caption(f":material/info: {say(LIMITED, why).what}")
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
        case Kind.VIDEO | Kind.AUDIO | Kind.VOICE:
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
    try:
        made = attachments.prepare(
            kind, chosen.getvalue(), name=chosen.name, progress=lambda share: _tell(bar, share)
        )
        st.session_state[_READY] = (name, made, "")
    except AppError as error:
        sentence = say_error(error)
        st.session_state[_READY] = (name, None, f"{sentence.what} {sentence.todo}".strip())
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
    if name is not None and not keep_upload:
        drop_upload(name[1])
    if made is not None and not sent:
        attachments.discard(made)
    if sent:
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def draw_file(kind: Kind) -> None:
    """The picture, film or sound that would be sent."""
    made = ready_file()
    data = attachments.content(made) if made is not None and kind is not Kind.DOCUMENT else b""
    if not made or not data:
        return
    match kind:
        case Kind.IMAGE | Kind.STICKER:
            st.image(data, width=160 if kind is Kind.STICKER else "stretch", alt=_("The image to be sent"))
        case Kind.VIDEO:
            st.video(data)
        case Kind.AUDIO | Kind.VOICE:
            st.audio(data, format=made.mime.partition(";")[0])
    st.caption(literal_markdown(size(made.size)))
