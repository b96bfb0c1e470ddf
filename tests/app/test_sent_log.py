"""The log: what was sent from here, each with every step that it took."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.models.messages import SendState, SentMessage
from tests.app.conftest import text_of
from tests.app.fake_services import FakeServices, connected
from tests.support.contents import words

Page = Callable[..., AppTest]


def test_the_last_sends_are_listed_newest_first(page: Page, scene: FakeServices) -> None:
    """What was written is shown as written, whatever it looks like."""
    scene.views = [connected()]
    plain = SentMessage("r", "loja-1", "5511912345678", words("dois"), SendState.SENT, 2.0)
    scene.sent = [plain, replace(plain, request_id="s", content=words("<b>um</b>"), created_at=1.0)]
    app = page("messages", view="log")
    cards = "".join(element.value for element in app.html if 'class="wa-card"' in element.value)
    assert cards.index("dois") < cards.index("&lt;b&gt;um&lt;/b&gt;")


@pytest.mark.parametrize(
    ("times", "label", "steps"),
    [
        ((), "Enviada", ("Na fila", "Enviada ✓")),
        (("delivered_at",), "Entregue", ("Na fila", "Enviada ✓", "Entregue ✓✓")),
        (("delivered_at", "read_at"), "Lida", ("Enviada ✓", "Entregue ✓✓", "Lida ✓✓")),
        (("read_at", "played_at"), "Reproduzida", ("Enviada ✓", "Lida ✓✓", "Reproduzida ✓✓")),
    ],
)
def test_a_card_tells_how_far_it_came_and_when(
    page: Page, scene: FakeServices, times: tuple[str, ...], label: str, steps: tuple[str, ...]
) -> None:
    """The furthest step as a badge, and each step with its time."""
    now = time.time()
    scene.views = [connected()]
    plain = SentMessage("r", "loja-1", "5511912345678", words("Olá"), SendState.SENT, now, settled_at=now)
    reached: dict[str, Any] = dict.fromkeys(times, now)
    scene.sent = [replace(plain, **reached)]
    (card,) = [
        element.value for element in page("messages", view="log").html if 'class="wa-card"' in element.value
    ]
    assert re.search(r'<span class="wa-badge wa-\w+">(\w+)', card)[1] == label  # type: ignore[index]
    assert ("wa-blue" in card) is ("read_at" in times)
    found = [
        found.start() for step in steps for found in re.finditer(rf"<span>{step} \d\d:\d\d</span>", card)
    ]
    assert len(found) == len(steps)
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("finds", "sentence"),
    [
        (SendState.UNCERTAIN, "ainda não confirmou"),
        (SendState.FAILED, "ela não foi enviada"),
    ],
)
def test_an_uncertain_send_can_be_verified(
    page: Page, scene: FakeServices, finds: SendState, sentence: str
) -> None:
    """The press looks and sends nothing; what it finds is said."""
    scene.views, scene.verified_as = [connected()], finds
    scene.sent = [
        SentMessage(
            "r", "loja-1", "5511912345678", words("Olá"), SendState.UNCERTAIN, 1.0, reason="process-restarted"
        )
    ]
    app = page("messages", view="log")
    assert "O aplicativo reiniciou no meio do envio" in text_of(app)
    app.button(key="verify-r").click().run()
    assert not app.exception
    assert sentence in text_of(app)
    assert scene.calls == [("verify", "loja-1", "r")]


def test_older_sends_are_folded_away(page: Page, scene: FakeServices) -> None:
    """Five show at once, so that what arrived is in sight; the others are one press away."""
    scene.views = [connected()]
    plain = SentMessage("r", "loja-1", "5511912345678", words(""), SendState.SENT, 1.0)
    texts = [words(f"texto {number}") for number in range(7)]
    scene.sent = [replace(plain, request_id=each.text, content=each) for each in texts]
    (folded,) = page("messages", view="log").expander
    assert folded.label == "Mensagens anteriores"
    assert [f"texto {n}" in "".join(card.value for card in folded.html) for n in (4, 5, 6)] == [
        False,
        True,
        True,
    ]
