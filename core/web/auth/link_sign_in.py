"""``/login`` while there is no password: the sign-in link, and the page that says how to get one."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from core.locale import translation
from core.models.access import Session, SignInMethod, Visitor
from core.models.audit import Action
from core.models.codes import SignInCode
from core.services import audit
from core.web.auth import request as client
from core.web.auth.authenticator import Authenticator
from core.web.auth.public_paths import SIGN_IN
from core.web.auth.sign_in import SignIn
from core.web.auth.sign_in_page import link_page

# Browsers ask for addresses that a person may open next, and programs for previews of them.
_PURPOSES: Final = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")


class LinkSignIn:
    """Signs in who opens the link. Threading: the event loop's thread.

    One GET is enough, as in Jupyter: a page with a button would ask a person for one press more to keep out
    no one, since anyone with the address can press it too. What only looks ahead (prefetch, preview, HEAD)
    does not use the link up.
    """

    def __init__(self, authenticator: Authenticator, sign_in: SignIn) -> None:
        self._authenticator = authenticator
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Return what the app serves in place of the form with the password."""
        return [Route(SIGN_IN, self._show, methods=["GET", "POST"])]

    async def _show(self, request: Request) -> Response:
        word = request.query_params.get("link")
        if word is None or request.method != "GET":
            return self._page(request)
        response = await self._open(request, word)
        # The address must not reach the next page, nor a history that others read.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def _open(self, request: Request, word: str) -> Response:
        if _looks_ahead(request.scope):
            return Response(status_code=503)
        if await self._authenticator.link.use(word):
            return await self._sign_in.admit(request, SignInMethod.LINK, who="", wanted="/")
        address = client.address(request.scope, self._authenticator.settings)
        audit.note(Action.SIGN_IN_REFUSED, visitor=Visitor(SignInMethod.LINK, "", address, 0.0))
        return self._page(request, spent=True)

    def _page(self, request: Request, *, spent: bool = False) -> Response:
        frame = self._sign_in.frame(request)
        _ = translation(frame.language).gettext
        worn_out = _("This link does not work any more: it was used already, or there is a newer one.")
        response = link_page(
            frame,
            error=worn_out if spent else "",
            note=_("You are signed out.") if SignInCode.OUT in request.query_params else "",
            is_in=isinstance(request.scope.get("visitor"), Session),
        )
        self._sign_in.keep_language(request, response)
        return response


def _looks_ahead(scope: Scope) -> bool:
    """Return True for a request that no person's opening of the address has made."""
    if any(client.header(scope, name) for name in _PURPOSES):
        return True
    return client.header(scope, b"sec-fetch-dest") not in ("", "document")
