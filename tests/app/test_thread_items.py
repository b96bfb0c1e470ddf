"""What a bubble says: plain words and figures for the script that draws it, of every kind of message."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from core.models.content import (
    Attachment,
    CardPhone,
    ContactCard,
    Content,
    Kind,
    Reference,
)
from core.models.conversations import ThreadMessage
from core.models.messages import Changes, Mark, SendState
from core.services.message_validation import DELETE_WITHIN_S, EDIT_WITHIN_S
from pages.ui import i18n, presentation
from pages.ui.chat_marks import runs
from pages.ui.conversations.bubbles import items
from pages.ui.conversations.bubbles.bodies import FOLDED, words
from pages.ui.conversations.bubbles.items import again_id, item_of, offered, scene_of
from tests.app.threads import ANA, FAMILY, IN_FAMILY, arrived, thread_of, went


@pytest.fixture(autouse=True)
def _portuguese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "language", lambda: "pt_BR")


def drawn(message: ThreadMessage, *others: ThreadMessage, **more: Any) -> dict[str, Any]:
    """The item of a message in a thread with these others, as the browser gets it."""
    item = item_of(message, scene_of(thread_of(*others, message, **more)))
    found: dict[str, Any] = json.loads(json.dumps(item))
    return found


def text_of(item: dict[str, Any]) -> str:
    return "".join(run[0] for run in item["body"]["text"])


def test_a_text_that_arrived() -> None:
    """Its words, its time, and no state: that is for own ones."""
    item = drawn(arrived(content="um *dois*"))
    assert item["body"] == {"text": [["um ", ""], ["dois", "b"]]}
    assert ("own" in item, "state" in item, "steps" in item) == (False, False, False)
    assert item["acts"] == ["reply", "react", "copy", "read"]


@pytest.mark.parametrize(
    ("message", "state", "label", "steps"),
    [
        (went(state=SendState.SENDING, settled_at=None), "queued", "Na fila", ["Na fila"]),
        (went(), "sent", "Enviada", ["Na fila", "Enviada"]),
        (went(delivered_at=time.time()), "delivered", "Entregue", ["Na fila", "Enviada", "Entregue"]),
        (
            went(delivered_at=time.time(), read_at=time.time()),
            "read",
            "Lida",
            ["Na fila", "Enviada", "Entregue", "Lida"],
        ),
        (went(state=SendState.FAILED), "failed", "Não enviada", ["Na fila", "Não enviada"]),
        (went(state=SendState.UNCERTAIN), "uncertain", "Não se sabe", ["Na fila", "Não se sabe"]),
    ],
)
def test_an_own_message_says_how_far_it_came(
    message: ThreadMessage, state: str, label: str, steps: list[str]
) -> None:
    """In one word, and each step with its time."""
    item = drawn(message)
    assert (item["own"], item["state"], item["label"]) == (True, state, label)
    assert [step for step, _time in item["steps"]] == steps
    assert all(":" in moment for _step, moment in item["steps"])


def test_a_message_from_the_phone_is_own_without_steps() -> None:
    """It was written on another device: WhatsApp does not tell how far it came."""
    item = drawn(arrived(from_me=True))
    assert (item["own"], item["state"], item["label"]) == (True, "sent", "Do celular")
    assert "steps" not in item


def test_what_went_wrong_says_why_and_offers_the_one_thing_to_do() -> None:
    """A failed one is tried again, an uncertain one is looked for; neither by itself."""
    failed = drawn(went(state=SendState.FAILED, reason="wa-not-on-whatsapp"))
    assert failed["press"] == "resend"
    assert failed["reason"].startswith("Este número")
    assert drawn(went(state=SendState.UNCERTAIN, reason="send-timeout"))["press"] == "verify"
    assert "press" not in drawn(went())


def test_a_failed_message_that_was_tried_again_is_not_offered_twice() -> None:
    """The second try is a message of its own, with an id that only this first one can have."""
    failed = went(state=SendState.FAILED, reason="media-unreachable")
    again = went(again_id(failed.key))
    assert "press" not in drawn(failed, again)
    assert again_id(failed.key) != again_id(again.key)


def test_a_file_that_never_left_is_not_offered_again() -> None:
    """It is gone from the disk, and WhatsApp's media host has it not."""
    file = Content(Kind.IMAGE, file=Attachment(size=100))
    failed = went(content=file, state=SendState.FAILED, reason="file-gone")
    assert "press" not in drawn(failed)


