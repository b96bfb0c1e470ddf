"""``/pair``: the page of a pairing link, for a person who is not signed in.

It is plain HTML beside the app, so that the app, its websocket and its files stay shut to that person. The
link's id stands in the query and opens nothing. Its secret stands behind the ``#``, which browsers send
nowhere; a press sends it in a form and binds the link to the browser's cookie. What only fetches the address,
such as a program that makes previews, gets a page without any code.
"""

from __future__ import annotations

import math
import secrets
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import AppError, InvalidInputError, LimitReachedError
from core.locale import translation
from core.services.pairing import guest as guests
from core.services.pairing.guest import Stage, Step
from core.services.pairing.link_table import REMEMBERED_S, SECRET_LIMIT
from core.services.phone_numbers import regions_of, suggest_numbers
from core.settings import LANGUAGES
from core.web.auth import request as client
from core.web.auth.authenticator import Authenticator
from core.web.auth.cookies import Cookies
from core.web.auth.forms import FormError, FormReader
from core.web.auth.lockout import Lockout
from core.web.auth.public_paths import PAIR, PAIR_AGAIN, PAIR_CODE, PAIR_PART
from core.web.auth.sign_in import frame_of
from core.web.pairing.page import Guest, Typed, notice_page, step_page, step_part
from core.web.requests.headers import PHONE

_FOREIGN: Final = frozenset({"cross-site", "same-site"})
_WAYS: Final = ("code", "qr")


