"""A backup in one press, on the page of an instance and for all of them; and how the daily one stands."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace as changed
from typing import Final

import pytest
from streamlit.proto.TextInput_pb2 import TextInput
from streamlit.testing.v1 import AppTest

from core.errors import AppError, InvalidInputError
from core.models.instance import InstanceState
from core.models.moving.backup import BackupProblem, BackupsView
from core.services.moving import imports
from tests.app.conftest import keys_of
from tests.app.conftest import text_of as markdown_of
from tests.app.fake_services import FakeServices, connected, view

PASSPHRASE: Final = "correta bateria cavalo"


@pytest.fixture
def loja(scene: FakeServices, page: Callable[..., AppTest]) -> AppTest:
    """The page of a connected instance."""
    scene.views = [connected()]
    return page("instance", id="loja-1")


def text_of(app: AppTest) -> str:
    """What the page says, without the signs of Markdown."""
    return markdown_of(app).replace("\\", "")


def press(app: AppTest) -> AppTest:
    """Type the passphrase and press."""
    app.text_input(key="backup-passphrase").input(PASSPHRASE)
    app.button(key="backup-make").click().run()
    assert not app.exception
    return app


def test_one_press_makes_it(loja: AppTest, scene: FakeServices) -> None:
    """With the messages, unless they are left out; the passphrase is forgotten at once."""
    assert "Esta instância ainda não tem backup." in text_of(loja)
    app = press(loja)
    assert scene.calls[-1] == ("backup", "loja-1", PASSPHRASE, "with")
    assert "O backup está pronto (5,1 MB)" in text_of(app)
    assert app.text_input(key="backup-passphrase").value == ""


@pytest.mark.parametrize(("path", "label"), [("instance", "Backup"), ("storage", "Fazer um backup de todas")])
def test_who_comes_back_sees_it(
    scene: FakeServices, page: Callable[..., AppTest], path: str, label: str
) -> None:
    """What the form is folded into is open then, and only then."""
    scene.views = [connected()]
    app = page(path, id="loja-1")
    folds = [each.proto.expanded for each in app.expander if label in each.label]
    assert folds == [False]
    press(app).switch_page("guide.py").run()
    app.query_params["id"] = "loja-1"
    app.switch_page(f"{path}.py").run()
    assert "O backup está pronto" in text_of(app)
    assert [each.proto.expanded for each in app.expander if label in each.label] == [True]


def test_what_is_too_large_to_be_uploaded_again_says_how_it_comes_back(
    loja: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is made, and only then."""
    assert "BACKUP_TO, com o mesmo nome" not in text_of(press(loja))
    monkeypatch.setattr(imports, "UPLOAD_LIMIT", 5_399_999)
    assert "BACKUP_TO, com o mesmo nome" in text_of(press(loja))


def test_messages_can_be_left_out(loja: AppTest, scene: FakeServices) -> None:
    """And another backup takes the place of the one before, which goes."""
    press(loja)
    loja.toggle(key="backup-messages").set_value(False)
    press(loja)
    assert scene.calls[-2:] == [("backup", "loja-1", PASSPHRASE, "without"), ("discard", "token-1")]


def test_a_refusal_is_said_and_what_was_typed_stays(loja: AppTest, scene: FakeServices) -> None:
    """It can be mended."""
    scene.errors["backup"] = InvalidInputError("passphrase-too-short", detail="12")
    app = press(loja)
    assert "use pelo menos 12 caracteres" in text_of(app)
    assert app.text_input(key="backup-passphrase").value == PASSPHRASE
    assert "O backup está pronto" not in text_of(app)


def test_an_error_leaves_the_button_alive(loja: AppTest, scene: FakeServices) -> None:
    """The next press counts."""
    scene.errors["backup"] = AppError("backup-session")
    assert "A sessão de uma instância está danificada" in text_of(press(loja)).replace("a sessão", "A sessão")
    del scene.errors["backup"]
    assert "O backup está pronto" in text_of(press(loja))


