"""The pages before the app: signing in, signing out, and how to set a password. Plain HTML, no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from core.locale import translation
from core.settings import LANGUAGES
from core.web.auth.headers import closed_policy

_TAGS: Final = {"pt_BR": "pt-BR", "en": "en"}
_NAMES: Final = {"pt_BR": "Português", "en": "English"}
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#0b6e5d"/><path fill="#fff" '
    'd="M9 8h14a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-8l-5 4v-4H9a3 3 0 0 1-3-3v-8a3 3 0 0 1 3-3z"/>'
    "</svg>"
)
_STYLE: Final = Path(__file__).with_name("sign_in.css").read_text(encoding="utf-8")
_POLICY: Final = closed_policy([_STYLE])


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What the sign-in page needs to know."""

    token: str
    """Proves that the form came from us."""
    next: str
    """Where to go afterwards; checked."""
    password: bool
    """Whether there is a password to be typed."""
    oidc: bool
    """Whether there is a provider to be sent to."""
    error: str = ""
    """A sentence, already translated."""
    note: str = ""
    """The same, when it is no error."""


def preferred_language(accepted: str, default: str, chosen: str = "") -> str:
    """Return our language that ``Accept-Language`` likes best, unless one was ``chosen`` on the page."""
    if chosen in LANGUAGES:
        return chosen
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        for language in LANGUAGES:
            if quality > 0 and tag.lower().partition("-")[0] == language[:2].lower():
                wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else default


def sign_in_page(language: str, form: SignInForm, *, status: int = 200) -> HTMLResponse:
    """Return the form with the password, a link to the provider, or both."""
    _ = translation(language).gettext
    title = _("Sign in")
    parts = [f"<h1>{escape(title)}</h1>", _told(form.error, form.note)]
    if form.password:
        parts.append(_password_form(language, form))
    if form.oidc:
        kind = "button second" if form.password else "button"
        where = escape(urlencode({"next": form.next}), quote=True)
        label = _("Sign in with your organisation")
        parts.append(f'<a class="{kind}" href="/login/oidc?{where}">{escape(label)}</a>')
    if form.password:
        question = _("Where do I find the password?")
        ask = _("Ask the owner of this app for it.")
        answer = _(
            "If you are the owner: it is the setting {name}. On Render, it is on the page of the service, "
            "under Environment. Changing it there signs everybody out."
        )
        told = f"<p>{escape(ask)}</p><p>{_marked(answer)}</p>"
        parts.append(f"<details><summary>{escape(question)}</summary>{told}</details>")
    return _page(language, title, "".join(parts), status=status, query={"next": form.next})


def _password_form(language: str, form: SignInForm) -> str:
    _ = translation(language).gettext
    # Password managers keep a password under a name; there is one person here.
    label, press, owner = _("Password"), _("Sign in"), _("owner")
    described = ' aria-describedby="error" aria-invalid="true"' if form.error else ""
    return (
        '<form method="post" action="/login">'
        f'<input class="hidden" type="text" name="username" value="{escape(owner, quote=True)}" '
        'autocomplete="username" tabindex="-1" aria-hidden="true" readonly>'
        f'<label for="password">{escape(label)}</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" '
        f'maxlength="256" required autofocus{described}>'
        f'<input type="hidden" name="token" value="{escape(form.token, quote=True)}">'
        f'<input type="hidden" name="next" value="{escape(form.next, quote=True)}">'
        f"<button>{escape(press)}</button></form>"
    )


def sign_out_page(language: str) -> HTMLResponse:
    """Return the question whether to sign out here or everywhere."""
    _ = translation(language).gettext
    title, back = _("Sign out?"), _("Back to the app")
    here, everywhere = _("Sign out on this browser"), _("Sign out on every device")
    body = (
        f'<h1>{escape(title)}</h1><form method="post" action="/logout"><button>{escape(here)}</button>'
        f'<button class="second" name="everywhere" value="1">{escape(everywhere)}</button></form>'
        f'<p><a href="/">{escape(back)}</a></p>'
    )
    return _page(language, title, body)


