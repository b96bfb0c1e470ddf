"""Which addresses anybody on the internet can reach: the only ones that are asked in a person's name.

The lists are written out: what ``ipaddress`` calls global differs between patches of one Python version.
Source: IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890), read in November 2026.
"""

from __future__ import annotations

import contextlib
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from core.errors import InvalidInputError
from core.hosting.checks.tunnel import Deadline, RefusedError, addresses
from core.models.codes import InputCode

Address = IPv4Address | IPv6Address

_NO_IPV4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
            "168.63.129.16/32",  # a public number that leads to the host of every virtual machine on Azure
        ),
    )
)
_IPV6: Final = IPv6Network("2000::/3")
"""All that was ever given out for the internet: ``::``, mapped, NAT64, local and multicast lie elsewhere."""
_NO_IPV6: Final = tuple(
    map(
        IPv6Network,
        # Protocols (Teredo, benchmarks, ORCHID), documentation twice.
        ("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_ISATAP: Final = 0x0000_5EFE
_ISATAP_BITS: Final = 0xFDFF_FFFF  # all but the one that says "unique in the world" (RFC 5214, 6.1)


def resolve_public(host: str, port: int, deadline: Deadline) -> str:
    """Return an address of ``host`` that anybody on the internet can reach.

    Raises InvalidInputError: link-unreachable when the name is not resolved in time, link-private when any of
    its addresses is not public.
    """
    try:
        ways = addresses(host, port, deadline)
    except (RefusedError, TimeoutError):
        raise InvalidInputError(InputCode.LINK_UNREACHABLE) from None
    found = [str(where[0]) for _, where in ways]
    if not found or not all(map(_reachable_by_anybody, found)):
        raise InvalidInputError(InputCode.LINK_PRIVATE)
    return found[0]


def is_public(address: Address) -> bool:
    """Return whether the internet leads to ``address``, and to the IPv4 address that it may carry."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NO_IPV4)
    if address.scope_id or address not in _IPV6 or any(address in network for network in _NO_IPV6):
        return False
    return all(map(is_public, _carried(address)))


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses where a router would unpack what is sent to ``address``."""
    number, found = int(address), []
    if address in _SIX_TO_FOUR:  # RFC 3056: bits 16 to 48
        found.append(IPv4Address(number >> 80 & 0xFFFF_FFFF))
    if number >> 32 & _ISATAP_BITS == _ISATAP:
        found.append(IPv4Address(number & 0xFFFF_FFFF))
    return found


def _reachable_by_anybody(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return is_public(address) and not _is_own(address)


def _is_own(address: Address) -> bool:
    """Return whether it is this machine's own, or lies in its own IPv6 network, behind any firewall."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((str(address), 9))  # a datagram socket only looks up the route: nothing is sent
        source = ip_address(str(probe.getsockname()[0]).partition("%")[0])
        return address in ip_network((source, 32 if source.version == 4 else 64), strict=False)
    return False
