"""The pieces that pages share."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.models.instance import InstanceState
from core.settings import LANGUAGES
from pages.ui import formats, i18n
from pages.ui.escape import escape_html, escape_markdown
from pages.ui.instance.panel import pace
from pages.ui.texts.errors import error_message
from pages.ui.texts.instance_states import LABELS, state_message
from pages.ui.texts.message import Message, text_for
from pages.ui.texts.sending import outcome_message


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each language in turn, as the session's."""
    chosen: str = request.param
    monkeypatch.setattr(i18n, "language", lambda: chosen)
    return chosen


def test_every_state_has_a_label_and_a_sentence(language: str) -> None:
    """A new state cannot be forgotten."""
    assert set(LABELS) == set(InstanceState)
    assert all(state_message(state, "", "").what for state in InstanceState)


def test_nobody_is_told_to_press_start_while_it_tries_by_itself(language: str) -> None:
    """A refusal that passes and one that stays have one reason; what to do differs."""
    passing = state_message(InstanceState.RECONNECTING, "wa-connect-refused", "internal_server_error")
    staying = state_message(InstanceState.FAILED, "wa-connect-refused", "forbidden")
    assert passing.what.startswith(staying.what[:20])
    again = {"pt_BR": "tente de novo", "en": "try again", "es": "intenta de nuevo"}[language]
    assert again not in passing.next_step
    assert again in staying.next_step


def test_an_unknown_code_still_says_something(language: str) -> None:
    """A code from a newer core is shown as a code in a sentence, and is escaped."""
    assert "brand\\-new" in state_message(InstanceState.FAILED, "brand-new", "").what
    assert "500" in outcome_message("wa-error-500").what
    assert "disk-full" not in state_message(InstanceState.RECONNECTING, "disk-full", "").what
    assert "x\\-y" in error_message(InvalidInputError("x-y")).what


def test_a_detail_is_never_interpreted(language: str) -> None:
    """File names and answers of servers are shown as they are."""
    table = {"code": Message("It was {detail}.")}
    assert text_for(table, "code", "**<b>**").what == "It was \\*\\*\\<b\\>\\*\\*."


@pytest.mark.parametrize("text", [":smile:", "www.example.com", "http://example.com", "a@b.co", "->", "--"])
def test_what_is_replaced_after_parsing_is_broken_up(text: str) -> None:
    """Emoji shortcodes, bare addresses and arrows do not survive in one piece; nothing visible is added."""
    shown = escape_markdown(text)
    plain = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)
    assert "\u2060" in plain
    assert plain.replace("\u2060", "") == text


@given(st.text(max_size=80))
def test_literal_markdown_escapes_all_punctuation_and_keeps_the_text(text: str) -> None:
    """Whatever is typed, each sign has its backslash, and taking them away gives the text back."""
    shown = escape_markdown(text)
    assert not re.search(r"[!-/:-@\[-`{-~]", re.sub(r"\\.", "", shown))
    assert re.sub(r"\\(.)", r"\1", shown).replace("\u2060", "") == " ".join(text.split()).replace(
        "\u2060", ""
    )


@given(st.text(max_size=80))
def test_literal_html_leaves_no_tag_and_no_quote(text: str) -> None:
    """Safe between tags and in an attribute."""
    assert not set("<>\"'") & set(escape_html(text))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "agora"),
        (40.9, "há 40 s"),
        (60, "há 1 min"),
        (3599, "há 59 min"),
        (7200, "há 2 h"),
        (200_000, "há 2 d"),
    ],
)
def test_how_long_ago_is_said_in_the_largest_unit(
    monkeypatch: pytest.MonkeyPatch, seconds: float, shown: str
) -> None:
    """Rounded down, and never in the future, whatever the clocks say."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    assert formats.format_age(1000.0 - seconds, now=1000.0) == shown


@pytest.mark.parametrize(("left", "shown"), [(14.2, 15), (14.0, 14), (0.01, 1), (0.0, 0), (-5.0, 0)])
def test_seconds_left_round_up_and_never_go_below_zero(left: float, shown: int) -> None:
    """A code that lives for another instant says 1, one that is over says 0."""
    assert formats.seconds_left(100.0 + left, now=100.0) == shown


def test_a_moment_has_one_form(language: str) -> None:
    """Today, yesterday and tomorrow in words, else the date, in the order of the language; then the time."""
    now = 1_780_000_000.0  # 2026-05-28T20:26:40Z
    day, year = 86_400.0, 365 * 86_400.0
    words = {
        "pt_BR": ("hoje", "ontem", "amanhã"),
        "es": ("hoy", "ayer", "mañana"),
        "en": ("today", "yesterday", "tomorrow"),
    }[language]
    for word, at in zip(words, (now - 60, now - day, now + day), strict=True):
        assert formats.format_time(at, now=now) == f"{word} {'20:25' if at == now - 60 else '20:26'}"
    date = "05/28/2025" if language == "en" else "28/05/2025"
    assert formats.format_time(now - year, now=now) == f"{date} 20:26"
    assert formats.format_second(now - year) == f"{date} 20:26:40"
    assert formats.format_iso_time("2026-05-28T20:00:00", now=now) == f"{words[0]} 20:00"
    assert formats.format_clock(now - 60, now=now) == "20:25"
    assert formats.format_clock(now - day, now=now) == f"{words[1]} 20:26"
    assert formats.format_iso_time("soon", now=now) == ""


def test_seconds_are_counted_as_they_pass() -> None:
    """A countdown shows each second; the rest, which the server tells of, is looked at now and then."""
    assert pace(InstanceState.PAIRING) <= 0.5
    assert pace(InstanceState.RECONNECTING) <= 1
    assert all(pace(state) <= 10 for state in InstanceState)
