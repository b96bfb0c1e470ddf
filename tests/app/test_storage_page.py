"""The page that shows what sessions occupy and cost."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from datetime import UTC, date
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.locale import translation
from core.models.instance import InstanceState
from core.models.usage import CostRow, DiskSpace, ExchangeRate, UsageSample
from pages.ui import i18n
from pages.ui.formats import format_share, format_size
from pages.ui.storage.costs import fitting
from pages.ui.storage.course import FAR, Point, course_chart, decades, even_ticks
from pages.ui.storage.usage_export import rows as usage_rows
from pages.ui.texts.instance_states import LABELS
from pages.ui.widgets.csv_download import csv_file
from tests.app.conftest import table_of, text_of
from tests.app.fake_services import FakeServices, connected
from tests.app.fake_services import view as instance
from tests.app.hosting_samples import measured, occupied, priced

Page = Callable[..., AppTest]
DAY = 86_400


USAGE: Final = "O que cada instância ocupa no disco e na memória"
COSTS: Final = "Preço por mês e número de instâncias para cada tamanho de disco"


def test_one_sentence_says_how_much_how_many_more_and_at_what_price(page: Page, scene: FakeServices) -> None:
    """First on the page, with reais at the rate of a day that stands beside them."""
    scene.views = [connected("a-1", "A"), connected("b-1", "B")]
    scene.usage = measured(
        occupied("a-1", "A", total_bytes=9 * 1024**2), occupied("b-1", "B", total_bytes=1024**2)
    )
    scene.costs = priced(room_limit="setting", room_left=48)
    said = text_of(page("storage"))
    lead = said.index("Suas 2 instâncias ocupam 10,0 MB.")
    room = said.index("Cabem mais 48 aqui. Limite deste aplicativo: 50.")
    price = said.index(
        "Plano e disco de 1 GB na Render: US$ 7,25 (≈ R$ 39,88, câmbio de 20/11/2026) por mês."
    )
    assert lead < room < price


def test_each_instance_has_a_row_that_can_be_read(page: Page, scene: FakeServices) -> None:
    """Sizes with their units, growth with its sign, the state of this moment; nothing is no zero."""
    scene.views = [connected("a-1", "A"), instance("b-1", "B", InstanceState.STOPPED)]
    scene.usage = measured(
        occupied("a-1", "A", total_bytes=9 * 1024**2, growth_bytes=-(1024**2)),
        occupied("b-1", "Old name", total_bytes=10 * 1024**2, growth_bytes=2048, worker_bytes=None),
    )
    rows = table_of(page("storage"), USAGE)
    assert rows[0][0] == "Nome"
    assert [row[0] for row in rows[1:]] == ["A", "B"]
    assert [row[2] for row in rows[1:]] == ["9,0 MB", "10,0 MB"]
    assert [row[5] for row in rows[1:]] == ["-1,0 MB", "+2,0 KB"]
    assert [row[6] for row in rows[1:]] == ["18,0 MB", "—"]
    assert [row[1] for row in rows[1:]] == [
        translation("pt_BR").gettext(LABELS[state])
        for state in (InstanceState.CONNECTED, InstanceState.STOPPED)
    ]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202eevil", "مرحبا", "🎉" * 300, " "])
def test_a_hostile_name_breaks_no_row(page: Page, scene: FakeServices, name: str) -> None:
    """Markup stays text; what turns the direction of writing turns nothing else."""
    scene.views = [connected("a-1", name), connected("b-1", "B")]
    scene.usage = measured(occupied("a-1", name), occupied("b-1", "B"))
    app = page("storage")
    rows = table_of(app, USAGE)
    assert [len(row) for row in rows] == [8, 8, 8]
    assert "<script>" not in "".join(each.value for each in app.html)
    assert "\u202e" not in "".join(each.value for each in app.html)


def test_a_long_list_is_drawn_by_and_by(page: Page, scene: FakeServices) -> None:
    """Fifty at first; the file has them all."""
    scene.views = [connected(f"a-{number}", f"Loja {number}") for number in range(60)]
    scene.usage = measured(*(occupied(view.id, view.name) for view in scene.views))
    app = page("storage")
    assert len(table_of(app, USAGE)) == 51
    app.button(key="usage-more").click().run()
    assert len(table_of(app, USAGE)) == 61


def test_totals_say_size_free_room_and_share(page: Page, scene: FakeServices) -> None:
    """What the disk is, not only what is on it."""
    scene.usage = measured(total_bytes=100 * 1024**2)
    shown = {each.label: each.value for each in page("storage").metric}
    assert shown == {
        "Este aplicativo": "100 MB",
        "Do disco": "9,8%",
        "Livre": "900 MB",
        "Disco": "1 GB",
    }


def test_a_system_that_does_not_tell_is_no_empty_disk(page: Page, scene: FakeServices) -> None:
    """Unknown is said, not shown as nothing."""
    scene.usage = measured(disk=None)
    scene.costs = priced(room_left=None)
    app = page("storage")
    assert [each.value for each in app.metric][1:] == ["não informado"] * 3
    assert "Não se sabe quantas instâncias" in text_of(app)


def test_the_first_measurement_is_waited_for(page: Page, scene: FakeServices) -> None:
    """Zero is not shown before anything was measured."""
    scene.usage = measured(measured_at=None, disk=None)
    app = page("storage")
    assert "Medindo pela primeira vez" in text_of(app)
    assert not app.metric


def test_without_instances_the_page_says_what_to_do(page: Page, scene: FakeServices) -> None:
    """An empty table explains nothing."""
    app = page("storage")
    assert "Ainda não há instâncias" in app.info[0].value
    assert "Ainda não há nenhuma instância." in text_of(app)


def test_an_instance_that_was_not_measured_yet_has_a_row(page: Page, scene: FakeServices) -> None:
    """It is never missing: its figures come as soon as they are known."""
    scene.views = [connected()]
    app = page("storage")
    assert not app.info
    assert table_of(app, USAGE)[1][:1] + table_of(app, USAGE)[1][2:4] == ["Loja", "medindo…", "—"]
    assert "Medindo…" in text_of(app)
    assert ("measure_again",) in scene.calls


@pytest.mark.parametrize(("age", "asked"), [(-30.0, False), (40.0, True)])
def test_opening_the_page_measures(page: Page, scene: FakeServices, age: float, asked: bool) -> None:
    """Unless the newest measurement is of this moment; a redraw asks for no other."""
    scene.views = [connected()]
    scene.usage = measured(occupied(), measured_at=time.time() - age)
    app = page("storage")
    assert (("measure_again",) in scene.calls) is asked
    assert ("Medindo…" in text_of(app)) is asked
    scene.calls.clear()
    scene.usage = measured(occupied(), measured_at=time.time())
    app.run()
    assert ("measure_again",) not in scene.calls
    assert re.search(r"Atualizado (agora|há \d s)\.", text_of(app))


def test_measure_again_asks_for_it(page: Page, scene: FakeServices) -> None:
    """The button does something, and only when pressed."""
    scene.usage = measured(measured_at=time.time())
    app = page("storage")
    assert ("measure_again",) not in scene.calls
    app.button(key="measure-again").click().run()
    assert ("measure_again",) in scene.calls


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("disk-80", "Mais de 80% do disco está ocupado"),
        ("disk-95", "Mais de 95% do disco está ocupado"),
        ("inodes-80", "mais de 80% dos arquivos que comporta"),
        ("inodes-95", "mais de 95% dos arquivos que comporta"),
    ],
)
def test_a_disk_that_fills_is_announced(page: Page, scene: FakeServices, code: str, said: str) -> None:
    """Orange at 80 %, red at 95 %, with what to do."""
    scene.usage = measured(warnings=(code,))
    app = page("storage")
    drawn = (app.error if code.endswith("95") else app.warning)[0]
    assert said in drawn.proto.title
    assert "Esvazie a lixeira" in drawn.value or "esvazie a lixeira" in drawn.value


def test_a_measurement_that_failed_keeps_the_old_figures_and_says_so(page: Page, scene: FakeServices) -> None:
    """The age stays visible, so nobody takes old figures for new ones."""
    scene.views = [connected()]
    scene.usage = measured(occupied(), problem="usage-incomplete", measured_at=time.time() - 7200)
    app = page("storage")
    assert "não puderam ser medidos" in app.error[0].value
    assert len(table_of(app, USAGE)) == 2
    app.session_state["usage-asked"] = time.time() - 60
    app.run()
    assert "há 2 h" in text_of(app)


def test_the_forecast_names_the_day(page: Page, scene: FakeServices) -> None:
    """With growth and without, and before a day has passed."""
    full = time.mktime((2031, 5, 4, 12, 0, 0, 0, 0, 0))
    for view, said in (
        (measured(growth_per_day=1024.0**2, full_at=full), "1,0 MB por dia, o disco enche em 04/05/2031"),
        (measured(growth_per_day=0.0), "o disco não enche"),
        (measured(), "depois de um dia"),
    ):
        scene.usage = view
        assert said in text_of(page("storage"))


def test_the_chart_appears_with_the_second_sample(page: Page, scene: FakeServices) -> None:
    """One point is no line."""
    now = time.time()
    for samples, drawn in (
        ((UsageSample(now, 5),), 0),
        ((UsageSample(now - DAY, 5), UsageSample(now, 9)), 1),
    ):
        scene.usage = measured(samples=samples)
        assert len(page("storage").get("vega_lite_chart")) == drawn


def test_the_chart_has_the_limit_of_the_disk_as_a_line(page: Page, scene: FakeServices) -> None:
    """In words too, for who sees no chart; without a disk that is known there is none."""
    now = time.time()
    samples = (UsageSample(now - DAY, 5 * 1024**2), UsageSample(now, 9 * 1024**2))
    scene.usage = measured(samples=samples, total_bytes=9 * 1024**2)
    app = page("storage")
    (chart,) = app.get("vega_lite_chart")
    assert "Limite do disco: 1 GB" in text_of(app)
    assert '"rule"' in chart.proto.spec
    scene.usage = measured(samples=samples, disk=None)
    (chart,) = page("storage").get("vega_lite_chart")
    assert '"rule"' not in chart.proto.spec


def two_points(*, days: int, used: tuple[int, int] = (1, 2)) -> list[Point]:
    """Return two measurements so far from each other."""
    return [
        Point(at=f"2026-01-{day:02}T12:00:00", used=size, size="", when="")
        for day, size in zip((1, 1 + days), used, strict=True)
    ]


@pytest.mark.parametrize(("days", "format_"), [(1, "%H:%M"), (2, "%H:%M"), (3, "%d/%m"), (30, "%d/%m")])
def test_a_short_time_is_written_in_hours(monkeypatch: pytest.MonkeyPatch, days: int, format_: str) -> None:
    """The same day under every mark says nothing."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    spec = course_chart(two_points(days=days), limit=0)
    assert spec["layer"][0]["encoding"]["x"]["axis"]["format"] == format_