class PairingPages:
    """The page of a link and what is pressed on it. Threading: the event loop's thread."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._settings = authenticator.settings
        self._cookies = Cookies(authenticator.settings)
        self._reader = FormReader()
        # Not the one of the password: strangers with bad links must not keep the owner out.
        self._lockout = Lockout()

    def routes(self) -> list[Route]:
        """Return what the app has to serve."""
        return [
            Route(PAIR, self._show, methods=["GET"]),
            Route(PAIR, self._open, methods=["POST"]),
            Route(PAIR_PART, self._part, methods=["GET"]),
            Route(PAIR_CODE, self._ask_code, methods=["POST"]),
            Route(PAIR_AGAIN, self._show_again, methods=["POST"]),
            # Reached by a reload of what a press answered with.
            Route(PAIR_CODE, self._back, methods=["GET"]),
            Route(PAIR_AGAIN, self._back, methods=["GET"]),
        ]

    async def _show(self, request: Request) -> Response:
        guest = self._guest(request)
        if (refusal := self._not_now(request, guest)) is not None:
            return refusal
        cookie = self._cookie(request)
        stage = guests.stage(guest.link_id, cookie)
        taken = stage.step is Step.TAKEN
        response = self._refuse(request, guest, stage) if taken else step_page(guest, stage)
        if not cookie:
            # Before the press: the other half of a double press must find it.
            self._keep(request, response, secrets.token_urlsafe(32))
        return response

    async def _part(self, request: Request) -> Response:
        guest = self._guest(request)
        if not self._settings.pairing_links or not guests.ready():
            return PlainTextResponse("not now", 503)
        return HTMLResponse(step_part(guest, guests.stage(guest.link_id, self._cookie(request))))

    async def _open(self, request: Request) -> Response:
        guest = self._guest(request)
        if (refusal := self._not_now(request, guest)) is not None:
            return refusal
        _ = translation(guest.frame.language).gettext
        cookie = self._cookie(request)
        if not cookie:
            title, what = _("This browser keeps no cookies"), _("Open the link in another browser.")
            return notice_page(guest, title, what, status=400)
        secret = (await self._fields(request)).get("secret", "")
        address = client.address(request.scope, self._settings)
        step = await anyio.to_thread.run_sync(
            lambda: guests.open_link(guest.link_id, secret, guest=cookie, address=address)
        )
        if step is not None:
            return self._refuse(request, guest, Stage(step))
        response = self._redirect(guest)
        self._keep(request, response, cookie)
        return response

    async def _ask_code(self, request: Request) -> Response:
        guest, cookie = self._guest(request), self._cookie(request)
        if (refusal := self._not_now(request, guest)) is not None:
            return refusal
        typed = (await self._fields(request)).get("number", "")
        try:
            guests.ask_code(guest.link_id, cookie, typed)
        except InvalidInputError:
            return self._number_refused(request, guest, typed)
        except LimitReachedError:
            return self._too_much(guest)
        except AppError:
            return self._redirect(guest)  # which says how the link stands
        return self._redirect(guest, way="code")

    async def _show_again(self, request: Request) -> Response:
        guest = self._guest(request)
        if (refusal := self._not_now(request, guest)) is not None:
            return refusal
        try:
            guests.show_again(guest.link_id, self._cookie(request))
        except LimitReachedError:
            return self._too_much(guest)
        except AppError:
            pass
        return self._redirect(guest)

    async def _back(self, request: Request) -> Response:
        return self._redirect(self._guest(request))

    # -- answers -------------------------------------------------------------------------------------------
    def _not_now(self, request: Request, guest: Guest) -> Response | None:
        """Return the answer while no link can be used, or to a page of another site; else None."""
        _ = translation(guest.frame.language).gettext
        if client.header(request.scope, b"sec-fetch-site") in _FOREIGN and request.method == "POST":
            return PlainTextResponse("only pages of this app may do that", 403)
        if not self._settings.pairing_links:
            title = _("Links like this one are turned off here")
            return notice_page(guest, title, _("Tell the person who sent it to you."), status=404)
        if not guests.ready():
            title, what = _("One moment: the app is starting"), _("This page goes on by itself.")
            return notice_page(guest, title, what, status=503, live=True)
        return None

    def _refuse(self, request: Request, guest: Guest, stage: Stage) -> Response:
        """Answer a browser that may not use the link; wrong secrets and second devices are counted."""
        if stage.step not in (Step.UNKNOWN, Step.TAKEN):
            return step_page(guest, stage)
        address = client.address(request.scope, self._settings)
        wait = math.ceil(self._lockout.begin(client.lockout_key(address), known=False))
        if not wait:
            guests.note_refusal(guest.link_id, address)
            return step_page(guest, stage)
        _ = translation(guest.frame.language).gettext
        title = _("Too many tries from this connection")
        again = _("Try again in {seconds} seconds.").format(seconds=wait)
        response = notice_page(guest, title, again, status=429)
        response.headers["Retry-After"] = str(wait)
        return response

    def _number_refused(self, request: Request, guest: Guest, typed: str) -> Response:
        _ = translation(guest.frame.language).gettext
        locale = client.header(request.scope, b"accept-language")[:5]
        offered = suggest_numbers(typed, regions=regions_of("", locale))
        error = _("This is not a whole number. Type it with country and area code: +55 11 91234-5678.")
        if offered:
            error = _("The country code is missing. Is one of these the number?")
        stage = guests.stage(guest.link_id, self._cookie(request))
        return step_page(guest, stage, typed=Typed(typed[:60], error, offered), status=400)

    @staticmethod
    def _too_much(guest: Guest) -> Response:
        _ = translation(guest.frame.language).gettext
        title = _("Too many tries with this link")
        return notice_page(guest, title, _("Ask the person who sent it for a new one."), status=429)

    @staticmethod
    def _redirect(guest: Guest, way: str = "") -> Response:
        address = guest.address(PAIR, **({"way": way} if way else {})).replace("&amp;", "&")
        return RedirectResponse(address, 303, headers={"Referrer-Policy": "no-referrer"})

    # -- requests ------------------------------------------------------------------------------------------
    def _guest(self, request: Request) -> Guest:
        asked = request.query_params
        frame, way = frame_of(request.scope, self._settings), asked.get("way", "")
        link_id = asked.get("l", "")[:SECRET_LIMIT]
        kept = [("l", link_id), ("way", way if way in _WAYS else ""), ("lang", asked.get("lang", ""))]
        if kept[2][1] not in LANGUAGES:
            kept.pop()
        phone = client.header(request.scope, PHONE) == "?1"
        chosen = way if way in _WAYS else ("code" if phone else "qr")
        return Guest(frame, link_id, chosen, tuple(pair for pair in kept if pair[1]))

    async def _fields(self, request: Request) -> dict[str, str]:
        try:
            return await self._reader.read(request)
        except FormError:
            return {}

    def _cookie(self, request: Request) -> str:
        cookie = self._cookies.get(request, client.PAIRING_COOKIE)
        return cookie if len(cookie) <= SECRET_LIMIT else ""

    def _keep(self, request: Request, response: Response, cookie: str) -> None:
        self._cookies.put(request, response, client.PAIRING_COOKIE, cookie, int(REMEMBERED_S))
