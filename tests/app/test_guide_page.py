"""The guide: steps with live ticks, and troubleshooting that runs its own checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.models.diagnostics import Check, CheckReason, Verdict
from core.models.persistence import GuideCheck, GuideReason, HostKind, PersistenceReason, PersistenceStatus
from core.models.storage import StorageProblem
from pages.ui import i18n
from pages.ui.guide.steps import STEPS
from pages.ui.guide.tasks import TASKS
from pages.ui.texts.guide import FINDINGS, NOT_YET, QUESTIONS
from pages.ui.texts.message import Message, text_for
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices
from tests.app.hosting_samples import GUIDE, light

Page = Callable[..., AppTest]


def with_check(code: str, verdict: Verdict, reason: str, value: str = "") -> tuple[Check, ...]:
    """The guide where all is well but one check."""
    return tuple(
        replace(check, verdict=verdict, reason=reason, value=value) if check.code == code else check
        for check in GUIDE
    )


def steps_of(app: AppTest) -> list[str]:
    """The word that ticks each step."""
    return [
        re.sub(r"<[^>]+>", "", each.value.partition("</h3>")[2]).split(" ", 1)[1]
        for each in app.html
        if each.value.startswith('<div class="wa-step">')
    ]


def row_of(app: AppTest, code: str) -> str:
    """The row of a check, as HTML."""
    found = [row for each in app.html for row in re.findall(rf'<li data-check="{code}".*?</li>', each.value)]
    assert len(found) == 1
    return str(found[0])


def test_all_steps_are_ticked_when_all_is_well(page: Page) -> None:
    """Done is said in a word, with what was measured."""
    app = page("guide")
    assert steps_of(app) == ["Feito", "Feito", "Feito"]
    assert "2,0 ms" in row_of(app, "writable")


@pytest.mark.parametrize("reason", sorted(NOT_YET))
def test_a_step_that_nobody_took_is_to_do(page: Page, scene: FakeServices, reason: str) -> None:
    """It is no breakdown, and inside a step nobody is sent to that step."""
    scene.guide = with_check("auth-dir-on-disk", Verdict.BAD, reason)
    app = page("guide")
    assert steps_of(app) == ["Feito", "A fazer", "Feito"]
    assert "Veja o passo" not in row_of(app, "auth-dir-on-disk")


def test_a_step_that_failed_is_a_problem(page: Page, scene: FakeServices) -> None:
    """What cannot be written is not merely to do."""
    scene.guide = with_check("writable", Verdict.BAD, "auth-dir-denied")
    app = page("guide")
    assert steps_of(app) == ["Feito", "Problema", "Feito"]
    assert "permissão" in row_of(app, "writable")


def test_what_is_not_known_does_not_count_as_done(page: Page, scene: FakeServices) -> None:
    """Unknown is a word of its own."""
    scene.guide = with_check("sessions-restored", Verdict.UNKNOWN, "nothing-to-restore")
    assert steps_of(page("guide"))[2] == "Não se sabe"


def test_a_moment_is_shown_in_the_visitors_way(page: Page, scene: FakeServices) -> None:
    """ISO times are for programs."""
    scene.guide = with_check(
        "sessions-restored", Verdict.WARNING, "folder-empty", "2020-03-09T12:00:00+00:00"
    )
    row = row_of(page("guide"), "sessions-restored")
    assert "09/03/2020" in row
    assert "T12:00" not in row


@pytest.mark.parametrize("host", list(HostKind))
def test_the_steps_are_those_of_the_host(page: Page, scene: FakeServices, host: HostKind) -> None:
    """What the process found out is chosen; another one can be."""
    scene.light = light(PersistenceStatus.AMBER, "not-proven", host=host)
    app = page("guide")
    assert app.selectbox(key="guide-host").value is host
    assert ("Add Disk" in text_of(app)) is (host is HostKind.RENDER)
    app.selectbox(key="guide-host").set_value(HostKind.RENDER).run()
    assert "Add Disk" in text_of(app)


def test_what_is_to_be_copied_is_exact(page: Page) -> None:
    """The line of the variable and the lines of the log, character by character."""
    codes = [each.value for each in page("guide").code]
    assert codes[0] == "AUTH_DIR=/data/whatsapp_auth"
    assert "Created new auth directory for instance XXX at /data/whatsapp_auth/XXX" in codes


def test_the_true_price_and_the_missing_warnings_are_there(page: Page) -> None:
    """A disk needs a paid plan; it is never created again; a snapshot is whole-disk."""
    app = page("guide")
    said = text_of(app)
    assert "US\\$ 7\\,25 por mês" in said
    assert "US$ 7,25 por mês" in said
    assert "Nunca apague e recrie o disco" in app.warning[0].value
    assert "leva o disco inteiro de volta ao passado" in app.warning[0].value
    assert "nunca encolher" in app.warning[0].value
    assert "https://render.com/docs/disks" in said


@pytest.mark.parametrize(
    ("key", "service"), [("lost", "lost_sessions_checks"), ("permission", "permission_checks")]
)
def test_troubleshooting_runs_its_checks_on_press_only(
    page: Page, scene: FakeServices, key: str, service: str
) -> None:
    """Opening the page asks nothing of the disk that the steps do not need."""
    scene.checks[service] = (Check(GuideCheck.FOLDER_EXISTS, Verdict.BAD, "auth-dir-missing", "/data"),)
    app = page("guide")
    assert (service,) not in scene.calls
    app.button(key=f"check-{key}").click().run()
    assert (service,) in scene.calls
    row = row_of(app, "folder-exists")
    assert "/data não existe" in row
    assert "Problema" in row
    assert not app.success


def test_finding_nothing_is_said(page: Page, scene: FakeServices) -> None:
    """A press always answers."""
    scene.checks["permission_checks"] = (Check(GuideCheck.FOLDER_EXISTS, Verdict.GOOD, value="/data"),)
    app = page("guide")
    app.button(key="check-permission").click().run()
    assert "Nada de errado" in app.success[0].value


def test_the_tasks_come_first_and_the_server_last(page: Page) -> None:
    """Each can be reached by its place in the address; nothing of a server stands in a task."""
    app = page("guide")
    html = [each.value for each in app.html]
    (links,) = (each for each in html if each.startswith('<nav class="wa-tasks"'))
    assert re.findall(r'href="#(\w+)"', links) == ["keep", "lost", "connect", "send", "report", "server"]
    headings = [re.sub(r"<span.*?</span>|<[^>]+>", "", each) for each in html if 'class="wa-task"' in each]
    assert headings == [
        "Não perder as conexões",
        "O disco foi perdido",
        "Não conecta",
        "Mensagem não sai",
        "Enviar relatório",
        "Para quem cuida do servidor",
    ]
    said = "\n".join(step for task in TASKS for step in task.steps)
    assert not re.search(r"AUTH_DIR|mount|TLS|inode|/data|deploy", said, re.IGNORECASE)


@pytest.mark.parametrize(("status", "open_"), [("red", True), ("amber", False), ("green", False)])
def test_the_steps_are_folded_until_they_are_needed(
    page: Page, scene: FakeServices, status: str, open_: bool
) -> None:
    """Open at risk only: that is what such a visitor comes for."""
    reason = {"red": "covered-by-root", "amber": "not-proven", "green": "outlived-deploy"}[status]
    scene.light = light(PersistenceStatus(status), reason)
    app = page("guide")
    folds = {each.label: each.proto.expanded for each in app.expander}
    assert folds.pop("Guardar as conexões, em três passos") is open_
    assert not any(folds.values()), folds
    assert "whatsapp\\_auth" in text_of(app)


def test_every_check_of_a_step_is_one_the_service_gives() -> None:
    """No tick waits for a check that never comes."""
    assert {code for step in STEPS for code in step.codes} == {check.code for check in GUIDE}


def test_every_check_and_every_reason_has_words() -> None:
    """All that a check of the guide can give, and no word that nothing gives."""
    assert set(QUESTIONS) == set(GuideCheck)
    assert set(FINDINGS) == {*GuideReason, *PersistenceReason, *CheckReason, *StorageProblem}


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (QUESTIONS, [*GuideCheck]),
        (FINDINGS, [*GuideReason, *PersistenceReason, *CheckReason, *StorageProblem]),
    ],
    ids=["questions", "findings"],
)
def test_the_words_are_whole_in_every_language(
    monkeypatch: pytest.MonkeyPatch, language: str, table: Mapping[str, Message], codes: Sequence[str]
) -> None:
    """Questions and findings; no hole where a value goes."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    for code in codes:
        said = text_for(table, code, "42")
        assert said.what
        assert "{" not in said.what + said.next_step
        assert code not in said.what


def test_a_value_is_never_interpreted(page: Page, scene: FakeServices) -> None:
    """A folder can have any name."""
    scene.guide = with_check("auth-dir-set", Verdict.GOOD, "", "<b>x</b>")
    assert "<b>x" not in row_of(page("guide"), "auth-dir-set")


def test_a_step_says_nothing_twice(page: Page, scene: FakeServices) -> None:
    """Without a disk there is nowhere it could be mounted: one row tells that."""
    missing = {"disk-attached", "mounted-where"}
    scene.guide = tuple(
        replace(check, verdict=Verdict.BAD, reason="no-disk", value="") if check.code in missing else check
        for check in GUIDE
    )
    app = page("guide")
    assert "Não há disco montado." in row_of(app, "disk-attached")
    assert "mounted-where" not in text_of(app)
    assert steps_of(app)[0] == "A fazer"