def test_an_axis_counts_in_round_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evenly while the limit is near, in powers of ten when it would press the curve flat."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    mega = 1024**2
    assert even_ticks(9 * mega) == [0, 5 * mega]
    assert even_ticks(100 * mega) == [0, 50 * mega, 100 * mega]
    assert even_ticks(1) == [0, 1]
    assert even_ticks(1024**4) == [0, 1024**4 // 2, 1024**4]
    assert decades(3 * mega, 1024 * mega) == [mega, 10 * mega, 100 * mega, 1024 * mega]
    assert len(decades(1, 1024**4)) <= 8
    for limit, kind in ((20 * mega, "area"), (mega * 5 * FAR, "line")):
        spec = course_chart(two_points(days=30, used=(mega, 4 * mega)), limit=limit)
        assert spec["layer"][0]["mark"]["type"] == kind
        assert spec["layer"][1]["encoding"]["y"]["datum"] == limit
        assert "10,0 MB" in spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]


def test_what_growing_costs_is_folded(page: Page, scene: FakeServices) -> None:
    """With dates and sources, other hosts, and that a disk never shrinks; nothing absurd."""
    app = page("storage")
    fold = next(each for each in app.expander if each.label == "Quanto custa crescer")
    assert not fold.proto.expanded
    rows = table_of(app, COSTS)
    assert [row[0] for row in rows[1:]] == ["1 GB (o seu)", "10 GB"]
    assert [row[3] for row in rows[1:]] == ["US$ 7,25", "US$ 9,50"]
    assert [row[4] for row in rows[1:]] == ["≈ R$ 39,88", "≈ R$ 52,25"]
    assert [row[5] for row in rows[1:]] == ["18", "18"]
    assert {row[6] for row in rows[1:]} == {"Memória"}
    said = text_of(app)
    assert "01\\/09\\/2026" in said
    assert "https://render.com/pricing" in said
    assert "Railway" in said
    assert "US$ 0,15" in said
    assert "nunca encolher" in said
    assert "1 dólar = 5\\,5000 reais" in said


