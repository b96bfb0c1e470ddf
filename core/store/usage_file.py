"""``usage.json``: samples of what lay on the disk, so that growth is known across restarts."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Final

import msgspec

from core.errors import CorruptFileError
from core.models.codes import DamageCode
from core.models.usage import InstancesSample, UsageHistory, UsageSample
from core.store import json_file
from core.store.files import set_aside
from core.store.layout import is_id

log = logging.getLogger(__name__)

SAMPLES_FILE: Final = "usage.json"
VERSION: Final = 1
_LARGEST: Final = 4 * 1024 * 1024
"""Some 30 times what 500 instances need."""


_Bytes = Annotated[int, msgspec.Meta(ge=0)]


class _UsageFile(msgspec.Struct, frozen=True):
    """The file's fields; pairs of a time (seconds since the epoch) and what was measured then."""

    totals: tuple[tuple[float, _Bytes], ...]
    instances: tuple[tuple[float, dict[str, _Bytes]], ...]


def write_usage(auth_dir: Path, history: UsageHistory) -> None:
    """Write the samples, durably. Raises OSError; the old ones are then still there."""
    content = _UsageFile(
        totals=tuple((int(sample.at), sample.total_bytes) for sample in history.totals),
        instances=tuple((int(sample.at), dict(sample.bytes)) for sample in history.instances),
    )
    json_file.save(auth_dir / SAMPLES_FILE, content, version=VERSION)


def read_usage(auth_dir: Path) -> UsageHistory:
    """Return the stored samples, oldest first; none when there is no file.

    A file that holds anything else is set aside and logged: nothing but the past of a chart is lost.
    Raises OSError when the file is there but cannot be read now; do not overwrite it then.
    """
    path = auth_dir / SAMPLES_FILE
    try:
        content = json_file.load(
            path, _UsageFile, largest=_LARGEST, code=DamageCode.USAGE_CORRUPT, version=VERSION
        )
    except FileNotFoundError:
        return UsageHistory()
    except CorruptFileError:
        log.error("usage samples unreadable, kept as %s", set_aside(path))
        return UsageHistory()
    return UsageHistory(
        totals=tuple(UsageSample(at, size) for at, size in sorted(content.totals, key=_time)),
        instances=tuple(
            InstancesSample(at, {name: size for name, size in sizes.items() if is_id(name)})
            for at, sizes in sorted(content.instances, key=_time)
        ),
    )


def _time(sample: tuple[float, object]) -> float:
    return sample[0]
