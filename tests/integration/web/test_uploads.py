"""Files on their way in: only what a page asked for, and no more than there is room for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx2
import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from core.web.requests.uploads import ALTOGETHER, PER_SIGN_IN
from tests.integration.web.conftest import Starts
from tests.support.app_process import AppProcess
from tests.support.live_page import draw, live_page
from tests.support.polling import eventually
from tests.support.signing_in import held, signed_in

MB = 1024 * 1024
XSRF = "_streamlit_xsrf"


@pytest.fixture
def app(starts: Starts) -> AppProcess:
    """One of its own: what is kept in memory is counted."""
    return starts()


@contextmanager
def a_page(app: AppProcess) -> Iterator[tuple[httpx2.Client, ClientConnection]]:
    """Somebody who is signed in, and the live connection of a page of theirs."""
    with signed_in(app.url) as person, live_page(app.url, held(person)) as page:
        person.get("/_stcore/health")
        person.headers["X-Xsrftoken"] = person.cookies[XSRF]
        draw(page)
        yield person, page


def addresses(page: ClientConnection, count: int = 1) -> list[str]:
    """Where the page may upload that many files, as Streamlit says when a person chose them."""
    request = BackMsg()
    request.file_urls_request.request_id = uuid4().hex
    request.file_urls_request.file_names.extend(f"{number}.bin" for number in range(count))
    page.send(request.SerializeToString())
    while True:
        data = page.recv(timeout=20)
        assert isinstance(data, bytes)
        answer = ForwardMsg.FromString(data)
        if answer.WhichOneof("type") == "file_urls_response":
            return [each.upload_url for each in answer.file_urls_response.file_urls]


def upload(person: httpx2.Client, address: str, size: int) -> int:
    """The status that an upload of that many bytes ends with."""
    try:
        return person.put(address, files={"file": ("a.bin", b"x" * size)}, timeout=60).status_code
    except httpx2.TransportError:
        return 0  # refused, and the connection ended while we still sent


def memory(app: AppProcess) -> float:
    return float(psutil.Process(app.pid).memory_info().rss / MB)


def test_what_no_page_asked_for_is_not_taken(app: AppProcess) -> None:
    """Ten files of 40 MB with ids of our own: refused, and memory stays as it was (400 MB before)."""
    with a_page(app) as (person, page):
        (asked,) = addresses(page)
        session = asked.split("/")[3]
        before = memory(app)
        for _ in range(10):
            assert upload(person, f"/_stcore/upload_file/{session}/{uuid4()}", 40 * MB) in {0, 404}
        assert memory(app) - before < 40
        for path in (
            f"{session}/x",
            f"{uuid4()}/{uuid4()}",
            f"{session}/../{session}",
            f"{session}/",
            "x/y",
            "/",
        ):
            assert upload(person, f"/_stcore/upload_file/{path}", 10) in {404, 307}, path
        assert upload(person, asked, 10) == 204
        assert person.delete(f"/_stcore/upload_file/{session}/{uuid4()}").status_code == 404
        assert person.delete(asked).status_code == 204


def test_another_sign_in_has_no_use_for_the_address(app: AppProcess) -> None:
    """It was given to one page; whoever else knows it gets nowhere, neither to fill nor to remove."""
    with a_page(app) as (_, page), a_page(app) as (other, theirs):
        (mine,) = addresses(page)
        assert addresses(theirs)
        assert upload(other, mine, 10) == 404
        assert other.delete(mine).status_code == 404


def test_bytes_of_a_sign_in_are_bounded_and_come_back(app: AppProcess) -> None:
    """A document of 100 MB goes through; another one fits once the first is gone, not beside it."""
    with a_page(app) as (person, page):
        first, second, third = addresses(page, 3)
        before = memory(app)
        assert upload(person, first, 100 * MB - 1_000) == 204
        assert upload(person, second, 100 * MB - 1_000) in {0, 413}
        assert upload(person, third, 20 * MB) == 204
        assert memory(app) - before < PER_SIGN_IN / MB + 60
        assert person.delete(first).status_code == 204
        assert upload(person, second, 100 * MB - 1_000) == 204


def test_a_page_that_was_loaded_anew_takes_no_room(app: AppProcess) -> None:
    """The same document again, right after: what the page of before held is let go for it."""
    with signed_in(app.url) as person:
        person.get("/_stcore/health")
        person.headers["X-Xsrftoken"] = person.cookies[XSRF]
        for _ in range(3):
            with live_page(app.url, held(person)) as page:
                draw(page)
                assert upload(person, addresses(page)[0], 100 * MB - 1_000) == 204
    assert memory(app) < 450


def test_bytes_of_all_are_bounded_and_a_closed_page_gives_them_back(app: AppProcess) -> None:
    """Several people: the last gets in when somebody's page is gone."""
    with a_page(app) as (one, page), a_page(app) as (other, theirs):
        assert upload(one, addresses(page)[0], 100 * MB - 1_000) == 204
        assert upload(other, addresses(theirs)[0], 80 * MB) == 204
        assert upload(other, addresses(theirs)[0], 30 * MB) in {0, 503}
        assert 180 * MB < ALTOGETHER < 210 * MB
        one.post("/logout")
        with a_page(app) as (third, its):

            def room() -> bool:
                return upload(third, addresses(its)[0], 30 * MB) == 204

            eventually(room, timeout=10, seen=lambda: memory(app))


def test_an_upload_says_how_long_it_is_and_a_broken_one_is_forgotten(app: AppProcess) -> None:
    """What ends halfway is not under way any more."""
    with a_page(app) as (person, page):
        chunks = (b"x" * 1_000 for _ in range(3))
        assert person.put(addresses(page)[0], content=chunks).status_code == 411

        def breaks() -> Iterator[bytes]:
            yield b"x" * MB
            raise RuntimeError

        for _ in range(3):
            with pytest.raises(RuntimeError):
                person.put(addresses(page)[0], content=breaks(), headers={"Content-Length": str(100 * MB)})
        time.sleep(1)
        assert upload(person, addresses(page)[0], 100 * MB - 1_000) == 204
