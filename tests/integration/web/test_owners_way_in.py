"""The owner gets in: past guessers, after signing everybody out, and beside another install."""

from __future__ import annotations

import httpx2

from core.web.auth.lockout import FREE_TRIES
from tests.conftest import StartApp
from tests.integration.web.conftest import Starts
from tests.support.app_process import AppProcess
from tests.support.signing_in import PASSWORD, browser, fields, held, signed_in, try_password

OTHER = "outra-senha-bem-longa"


def guess(app: AppProcess, addresses: int, tries: int) -> int:
    """How many wrong passwords are compared when each of so many addresses tries that often."""
    with browser(app.url) as client:
        form = fields(client.get("/login").text)
        compared = 0
        for number in range(addresses):
            for _ in range(tries):
                headers = {"X-Forwarded-For": f"198.51.100.{number}"}
                answer = client.post("/login", data={**form, "password": "errada"}, headers=headers)
                compared += answer.status_code == 401
                form = fields(answer.text)
        return compared


def test_after_signing_everybody_out_guessers_do_not_keep_the_owner_out(starts: Starts) -> None:
    """The browser stays known: its sign-in is over, its tries are its own (15 times 429 before)."""
    app = starts()
    with signed_in(app.url) as owner:
        owner.post("/logout", data={"everywhere": "1"})
        assert owner.get("/api/instances").status_code == 303
        assert guess(app, addresses=60, tries=1) > 40
        with browser(app.url) as stranger:
            assert 429 in _wrong_thrice(stranger)
        assert try_password(owner, PASSWORD).status_code == 303
        assert owner.get("/api/instances").status_code == 200


def test_a_new_browser_of_the_owner_has_a_reserve(starts: Starts) -> None:
    """A dozen addresses that guess as fast as they can leave the last tries to those that never did."""
    app = starts()
    guess(app, addresses=12, tries=FREE_TRIES)
    with browser(app.url) as owner:
        assert try_password(owner, PASSWORD).status_code == 303


def test_another_password_makes_every_browser_a_stranger(app_process: StartApp) -> None:
    """Who knew the old one has no tries of their own at the new one."""
    app = app_process(password=PASSWORD)
    app.wait_healthy()
    with signed_in(app.url) as known:
        cookies = known.cookies
        app.terminate()
        changed = app_process(auth_dir=app.auth_dir, password=OTHER)
        changed.wait_healthy()
        guess(changed, addresses=60, tries=1)
        with browser(changed.url) as client:
            client.cookies = cookies
            assert held(client, "wa_device")
            assert 429 in _wrong_thrice(client)


def _wrong_thrice(client: httpx2.Client) -> list[int]:
    """A known browser has five tries; of what refills meanwhile a stranger may get one."""
    return [try_password(client, "palpite errado").status_code for _ in range(3)]


def test_two_installs_on_one_host_leave_each_others_cookies_alone(starts: Starts) -> None:
    """Cookies know no ports: signing in to one used to sign out of the other."""
    one, other = starts(), starts()
    with httpx2.Client(trust_env=False, timeout=20, headers={"Accept": "text/html"}) as client:
        for app in (one, other):
            form = fields(client.get(app.url + "/login").text)
            answer = client.post(
                app.url + "/login", data={**form, "password": PASSWORD}, headers={"Origin": app.url}
            )
            assert answer.status_code == 303
        for app in (one, other):
            assert client.get(app.url + "/api/instances").status_code == 200
        client.post(one.url + "/logout", headers={"Origin": one.url})
        statuses = [client.get(app.url + "/api/instances").status_code for app in (one, other)]
        assert statuses == [303, 200]
