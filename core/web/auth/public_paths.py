"""The addresses that answer before anybody has signed in."""

from __future__ import annotations

from typing import Final

SIGN_IN: Final = "/login"
SIGN_OUT: Final = "/logout"
LEAVE_FOR_PROVIDER: Final = "/login/oidc"
CALLBACK: Final = "/login/callback"
ICON: Final = "/favicon.ico"
TYPEFACE: Final = "/login/source-sans.woff2"

ALIVE_PATHS: Final = frozenset({"/healthz", "/_stcore/health"})
"""A host asks them to learn whether the process serves."""
OPEN_PATHS: Final = frozenset({*ALIVE_PATHS, SIGN_IN, SIGN_OUT, ICON, TYPEFACE})
OIDC_PATHS: Final = frozenset({LEAVE_FOR_PROVIDER, CALLBACK})
"""Open too when a provider is set up."""
