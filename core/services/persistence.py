"""Whether what is stored lasts: the persistence light, and the live checks of the guide.

Reasons of ``persistence()``:

====================== ======= ===============================================================================
reason                 light   meaning
====================== ======= ===============================================================================
auth-dir-not-set       red     on Render without AUTH_DIR: a folder in /tmp is used
covered-by-root        red     the folder lies on the container's own file system: no disk is mounted there
temporary-file-system  red     it lies in memory (tmpfs), in an image layer or in a Kubernetes emptyDir
temporary-folder       red     it lies in a folder that the system clears (/tmp, a service's private /tmp)
not-proven             amber   a disk is mounted there; this is the first start that it knows of
restarts-only          amber   earlier starts are on record, all of the same container and deploy
own-machine            amber   the disk of a machine of one's own; it has not been rebooted since
own-machine-unread     amber   the same on a system that names neither mounts nor boots (macOS, Windows)
anonymous-volume       amber   a Docker volume without a name: the next container may get another one
disk-changed           amber   copied here from another disk; this disk has not proven itself
not-recorded           amber   the start could not be written down (full or read-only disk)
outlived-deploy        green   what was stored outlived a change of machine, container or deploy
outlived-reboot        green   the same for a reboot, on a machine of one's own
opening                unknown the folder is not open yet
mounts-unreadable      unknown a container whose mounts cannot be read
====================== ======= ===============================================================================

Checks, by function and in this order. ``=storage`` stands for the codes of storage problems
(auth-dir-locked, auth-dir-read-only, auth-dir-denied, auth-dir-missing, auth-dir-not-a-folder, disk-full,
auth-dir-error). Moments are ISO 8601, UTC.

``guide()``
    disk-attached      value: type and device. Bad: no-disk. Unknown: mounts-unreadable.
    mounted-where      value: mount point. Bad: no-disk. Warning: disk-elsewhere (a disk is there, but the
                       sessions are not on it). Unknown: mounts-unreadable.
    auth-dir-set       value: the folder. Bad: auth-dir-not-set (Render). Warning: auth-dir-default (another
                       container: the default folder is used). Good without AUTH_DIR on one's own machine.
    auth-dir-on-disk   value: mount point of the disk it is on. Bad: covered-by-root, temporary-file-system,
                       temporary-folder, auth-dir-not-set; disk-elsewhere (value: where the disk is).
                       Warning: anonymous-volume. Unknown: mounts-unreadable.
    writable           value: time of one durable write. Bad: =storage, with their detail; disk-hangs.
                       Unknown: opening.
    redeployed         value: how many (reboots on one's own machine). Bad: the light's reason when red.
                       Warning: not-redeployed (first start), restarts-only, not-rebooted (own machine),
                       disk-changed, not-recorded. Unknown: opening, mounts-unreadable, machine-unknown (this
                       system names no boot or container).
    sessions-restored  value: how many linked sessions this start found. Bad: instances-gone (value: how many
                       were here before and are neither here nor in the trash), session-missing (value: how
                       many instances have lost their session file). Warning: folder-empty (value: when: this
                       start or an earlier one found nothing, and nothing was made since), not-recorded.
                       Unknown: opening, nothing-to-restore (no linked session existed before this start).

``lost_sessions_checks()``
    mounted-where, auth-dir-set, auth-dir-on-disk: as above.
    path-in-use        value: the folder that the log lines name. Warning: path-is-link (it leads elsewhere;
                       value: where to).
    marker-kept        value: when the first start on record was. Warning: folder-empty, disk-changed,
                       not-recorded, first-start (no earlier start on record, though instances are here),
                       marker-damaged (set aside: the count began anew). Unknown: opening.
    sessions-restored  as above.
    unlinked-by-phone  Warning: unlinked-by-phone (value: how many instances WhatsApp or the phone has logged
                       out: no disk can prevent that). Unknown: opening.
    single-owner       Bad: auth-dir-locked (value: who has the folder). Warning: replaced-elsewhere (value:
                       how many instances were opened in another place).

``permission_checks()``
    folder-exists      value: the folder. Bad: auth-dir-missing (value: the first part of the path that is not
                       there), auth-dir-not-a-folder (value: the part that is a file), auth-dir-denied (value:
                       the part that this process may not enter).
    folder-owner       value: who runs this process and who owns the folder (``uid 1000, folder 0:0 0755``).
                       Bad: owned-by-other, auth-dir-denied (ours, but its mode forbids writing). Unknown:
                       auth-dir-missing, not-told (Windows).
    mount-writable     value: mount point. Bad: auth-dir-read-only (mounted read-only). Unknown:
                       mounts-unreadable.
    mount-path         value: mount point. Bad: covered-by-root (no disk is mounted there, so there is nothing
                       to have permission for; never on one's own machine). Warning: path-ends-with-slash
                       (value: AUTH_DIR as typed; harmless in it, but not in a host's mount path). Unknown:
                       mounts-unreadable.
    disk-room          value: free bytes as text. Bad: disk-full, inodes-full. Unknown: auth-dir-missing,
                       not-told (Windows).
    writable           as above.

    Those that ask the disk (folder-…, disk-room, writable) may be bad for disk-hangs.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from dataclasses import replace

from core.hosting.persistence import folder_checks, guide_checks
from core.models.diagnostics import Check
from core.models.persistence import PersistenceView
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
                "writable": lambda: folder_checks.writable(
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
            "folder-exists": lambda: folder_checks.exists(where),
            "folder-owner": lambda: folder_checks.owner(where),
            "mount-writable": lambda: folder_checks.mount_writable(facts),
            "mount-path": lambda: folder_checks.mount_path(facts, runtime.settings.auth_dir_as_given),
            "disk-room": lambda: folder_checks.room(where),
            "writable": lambda: folder_checks.writable(where, runtime.registry.storage()),
        }
    )