def test_no_more_instances_fit_than_the_app_allows() -> None:
    """364,767 on a large disk is no promise that anybody can keep."""
    row = CostRow(100, 25.0, 7.0, 32.0, 364_767, 90_000, "memory", present=False)
    assert fitting(row, 50) == (50, "setting")
    assert fitting(row, 100_000) == (90_000, "memory")


def test_a_rate_of_the_operator_has_no_source(page: Page, scene: FakeServices) -> None:
    """It says whose it is."""
    scene.costs = priced(rate=ExchangeRate(6.0, date(2026, 1, 20)))
    said = text_of(page("storage"))
    assert "≈ R$ 43,50, câmbio de 20/01/2026" in said
    assert "definida neste servidor" in said


@pytest.mark.parametrize(
    ("room", "said"), [(1, "Cabe mais 1 aqui."), (0, "Não cabe mais nenhuma"), (-3, "Não cabe mais nenhuma")]
)
def test_room_is_never_negative(page: Page, scene: FakeServices, room: int, said: str) -> None:
    """More instances than fit is no room, not less than none."""
    scene.costs = priced(room_left=room)
    assert said in text_of(page("storage")).replace("**", "")


def test_the_file_opens_in_a_spreadsheet(scene: FakeServices) -> None:
    """Exact bytes, semicolons and a byte order mark in Portuguese; no name becomes a formula."""
    scene.usage = measured(occupied(name="=1+1", growth_bytes=-5, last_write=0.0))
    for language, delimiter in (("pt_BR", ";"), ("en", ",")):
        raw = csv_file(usage_rows, language=language, zone=UTC)
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=delimiter))
        assert len(rows) == 2
        assert rows[1] == [
            "'=1+1",
            translation(language).gettext(LABELS[InstanceState.CONNECTED]),
            str(300 * 1024),
            str(100 * 1024),
            str(420 * 1024),
            "-5",
            "1970-01-01 00:00:00",
            str(18 * 1024**2),
        ]


