"""The account's own profile and block list, read and changed through the genuine core."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from PIL import Image

from core.errors import AppError, NotConnectedError
from core.models.instance import InstanceState
from core.models.profile.commands import SetProfilePicture
from core.models.profile.own_profile import ABOUT_LIMIT, BlockedPerson
from core.services import recipients
from core.services.profile import own_profile
from core.services.runtime import Runtime
from tests.emulator.content import Text
from tests.integration.registry.support import Paired, RegistryHarness
from tests.support.media_samples import image
from tests.support.polling import eventually
from tests.support.runtimes import installed, runtime_of

S = InstanceState


@pytest.fixture
def runtime(house: RegistryHarness) -> Iterator[Runtime]:
    """Services on a registry with the genuine core behind it."""
    registry = house.open()
    with installed(replace(runtime_of(house.auth_dir), registry=registry)) as made:
        yield made
        made.media.close()


@pytest.fixture
def paired(runtime: Runtime, house: RegistryHarness) -> Paired:
    """A connected instance whose phone has not told its name yet."""
    return house.pair()


@pytest.fixture
def named(paired: Paired, house: RegistryHarness) -> Paired:
    """The same after the phone has told what the account calls itself, with the key that seals it."""
    house.emulator.name_account(paired.number, "Loja")
    eventually(
        lambda: own_profile.read(paired.id).name == "Loja",
        timeout=10,
        seen=lambda: own_profile.read(paired.id),
    )
    return paired


def test_everything_is_read_as_whatsapp_has_it(named: Paired, house: RegistryHarness) -> None:
    """Name from the phone; about, picture and block list from the server."""
    house.emulator.set_about(named.number, "Aberto até as 18 h ✅")
    house.emulator.set_picture(named.number, image("JPEG", 96, 96))
    read = own_profile.read(named.id)
    assert (read.name, read.about, read.blocked) == ("Loja", "Aberto até as 18 h ✅", ())
    assert Image.open(io.BytesIO(read.picture)).size == (96, 96)
    assert own_profile.last_known(named.id) == read


def test_an_account_that_shows_nothing_has_an_empty_profile(paired: Paired) -> None:
    """No name before the phone told one, no about, no picture, nobody blocked."""
    read = own_profile.read(paired.id)
    assert (read.name, read.about, read.picture, read.blocked) == ("", "", b"", ())


def test_a_name_needs_the_key_of_the_phone(paired: Paired, house: RegistryHarness) -> None:
    """Before it came the core refuses, and the code says why; afterwards WhatsApp has the name."""
    with pytest.raises(AppError) as refused:
        own_profile.set_name(paired.id, "Loja")
    assert refused.value.code == "profile-no-key"
    house.emulator.name_account(paired.number, "Antes")
    eventually(
        lambda: own_profile.read(paired.id).name == "Antes",
        timeout=10,
        seen=lambda: own_profile.read(paired.id),
    )
    own_profile.set_name(paired.id, "Loja da Ana ✨")
    assert house.emulator.profile_of(paired.number).name == "Loja da Ana ✨"
    assert own_profile.read(paired.id).name == "Loja da Ana ✨"


def test_others_see_a_new_name_at_once(named: Paired, house: RegistryHarness) -> None:
    """It travels with the presence, which is sent again, and as what it was: not there."""
    own_profile.set_name(named.id, "Nova")
    state = house.emulator.wait_for(
        lambda state: [seen.name for seen in state.presences_of(named.number)][-1:] == ["Nova"],
        what="the new name",
    )
    assert {seen.kind for seen in state.presences_of(named.number)} == {"unavailable"}


def test_names_from_here_and_from_the_phone_follow_each_other(named: Paired, house: RegistryHarness) -> None:
    """Each change builds on the one before, whoever made it; after a restart too."""
    own_profile.set_name(named.id, "Daqui")
    house.emulator.name_account(named.number, "Do celular")
    eventually(
        lambda: own_profile.read(named.id).name == "Do celular",
        timeout=10,
        seen=lambda: own_profile.read(named.id),
    )
    house.registry.restart_instance(named.id)
    house.emulator.wait_for(lambda state: len(state.logins_of(named.number)) == 2, what="a new login")
    house.wait(named.id, S.CONNECTED)
    own_profile.set_name(named.id, "Daqui de novo")
    assert house.emulator.profile_of(named.number).name == "Daqui de novo"
    assert own_profile.read(named.id).name == "Daqui de novo"


@pytest.mark.parametrize("about", ["Fechado", "", "é" * ABOUT_LIMIT])
def test_an_about_is_what_was_typed(paired: Paired, house: RegistryHarness, about: str) -> None:
    """Also nothing at all; it needs no key."""
    house.emulator.set_about(paired.number, "Antes")
    own_profile.set_about(paired.id, about)
    assert house.emulator.profile_of(paired.number).about == about
    assert own_profile.read(paired.id).about == about


def test_a_picture_reaches_whatsapp_as_a_square_jpeg(paired: Paired, house: RegistryHarness) -> None:
    """Whatever it was made from; the face in the list is the new one."""
    house.emulator.set_picture(paired.number, image("JPEG", 96, 96))
    before = eventually(
        lambda: recipients.own_face(paired.id), timeout=10, seen=lambda: recipients.own_face(paired.id)
    )
    own_profile.set_picture(paired.id, image("PNG", 1_500, 900))
    made = Image.open(io.BytesIO(house.emulator.profile_of(paired.number).picture))
    assert (made.format, made.size) == ("JPEG", (640, 640))
    assert own_profile.read(paired.id).picture
    eventually(
        lambda: recipients.own_face(paired.id) not in ("", before),
        timeout=10,
        seen=lambda: recipients.own_face(paired.id),
    )


@pytest.mark.parametrize("data", [b"", b"no picture"], ids=["nothing", "no JPEG"])
def test_what_whatsapp_takes_for_no_picture_is_refused(
    paired: Paired, house: RegistryHarness, data: bytes
) -> None:
    """Also an empty one: neonize cannot ask to remove a picture, and what it sends instead removes none."""
    house.emulator.set_picture(paired.number, image("JPEG", 96, 96))
    query = SetProfilePicture(paired.id, uuid4().hex, picture=base64.b64encode(data).decode())
    with pytest.raises(AppError) as refused:
        house.registry.ask(query, timeout=10)
    assert refused.value.code == "profile-refused"
    assert house.emulator.profile_of(paired.number).picture == image("JPEG", 96, 96)


def test_the_blocked_are_known_by_name_and_number(paired: Paired, house: RegistryHarness) -> None:
    """WhatsApp lists them by LID; who wrote before has a number and a name, and can be unblocked."""
    ana, other = house.fresh_number(), house.contact()
    house.emulator.add_phone(ana, "Ana")
    house.emulator.write(Text("oi"), sender=ana, receiver=paired.number)
    eventually(lambda: house.registry.knows(paired.id, [ana]), timeout=10, seen=lambda: house.view(paired.id))
    for number in (ana, other):
        house.emulator.block(number, by=paired.number)
    read = own_profile.read(paired.id)
    lids = [house.emulator.lid_of(number) for number in (ana, other)]
    assert read.blocked == (BlockedPerson(lids[0], ana, "Ana"), BlockedPerson(lids[1], "", ""))
    own_profile.unblock(paired.id, lids[0])
    assert house.emulator.profile_of(paired.number).blocked == (other,)
    own_profile.unblock(paired.id, lids[1])
    assert own_profile.read(paired.id).blocked == ()


def test_a_connection_that_is_lost_changes_nothing(named: Paired, house: RegistryHarness) -> None:
    """The last answer stays known."""
    known = own_profile.read(named.id)
    house.registry.stop_instance(named.id, timeout=10)
    with pytest.raises(NotConnectedError):
        own_profile.set_about(named.id, "Fechado")
    assert own_profile.last_known(named.id) == known