def test_what_is_not_in_it_is_said(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """Which instances, and whose messages; the rest can be downloaded."""
    scene.views = [connected(), connected("loja-2", "Matriz")]
    scene.lacking, scene.without_history = ("Matriz",), ("Loja",)
    text = text_of(press(page("storage")))
    assert "O backup está pronto" in text
    assert re.search(r"Não está neste backup: \W*Matriz", text)
    assert re.search(r"Sem mensagens e histórico: \W*Loja", text)


def test_the_passphrase_can_be_looked_at(loja: AppTest) -> None:
    """It is typed once: the field shows it, and that it cannot be recovered is said."""
    assert loja.text_input(key="backup-passphrase").proto.type == TextInput.PASSWORD  # with its eye
    assert "ninguém consegue recuperá-la" in text_of(loja)


def test_one_that_is_gone_is_not_offered(
    loja: AppTest, scene: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an hour; it is not only forgotten."""
    press(loja)
    later = time.time() + 3601
    monkeypatch.setattr("pages.ui.widgets.backup_form.time.time", lambda: later)
    assert "O backup está pronto" not in text_of(loja.run())
    assert scene.calls[-1] == ("discard", "token-1")


def test_the_last_backup_is_told(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """And where the daily one goes."""
    scene.views = [connected()]
    scene.backups = BackupsView(
        scheduled=True, place="/copias", saved={"loja-1": time.time()}, last_good_at=time.time()
    )
    text = text_of(page("instance", id="loja-1"))
    assert "Último backup: hoje" in text
    assert "Todo dia um backup vai para /copias. O último: hoje" in text
    assert "Próxima vez" not in text


def test_it_is_told_when_the_next_one_comes(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """After one that arrived, and after one that failed; not where it is due, and made, at this moment."""
    now = time.time()
    scene.backups = BackupsView(scheduled=True, place="/copias", last_good_at=now, next_at=now + 86_400)
    assert re.search(r"O último: hoje [0-9:]{5}\. Próxima vez: amanhã [0-9:]{5}\.", text_of(page("storage")))
    failed = changed(scene.backups, last_good_at=0.0, failed_at=now, problem=BackupProblem.REFUSED)
    scene.backups = changed(failed, next_at=now + 3_600)
    assert "Nenhum foi feito ainda. Próxima vez: " in text_of(page("storage"))
    scene.backups = changed(failed, next_at=now - 5)
    assert "Próxima vez" not in text_of(page("storage"))


@pytest.mark.parametrize("problem", BackupProblem)
def test_a_daily_backup_that_fails_says_what_to_do(
    scene: FakeServices, page: Callable[..., AppTest], problem: BackupProblem
) -> None:
    """On the storage page, for each reason."""
    scene.backups = BackupsView(
        scheduled=True, place="s3://b", failed_at=5.0, problem=problem, detail="No space"
    )
    text = text_of(page("storage"))
    assert "backup diário" in text
    assert "código" not in text
    assert "Nenhum foi feito ainda." in text


def test_an_instance_without_a_phone_has_nothing_to_save(
    scene: FakeServices, page: Callable[..., AppTest]
) -> None:
    """No button that could only fail."""
    scene.views = [view("loja-1", "Loja", InstanceState.STOPPED)]
    assert "backup-make" not in keys_of(page("instance", id="loja-1"))
    text = text_of(page("storage"))
    assert "Ainda não há nada para salvar" in text
    assert "A Render faz uma por dia" in text
    assert "Nenhum backup é feito sozinho." in text


def test_all_linked_instances_in_one_press(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """On the storage page."""
    scene.views = [
        connected(),
        connected("loja-2", "Matriz"),
        view("loja-3", "Nova", InstanceState.STOPPED),
    ]
    press(page("storage"))
    assert ("backup", "loja-1,loja-2", PASSPHRASE, "with") in scene.calls


def test_what_was_moved_elsewhere_is_left_out_by_name(
    scene: FakeServices, page: Callable[..., AppTest]
) -> None:
    """Brought back one day, it would fight the other system."""
    scene.views = [
        connected(),
        changed(connected("loja-2", "Matriz"), state=InstanceState.STOPPED, moved_out_at=5.0),
    ]
    app = page("storage")
    assert "foram levadas para outro sistema: Matriz." in text_of(app)
    press(app)
    assert ("backup", "loja-1", PASSPHRASE, "with") in scene.calls


def test_the_guide_knows_what_to_do_when_the_disk_is_lost(page: Callable[..., AppTest]) -> None:
    """As a task, with the way to the backups."""
    text = text_of(page("guide"))
    assert "O disco foi perdido" in text
    assert "Traga cada número de volta do seu backup mais novo" in text
    assert "Trazer de outro sistema mostra então os backups diários" in text.replace("*", "")
