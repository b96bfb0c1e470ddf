"""The page of self-checks, settings, log and report."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence

import pytest
from streamlit.testing.v1 import AppTest

from core.models.diagnostics import (
    Check,
    CheckReason,
    LogLine,
    SelfCheck,
    SelfCheckReason,
    StartChange,
    StartView,
    Verdict,
)
from core.models.persistence import HostKind, PersistenceStatus
from core.models.storage import StorageProblem
from core.services import diagnostics
from pages.ui import i18n
from pages.ui.texts.diagnostics import FINDINGS, QUESTIONS
from pages.ui.texts.message import Message, text_for
from tests.app.conftest import table_of, text_of
from tests.app.fake_services import FakeServices
from tests.app.hosting_samples import light

Page = Callable[..., AppTest]
CHECKS = (
    Check(SelfCheck.PYTHON_VERSION, Verdict.GOOD, value="3.11.7"),
    Check(SelfCheck.FFMPEG, Verdict.WARNING, "program-missing"),
    Check(SelfCheck.DISK_WRITE, Verdict.BAD, "disk-full"),
    Check(SelfCheck.MEMORY, Verdict.UNKNOWN, "not-told"),
)


def log_of(app: AppTest) -> str:
    """The log, as HTML."""
    (log,) = (str(each.value) for each in app.html if 'class="wa-log"' in each.value)
    return log


def rows_of(app: AppTest) -> dict[str, str]:
    """Each check's row as plain text, by its code."""
    rows = [
        found
        for each in app.html
        for found in re.findall(r'<li data-check="([a-z-]+)"(.*?)</li>', each.value)
    ]
    return {code: re.sub(r"<[^>]+>", " ", html) for code, html in rows}


def test_each_check_shows_result_explanation_and_fix(page: Page, scene: FakeServices) -> None:
    """In words, what is not fine first, with what was measured."""
    scene.checks["run_checks"] = CHECKS
    rows = rows_of(page("diagnostics"))
    assert list(rows) == ["disk-write", "ffmpeg", "memory", "python-version"]
    assert "Tudo certo" in rows["python-version"]
    assert "3.11.7" in rows["python-version"]
    assert "Atenção" in rows["ffmpeg"]
    assert "instale o ffmpeg" in rows["ffmpeg"]
    assert "Problema" in rows["disk-write"]
    assert "cheio" in rows["disk-write"]
    assert "Não se sabe" in rows["memory"]


def test_what_is_fine_is_folded(page: Page, scene: FakeServices) -> None:
    """What needs attention is said in one sentence; when there is nothing, so is that."""
    scene.checks["run_checks"] = (*CHECKS, Check(SelfCheck.BOOTS, Verdict.GOOD))
    app = page("diagnostics")
    assert "2 itens pedem atenção." in text_of(app)
    fold = next(each for each in app.expander if each.label == "2 itens em ordem")
    assert not fold.proto.expanded
    folded = "".join(each.value for each in fold.html)
    assert set(re.findall(r'data-check="([a-z-]+)"', folded)) == {"python-version", "boots"}
    scene.checks["run_checks"] = CHECKS[:1]
    app = page("diagnostics")
    assert "Está tudo em ordem." in text_of(app)
    assert app.expander[0].label == "1 item em ordem"


def test_the_count_says_how_it_stands(page: Page, scene: FakeServices) -> None:
    """The worst first."""
    scene.checks["run_checks"] = (*CHECKS, Check(SelfCheck.BOOTS, Verdict.GOOD))
    (count,) = (each.value for each in page("diagnostics").html if 'class="wa-count"' in each.value)
    words = re.sub(r"<[^>]+>", " ", count.partition('"wa-count"')[2]).split()
    assert [word for word in words if word.isdigit()] == ["1", "1", "1", "2"]
    assert words.index("Problema") < words.index("Atenção") < words.index("Tudo")


def test_check_again_runs_them_again(page: Page, scene: FakeServices) -> None:
    """Once for each drawing that somebody asked for."""
    app = page("diagnostics")
    assert scene.calls.count(("run_checks",)) == 1
    app.button(key="check-again").click().run()
    assert scene.calls.count(("run_checks",)) >= 2


def test_the_network_is_asked_only_on_press(page: Page, scene: FakeServices) -> None:
    """Opening the page sends nothing anywhere."""
    scene.checks["check_network"] = (
        Check(SelfCheck.NETWORK_NAME, Verdict.GOOD, value="12 ms"),
        Check(SelfCheck.NETWORK_CONNECT, Verdict.BAD, "connect-refused"),
    )
    app = page("diagnostics")
    assert ("check_network",) not in scene.calls
    app.button(key="check-network").click().run()
    assert ("check_network",) in scene.calls
    assert "recusada" in rows_of(app)["network-connect"]
    assert app.status[0].label == "A conexão não funciona"


def test_the_package_index_is_asked_only_on_press(page: Page, scene: FakeServices) -> None:
    """It says both versions and what to do."""
    found = Check(SelfCheck.ENGINE_NEWEST, Verdict.WARNING, "engine-newer", "0.5.2, 0.6.0")
    scene.checks["check_engine"] = (found,)
    app = page("diagnostics")
    assert ("check_engine",) not in scene.calls
    app.button(key="check-engine").click().run()
    row = rows_of(app)["engine-newest"]
    assert "0.5.2, 0.6.0" in row
    assert "make update-engine" in row


