"""Links: one secret, one browser, ten minutes, and only digests on the disk."""

from __future__ import annotations

import json
import logging
import stat
import threading
from pathlib import Path

import pytest

from core.models.access import LinkEnd, PairingLink
from core.services.pairing import link_table
from core.services.pairing.link_table import (
    REMEMBERED_S,
    VALID_S,
    LinkTable,
    NewLink,
    Refusal,
    digest_of,
    is_guest,
    refusal_of,
)
from core.store.auth_file import LINKS_FILE
from tests.unit.services.pairing.conftest import Clock

GUEST = "a-browsers-cookie"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(tmp_path: Path, clock: Clock) -> LinkTable:
    made = LinkTable(tmp_path, clock=clock)
    made.load()
    return made


def opened(table: LinkTable, made: NewLink, guest: str = GUEST) -> PairingLink | Refusal:
    return table.open(made.id, made.secret, guest=guest, address="203.0.113.9")


def test_a_secret_has_256_bits_and_is_shown_nowhere(table: LinkTable, tmp_path: Path) -> None:
    """Neither on the disk, whose file is its owner's alone, nor where a link is written out."""
    made = [table.make(f"loja-{number}") for number in range(50)]
    assert len({link.secret for link in made}) == 50
    assert all(len(link.secret) == 43 for link in made), "32 bytes in base64"
    file = tmp_path / LINKS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_text()
    for link in made:
        assert link.secret not in written
        assert digest_of(link.secret) in written
        assert link.secret not in repr(link)
        assert link.secret not in repr(table.find(link.id))


def test_the_first_browser_has_it_and_no_other(table: LinkTable) -> None:
    """Again and again, also with a double press; the secret helps no second one."""
    made = table.make("loja")
    first = opened(table, made)
    assert isinstance(first, PairingLink)
    assert is_guest(first, GUEST)
    assert first.address == "203.0.113.9"
    assert opened(table, made) == first
    assert opened(table, made, "another") is Refusal.TAKEN
    assert not is_guest(first, "another")


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "A" * 5_000, "\udcff"])
def test_a_wrong_secret_opens_nothing(table: LinkTable, wrong: str) -> None:
    """Nor does the digest, and the link is as good as before."""
    made = table.make("loja")
    for secret in (wrong, digest_of(made.secret), made.secret[:-1], made.secret + "A"):
        assert table.open(made.id, secret, guest=GUEST, address="") is Refusal.UNKNOWN
    assert table.open(wrong, made.secret, guest=GUEST, address="") is Refusal.UNKNOWN
    assert isinstance(opened(table, made), PairingLink)


def test_of_many_browsers_at_one_moment_one_gets_it(table: LinkTable) -> None:
    """Whatever the threads do."""
    made = table.make("loja")
    answers: list[PairingLink | Refusal] = []
    begin = threading.Barrier(8)

    def press(guest: str) -> None:
        begin.wait()
        answers.append(opened(table, made, guest))

    threads = [threading.Thread(target=press, args=(f"browser-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([each for each in answers if isinstance(each, PairingLink)]) == 1
    assert answers.count(Refusal.TAKEN) == 7


def test_ten_minutes_and_not_a_second_more(table: LinkTable, clock: Clock) -> None:
    """For one that was opened as for one that was not."""
    unused, used = table.make("loja"), table.make("outra")
    link = opened(table, used)
    assert isinstance(link, PairingLink)
    clock.now += VALID_S - 1
    assert table.left(link) == pytest.approx(1)
    assert opened(table, used) == link
    clock.now += 1
    assert opened(table, unused) is Refusal.OVER
    assert opened(table, used) is Refusal.OVER
    assert table.left(link) == 0
    assert table.live() == ()
    assert {each.id for each in table.expired()} == {unused.id, used.id}


def test_a_clock_that_is_set_back_makes_no_link_last(table: LinkTable, clock: Clock) -> None:
    """A day back, and the link would work for a day and ten minutes."""
    made = table.make("loja")
    clock.now -= 86_400
    assert opened(table, made) is Refusal.OVER


def test_a_newer_link_ends_the_earlier_one_of_that_instance_alone(table: LinkTable) -> None:
    """An instance has one link at most."""
    first, other = table.make("loja"), table.make("outra")
    second = table.make("loja")
    assert opened(table, first) is Refusal.OVER
    link = table.of_instance("loja")
    assert link is not None
    assert link.id == second.id
    assert isinstance(opened(table, other), PairingLink)


def test_an_end_is_told_once_and_stays(table: LinkTable) -> None:
    """Whoever asks afterwards learns why."""
    made = table.make("loja")
    assert table.end(made.id, LinkEnd.LINKED)
    assert not table.end(made.id, LinkEnd.REVOKED)
    link = table.find(made.id)
    assert link is not None
    assert link.ended is LinkEnd.LINKED
    assert refusal_of(link, GUEST) is Refusal.OVER
    assert not table.end("unknown", LinkEnd.GONE)


def test_links_outlive_the_process(table: LinkTable, tmp_path: Path, clock: Clock) -> None:
    """An update of the app in the middle of it disturbs no one: bound and ended ones are as they were."""
    bound, ended = table.make("loja"), table.make("outra")
    before = opened(table, bound)
    table.end(ended.id, LinkEnd.REVOKED)
    restarted = LinkTable(tmp_path, clock=clock)
    assert not restarted.loaded
    restarted.load()
    restarted.load()
    assert restarted.loaded
    assert opened(restarted, bound) == before
    assert opened(restarted, bound, "another") is Refusal.TAKEN
    assert opened(restarted, ended) is Refusal.OVER


def test_old_links_are_forgotten(table: LinkTable, tmp_path: Path, clock: Clock) -> None:
    """Memory and file hold those of an hour, and so many at most."""
    old = table.make("loja")
    clock.now += REMEMBERED_S
    new = table.make("outra")
    assert table.find(old.id) is None
    assert [each["id"] for each in json.loads((tmp_path / LINKS_FILE).read_text())["links"]] == [new.id]


def test_there_is_a_bound(table: LinkTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first."""
    monkeypatch.setattr(link_table, "MOST", 3)
    made = [table.make(f"loja-{number}") for number in range(5)]
    assert [table.find(link.id) is not None for link in made] == [False, False, True, True, True]


def test_a_disk_that_takes_nothing_costs_only_a_restart(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Links work from memory; the log says so once."""
    table = LinkTable(tmp_path / "missing", clock=clock)
    with caplog.at_level(logging.WARNING):
        made = table.make("loja")
        assert isinstance(opened(table, made), PairingLink)
        table.end(made.id, LinkEnd.REVOKED)
    assert caplog.text.count("kept in memory only") == 1
    assert made.secret not in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version":1}', b'{"version":1,"links":[{"id":1}]}'])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """Kept, and the app goes on with no links."""
    (tmp_path / LINKS_FILE).write_bytes(content)
    table = LinkTable(tmp_path)
    table.load()
    assert table.live() == ()
    (kept,) = tmp_path.glob(f"{LINKS_FILE}.corrupt-*")
    assert kept.read_bytes() == content
