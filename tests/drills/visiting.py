"""Visits without a browser: the page is fetched, drawn over its websocket, looked at for a moment, left."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from typing import Final, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.support.live_page import live_page
from tests.support.signing_in import SESSION

PAGES: Final = (
    "",
    "instance?id={id}",
    "messages?id={id}",
    "storage",
    "diagnostics",
    "guide",
    "alerts",
    "audit",
)
_DRAWN_S: Final = 20.0


def visit(url: str, cookie: str, path: str, *, stay_s: float) -> float:
    """Open a page as a browser does, with the line that tells of changes, and leave; seconds until drawn."""
    begin = time.monotonic()
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_DRAWN_S)
    with contextlib.closing(connection):
        connection.request(
            "GET", f"/{path}", headers={"Cookie": f"{SESSION}={cookie}", "Accept": "text/html"}
        )
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
    line = connect(
        url.replace("http", "ws", 1) + "/api/changes",
        origin=Origin(url),
        additional_headers={"Cookie": f"{SESSION}={cookie}"},
        proxy=None,
        close_timeout=2,
    )
    with line, live_page(url, cookie) as page:
        json.loads(line.recv(timeout=_DRAWN_S))
        name, _, query = path.partition("?")
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = name
        page.send(asked.SerializeToString())
        while True:
            received = page.recv(timeout=_DRAWN_S)
            assert isinstance(received, bytes)
            if ForwardMsg.FromString(received).WhichOneof("type") == "script_finished":
                break
        took = time.monotonic() - begin
        time.sleep(stay_s)
    return took


class Visits:
    """One visit after the other, until the context ends."""

    def __init__(self, url: str, cookie: str, ids: Sequence[str], *, every_s: float, seed: int) -> None:
        self._url, self._cookie, self._ids, self._every_s = url, cookie, ids, every_s
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.done = 0
        self.slowest = 0.0
        self.failed: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._over.wait(self._chance.uniform(0.5, 1.5) * self._every_s):
            path = self._chance.choice(PAGES).format(id=self._chance.choice(list(self._ids)))
            try:
                took = visit(self._url, self._cookie, path, stay_s=self._chance.uniform(0, self._every_s / 2))
            except (OSError, TimeoutError, WebSocketException, AssertionError) as error:
                self.failed.append(f"/{path}: {type(error).__name__} {error}")
                continue
            self.done += 1
            self.slowest = max(self.slowest, took)
