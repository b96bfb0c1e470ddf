"""How the identity provider is asked: by https, without being led elsewhere, for answers of bounded size."""

from __future__ import annotations

import logging
from typing import Any, Final

import anyio
import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.starlette_client import StarletteIntegration, StarletteOAuth2App

from core.settings import OidcSettings

ANSWER_LIMIT: Final = 256 * 1024
"""Bytes of an answer; the keys of a large provider are 10,000."""
_LEEWAY_S: Final = 60
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_METADATA: Final = {
    *_ENDPOINTS,
    "issuer",
    "code_challenge_methods_supported",
    "id_token_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "_loaded_at",
}
"""What is kept of a discovery document: Authlib would take anything else for an option of its client."""
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


class Provider:
    """The identity provider. Threading: the event loop's thread; its callers set the deadline."""

    def __init__(self, settings: OidcSettings, *, timeout_s: float) -> None:
        """Make ready without asking anything; ``timeout_s`` holds for each wait within an answer."""
        self._settings = settings
        self._app = _app(settings, timeout_s)
        self._reading = anyio.Lock()

    async def authorization(self, back: str) -> dict[str, str]:
        """Return where to send a visitor who comes back to ``back``, as ``url``, and what to remember of it.

        Raises whatever an answer of the provider breaks.
        """
        await self._read_metadata()
        flow: dict[str, str] = await self._app.create_authorization_url(back)
        return flow

    async def claims(self, flow: dict[str, str], code: str) -> dict[str, Any]:
        """Return what the provider says of the person who came back with ``code``; its signature is checked.

        Raises whatever an answer of the provider breaks.
        """
        await self._read_metadata()
        token = await self._app.fetch_access_token(
            flow["back"], code=code, code_verifier=flow["code_verifier"], grant_type="authorization_code"
        )
        if "id_token" not in token:
            raise ValueError("no id_token")
        claims: dict[str, Any] = await self._app.parse_id_token(
            token,
            nonce=flow["nonce"],
            claims_options={
                "iss": {"essential": True, "value": self._app.server_metadata["issuer"]},
                "aud": {"essential": True, "value": self._settings.client_id},
            },
            leeway=_LEEWAY_S,
        )
        return claims

    async def _read_metadata(self) -> None:
        """Read its discovery document once. Raises ValueError when it is another issuer's."""
        async with self._reading:  # one asks, the others hear
            if "_loaded_at" in self._app.server_metadata:
                return
            found = await self._app.load_server_metadata()
            try:
                _accept(found, self._settings)
            except Exception:
                found.clear()
                raise


def _app(settings: OidcSettings, timeout_s: float) -> Any:
    logging.getLogger("authlib").setLevel(logging.WARNING)  # it writes secrets of a flow at DEBUG
    app = StarletteOAuth2App(
        StarletteIntegration("oidc"),
        name="oidc",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "timeout": timeout_s,
            "follow_redirects": False,
            # Read once: each sign-in would spend 20 ms on it.
            "verify": httpx.create_ssl_context(),
        },
    )
    app.client_cls = _HttpsClient if settings.issuer.startswith("https:") else _BoundedClient
    return app


def _accept(found: dict[str, Any], settings: OidcSettings) -> None:
    """Cut the discovery document ``found`` down to what is used. Raises ValueError when it is not ours."""
    if str(found.get("issuer", "")).rstrip("/") != settings.issuer:
        raise ValueError("the provider calls itself by another name than OIDC_ISSUER")
    scheme = settings.issuer.partition(":")[0]
    for name in _ENDPOINTS:
        if not str(found.get(name, "")).startswith(f"{scheme}://"):
            raise ValueError(f"the provider's {name} is not {scheme}")
    for name in set(found) - _METADATA:
        del found[name]
    offered = found.get("id_token_signing_alg_values_supported") or ["RS256"]
    found["id_token_signing_alg_values_supported"] = [each for each in offered if each in _ALGORITHMS]


class _BoundedClient(AsyncOAuth2Client):  # type: ignore[misc]  # Authlib has no types
    """Reads no more of an answer than ``ANSWER_LIMIT``."""

    async def send(self, request: Any, **options: Any) -> Any:
        """Send ``request``. Raises ValueError when the answer is too long or packed."""
        request.headers["Accept-Encoding"] = "identity"
        response = await super().send(request, **{**options, "stream": True})
        try:
            data = await _read(response)
        finally:
            await response.aclose()
        return type(response)(response.status_code, headers=response.headers, content=data, request=request)


class _HttpsClient(_BoundedClient):
    async def send(self, request: Any, **options: Any) -> Any:
        """Send ``request``. Raises ValueError when it would not go by https."""
        if request.url.scheme != "https":
            raise ValueError("the provider leads away from https")
        return await super().send(request, **options)


async def _read(response: Any) -> bytes:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise ValueError("the provider's answer is packed")
    data = bytearray()
    async for piece in response.aiter_raw():
        data += piece
        if len(data) > ANSWER_LIMIT:
            raise ValueError("the provider's answer is too long")
    return bytes(data)
