"""Makes the stored folders anew: `python -m tests.support.baileys.make_stored`. Needs Node.js and npm.

Each is what a genuine Baileys left behind after it was linked to the emulator, wrote and read. Their keys are
worth nothing elsewhere. Of the one-time keys the first few are kept: all look alike.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from tests.emulator.content import Text
from tests.emulator.handle import Emulator
from tests.support.baileys.client import HERE, VERSIONS, BaileysProcess
from tests.support.polling import eventually

STORED: Final = HERE / "stored"
ONE_TIME_KEYS: Final = 20
NUMBER: Final = "5511966000001"
CONTACT: Final = "5511966000002"
OTHER: Final = "5511966000003"
SETTINGS_S: Final = 10.0


def main() -> None:
    """Link, converse, stop, pack; for each version."""
    STORED.mkdir(exist_ok=True)
    for version in VERSIONS:
        with tempfile.TemporaryDirectory() as folder, Emulator(Path(folder) / "emulator") as emulator:
            client = BaileysProcess(version, Path(folder) / "auth_info_baileys", emulator)
            try:
                converse(emulator, client, by_number=version.startswith("6"))
                client.stop()
            finally:
                client.end()
            pack(client.folder, STORED / f"{version}.zip")


def converse(emulator: Emulator, client: BaileysProcess, *, by_number: bool) -> None:
    """Two conversations and a group: one goes to and fro, one was begun and not answered.

    `by_number`: as versions before 7 know people.
    """
    for number in (CONTACT, OTHER):
        emulator.add_phone(number)
    emulator.scan(number=NUMBER, qr=client.wait("qr")["code"])
    client.wait("connected")
    emulator.wait_for(lambda s: any(d.prekeys for d in s.devices_of(NUMBER)), what="pre-keys")
    for turn in range(2):
        text = Text(f"de lá {turn}")
        client.received(emulator.write(text, sender=CONTACT, receiver=NUMBER, by_number=by_number))
        client.send(f"{CONTACT}@s.whatsapp.net", f"de cá {turn}")
    client.send(f"{OTHER}@s.whatsapp.net", "oi")
    group = emulator.make_group("Time", members=[CONTACT, NUMBER])
    client.received(emulator.write(Text("de todos"), sender=CONTACT, group=group, by_number=by_number))
    emulator.name_account(NUMBER, "Loja")
    eventually(
        lambda: [*client.folder.glob("app-state-sync-key-*")], timeout=SETTINGS_S, seen=client.log_text
    )


def pack(folder: Path, target: Path) -> None:
    """Zip a folder as people do, without most of its one-time keys."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            number = path.stem.removeprefix("pre-key-")
            if not (number.isdigit() and int(number) > ONE_TIME_KEYS):
                json.loads(path.read_bytes())
                archive.write(path, f"{folder.name}/{path.name}")


if __name__ == "__main__":
    main()
