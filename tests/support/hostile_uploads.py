"""Uploads that are damaged, made to harm, or only half there: each family by name, all the same in each run.

Every one of them holds `MARK` where its format has room for a text, so that a test can look for it in logs.
"""

from __future__ import annotations

import io
import json
import os
import random
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.support.backups import shop_backup
from tests.support.baileys.samples import folder_of
from tests.support.moving_keys import made_device
from tests.support.whatsmeow_stores import edit, shop_store, split_keys

MARK: Final = "SEGREDO-5511987650000"
HUGE: Final = 300 << 20
Maker = Callable[[Path], Path]
"""Makes one upload, whose name it is given; returns it."""
Named = Iterator[tuple[str, Maker]]


def _bytes(content: bytes) -> Maker:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def _sql(*statements: str) -> Maker:
    return lambda path: edit(shop_store(path), *statements)


def _zip(files: Mapping[str, bytes], *, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packed) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return target.getvalue()


def _baileys() -> dict[str, bytes]:
    return folder_of(made_device(push_name=MARK), sessions=2, one_time_keys=10)


def _below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def zips() -> Named:
    """Bombs, names that lead out, links and devices, passwords, overlaps, offsets into nowhere."""
    names = (
        *("../creds.json", "a/../../creds.json", "/etc/creds.json", "C:\\creds.json", "..\\..\\creds.json"),
        *("a/./../../creds.json", "//server/creds.json", "\\\\server\\creds.json", "a" * 600, "x/.."),
    )
    for number, name in enumerate(names):
        yield f"path-{number}", _bytes(_zip({**_baileys(), name: MARK.encode()}))
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        yield f"kind-{kind:o}", _bytes(_with_kind(kind))
    yield "bomb", _bytes(_zip({"creds.json": bytes(64 << 20)}))
    yield "bomb-database", _bytes(_zip({"s.db": b"SQLite format 3\0" + bytes(64 << 20)}))
    yield "bomb-many", _bytes(_zip({f"{number}.json": bytes(2 << 20) for number in range(160)}))
    yield "members", _bytes(_zip({str(number): b"" for number in range(51_000)}))
    yield "nested", _bytes(_zip({"a.zip": _zip({"b.zip": _zip({"creds.json": b"{}"})})}))
    yield "twice", _bytes(_doubled())
    yield "overlap", _bytes(_overlapping())
    yield "locked", _bytes(_locked())
    for packed in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield f"packed-{packed}", _bytes(_zip(_baileys(), packed=packed))
    yield "browser", _bytes(_zip({"Default/IndexedDB/x": b"x", "Default/Cookies": b"SQLite format 3\0"}))
    yield "nothing", _bytes(_zip({}))
    yield "readme", _bytes(_zip({"README.txt": MARK.encode()}))
    yield "says-more", _bytes(_with_size(0xFFFFFFF0))
    yield "databases", _many_databases


