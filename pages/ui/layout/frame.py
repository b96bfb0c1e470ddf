"""What surrounds every page: style, what happened to stored data, and the note at the foot."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from core.models.storage import StorageView
from core.models.topic import Topic
from core.services import instances
from pages.ui.escape import escape_markdown, isolated_markdown
from pages.ui.formats import format_date
from pages.ui.i18n import _
from pages.ui.live import keep_following, live_fragment
from pages.ui.state import Slot
from pages.ui.texts.message import text_for
from pages.ui.texts.storage import NOTICES, STORAGE

_SEEN: Final = Slot("notices-seen", float)
"""Time of the newest notice that this visitor has read."""
_TROUBLE_EVERY_S: Final = 60.0
"""Changes are drawn at once; this is for a page that missed one."""


@cache
def _style() -> str:
    css = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"<style>{css}</style>"


def draw_style() -> None:
    """Put the style sheet on the page."""
    st.html(_style())


def draw_footer() -> None:
    """Draw what every visitor should know before linking an account."""
    st.caption(
        _(
            "Not an official product. WhatsApp may restrict accounts that use it: use your own, and write "
            "only to people who expect it."
        )
    )


def draw_notices(view: StorageView) -> None:
    """Draw what happened to stored data, until this visitor has read it."""
    latest = max((notice.at for notice in view.notices), default=0.0)
    if latest <= _SEEN.get():
        return
    names = {instance.id: instance.name for instance in instances.list_instances()}
    with st.container(key="notices", border=True):
        for notice in view.notices:
            message = text_for(NOTICES, notice.code, notice.detail)
            name = isolated_markdown(names.get(notice.instance_id, notice.instance_id))
            st.markdown(f":material/info: **{name}** · {message.text}")
        st.button(_("Understood"), key="notices-read", on_click=_SEEN.set, args=(latest,))


def draw_engine_warning() -> None:
    """Warn that the connection component has become old enough for WhatsApp to refuse it some day."""
    release = instances.engine_release()
    if not release.is_old:
        return
    with st.container(key="engine-old"):
        st.warning(
            _(
                "The component that talks to WhatsApp (version {version}, of {date}) is {days} days old. "
                "WhatsApp stops accepting old versions without notice: ask whoever looks after this app to "
                "update it."
            ).format(
                version=escape_markdown(release.version),
                date=escape_markdown(format_date(release.released)),
                days=release.age_days,
            ),
            icon=":material/update:",
        )


def draw_storage_trouble() -> None:
    """Say that nothing can be stored now, as long as it is so; the instances below wait meanwhile."""

    def draw() -> None:
        view = instances.storage()
        if not view.trouble:
            return
        message = text_for(STORAGE, view.trouble, view.trouble_detail)
        with st.container(key="storage-trouble"):
            st.error(
                "\n\n".join(
                    (
                        message.text,
                        _(
                            "Instances wait offline meanwhile: WhatsApp keeps what is written to them. They "
                            "go on by themselves as soon as it works again."
                        ),
                    )
                ),
                title=_("Nothing can be stored now"),
                icon=":material/folder_off:",
            )
            st.caption(_("Folder: {path}").format(path=escape_markdown(view.auth_dir)))

    live_fragment(draw, part="storage-trouble", every=_TROUBLE_EVERY_S, topics=[Topic.STORAGE])


def wait_for_storage(problem: str) -> None:
    """Say why the sessions cannot be used, and draw the page as soon as they can."""

    def watch() -> None:
        version = instances.version()
        _storage_problem()
        keep_following("storage", every=2.0 if problem else 0.5, version=version, topics=[Topic.STORAGE])

    st.fragment(watch)()


def _storage_problem() -> None:
    view = instances.storage()
    if view.ready:
        st.rerun()
    message = text_for(STORAGE, view.problem, view.detail)
    with st.container(key="storage-problem"):
        if not view.problem:
            st.caption(f":material/hourglass_top: {message.what}")
            return
        st.error(
            "\n\n".join(
                (
                    message.text,
                    _("The app keeps trying by itself, and this page comes back as soon as it works."),
                )
            ),
            title=_("The stored sessions cannot be used now"),
            icon=":material/folder_off:",
        )
        st.caption(_("Folder: {path}").format(path=escape_markdown(view.auth_dir)))
