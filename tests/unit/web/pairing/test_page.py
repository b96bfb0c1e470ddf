"""The page of a pairing link in each of its steps: what it shows, what it never shows, what may run in it."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest

from core.models.instance import ShowPairingCode, ShowQr
from core.services.pairing.guest import Stage, Step
from core.services.phone_numbers import PhoneNumber
from core.settings import LANGUAGES, read_settings
from core.web.auth.headers import source_hash
from core.web.auth.sign_in_page import PageFrame
from core.web.pairing.page import Guest, Typed, notice_page, step_page, step_part

NUMBER = "5511912345678"
QR = ShowQr("2@abc,def,ghi", index=1, total=6, expires_at=time.time() + 45)
CODE = ShowPairingCode("ABCD1234", NUMBER, expires_at=time.time() + 130)


def guest_of(way: str = "code", language: str = "en", **env: str) -> Guest:
    frame = PageFrame.of(read_settings(env), language)
    return Guest(frame, "an-id", way, (("l", "an-id"), ("lang", language)))


def codes(**more: object) -> Stage:
    return Stage(Step.CODES, "Loja", **{"qr": QR, "left_s": 500.0} | more)  # type: ignore[arg-type]


def key_of(part: str) -> str:
    found = re.search(r'data-key="([^"]+)"', part)
    assert found
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", Step)
def test_every_step_has_words_in_every_language(step: Step, language: str) -> None:
    """A title, no place left unfilled, and nothing that leads into the app."""
    page = bytes(step_page(guest_of(language=language), Stage(step, "Loja", qr=QR, left_s=9)).body).decode()
    assert len(re.findall(r"<h1[^>]*>[^<]+</h1>", page)) == 1
    main = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)
    assert "{" not in main
    assert "**" not in main
    targets = re.findall(r'(?:href|action)="([^"#:]+)"', main)
    assert all(target.startswith(("/pair?", "/pair/code?", "/pair/again?")) for target in targets), targets


def test_its_script_and_styles_are_all_that_may_run() -> None:
    """Each by its content; the page asks its own host alone and tells no other where it is."""
    response = step_page(guest_of(), codes())
    page, policy = bytes(response.body).decode(), response.headers["content-security-policy"]
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"script-src {source_hash(script)};" in policy
    assert all(source_hash(style) in policy for style in styles)
    for rule in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r'\son\w+="|\sstyle="', page)


def test_before_the_press_nothing_of_the_instance_is_there() -> None:
    """A program that makes a preview reads the app's name and the question."""
    page = bytes(step_page(guest_of(APP_NAME="Balcão"), Stage(Step.NOT_OPENED)).body).decode()
    assert "Loja" not in page
    assert "<svg" not in page.partition("<main>")[2]
    assert "<strong>Balcão</strong>" in page
    assert '<input type="hidden" name="secret">' in page
    assert "read and write messages with that number" in page


def test_the_code_comes_without_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large, to be copied, with its time; who looks over the shoulder learns no number."""
    monkeypatch.setattr(time, "time", lambda: CODE.expires_at - 130)
    part = step_part(guest_of(), codes(code=CODE))
    assert "<code>ABCD-1234</code>" in part
    assert 'data-copy="ABCD-1234"' in part
    assert 'id="valid" data-seconds="130">2:10<' in part
    assert NUMBER[4:] not in re.sub(r"\D", "", part.replace("ABCD-1234", ""))


def test_the_qr_reads_as_a_picture_and_as_words() -> None:
    """With what follows it; the last of a series says so."""
    part = step_part(guest_of("qr"), codes())
    assert 'role="img" aria-label="QR code' in part
    assert "A new code appears by itself" in part
    last = ShowQr("2@xyz", index=6, total=6, expires_at=time.time() + 10)
    assert "The last of these codes" in step_part(guest_of("qr"), codes(qr=last))
    assert "2@abc" not in part, "in the picture only"


def test_the_part_is_replaced_when_something_new_is_to_be_seen() -> None:
    """A number that is being typed stays; another code does not look like the one before."""
    guest = guest_of()
    assert key_of(step_part(guest, codes())) == key_of(step_part(guest, codes(left_s=1.0)))
    assert key_of(step_part(guest, codes())) == key_of(step_part(guest, codes(), typed=Typed("11", "no")))
    assert key_of(step_part(guest, codes())) != key_of(step_part(guest, codes(code_failed=True)))
    other = ShowPairingCode("WXYZ1234", NUMBER, expires_at=CODE.expires_at)
    keys = {key_of(step_part(guest, codes(code=each))) for each in (CODE, other)}
    assert len(keys) == 2
    assert not any("ABCD" in key for key in keys)
    qrs = {key_of(step_part(guest_of("qr"), codes(qr=each))) for each in (QR, ShowQr("2@z", 2, 6, 0.0))}
    assert len(qrs) == 2


def test_a_refused_number_stays_and_is_offered_as_it_should_be() -> None:
    """By a press; markup in what was typed stays text."""
    typed = Typed('"><script>1', "Not whole.", (PhoneNumber(NUMBER, "+55 11 91234-5678"),))
    part = step_part(guest_of(), codes(), typed=typed)
    assert "<script>" not in part
    assert 'value="&quot;&gt;&lt;script&gt;1" aria-describedby="error"' in part
    assert 'name="number" value="+55 11 91234-5678">Use +55 11 91234-5678?</button>' in unescape(part)


def test_a_name_is_text() -> None:
    """Whoever named the instance writes no HTML into a stranger's page."""
    part = step_part(guest_of(), Stage(Step.PAUSED, "<b>Loja</b>"))
    assert "<b>" not in part


@pytest.mark.parametrize(
    ("step", "status"),
    [(Step.UNKNOWN, 404), (Step.TAKEN, 403), (Step.EXPIRED, 410), (Step.REVOKED, 410), (Step.LINKED, 200)],
)
def test_ends_have_their_status_and_ask_for_nothing_more(step: Step, status: int) -> None:
    """Their page asks for no next step."""
    response = step_page(guest_of(), Stage(step))
    assert response.status_code == status
    assert 'data-live="1"' not in bytes(response.body).decode()


def test_a_notice_is_words_alone() -> None:
    """Translated by who calls it."""
    response = notice_page(guest_of(), "Turned off", "Tell the sender.", status=404)
    assert response.status_code == 404
    page = bytes(response.body).decode()
    assert "Turned off" in page
    assert "<form" not in page
