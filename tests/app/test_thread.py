"""The thread of a conversation: what is given to the browser, and what a press in a bubble does."""

from __future__ import annotations

import io
import json
from datetime import UTC
from typing import Any, Final

from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import AppError, LimitReachedError, StorageUnavailableError
from core.models.content import Attachment, Content, Kind
from core.models.messages import Changes, SendState
from pages.ui.conversations.export import rows
from tests.app.conftest import text_of
from tests.app.fake_services import PHONE, FakeServices
from tests.app.threads import ANA, LOJA, WITH_ANA, Open, Press, arrived, went

PICTURE: Final = io.BytesIO()
Image.new("RGB", (60, 40), "teal").save(PICTURE, "JPEG")


def given(app: AppTest, component: str = "thread") -> dict[str, Any]:
    """What a component was given with the last draw."""
    found = [one.proto for one in app.get("bidi_component") if one.proto.component_name == component]
    data: dict[str, Any] = json.loads(found[0].json)[0]
    return data


def drawn(app: AppTest) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = given(app)["items"]
    return items


def calls(scene: FakeServices, name: str) -> list[tuple[Any, ...]]:
    return [call for call in scene.calls if call[0] == name]


def test_the_newest_are_drawn_oldest_first(opened: Open, scene: FakeServices) -> None:
    """Sixty, and a way to the earlier ones; where the unread ones begin; all of them count as seen."""
    app = opened(*(arrived(f"3{number:03}", f"n {number}", unread=number >= 95) for number in range(100)))
    shown = given(app)
    assert [item["key"] for item in shown["items"]] == [f"3{number:03}" for number in range(40, 100)]
    assert (shown["older"], shown["mark"]) == (True, "3095")
    assert calls(scene, "seen") == [("seen", LOJA, WITH_ANA.id, "3099")]
    assert set(shown["days"].values()) == {"Hoje"}


def test_the_mark_stays_while_one_reads(opened: Open, scene: FakeServices) -> None:
    """What is on the screen is seen, and not marked anew with each arrival."""
    app = opened(arrived("1"), arrived("2", unread=True))
    scene.threads[WITH_ANA.id] = [arrived("1"), arrived("2"), arrived("3", unread=True)]
    app.run()
    assert given(app)["mark"] == "2"
    assert calls(scene, "seen")[-1] == ("seen", LOJA, WITH_ANA.id, "3")


def test_nothing_is_written_down_when_nothing_is_unread(opened: Open, scene: FakeServices) -> None:
    """A draw of the thread is not a change: it would draw itself for ever."""
    app = opened(arrived("1"), went("r1"))
    app.run()
    assert calls(scene, "seen") == []


def test_an_empty_conversation_says_so(opened: Open) -> None:
    """One that was begun with “Nova conversa”."""
    shown = given(opened())
    assert shown["items"] == []
    assert shown["words"]["empty"]


def test_a_disk_that_cannot_be_read_is_said(opened: Open, scene: FakeServices) -> None:
    """In the place of the bubbles; the rest of the page goes on."""
    app = opened(arrived("1"))
    scene.errors["thread"] = StorageUnavailableError("disk-full")
    app.run()
    assert app.error


