"""Whether what is stored lasts: the persistence status, and the live checks of the guide.

What a value holds and what a reason means: ``core.models.persistence``.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from dataclasses import replace

from core.hosting.persistence import folder_checks, guide_checks
from core.models.diagnostics import Check
from core.models.persistence import GuideCheck, PersistenceView
from core.services.runtime import current


def persistence() -> PersistenceView:
    """Return the light with its evidence. Cheap and never waits for the disk, so that every page may ask."""
    runtime = current()
    view = runtime.start_recorder.view()
    if view.empty_since is not None and runtime.registry.views():
        return replace(view, empty_since=None)
    return view


def guide() -> tuple[Check, ...]:
    """Return the guide's steps, checked now. Writes one small file; with a disk that hangs it takes 5 s."""
    runtime = current()
    facts = runtime.start_recorder.facts()
    return (
        guide_checks.disk_attached(facts),
        guide_checks.mounted_where(facts),
        guide_checks.auth_dir_set(facts),
        guide_checks.auth_dir_on_disk(facts),
        *runtime.checks.run(
            {
                GuideCheck.WRITABLE: lambda: folder_checks.writable(
                    runtime.settings.auth_dir, runtime.registry.storage()
                )
            }
        ),
        guide_checks.redeployed(facts),
        guide_checks.sessions_restored(facts, runtime.registry.views()),
    )


def lost_sessions_checks() -> tuple[Check, ...]:
    """Return where to look when sessions are still lost, checked now."""
    runtime = current()
    facts, views = runtime.start_recorder.facts(), runtime.registry.views()
    return (
        guide_checks.mounted_where(facts),
        guide_checks.auth_dir_set(facts),
        guide_checks.auth_dir_on_disk(facts),
        guide_checks.path_in_use(facts),
        guide_checks.marker_kept(facts, views),
        guide_checks.sessions_restored(facts, views),
        guide_checks.unlinked_by_phone(facts, views),
        guide_checks.single_owner(runtime.registry.storage(), views),
    )


def permission_checks() -> tuple[Check, ...]:
    """Return where to look when the folder cannot be written, checked now; takes 5 s if the disk hangs."""
    runtime = current()
    facts, where = runtime.start_recorder.facts(), runtime.settings.auth_dir
    return runtime.checks.run(
        {
            GuideCheck.FOLDER_EXISTS: lambda: folder_checks.exists(where),
            GuideCheck.FOLDER_OWNER: lambda: folder_checks.owner(where),
            GuideCheck.MOUNT_WRITABLE: lambda: folder_checks.mount_writable(facts),
            GuideCheck.MOUNT_PATH: lambda: folder_checks.mount_path(
                facts, runtime.settings.auth_dir_as_given
            ),
            GuideCheck.DISK_ROOM: lambda: folder_checks.room(where),
            GuideCheck.WRITABLE: lambda: folder_checks.writable(where, runtime.registry.storage()),
        }
    )
