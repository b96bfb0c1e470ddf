"""The steps of the guide, for the host that the app runs on, each ticked by checks that just ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from core.models.diagnostics import Check, Verdict
from core.models.persistence import GuideCheck, HostKind, PersistenceStatus
from core.services import persistence
from pages.ui.escape import escape_html
from pages.ui.i18n import N_, _
from pages.ui.texts.guide import FINDINGS, NOT_YET, QUESTIONS, SEE_STEPS
from pages.ui.texts.message import Message
from pages.ui.widgets.check_list import draw_checks, mark_html, worst

AUTH_DIR_LINE: Final = "AUTH_DIR=/data/whatsapp_auth"
LOG_LINES: Final = (
    "Created new auth directory for instance XXX at /data/whatsapp_auth/XXX",
    "Restoring session of instance XXX from /data/whatsapp_auth/XXX",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its title, and the codes of the checks that tell whether it is done."""

    title: str
    codes: tuple[GuideCheck, ...]
    code: str = ""
    """What to copy, after the first line."""


STEPS: Final = (
    Step(N_("Create the persistent disk"), (GuideCheck.DISK_ATTACHED, GuideCheck.MOUNTED_WHERE)),
    Step(
        N_("Point AUTH_DIR to it"),
        (GuideCheck.AUTH_DIR_SET, GuideCheck.AUTH_DIR_ON_DISK, GuideCheck.WRITABLE),
        AUTH_DIR_LINE,
    ),
    Step(
        N_("Deploy again, and see the sessions come back"),
        (GuideCheck.REDEPLOYED, GuideCheck.SESSIONS_RESTORED),
    ),
)

HOSTS: Final[Mapping[HostKind, str]] = {
    HostKind.RENDER: N_("Render"),
    HostKind.DOCKER: N_("Docker"),
    HostKind.FLY: N_("Fly.io"),
    HostKind.RAILWAY: N_("Railway"),
    HostKind.KUBERNETES: N_("Kubernetes"),
    HostKind.LOCAL: N_("A computer of your own"),
}
DISK: Final[Mapping[HostKind, tuple[str, ...]]] = {
    HostKind.RENDER: (
        N_(
            "Open the [Render dashboard](https://dashboard.render.com) and your web "
            "service, `api-whatsapp-ew`."
        ),
        N_("Open the tab **Disks** and press **Add Disk**. A disk needs a paid plan."),
        N_("Fill in **Name** `whatsapp-sessions`, **Mount Path** `/data`, **Size** 1 GB."),
        N_("Press **Save**. The disk can grow later, never shrink: 1 GB is enough to start with."),
    ),
    HostKind.DOCKER: (
        N_("Create a volume once: `docker volume create whatsapp-sessions`."),
        N_("Start the container with `-v whatsapp-sessions:/data`."),
    ),
    HostKind.FLY: (
        N_(
            "Create a volume of 1 GB in the region of the machine: `fly volumes create "
            "whatsapp_sessions --size 1`."
        ),
        N_(
            'In `fly.toml`, under `[mounts]`, set `source = "whatsapp_sessions"` and `destination = "/data"`.'
        ),
    ),
    HostKind.RAILWAY: (N_("Attach a **Volume** to the service, with the mount path `/data`."),),
    HostKind.KUBERNETES: (
        N_("Create a PersistentVolumeClaim of 1 GB and mount it at `/data`. An `emptyDir` does not last."),
        N_("Let one pod run at a time: `replicas: 1` and the strategy `Recreate`."),
    ),
    HostKind.LOCAL: (
        N_("Nothing to do: the connections are on this computer’s disk."),
        N_("Make a copy of it now and then: a disk can break."),
    ),
}
VARIABLE: Final[Mapping[HostKind, tuple[str, ...]]] = {
    HostKind.RENDER: (
        N_("Open the tab **Environment** of the service and add, or edit, this variable:"),
        N_("Press **Save Changes**."),
    ),
    HostKind.LOCAL: (N_("Only if the sessions should be somewhere else: set this variable to that folder."),),
}
_ANY_VARIABLE: Final = (N_("Set this variable for the service or container:"),)
DEPLOY: Final[Mapping[HostKind, tuple[str, ...]]] = {
    HostKind.RENDER: (
        N_("Render deploys by itself after the change. Wait until this page comes back."),
        N_("Then deploy once more (**Manual Deploy**). Surviving a second deploy proves it."),
    ),
    HostKind.LOCAL: (N_("Restart the app once. Every instance comes back connected, without a QR code."),),
}
_ANY_DEPLOY: Final = (
    N_("Deploy, or create the container again, and wait until this page comes back."),
    N_("Repeat it once. Surviving a second deploy proves it."),
)


