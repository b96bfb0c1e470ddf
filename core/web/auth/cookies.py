"""Our cookies: never for scripts, never for other sites, bound to this host when it is asked by https."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from core.settings import Settings
from core.web.auth.public_paths import PAIR
from core.web.auth.request import (
    DEVICE_COOKIE,
    FORM_COOKIE,
    LANGUAGE_COOKIE,
    OIDC_COOKIE,
    PAIRING_COOKIE,
    SESSION_COOKIE,
    is_secure,
)
from core.web.requests.headers import STREAMLIT_COOKIE, first_of_each

# A link from elsewhere must find its way past the sign-in; a form from elsewhere must not.
_STRICT: Final = frozenset({FORM_COOKIE})
_OURS: Final = (SESSION_COOKIE, DEVICE_COOKIE, FORM_COOKIE, OIDC_COOKIE, LANGUAGE_COOKIE, PAIRING_COOKIE)


def install_mark(auth_dir: Path) -> str:
    """Return six letters that tell this install from another on the same host: cookies know no ports."""
    return hashlib.sha256(str(auth_dir).encode("utf-8", "surrogateescape")).hexdigest()[:6]


class Cookies:
    """Reads and writes them under the name that fits the connection and this install."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mark = install_mark(settings.auth_dir)
        self._names = {secure: self._all_names(secure=secure) for secure in (False, True)}

    def name(self, name: str, *, secure: bool) -> str:
        """Return what the browser calls it: ``__Host-`` binds it to this host, all its paths and https."""
        return _prefixed(f"{name}_{self._mark}", secure=secure)

    def names(self, *, secure: bool) -> frozenset[str]:
        """Return the names of all cookies that something here reads."""
        return self._names[secure]

    def read(self, scope: Scope, name: str, *, secure: bool) -> str:
        """Return its value; empty when there is none.

        The name without a mark is what sign-ins of before have: they go on until they end by themselves.
        """
        found = first_of_each(scope, self._names[secure])
        before = _prefixed(name, secure=secure)
        return found.get(self.name(name, secure=secure)) or found.get(before, "")

    def get(self, request: Request, name: str) -> str:
        """Return its value; empty when there is none."""
        return self.read(request.scope, name, secure=is_secure(request.scope, self._settings))

    def put(self, request: Request, response: Response, name: str, value: str, age: int) -> None:
        """Have the browser keep it for ``age`` seconds; 0 removes it."""
        secure = is_secure(request.scope, self._settings)
        response.set_cookie(
            self.name(name, secure=secure),
            value,
            max_age=age,
            path=PAIR if name == PAIRING_COOKIE else "/",
            httponly=True,
            secure=secure,
            samesite="strict" if name in _STRICT else "lax",
        )

    def _all_names(self, *, secure: bool) -> frozenset[str]:
        now = {self.name(each, secure=secure) for each in _OURS}
        return frozenset({STREAMLIT_COOKIE, *now, *(_prefixed(each, secure=secure) for each in _OURS)})


def _prefixed(name: str, *, secure: bool) -> str:
    """Return the name with the prefix that browsers refuse without https."""
    if not secure:
        return name
    # Browsers take ``__Host-`` for cookies of the whole host only.
    return f"__Secure-{name}" if name.startswith(PAIRING_COOKIE) else f"__Host-{name}"
