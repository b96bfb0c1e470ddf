"""The browser's side of Streamlit's websocket, to attack it: one connection, real messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.signing_in import SESSION

LIMIT = 50_000_000


@contextmanager
def live_page(
    url: str, cookie: str = "", *, resume: str = "", headers: dict[str, str] | None = None
) -> Iterator[ClientConnection]:
    """A connection as a page opens it, signed in with `cookie`; `resume` names a session to go on with."""
    protocols = [Subprotocol(each) for each in ("streamlit", "none", resume) if each]
    sent = {**({"Cookie": f"{SESSION}={cookie}"} if cookie else {}), **(headers or {})}
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(
        address,
        origin=Origin(url),
        subprotocols=protocols,
        additional_headers=sent,
        proxy=None,
        max_size=LIMIT,
        open_timeout=10,
        close_timeout=2,
    ) as connection:
        yield connection


def draw(connection: ClientConnection, *, timeout: float = 20.0) -> str:
    """Ask for the page and wait until it is drawn; gives the session's id."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    connection.send(message.SerializeToString())
    session = ""
    while True:
        received = ForwardMsg.FromString(_bytes(connection.recv(timeout=timeout)))
        if received.WhichOneof("type") == "new_session":
            session = received.new_session.initialize.session_id
        if received.WhichOneof("type") == "script_finished":
            return session


def _bytes(data: str | bytes) -> bytes:
    assert isinstance(data, bytes)
    return data
