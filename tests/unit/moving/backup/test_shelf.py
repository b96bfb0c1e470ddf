"""Backups wait for an hour and no longer, and nothing of one that failed is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from core.errors import AppError
from core.models.codes import RefusalCode
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import staging
from core.moving.backup import making
from core.moving.backup.contents import LARGEST_HISTORY
from core.moving.backup.making import Order
from core.moving.backup.packing import Source
from core.moving.backup.shelf import KEPT, KEPT_S, Shelf, file_name
from tests.unit.moving.backup.conftest import ID, PASSPHRASE

MakeInstance = Callable[..., Source]


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """The process ends with the test."""
    yield
    making.close()


@pytest.fixture
def now() -> list[float]:
    """The time, to be set."""
    return [1_700_000_000.0]


@pytest.fixture
def shelf(tmp_path: Path, now: list[float]) -> Shelf:
    """On a folder with one instance."""
    (tmp_path / "auth").mkdir(exist_ok=True)
    return Shelf(tmp_path / "auth", clock=lambda: now[0])


def order(source: Source) -> Order:
    """All of it."""
    return Order(
        sources=(source,), passphrase=PASSPHRASE, messages=True, app_version="0", made_at=1_700_000_000.0
    )


def left(tmp_path: Path) -> list[Path]:
    """Every file that is being prepared, or waits."""
    return [path for path in (tmp_path / "auth" / staging.STAGING_DIR).rglob("*") if path.is_file()]


def test_it_waits_for_an_hour(
    tmp_path: Path, shelf: Shelf, now: list[float], make_instance: MakeInstance
) -> None:
    """Alone: no copy of a session lies beside it. Then it is gone."""
    made = shelf.make(order(make_instance()), [ID], flush=lambda: None)
    path = shelf.find(made.token)
    assert path is not None
    assert left(tmp_path) == [path]
    assert (made.file_name, made.size, made.instances) == (
        "whatsapp-backup-20231114T221320Z.age",
        path.stat().st_size,
        (ID,),
    )
    now[0] += KEPT_S - 1
    shelf.expire()
    assert shelf.made(made.token) == made
    now[0] += 1
    shelf.expire()
    assert (shelf.find(made.token), shelf.made(made.token)) == (None, None)
    assert left(tmp_path) == []


def test_what_failed_leaves_nothing(tmp_path: Path, shelf: Shelf, make_instance: MakeInstance) -> None:
    """No copy, no half backup."""
    source = make_instance()
    (Path(source.folder) / "session.db").write_bytes(b"")
    with pytest.raises(MoveRefusedError):
        shelf.make(order(source), [ID], flush=lambda: None)
    assert left(tmp_path) == []


def test_what_is_not_in_it_is_named(shelf: Shelf, make_instance: MakeInstance) -> None:
    """Instances that could not be saved, and those whose messages could not."""
    sources = (make_instance(), make_instance("outra-k7m2xq", "Outra"))
    (Path(sources[0].folder) / "session.db").unlink()
    (Path(sources[1].folder) / "history.db").write_bytes(b"x" * 5_000)
    whole = replace(order(sources[0]), sources=sources)
    made = shelf.make(whole, [ID, "outra-k7m2xq"], flush=lambda: None)
    assert made.instances == ("outra-k7m2xq",)
    assert (made.lacking, made.without_history) == (("Loja",), ("Outra",))


def test_a_history_that_is_too_large_wants_no_room(
    shelf: Shelf, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It will not be in the backup."""
    source = make_instance()
    with (Path(source.folder) / "history.db").open("ab") as file:
        file.truncate(LARGEST_HISTORY + 1)
    monkeypatch.setattr(
        "core.moving.backup.shelf.shutil.disk_usage", lambda _: SimpleNamespace(free=64 << 20)
    )
    assert shelf.make(order(source), [ID], flush=lambda: None).without_history == ("Loja",)


def test_none_goes_before_the_time_that_was_promised(
    tmp_path: Path, shelf: Shelf, now: list[float], make_instance: MakeInstance
) -> None:
    """However often somebody presses, one more is refused, until one goes. At the end all of them do."""
    source = make_instance()
    made = [shelf.make_export(source, ID, "") for _ in range(KEPT)]
    with pytest.raises(AppError) as caught:
        shelf.make(order(source), [ID], flush=lambda: pytest.fail("something was written"))
    assert (caught.value.code, caught.value.detail) == (RefusalCode.BACKUP_FULL, str(KEPT))
    assert all(shelf.find(one.token) for one in made)
    assert len(left(tmp_path)) == KEPT
    shelf.discard(made[1].token)
    shelf.discard(made[1].token)
    assert len(left(tmp_path)) == KEPT - 1
    shelf.make_export(source, ID, "")
    now[0] += KEPT_S
    shelf.make_export(source, ID, "")
    assert len(left(tmp_path)) == 1
    shelf.clear()
    assert left(tmp_path) == []


def test_one_whose_time_is_over_is_not_given(
    shelf: Shelf, now: list[float], make_instance: MakeInstance
) -> None:
    """Though nothing has swept yet."""
    made = shelf.make_export(make_instance(), ID, "")
    now[0] = made.gone_at
    assert (shelf.find(made.token), shelf.made(made.token)) == (None, None)


def test_names_sort_by_time() -> None:
    """In UTC, whatever the machine's zone."""
    assert file_name(0.9) == "whatsapp-backup-19700101T000000Z.age"
    assert file_name(1_800_000_000.0) > file_name(1_700_000_000.0)


@pytest.mark.parametrize("free", [16 << 20, (16 << 20) + 3 * 4096])
def test_a_disk_that_would_be_filled_is_refused_unwritten(
    tmp_path: Path, shelf: Shelf, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    """Instances wait offline on a full disk, though it is full for a moment only."""
    source = make_instance()
    monkeypatch.setattr("core.moving.backup.shelf.shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(MoveRefusedError) as caught:
        shelf.make(order(source), [ID], flush=lambda: pytest.fail("something was written"))
    assert caught.value.code == MoveCode.DISK_FULL
    assert left(tmp_path) == []
