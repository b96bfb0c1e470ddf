"""The child that decodes pictures: what it is believed, what is remembered, what follows from its death."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import psutil
import pytest

from core.errors import InvalidInputError
from core.media.decoder_protocol import REQUEST_LIMIT, Task, Verdict, encode_answer, parse_answer
from core.media.untrusted import Decoders, _Lane
from core.media.verdicts import Verdicts
from core.sandbox.child import ChildProcess
from tests.support.media_samples import image

SMALL = base64.b64encode(image("JPEG", 40, 30)).decode()


@pytest.fixture
def lane() -> Iterator[_Lane]:
    """A lane to the child of the sandbox's tests, which does the worst when asked for it."""
    made = _Lane(20.0)
    made.child = ChildProcess("tests.unit.sandbox.moody", answer_limit=4 * 1024**2)
    yield made
    made.child.close()


def _fields(**fields: Any) -> bytes:
    plain = {"mime": "image/jpeg", "width": 40, "height": 30, "thumbnail": SMALL}
    return encode_answer({**plain, **fields}, image("JPEG"))


def test_a_picture_is_taken_with_what_is_said_of_it() -> None:
    """As the child wrote it."""
    assert parse_answer(_fields()) == Verdict(image("JPEG"), "image/jpeg", 40, 30, SMALL)
    assert parse_answer(encode_answer({"refusal": "file-too-wide", "detail": "8 MP"})) == Verdict(
        refusal="file-too-wide", detail="8 MP"
    )


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\nx",
        b"[" * 100_000 + b"\n",
        b'{"mime": "image/jpeg"' + b" " * 200_000 + b"}\n" + image("JPEG"),
        b'{"refusal": "file-damaged"}\n',
        _fields(mime="image/svg+xml"),
        _fields(mime=["image/jpeg"]),
        _fields(mime="image/png"),
        _fields(width=-1),
        _fields(width=10**9),
        _fields(height="9"),
        _fields(thumbnail="<script>"),
        _fields(thumbnail=base64.b64encode(b"<svg/>").decode()),
        _fields(thumbnail=base64.b64encode(image("GIF")).decode()),
        json.dumps({"mime": "image/jpeg"}).encode() + b"\n<svg onload=alert(1)>",
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(frame: bytes) -> None:
    """Its answer is a stranger's word: a picture by its begin, with figures that can be, or nothing."""
    assert parse_answer(frame).refusal == "file-damaged"


def test_what_kills_a_child_does_so_once(lane: _Lane) -> None:
    """Sixty looks at a page with one of them start two children, not sixty; others are answered meanwhile."""
    pids = set()
    for _ in range(60):
        assert lane.judge(b"bus ", b"the same").refusal == "file-damaged"
        pids.add(lane.child.pid)
    assert pids == {0}
    lane.judge(b"echo ", b"{}\n")
    assert lane.child.pid
    pid = lane.child.pid
    assert lane.judge(b"bus ", b"the same").refusal == "file-damaged"
    assert lane.child.pid == pid


def test_what_takes_too_long_is_ended_and_remembered(lane: _Lane) -> None:
    """It says so; a second look costs nothing."""
    lane._limit_s = 1.5
    assert lane.judge(b"sleep ", b"").refusal == "file-too-slow"
    begin = time.monotonic()
    assert lane.judge(b"sleep ", b"").refusal == "file-too-slow"
    assert time.monotonic() - begin < 0.5


def test_who_waits_too_long_for_a_turn_is_told_and_nothing_is_remembered(lane: _Lane) -> None:
    """It is not the picture's fault."""
    lane._limit_s = 0.2
    with lane._turn, pytest.raises(InvalidInputError, match="file-too-slow"):
        lane.judge(b"echo ", b"x")
    lane._limit_s = 20.0
    assert lane.judge(b"echo ", b"x").refusal == "file-damaged"


def test_many_who_ask_for_one_picture_have_it_decoded_once(lane: _Lane) -> None:
    """A page that is open in ten tabs."""
    calls: list[int] = []
    real = lane.child.call

    def counted(*request: bytes, timeout_s: float) -> bytes:
        calls.append(threading.get_ident())
        return real(*request, timeout_s=timeout_s)

    lane.child.call = counted  # type: ignore[method-assign]
    with ThreadPoolExecutor(10) as pool:
        assert len(list(pool.map(lambda _: lane.judge(b"echo ", b"same"), range(10)))) == 10
    assert len(calls) == 1


def test_small_pictures_do_not_wait_for_large_ones() -> None:
    """Somebody's sticker is being made; the thumbnails of others are drawn."""
    decoders = Decoders()
    with decoders.slow._turn:
        assert decoders.ask(Task.THUMBNAIL, image("JPEG", 30, 20), side=240).mime == "image/jpeg"
    decoders.close()


def test_the_children_end_when_they_are_closed_in_the_midst_of_work(lane: _Lane) -> None:
    """The process's end does not wait for a picture."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lane.judge, b"sleep ", b"")
        while not lane.child.pid:
            time.sleep(0.01)
        process, begin = psutil.Process(lane.child.pid), time.monotonic()
        lane.child.close()
        assert answer.result(10).refusal == "file-damaged"
    assert time.monotonic() - begin < 5
    assert not process.is_running()


def test_a_child_that_cannot_be_started_says_nothing_of_the_picture(
    lane: _Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for a process now: the next look tries again."""
    with monkeypatch.context() as full:
        full.setattr(
            "core.sandbox.child.subprocess.Popen", Mock(side_effect=OSError(11, "no more processes"))
        )
        assert lane.judge(b"echo ", _fields()).refusal == "file-damaged"
    assert lane.judge(b"echo ", _fields()).mime == "image/jpeg"


def test_what_is_larger_than_any_picture_is_not_even_given_to_the_child() -> None:
    """A file of 100 MB that calls itself an image."""
    decoders = Decoders()
    with pytest.raises(InvalidInputError, match=r"^file-too-large: 16 MB$"):
        decoders.ask(Task.SHOWN, bytes(REQUEST_LIMIT + 1), side=240)
    assert decoders.slow.child.pid == 0


def test_verdicts_are_bounded_by_count_and_by_bytes() -> None:
    """The oldest go first; one that is large is not kept at all."""
    verdicts = Verdicts(most_bytes=80_000)
    for number in range(100):
        verdicts.keep(str(number).encode(), Verdict(b"x" * 3_000))
    kept = [number for number in range(100) if verdicts.find(str(number).encode())]
    assert kept == list(range(100 - len(kept), 100))
    assert 10 < len(kept) * 3_500 / 1_000 <= 80
    verdicts.keep(b"large", Verdict(b"x" * 20_000))
    assert verdicts.find(b"large") is None
    for number in range(5_000):
        verdicts.keep(str(number).encode(), Verdict(refusal="file-damaged"))
    assert len(verdicts._kept) * 500 <= 80_000
    assert verdicts._bytes <= 80_000


def test_a_death_is_forgiven_after_a_while() -> None:
    """Perhaps the machine was to blame."""
    now = [0.0]
    verdicts = Verdicts(clock=lambda: now[0])
    verdicts.keep(b"a", Verdict(refusal="file-damaged"), seconds=600)
    verdicts.keep(b"b", Verdict(refusal="file-not-image"))
    now[0] = 601
    assert verdicts.find(b"a") is None
    assert verdicts.find(b"b") is not None
