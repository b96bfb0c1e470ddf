"""The way in through an identity provider (OpenID Connect, authorization code with PKCE).

The provider says who somebody is; our list says whether they may come in. Everything a flow has to remember
travels in a signed cookie of ten minutes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from typing import Any, Final

import anyio
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from core.models.access import How, Visitor
from core.models.audit import Action
from core.services import audit
from core.settings import OidcSettings
from core.web import client
from core.web.cookies import Cookies
from core.web.doorkeeper import Doorkeeper
from core.web.paths import CALLBACK, LEAVE_FOR_PROVIDER
from core.web.sign_in import SignIn

log = logging.getLogger(__name__)

FLOW_S: Final = 600
_ANSWER_WITHIN_S: Final = 10.0
_AT_ONCE: Final = 4
"""Questions to the provider at the same moment; more flows wait for their turn."""
_LEEWAY_S: Final = 60
# A key that everybody can read must never be taken for a shared secret.
_ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
_EMAIL_LIMIT: Final = 254


class _NotAllowedError(Exception):
    """The provider vouches for somebody, but not for one of the list."""


class Oidc:
    """Sends people to the provider and takes them back. Threading: the event loop's thread."""

    def __init__(self, keeper: Doorkeeper, sign_in: SignIn, settings: OidcSettings) -> None:
        self._keeper = keeper
        self._sign_in = sign_in
        self._settings = settings
        self._cookies = Cookies(keeper.settings)
        self._flows = URLSafeTimedSerializer(secrets.token_hex(32), salt="oidc-flow")
        self._provider = _provider(settings)
        self._turn = anyio.Semaphore(_AT_ONCE)

    def routes(self) -> list[Route]:
        """What the app has to serve."""
        return [
            Route(LEAVE_FOR_PROVIDER, self._go, methods=["GET"]),
            Route(CALLBACK, self._come_back, methods=["GET"]),
        ]

    async def _go(self, request: Request) -> Response:
        wanted = client.safe_next(request.query_params.get("next", "/"))
        back = self._callback(request)
        try:
            flow = await self._ask(self._provider.create_authorization_url, back)
        except Exception as error:  # whatever the provider's answer breaks: the visitor stays outside
            return _failed(error)
        response = RedirectResponse(flow.pop("url"), 303)
        sealed = str(self._flows.dumps({**flow, "next": wanted, "back": back}))
        self._cookies.put(request, response, client.OIDC_COOKIE, sealed, FLOW_S)
        return response

    async def _come_back(self, request: Request) -> Response:
        address = client.address(request.scope, self._keeper.settings)
        try:
            flow = self._flow(request)
            email = await self._who(request, flow)
        except _NotAllowedError as refused:
            somebody = Visitor(How.OIDC, str(refused)[:_EMAIL_LIMIT], address, 0.0)
            audit.note(Action.SIGN_IN_REFUSED, visitor=somebody)
            return RedirectResponse("/login?refused", 303)
        except Exception as error:  # as above
            return _failed(error)
        response = await self._sign_in.admit(request, How.OIDC, who=email, wanted=flow["next"])
        self._cookies.put(request, response, client.OIDC_COOKIE, "", 0)
        return response

    def _flow(self, request: Request) -> dict[str, str]:
        """What this browser left with. Raises BadSignature when it did not, or it was too long ago."""
        sealed = self._cookies.get(request, client.OIDC_COOKIE)
        flow: dict[str, str] = self._flows.loads(sealed, max_age=FLOW_S)
        state = request.query_params.get("state", "")
        if not hmac.compare_digest(state.encode(), flow["state"].encode()):
            raise BadSignature("state")
        return flow

    async def _who(self, request: Request, flow: dict[str, str]) -> str:
        """The address that the provider vouches for, if it is on the list."""
        token = await self._ask(
            self._provider.fetch_access_token,
            flow["back"],
            code=request.query_params.get("code", ""),
            code_verifier=flow["code_verifier"],
            grant_type="authorization_code",
        )
        if "id_token" not in token:
            raise BadSignature("no id_token")
        claims = await self._ask(
            self._provider.parse_id_token,
            token,
            nonce=flow["nonce"],
            claims_options={
                "iss": {"essential": True, "value": self._provider.server_metadata["issuer"]},
                "aud": {"essential": True, "value": self._settings.client_id},
            },
            leeway=_LEEWAY_S,
        )
        email = claims.get("email")
        if not isinstance(email, str) or len(email) > _EMAIL_LIMIT or not email.isprintable():
            raise _NotAllowedError("")
        # An address that somebody only claims would open every list.
        if claims.get("email_verified") is not True or not self._settings.allows(email):
            raise _NotAllowedError(email)
        return email.casefold()

    async def _ask(self, question: Any, *arguments: Any, **more: Any) -> Any:
        async with self._turn:
            with anyio.fail_after(_ANSWER_WITHIN_S):
                await self._know_provider()
                return await question(*arguments, **more)

    async def _know_provider(self) -> None:
        """Read its discovery document once. Raises ValueError when it is somebody else's."""
        found = await self._provider.load_server_metadata()
        if str(found.get("issuer", "")).rstrip("/") != self._settings.issuer:
            self._provider.server_metadata.clear()
            raise ValueError("the provider calls itself by another name than OIDC_ISSUER")
        offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
        found["id_token_signing_alg_values_supported"] = [each for each in offered if each in _ALGORITHMS]

    def _callback(self, request: Request) -> str:
        scheme = "https" if client.is_secure(request.scope, self._keeper.settings) else "http"
        return f"{scheme}://{request.headers.get('host', '')}{CALLBACK}"


def _provider(settings: OidcSettings) -> Any:
    """Authlib's client; imported here, since it is large and most do without."""
    from authlib.integrations.starlette_client import (  # noqa: PLC0415
        StarletteIntegration,
        StarletteOAuth2App,
    )

    logging.getLogger("authlib").setLevel(logging.WARNING)  # it writes secrets of a flow at DEBUG
    return StarletteOAuth2App(
        StarletteIntegration("oidc"),
        name="oidc",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "timeout": _ANSWER_WITHIN_S,
        },
    )


def _failed(error: Exception) -> Response:
    # Its text may hold what the provider was asked: the kind has to do.
    log.warning("sign-in through the provider failed: %s", type(error).__name__)
    return RedirectResponse("/login?failed", 303)
