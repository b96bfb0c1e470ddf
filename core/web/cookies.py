"""Our cookies: never for scripts, never for other sites, bound to this host when it is asked by https."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from core.settings import Settings
from core.web.client import FORM_COOKIE, cookie, cookie_name, is_secure

# A link from elsewhere must find its way past the sign-in; a form from elsewhere must not.
_STRICT: Final = frozenset({FORM_COOKIE})


class Cookies:
    """Reads and writes them under the name that fits the connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get(self, request: Request, name: str) -> str:
        """Its value; empty when there is none."""
        secure = is_secure(request.scope, self._settings)
        return cookie(request.scope, cookie_name(name, secure=secure))

    def put(self, request: Request, response: Response, name: str, value: str, age: int) -> None:
        """Have the browser keep it for ``age`` seconds; 0 removes it."""
        secure = is_secure(request.scope, self._settings)
        response.set_cookie(
            cookie_name(name, secure=secure),
            value,
            max_age=age,
            path="/",
            httponly=True,
            secure=secure,
            samesite="strict" if name in _STRICT else "lax",
        )
