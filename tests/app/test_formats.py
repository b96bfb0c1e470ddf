"""Numbers and dates in any language, and values that a visit keeps."""

from __future__ import annotations

import datetime
import time

import pytest
from streamlit.testing.v1 import AppTest

from core.services import instances
from pages.ui import formats, i18n
from pages.ui.widgets import csv_download
from tests.app.fake_services import FakeServices, connected, replace

NOW = 1_780_000_000.0
"""2026-05-28T20:26:40Z."""


@pytest.mark.parametrize(
    ("language", "number", "day", "share", "day_and_month", "separator"),
    [
        ("pt_BR", "-1.234,50", "28/05/2025", "2,5%", "%d/%m", ";"),
        ("en", "-1,234.50", "05/28/2025", "2.5%", "%m/%d", ","),
        ("es", "-1.234,50", "28/05/2025", "2,5\N{NO-BREAK SPACE}%", "%d/%m", ";"),
        ("de", "-1.234,50", "28.05.2025", "2,5\N{NO-BREAK SPACE}%", "%d.%m.", ";"),
        ("ja", "-1,234.50", "2025/05/28", "2.5%", "%m/%d", ","),
    ],
)
def test_a_language_to_come_needs_no_line_of_code(
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    number: str,
    day: str,
    share: str,
    day_and_month: str,
    separator: str,
) -> None:
    """What differs from one language to the other comes from Unicode's data, not from a table of ours."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    assert formats.format_number(-1234.5, digits=2) == number
    assert formats.format_date(datetime.date(2025, 5, 28)) == day
    assert formats.format_time(NOW - 365 * 86_400, now=NOW) == f"{day} 20:26"
    assert formats.format_share(1, 40) == share
    assert formats.day_directives() == day_and_month
    assert formats.csv_separator(language) == separator


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("pt_BR", ["20:26", "ontem", "ter.", "sex.", "21/05", "28/05/2025"]),
        ("en", ["20:26", "yesterday", "Tue", "Fri", "05/21", "05/28/2025"]),
    ],
)
def test_a_recent_time_is_told_as_in_a_list_of_messages(
    monkeypatch: pytest.MonkeyPatch, language: str, shown: list[str]
) -> None:
    """The time of today, then yesterday, the weekday, the day, the date."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    days = (0, 1, 2, 6, 7, 365)
    assert [formats.format_recent(NOW - day * 86_400, now=NOW) for day in days] == shown


@pytest.mark.parametrize("value", [0.125, 2.675, 1.005, 0.045, -0.5, 1e15 + 0.3, 0.0])
def test_numbers_are_rounded_as_python_does(monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    """Babel groups and marks; it does not round anew."""
    monkeypatch.setattr(i18n, "language", lambda: "en")
    assert formats.format_number(value, digits=2) == f"{value:,.2f}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2.0 ms", "2,0 ms"),
        ("27% (1.5 GB / 16\N{NO-BREAK SPACE}260\N{NO-BREAK SPACE}506)", "27% (1,5 GB / 16.260.506)"),
        ("0.5.2, 2026-05-01", "0.5.2, 01/05/2026"),
        ("12 / 3, 2025-11-01", "12 / 3, 01/11/2025"),
        ("2026-05-28 19:11:11 UTC", "hoje 19:11"),
        ("2025-05-28T12:00:00+00:00", "28/05/2025 12:00"),
        ("/data/2026-05-01/1.5 GB", "/data/2026-05-01/1.5 GB"),
        ("3.11.7", "3.11.7"),
        ("2026-13-45", "2026-13-45"),
        ("0700, uid 0; 2: …/x-2026-05-01.db 0644", "0700, uid 0; 2: …/x-2026-05-01.db 0644"),
        ("", ""),
    ],
)
def test_what_a_check_measured_reads_as_the_rest_of_the_page(
    monkeypatch: pytest.MonkeyPatch, value: str, shown: str
) -> None:
    """Core writes it once for all languages; versions and paths are no figures."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    assert formats.format_value(value, now=NOW) == shown


@pytest.mark.parametrize(
    ("language", "words", "name"),
    [("pt_BR", "espaço", "espaco"), ("en", "space", "space"), ("pt_BR", "Histórico", "historico")],
)
def test_a_file_is_called_what_it_holds_and_the_day(
    monkeypatch: pytest.MonkeyPatch, language: str, words: str, name: str
) -> None:
    """In the language of the page, without accents."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    monkeypatch.setattr(time, "time", lambda: NOW)
    assert csv_download.dated_name(words) == f"{name}-2026-05-28.csv"
    assert csv_download.dated_name(words, ending="txt") == f"{name}-2026-05-28.txt"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("Loja Centro", "loja-centro"),
        ("Padaria São João & Cia.", "padaria-sao-joao-cia"),
        ("../../etc/passwd\0", "etc-passwd"),
        ("x" * 300, "x" * 40),
        ("مرحبا", "loja-1"),
        ("🎉" * 99, "loja-1"),
        ("\u202e", "loja-1"),
    ],
)
def test_a_file_about_an_instance_bears_its_name(
    monkeypatch: pytest.MonkeyPatch, scene: FakeServices, name: str, part: str
) -> None:
    """Or its id, when the name has no letter that every file system takes."""
    monkeypatch.setattr(time, "time", lambda: NOW)
    scene.views = [connected("loja-1", name)]
    assert csv_download.file_name_of("Mensagens", "loja-1") == f"mensagens-{part}-2026-05-28.csv"
    assert csv_download.file_name_of("Mensagens", "gone-2") == "mensagens-gone-2-2026-05-28.csv"


@pytest.mark.usefixtures("scene")
def test_a_fake_with_another_signature_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that changes breaks the tests of its pages, not only the pages."""
    for fake in (lambda: None, lambda instance_id: None, lambda instance_id, *, timeout=0: None):
        with pytest.raises(AssertionError, match="stop_instance"):
            replace(monkeypatch, instances, "stop_instance", fake)


def _visit() -> None:
    """A page of one button and a counter, as a script of its own."""
    import streamlit as st

    from pages.ui.state import Slot
    from pages.ui.widgets.press import PressToken

    count, press = Slot("count", int), PressToken("press")
    token = press.current()
    if press.take(token):
        count.set(count.get() + 1)
    st.text(f"{count.get()} {press.take(token)} {press.take(token, again=True)}")
    if st.button("go", key="go"):
        try:
            with press.released():
                raise ZeroDivisionError
        except ZeroDivisionError:
            st.text("renewed" if press.current() != token else "the same")
    kept = Slot("names", list[str])
    kept.keep().append("x")
    st.text(f"{len(kept.get())} {len(kept.pop()) if count.get() > 1 else 0}")


def test_a_press_counts_once_and_its_button_works_again() -> None:
    """A second press of a token is refused; the token is renewed however the first one ended."""
    app = AppTest.from_function(_visit).run()
    assert [text.value for text in app.text] == ["1 False True", "1 0"]
    app.button(key="go").click().run()
    assert [text.value for text in app.text] == ["1 False True", "renewed", "2 0"]
    app.run()
    assert [text.value for text in app.text] == ["2 False True", "3 3"]
    app.run()
    assert app.text[1].value == "1 1"
