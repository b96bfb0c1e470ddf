"""What the sign-in page says to a visitor who was sent back to it."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.models.codes import SignInCode
from core.settings import read_settings
from core.web.auth.authenticator import Authenticator
from core.web.auth.sign_in import SignIn


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Of a server that has a password and its sign-in page, and nothing else."""
    authenticator = Authenticator(read_settings({"APP_PASSWORD": "a password of more than twelve"}))
    return TestClient(Starlette(routes=list(SignIn(authenticator).routes())))


@pytest.mark.parametrize("code", SignInCode)
def test_every_code_is_said_in_words_of_each_language(client: TestClient, code: SignInCode) -> None:
    """A sentence that the plain page has not, in each language its own."""
    said = set()
    for language in ("pt-BR", "en", "es-CL"):
        plain, page = (
            client.get(address, headers={"Accept-Language": language}).text.split()
            for address in ("/login", f"/login?{code}")
        )
        said.add(" ".join(word for word in page if word not in plain))
    assert len(said) == 3
    assert all(len(words) > 10 for words in said)
