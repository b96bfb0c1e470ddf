"""Where this process runs, and what changes there with a restart, a reboot or a deploy."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.hosting.persistence.mounts import mount_of, parse_mountinfo
from core.models.persistence import HostKind

_KINDS: Final = (
    (HostKind.RENDER, ("RENDER", "RENDER_INSTANCE_ID")),
    (HostKind.FLY, ("FLY_MACHINE_ID", "FLY_APP_NAME", "FLY_ALLOC_ID")),
    (HostKind.RAILWAY, ("RAILWAY_DEPLOYMENT_ID", "RAILWAY_PROJECT_ID", "RAILWAY_ENVIRONMENT")),
    (HostKind.KUBERNETES, ("KUBERNETES_SERVICE_HOST",)),
    # Heroku, Cloud Run, ECS: containers that hide the usual signs.
    (HostKind.DOCKER, ("DYNO", "K_SERVICE", "ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI")),
)
_MACHINE: Final[Mapping[HostKind, tuple[str, ...]]] = {
    HostKind.RENDER: ("RENDER_INSTANCE_ID",),
    HostKind.FLY: ("FLY_MACHINE_ID", "FLY_ALLOC_ID"),
    HostKind.RAILWAY: ("RAILWAY_REPLICA_ID",),
}
_DEPLOY: Final[Mapping[HostKind, tuple[str, ...]]] = {
    HostKind.RENDER: ("RENDER_GIT_COMMIT",),
    # A Fly machine keeps its id through deploys and gets a new root file system with each.
    HostKind.FLY: ("FLY_MACHINE_VERSION", "FLY_IMAGE_REF"),
    HostKind.RAILWAY: ("RAILWAY_DEPLOYMENT_ID",),
}
_CONTAINER_ID: Final = re.compile(
    r"/(?:containers|overlay-containers|docker|libpod-?)[/-]?([0-9a-f]{64})(?=[/.]|$)"
)
_BOOT_ID: Final = "proc/sys/kernel/random/boot_id"
_POD_ID: Final = re.compile(r"/pods/([0-9a-f-]{32,36})/")


@dataclass(frozen=True, slots=True)
class Host:
    """The host, and short hashes of what identifies machine and deploy; an empty one is unknown."""

    kind: HostKind
    machine: str
    """Changes with the machine, container or pod; on a machine of one's own with each reboot."""
    deploy: str
    """Changes with a deploy, where the host tells; else empty."""


def boot_id(root: Path = Path("/")) -> str:
    """Return the id of this run of the machine's kernel; empty when the system does not tell."""
    return _text(root / _BOOT_ID).strip()


def read_host(environment: Mapping[str, str], root: Path = Path("/")) -> Host:
    """Return what ``environment`` and the files below ``root`` tell. Never raises."""
    mountinfo = _text(root / "proc/self/mountinfo")
    kind = _kind(environment, root, mountinfo)
    match kind:
        case HostKind.KUBERNETES:
            # A StatefulSet's pod keeps its name; its uid shows in what is mounted into it.
            pod = _POD_ID.search(mountinfo)
            machine = _name(environment, root) + (pod[1] if pod else "")
        case HostKind.DOCKER:
            machine = environment.get("DYNO", "") or _container(root, mountinfo) or _name(environment, root)
        case HostKind.LOCAL:
            machine = boot_id(root)
        case _:
            machine = _joined(environment, _MACHINE[kind])
    return Host(
        kind,
        machine=short_hash(kind, machine),
        deploy=short_hash(kind, _joined(environment, _DEPLOY.get(kind, ()))),
    )


def short_hash(*parts: str) -> str:
    """Return 12 hexadecimal digits that tell values apart and hide them; empty when the last part is."""
    return (
        hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:12]
        if parts[-1]
        else ""
    )


def _kind(environment: Mapping[str, str], root: Path, mountinfo: str) -> HostKind:
    for kind, names in _KINDS:
        if any(environment.get(name) for name in names):
            return kind
    top = mount_of(parse_mountinfo(mountinfo), "/")
    contained = (
        (root / ".dockerenv").exists()
        or (root / "run/.containerenv").exists()
        or environment.get("container") in ("docker", "podman", "oci")
        or (top is not None and top.layered)
    )
    return HostKind.DOCKER if contained else HostKind.LOCAL


def _container(root: Path, mountinfo: str) -> str:
    """Return the container's id: from what the runtime mounts into it, else from its control group."""
    container = _CONTAINER_ID.search(mountinfo) or _CONTAINER_ID.search(_text(root / "proc/self/cgroup"))
    return container[1] if container else ""


def _name(environment: Mapping[str, str], root: Path) -> str:
    return environment.get("HOSTNAME", "") or _text(root / "etc/hostname").strip()


def _joined(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return "/".join(value for name in names if (value := environment.get(name, "")))


def _text(path: Path) -> str:
    try:
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""
