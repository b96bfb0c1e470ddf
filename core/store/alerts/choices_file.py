"""``alerts.json``: addresses and choices of the alerts. Each address is a secret: mode 0600."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from core.errors import CorruptFileError
from core.models.alerts.choices import AlertChoices
from core.models.codes import DamageCode
from core.store import json_file
from core.store.files import set_aside

log = logging.getLogger(__name__)

CHOICES_FILE: Final = "alerts.json"
VERSION: Final = 1
_LARGEST: Final = 1_000_000


def write_choices(auth_dir: Path, choices: AlertChoices) -> None:
    """Write the choices, durably; mode 0600. Raises OSError; the old ones are then still there."""
    json_file.save(auth_dir / CHOICES_FILE, choices, version=VERSION)


def read_choices(auth_dir: Path) -> tuple[AlertChoices, str]:
    """Return the stored choices, the defaults when there are none; and the name of a damaged file.

    A file that holds anything else is set aside under that name, which is empty when all is well. Raises
    OSError when the file is there but cannot be read now; do not overwrite it then. Raises OtherVersionError
    for one of another version, which is left where it is.
    """
    path = auth_dir / CHOICES_FILE
    try:
        return json_file.load(
            path, AlertChoices, largest=_LARGEST, code=DamageCode.ALERTS_CORRUPT, version=VERSION
        ), ""
    except FileNotFoundError:
        return AlertChoices(), ""
    except json_file.OtherVersionError:
        raise
    except CorruptFileError:
        aside = set_aside(path)
        log.error("alert choices unreadable, kept as %s", aside)
        return AlertChoices(), aside
