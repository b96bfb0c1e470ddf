"""Deleted instances, on the list."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import StorageUnavailableError, UnknownInstanceError
from core.models.instance import DeletedInstance
from tests.app.conftest import keys_of, text_of
from tests.app.fake_services import PHONE, FakeServices, connected

Page = Callable[..., AppTest]
DAY: Final = 86_400.0
NAME: Final = "loja-1-1700000000"


def deleted(
    trash_name: str = NAME,
    name: str = "Loja",
    *,
    days: float = 6.4,
    linked: bool = True,
    moved_out: bool = False,
) -> DeletedInstance:
    """An instance that has `days` left in the trash."""
    gone = time.time() + days * DAY
    return DeletedInstance(
        trash_name=trash_name,
        id=trash_name.rpartition("-")[0],
        name=name,
        phone=PHONE if linked else "",
        linked=linked,
        deleted_at=gone - 7 * DAY,
        purged_at=gone,
        moved_out=moved_out,
    )


def press(app: AppTest, key: str) -> AppTest:
    """Press a button; nothing may crash."""
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_an_empty_trash_takes_no_room(page: Page, scene: FakeServices) -> None:
    """No expander, no button."""
    scene.views = [connected()]
    app = page()
    assert not app.expander
    assert keys_of(app) == {"new-instance", "import", "open-loja-1"}


def test_each_deleted_instance_says_how_long_it_stays_and_what_a_restore_brings(
    page: Page, scene: FakeServices
) -> None:
    """Days are rounded up; folded up until somebody looks; the list itself may be empty."""
    scene.deleted = [deleted(), deleted("b-2-1700000001", "Filial <b>", days=0.2, linked=False)]
    app = page()
    (folded,) = app.expander
    assert folded.label == "Lixeira (2)"
    assert not folded.proto.expanded
    said = text_of(app)
    assert "será excluída em 7 dias · conecta de novo" in said
    assert "será excluída em 1 dia · para voltar, precisará de novo QR code" in said
    assert "Filial &lt;b&gt;" in said
    assert "Conecte o seu primeiro WhatsApp" in said


def test_restoring_brings_it_back_to_the_list(page: Page, scene: FakeServices) -> None:
    """One press; a note says that it is stopped."""
    scene.deleted = [deleted()]
    app = press(page(), f"restore-{NAME}")
    assert scene.calls == [("restore", NAME)]
    assert "open-loja-1" in keys_of(app)
    assert "voltou e está parada" in app.toast[0].value
    assert not app.expander


def test_erasing_asks_first_by_name(page: Page, scene: FakeServices) -> None:
    """Only the confirmation erases; the other item is left alone."""
    scene.deleted = [deleted(), deleted("b-2-1700000001", "Filial")]
    app = press(page(), f"purge-{NAME}")
    assert "Apagar “Loja” e a sessão dela de vez?" in text_of(app)
    assert not scene.calls
    press(app, "purge-cancel")
    assert f"restore-{NAME}" in keys_of(app)
    press(press(app, f"purge-{NAME}"), f"purge-confirm-{NAME}")
    assert scene.calls == [("purge", NAME)]
    assert {key for key in keys_of(app) if key.startswith("restore-")} == {"restore-b-2-1700000001"}


@pytest.mark.parametrize("verb", ["restore", "purge"])
def test_what_somebody_else_took_out_is_no_error(page: Page, scene: FakeServices, verb: str) -> None:
    """The list shows what there is."""
    scene.deleted = [deleted()]
    app = page()
    if verb == "purge":
        press(app, f"purge-{NAME}")
    scene.errors[verb] = UnknownInstanceError("loja-1")
    press(app, f"purge-confirm-{NAME}" if verb == "purge" else f"restore-{NAME}")
    assert not app.error


def test_a_disk_that_refuses_is_explained(page: Page, scene: FakeServices) -> None:
    """In words, in the trash, which stays open to show them."""
    scene.deleted = [deleted()]
    scene.errors["restore"] = StorageUnavailableError("disk-full")
    app = press(page(), f"restore-{NAME}")
    assert "disco está cheio" in app.error[0].value
    assert app.expander[0].proto.expanded


def test_the_page_of_a_deleted_instance_points_to_the_trash(page: Page, scene: FakeServices) -> None:
    """An old link is not a dead end."""
    scene.deleted = [deleted()]
    assert "ainda está na lixeira" in text_of(page("instance", id="loja-1"))
    assert "lixeira" not in text_of(page("instance", id="other"))


def test_a_moved_number_is_not_promised_to_connect(page: Page, scene: FakeServices) -> None:
    """It runs elsewhere now: restored, it stays stopped."""
    scene.deleted = [deleted(moved_out=True)]
    text = text_of(page("instances"))
    assert "levado para outro sistema" in text
    assert "conecta de novo" not in text
