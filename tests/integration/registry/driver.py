"""A process that is nothing but a registry: `python -m tests.integration.registry.driver`.

Settings come from the environment, as for the app. Reads one JSON command a line, answers each with one line;
stops in order when its input ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from core.logs import RecentLines, set_up_logging
from core.models.content import Content
from core.moving import staging
from core.registry import maintenance
from core.registry.commands import Deliver
from core.registry.instance_writer import InstanceWriter
from core.registry.registry import Registry
from core.registry.supervisor import Supervisor
from core.registry.supervisors import Supervisors
from core.services.diagnostics import recent_log
from core.services.runtime import install
from core.settings import read_settings
from core.store import outbox_table, session
from tests.support.contents import words
from tests.support.runtimes import runtime_of


def main() -> None:
    """Serve commands until the input ends."""
    settings = read_settings()
    every = float(os.environ.get("MAINTENANCE_S", maintenance.INTERVAL_S))
    vars(maintenance)["INTERVAL_S"] = every  # a test need not wait 5 s for each look
    lines = RecentLines()
    set_up_logging(settings.log_level, lines=lines)
    install(replace(runtime_of(settings.auth_dir), log_lines=lines))
    registry = Registry(settings)
    registry.start()
    for line in sys.stdin:
        print(json.dumps(_answer(registry, **json.loads(line))), flush=True)
    registry.stop()


def _answer(registry: Registry, *, do: str, **arguments: Any) -> Any:
    match do:
        case "storage":
            return asdict(registry.storage())
        case "views":
            return [asdict(view) for view in registry.views()]
        case "create":
            return asdict(registry.create(arguments["name"]))
        case "log":
            return [asdict(line) for line in recent_log(arguments["level"])]
        case "send":
            text, given = arguments.pop("text", ""), arguments.pop("content", "")
            content = Content.from_json(given) if given else words(text)
            return asdict(registry.send(**arguments, content=content, timeout=15.0))
        case "sent":
            return [asdict(message) for message in registry.sent(arguments["instance_id"])]
        case "verify":
            return asdict(registry.verify_sent(**arguments))
        case "die":
            _die(arguments["at"])
            return None
        case _:
            return _do(registry, do, arguments)


def _do(registry: Registry, do: str, arguments: dict[str, Any]) -> Any:
    """Give an instance, or one in the trash, a verb."""
    verbs: dict[str, Callable[..., object]] = {
        "start_instance": registry.start_instance,
        "stop_instance": partial(registry.stop_instance, timeout=5.0),
        "unlink": partial(registry.unlink, timeout=10.0),
        "delete": registry.trash.delete,
        "deleted": lambda: [item.trash_name for item in registry.trash.deleted()],
        "restore": lambda name: registry.trash.restore(name).id,
        "adopt": partial(_adopt, registry),
    }
    return verbs[do](**arguments)


def _adopt(registry: Registry, *, source: str, name: str) -> str:
    """Take in a session that lies elsewhere."""
    with staging.staging_folder(Path(registry.storage().auth_dir)) as folder:
        shutil.copy(source, folder)
        return registry.moving.adopt(folder, name).id


def _die(at: str) -> None:
    """Let this process end as by a crash at the next step of that name, before it is taken."""
    owner, name = {
        "write": (outbox_table, "write_new"),
        "command": (Supervisor, "post"),
        "outcome": (outbox_table, "write_outcomes"),
        "removal": (session, "remove_unlinked"),
        "link's end": (InstanceWriter, "link_ended"),
        "before it is in place": (staging, "put_in_place"),
        "in place": (Supervisors, "remember_request"),
    }[at]
    genuine = getattr(owner, name)

    def die(*arguments: Any, **keywords: Any) -> Any:
        if name == "post" and not isinstance(arguments[1], Deliver):
            return genuine(*arguments, **keywords)
        return os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, die)


if __name__ == "__main__":
    main()