def test_a_reaction_goes_to_its_chat_once(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """Though the browser tells of the press twice, and in two conversations at once."""
    app = opened(arrived("3A"))
    pressed(app, "react", "3A", "👍", times=("a1", "a1"))
    pressed(app, "react", "3A", "👍", times=("a1",))
    assert calls(scene, "send") == [("send", LOJA, ANA, "👍")]
    pressed(app, "react", "3A", "😂", times=("a2",), conversation=f"{LOJA}/c-other")
    assert len(calls(scene, "send")) == 1
    assert given(app, "thread_presses")["done"] == ["a1", "a2"]


def test_an_answer_and_an_edit_begin_a_draft(opened: Open, pressed: Press) -> None:
    """Of this conversation; nothing is sent."""
    app = opened(arrived("3A", "Você vem?"), went("r1", "Sim"))
    pressed(app, "reply", "3A")
    app.run()
    assert "3A" in app.text[0].value
    pressed(app, "edit", "r1", times=("a2",))
    app.run()
    assert "draft: Sim None" in app.text[0].value


def test_a_deletion_goes_out(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """After the question in the browser."""
    pressed(opened(went("r1")), "delete", "r1")
    assert scene.sent[0].content.kind is Kind.DELETE
    assert scene.sent[0].content.about is not None
    assert scene.sent[0].content.about.message_id == "3Er1"


def test_what_is_no_longer_offered_is_not_done(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """A menu that was open while the message changed; a message that is gone; a word that is none."""
    app = opened(arrived("3A", Content(Kind.TEXT), changes=Changes(deleted=True)), arrived("3B"))
    pressed(app, "react", "3A", "👍")
    pressed(app, "edit", "3B", times=("a2",))
    pressed(app, "react", "gone", "👍", times=("a3",))
    pressed(app, "format", "3B", times=("a4",))
    assert calls(scene, "send") == []
    assert given(app, "thread_presses")["done"] == ["a1", "a2", "a3", "a4"]


def test_a_refusal_is_said(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """Why, over the bubbles, until the next press."""
    app = opened(arrived("3A"))
    scene.send_error = LimitReachedError("send-rate", detail="20")
    pressed(app, "react", "3A", "👍")
    assert "20" in app.error[0].value
    scene.send_error = None
    pressed(app, "react", "3A", "👍", times=("a2",))
    assert not app.error


def test_another_account_sends_nothing(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """The instance was linked to another number since the thread was drawn."""
    app = opened(arrived("3A"))
    scene.views = [scene.views[0].__class__(**{**_fields(scene.views[0]), "phone": "5511900000000"})]
    pressed(app, "react", "3A", "👍")
    assert scene.sent == []
    assert app.error


def test_a_press_that_came_late_is_not_carried_out(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """Its visitor has gone on."""
    app = opened(arrived("3A"))
    pressed(app, "react", "3A", "👍", ago=60.0)
    assert scene.sent == []
    assert "Aperte de novo" in app.error[0].value


def _fields(view: Any) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__slots__}


def test_marking_one_message_as_read_tells_its_sender(
    opened: Open, pressed: Press, scene: FakeServices
) -> None:
    """On a press only."""
    app = opened(arrived("3A", unread=True))
    assert calls(scene, "mark-read") == []
    pressed(app, "read", "3A")
    assert calls(scene, "mark-read") == [("mark-read", LOJA, ["3A"])]


def test_a_picture_opens_large_once_it_was_fetched(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """Fetched with the first press, shown again with the next; a way to save it beside it."""
    scene.file = PICTURE.getvalue()
    photo = Content(Kind.IMAGE, file=Attachment(mime="image/jpeg", size=10, remote="{}"))
    app = opened(arrived("3A", photo))
    assert calls(scene, "fetch") == []
    pressed(app, "open", "3A")
    pressed(app, "open", "3A", times=("a2",))
    assert calls(scene, "fetch") == [("fetch", LOJA, "3A")]
    assert list(given(app, "thread_presses")["files"][f"{LOJA}/{WITH_ANA.id}"]) == ["3A"]


def test_a_file_that_cannot_be_had_says_why(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """And can be asked for again."""
    app = opened(arrived("3A", Content(Kind.DOCUMENT, file=Attachment("a.pdf", size=10, remote="{}"))))
    scene.errors["fetch"] = AppError("file-gone")
    pressed(app, "open", "3A")
    assert app.error
    del scene.errors["fetch"]
    scene.file = b"%PDF"
    pressed(app, "open", "3A", times=("a2",))
    assert not app.error


def test_a_long_text_comes_whole_on_a_press(opened: Open, pressed: Press) -> None:
    """Until then its beginning is all that the browser has."""
    text = "palavra " * 400
    app = opened(arrived("3A", text))
    assert "palavra " * 150 not in json.dumps(given(app))
    pressed(app, "unfold", "3A")
    whole = given(app, "thread_presses")["texts"][f"{LOJA}/{WITH_ANA.id}"]["3A"]
    assert "".join(words for words, _style in whole) == text.strip()


def test_an_uncertain_send_is_looked_for(opened: Open, pressed: Press, scene: FakeServices) -> None:
    """Nothing is sent; that nothing was found is said."""
    message = went("r1", state=SendState.UNCERTAIN)
    app = opened(message)
    assert message.sent is not None
    scene.sent = [message.sent]
    pressed(app, "verify", "r1")
    assert calls(scene, "verify") == [("verify", LOJA, "r1")]
    assert "ainda não confirmou" in app.info[0].value
    assert calls(scene, "send") == []


def test_the_whole_conversation_is_a_file(opened: Open) -> None:
    """Who, when, what, how far; no cell is a formula's."""
    opened(arrived("3A", "Você vem?"), went("r1", "=1+1"))
    heads, theirs, own = rows((LOJA, WITH_ANA.id), UTC)
    assert len(heads) == len(theirs) == len(own)
    assert (theirs[1], theirs[4]) == ("Ana", "Você vem?")
    assert own[4] == "=1+1"
    assert PHONE not in " ".join(own)


def test_the_head_says_who_and_through_which_instance(opened: Open, scene: FakeServices) -> None:
    """And offers what concerns the whole conversation."""
    app = opened(arrived("3A"))
    assert all(words in text_of(app) for words in ("Ana", "+55 11 91234-5678", "por Loja"))
    app.button(key="conversation-read").click().run()
    assert calls(scene, "mark-conversation-read") == [("mark-conversation-read", LOJA, WITH_ANA.id)]
