"""An OpenID Connect provider on loopback: real keys, real signatures, and whatever a test wants it to say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "whatsapp-instances"
CLIENT_SECRET = "nobody-knows-this-one"


class IdentityProvider:
    """Signs in everybody who is sent to it, as `email`; `change` and `signs` alter what it vouches for."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.email: Any = "ana@example.test"
        self.verified: Any = True
        self.change: Callable[[dict[str, Any]], None] = lambda claims: None
        self.signs: Callable[[dict[str, Any]], str] = self.sign
        self.algorithms = ["RS256"]
        self.calls_itself: str | None = None
        self.answers = True
        self.thinks_s = 0.0
        """How long it takes to refuse a code that it never gave."""
        self.asked: list[str] = []
        """The paths that were asked for, oldest first."""
        self.codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self, *, emails: str = "ana@example.test", domains: str = "") -> dict[str, str]:
        """The environment of an app that uses it."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_ALLOWED_EMAILS": emails,
            "OIDC_ALLOWED_DOMAINS": domains,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, urlsplit(self.path).query
                provider.asked.append(path)
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                if not provider.answers:
                    self._say({"error": "down"}, 500)
                elif path == "/.well-known/openid-configuration":
                    self._say(provider._discovery())
                elif path == "/keys":
                    self._say({"keys": [provider.key.as_dict(private=False, use="sig", alg="RS256")]})
                elif path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider._authorize(asked))
                    self.end_headers()
                else:
                    self._say({}, 404)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = {name: values[0] for name, values in parse_qs(body).items()}
                provider.asked.append("/token")
                if asked.get("code") not in provider.codes:
                    time.sleep(provider.thinks_s)
                found = provider._token(asked, self.headers.get("Authorization", ""))
                self._say(found or {"error": "invalid_grant"}, 200 if found else 400)

            def _say(self, body: dict[str, Any], status: int = 200) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Tests say what they need to."""

        return Handler

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.calls_itself or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": self.algorithms,
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorize(self, asked: dict[str, str]) -> str:
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def _token(self, asked: dict[str, str], authorization: str) -> dict[str, Any] | None:
        flow = self.codes.pop(asked.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = _url_safe(digest)
        if flow is None or authorization != f"Basic {basic}" or flow["code_challenge"] != challenge:
            return None
        if asked["redirect_uri"] != flow["redirect_uri"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "1",
            "iat": now,
            "exp": now + 300,
            "nonce": flow["nonce"],
            "email": self.email,
            "email_verified": self.verified,
        }
        self.change(claims)
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.signs(claims)}

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """As a provider does: RS256."""
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def sign_badly(self, claims: dict[str, Any], algorithm: str) -> str:
        """As no library would: with the public key as a shared secret (HS256), or not at all (none)."""
        head = _url_safe(json.dumps({"alg": algorithm, "kid": "one"}).encode())
        signed = f"{head}.{_url_safe(json.dumps(claims).encode())}"
        secret = self.key.as_pem(private=False)
        signature = hmac.digest(secret, signed.encode(), "sha256") if algorithm == "HS256" else b""
        return f"{signed}.{_url_safe(signature)}"


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
