"""Addresses of alerts: kept when they lead somewhere, each once, never shown; every change is on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.models.alerts.incidents import NoticeKind
from core.models.audit import Action
from core.services import audit
from core.services.alerts import addresses
from core.services.runtime import Runtime
from core.store.alerts.choices_file import read_choices
from tests.support.runtimes import installed, runtime_of

URL = "ntfys://segredo-da-rua"


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """On an empty folder, without its threads: nothing is sent."""
    with installed(runtime_of(tmp_path, alert_urls=("ntfys://from-the-setting",))) as made:
        yield made
        made.alerts.stop()


def test_an_address_is_added_and_removed(runtime: Runtime, tmp_path: Path) -> None:
    """With the zone of who added it, and on record without a letter of it."""
    assert addresses.add_address(f" {URL} ", zone="America/Sao_Paulo") == "ntfy"
    (stored,) = read_choices(tmp_path)[0].addresses
    assert (stored.address, read_choices(tmp_path)[0].zone) == (URL, "America/Sao_Paulo")
    of_setting, added = addresses.overview().addresses
    assert (of_setting.from_setting, added.from_setting, added.service) == (True, False, "ntfy")
    addresses.remove_address(added.id)
    assert read_choices(tmp_path)[0].addresses == ()
    entries = audit.entries(limit=9)
    assert [each.action for each in entries] == [Action.ALERT_REMOVED, Action.ALERT_ADDED]
    assert "segredo" not in repr(entries) + repr(addresses.overview())


def test_what_leads_nowhere_twice_or_too_far(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own reason; nothing is kept."""
    codes = []
    addresses.add_address(URL)
    monkeypatch.setattr(addresses, "MOST", 1)
    for url in ("segredo", URL, "ntfys://from-the-setting", "ntfys://another"):
        with pytest.raises(InvalidInputError) as caught:
            addresses.add_address(url)
        codes.append(caught.value.code)
    assert codes == ["alert-address", "alert-address-taken", "alert-address-taken", "alert-addresses"]
    assert len(addresses.overview().addresses) == 2


def test_a_test_is_on_its_way_to_all(runtime: Runtime) -> None:
    """At once, also to those of the setting."""
    addresses.add_address(URL)
    addresses.send_test()
    view = addresses.overview()
    assert {each.notice.kind for each in view.recent} == {NoticeKind.TEST}
    assert {each.address_id for each in view.recent} == {each.id for each in view.addresses}
