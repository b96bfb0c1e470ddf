"""What every measurement needs: an emulator, a patched core, folders and fresh numbers."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.models.instance import InstanceRecord
from core.store.instance_file import create_folder
from tests.emulator.handle import Emulator
from tests.emulator.patch_core import patched_neonize
from tests.support.app_process import AppProcess
from tests.support.pairing import pair_instances


class Site:
    """Starts apps on folders of their own."""

    def __init__(self, folder: Path, emulator: Emulator, core: Path) -> None:
        self.emulator = emulator
        self._folder = folder
        self.core = core
        self._count = itertools.count(10_000_000)

    def number(self) -> str:
        """A Brazilian mobile number that nobody has yet, with a phone at the emulator."""
        number = f"55119{next(self._count)}"
        self.emulator.add_phone(number, number)
        return number

    def folder(self) -> Path:
        """A new empty folder."""
        made = self._folder / f"run-{next(self._count)}"
        made.mkdir()
        return made

    def app(
        self, auth_dir: Path | None = None, *, password: str = "", env: Mapping[str, str] | None = None
    ) -> AppProcess:
        """An app that is not started yet, on ``auth_dir`` or on an empty folder."""
        return AppProcess(
            folder=self.folder(),
            emulator=self.emulator,
            core=self.core,
            auth_dir=auth_dir,
            password=password,
            env=env,
        )

    def paired(self, count: int, *, unpaired: int = 0, stopped: int = 0) -> Path:
        """A folder with ``count`` paired instances, some that wait for a scan and some never started.

        Nobody runs it.
        """
        auth_dir = self.folder() / "auth"
        auth_dir.mkdir()
        # First: it makes room for these, and runs whatever is there.
        pair_instances(auth_dir, self.emulator, self.core, [self.number() for _ in range(count)])
        for position in range(unpaired):
            record = InstanceRecord(id=f"qr-{position}", name=f"QR {position}", created_at=0, wanted=True)
            create_folder(auth_dir, record)
        for position in range(stopped):
            created = time.time() - 10_000 + position  # before the paired ones: the list shows those first
            record = InstanceRecord(f"loja-{position:03}", f"Loja {position}", created, wanted=False)
            create_folder(auth_dir, record)
        return auth_dir


@contextmanager
def own_site() -> Iterator[Site]:
    """A site with an emulator of its own, in a folder that goes with it."""
    with tempfile.TemporaryDirectory() as folder, Emulator(Path(folder) / "emulator") as emulator:
        yield Site(Path(folder), emulator, patched_neonize(Path(folder) / "core", emulator.root_key))
