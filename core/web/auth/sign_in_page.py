"""The pages before the app: signing in, signing out, and how to set a password. Plain HTML, no script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from core.brand import mark_address
from core.locale import NAMES, tag, translation
from core.settings import LANGUAGES, Settings
from core.web.auth.headers import closed_policy
from core.web.auth.public_paths import SIGN_IN, SIGN_OUT
from core.web.typeface import STYLE as TYPEFACE_STYLE

_STYLE: Final = Path(__file__).with_name("sign_in.css").read_text(encoding="utf-8")
STYLES: Final = (_STYLE, TYPEFACE_STYLE)
"""What every page of these wears."""
_POLICY: Final = closed_policy(STYLES)


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
        asked, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        for language in LANGUAGES:
            if quality > 0 and asked.lower().partition("-")[0] == language[:2].lower():
                wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else default


def sign_in_page(frame: PageFrame, form: SignInForm, *, status: int = 200) -> HTMLResponse:
    """Return the form with the password, a link to the provider, or both."""
    _ = translation(frame.language).gettext
    title = _("Sign in")
    parts = [f"<h1>{escape(title)}</h1>", _told(form.error, form.note)]
    if form.password:
        parts.append(_password_form(frame.language, form))
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
    again = f"{SIGN_IN}?{urlencode({'next': form.next})}"
    return framed_page(frame, title, "".join(parts), status=status, again=again)


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


def sign_out_page(frame: PageFrame) -> HTMLResponse:
    """Return the question whether to sign out here or everywhere."""
    _ = translation(frame.language).gettext
    title, back = _("Sign out?"), _("Back to the app")
    here, everywhere = _("Sign out on this browser"), _("Sign out on every device")
    body = (
        f'<h1>{escape(title)}</h1><form method="post" action="/logout"><button>{escape(here)}</button>'
        f'<button class="second" name="everywhere" value="1">{escape(everywhere)}</button></form>'
        f'<p><a href="/">{escape(back)}</a></p>'
    )
    return framed_page(frame, title, body, again=SIGN_OUT)


def no_password_page(frame: PageFrame) -> HTMLResponse:
    """Return the page for a visitor from elsewhere while there is no password: what to do about it."""
    _ = translation(frame.language).gettext
    title = _("This app has no password yet")
    ask = _("Ask the owner of this app to set a password. Then come back to this page.")
    owner = _("If you are the owner")
    why = _("Without a password, these pages open only on the computer that runs the app.")
    there = _("On that computer, a sign-in link opens the app: {command} prints one.")
    body = (
        f"<h1>{escape(title)}</h1><p>{escape(ask)}</p><h2>{escape(owner)}</h2>"
        f"<p>{escape(why)} {_marked(there)}</p>{_password_ways(frame.language)}"
    )
    return framed_page(frame, title, body, status=403)


def link_page(frame: PageFrame, *, error: str = "", note: str = "", is_in: bool = False) -> HTMLResponse:
    """Return the page that says how to get a sign-in link; ``is_in``: this browser is signed in already."""
    _ = translation(frame.language).gettext
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
        f"<details><summary>{escape(question)}</summary>{_password_ways(frame.language)}</details>"
    )
    return framed_page(frame, title, body, status=403, again=SIGN_IN)


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


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What surrounds every page before the app."""

    language: str
    name: str
    mark: str
    """The address of a picture."""
    head: str = ""
    """HTML for the page's head."""
    policy: str = _POLICY
    """What the page may run and load (Content-Security-Policy)."""

    @classmethod
    def of(cls, settings: Settings, language: str) -> PageFrame:
        """Return that of the app with these settings."""
        return cls(language, settings.app_name, mark_address(settings.app_logo))


def framed_page(
    frame: PageFrame, title: str, body: str, *, status: int = 200, again: str = ""
) -> HTMLResponse:
    """Return a page; ``again`` is the address that draws it in another language, empty for where it stands.

    Without one nothing else of ours answers its visitor, not even with the typeface.
    """
    language, name = frame.language, escape(frame.name)
    links = "".join(
        f'<a href="{escape(_with_language(again, each), quote=True)}" lang="{tag(each)}">{NAMES[each]}</a>'
        if each != language
        else f'<span aria-current="true">{NAMES[each]}</span>'
        for each in LANGUAGES
    )
    styles = [_STYLE, *([TYPEFACE_STYLE] if again else ())]
    html = (
        f'<!doctype html><html lang="{tag(language)}" translate="no"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="google" content="notranslate">'
        f'<link rel="icon" href="{frame.mark}"><title>{escape(title)} · {name}</title>'
        f"{''.join(f'<style>{style}</style>' for style in styles)}{frame.head}</head><body>"
        f'<p class="brand"><img src="{frame.mark}" alt=""><span>{name}</span></p><main>'
        f"{body}</main><footer>{links}</footer></body></html>"
    )
    return HTMLResponse(html, status, headers={"Content-Security-Policy": frame.policy})


def _with_language(address: str, language: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}lang={language}"
