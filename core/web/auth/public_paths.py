"""The addresses that answer before anybody has signed in."""

from __future__ import annotations

from typing import Final

from core.services.pairing.links import GUEST_PATH

SIGN_IN: Final = "/login"
SIGN_OUT: Final = "/logout"
LEAVE_FOR_PROVIDER: Final = "/login/oidc"
CALLBACK: Final = "/login/callback"
ICON: Final = "/favicon.ico"
TYPEFACE: Final = "/login/source-sans.woff2"
PAIR: Final = GUEST_PATH
PAIR_PART: Final = f"{PAIR}/part"
PAIR_CODE: Final = f"{PAIR}/code"
PAIR_AGAIN: Final = f"{PAIR}/again"

ALIVE_PATHS: Final = frozenset({"/healthz", "/_stcore/health"})
"""A host asks them to learn whether the process serves."""
PAIR_PATHS: Final = frozenset({PAIR, PAIR_PART, PAIR_CODE, PAIR_AGAIN})
"""Of the page of a pairing link; what is on it depends on the link and on a cookie."""
OPEN_PATHS: Final = frozenset({*ALIVE_PATHS, *PAIR_PATHS, SIGN_IN, SIGN_OUT, ICON, TYPEFACE})
OIDC_PATHS: Final = frozenset({LEAVE_FOR_PROVIDER, CALLBACK})
"""Open too when a provider is set up."""