def cut_zips() -> Named:
    """The zip of a whole session, ended at every kind of place."""
    whole = _zip(_below("auth", _baileys()))
    for number in range(30):
        yield f"at-{number}", _bytes(whole[: 1 + number * (len(whole) - 2) // 30])


def databases() -> Named:
    """SQLite that runs things, is of another kind than it says, or holds what no session holds."""
    device = "DROP TABLE whatsmeow_device"
    yield "view", _sql(device, "CREATE VIEW whatsmeow_device AS SELECT load_extension('/tmp/x.so') AS jid")
    yield "view-loop", _sql(device, "CREATE VIEW whatsmeow_device AS SELECT * FROM whatsmeow_version")
    yield "virtual", _sql(device, "CREATE VIRTUAL TABLE whatsmeow_device USING fts5(jid)")
    yield "computed", _sql(device, "CREATE TABLE whatsmeow_device (n, jid TEXT AS (zeroblob(1000000000)))")
    yield (
        "no-columns",
        _sql(device, "CREATE TABLE whatsmeow_device (x)", "INSERT INTO whatsmeow_device VALUES (1)"),
    )
    yield "no-device", _sql("DELETE FROM whatsmeow_device")
    yield "never-paired", _sql("UPDATE whatsmeow_device SET jid = '5511990000001@s.whatsapp.net'")
    yield "newer", _sql("UPDATE whatsmeow_version SET version = 90, compat = 80")
    yield "odd-version", _sql(f"UPDATE whatsmeow_version SET version = '{MARK}'")
    yield "no-version", _sql("DROP TABLE whatsmeow_version")
    yield "empty-version", _sql("DELETE FROM whatsmeow_version")
    yield (
        "no-tables",
        _sql(
            *(f"DROP TABLE whatsmeow_{name}" for name in ("pre_keys", "sessions", "identity_keys")),
            "ALTER TABLE whatsmeow_device RENAME TO others",
        ),
    )
    yield "blob", _sql("UPDATE whatsmeow_sessions SET session = zeroblob(60000000)")
    yield "text-for-bytes", _sql(f"UPDATE whatsmeow_sessions SET session = '{MARK}'")
    yield "real-for-number", _sql("UPDATE whatsmeow_device SET registration_id = 1.5")
    yield "not-text", _sql("UPDATE whatsmeow_device SET push_name = CAST(x'fffe' AS TEXT)")
    for column in ("noise_key", "identity_key", "signed_pre_key", "adv_key"):
        yield f"short-{column}", _sql(f"UPDATE whatsmeow_device SET {column} = x'0102'")
        yield (
            f"none-{column}",
            _sql(
                f"ALTER TABLE whatsmeow_device DROP COLUMN {column}"
                if column == "adv_key"
                else f"UPDATE whatsmeow_device SET {column} = ''"
            ),
        )
    for column in ("identity_key", "signed_pre_key", "adv_account_sig_key"):
        yield f"other-{column}", _sql(f"UPDATE whatsmeow_device SET {column} = randomblob(32)")
    for column in ("signed_pre_key_sig", "adv_account_sig", "adv_device_sig"):
        yield f"other-{column}", _sql(f"UPDATE whatsmeow_device SET {column} = randomblob(64)")
    yield "details", _sql("UPDATE whatsmeow_device SET adv_details = x''")
    yield "only-head", _bytes(b"SQLite format 3\0")
    yield "head-and-text", _bytes(b"SQLite format 3\0" + MARK.encode() * 500)


def cut_databases() -> Named:
    """A whole store, ended at every kind of place, and one whose pages were written over."""
    whole = _made(shop_store)
    for number in range(30):
        size = 1 + number * (len(whole) // 2) // 30
        yield f"at-{number}", _bytes(whole[:size])
    for number in range(20):
        yield f"page-size-{number}", _bytes(whole[:16] + bytes([number * 12 + 3, 7]) + whole[18:])


def documents() -> Named:
    """JSON that is too deep, too long, or says something else than a session."""
    for depth in (10_000, 200_000):
        yield f"depth-{depth}", _bytes(b"[" * depth)
        yield f"depth-closed-{depth}", _bytes(b'{"a":' * depth + b"1" + b"}" * depth)
        yield (
            f"creds-depth-{depth}",
            _bytes(_zip({"creds.json": b'{"me":' + b"[" * depth + b"]" * depth + b"}"})),
        )
    for number, text in enumerate(
        (
            *(
                "{",
                "[",
                "{}",
                "[]",
                '{"creds": 1}',
                '"x"',
                "{'a': 1}",
                '{"a": NaN}',
                "[1e999]",
                "[" + "9" * 20_000 + "]",
            ),
            *(
                '{"sessionId": "x", "creds": "{}"}',
                '{"creds": "\\"{}\\""}',
                '{"creds": null}',
                '[{"creds": []}]',
            ),
        )
    ):
        yield f"document-{number}", _bytes(text.encode())
    creds = json.loads(_baileys()["creds.json"])
    for name in (
        "noiseKey",
        "signedIdentityKey",
        "signedPreKey",
        "registrationId",
        "advSecretKey",
        "account",
        "me",
    ):
        values: tuple[object, ...] = (None, MARK, [], {"type": "Buffer", "data": MARK}, -1)
        for value in values:
            yield (
                f"creds-{name}-{type(value).__name__}",
                _bytes(_zip({"creds.json": json.dumps({**creds, name: value}).encode()})),
            )
    yield "creds-none", _bytes(_zip({"pre-key-1.json": b"{}", "session-1.0.json": b"{}"}))
    yield "creds-empty", _bytes(_zip({"creds.json": b""}))
    yield "creds-binary", _bytes(_zip({"creds.json": bytes(range(256))}))


def backups() -> Named:
    """A backup that is cut, changed, or asks for more than any machine has."""
    whole = _made(shop_backup)
    for number in range(15):
        yield f"at-{number}", _bytes(whole[: 40 + number * (len(whole) - 41) // 15])
    for number in range(10):
        place = len(whole) // 10 * number + 30
        yield f"flip-{number}", _bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
    yield "more", _bytes(whole + b"\0" * 100)
    yield (
        "work-factor",
        _bytes(
            b"age-encryption.org/v1\n-> scrypt "
            + b"A" * 22
            + b" 40\n"
            + b"A" * 43
            + b"\n--- "
            + b"A" * 43
            + b"\n"
        ),
    )
    yield "no-recipient", _bytes(b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n")
    yield "long-head", _bytes(b"age-encryption.org/v1\n" + b"-> scrypt " + b"A" * 5_000_000)


def others() -> Named:
    """What is no session at all: other formats, noise, nothing, and three hundred megabytes of it."""
    yield "empty", _bytes(b"")
    for number, head in enumerate(
        (
            b"\x1f\x8b\x08\0",
            b"BZh9",
            b"\xfd7zXZ\0",
            b"Rar!\x1a\x07",
            b"7z\xbc\xaf\x27\x1c",
            b"%PDF-1.7",
            b"\x7fELF",
            b"\xff\xd8\xff",
            b"<?xml",
            b"PK",
            b"-- SQL",
            b"\0" * 64,
            b"{" * 3,
            b"REDIS0011",
            b"PGDMP",
        )
    ):
        yield f"head-{number}", _bytes(head + MARK.encode())
    noise = random.Random(7)
    for number in range(10):
        yield f"noise-{number}", _bytes(b"\x80" + noise.randbytes(5_000))
    for name, head in (("huge", b""), ("huge-database", b"SQLite format 3\0"), ("huge-zip", b"PK\x03\x04")):
        yield name, _huge(head)


def _made(make: Maker) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make(Path(folder) / "made").read_bytes()


def _huge(head: bytes) -> Maker:
    """A file of more than 300 MB that takes no room on the disk."""

    def make(path: Path) -> Path:
        path.write_bytes(head)
        os.truncate(path, HUGE + 1)
        return path

    return make


def _with_kind(kind: int) -> bytes:
    target = io.BytesIO()
    entry = zipfile.ZipInfo("creds.json")
    entry.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(entry, b"/etc/passwd")
    return target.getvalue()


def _doubled() -> bytes:
    """Two files of one name."""
    return _zip({"creds.json": b"{}", "creds.jsoN": b"{}"}).replace(b"creds.jsoN", b"creds.json")


def _locked() -> bytes:
    data = bytearray(_zip({"creds.json": b"{}"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _overlapping() -> bytes:
    """Thousands of names for one and the same packed content."""
    data = _zip({"a0000.db": b"SQLite format 3\0" + bytes(1 << 20)})
    start = data.index(b"PK\x01\x02")
    entry, end = data[start : data.index(b"PK\x05\x06")], data[data.index(b"PK\x05\x06") :]
    entries = b"".join(entry.replace(b"a0000", f"a{number:04}".encode()) for number in range(1, 3000))
    size, count = len(entry) + len(entries), 3000
    tail = end[:8] + struct.pack("<HHII", count, count, size, start) + end[20:]
    return data[:start] + entry + entries + tail


def _with_size(size: int) -> bytes:
    """A file that says that it is four gigabytes."""
    data = bytearray(_zip({"creds.json": b"{}"}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", size)
    return bytes(data)


def _many_databases(path: Path) -> Path:
    """More databases than belong together."""
    main, keys = split_keys(path.parent)
    path.write_bytes(_zip({f"{number}.db": (main, keys)[number % 2].read_bytes() for number in range(9)}))
    for file in (main, keys):
        file.unlink()
    return path


FAMILIES: Final[Mapping[str, Callable[[], Named]]] = {
    "zips": zips,
    "cut zips": cut_zips,
    "databases": databases,
    "cut databases": cut_databases,
    "documents": documents,
    "backups": backups,
    "others": others,
}
