"""The persistence light: colour, icon, word and reason on every page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.models.persistence import HostKind, PersistenceReason, PersistenceStatus
from core.models.storage import StorageProblem, StorageView
from pages.ui import i18n
from pages.ui.layout.persistence_banner import LABELS, explain
from pages.ui.texts.persistence import REASONS
from pages.ui.texts.storage import STORAGE
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices
from tests.app.hosting_samples import light

Page = Callable[..., AppTest]
LINES = re.compile(r"^:material/\w+: \*\*", re.MULTILINE)


def line_of(app: AppTest) -> str:
    """The light's line on the page."""
    (found,) = (each.value for each in app.markdown if LINES.match(each.value))
    return str(found)


@pytest.mark.parametrize("path", ["", "instance", "messages", "storage", "guide", "diagnostics"])
def test_green_counts_what_it_survived_on_every_page(page: Page, scene: FakeServices, path: str) -> None:
    """The proof in figures, with the way to the guide beside it."""
    since = time.mktime((2020, 3, 9, 12, 0, 0, 0, 0, 0))
    scene.light = light(PersistenceStatus.GREEN, "outlived-deploy", restarts=5, deploys=1, proven_since=since)
    app = page(path)
    line = line_of(app)
    assert "**Persistente**" in line
    assert "5 reinícios e 1 publicação;" in line
    assert "09\\/03\\/2020" in line
    assert app.page_link[0].label == "Guia"


def test_a_reboot_of_ones_own_machine_is_not_called_a_deploy(page: Page, scene: FakeServices) -> None:
    """Words follow the host."""
    scene.light = light(
        PersistenceStatus.GREEN, "outlived-reboot", host=HostKind.LOCAL, restarts=3, deploys=2
    )
    line = line_of(page())
    assert "2 reinicializações da máquina" in line
    assert "publicaç" not in line


def test_amber_says_that_the_proof_is_missing(page: Page, scene: FakeServices) -> None:
    """A mounted disk alone is not called persistent."""
    scene.light = light(PersistenceStatus.AMBER, "not-proven")
    line = line_of(page())
    assert "**Ainda não comprovado**" in line
    assert "Persistente" not in line


def test_a_disk_that_came_empty_is_said_with_its_day(page: Page, scene: FakeServices) -> None:
    """Somebody who had instances before learns that this is not their disk."""
    since = time.mktime((2020, 3, 9, 12, 0, 0, 0, 0, 0))
    scene.light = light(PersistenceStatus.AMBER, "not-proven", empty_since=since)
    assert "**O disco está vazio desde 09\\/03\\/2020.**" in line_of(page())


def test_what_is_not_known_is_said_as_such(page: Page, scene: FakeServices) -> None:
    """Neither good nor bad is claimed."""
    scene.light = light(PersistenceStatus.UNKNOWN, "mounts-unreadable", mount=None)
    line = line_of(page())
    assert "**Não se sabe**" in line
    assert "Em risco" not in line


def test_the_light_is_there_while_the_storage_is_not(page: Page, scene: FakeServices) -> None:
    """A folder that cannot be used yet may already be known to be ephemeral."""
    scene.storage = StorageView("/data/sessions", ready=False, problem="auth-dir-locked")
    scene.light = light(PersistenceStatus.RED, "covered-by-root")
    assert "**Em risco**" in line_of(page())


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize("reason", list(PersistenceReason))
def test_every_reason_has_a_sentence(monkeypatch: pytest.MonkeyPatch, language: str, reason: str) -> None:
    """No code and no hole reaches the page."""
    monkeypatch.setattr(i18n, "language", lambda: language)
    said = explain(light(PersistenceStatus.RED, reason))
    assert len(said) > 20
    assert reason not in said
    assert "{" not in said


def test_the_tables_hold_all_that_the_service_can_give() -> None:
    """A status, a reason and a storage problem have words here, and no other is kept."""
    assert set(REASONS) == set(PersistenceReason)
    assert set(STORAGE) == {"", "opening", *StorageProblem}
    assert set(LABELS) == set(PersistenceStatus)


def test_a_hostile_folder_name_is_shown_as_typed(page: Page, scene: FakeServices) -> None:
    """AUTH_DIR is free text too."""
    scene.light = light(PersistenceStatus.RED, "auth-dir-not-set", auth_dir="/x/**b** :smile: <b>")
    assert "**b**" not in line_of(page())
    assert ":smile:" not in text_of(page())
