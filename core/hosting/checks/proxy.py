"""The proxy that the WhatsApp core goes through: it reads the same variables as this.

The core connects with Go's ``http.ProxyFromEnvironment``: only ``HTTPS_PROXY`` (or ``https_proxy``) counts
for its ``https`` and ``wss`` addresses, less what ``NO_PROXY`` names; ``ALL_PROXY`` means nothing to it.
Source: golang.org/x/net/http/httpproxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict

_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_IGNORED: Final = ("ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where to connect instead, and what to say there."""

    scheme: str
    """``http``, ``https``, ``socks5`` or ``socks5h``."""
    host: str
    port: int
    user: str
    password: str
    variable: str
    """The variable that names it."""

    def __repr__(self) -> str:
        """Without what opens it."""
        return f"{self.variable}={self.scheme}://{'•••@' if self.user else ''}{self.host}:{self.port}"


class UnusableProxyError(ValueError):
    """The variable holds no address of a proxy that the core can use; the message is the variable's name."""


def proxy_for(host: str, port: int, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy to ``host``; None for a direct connection. Raises UnusableProxyError."""
    variable, text = _first(environment, "HTTPS_PROXY", "https_proxy")
    if not text or is_direct(host, port, _first(environment, "NO_PROXY", "no_proxy")[1]):
        return None
    try:
        url = _split(text)
        return Proxy(
            scheme=url.scheme,
            host=url.hostname or "",
            port=url.port or _PORTS[url.scheme],
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            variable=variable,
        )
    except ValueError:
        raise UnusableProxyError(variable) from None


def is_direct(host: str, port: int, exceptions: str) -> bool:
    """Return whether ``exceptions`` (the value of ``NO_PROXY``) names ``host``; this machine always is."""
    host = host.casefold().rstrip(".")
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    return any(
        _names(exception.strip().casefold(), host, port, address) for exception in exceptions.split(",")
    )


def proxy_variables(host: str, port: int, environment: Mapping[str, str]) -> Check:
    """Check which proxy the way to ``host`` takes, and what was set without any effect on it."""
    try:
        proxy = proxy_for(host, port, environment)
    except UnusableProxyError as error:
        return Check(SelfCheck.PROXY, Verdict.BAD, SelfCheckReason.PROXY_UNUSABLE, str(error))
    if proxy is not None:
        return Check(SelfCheck.PROXY, Verdict.GOOD, value=repr(proxy))
    if variable := _first(environment, "HTTPS_PROXY", "https_proxy")[0]:
        return Check(SelfCheck.PROXY, Verdict.WARNING, SelfCheckReason.PROXY_BYPASSED, variable)
    if variable := _first(environment, *_IGNORED)[0]:
        return Check(SelfCheck.PROXY, Verdict.WARNING, SelfCheckReason.PROXY_IGNORED, variable)
    return Check(SelfCheck.PROXY, Verdict.GOOD)


def _first(environment: Mapping[str, str], *names: str) -> tuple[str, str]:
    return next(((name, environment[name]) for name in names if environment.get(name)), ("", ""))


def _split(text: str) -> SplitResult:
    url = urlsplit(text if "://" in text else f"http://{text}")
    if url.scheme not in _PORTS or not url.hostname or any(char.isspace() for char in text):
        raise ValueError
    return url


def _names(
    exception: str, host: str, port: int, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None
) -> bool:
    if exception in ("", "*"):
        return exception == "*"
    if "/" in exception:
        try:
            return address is not None and address in ipaddress.ip_network(exception, strict=False)
        except ValueError:
            return False
    name, colon, wanted_port = exception.rpartition(":")
    if colon and wanted_port.isdigit() and (name.startswith("[") or ":" not in name):
        if int(wanted_port) != port:
            return False
        exception = name
    if (excepted := _address(exception.strip("[]"))) is not None:
        return excepted == address
    if exception.startswith("*."):
        exception = exception[1:]
    return host.endswith(exception) if exception.startswith(".") else f".{host}".endswith(f".{exception}")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