_HERE: Final[Mapping[str, Message]] = {
    code: replace(message, next_step="") if message.next_step in SEE_STEPS else message
    for code, message in FINDINGS.items()
}
"""Inside a step there is no need to point to it."""


def is_to_do() -> bool:
    """Return whether the connections are at risk, so that the steps are what a visitor came for."""
    return persistence.persistence().status is PersistenceStatus.RED


def draw_steps() -> None:
    """Draw the three steps with their ticks, and the lines of the log that show the same."""
    detected = persistence.persistence().host
    hosts = list(HOSTS)
    host = st.selectbox(
        _("Where the app runs"),
        hosts,
        index=hosts.index(detected),
        format_func=lambda kind: _(HOSTS[kind]),
        key="guide-host",
        width=280,
    )
    checks = {check.code: _as_step(check) for check in persistence.guide()}
    texts = (DISK[host], VARIABLE.get(host, _ANY_VARIABLE), DEPLOY.get(host, _ANY_DEPLOY))
    for number, (step, lines) in enumerate(zip(STEPS, texts, strict=True), 1):
        _draw_step(number, step, lines, [checks[code] for code in step.codes if code in checks], step.code)


def _as_step(check: Check) -> Check:
    """Return the check as something to do: a step that was not taken yet is no breakdown."""
    waits = check.verdict is Verdict.BAD and check.reason in NOT_YET
    return replace(check, verdict=Verdict.WARNING) if waits else check


def _draw_step(number: int, step: Step, lines: Sequence[str], checks: Sequence[Check], code: str) -> None:
    title = escape_html(f"{number}. {_(step.title)}")
    with st.container(border=True, key=f"step-{number}", gap="small"):
        st.html(f'<div class="wa-step"><h3>{title}</h3>{mark_html(worst(checks), "step")}</div>')
        first, others = lines[: 1 if code else None], lines[1:] if code else ()
        _draw_lines(first)
        if code:
            st.code(code, language=None)
        _draw_lines(others)
        draw_checks(
            _once_each(checks), questions=QUESTIONS, findings=_HERE, style="step", key=f"ticks-{number}"
        )


def _once_each(checks: Sequence[Check]) -> list[Check]:
    """Return the checks without those that only repeat what an earlier one of the step found."""
    first: dict[str, Check] = {}
    for check in checks:
        first.setdefault(check.reason or check.code, check)
    return list(first.values())


def _draw_lines(lines: Sequence[str]) -> None:
    if lines:
        st.markdown("\n".join(f"- {_(line)}" for line in lines))


def draw_log_lines() -> None:
    """Draw what the log says when a session is new, and when it was found again."""
    st.subheader(_("What the log says"), anchor=False)
    st.markdown(_("For each **new** instance, once:"))
    st.code(LOG_LINES[0], language=None, wrap_lines=True)
    st.markdown(_("For each instance that was **found again** after a restart or a deploy:"))
    st.code(LOG_LINES[1], language=None, wrap_lines=True)
    st.caption(
        _(
            "The first line shows where a session is kept. If it appears again for the same instance after a "
            "deploy, it proves the opposite: the folder was lost. The second line is the good sign."
        )
    )
