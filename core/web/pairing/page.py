"""What the page of a pairing link looks like in each step: plain HTML, and a script that asks for the next.

Nothing on it leads into the app, and nothing in it names a number, another instance or the link's secret.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from core.locale import translation
from core.models.instance import ShowPairingCode, ShowQr
from core.services.pairing.guest import Stage, Step
from core.services.pairing.qr_svg import qr_svg
from core.services.phone_numbers import PhoneNumber
from core.web.auth.headers import closed_policy, source_hash
from core.web.auth.public_paths import PAIR, PAIR_AGAIN, PAIR_CODE
from core.web.auth.sign_in_page import STYLES, PageFrame, framed_page

_STYLE: Final = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_SCRIPT: Final = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
_POLICY: Final = f"{closed_policy([*STYLES, _STYLE])}; script-src {source_hash(_SCRIPT)}; connect-src 'self'"
_HEAD: Final = f'<style>{_STYLE}</style><script type="module">{_SCRIPT}</script>'
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_STATUS: Final = {
    Step.UNKNOWN: 404,
    Step.TAKEN: 403,
    Step.REVOKED: 410,
    Step.EXPIRED: 410,
    Step.GONE: 410,
}
Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Guest:
    """Who looks at the page, and at which link, in which way."""

    frame: PageFrame
    link_id: str
    way: str
    """``code`` or ``qr``: what is shown first."""
    query: tuple[tuple[str, str], ...]
    """What of the address goes along from page to page."""

    def address(self, path: str, **more: str) -> str:
        """Return a path of ours with that query, for an attribute in HTML."""
        return escape(f"{path}?{urlencode({**dict(self.query), **more})}", quote=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed as a number and could not be taken."""

    text: str = ""
    error: str = ""
    """A sentence, already translated."""
    offered: tuple[PhoneNumber, ...] = ()
    """Numbers that it may mean."""


def step_page(guest: Guest, stage: Stage, *, typed: Typed | None = None, status: int = 0) -> HTMLResponse:
    """Return the whole page for that step; ``typed`` is told beside the field for the number."""
    part = step_part(guest, stage, typed=typed)
    return _page(guest, part, status or _STATUS.get(stage.step, 200))


def step_part(guest: Guest, stage: Stage, *, typed: Typed | None = None) -> str:
    """Return the part of the page that changes from step to step, as HTML."""
    _ = translation(guest.frame.language).gettext
    if stage.step is Step.CODES:
        return _codes(guest, stage, typed or Typed())
    if stage.step is Step.NOT_OPENED:
        return _part(_entrance(guest), key=stage.step)
    if stage.step is Step.PAUSED:
        body = _heading(_("The codes are not on the screen now"), stage.name) + _paragraph(
            _("They work for two minutes and a half. Have WhatsApp open on the phone, then ask for new ones.")
        )
        press = escape(_("Show new codes"))
        form = f'<form method="post" action="{guest.address(PAIR_AGAIN)}"><button>{press}</button></form>'
        return _part(body + form, key=stage.step, live=True, opened=True)
    if stage.step is Step.PREPARING:
        body = _heading(_("Opening the connection to WhatsApp…"), stage.name)
        return _part(body + _paragraph(_("It takes a few seconds.")), key=stage.step, live=True, opened=True)
    title, *sentences = _endings(_)[stage.step]
    body = _heading(title) + "".join(map(_paragraph, sentences))
    return _part(body, key=stage.step, live=stage.step is Step.BLOCKED)


def notice_page(guest: Guest, title: str, *sentences: str, status: int, live: bool = False) -> HTMLResponse:
    """Return a page with words that are translated already; ``live``: another step follows by itself."""
    body = _heading(title) + "".join(map(_paragraph, sentences))
    return _page(guest, _part(body, key="notice", live=live), status)


def _page(guest: Guest, part: str, status: int) -> HTMLResponse:
    _ = translation(guest.frame.language).gettext
    offline = _("No connection right now: this page goes on by itself when there is one.")
    without = _("Turn on JavaScript in this browser to use this page.")
    body = (
        f'<noscript><p class="error">{escape(without)}</p></noscript>'
        f'<p class="error" id="offline" hidden>{escape(offline)}</p>'
        f'<p class="hidden" id="said" role="status"></p><div id="live">{part}</div>'
    )
    again = f"{PAIR}?{urlencode([pair for pair in guest.query if pair[0] != 'lang'])}"
    frame = replace(guest.frame, head=_HEAD, policy=_POLICY)
    response = framed_page(frame, _("Connect WhatsApp"), body, status=status, again=again)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _part(body: str, *, key: str, live: bool = False, opened: bool = False) -> str:
    marks = ' data-live="1"' * live + ' data-opened="1"' * opened
    return f'<div id="part" data-key="{key}"{marks}>{body}</div>'