def test_a_group_says_who_wrote() -> None:
    """Name, else number, else that it is hidden; the account itself needs no name."""
    group: dict[str, Any] = {"group": True, "chat": FAMILY, "group_name": "Família"}
    named, numbered, hidden, own = (
        drawn(arrived(**group, **more), conversation=IN_FAMILY)
        for more in ({}, {"name": ""}, {"name": "", "contact": ""}, {"from_me": True})
    )
    assert (named["by"], numbered["by"], hidden["by"]) == ("Ana", "+55 11 91234-5678", "Número oculto")
    assert 1 <= named["colour"] <= 6
    assert "by" not in own
    assert "by" not in drawn(arrived())


def test_a_quote_says_whose_words_and_leads_to_them() -> None:
    """The small picture of a file; what the file is when it had no words."""
    picture = base64.b64encode(b"\xff\xd8\xff" + b"0" * 40).decode()
    asked = arrived("3A", "Abre amanhã?")
    answer = went(content=Content(Kind.TEXT, text="Sim", about=Reference("3A", text="Abre amanhã?")))
    assert drawn(answer, asked)["quote"] == {"by": "Ana", "text": "Abre amanhã?", "to": "3A"}
    forged = arrived(
        "3C", Content(Kind.TEXT, text="Vê?", about=Reference("3A", from_me=True, text="Eu pago"))
    )
    assert drawn(forged, asked)["quote"] == {"by": "Ana", "text": "Abre amanhã?", "to": "3A"}
    call = arrived("3D", Content(Kind.CALL, name="rejected"), name="")
    ours = went(content=Content(Kind.TEXT, text="Ligo já", about=Reference("3D", kind=Kind.CALL)))
    assert drawn(ours, call)["quote"] == {
        "by": "Ana",
        "text": "Chamada recusada automaticamente",
        "to": "3D",
    }
    about = Reference("gone", from_me=True, kind=Kind.IMAGE, thumbnail=picture)
    quote = drawn(arrived("3B", Content(Kind.TEXT, text="Linda", about=about)))["quote"]
    assert (quote["by"], quote["text"]) == ("Você", "Imagem")
    assert quote["picture"]
    assert "to" not in quote


def test_what_happened_to_it_shows() -> None:
    """Edited words, reactions with who, and of a deleted one only that."""
    marks = (Mark("👍", "Bia"), Mark("👍", "", from_me=True), Mark("😂", ANA))
    changed = drawn(arrived(content="novo", changes=Changes(text="novo", edited=True, reactions=marks)))
    assert (text_of(changed), changed["edited"], changed["mine"]) == ("novo", True, True)
    assert [(one["emoji"], one["count"], one["who"]) for one in changed["reactions"]] == [
        ("👍", 2, "Bia, você"),
        ("😂", 1, "+55 11 91234-5678"),
    ]
    gone = drawn(arrived(content=Content(Kind.TEXT), changes=Changes(deleted=True)))
    assert gone["gone"] == "Esta mensagem foi apagada"
    assert ("body" in gone, "acts" in gone) == (False, False)
    assert drawn(went(changes=Changes(deleted=True)))["gone"] == "Apagada para todos"


def test_a_poll_counts_votes_and_says_whose() -> None:
    """Every option, also one without a vote."""
    content = Content(Kind.POLL, text="Dia?", options=("seg", "ter"))
    item = drawn(arrived(content=content, changes=Changes(votes=(Mark("ter", "Ana"),))))
    assert text_of(item) == "Dia?"
    assert item["body"]["many"] == "Escolha uma"
    assert [(one["label"], one["count"], one["who"]) for one in item["body"]["choices"]] == [
        ("seg", 0, ""),
        ("ter", 1, "Ana"),
    ]


@pytest.mark.parametrize(
    ("kind", "view"),
    [
        (Kind.IMAGE, "picture"),
        (Kind.STICKER, "sticker"),
        (Kind.VIDEO, "film"),
        (Kind.AUDIO, "sound"),
        (Kind.VOICE, "sound"),
        (Kind.DOCUMENT, "file"),
    ],
)
def test_a_file_is_fetched_with_a_press_only(kind: Kind, view: str) -> None:
    """What it is, how large and how long; that it cannot be had when WhatsApp sent no address."""
    file = Attachment("conta.pdf", size=2048, seconds=75, width=400, height=200, remote="{}")
    item = drawn(arrived(content=Content(kind, text="*Oi*", file=file)))
    part = item["body"]["file"]
    assert (part["view"], part["facts"], part["there"], part["shape"]) == (view, "1:15 · 2,0 KB", True, 2.0)
    assert text_of(item) == "Oi"
    assert "remote" not in json.dumps(item)
    lost = drawn(arrived(content=Content(kind, file=replace(file, remote=""))))["body"]["file"]
    assert "there" not in lost
    assert lost["why"].startswith("O WhatsApp não mandou")


