"""A newer core: told by a real pip from a package index on loopback."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.hosting.checks.engine_release import newest_engine
from core.models.diagnostics import Verdict

PAGE = "<html><body>{}</body></html>"
LINK = '<a href="neonize-{0}-py3-none-any.whl">neonize-{0}-py3-none-any.whl</a>'


@contextmanager
def index(body: bytes, *, status: int = 200, wait_s: float = 0.0) -> Iterator[dict[str, str]]:
    """A package index that gives one answer; the environment in which pip asks it."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(wait_s)
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield asks(f"http://127.0.0.1:{server.server_port}/simple")
        finally:
            server.shutdown()
            thread.join()


def asks(address: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "HTTP"))}
    return {**own, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": address, "NO_PROXY": "127.0.0.1"}


def listing(*versions: str) -> bytes:
    return PAGE.format("".join(LINK.format(version) for version in versions)).encode()


def test_a_newer_one_is_told_with_both_versions() -> None:
    """By version, not by place in the list; what is not finished (rc) does not count."""
    with index(listing("0.10.1", "0.5.2", "0.9.9", "1.0.0rc1")) as environment:
        check = newest_engine("0.5.2", environment=environment)
    assert (check.verdict, check.reason) == (Verdict.WARNING, "engine-newer")
    assert check.value == "0.5.2, 0.10.1"


@pytest.mark.parametrize("installed", ["0.5.2", "0.5.3+own"])
def test_the_newest_is_fine(installed: str) -> None:
    """The index was asked and knows none above it; one that was built here may be ahead of it."""
    with index(listing("0.5.1", "0.5.2")) as environment:
        check = newest_engine(installed, environment=environment)
    assert (check.verdict, check.reason, check.value) == (Verdict.GOOD, "", installed)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b"\xff" * 100_000, 200), (b"not here", 404), (b"broken", 500), (listing(), 200)],
    ids=["empty", "noise", "missing", "broken", "none"],
)
def test_an_answer_that_says_nothing_is_not_taken_for_one(body: bytes, status: int) -> None:
    """No version is made up."""
    with index(body, status=status) as environment:
        check = newest_engine("0.5.2", environment=environment)
    assert (check.verdict, check.reason) == (Verdict.UNKNOWN, "engine-index-silent")


def test_an_index_that_hangs_is_left() -> None:
    """After the budget."""
    begin = time.monotonic()
    with index(listing("9.9.9"), wait_s=4.0) as environment:
        check = newest_engine("0.5.2", environment=environment, budget_s=2.0)
        took = time.monotonic() - begin
    assert check.reason == "engine-index-silent"
    assert took < 4.0


def test_a_machine_that_may_not_ask() -> None:
    """Pip is told so by its own setting."""
    check = newest_engine("0.5.2", environment={**asks("http://127.0.0.1:9/simple"), "PIP_NO_INDEX": "1"})
    assert check.reason == "engine-index-silent"
