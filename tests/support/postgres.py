"""A PostgreSQL on loopback for a test: made anew, with a password, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from core.moving.session_schema import SCHEMA
from core.moving.whatsmeow_schema import OWNER_COLUMNS, known_columns
from tests.support.polling import eventually
from tests.support.unprivileged import NOBODY

USER: Final = "reader"
PASSWORD: Final = "a-secret-of-the-database"
_START_S: Final = 30.0


def missing() -> str:
    """Why there is no PostgreSQL here; empty when there is one."""
    return "" if shutil.which("initdb") and shutil.which("postgres") else "PostgreSQL is not installed here"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that runs."""

    port: int

    @property
    def address(self) -> str:
        """What a person types."""
        return f"postgres://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def connect(self) -> Connection:
        """A connection of the owner, to fill and to look."""
        return Connection(USER, host="127.0.0.1", port=self.port, database="postgres", password=PASSWORD)

    def run(self, query: str, **values: Any) -> list[Any]:
        """Run one statement."""
        with closing(self.connect()) as connection:
            return list(connection.run(query, **values) or ())

    def load(self, *stores: Path, schema: str = "") -> None:
        """Put the devices of some SQLite stores into it, in whatsmeow's tables, made if need be."""
        with closing(self.connect()) as connection:
            if schema:
                connection.run(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
                connection.run(f'SET search_path TO "{schema}"')
            found = connection.run("SELECT to_regclass('whatsmeow_device')")
            if found is None or found[0][0] is None:
                for statement in SCHEMA.split(";"):
                    if statement.strip():
                        connection.run(statement)
                connection.run("INSERT INTO whatsmeow_version VALUES (15, 8)")
            connection.run("START TRANSACTION")
            for store in stores:
                _copy(store, connection)
            connection.run("COMMIT")


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start one; it never runs as root, which PostgreSQL refuses."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    if os.getuid() == 0:
        for path in (folder, secret):
            os.chown(path, NOBODY, NOBODY)
    data, port = folder / "data", _free_port()
    subprocess.run(
        _as_user(
            *("initdb", "--pgdata", str(data), "--username", USER, "--pwfile", str(secret)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync"),
        ),
        check=True,
        capture_output=True,
    )
    server = subprocess.Popen(
        _as_user(
            *("postgres", "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"),
            *("-c", "unix_socket_directories=", "-c", "fsync=off"),
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Postgres(port)
    try:
        eventually(lambda: _answers(made), timeout=_START_S, seen=lambda: f"a server on {port}")
        yield made
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(program: str, *arguments: str) -> list[str]:
    command = [str(shutil.which(program)), *arguments]
    if os.getuid() != 0:
        return command
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def _answers(server: Postgres) -> bool:
    try:
        server.connect().close()
    except (DatabaseError, InterfaceError, OSError):
        return False
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _copy(store: Path, connection: Connection) -> None:
    with closing(sqlite3.connect(store)) as file:
        for table in OWNER_COLUMNS:
            kinds = {name: kind for name, kind in known_columns()[table].items() if kind != "UUID"}
            names, marks = ", ".join(kinds), ", ".join(f":{name}" for name in kinds)
            for row in file.execute(f"SELECT {names} FROM {table}"):
                values = {
                    name: bool(value) if kind == "BOOLEAN" else value
                    for (name, kind), value in zip(kinds.items(), row, strict=True)
                }
                connection.run(
                    f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", **values
                )