def test_a_voice_note_has_its_wave() -> None:
    """64 values of 0 to 100; nothing for what is no waveform."""
    waveform = base64.b64encode(bytes(range(64))).decode()
    content = Content(Kind.VOICE, file=Attachment(seconds=3, waveform=waveform, remote="{}"))
    assert drawn(arrived(content=content))["body"]["file"]["wave"] == list(range(64))
    bad = replace(content, file=Attachment(waveform="%%%", remote="{}"))
    assert "wave" not in drawn(arrived(content=bad))["body"]["file"]


def test_a_place_a_card_an_event_a_call_and_what_only_the_phone_shows() -> None:
    """Each says what it is and what there is to know of it."""
    place = drawn(arrived(content=Content(Kind.LOCATION, latitude=-23.5, longitude=-46.6, name="Sé")))["body"]
    assert place["lines"] == [["Sé", True], ["-23.500000, -46.600000", False]]
    assert place["place"]["map"].endswith("query=-23.500000%2C-46.600000")
    assert (place["place"]["x"], place["place"]["y"]) == (133.4, 113.5)
    people = (
        ContactCard("Bia", (CardPhone("11 91111-0000"), CardPhone("+55 11 4000-1234", "551140001234", "12"))),
        ContactCard("Caio", ()),
    )
    card = drawn(arrived(content=Content(Kind.CONTACT, contacts=people)))["body"]
    assert card["lines"] == [
        ["Bia", True],
        ["11 91111-0000", False],
        ["+55 11 4000-1234, ramal 12", False],
        ["Caio", True],
    ]
    event = Content(Kind.EVENT, name="Festa", starts_at=1_800_000_000, cancelled=True)
    answered = drawn(arrived(content=event, changes=Changes(votes=(Mark("going", "Ana"),))))["body"]
    assert answered["lines"][0] == ["Festa", True]
    assert ["Cancelado", False] in answered["lines"]
    assert [one["count"] for one in answered["choices"]] == [1, 0, 0]
    assert "choices" not in drawn(arrived(content=event))["body"]
    call = drawn(arrived(content=Content(Kind.CALL, name="video")))
    assert call["body"]["kind"]["label"] == "Chamada de vídeo perdida"
    assert call["acts"] == ["reply"]
    rejected = drawn(arrived(content=Content(Kind.CALL, name="rejected")))
    assert rejected["body"]["kind"]["label"] == "Chamada recusada automaticamente"
    withheld = drawn(arrived(content=Content(Kind.PHONE_ONLY)))
    assert "celular" in withheld["body"]["lines"][0][0]
    assert "reply" not in withheld.get("acts", [])


def test_a_place_that_is_none_draws_no_map() -> None:
    """Coordinates of a stranger may be no numbers."""
    body = drawn(arrived(content=Content(Kind.LOCATION, latitude=float("nan"), longitude=1.0)))["body"]
    assert "place" not in body


def test_a_long_text_is_folded() -> None:
    """Its beginning, and that there is more; unfolded it is whole."""
    text = "palavra " * 400
    item = drawn(arrived(content=text))
    assert item["body"]["long"]
    assert len(text_of(item)) == FOLDED + 1
    assert "".join(run[0] for run in words(text)) == text.strip()
    tall = drawn(arrived(content="\n" * 3 + "x\n" * 60))
    assert tall["body"]["long"]
    assert "long" not in drawn(arrived(content="curto"))["body"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("veja https://a.com/x.", [("veja ", ""), ("https://a.com/x", "", "https://a.com/x"), (".", "")]),
        ("www.a.com", [("www.a.com", "", "https://www.a.com")]),
        ("(a.com.br/b_(c))", [("(", ""), ("a.com.br/b_(c)", "", "https://a.com.br/b_(c)"), (")", "")]),
        ("*a.com* e", [("a.com", "b", "https://a.com"), (" e", "")]),
        ("https://a.com/_x_/*y*", [("https://a.com/_x_/*y", "", "https://a.com/_x_/*y"), ("*", "")]),
        ("```a.com```", [("a.com", "c")]),
        ("https://a.com😀", [("https://a.com", "", "https://a.com"), ("😀", "")]),
        ("javascript:alert(1)", [("javascript:alert(1)", "")]),
        ("ana@a.com", [("ana@a.com", "")]),
        ("\ue000a\ue001", [("\ufffda\ufffd", "")]),
        ("", []),
    ],
)
def test_links_in_words_lead_where_they_say(text: str, said: list[tuple[str, ...]]) -> None:
    """As WhatsApp ends them; marks inside them are part of them, and no other scheme is one."""
    assert words(text) == said


