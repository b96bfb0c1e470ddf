"""The ways between pages: a rail at the side; on a phone, a bar at the foot and a page with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

from core.errors import AppError
from core.models.alerts.incidents import Incident
from core.models.topic import Topic
from core.services import conversations, instances
from core.services.alerts import addresses
from pages.ui.escape import escape_html, isolated
from pages.ui.i18n import N_, _, ngettext
from pages.ui.layout.account import draw_account
from pages.ui.layout.notifications import Note, notify
from pages.ui.layout.persistence_pill import draw_persistence
from pages.ui.links import IMPORT, INSTANCE_ID, address_of
from pages.ui.state import Slot
from pages.ui.texts.alerts import trouble_text

RAIL_TOPICS: Final = (Topic.INSTANCES, Topic.MESSAGES, Topic.ALERTS)
"""What the rail shows, and the title of the tab."""
_MOST_SHOWN: Final = 99
_IMPORTING: Final = N_("Bring from another system")
_TROUBLED: Final = "⚠ "
_TITLE: Final = Slot("title", str)
"""Of the page that is drawn, without what changes by itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to."""

    name: str
    """Its address, and in the keys of what leads there."""
    label: str
    icon: str

    @property
    def script(self) -> str:
        """Return the file of the page."""
        return f"{self.name}.py"

    def draw_link(self, *, key: str, label: str = "") -> None:
        """Draw a link to it that can be found by ``key``."""
        with st.container(key=f"{key}-{self.name}"):
            st.page_link(self.script, label=_(label or self.label), icon=self.icon, width="stretch")


MAIN: Final = (
    Place("instances", N_("Instances"), ":material/smartphone:"),
    Place("messages", N_("Conversations"), ":material/chat_bubble:"),
)
GUIDE: Final = Place("guide", N_("Help and guide"), ":material/help:")
APP: Final = (
    Place("storage", N_("Space and cost"), ":material/database:"),
    Place("alerts", N_("Alerts"), ":material/notifications:"),
    GUIDE,
    Place("diagnostics", N_("Checks"), ":material/monitor_heart:"),
    Place("audit", N_("Who got in"), ":material/shield:"),
)
MORE: Final = Place("more", N_("More"), ":material/menu:")


def pages() -> list[StreamlitPage]:
    """Return every page with what the browser's tab calls it; the first is at ``/``."""
    waiting = unread_total()

    def page(script: str, words: str, *, url_path: str = "", default: bool = False) -> StreamlitPage:
        return st.Page(script, title=tab_title(words, waiting), url_path=url_path or None, default=default)

    first, *others = (*MAIN, *APP, MORE)
    return [
        page(first.script, _(first.label), default=True),
        page("instance.py", _instance_name(), url_path="instance"),
        page("import.py", _(_IMPORTING), url_path=IMPORT),
        *(page(place.script, _(place.label), url_path=place.name) for place in others),
    ]


def tab_title(words: str, waiting: int) -> str:
    """Return what the browser's tab shows: trouble, how many messages wait, the page, the product."""
    count = f"({shown(waiting)}) " if waiting else ""
    return f"{_TROUBLED if troubles() else ''}{count}{words} · {instances.app_name()}"


def troubles() -> list[Incident]:
    """Return what keeps instances from working, of those that their owner wants to hear of."""
    view = addresses.overview()
    return [each for each in view.open if each.name and each.subject not in view.muted]


def shown(count: int) -> str:
    """Return a number of messages that has room anywhere."""
    return f"{_MOST_SHOWN}+" if count > _MOST_SHOWN else str(count)


def unread_total() -> int:
    """Return how many messages wait to be read, of all instances; 0 while that cannot be read."""
    with suppress(AppError):
        return sum(conversations.unread_counts().values())
    return 0


@dataclass(frozen=True, slots=True)
class Rail:
    """The places of the rail that are filled once the page is known."""

    links: DeltaGenerator
    live: DeltaGenerator


def draw_rail() -> Rail:
    """Draw the rail, all but what depends on the page; the language is known from here on."""
    with st.container(key="rail"):
        name = f'<span class="wa-app-name">{escape_html(instances.app_name())}</span>'
        st.html(f'<div class="wa-brand"><i class="wa-mark"></i>{name}</div>')
        rail = Rail(st.container(key="rail-links"), st.container(key="rail-live"))
        draw_account()
    return rail


def keys_of(page: StreamlitPage) -> tuple[str, str]:
    """Return the keys of the links that lead to ``page``, or to where it was opened from: rail and bar."""
    name = page.url_path if page.url_path not in ("", "instance", IMPORT) else MAIN[0].name
    in_bar = name in {place.name for place in (*MAIN, GUIDE)}
    return f"nav-{name}", f"tab-{name if in_bar else MORE.name}"


def draw_links(page: StreamlitPage) -> None:
    """Draw the links of the rail, in two groups; that of ``page`` is marked, in the bar too."""
    for place in MAIN:
        place.draw_link(key="nav")
    here = ", ".join(f".st-key-{key}" for key in keys_of(page))
    marked = "--here: var(--brand-soft); --here-ink: var(--brand-text); --here-weight: 600;"
    group = f'<div class="wa-group">{escape_html(_("This app"))}</div>'
    st.html(f"{group}<style>{here} {{ {marked} }}</style>")
    for place in APP:
        place.draw_link(key="nav")


def draw_bar() -> None:
    """Draw the bar at the foot of a phone's screen."""
    with st.container(key="bottom-bar"):
        for place in MAIN:
            place.draw_link(key="tab")
        GUIDE.draw_link(key="tab", label=N_("Help"))
        MORE.draw_link(key="tab")


def draw_rest(places: Sequence[Place] = APP) -> None:
    """Draw, as a list, the pages that the bar has no room for."""
    with st.container(key="more"):
        for place in places:
            if place is not GUIDE:
                place.draw_link(key="more")


def draw_live() -> None:
    """Draw what changes by itself: how many messages wait, also in the tab's title, and the safety pill."""
    waiting = unread_total()
    st.html(f"<span></span><style>{_badge(waiting)}</style>")
    st.set_page_config(page_title=tab_title(_TITLE.get(), waiting))
    notify(note_of(incident) for incident in troubles())
    draw_persistence()


def note_of(incident: Incident) -> Note:
    """Return what the browser's notification of it says; a press on it leads to its instance."""
    address = f"/instance?{urlencode(address_of(incident.subject))}"
    text = trouble_text(incident.trouble, isolated(incident.name))
    return Note(f"{incident.id}-{incident.trouble}", text, address)


def keep_title(page: StreamlitPage) -> None:
    """Remember what the page is called, for a title that changes by itself."""
    places = {place.name: place.label for place in (*MAIN[1:], *APP, MORE)}
    if page.url_path == "instance":
        _TITLE.set(_instance_name())
    elif page.url_path == IMPORT:
        _TITLE.set(_(_IMPORTING))
    else:
        _TITLE.set(_(places.get(page.url_path, MAIN[0].label)))


def _badge(waiting: int) -> str:
    """Return the style that puts the number beside the link: nothing else moves when it changes."""
    if not waiting:
        return ""
    said = ngettext("{count} unread", "{count} unread", waiting).format(count=waiting)
    return f'.stApp {{ --unread: "{shown(waiting)}" / ", {escape_html(said)}"; }}'


def _instance_name() -> str:
    """Return the name of the instance that the address names, for a place that interprets nothing."""
    wanted = st.query_params.get(INSTANCE_ID, "")
    names = (view.name for view in instances.list_instances() if view.id == wanted)
    return isolated(next(names, "")) or _("Instance")
