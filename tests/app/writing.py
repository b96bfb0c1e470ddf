"""A person at the composer of one conversation, without a browser: what its box would tell."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.models.content import Content
from tests.app.fake_services import FakeServices

_ids = itertools.count()
_turns = itertools.count(1)


def box_of(app: AppTest) -> dict[str, Any]:
    """What the box was drawn with."""
    return dict(json.loads(_proto(app).json)[0])


def tell(app: AppTest, event: str, value: object) -> AppTest:
    """Let the browser tell something of the box, and draw what comes of it."""
    states: WidgetStates = app._tree.get_widget_states()  # a component has no driver of its own
    state = states.widgets.add()
    state.id = f"$$STREAMLIT_INTERNAL_KEY_{_proto(app).id}__events"
    state.json_trigger_value = json.dumps([{"event": event, "value": value}])
    app._run(states)
    assert not app.exception, app.exception
    return app


def type_in(
    app: AppTest, text: str, *, place: str = "", turn: str | None = None, typing: str = ""
) -> AppTest:
    """Write into the box, and pause."""
    box = box_of(app)
    typed = {"text": text, "turn": box["turn"] if turn is None else turn}
    return _told(app, texts={place or box["place"]: typed}, typing=typing)


def press_send(app: AppTest, text: str = "", **more: Any) -> str:
    """Press send with what is in the box; return the id of the press."""
    box = box_of(app)
    drawn = {name: box[name] for name in ("place", "form", "about", "account")}
    press = {"id": f"press-{next(_ids)}", "text": text, "made": time.time() * 1000 - 5} | drawn | more
    at = {press["place"]: {"text": "", "turn": box["turn"]}} if text else {}
    _told(app, texts=at, out=[press])
    return str(press["id"])


def keep_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a session know its pages from one run to the next, as a server does: a part needs them too."""
    known: dict[str, Any] = {}
    begin, register = PagesManager.__init__, PagesManager.set_pages_and_resolve

    def begin_with_known(self: PagesManager, *arguments: Any, **more: Any) -> None:
        begin(self, *arguments, **more)
        self._pages = known.get("pages")

    def remember(self: PagesManager, *arguments: Any, **more: Any) -> Any:
        found = register(self, *arguments, **more)
        known["pages"] = self._pages
        return found

    monkeypatch.setattr(PagesManager, "__init__", begin_with_known)
    monkeypatch.setattr(PagesManager, "set_pages_and_resolve", remember)


def _told(app: AppTest, **more: Any) -> AppTest:
    told = {"visit": box_of(app)["visit"], "turn": next(_turns), "texts": {}, "out": [], "typing": ""}
    return tell(app, "told", told | more)


def _proto(app: AppTest) -> Any:
    (proto,) = (
        element.proto
        for element in app.get("bidi_component")
        if element.proto.component_name == "message_box"
    )
    return proto


def sent(scene: FakeServices) -> list[tuple[str, str, Content]]:
    """What went out, oldest first: from which instance, to whom, what."""
    return [(message.instance_id, message.to, message.content) for message in reversed(scene.sent)]


def texts(scene: FakeServices) -> list[tuple[str, str, str]]:
    """The same in words."""
    return [(instance_id, to, content.text) for instance_id, to, content in sent(scene)]
