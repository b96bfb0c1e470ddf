"""The way in through an identity provider (OpenID Connect, authorization code with PKCE).

The provider says who a person is; our list says whether they may come in. Everything a flow has to remember
travels in a signed cookie of ten minutes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from contextlib import AbstractContextManager
from typing import Final

import anyio
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.models.access import SignInMethod, Visitor
from core.models.audit import Action
from core.models.codes import SignInCode
from core.services import audit
from core.settings import OidcSettings
from core.web.auth import request as client
from core.web.auth.authenticator import Authenticator
from core.web.auth.cookies import Cookies
from core.web.auth.oidc_limits import TooManyError, UsedFlows, WaitingLimit
from core.web.auth.public_paths import CALLBACK, LEAVE_FOR_PROVIDER
from core.web.auth.sessions import digest_of
from core.web.auth.sign_in import SignIn

log = logging.getLogger(__name__)

FLOW_S: Final = 600
_ANSWER_WITHIN_S: Final = 10.0
"""For all that the provider is asked about one person."""
_EMAIL_LIMIT: Final = 254


class _NotAllowedError(Exception):
    """An address that the provider vouches for, and that is not on the list."""


class Oidc:
    """Sends people to the provider and takes them back. Threading: the event loop's thread."""

    def __init__(self, authenticator: Authenticator, sign_in: SignIn, settings: OidcSettings) -> None:
        self._authenticator = authenticator
        self._sign_in = sign_in
        self._settings = settings
        self._cookies = Cookies(authenticator.settings)
        self._flows = URLSafeTimedSerializer(secrets.token_hex(32), salt="oidc-flow")
        self._used = UsedFlows(FLOW_S)
        self._leaving, self._coming = WaitingLimit(), WaitingLimit()
        from core.web.auth.oidc_client import Provider  # noqa: PLC0415  # it is large, and most do without

        self._provider = Provider(settings, timeout_s=_ANSWER_WITHIN_S)

    def routes(self) -> list[Route]:
        """Return what the app has to serve."""
        return [
            Route(LEAVE_FOR_PROVIDER, self._go, methods=["GET"]),
            Route(CALLBACK, self._come_back, methods=["GET"]),
        ]

    async def _go(self, request: Request) -> Response:
        wanted = client.safe_next(request.query_params.get("next", "/"))
        back = self._callback(request)
        try:
            with self._waiting(request, self._leaving), anyio.fail_after(_ANSWER_WITHIN_S):
                flow = await self._provider.authorization(back)
        except TooManyError:
            return _busy()
        except Exception as error:  # whatever the provider's answer breaks: the visitor stays outside
            return _failed(error)
        response = RedirectResponse(flow.pop("url"), 303)
        sealed = str(self._flows.dumps({**flow, "next": wanted, "back": back}))
        self._cookies.put(request, response, client.OIDC_COOKIE, sealed, FLOW_S)
        return response

    async def _come_back(self, request: Request) -> Response:
        response = await self._admitted(request)
        # Good or bad, it was used: nothing else may be tried with it.
        self._cookies.put(request, response, client.OIDC_COOKIE, "", 0)
        return response

    async def _admitted(self, request: Request) -> Response:
        try:
            flow = self._flow(request)
            with self._waiting(request, self._coming), anyio.fail_after(_ANSWER_WITHIN_S):
                email = await self._who(request, flow)
        except _NotAllowedError as refused:
            address = client.address(request.scope, self._authenticator.settings)
            visitor = Visitor(SignInMethod.OIDC, str(refused)[:_EMAIL_LIMIT], address, 0.0)
            audit.note(Action.SIGN_IN_REFUSED, visitor=visitor)
            return RedirectResponse(f"/login?{SignInCode.REFUSED}", 303)
        except TooManyError:
            return _busy()
        except Exception as error:  # as above
            return _failed(error)
        return await self._sign_in.admit(request, SignInMethod.OIDC, who=email, wanted=flow["next"])

    def _waiting(self, request: Request, limit: WaitingLimit) -> AbstractContextManager[None]:
        """Hold the visitor's place in ``limit``. Raises TooManyError."""
        device = self._cookies.get(request, client.DEVICE_COOKIE)
        if self._authenticator.known_browsers.knows(device):
            return limit.place(digest_of(device), known=True)
        address = client.address(request.scope, self._authenticator.settings)
        return limit.place(client.lockout_key(address), known=False)

    def _flow(self, request: Request) -> dict[str, str]:
        """Return what this browser left with, once. Raises BadSignature if it did not, or too long ago."""
        sealed = self._cookies.get(request, client.OIDC_COOKIE)
        flow: dict[str, str] = self._flows.loads(sealed, max_age=FLOW_S)
        # Not the cookie's text: its signature can be spelled in many ways.
        if not self._used.use(flow["state"]):
            raise BadSignature("used")
        state = request.query_params.get("state", "")
        if not hmac.compare_digest(state.encode(), flow["state"].encode()):
            raise BadSignature("state")
        return flow

    async def _who(self, request: Request, flow: dict[str, str]) -> str:
        """Return the address that the provider vouches for, if it is on the list."""
        claims = await self._provider.claims(flow, request.query_params.get("code", ""))
        email = claims.get("email")
        if not isinstance(email, str) or len(email) > _EMAIL_LIMIT or not email.isprintable():
            raise _NotAllowedError("")
        # An address that is only claimed would open every list.
        if claims.get("email_verified") is not True or not self._settings.allows(email):
            raise _NotAllowedError(email)
        return email.casefold()

    def _callback(self, request: Request) -> str:
        scheme = "https" if client.is_secure(request.scope, self._authenticator.settings) else "http"
        return f"{scheme}://{request.headers.get('host', '')}{CALLBACK}"


def _busy() -> Response:
    log.warning("sign-in through the provider refused: too many at once")
    return RedirectResponse(f"/login?{SignInCode.BUSY}", 303)


def _failed(error: Exception) -> Response:
    # Its text may hold what the provider was asked: the kind has to do.
    log.warning("sign-in through the provider failed: %s", type(error).__name__)
    return RedirectResponse(f"/login?{SignInCode.FAILED}", 303)
