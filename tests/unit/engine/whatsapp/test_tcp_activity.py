"""When data last came in, as the kernel knows it."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from core.engine.whatsapp import tcp_activity
from core.engine.whatsapp.tcp_activity import ConnectionOwners, last_data_received
from core.settings import ROOT
from tests.support.polling import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell")

_SETTLED_S: Final = 0.15


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The only TCP connection of this process: its two ends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
        with ours, theirs:
            yield ours, theirs


def age() -> float:
    """Seconds since data came in."""
    at = last_data_received()
    assert at is not None
    return time.time() - at


def test_silence_grows_older_and_data_makes_it_young(pair: tuple[socket.socket, socket.socket]) -> None:
    """Nothing but data that arrives moves it: not time, not looking, not data that the process sends."""
    ours, theirs = pair
    eventually(lambda: age() > _SETTLED_S, timeout=5, seen=age)
    silent_since = last_data_received()
    assert silent_since is not None
    before = time.time()
    theirs.sendall(b"x")
    eventually(lambda: age() < time.time() - before + 0.05, timeout=5, seen=age)
    assert ours.recv(1) == b"x"
    at = last_data_received()
    assert at is not None
    assert before - 0.05 <= at <= time.time()
    assert at > silent_since


def test_an_end_that_only_sends_has_heard_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    """Writing into a dead connection is no proof of life."""
    ours, theirs = pair

    def age_of(end: socket.socket) -> int:
        found = tcp_activity._age_ms(Path(f"/proc/self/fd/{end.fileno()}"))
        assert found is not None
        return found

    eventually(lambda: age_of(ours) > 1_000 * _SETTLED_S, timeout=5, seen=lambda: age_of(ours))
    ours.sendall(b"x")
    assert theirs.recv(1) == b"x"
    assert age_of(theirs) < 1_000 * _SETTLED_S
    assert age_of(ours) > 1_000 * _SETTLED_S


def test_a_connection_that_ended_counts_no_more(pair: tuple[socket.socket, socket.socket]) -> None:
    """Data that came before the other end closed proves nothing now."""
    ours, theirs = pair
    theirs.sendall(b"x")
    theirs.close()
    path = Path(f"/proc/self/fd/{ours.fileno()}")
    eventually(lambda: tcp_activity._age_ms(path) is None, timeout=5, seen=lambda: tcp_activity._age_ms(path))


def test_what_is_no_connection_has_no_age(tmp_path: Path) -> None:
    """Files, pipes, UNIX and UDP sockets, listeners, and a descriptor closed since the folder was listed."""
    ends = os.pipe()
    unix = socket.socketpair()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener = socket.create_server(("127.0.0.1", 0))
    with (tmp_path / "file").open("wb") as file, unix[0], unix[1], udp, listener:
        numbers = [file.fileno(), *ends, *(one.fileno() for one in (*unix, udp, listener))]
        assert [tcp_activity._age_ms(Path(f"/proc/self/fd/{number}")) for number in numbers] == [None] * 7
        for end in ends:
            os.close(end)
        assert tcp_activity._age_ms(Path(f"/proc/self/fd/{ends[0]}")) is None


def test_looking_opens_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    """The connection and the count of descriptors are as before: neither closed nor kept."""
    ours, theirs = pair
    count = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        assert last_data_received() is not None
    assert len(list(Path("/proc/self/fd").iterdir())) == count
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"


_ALONE: Final = """
import socket
from core.engine.whatsapp.tcp_activity import ConnectionOwners, last_data_received
unix = socket.socketpair()
unix[0].send(b"x")
print(last_data_received())
"""


def test_a_process_without_a_connection_has_no_proof() -> None:
    """None, not a guess; data on a pipe or a UNIX socket is none of WhatsApp's."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE], cwd=ROOT, input=b"x", capture_output=True, check=True
    )
    assert done.stdout.strip() == b"None"


def test_each_connection_has_a_number_that_stays(pair: tuple[socket.socket, socket.socket]) -> None:
    """The kernel's of its socket, which no other one has while it is open."""
    before = tcp_activity.open_connections()
    assert set(before) == {os.fstat(end.fileno()).st_ino for end in pair}
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"
    assert set(tcp_activity.open_connections()) == set(before)


def test_a_connection_that_is_cut_is_over_for_both_and_no_other_is(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """Who reads from it learns at once."""
    ours, theirs = pair
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, socket.create_connection(listener.getsockname()) as other:
        before = tcp_activity.all_connections()
        assert os.fstat(listener.fileno()).st_ino not in before
        tcp_activity.cut({os.fstat(ours.fileno()).st_ino})
        assert (ours.recv(1), theirs.recv(1)) == (b"", b"")
        served, _ = listener.accept()
        with served:
            served.sendall(b"x")
            assert other.recv(1) == b"x"


def test_a_connection_that_is_not_made_yet_can_be_cut() -> None:
    """Its dial fails at once, not after the minutes that the kernel would try."""
    with socket.socket() as full, socket.socket() as dialling:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        try:
            for one in (*waiting, dialling):  # more than the listener lets wait: the last is not answered
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            number = os.fstat(dialling.fileno()).st_ino
            assert number in tcp_activity.all_connections()
            assert number not in tcp_activity.open_connections()
            tcp_activity.cut({number})
            readable, writable, _ = select.select([dialling], [dialling], [], 5)
            assert readable or writable
        finally:
            for one in waiting:
                one.close()


def test_a_connection_belongs_to_the_client_that_has_just_connected() -> None:
    """By turns: each has the one that is new, also after it connected anew."""
    owners = ConnectionOwners()
    owners.connected("a", [1])
    owners.connected("b", [1, 2])
    assert [owners.last_data(one, {1: 10.0, 2: 20.0}) for one in ("a", "b", "c")] == [10.0, 20.0, None]
    owners.connected("a", [2, 3])
    assert [owners.last_data(one, {2: 20.0, 3: 30.0}) for one in ("a", "b")] == [30.0, 20.0]
    assert owners.owned() == {2, 3}


def test_of_clients_that_connected_at_once_the_longest_silence_counts() -> None:
    """Never said to be younger than it is."""
    owners = ConnectionOwners()
    for client in ("a", "b"):
        owners.connected(client, [1, 2])
    assert [owners.last_data(one, {1: 10.0, 2: 20.0}) for one in ("a", "b")] == [10.0, 10.0]


def test_without_its_connection_a_client_has_heard_nothing() -> None:
    """It is closed, or the client has ended and another takes it."""
    owners = ConnectionOwners()
    owners.connected("a", [1])
    assert owners.last_data("a", {2: 20.0}) is None
    owners.ended("a")
    owners.connected("b", [1])
    assert [owners.last_data(one, {1: 10.0}) for one in ("a", "b")] == [None, 10.0]
