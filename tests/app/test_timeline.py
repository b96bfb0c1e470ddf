"""What happened to an instance, on its page and as a file."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import UTC
from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.models.instance import InstanceState
from core.models.timeline import HistoryEntry, HistoryKind
from pages.ui.instance.timeline import rows as timeline_rows
from pages.ui.texts.instance_states import REASONS
from pages.ui.texts.timeline import GROUPS, HAPPENED, LABELS, message_of
from pages.ui.widgets.csv_download import csv_file, escape_formula
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected

Page = Callable[..., AppTest]
K: Final = HistoryKind


def entries(
    count: int, kind: HistoryKind = K.CONNECTED, *, reason: str = "", detail: str = ""
) -> list[HistoryEntry]:
    """That many, a minute apart, newest first."""
    now = time.time()
    return [HistoryEntry(count - n, now - 60 * n, kind, reason, detail) for n in range(count)]


def rows(app: AppTest) -> list[str]:
    """The lines of the timeline."""
    found = [each.value for each in app.html if "wa-timeline" in each.value]
    return found[0].split("<li>")[1:] if found else []


def test_before_anything_happened_the_page_says_so(page: Page, scene: FakeServices) -> None:
    """No empty table."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    assert not rows(app)
    assert "Nada aconteceu ainda." in text_of(app)


def test_each_line_has_time_word_cause_and_next_step(page: Page, scene: FakeServices) -> None:
    """Newest first, never a code."""
    scene.views = [connected()]
    scene.history = [*entries(1), *entries(1, K.LOGGED_OUT, reason="wa-logged-out")]
    first, second = rows(page("instance", id="loja-1"))
    assert "Conectada ao WhatsApp." in first
    assert "desconectada no celular" in second
    assert "Aperte “Ler novo QR code”" in second
    assert "wa-logged-out" not in second
    assert "<time" in second


def test_names_and_details_are_never_markup(page: Page, scene: FakeServices) -> None:
    """Neither HTML nor Markdown."""
    scene.views = [connected()]
    scene.history = entries(1, K.RENAMED, detail="<b>*x*</b>")
    (row,) = rows(page("instance", id="loja-1"))
    assert "agora se chama “&lt;b&gt;*x*&lt;/b&gt;”" in row


def test_fifty_at_a_time(page: Page, scene: FakeServices) -> None:
    """The button brings fifty more and goes away at the end."""
    scene.views = [connected()]
    scene.history = entries(120)
    app = page("instance", id="loja-1")
    assert len(rows(app)) == 50
    app.button(key="timeline-more").click().run()
    assert len(rows(app)) == 100
    app.button(key="timeline-more").click().run()
    assert len(rows(app)) == 120
    assert not [button for button in app.button if button.key == "timeline-more"]


def test_filtering_by_kind(page: Page, scene: FakeServices) -> None:
    """Several kinds together; one that never happened says so."""
    scene.views = [connected()]
    scene.history = [*entries(2), *entries(1, K.FAILED), *entries(1, K.RENAMED)]
    app = page("instance", id="loja-1")
    pills = app.button_group(key="timeline-kinds")
    pills.set_value(["problems"]).run()
    assert len(rows(app)) == 1
    app.button_group(key="timeline-kinds").set_value(["problems", "changes"]).run()
    assert len(rows(app)) == 2
    app.button_group(key="timeline-kinds").set_value(["app"]).run()
    assert "nada deste tipo" in text_of(app)


def test_every_kind_can_be_told_and_filtered() -> None:
    """A new kind cannot be forgotten, and none is found under two filters."""
    assert set(HAPPENED) == set(LABELS) == set(HistoryKind)
    assert sorted(kind for _, kinds in GROUPS.values() for kind in kinds) == sorted(HistoryKind)


@pytest.mark.parametrize("reason", list(REASONS))
@pytest.mark.parametrize("kind", [K.RECONNECTING, K.FAILED])
def test_every_reason_is_told_in_plain_text(kind: HistoryKind, reason: str, scene: FakeServices) -> None:
    """What the page explains now, the timeline explains later; without the signs of Markdown."""
    sentence = message_of(HistoryEntry(1, 0.0, kind, reason, "session.db.bad-1"))
    assert sentence.what
    assert "\\" not in sentence.what + sentence.next_step
    assert "{" not in sentence.what + sentence.next_step
    assert reason not in sentence.what


def test_the_file_holds_everything_in_the_readers_language(scene: FakeServices) -> None:
    """Without a session, as when the browser fetches it; semicolons where commas are decimal."""
    scene.views = [connected()]
    scene.history = entries(60, K.RECONNECTING, reason="wa-disconnected", detail="x;y")
    for language, separator, word in (("pt_BR", ";", "Reconectando"), ("en", ",", "Reconnecting")):
        made = csv_file(partial(timeline_rows, "loja-1"), language=language, zone=UTC)
        assert made.startswith(b"\xef\xbb\xbf")
        table = list(csv.reader(io.StringIO(made.decode("utf-8-sig")), delimiter=separator))
        assert len(table) == 61
        assert {len(row) for row in table} == {6}
        assert table[1][1] == word
        assert table[1][4:] == ["wa-disconnected", "x;y"]
    assert csv_file(partial(timeline_rows, "nobody"), language="en", zone=UTC).count(b"\n") == 1


def test_the_download_is_offered(page: Page, scene: FakeServices) -> None:
    """Named after the instance."""
    scene.views = [connected()]
    assert page("instance", id="loja-1").get("download_button")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """A quote in front makes text of it."""
    assert escape_formula(cell) == f"'{cell}"


@given(st.text(max_size=20))
def test_a_cell_never_starts_like_a_formula(cell: str) -> None:
    """Whatever a name or an answer of a server holds; ordinary text stays as it is."""
    made = escape_formula(cell)
    assert not made.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made.removeprefix("'") == cell.removeprefix("'") or made == cell


def test_states_of_the_timeline_are_states_of_instances() -> None:
    """The names agree, so that one table of sentences serves both."""
    assert {state.value for state in InstanceState} <= {kind.value for kind in HistoryKind}