def test_the_file_can_be_downloaded(page: Page) -> None:
    """The button is there once, outside of what redraws itself."""
    assert len(page("storage").get("download_button")) == 1


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0 B"),
        (1023, "1.023 B"),
        (1024, "1,0 KB"),
        (1024**2 * 150, "150 MB"),
        (-1536, "-1,5 KB"),
        (1024**5, "1.024 TB"),
    ],
)
def test_sizes_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch, amount: int, said: str) -> None:
    """In Portuguese with a comma; beyond the last unit nothing breaks."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    assert format_size(amount) == said
    monkeypatch.setattr(i18n, "language", lambda: "en")
    assert format_size(1536) == "1.5 KB"


def test_a_small_share_is_not_called_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without a whole there is none."""
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")
    assert format_share(1, 10**9) == "< 0,1%"
    assert format_share(0, 10) == "0,0%"
    assert format_share(1, 0) == ""


def test_the_disk_is_shown_as_df_shows_it(page: Page, scene: FakeServices) -> None:
    """Of 252 GB a quota leaves 101: that, what is free of it, and the share of it, never of the 252."""
    gigabyte = 1024**3
    disk = DiskSpace(252 * gigabyte, 77 * gigabyte, 0, 0, reserved_bytes=151 * gigabyte)
    scene.usage = measured(occupied(total_bytes=11 * gigabyte), disk=disk, total_bytes=11 * gigabyte)
    app = page("storage")
    shown = {each.label: each for each in app.metric}
    assert (shown["Disco"].value, shown["Livre"].value) == ("101 GB", "77,0 GB")
    assert shown["Do disco"].value == "11%"
    assert "24%" in shown["Disco"].help
