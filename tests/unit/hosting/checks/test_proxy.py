"""Which proxy the core takes: the same variables and exceptions as Go's, and no password shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hosting.checks.proxy import UnusableProxyError, is_direct, proxy_for, proxy_variables
from core.models.diagnostics import Verdict

HOST = "web.whatsapp.com"


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"HTTPS_PROXY": "http://p.example:3128"}, "HTTPS_PROXY=http://p.example:3128"),
        ({"https_proxy": "p.example"}, "https_proxy=http://p.example:80"),
        (
            {"HTTPS_PROXY": "http://one", "https_proxy": "http://two"},
            "HTTPS_PROXY=http://one:80",
        ),
        ({"HTTPS_PROXY": "", "https_proxy": "socks5://two"}, "https_proxy=socks5://two:1080"),
        ({"HTTPS_PROXY": "http://ana:secret@p.example:3128"}, "HTTPS_PROXY=http://•••@p.example:3128"),
    ],
)
def test_the_proxy_of_the_core_is_shown_without_its_password(environment: dict[str, str], shown: str) -> None:
    """Capital letters first, http when nothing is said."""
    check = proxy_variables(HOST, 443, environment)
    assert (check.verdict, check.reason, check.value) == (Verdict.GOOD, "", shown)


def test_without_a_proxy_there_is_nothing_to_say() -> None:
    """The common case."""
    check = proxy_variables(HOST, 443, {})
    assert (check.verdict, check.reason, check.value) == (Verdict.GOOD, "", "")


@pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"])
def test_a_variable_without_effect_is_told(name: str) -> None:
    """Its owner believes that WhatsApp goes through it."""
    check = proxy_variables(HOST, 443, {name: "http://p:1"})
    assert (check.verdict, check.reason, check.value) == (Verdict.WARNING, "proxy-ignored", name)


def test_an_exception_for_whatsapp_is_told() -> None:
    """The proxy is set and WhatsApp does not go through it."""
    check = proxy_variables(HOST, 443, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "whatsapp.com"})
    assert (check.verdict, check.reason) == (Verdict.WARNING, "proxy-bypassed")


@pytest.mark.parametrize(
    "value", ["ftp://p:1", "http://", "http://p:99999", "http://p:x", "http://a b:1", "://"]
)
def test_what_is_no_proxy_is_bad(value: str) -> None:
    """The variable is named; what it holds may be a password in the wrong place, and is not."""
    check = proxy_variables(HOST, 443, {"HTTPS_PROXY": value})
    assert (check.verdict, check.reason, check.value) == (Verdict.BAD, "proxy-unusable", "HTTPS_PROXY")
    with pytest.raises(UnusableProxyError):
        proxy_for(HOST, 443, {"HTTPS_PROXY": value})


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("", False),
        ("*", True),
        ("web.whatsapp.com", True),
        ("WEB.WhatsApp.com", True),
        ("whatsapp.com", True),
        (".whatsapp.com", True),
        ("*.whatsapp.com", True),
        ("app.com", False),
        (".web.whatsapp.com", False),
        ("whatsapp.com:443", True),
        ("whatsapp.com:80", False),
        ("a, whatsapp.com ,b", True),
        ("10.0.0.0/8", False),
        ("com", True),
    ],
)
def test_exceptions_are_read_as_go_reads_them(exceptions: str, direct: bool) -> None:
    """A domain names its subdomains; a leading dot those only."""
    assert is_direct(HOST, 443, exceptions) is direct


@pytest.mark.parametrize(
    ("host", "exceptions", "direct"),
    [
        ("localhost", "", True),
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:444", False),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::1]:443", True),
    ],
)
def test_addresses_are_compared_as_addresses(host: str, exceptions: str, direct: bool) -> None:
    """Networks, ports, and this machine, which never goes through a proxy."""
    assert is_direct(host, 443, exceptions) is direct


word = st.text("abcdefXYZ0189!$", min_size=6, max_size=12)


@given(user=word, password=word)
def test_no_check_and_no_repr_holds_a_password(user: str, password: str) -> None:
    """Whatever it is."""
    environment = {"HTTPS_PROXY": f"http://{user}:{password}@proxy.example:3128"}
    proxy = proxy_for(HOST, 443, environment)
    assert proxy is not None
    assert (proxy.user, proxy.password) == (user, password)
    for text in (repr(proxy), str(proxy), proxy_variables(HOST, 443, environment).value):
        assert password not in text
        assert user not in text
