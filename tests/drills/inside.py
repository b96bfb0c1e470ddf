"""What a drill puts into the app's processes, by a `sitecustomize` beside the patched core: hands in the web
process, which press without a browser, and in workers a note of each message that Python was handed.

Nothing of the product knows of it. Without the environment variable it does nothing.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "TEST_PROCESS_DRILL"
"""Names the folder for the socket and the notes; workers inherit what begins like this."""
CLOCK: Final = "TEST_PROCESS_CLOCK"
"""Path of a library to be put before the system's. The app passes on no `LD_PRELOAD` to its processes."""
SOCKET: Final = "hands"
NOTES: Final = "had-{pid}"

SITE: Final = """\
import os, sys
if os.environ.get({variable!r}):
    sys.path.insert(0, {root!r})
    from tests.drills import inside
    inside.begin()
"""
EVENTS: Final = """

def _noting(genuine, folder):
    import os
    code_of_messages = next(code for code, kind in INT_TO_EVENT.items() if kind.__name__ == "Message")
    def execute(self, uuid, binary, size, code):
        done = genuine(self, uuid, binary, size, code)
        if code == code_of_messages:
            key = INT_TO_EVENT[code].FromString(ctypes.string_at(binary, size)).Info.ID
            note = os.open(f"{folder}/had-{os.getpid()}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(note, f"{key}\\n".encode())
            os.close(note)
        return done
    return execute

import os as _os
if _os.environ.get("TEST_PROCESS_DRILL"):
    Event.execute = _noting(Event.execute, _os.environ["TEST_PROCESS_DRILL"])
"""
"""Put at the end of a copy of neonize's `events.py`: a line is added once the product's handler returned."""


def prepare(core: Path, root: Path) -> None:
    """Change a copy of the core, made for this drill."""
    (core / "sitecustomize.py").write_text(SITE.format(variable=FOLDER, root=str(root)))
    with (core / "neonize" / "events.py").open("a") as events:
        events.write(EVENTS)


def begin() -> None:
    """Give the web process its hands: called as Python starts, in each process of the app."""
    if (clock := os.environ.get(CLOCK)) and os.environ.get("LD_PRELOAD") != clock:
        os.environ["LD_PRELOAD"] = clock
        os.execv(sys.executable, sys.orig_argv)
    if "streamlit" in sys.orig_argv:
        threading.Thread(target=_serve, args=(Path(os.environ[FOLDER]),), daemon=True).start()


def _serve(folder: Path) -> None:
    path = folder / SOCKET
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        runtime = _runtime()
        listener.listen(64)
        while True:
            connection = listener.accept()[0]
            threading.Thread(target=_answer_all, args=(runtime, connection), daemon=True).start()


def _runtime() -> Any:
    """Return the app's runtime, once it runs; nothing is imported for it."""
    while True:
        module = sys.modules.get("core.services.runtime")
        if (runtime := getattr(module, "_current", None)) is not None:
            return runtime
        time.sleep(0.02)


def _answer_all(runtime: Any, connection: socket.socket) -> None:
    with connection, connection.makefile("rw") as lines, contextlib.suppress(OSError):
        for line in lines:
            try:
                answer = {"answer": _answer(runtime, **json.loads(line))}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            lines.write(json.dumps(answer) + "\n")
            lines.flush()


def _answer(runtime: Any, do: str, **given: Any) -> Any:
    registry = runtime.registry
    match do:
        case "views":
            return [_view(view) for view in registry.views()]
        case "send":
            from tests.support.contents import words

            content = words(given["text"])
            return registry.send(
                given["instance_id"], to=given["to"], content=content, request_id=given["text"], timeout=15.0
            ).state.value
        case "sent":
            return {one.request_id: one.state.value for one in registry.sent(given["instance_id"])}
        case "verify":
            return registry.verify_sent(given["instance_id"], given["request_id"]).state.value
        case "start":
            return registry.start_instance(given["instance_id"])
        case "now":
            return time.time()
        case "inside":
            return _inside(int(given.get("most", 0)))
    raise ValueError(do)


def _view(view: Any) -> dict[str, Any]:
    return {
        "id": view.id,
        "state": view.state.value,
        "reason": view.reason,
        "worker_pid": view.worker_pid,
        "phone": view.phone,
        "restarts": view.restarts,
    }


def _inside(most: int) -> dict[str, Any]:
    """Count what visits may leave; ``most``: that many types of objects too, those there are most of."""
    kinds = Counter(type(one).__qualname__ for one in gc.get_objects())
    return {
        "threads": threading.active_count(),
        "loops": sum(count for name, count in kinds.items() if name.endswith("EventLoop")),
        "sessions": kinds["AppSession"],
        "scripts": kinds["ScriptRunner"],
        "kinds": dict(kinds.most_common(most)),
    }
