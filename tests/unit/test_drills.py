"""How drills count: what is lost, doubled and left must not pass for well."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.settings import ROOT
from tests.drills import __main__ as program
from tests.drills.counting import Press, count_arrivals, count_sends, slope_per_hour
from tests.drills.flapping import FlappingProxy
from tests.drills.report import Report


def test_every_end_of_a_press_is_judged() -> None:
    """Only what is not known may have arrived or not; what is called sent has, what failed has not."""
    ends = {
        "sent, there": ("sent", "sent", 1),
        "read, there": ("read", "sent", 1),
        "failed, not there": ("failed", "failed", 0),
        "no app": ("", "", 0),
        "uncertain, there": ("uncertain", "", 1),
        "uncertain, not there": ("uncertain", "", 0),
        "sent, twice": ("sent", "sent", 2),
        "sent, not there": ("sent", "", 0),
        "told sent, forgotten": ("", "sent", 0),
        "failed, there": ("failed", "", 1),
        "not known, there": ("", "", 1),
        "on its way": ("sending", "", 0),
    }
    found = count_sends(
        [Press(key, "loja", told) for key, (_, told, _) in ends.items()],
        known={key: state for key, (state, _, _) in ends.items() if state},
        arrived={key: copies for key, (_, _, copies) in ends.items()},
    )
    assert found.doubled == ["sent, twice"]
    assert found.unsettled == ["on its way"]
    lost = [line.partition(" of loja")[0] for line in found.lost]
    assert lost == ["sent, not there", "told sent, forgotten", "failed, there", "not known, there"]
    assert sum(found.ends.values()) == len(ends)


def test_an_arrival_is_lost_when_python_had_it() -> None:
    """What the core confirmed and kept to itself is told apart."""
    found = count_arrivals(["a", "b", "c", "d"], had={"a", "b", "d"}, stored={"a": 1, "d": 2})
    assert (found.lost, found.in_core, found.doubled) == (["b"], ["c"], ["d"])


def test_a_slope_is_per_hour() -> None:
    """A MB a minute is 60 an hour, whatever it stands on; what stands still has none."""
    assert slope_per_hour([(60.0 * minute, 200.0 + minute) for minute in range(30)]) == pytest.approx(60)
    assert slope_per_hour([(1.0, 5.0), (2.0, 5.0), (3.0, 5.0)]) == 0
    assert slope_per_hour([(1.0, 5.0)]) == 0


def test_a_broken_promise_is_seen() -> None:
    """In the table, and by name; what nothing was promised about breaks nothing."""
    report = Report("drill")
    report.tell("texts pressed", 9)
    report.none_of("texts lost", [])
    report.at_most("worst recovery", 1.0, 3.0, "s")
    assert not report.broken
    report.none_of("processes left", ["12 python"])
    report.at_most("memory slope", 3.5, 3.0, "MB/h")
    assert report.broken == ["processes left", "memory slope"]
    assert str(report).count("**broken**") == 2
    assert "processes left: 12 python" in str(report)


def test_a_broken_promise_is_the_programs_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be done here is skipped by name and breaks nothing; nightly is as bad as its worst."""

    def broken(rounds: int = 1) -> Report:
        report = Report("kills")
        report.none_of("texts lost", ["one"] * rounds)
        return report

    def impossible() -> Report:
        pytest.skip("no disks here")

    monkeypatch.setattr(program, "NIGHTLY", {"kills": {"rounds": 0}, "disk": {}})
    monkeypatch.setattr(program, "DRILLS", {"kills": broken, "disk": impossible})
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert program.main(["kills"]) == 1
    assert program.main(["kills", "--rounds", "0"]) == 0
    assert program.main(["disk"]) == 0
    assert program.main(["nightly"]) == 0
    program.NIGHTLY["kills"]["rounds"] = 2
    assert program.main(["nightly"]) == 1
    with pytest.raises(SystemExit):
        program.main(["disk", "--hours", "2"])


def test_make_has_every_drill() -> None:
    """Each of them has its target; nightly has them all."""
    targets = set(re.findall(r"^drill-([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets == {*program.DRILLS, "nightly"}
    assert program.NIGHTLY.keys() == program.DRILLS.keys()


@contextmanager
def an_echo() -> Iterator[str]:
    """A server that sends back what it gets."""

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=_echo, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _echo(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(100):
            connection.sendall(data)


def test_the_network_flaps() -> None:
    """It passes bytes, resets connections or holds them back, and is well again afterwards."""
    with an_echo() as target, FlappingProxy(target) as network:
        port = int(network.url.rpartition(":")[2])

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", port), timeout=5)

        def passes(connection: socket.socket) -> bool:
            connection.sendall(b"oi")
            return connection.recv(2) == b"oi"

        chance, seen = random.Random(1), set[str]()
        while len(seen) < 3:
            with connect() as connection:
                assert passes(connection)
                seen.add(way := network.flap(chance, most_s=0.3))
                if way == "stall":
                    assert passes(connection)
                else:
                    with pytest.raises(OSError, match="reset"):
                        connection.recv(1)