def no_password_page(language: str) -> HTMLResponse:
    """Return the page for a visitor from elsewhere while there is no password: what to do about it."""
    _ = translation(language).gettext
    title = _("This app has no password yet")
    ask = _("Ask the owner of this app to set a password. Then come back to this page.")
    owner = _("If you are the owner")
    why = _("Without a password, these pages open only on the computer that runs the app.")
    there = _("On that computer, a sign-in link opens the app: {command} prints one.")
    body = (
        f"<h1>{escape(title)}</h1><p>{escape(ask)}</p><h2>{escape(owner)}</h2>"
        f"<p>{escape(why)} {_marked(there)}</p>{_password_ways(language)}"
    )
    return _page(language, title, body, status=403)


def link_page(language: str, *, error: str = "", note: str = "", is_in: bool = False) -> HTMLResponse:
    """Return the page that says how to get a sign-in link; ``is_in``: this browser is signed in already."""
    _ = translation(language).gettext
    title = _("Open this app with its sign-in link")
    ask = _("Ask the owner of this app for a sign-in link: it works once.")
    owner = _("If you are the owner")
    steps = (
        _("Open a terminal in the folder of the app, type {command} and press Enter."),
        _("Open the address that it prints, on this computer. This browser is signed in then."),
    )
    start = _(
        "Or use the line that begins with {line}, in the window where the app was started. It works once."
    )
    question = _("Would you rather use a password?")
    back = f'<a class="button" href="/">{escape(_("Back to the app"))}</a>' if is_in else ""
    body = (
        f"<h1>{escape(title)}</h1>{_told(error, note)}<p>{escape(ask)}</p><h2>{escape(owner)}</h2>"
        f"<ol>{''.join(f'<li>{_marked(step)}</li>' for step in steps)}</ol><p>{_marked(start)}</p>{back}"
        f"<details><summary>{escape(question)}</summary>{_password_ways(language)}</details>"
    )
    return _page(language, title, body, status=403)


def _password_ways(language: str) -> str:
    """Return the two ways to set a password, each under a heading: one is enough."""
    _ = translation(language).gettext
    ways = {
        _("On Render"): _(
            "Open the page of the service, then Environment. Add {name} with a password of at least 10 "
            "characters and save. The app restarts by itself."
        ),
        _("Anywhere else"): _("Set the environment variable {name} and start the app again."),
    }
    after = _("Then reload this page and sign in with that password.")
    told = "".join(f"<h3>{escape(where)}</h3><p>{_marked(how)}</p>" for where, how in ways.items())
    return f"{told}<p>{escape(after)}</p>"


def _marked(sentence: str) -> str:
    """Return the sentence as HTML, with what is to be typed or looked for in the type of code."""
    words = {"name": "APP_PASSWORD", "command": "make link", "line": "Sign in:"}
    return escape(sentence).format(**{key: f"<code>{word}</code>" for key, word in words.items()})


def _told(error: str, note: str) -> str:
    if error:
        return f'<p class="error" id="error" role="alert">{escape(error)}</p>'
    return f'<p class="note" role="status">{escape(note)}</p>' if note else ""


def _page(
    language: str, title: str, body: str, *, status: int = 200, query: Mapping[str, str] | None = None
) -> HTMLResponse:
    _: Callable[[str], str] = translation(language).gettext
    name = _("WhatsApp instances")
    links = " · ".join(
        f'<a href="?{escape(urlencode({**(query or {}), "lang": each}), quote=True)}" lang="{_TAGS[each]}">'
        f"{_NAMES[each]}</a>"
        if each != language
        else f"<span>{_NAMES[each]}</span>"
        for each in LANGUAGES
    )
    icon = ICON.replace("#", "%23").replace('"', "'")
    html = (
        f'<!doctype html><html lang="{_TAGS[language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:image/svg+xml,{icon}"><title>{escape(title)} · {escape(name)}</title>'
        f"<style>{_STYLE}</style></head><body><main>"
        f'<p class="brand">{ICON.replace("<svg", "<svg aria-hidden=true")}<span>{escape(name)}</span></p>'
        f"{body}</main><footer>{links}</footer></body></html>"
    )
    return HTMLResponse(html, status, headers={"Content-Security-Policy": _POLICY})