def test_settings_in_force_are_listed(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the service masks them; what is not set is said so; nothing is interpreted."""
    settings = (("AUTH_DIR", "<i>/data</i>"), ("APP_PASSWORD", "••••"), ("LOG_LEVEL", ""))
    monkeypatch.setattr(diagnostics, "settings_in_force", lambda: settings)
    app = page("diagnostics")
    rows = table_of(app, "Configurações em uso")[1:]
    assert rows == [["AUTH_DIR", "<i>/data</i>"], ["APP_PASSWORD", "••••"], ["LOG_LEVEL", "não definida"]]
    assert "<i>" not in "".join(each.value for each in app.html)


def test_the_log_is_filtered_by_level_newest_first(page: Page, scene: FakeServices) -> None:
    """Picking "Erros" leaves errors only."""
    now = time.time()
    scene.log = [
        LogLine(now - 2, "INFO", "core.x", "first"),
        LogLine(now - 1, "ERROR", "core.x", "second"),
        LogLine(now, "DEBUG", "core.x", "third"),
    ]
    app = page("diagnostics")
    log = log_of(app)
    assert log.index("second") < log.index("first")
    assert "third" not in log
    app.segmented_control(key="log-level").set_value("ERROR").run()
    log = log_of(app)
    assert "first" not in log
    assert "second" in log


def test_the_log_is_text_of_many_lines_that_the_keyboard_reaches(page: Page, scene: FakeServices) -> None:
    """Whatever stands in it; each line with day and time as the rest of the page writes them."""
    scene.log = [LogLine(0.0, "ERROR", "core.x", "<b>one</b>\n  two \u202e")]
    log = log_of(page("diagnostics"))
    assert 'tabindex="0"' in log
    assert "01/01/1970 00:00:00 ERROR   core.x: &lt;b&gt;one&lt;/b&gt;\n  two " in log
    assert "\u202e" not in log


def test_an_empty_log_is_said(page: Page) -> None:
    """An empty box would look broken."""
    assert "Nada deste tipo" in text_of(page("diagnostics"))


def test_the_report_is_made_on_press_to_copy_or_to_download(page: Page) -> None:
    """Word for word what the service gives."""
    app = page("diagnostics")
    assert not app.get("download_button")
    app.button(key="copy-report").click().run()
    assert "the report\nof this installation" in [each.value for each in app.code]
    assert len(app.get("download_button")) == 1


def test_every_check_and_every_reason_has_words() -> None:
    """All that a check can give, and no word that nothing gives."""
    assert set(QUESTIONS) == set(SelfCheck)
    assert set(FINDINGS) == {*SelfCheckReason, *CheckReason, *StorageProblem}


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize(
    ("table", "codes"),
    [(QUESTIONS, [*SelfCheck]), (FINDINGS, [*SelfCheckReason, *CheckReason, *StorageProblem])],
    ids=["questions", "findings"],
)
def test_the_words_are_whole_in_every_language(
    monkeypatch: pytest.MonkeyPatch, language: str, table: Mapping[str, Message], codes: Sequence[str]
) -> None:
    """No code and no hole reaches the page, also not for a reason of another installation."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    for code in codes:
        said = text_for(table, code, "42")
        assert said.what
        assert "{" not in said.what + said.next_step
        assert "-" not in code or code not in said.what


def starts_of(app: AppTest) -> list[list[str]]:
    """The rows of the list of starts, cell by cell."""
    return table_of(app, "Inícios registrados")[1:]


def test_the_starts_on_record_are_listed_newest_first(page: Page, scene: FakeServices) -> None:
    """When, what kind, and what was found; words follow the host."""
    now = time.time()
    scene.starts = (
        StartView(now, StartChange.REPLACED, instances=3, linked=2),
        StartView(now - 5, StartChange.RESTART, instances=1_234, linked=0),
        StartView(0.0, StartChange.FIRST, instances=0, linked=0),
    )
    rows = starts_of(page("diagnostics"))
    assert [row[1:] for row in rows] == [
        ["Publicação ou contêiner novo", "3", "2"],
        ["Reinício do aplicativo", "1.234", "0"],
        ["Primeiro início neste disco", "0", "0"],
    ]
    assert rows[2][0] == "01/01/1970 00:00"
    assert rows[0][0].startswith("hoje ")
    scene.light = light(
        PersistenceStatus.GREEN, "outlived-reboot", host=HostKind.LOCAL, restarts=3, deploys=2
    )
    assert starts_of(page("diagnostics"))[0][1] == "Reinicialização da máquina"


def test_no_more_starts_than_a_person_reads(page: Page, scene: FakeServices) -> None:
    """The newest 20, and how many there are; without a record that is said."""
    assert "Nenhum início registrado." in text_of(page("diagnostics"))
    scene.starts = tuple(StartView(float(-each), StartChange.RESTART, 1, 1) for each in range(50))
    app = page("diagnostics")
    assert len(starts_of(app)) == 20
    assert "Os 20 mais novos de 50 guardados." in text_of(app)


def test_the_list_of_starts_speaks_english(page: Page, scene: FakeServices) -> None:
    """Every kind of start has words in both languages."""
    scene.starts = tuple(StartView(0.0, change, 1, 1) for change in StartChange)
    assert len({row[1] for row in starts_of(page("diagnostics"))}) == len(StartChange)
    scene.language = "en"
    (table,) = (each.value for each in page("diagnostics").html if "Kind of start" in each.value)
    for said in ("First start on this disk", "Restart of the app", "Deploy or new container"):
        assert said in table
