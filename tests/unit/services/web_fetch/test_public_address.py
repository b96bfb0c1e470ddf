"""Which addresses are asked in a person's name: those of the internet, and none that leads inside."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.hosting.checks.tunnel import Deadline
from core.services.web_fetch.public_address import is_public, resolve_public

INSIDE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.254", "127.0.0.1"),
    *("127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.9"),
    *("192.0.0.170", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    "168.63.129.16",
)
OUTSIDE = ("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "198.20.0.1")
_NETWORKS = (
    *("::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "3fff::/20"),
    *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "5f00::/16"),
    *("2001::/32", "2001:2::/48", "2001:10::/28", "2001:20::/28", "100::/64"),
)
inside = st.sampled_from(INSIDE).map(ipaddress.IPv4Address)
anything = st.integers(0, 2**64 - 1)


def six(number: int) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(number)


@pytest.mark.parametrize("address", INSIDE)
def test_what_leads_inside_is_no_public_address(address: str) -> None:
    """Private, shared, local, reserved, documentation, benchmarks, multicast and metadata of clouds."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [*OUTSIDE, "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888", "2002:808:808::1"],
)
def test_what_the_internet_leads_to_is_public(address: str) -> None:
    """Also right beside what is not."""
    assert is_public(ipaddress.ip_address(address))


@given(st.sampled_from(_NETWORKS).map(ipaddress.IPv6Network), st.integers(min_value=0))
def test_no_address_of_a_special_network_is_public(network: ipaddress.IPv6Network, offset: int) -> None:
    """Anywhere in it."""
    assert not is_public(network[offset % network.num_addresses])


@given(inside, anything)
def test_an_ipv4_address_that_ipv6_carries_counts(carried: ipaddress.IPv4Address, rest: int) -> None:
    """Mapped, compatible, translated, 6to4, NAT64, Teredo, ISATAP: each would be unpacked somewhere."""
    number = int(carried)
    for address in (
        six(0xFFFF << 32 | number),
        six(number),
        six(0xFFFF << 48 | number),
        six(0x2002 << 112 | number << 80 | rest),
        six(0x0064_FF9B << 96 | number),
        six(0x0064_FF9B_0001 << 80 | rest << 32 >> 16 | number),
        six(0x2001_0000 << 96 | number << 64 | rest),
        six(0x2001_0000 << 96 | 0x0808_0808 << 64 | number ^ 0xFFFF_FFFF),
        six(0x2606_4700 << 96 | 0x0000_5EFE << 32 | number),
        six(0x2606_4700 << 96 | 0x0200_5EFE << 32 | number),
    ):
        assert not is_public(address), address


def test_an_address_of_one_link_is_not_public() -> None:
    """A scope says which of this machine's own cables it means."""
    assert not is_public(ipaddress.ip_address("2606:4700:4700::1111%eth0"))


def resolved(monkeypatch: pytest.MonkeyPatch, *found: str) -> str:
    """What a name leads to that has these addresses."""
    answers = [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, 443)) for each in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    return resolve_public("example.com", 443, Deadline(5))


def test_one_address_inside_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever would be taken: the name is not asked a second time."""
    assert resolved(monkeypatch, "8.8.8.8", "2606:4700:4700::1111") == "8.8.8.8"
    for wrong in ("10.0.0.1", "::1", "fe80::1%2", "64:ff9b::808:808", "no address"):
        for order in (("8.8.8.8", wrong), (wrong, "8.8.8.8")):
            with pytest.raises(InvalidInputError, match="link-private"):
                resolved(monkeypatch, *order)
    with pytest.raises(InvalidInputError, match="link-private"):
        resolved(monkeypatch)


@pytest.mark.parametrize(
    ("source", "asked"),
    [("8.8.4.4", "8.8.4.4"), ("2606:4700::1", "2606:4700::1"), ("2606:4700::1", "2606:4700::beef:2")],
)
def test_this_machine_is_not_asked_by_its_public_name(
    monkeypatch: pytest.MonkeyPatch, source: str, asked: str
) -> None:
    """Nor another one of its IPv6 network: what listens there may be shut off from the internet."""

    class Routed(socket.socket):
        def connect(self, _address: object) -> None:
            """No packet is sent by this anyway."""

        def getsockname(self) -> tuple[str, int]:
            return source, 50_000

    monkeypatch.setattr(socket, "socket", Routed)
    with pytest.raises(InvalidInputError, match="link-private"):
        resolved(monkeypatch, asked)
    assert resolved(monkeypatch, "1.1.1.1") == "1.1.1.1"


@pytest.mark.parametrize("problem", [OSError("no"), UnicodeError("no"), ValueError("embedded null byte")])
def test_a_name_that_breaks_the_resolver_is_told(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    """It is as good as unknown."""

    def fail(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    for _ in range(20):
        with pytest.raises(InvalidInputError, match="link-unreachable"):
            resolve_public("example.com", 443, Deadline(5))
