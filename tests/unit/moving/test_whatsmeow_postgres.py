"""A whatsmeow database in PostgreSQL: its address, and what is read of a real one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving import whatsmeow_postgres
from core.moving.reader.sources import whatsmeow_database, whatsmeow_files
from core.moving.whatsmeow_postgres import WhatsmeowPostgres, parse_address
from core.moving.whatsmeow_schema import OWNER_COLUMNS
from tests.support.postgres import PASSWORD, Postgres, missing, running_postgres
from tests.support.whatsmeow_stores import SHOP, many_devices, rows, shop_store


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A real one on loopback."""
    if reason := missing():
        pytest.skip(reason)
    with running_postgres() as running:
        yield running


@pytest.fixture
def database(server: Postgres) -> Iterator[Postgres]:
    """The same, empty."""
    yield server
    server.run("DROP SCHEMA public CASCADE")
    server.run("CREATE SCHEMA public")


def _deadline(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def _refusal(address: str, *, seconds: float = 20.0) -> MoveRefusedError:
    with (
        pytest.raises(MoveRefusedError) as refused,
        whatsmeow_database(address, deadline=_deadline(seconds)) as source,
    ):
        source.found()
    return refused.value


def test_an_address_says_where_and_who() -> None:
    """As every program writes it; the password is not shown."""
    address = parse_address(" postgresql://leitor:s%40ha@db.local/gowa?sslmode=verify-full&schema=wa ")
    assert (address.host, address.port, address.user, address.database) == (
        "db.local",
        5432,
        "leitor",
        "gowa",
    )
    assert (address.password, address.mode, address.schema) == ("s@ha", "verify-full", "wa")
    assert "s@ha" not in repr(address)
    assert parse_address("postgres://leitor@db:6000").database == "leitor"


@pytest.mark.parametrize(
    "text",
    [
        *("", "db.local", "mysql://u:p@h/d", "postgres://h/d", "postgres:///d", "postgres://u@/d"),
        *("postgres://u:p@h:99999/d", "postgres://u:p@h/d?sslmode=never", "file:///etc/passwd"),
        *("postgres://u:p@h/d?schema=a%22;drop", "postgres://u:p@h/d\r\nx", "postgres://u:p@[h/d"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Before anybody is asked."""
    with pytest.raises(MoveRefusedError) as refused:
        parse_address(text)
    assert refused.value.code == MoveCode.ADDRESS_WRONG


def test_one_device_out_of_many_is_read(database: Postgres, tmp_path: Path) -> None:
    """Every row of it, as out of a file; the database stays as it is."""
    store = many_devices(tmp_path / "many.db")
    database.load(store)
    before = database.run("SELECT pg_current_wal_lsn()")
    with whatsmeow_database(database.address, deadline=_deadline()) as source:
        devices = source.found().devices
        assert [device.number for device in devices] == [SHOP, "5511990000002", "5511990000003"]
        assert (devices[0].keys, devices[0].conversations) == (811, 3)
        source.prepare(0, tmp_path)
    assert database.run("SELECT pg_current_wal_lsn()") == before
    other = tmp_path / "from-file"
    other.mkdir()
    with whatsmeow_files([store], deadline=_deadline()) as source:
        source.prepare(0, other)
    for table in OWNER_COLUMNS:
        from_database, from_file = (
            sorted(rows(folder / "session.db", f"SELECT * FROM {table}"), key=repr)
            for folder in (tmp_path, other)
        )
        assert from_database == from_file, table


def test_tables_of_another_schema_are_found_by_its_name(database: Postgres, tmp_path: Path) -> None:
    """Some programs keep theirs in one of their own."""
    database.load(shop_store(tmp_path / "s.db"), schema="wa")
    assert _refusal(database.address).code == MoveCode.NO_DEVICE
    with whatsmeow_database(f"{database.address}?schema=wa", deadline=_deadline()) as source:
        assert source.found().devices[0].number == SHOP
    database.run("DROP SCHEMA wa CASCADE")


def test_nothing_can_be_written(database: Postgres, tmp_path: Path) -> None:
    """The transaction is one for reading only."""
    database.load(shop_store(tmp_path / "s.db"))
    with (
        WhatsmeowPostgres(parse_address(database.address), deadline=_deadline()) as tables,
        pytest.raises(MoveRefusedError),
    ):
        tables._run("DELETE FROM whatsmeow_device")
    assert database.run("SELECT count(*) FROM whatsmeow_device") == [[1]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM whatsmeow_device", MoveCode.NO_DEVICE),
        ("UPDATE whatsmeow_version SET version = 31, compat = 30", MoveCode.SCHEMA_TOO_NEW),
        ("DROP TABLE whatsmeow_version", MoveCode.NO_DEVICE),
        ("UPDATE whatsmeow_device SET identity_key = sha256('x')", MoveCode.KEYS_WRONG),
        ("ALTER TABLE whatsmeow_device ALTER noise_key TYPE text USING 'x'", MoveCode.DAMAGED),
    ],
)
def test_what_cannot_be_brought_is_refused(
    database: Postgres, tmp_path: Path, change: str, code: MoveCode
) -> None:
    """For the same reasons as a file."""
    database.load(shop_store(tmp_path / "s.db"))
    database.run("ALTER TABLE whatsmeow_device DROP CONSTRAINT IF EXISTS whatsmeow_device_noise_key_check")
    database.run(change)
    assert _refusal(database.address).code == code


def test_who_may_not_read_it_is_refused(database: Postgres) -> None:
    """A wrong password, a wrong port, a wrong database."""
    address = database.address
    assert _refusal(address.replace(PASSWORD, "wrong")).code == MoveCode.UNREACHABLE
    assert _refusal(f"{address}-none").code == MoveCode.UNREACHABLE
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))
        unused = f"postgres://u:p@127.0.0.1:{closed.getsockname()[1]}/d"
        assert _refusal(unused).code == MoveCode.UNREACHABLE


def test_encryption_that_is_insisted_on_is_not_given_up(database: Postgres) -> None:
    """The server here has none: whoever asks for it is refused, whoever prefers it is not."""
    assert _refusal(f"{database.address}?sslmode=require").code == MoveCode.UNREACHABLE
    assert _refusal(f"{database.address}?sslmode=prefer").code == MoveCode.NO_DEVICE
    assert _refusal(f"{database.address}?sslmode=disable").code == MoveCode.NO_DEVICE


def test_more_than_a_session_holds_is_refused(
    database: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes are counted while they come."""
    database.load(shop_store(tmp_path / "s.db"))
    monkeypatch.setattr(whatsmeow_postgres, "MOST_BYTES", 2_000)
    with (
        whatsmeow_database(database.address, deadline=_deadline()) as source,
        pytest.raises(MoveRefusedError) as refused,
    ):
        source.prepare(0, tmp_path)
    assert refused.value.code == MoveCode.TOO_LARGE


def test_a_query_that_takes_too_long_ends(database: Postgres, tmp_path: Path) -> None:
    """At the server, by its own clock."""
    database.load(shop_store(tmp_path / "s.db"))
    with WhatsmeowPostgres(parse_address(database.address), deadline=_deadline(1.0)) as tables:
        begin = time.monotonic()
        with pytest.raises(MoveRefusedError) as refused:
            tables._run("SELECT pg_sleep(60)")
    assert time.monotonic() - begin < 10
    assert refused.value.code in (MoveCode.TOO_SLOW, MoveCode.UNREACHABLE)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"N" + b"\xff" * 64, b"S" * 100])
def test_another_kind_of_server_is_refused(answer: bytes) -> None:
    """Whatever it says."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        other.settimeout(10)

        def serve() -> None:
            for _ in range(2):
                try:
                    taken, _ = other.accept()
                except OSError:
                    return
                with taken:
                    taken.settimeout(10)
                    taken.recv(1000)
                    taken.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert _refusal(f"postgres://u:p@127.0.0.1:{other.getsockname()[1]}/d").code == MoveCode.UNREACHABLE
