"""Conversations of a scene, and what the page says of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from core.models.content import Kind
from core.models.conversations import Conversation
from core.models.messages import LatestMessage

A, B = "a-1", "b-2"
ANA, BRUNO = "5511912345678", "5521987654321"
FAMILY = "120363000000000001@g.us"


def said(text: str = "Oi", **more: Any) -> LatestMessage:
    """What was said last."""
    return replace(LatestMessage(Kind.TEXT, time.time(), text=text), **more)


def talk(id_: str = "ana", name: str = "Ana", **more: Any) -> Conversation:
    """A conversation with a person."""
    plain = Conversation(A, id_, ANA, name, ANA, group=False, latest=said())
    return replace(plain, **more)


def group_talk(id_: str = "fam", name: str = "Família", **more: Any) -> Conversation:
    """A conversation in a group."""
    plain = Conversation(A, id_, FAMILY, name, "", group=True, latest=said(name="Ana", contact=ANA))
    return replace(plain, **more)


def lists_of(app: AppTest) -> Mapping[str, dict[str, Any]]:
    """What the browser gets of each list of lines, by what the list is called."""
    protos = [element.proto for element in app.get("bidi_component")]
    lists = [json.loads(proto.json)[0] for proto in protos if proto.component_name == "line_list"]
    return {each["label"]: each for each in lists}


def lines_of(app: AppTest, label: str = "Conversas") -> list[dict[str, Any]]:
    """The lines of one of them; none where it is not there."""
    return list(lists_of(app).get(label, {"lines": []})["lines"])


def words_of(line: Mapping[str, Any]) -> str:
    """What is read below the name."""
    last = line["last"]
    return " ".join(filter(None, (last["state"], last["writer"], last["words"])))
