"""The tasks that people come to the guide with: what to do, in a few lines each, and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from pages.ui.escape import escape_html
from pages.ui.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Way:
    """A link to the page where a task goes on."""

    page: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Task:
    """One task: what one wants, what to do in order, and where."""

    name: str
    """In the address of its place on the page, the same in every language."""
    title: str
    symbol: str
    steps: tuple[str, ...]
    way: Way | None = None


TASKS: Final = (
    Task(
        "keep",
        N_("Keep your connections"),
        "shield_lock",
        (
            N_("Open WhatsApp on the phone at least every 14 days."),
            N_("On the phone, leave this app under **Linked devices**."),
            N_("Never delete the disk to solve a problem: every connection would be lost."),
        ),
    ),
    Task(
        "lost",
        N_("The disk was lost"),
        "restore_page",
        (
            N_("Put up the app again with a new disk, and leave the old one off for good."),
            N_(
                "Set BACKUP_TO and BACKUP_PASSPHRASE as before: **Bring from another system** then lists the "
                "daily backups."
            ),
            N_("Bring each number back from your newest backup: it connects without a new QR code."),
            N_("Without a backup, link each phone again with a new QR code."),
            N_("Messages that came after the backup are on the phone, not here."),
        ),
        Way("storage.py", N_("See the backups"), ":material/backup:"),
    ),
    Task(
        "connect",
        N_("It does not connect"),
        "mobile_off",
        (
            N_("Check that the phone is online and shows the right time."),
            N_("Scan the QR code before its time runs out. A new one appears by itself."),
            N_("Only have this phone? Use the code instead of the QR code."),
            N_("WhatsApp allows four linked devices. Remove one that you no longer use."),
        ),
        Way("diagnostics.py", N_("Check the connection to WhatsApp"), ":material/network_check:"),
    ),
    Task(
        "send",
        N_("A message is not sent"),
        "sms_failed",
        (
            N_("Check that the instance is connected."),
            N_("Check the number: with area code, and on WhatsApp."),
            N_("Read the note on the message: it says why, and when to try again."),
            N_("Start with people who know you. Daily limits protect your account."),
        ),
        Way("messages.py", N_("Open the conversations"), ":material/chat_bubble:"),
    ),
    Task(
        "report",
        N_("Send a report"),
        "assignment",
        (
            N_("Open the checks and press **Copy the report**."),
            N_("Paste it into a message to whoever helps you."),
            N_("It has no names, phone numbers or message texts."),
        ),
        Way("diagnostics.py", N_("Open the checks"), ":material/monitor_heart:"),
    ),
)
SERVER: Final = N_("For whoever runs the server")


def draw_tasks_links() -> None:
    """Draw a link to each task further down."""
    links = [(task.name, task.title) for task in TASKS] + [("server", SERVER)]
    items = "".join(f'<li><a href="#{name}">{escape_html(_(title))}</a></li>' for name, title in links)
    label = escape_html(_("On this page"))
    st.html(f'<nav class="wa-tasks" aria-label="{label}"><ul>{items}</ul></nav>')


def draw_heading(task: Task) -> None:
    """Draw the heading that the links lead to."""
    symbol = f'<span class="wa-symbol" aria-hidden="true">{task.symbol}</span>'
    st.html(f'<h2 class="wa-task" id="{task.name}">{symbol}{escape_html(_(task.title))}</h2>')


def draw_server_heading() -> None:
    """Draw the heading above what concerns the server."""
    st.html(f'<h2 class="wa-task" id="server">{escape_html(_(SERVER))}</h2>')


def draw_task(task: Task) -> None:
    """Draw what to do, and the way to where it is done."""
    st.markdown("\n".join(f"- {_(step)}" for step in task.steps))
    if task.way is not None:
        with st.container(key=f"way-{task.name}"):
            st.page_link(task.way.page, label=_(task.way.label), icon=task.way.icon)