@pytest.mark.parametrize("unit", ["https://a.com/", ")", "a.com ", "*a.com*", "_", "www."])
def test_a_long_text_with_links_is_read_quickly(unit: str) -> None:
    """As much as WhatsApp takes."""
    begin = time.thread_time()
    words(f"https://a.com/{unit * (65_536 // len(unit))}")
    assert time.thread_time() - begin < 1.0


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("\u202efdp.exe", "fdp.exe"),
        ("a\u2067b", "ab"),
    ],
)
def test_what_people_wrote_is_text(hostile: str, shown: str) -> None:
    """It goes to the browser as it is, to be set as text; what turns what stands around it is taken out."""
    group: dict[str, Any] = {"group": True, "chat": FAMILY, "name": hostile}
    item = drawn(arrived(content=hostile, **group), conversation=IN_FAMILY)
    assert text_of(item) == shown
    assert item["by"].strip("\u2068\u2069") == shown


def test_presentation_mode_covers_all_that_people_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, numbers, words, options, places, quotes; no small picture and no map leaves the server."""
    monkeypatch.setattr(presentation, "is_on", lambda: True)
    monkeypatch.setattr("pages.ui.conversations.bubbles.pictures.is_on", lambda: True)
    monkeypatch.setattr("pages.ui.conversations.bubbles.bodies.is_on", lambda: True)
    secret = "Segredo"
    about = Reference("3Z", text=secret, thumbnail="AAAA")
    marks = Changes(votes=(Mark(secret, secret),), reactions=(Mark("👍", secret),))
    for content in (
        Content(Kind.TEXT, text=secret, about=about),
        Content(Kind.POLL, text=secret, options=(secret,)),
        Content(Kind.LOCATION, latitude=-23.5, longitude=-46.6, name=secret, address=secret),
        Content(Kind.DOCUMENT, text=secret, file=Attachment(secret, thumbnail="AAAA", remote="{}")),
        Content(Kind.CONTACT, contacts=(ContactCard(secret, (CardPhone("11 91111-0000"),)),)),
        Content(Kind.TEXT, text="x", link=json.dumps({"title": secret, "description": secret})),
    ):
        shown = json.dumps(
            drawn(
                arrived(content=content, changes=marks, group=True, chat=FAMILY, name=secret),
                conversation=replace(IN_FAMILY, name=secret),
            ),
            ensure_ascii=False,
        )
        assert secret not in shown
        assert "91111" not in shown
        assert "23.5" not in shown
        assert "AAAA" not in shown
        assert '"picture"' not in shown


def test_what_may_be_done_depends_on_kind_age_and_state() -> None:
    """Only own texts are edited, and not for ever; nothing is offered for what is gone."""
    now = time.time()

    def acts(message: ThreadMessage) -> list[str]:
        return list(offered(message, now=now))

    assert acts(went()) == ["reply", "react", "edit", "copy", "resend", "delete"]
    assert items.EDIT not in acts(went(at=now - EDIT_WITHIN_S - 1))
    assert items.DELETE not in acts(went(at=now - DELETE_WITHIN_S - 1))
    assert acts(went(state=SendState.SENDING, message_id="")) == ["copy"]
    assert acts(went(state=SendState.FAILED, message_id="")) == ["copy", "resend"]
    assert acts(went(content=Content(Kind.LOCATION, latitude=1.0))) == ["reply", "react", "resend", "delete"]
    assert acts(arrived(read=True)) == ["reply", "react", "copy"]
    assert acts(arrived(from_me=True)) == ["reply", "react", "copy"]
    assert acts(arrived(changes=Changes(deleted=True))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("*a* b", (("a", "b"), (" b", ""))),
        ("2*3*4", (("2*3*4", ""),)),
        ("_*x*_", (("x", "ib"),)),
        ("*_x_*", (("x", "bi"),)),
        ("```a *b*``` ~c~", (("a *b*", "c"), (" ", ""), ("c", "s"))),
        ("*a\nb*", (("*a\nb*", ""),)),
        ("", ()),
    ],
)
def test_marks_of_whatsapp(text: str, found: tuple[tuple[str, str], ...]) -> None:
    """At the edge of words, on one line, one in another; code is left alone."""
    assert runs(text) == found


def test_marks_are_looked_for_in_time() -> None:
    """A line made to be slow is not: it reads as typed."""
    begun = time.perf_counter()
    for text in (" *a" * 20_000, "_*~" * 20_000, " *a* _b" * 8_000):
        assert "".join(words for words, _style in runs(text)).count("a") == text.count("a")
    assert time.perf_counter() - begun < 5
