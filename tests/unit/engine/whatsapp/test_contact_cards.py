"""Contact cards as strangers write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.whatsapp.contact_cards import cards_of
from core.models.content import CardPhone, ContactCard


def card(*lines: str, newline: str = "\n") -> str:
    """A card with these lines."""
    return newline.join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))


@pytest.mark.parametrize(
    ("line", "phone"),
    [
        ("TEL:+5511912345678", CardPhone("+5511912345678", "5511912345678")),
        ("TEL;CELL:11 91111-0000", CardPhone("11 91111-0000")),
        ("TEL;TYPE=CELL,VOICE:(11) 91111-0000", CardPhone("(11) 91111-0000")),
        (
            "item1.TEL;waid=5511999990000:+55 11 99999-0000",
            CardPhone("+55 11 99999-0000", "5511999990000"),
        ),
        ("TEL;waid=551188887777:88888-7777", CardPhone("88888-7777", "551188887777")),
        ("TEL;TYPE=WORK:+55 11 3333-0000;ext=12", CardPhone("+55 11 3333-0000", "551133330000", "12")),
        ("TEL:11 3333-0000 ramal 12", CardPhone("11 3333-0000", "", "12")),
        ("TEL:+1 212 555 0100 x7", CardPhone("+1 212 555 0100", "12125550100", "7")),
        ("TEL:+551133330000,,12", CardPhone("+551133330000", "551133330000", "12")),
        ("TEL;VALUE=uri:tel:+55-11-3333-0000;ext=12", CardPhone("+55-11-3333-0000", "551133330000", "12")),
        ('TEL;TYPE="cell,voice":190', CardPhone("190")),
        ("TEL:0800 123 4567", CardPhone("0800 123 4567")),
        ("TEL:+1234567890123456", CardPhone("+1234567890123456")),
    ],
)
def test_a_number_is_as_written(line: str, phone: CardPhone) -> None:
    """No country is made up, and an extension is never glued on."""
    assert cards_of(card("FN:Ana", line)) == (ContactCard("Ana", (phone,)),)


def test_every_person_and_every_number_is_there() -> None:
    """Several cards in one text, and several numbers in a card; those without digits are none."""
    text = card("FN:Ana", "TEL:1", "TEL:2", "TEL:none") + "\n" + card("FN:Beto", "TEL:3")
    first, second = cards_of(text)
    assert (first.name, [phone.written for phone in first.phones]) == ("Ana", ["1", "2"])
    assert (second.name, [phone.written for phone in second.phones]) == ("Beto", ["3"])


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("FN:Ana  Maria",), "Ana Maria"),
        (("N:Souza;Ana;;;",), "Ana Souza"),
        (("ORG:Padaria;Centro",), "Padaria"),
        (("FN:Silva\\, Zé\\; filho",), "Silva, Zé; filho"),
        (("FN:Ana", "N:Souza;Outra;;;"), "Ana"),
        (("FN:An", " a"), "Ana"),
        (("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Jo=C3=A3o",), "João"),
        (("FN;ENCODING=QUOTED-PRINTABLE:Jo=C3=", "=A3o"), "João"),
    ],
)
def test_a_name_is_read(lines: tuple[str, ...], name: str) -> None:
    """Folded, escaped, encoded, or made of its parts."""
    (found,) = cards_of(card(*lines, "TEL:1", newline="\r\n"))
    assert found.name == name


def test_what_whatsapp_calls_the_person_counts_first() -> None:
    """As phones show it; and a card that cannot be read still has that name."""
    assert cards_of(card("FN:Ana", "TEL:1"), name="Aninha")[0].name == "Aninha"
    assert cards_of("no card", name="Zé") == (ContactCard("Zé"),)
    assert cards_of("no card") == ()


def test_much_is_bounded() -> None:
    """Names, numbers and how many; a photo in a card hides nothing behind it."""
    photo = "PHOTO;ENCODING=b:" + "A" * 100_000
    (found,) = cards_of(card("FN:" + "x" * 900, photo, *["TEL:1"] * 100))
    assert (len(found.name), len(found.phones)) == (250, 16)
    (found,) = cards_of(card("FN:Ana", photo, "TEL:" + "1" * 900))
    assert [len(phone.written) for phone in found.phones] == [60]


@pytest.mark.parametrize(
    "text",
    [
        card("TEL;a" + "=" * 900 + '"'),
        card("TEL;a=" + "," * 900),
        card("TEL" + ";a=b" * 200 + '"'),
        card("FN;CHARSET=punycode;ENCODING=QUOTED-PRINTABLE:" + "a-" * 400),
        card("FN;ENCODING=QUOTED-PRINTABLE:" + "=FF" * 300),
        card("FN;ENCODING=QUOTED-PRINTABLE:a=" + "\n=" * 100_000),
        "QUOTED-PRINTABLE" * 16_000,
        card(*["TEL:" + "1 x " * 200] * 1_000),
        ("BEGIN:VCARD\n" * 20_000),
        "\n ".join("x" * 100_000),
    ],
)
def test_a_hostile_card_costs_little(text: str) -> None:
    """Whatever it is made of: it is read, or left out, in a moment."""
    begun = time.process_time()
    cards_of(text)
    assert time.process_time() - begun < 2.0


@given(st.text(alphabet=st.sampled_from(list('BEGINVCARDTELFNORG:;=,"\\\r\n \t+0159xé-.')), max_size=300))
def test_no_card_is_an_error(text: str) -> None:
    """Whatever is in it."""
    cards_of(card(text))
    cards_of(text)
