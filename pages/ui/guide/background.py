"""The parts of the guide that explain: what is lost without a disk, what it costs, what else is true."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.models.usage import CostView, Price
from pages.ui.escape import escape_markdown
from pages.ui.formats import format_dollars
from pages.ui.i18n import N_, _
from pages.ui.widgets.price_source import draw_price_source
from pages.ui.widgets.table import draw_table

_FILES: Final = "├── loja-centro-3f9a/\n│   ├── instance.json\n│   ├── session.db\n│   └── history.db"
FOLDERS: Final = (
    (
        N_("Before: temporary files"),
        f"/tmp/whatsapp_auth/\n{_FILES}",  # noqa: S108  # shown, not used
        N_("Lost with every deploy and every restart."),
    ),
    (
        N_("After: persistent disk"),
        f"/data/whatsapp_auth/\n{_FILES}",
        N_("Kept, also after a deploy."),
    ),
)
ASPECTS: Final = (
    (N_("Sessions"), N_("Lost with every deploy"), N_("Kept")),
    (N_("QR code"), N_("After every deploy"), N_("Once for each instance")),
    (
        N_("During a deploy"),
        N_("Connected until the new version starts, then everything has to be linked again"),
        N_("A pause of some seconds, then connected again by itself"),
    ),
    (N_("For real use"), N_("Not recommended"), N_("Ready")),
)
CAUTIONS: Final = (
    N_(
        "**Never delete and recreate the disk to solve a problem.** The new disk is "
        "empty: every session is "
        "gone, for good."
    ),
    N_(
        "**Restoring a snapshot puts back the whole disk**, and cannot be undone. Everything that was stored "
        "since is lost, and WhatsApp may refuse a session that is older than what the phone knows. Render "
        "itself advises against it for databases, and a session is one."
    ),
    N_("**The disk can grow, never shrink.** Start small: 1 GB is enough for a long time."),
    N_(
        "**One disk belongs to one service, which then runs as one copy.** All instances "
        "of this app share it; "
        "two services cannot."
    ),
    N_(
        "**Anyone who can read the disk can use the sessions.** Give access to the service only to people "
        "you trust."
    ),
)
WITHOUT: Final = (
    N_("The app works as always, and all instances connect."),
    N_("After every deploy and every restart, each phone has to scan a QR code again."),
    N_(
        "On the free plan the service also falls asleep after 15 minutes without a visitor, because the "
        "connection to WhatsApp does not count. Asleep, it receives nothing, and it wakes"
        " up without its files."
    ),
    N_("Each new pairing leaves a device behind in the phone’s list. Remove the old ones there."),
    N_("Not recommended for real use. To try the app out it is enough."),
)
CLAIMS: Final = (
    (
        N_("“A disk costs $0.25 a month”"),
        N_(
            "For each GB, yes. But a service with a disk needs a paid plan: with the "
            "smallest one and 1 GB it is "
            "{total} a month."
        ),
    ),
    (
        N_("“The log line Created new auth directory proves that it works”"),
        N_("Only the first time. Seen again for the same instance after a deploy, it proves the opposite."),
    ),
    (
        N_("“The service is never interrupted”"),
        N_("With a disk, a deploy stops the old copy before it starts the new one: some seconds each time."),
    ),
    (
        N_("“Render makes backups by itself”"),
        N_("A snapshot a day, kept for at least 7 days. Restoring one puts back the whole disk, for good."),
    ),
    (
        N_("“On errors, create the disk again”"),
        N_("Never: a new disk is empty, and every session is lost."),
    ),
    (
        N_("“Permissions are set up by themselves”"),
        N_("Nobody promises that. “Permission error”, below, checks it here."),
    ),
    (
        N_("“All instances share the same disk”"),
        N_("The WhatsApp instances of this app do. Several services, or several copies of one, cannot."),
    ),
    (
        N_("“With sessions that are active already, you reconnect once”"),
        N_(
            "True: the disk starts empty, so each phone scans one more QR code after the "
            "first deploy with it."
        ),
    ),
)
DOCUMENTS: Final = (
    (N_("Persistent disks"), "https://render.com/docs/disks"),
    (N_("Prices"), "https://render.com/pricing"),
    (N_("Environment variables"), "https://render.com/docs/configure-environment-variables"),
)


def draw_problem() -> None:
    """Draw why there is a guide at all."""
    st.markdown(
        _(
            "On hosts such as Render, a deploy or a restart removes all files of a service. Every phone then "
            "has to scan a QR code again. A **persistent disk** keeps them."
        )
    )


def draw_before_after() -> None:
    """Draw the same folder without and with a disk, and what that changes."""
    st.subheader(_("Before and after"), anchor=False)
    with st.container(key="before-after", horizontal=True):
        for title, tree, fate in FOLDERS:
            with st.container(width=330):
                st.markdown(f"**{_(title)}**")
                st.code(tree, language=None)
                st.caption(_(fate))
    draw_table(
        ("", _("Before"), _("After")),
        [tuple(_(cell) for cell in row) for row in ASPECTS],
        key="aspects",
        caption=_("Before and after"),
    )


def draw_price(view: CostView) -> None:
    """Draw what the disk of the guide costs, with the plan that it needs."""
    st.subheader(_("Cost"), anchor=False)
    price = view.price
    st.markdown(
        _(
            "{disk} a month for each GB, and the plan: a disk needs a paid one, from "
            "{plan} a month. With 1 GB "
            "that is **{total} a month**; with 10 GB, {ten}."
        ).format(
            disk=escape_markdown(format_dollars(price.gigabyte_usd)),
            plan=escape_markdown(format_dollars(price.plan_usd)),
            total=escape_markdown(_sum(price, 1)),
            ten=escape_markdown(_sum(price, 10)),
        )
    )
    draw_price_source(price)
    st.page_link(
        "storage.py",
        label=_("What your instances occupy, and what other sizes cost"),
        icon=":material/database:",
    )


def draw_cautions() -> None:
    """Draw what must not be done with the disk."""
    with st.container(key="cautions"):
        st.warning("\n".join(f"- {_(caution)}" for caution in CAUTIONS), icon=":material/warning:")


def draw_without() -> None:
    """Draw what it means to go without a disk."""
    st.subheader(_("Without a disk"), anchor=False)
    st.markdown("\n".join(f"- {_(line)}" for line in WITHOUT))


def draw_claims(view: CostView) -> None:
    """Draw what is often said about disks, and what is true."""
    st.subheader(_("Often said, and what is true"), anchor=False)
    total = _sum(view.price, 1)
    rows = [(_(claim), _(truth).replace("{total}", total)) for claim, truth in CLAIMS]
    draw_table(
        (_("Often said"), _("What is true")), rows, key="claims", caption=_("Often said, and what is true")
    )


def draw_documents() -> None:
    """Draw links to where the host explains it."""
    st.subheader(_("Official documentation"), anchor=False)
    st.markdown("\n".join(f"- [{_(title)}]({address})" for title, address in DOCUMENTS))


def _sum(price: Price, gigabytes: int) -> str:
    return format_dollars(price.plan_usd + gigabytes * price.gigabyte_usd)
