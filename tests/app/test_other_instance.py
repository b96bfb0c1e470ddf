"""What is pressed on the page of one instance never happens to another one, opened in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from core.models.instance import InstanceState, InstanceView
from tests.app.conftest import keys_of
from tests.app.fake_services import FakeServices, connected, view
from tests.app.test_export import PASSPHRASE

HERE, OTHER = "loja-1", "outra-2"
_STATES: Final[Mapping[str, tuple[Callable[[str, str], InstanceView], int]]] = {
    "connected": (connected, 8),
    "stopped": (lambda key, name: view(key, name, InstanceState.STOPPED, linked=True), 6),
    "new": (lambda key, name: view(key, name, InstanceState.STOPPED), 5),
}
"""Each with the fewest presses that do something."""


def filled(app: AppTest) -> AppTest:
    """Give what is asked for before anything may be pressed: passphrases and promises."""
    for field in app.text_input:
        if field.key in {"export-passphrase", "backup-passphrase"}:
            field.input(PASSPHRASE)
    for box in app.checkbox:
        if box.key in {"export-sure", "export-plain-sure"}:
            box.check()
    return app.run()


def enabled(app: AppTest) -> list[str]:
    """The keys of what may be pressed on the page itself."""
    return sorted(key for key in keys_of(app) if not app.button(key=key).disabled)


@pytest.mark.parametrize("state", _STATES)
def test_a_press_concerns_the_instance_it_was_drawn_for(
    scene: FakeServices, page: Callable[..., AppTest], state: str
) -> None:
    """Each button, and each that appears after one: pressed while the address leads elsewhere already."""
    make, least = _STATES[state]

    def opened(*keys: str) -> AppTest:
        scene.views = [make(HERE, "Loja"), make(OTHER, "Outra")]
        app = filled(page("instance", id=HERE))
        for key in keys:
            app.button(key=key).click().run()
            app = filled(app)
        scene.calls.clear()
        return app

    def ways() -> Iterator[tuple[str, ...]]:
        first = enabled(opened())
        for key in first:
            yield (key,)
            app = opened(key)
            if app.query_params.get("id") in (HERE, [HERE]):
                yield from ((key, later) for later in enabled(app) if later not in first)

    happened: list[tuple[object, ...]] = []
    for way in ways():
        app = opened(*way[:-1])
        app.query_params["id"] = OTHER
        app.button(key=way[-1]).click().run()
        assert not app.exception, way
        assert not [call for call in scene.calls if OTHER in call], (way, scene.calls)
        happened += [call for call in scene.calls if HERE in call]
    assert len(happened) >= least
