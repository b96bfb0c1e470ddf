"""Which certificates are trusted on the way to WhatsApp: those that its core trusts."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Go finds the authorities, which this Python may not know of. Source: crypto/x509/root_linux.go."""


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return what the core trusts: the system's authorities, or those of ``SSL_CERT_FILE``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    given = environment.get("SSL_CERT_FILE", "")
    if not given:
        context.load_default_certs()
    for bundle in (given,) if given else _BUNDLES:
        with suppress(OSError):
            context.load_verify_locations(bundle)
    return context
