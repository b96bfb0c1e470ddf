"""Prepared sessions become instances. Threading: everything here is safe from any thread."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from core.models.audit import Action
from core.models.instance import InstanceView
from core.moving import staging
from core.services import audit
from core.services.instances import clean_name
from core.services.runtime import current


def staging_folder() -> AbstractContextManager[Path]:
    """Yield an empty folder in which a session is prepared; erased at the end unless it was adopted.

    It lies on the disk of the sessions, so that it can be put in its place in one step. Raises
    StorageUnavailableError.
    """
    runtime = current()
    return staging.staging_folder(runtime.settings.auth_dir)


def adopt(folder: Path, name: str, *, as_it_was: bool = False, request_id: str = "") -> InstanceView:
    """Make a prepared ``folder`` (of ``staging_folder``) a new instance and start it: it needs no QR.

    It stays stopped when it was moved to another system before it was saved; with ``as_it_was``, also when
    its owner had stopped it.
    The same ``request_id`` never makes two. Raises MoveRefusedError (``move-already-here``,
    ``move-in-trash``, ``move-no-device``, ``move-damaged``), InvalidInputError (name-…), LimitReachedError
    (instance-limit), StorageUnavailableError.
    """
    made = current().registry.moving.adopt(
        folder, clean_name(name), as_it_was=as_it_was, request_id=request_id
    )
    audit.note(Action.MOVED_IN, made.id)
    return made
