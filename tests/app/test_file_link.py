"""A file that waits is a link: nothing of it is read before it is followed."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.fake_services import FakeServices, connected


def test_the_link_names_the_token_and_the_language(scene: FakeServices, page: Callable[..., AppTest]) -> None:
    """On the page that made it; what is said there is in the page's language."""
    scene.views = [connected()]
    app = page("instance", id="loja-1")
    app.text_input(key="backup-passphrase").input("correta bateria cavalo")
    app.button(key="backup-make").click().run()
    links = [each.proto.body for each in app.get("html") if each.proto.body.startswith("<a ")]
    assert links == ['<a class="wa-file-link" href="/backups/token-1?lang=pt_BR">Baixar o backup</a>']
