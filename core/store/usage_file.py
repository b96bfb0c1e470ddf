"""``usage.json``: samples of what lay on the disk, so that growth is known across restarts."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import Any, Final

from core.errors import CorruptFileError
from core.models.usage import InstancesSample, UsageHistory, UsageSample
from core.store.files import set_aside, write_atomic
from core.store.layout import is_id

log = logging.getLogger(__name__)

SAMPLES_FILE: Final = "usage.json"
VERSION: Final = 1
_LARGEST: Final = 4 * 1024 * 1024
"""Some 30 times what 500 instances need."""


def write_usage(auth_dir: Path, history: UsageHistory) -> None:
    """Store the samples, durably. Raises OSError; the old ones are then still there."""
    body = {
        "version": VERSION,
        "totals": [[int(sample.at), sample.total_bytes] for sample in history.totals],
        "instances": [[int(sample.at), dict(sample.bytes)] for sample in history.instances],
    }
    write_atomic(auth_dir / SAMPLES_FILE, json.dumps(body, separators=(",", ":")).encode() + b"\n")


def read_usage(auth_dir: Path) -> UsageHistory:
    """The stored samples, oldest first; none when there is no file.

    What cannot be understood is set aside and told to the log: nothing but the past of a chart is lost.
    Raises OSError when the file is there but cannot be read now; do not overwrite it then.
    """
    path = auth_dir / SAMPLES_FILE
    try:
        return _parsed(path.read_bytes() if path.stat().st_size <= _LARGEST else b"")
    except FileNotFoundError:
        return UsageHistory()
    except (CorruptFileError, IsADirectoryError):
        log.error("usage samples unreadable, kept as %s", set_aside(path))
        return UsageHistory()


def _parsed(data: bytes) -> UsageHistory:
    try:
        body: Any = json.loads(data)
        if body["version"] != VERSION:
            raise CorruptFileError("usage-corrupt", detail="version")
        totals = [UsageSample(_time(at), _size(size)) for at, size in body["totals"]]
        instances = [
            InstancesSample(_time(at), {name: _size(size) for name, size in sizes.items() if is_id(name)})
            for at, sizes in body["instances"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CorruptFileError("usage-corrupt", detail=type(error).__name__) from error
    return UsageHistory(
        totals=tuple(sorted(totals, key=lambda sample: sample.at)),
        instances=tuple(sorted(instances, key=lambda sample: sample.at)),
    )


def _time(value: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]
        raise ValueError("no time")
    return float(value)  # type: ignore[arg-type]


def _size(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no size")
    return value
