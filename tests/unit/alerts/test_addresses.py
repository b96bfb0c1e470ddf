"""Addresses: where they come from, whom they are for, and how little of them is shown."""

from __future__ import annotations

from core.alerts.addresses import Address, address_id, addresses_of
from core.models.alerts.choices import AlertChoices, StoredAddress
from core.models.alerts.incidents import Notice, NoticeKind, Trouble

URL = "tgram://123456789:abcdefg_hijklmnop/123155445?silent=yes"


def about(subject: str) -> Notice:
    return Notice("n", NoticeKind.OPENED, 1.0, "i", subject, Trouble.FAILED)


def test_the_setting_comes_first_and_nothing_twice() -> None:
    """An address in both is that of the setting, which cannot be removed on the page."""
    choices = AlertChoices(addresses=(StoredAddress(URL, "Telegram"), StoredAddress("ntfys://a", "ntfy")))
    made = addresses_of((URL,), choices, {address_id(URL): "Telegram"})
    assert [(each.service, each.from_setting) for each in made.values()] == [
        ("Telegram", True),
        ("ntfy", False),
    ]


def test_one_that_leads_nowhere_is_told_from_one_that_was_not_looked_at() -> None:
    """Before it was looked at, nothing is said about it."""
    seen, unseen = "mailtos://ana", "ntfys://loja"
    looked_at = {address_id(seen): "", address_id(URL): "Telegram"}
    made = addresses_of((seen, unseen, URL), AlertChoices(), looked_at)
    assert [each.unrecognised for each in made.values()] == [True, False, False]


def test_a_label_gives_nothing_away() -> None:
    """The kind and three characters of a long address; nothing of a short one, which could be guessed."""
    assert Address("a", URL, "Telegram", False).label == "Telegram ••••445"
    assert Address("a", "ntfy://192.0.2.1:8080/segredo", "ntfy", False).label == "ntfy ••••"
    assert Address("a", "foo://segredo", "", True).label == "foo ••••"
    assert "abcdefg" not in repr(Address("a", URL, "Telegram", False))
    assert "abcdefg" not in repr(StoredAddress(URL, "Telegram"))


def test_whom_it_is_for() -> None:
    """All, or some instances; never what is muted. The installation only where all is wanted."""
    everything = Address("a", URL, "Telegram", False)
    one = Address("b", URL, "Telegram", False, instances=("loja",))
    assert everything.wants(about("loja"), muted=())
    assert everything.wants(about("disk"), muted=("loja",))
    assert not everything.wants(about("loja"), muted=("loja",))
    assert one.wants(about("loja"), muted=())
    assert not one.wants(about("outra"), muted=())
    assert not one.wants(about("disk"), muted=())


def test_an_id_is_the_same_after_every_start() -> None:
    """And has nothing of the address in it."""
    assert address_id(URL) == address_id(URL) != address_id(f"{URL}x")
    assert address_id(URL).isalnum()
