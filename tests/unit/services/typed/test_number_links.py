"""Numbers in links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.typed.number_links import number_in_link


@pytest.mark.parametrize(
    ("link", "number", "international"),
    [
        ("tel:+55-11-3", "+55-11-3", False),
        ("TEL://11%203", "11 3", False),
        ("sms:11;phone-context=+55", "11", False),
        ("smsto:113:oi", "113:oi", False),
        ("callto:113", "113", False),
        ("https://wa.me/5511?text=1", "5511", True),
        ("wa.me/p/123456/5511", "5511", True),
        ("wa.me/c/5511", "5511", True),
        ("https://wa.me/?phone=5511", "5511", True),
        ("HTTPS://API.WHATSAPP.COM/send?phone=5511&type=phone_number&app_absent=0", "5511", True),
        ("https://web.whatsapp.com/send/?phone=5511", "5511", True),
        ("https://www.whatsapp.com/send?phone=5511&phone=5511", "5511", True),
        ("whatsapp://send?phone=5511&abid=5511", "5511", True),
    ],
)
def test_a_link_to_a_person(link: str, number: str, international: bool) -> None:
    """Chats always name the country, calls may not."""
    assert number_in_link(link) == (number, international)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "5511",
        "wa.me/",
        "wa.me/message/ABC1",
        "wa.me/qr/ABC1",
        "https://chat.whatsapp.com/AbC",
        "https://example.com/send?phone=5511",
        "https://wa.me.example.com/5511",
        "https://example.com/wa.me/5511",
        "https://whatsapp.com.example.com/send?phone=5511",
        "https://api.whatsapp.com/catalog?phone=5511",
        "https://api.whatsapp.com/send?text=5511",
        "https://api.whatsapp.com/send?phone=1&phone=2",
        "ftp://wa.me/5511",
        "https://[wa.me/5511",
        "mailto:5511@example.com",
        "wa.me/" + "5" * 9_000,
    ],
)
def test_any_other_link(link: str) -> None:
    """Invitations, codes, other hosts, two people."""
    assert number_in_link(link) is None


@given(st.text() | st.text(st.sampled_from("tel:wa.me/+5?phone=&#[]%2Bhttps")))
def test_any_text_may_be_asked_about(text: str) -> None:
    """It never breaks."""
    found = number_in_link(text)
    assert found is None or isinstance(found[0], str)