def _heading(title: str, name: str = "") -> str:
    """Return the step's title, and the instance it is about."""
    about = f'<p class="lead"><bdi>{escape(name)}</bdi></p>' if name else ""
    return f'<h1 tabindex="-1" id="title">{escape(title)}</h1>{about}'


def _paragraph(sentence: str) -> str:
    return f"<p>{_with_bold(sentence)}</p>"


def _with_bold(sentence: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", escape(sentence))


def _steps(*steps: str) -> str:
    return f"<ol>{''.join(f'<li>{_with_bold(step)}</li>' for step in steps)}</ol>"


def _timed(sentence: str, seconds: float, *, key: str) -> str:
    """Return a sentence whose ``{time}`` counts down, as a small paragraph."""
    left = max(0, round(seconds))
    shown = f"{left // 60}:{left % 60:02}"  # as the script does
    clock = f'<span class="time" id="{key}" data-seconds="{left}">{shown}</span>'
    return f'<p class="small">{escape(sentence).format(time=clock)}</p>'


# -- before the link is opened -----------------------------------------------------------------------------
def _entrance(guest: Guest) -> str:
    """Return what is asked before anything is shown; programs that make previews stop here."""
    _ = translation(guest.frame.language).gettext
    asked = _("You were asked to connect a WhatsApp number to **{app}**.").format(
        app=guest.frame.name.replace("*", "")
    )
    meaning = _(
        "Whoever runs it will then read and write messages with that number, until you remove it in WhatsApp."
    )
    trust = _("Go on only if the number is yours and you know who sent you this link.")
    once = _("The link works in one browser only: go on where you want to finish.")
    cut = _("A part of the address is missing. Copy the whole link and open it again.")
    heading, go_on = _heading(_("Connect WhatsApp")), escape(_("Continue"))
    return (
        f'{heading}<p class="error" id="incomplete" role="alert" hidden>{escape(cut)}</p>'
        f'{_paragraph(asked)}<p class="warning">{escape(meaning)} {escape(trust)}</p>'
        f'<form id="enter" method="post" action="{guest.address(PAIR)}">'
        f'<input type="hidden" name="secret"><button>{go_on}</button></form>'
        f'<p class="small">{escape(once)}</p>'
    )


# -- the codes ---------------------------------------------------------------------------------------------
def _codes(guest: Guest, stage: Stage, typed: Typed) -> str:
    _ = translation(guest.frame.language).gettext
    if guest.way == "qr" and stage.qr is not None:
        key, body = _qr_way(guest, stage, stage.qr)
    elif stage.code is not None:
        key, body = _code_way(guest, stage, stage.code)
    elif stage.awaits_code:
        key = "asking"
        body = _heading(_("Asking WhatsApp for the code…"), stage.name) + _paragraph(
            _("It takes a few seconds.")
        )
    else:
        key, body = _number_way(guest, stage, typed)
    ends = _timed(_("This page works for {time} more."), stage.left_s, key="ends")
    return _part(body + ends, key=key, live=True, opened=True)


def _qr_way(guest: Guest, stage: Stage, qr: ShowQr) -> tuple[str, str]:
    _ = translation(guest.frame.language).gettext
    picture, _width = qr_svg(qr.code)
    label = escape(_("QR code to link WhatsApp to this instance"), quote=True)
    follows = _("A new code appears by itself in {time}.")
    if qr.index >= qr.total:
        follows = _("The last of these codes works for {time}.")
    body = (
        _heading(_("Scan with the phone that has WhatsApp"), stage.name)
        + f'<div class="qr" role="img" aria-label="{label}">{picture}</div>'
        f"{_timed(follows, qr.expires_at - time.time(), key='next')}"
        + _steps(
            _("Open **WhatsApp** on the phone"),
            _("Tap ⋮ (Android) or **Settings** (iPhone)"),
            _("Tap **Linked devices**, then **Link a device**"),
            _("Point the camera at the code: this page changes by itself"),
        )
        + _switch(guest, "code", _("Use a code of 8 letters"))
    )
    return f"qr-{_mark(qr.code)}", body


def _code_way(guest: Guest, stage: Stage, code: ShowPairingCode) -> tuple[str, str]:
    _ = translation(guest.frame.language).gettext
    shown = f"{code.code[:4]}-{code.code[4:]}"
    words = {"label": _("Copy the code"), "done": _("Copied ✓"), "selected": _("Selected: copy it now")}
    data = "".join(f' data-{name}="{escape(text, quote=True)}"' for name, text in words.items())
    body = (
        _heading(_("Type this code into WhatsApp"), stage.name)
        + f'<p class="code" translate="no"><code>{escape(shown)}</code></p>'
        + _timed(_("It works for {time}."), code.expires_at - time.time(), key="valid")
        + f'<button type="button" id="copy" data-copy="{escape(shown, quote=True)}"{data}>'
        f"{escape(words['label'])}</button>"
        + _steps(
            _("WhatsApp → **Linked devices**"),
            _("**Link a device** → **Link with phone number instead**"),
            _("Paste the code: this page changes by itself"),
        )
        + _switch(guest, "qr", _("Show the QR code"))
    )
    return f"code-{_mark(code.code)}", body


def _number_way(guest: Guest, stage: Stage, typed: Typed) -> tuple[str, str]:
    _ = translation(guest.frame.language).gettext
    error = typed.error
    if not error and stage.code_failed:
        error = _("WhatsApp did not give a code for this number. Check the number, or use the QR code.")
    told = f'<p class="error" id="error" role="alert">{escape(error)}</p>' if error else ""
    described = ' aria-describedby="error" aria-invalid="true"' if error else ""
    form = f'<form method="post" action="{guest.address(PAIR_CODE)}">'
    use, label, press = _("Use {number}?"), escape(_("Number of the phone")), escape(_("Get the code"))
    offers = "".join(
        f'<button class="second" name="number" value="{escape(each.shown, quote=True)}">'
        f"{escape(use.format(number=each.shown))}</button>"
        for each in typed.offered
    )
    body = (
        _heading(_("Link with a code"), stage.name)
        + told
        + _paragraph(_("No camera is needed: ask for a code and type it into WhatsApp."))
        + (f"{form}{offers}</form>" if offers else "")
        + f'{form}<label for="number">{label}</label><input id="number" name="number" type="tel"'
        f' autocomplete="tel" inputmode="tel" maxlength="60" required placeholder="+55 11 91234-5678"'
        f' value="{escape(typed.text, quote=True)}"{described}><button>{press}</button></form>'
        + _switch(guest, "qr", _("Show the QR for another phone to scan"))
    )
    return f"number-{int(stage.code_failed)}", body


def _switch(guest: Guest, way: str, label: str) -> str:
    address = guest.address(PAIR, way=way)
    return f'<a class="button second" id="switch" href="{address}">{escape(label)}</a>'


def _mark(code: str) -> str:
    """Return what tells one code from the next without giving it away."""
    return hashlib.sha256(code.encode()).hexdigest()[:12]


# -- ends --------------------------------------------------------------------------------------------------
def _endings(_: Words) -> dict[Step, tuple[str, ...]]:
    """Return a title and sentences for each step in which no code is shown."""
    ask = _("Ask the person who sent it for a new one.")
    return {
        Step.LINKED: (
            _("Done: this phone is connected"),
            _("You may close this page."),
            _(
                "To end the connection, open **WhatsApp** on the phone, tap **Linked devices**, and remove "
                "it there."
            ),
        ),
        Step.REVOKED: (_("This link was taken back"), ask),
        Step.EXPIRED: (_("This link does not work any more"), _("It works once, for ten minutes."), ask),
        Step.GONE: (
            _("This link does not work any more"),
            _("What it would have connected was deleted."),
            ask,
        ),
        Step.TAKEN: (
            _("This link is open on another device"),
            _("It works in one browser only: go on where it was opened first."),
            ask,
        ),
        Step.UNKNOWN: (
            _("This link does not work"),
            _("The address is not complete, or the link is an old one."),
            ask,
        ),
        Step.BLOCKED: (
            _("WhatsApp restricts this account now"),
            _("New tries would make that longer. Tell the person who sent you this link."),
        ),
    }
