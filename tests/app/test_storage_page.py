"""The page that shows what sessions occupy and cost."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import UTC

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.models.instance import InstanceState
from core.models.usage import DiskSpace, UsageSample, UsageView
from pages.ui import i18n
from pages.ui.formats import format_share, format_size
from pages.ui.storage.usage import frame_of
from pages.ui.storage.usage_export import rows as usage_rows
from pages.ui.widgets.csv_download import csv_file
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected
from tests.app.hosting_samples import measured, occupied, priced

Page = Callable[..., AppTest]
DAY = 86_400


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The table on the page that has that column."""
    (found,) = (each.value for each in app.dataframe if column in each.value.columns)
    assert isinstance(found, pd.DataFrame)
    return found


def test_each_instance_has_a_row_with_figures_that_sort_as_numbers(page: Page, scene: FakeServices) -> None:
    """10 MB stands above 9 MB, which text would not; a negative growth is a number too."""
    scene.views = [connected("a-1", "A"), connected("b-1", "B")]
    scene.usage = measured(
        occupied("a-1", "A", total_bytes=9 * 1024**2, growth_bytes=-(1024**2)),
        occupied("b-1", "B", total_bytes=10 * 1024**2, state=InstanceState.STOPPED, worker_bytes=None),
    )
    frame = table(page("storage"), "session")
    assert list(frame.sort_values("total", ascending=False)["name"]) == ["B", "A"]
    assert frame["total"].tolist() == [9.0, 10.0]
    assert frame["growth"].tolist()[0] == -1.0
    assert frame["memory"].isna().tolist() == [False, True]
    assert frame["state"].tolist() == ["Conectada", "Parada"]


def test_totals_say_size_free_room_and_share(page: Page, scene: FakeServices) -> None:
    """What the disk is, not only what is on it."""
    scene.usage = measured(total_bytes=100 * 1024**2)
    shown = {each.label: each.value for each in page("storage").metric}
    assert shown == {
        "Todas as sessões": "100 MB",
        "Disco": "1,0 GB",
        "Livre": "900 MB",
        "Parte do disco": "9,8 %",
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
    assert ("measure_again",) not in scene.calls


def test_an_instance_that_was_not_measured_yet_is_measured(page: Page, scene: FakeServices) -> None:
    """Nobody is told that there is none."""
    scene.views = [connected()]
    app = page("storage")
    assert not app.info
    assert ("measure_again",) in scene.calls


def test_measure_again_asks_for_it(page: Page, scene: FakeServices) -> None:
    """The button does something, and only when pressed."""
    app = page("storage")
    assert ("measure_again",) not in scene.calls
    app.button(key="measure-again").click().run()
    assert ("measure_again",) in scene.calls


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("disk-80", "Mais de 80% do disco está ocupado"),
        ("disk-95", "Mais de 95% do disco está ocupado"),
        ("inodes-80", "já tem mais de 80% dos arquivos"),
        ("inodes-95", "já tem mais de 95% dos arquivos"),
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
    scene.usage = measured(occupied(), problem="usage-incomplete", measured_at=time.time() - 7200)
    app = page("storage")
    assert "não pôde ser examinado" in app.error[0].value
    assert "há 2 h" in text_of(app)
    assert len(table(app, "session")) == 1


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


def test_the_cost_table_has_prices_room_and_what_runs_out(page: Page, scene: FakeServices) -> None:
    """With its date and source, other hosts, and that a disk never shrinks."""
    app = page("storage")
    frame = table(app, "by_memory")
    assert frame["total"].tolist() == [7.25, 9.5]
    assert frame["present"].tolist() == ["●", ""]
    assert set(frame["first"]) == {"Memória"}
    said = text_of(app)
    assert "Espaço para mais 12 instâncias" in said
    assert "01\\/09\\/2026" in said
    assert "https://render.com/pricing" in said
    assert "Railway" in said
    assert "US$ 0,15" in said
    assert "nunca encolher" in said


@pytest.mark.parametrize(
    ("room", "said"), [(1, "mais 1 instância."), (0, "Não há espaço"), (-3, "Não há espaço")]
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
            {"pt_BR": "Conectada", "en": "Connected"}[language],
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
    assert format_share(1, 10**9) == "< 0,1 %"
    assert format_share(0, 10) == "0,0 %"
    assert format_share(1, 0) == ""


def test_a_frame_without_instances_has_its_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types do not depend on there being a row."""
    monkeypatch.setattr(i18n, "language", lambda: "en")
    view: UsageView = measured(disk=DiskSpace(1, 1, 0, 0))
    assert list(frame_of(view).columns)[:2] == ["name", "state"]


def test_the_disk_is_shown_as_df_shows_it(page: Page, scene: FakeServices) -> None:
    """Of 252 GB a quota leaves 101: that, what is free of it, and the share of it, never of the 252."""
    gigabyte = 1024**3
    disk = DiskSpace(252 * gigabyte, 77 * gigabyte, 0, 0, reserved_bytes=151 * gigabyte)
    scene.usage = measured(occupied(total_bytes=11 * gigabyte), disk=disk, total_bytes=11 * gigabyte)
    app = page("storage")
    shown = {each.label: each for each in app.metric}
    assert (shown["Disco"].value, shown["Livre"].value) == ("101 GB", "77,0 GB")
    assert shown["Parte do disco"].value == "11 %"
    assert "24 %" in shown["Disco"].help
