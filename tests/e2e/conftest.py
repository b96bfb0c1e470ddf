"""A browser and shared apps for the run, visitors and connected instances for each test.

An app takes seconds to start, so a test that leaves the app as it was shares one: `connected` for an instance
of its own on an app with others, `empty_app` and `locked_app` for pages without any. A test that stops the
app, or looks at all of it, starts its own: `own_connected`, `linked_app`, or `app_process` for the unusual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser

from tests.conftest import StartApp, failed, show_log_of_a_failure
from tests.emulator.handle import Emulator
from tests.support.app_process import AppProcess
from tests.support.browser import SHORT_LIVED
from tests.support.fleet import Fleet, Instance, bare_app
from tests.support.pairing import pair_instances
from tests.support.signing_in import PASSWORD
from tests.support.visitor import Visitor, chromium
from tests.support.windows import Windows


class Visit(Protocol):
    """Opens a browser window for a visitor of an app, who is signed in already if it has no password."""

    def __call__(self, app: AppProcess, **window: Any) -> Visitor: ...


class LinkedApp(Protocol):
    """Starts the test's own app on so many instances that were linked before; waits until they connect."""

    def __call__(self, count: int = 1) -> tuple[AppProcess, tuple[Instance, ...]]: ...


class TakeInstances(Protocol):
    """Takes so many connected instances of a shared app."""

    def __call__(self, count: int) -> tuple[AppProcess, tuple[Instance, ...]]: ...


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected instance, its owner's number, a friend who has WhatsApp, and a way to visit the app."""

    emulator: Emulator
    app: AppProcess
    instance_id: str
    number: str
    friend: str
    visit: Visit

    def visitor(self, path: str, **window: Any) -> Visitor:
        """Open a window of its own on that page; `{id}` stands for the instance's."""
        return self.visit(self.app, **window).open(path.format(id=self.instance_id))

    @property
    def name(self) -> str:
        """What the instance is called."""
        return str(self.app.instance(self.instance_id)["name"])


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all of these tests; its event loop must not outlive them."""
    with chromium(*SHORT_LIVED) as running:
        yield running


@pytest.fixture(scope="package")
def windows(browser: Browser) -> Windows:
    """Windows of that browser, which tests use one after the other."""
    return Windows(browser)


@pytest.fixture
def visit(browser: Browser, windows: Windows) -> Iterator[Visit]:
    """Visitors whose windows are closed at the end; none may have met another host or a traceback."""
    visitors: list[Visitor] = []

    def arrive(app: AppProcess, **window: Any) -> Visitor:
        if "cookie" not in window:
            window["cookie"] = app.link_cookie()
        visitor = Visitor(browser, app.url, windows=windows, **window)
        visitors.append(visitor)
        return visitor

    yield arrive
    outside = [url for visitor in visitors for url in visitor.outside]
    texts = [tab.locator("body").inner_text() for visitor in visitors for tab in visitor.tabs]
    for visitor in visitors:
        visitor.close()
    assert not outside, outside
    assert not [text for text in texts if "Traceback" in text or "Exception" in text]


@pytest.fixture(scope="package")
def _fleet(
    tmp_path_factory: pytest.TempPathFactory,
    _emulator: Emulator,
    patched_core: Path,
    fresh_number: Callable[[], str],
) -> Iterator[Fleet]:
    fleet = Fleet(
        tmp_path_factory.mktemp("fleet"), emulator=_emulator, core=patched_core, fresh_number=fresh_number
    )
    yield fleet
    fleet.close()


@pytest.fixture
def take_instances(
    request: pytest.FixtureRequest, emulator: Emulator, _fleet: Fleet
) -> Iterator[TakeInstances]:
    """Connected instances of an app that other tests share; a test that fails leaves none to the next."""
    taken: list[AppProcess] = []

    def take(count: int) -> tuple[AppProcess, tuple[Instance, ...]]:
        app, instances = _fleet.take(count)
        taken.append(app)
        return app, instances

    yield take
    if failed(request.node):
        for app in taken:
            show_log_of_a_failure(request, app)
        _fleet.close()


@pytest.fixture
def connected(
    take_instances: TakeInstances, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> Connected:
    """One connected instance of a shared app."""
    app, (instance,) = take_instances(1)
    return Connected(emulator, app, instance.id, instance.number, _friend(emulator, fresh_number()), visit)


def _friend(emulator: Emulator, number: str) -> str:
    emulator.add_phone(number, "Amiga")
    return number


@pytest.fixture
def linked_app(
    app_process: StartApp,
    emulator: Emulator,
    patched_core: Path,
    tmp_path: Path,
    fresh_number: Callable[[], str],
) -> LinkedApp:
    """The test's own app with connected instances, to be stopped, killed or looked at as a whole."""

    def start(count: int = 1) -> tuple[AppProcess, tuple[Instance, ...]]:
        numbers = [fresh_number() for _ in range(count)]
        ids = pair_instances(tmp_path / "auth", emulator, patched_core, numbers)
        app = app_process(auth_dir=tmp_path / "auth")
        app.wait_healthy()
        for instance_id in ids:
            app.wait_instance(instance_id, state="connected")
        return app, tuple(Instance(*pair) for pair in zip(ids, numbers, strict=True))

    return start


@pytest.fixture
def own_connected(
    linked_app: LinkedApp, emulator: Emulator, visit: Visit, fresh_number: Callable[[], str]
) -> Connected:
    """One connected instance of an app that is the test's own."""
    app, (instance,) = linked_app()
    return Connected(emulator, app, instance.id, instance.number, _friend(emulator, fresh_number()), visit)


@pytest.fixture(scope="package")
def empty_app(
    tmp_path_factory: pytest.TempPathFactory, _emulator: Emulator, patched_core: Path
) -> Iterator[AppProcess]:
    """A shared app without instances and without a password; tests leave it as it was."""
    with bare_app(tmp_path_factory.mktemp("empty"), emulator=_emulator, core=patched_core) as app:
        yield app


@pytest.fixture(scope="package")
def locked_app(
    tmp_path_factory: pytest.TempPathFactory, _emulator: Emulator, patched_core: Path
) -> Iterator[AppProcess]:
    """A shared app without instances whose password is `PASSWORD`; tests leave it as it was."""
    with bare_app(
        tmp_path_factory.mktemp("locked"), emulator=_emulator, core=patched_core, password=PASSWORD
    ) as app:
        yield app
