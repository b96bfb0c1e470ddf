"""Everything the emulator knows: phones, connections, what was sent, and the faults that are on."""

from __future__ import annotations

import base64
import contextlib
import pickle
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.emulator import history, receipts, writing
from tests.emulator.acks import Acks
from tests.emulator.app_state import AppState
from tests.emulator.archive import Archive
from tests.emulator.content import Text
from tests.emulator.faults import Faults
from tests.emulator.groups import Group
from tests.emulator.history import History
from tests.emulator.inbound import Delivery, DirectMessage, GroupMessage, Notice
from tests.emulator.media import MediaStore
from tests.emulator.nodes import Node, user_of
from tests.emulator.noise import RootAuthority
from tests.emulator.phone import LinkedDevice, Phone
from tests.emulator.state import (
    DeviceView,
    LoginView,
    MessageView,
    PresenceView,
    ReceiptView,
    RejectedCallView,
    SessionView,
    WorldState,
)

if TYPE_CHECKING:
    from tests.emulator.session import Session


Key: TypeAlias = tuple[str, str, str, str]
"""Tag, id, type and participant of a stanza."""


@dataclass(slots=True)
class World:
    """The server's state. One event loop owns it; nothing here is safe from another thread."""

    authority: RootAuthority = field(default_factory=RootAuthority)
    faults: Faults = field(default_factory=Faults)
    phones: dict[str, Phone] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    online: dict[LinkedDevice, Session] = field(default_factory=dict)
    """The logged-in session of each device; a device has one at most."""
    offers: dict[str, Session] = field(default_factory=dict)
    """Who shows a QR code with that reference."""
    messages: dict[str, MessageView] = field(default_factory=dict)
    """By message id, oldest first."""
    receipts: list[ReceiptView] = field(default_factory=list)
    logins: list[LoginView] = field(default_factory=list)
    media: MediaStore = field(default_factory=MediaStore)
    archive: Archive = field(default_factory=Archive)
    """What was written and could be read, in either direction."""
    talked: set[frozenset[str]] = field(default_factory=set)
    """Pairs of numbers between which a message went."""
    calls: dict[str, tuple[Phone, Phone]] = field(default_factory=dict)
    """Those that ring: call id -> caller and receiver."""
    groups: dict[str, Group] = field(default_factory=dict)
    """By address."""
    histories: dict[str, History] = field(default_factory=dict)
    """What the phone of a number will tell the next device that logs in."""
    acks: Acks = field(default_factory=Acks)
    garbled: dict[str, list[tuple[LinkedDevice, DirectMessage | GroupMessage]]] = field(default_factory=dict)
    """What was damaged on its way, by message id: for whom, and as it was meant."""
    available: set[LinkedDevice] = field(default_factory=set)
    """Devices that say that their owner is there: only they hear who is typing."""
    app_states: dict[str, AppState] = field(default_factory=dict)
    """The settings of accounts, by number; those of an emulator that is started again begin anew."""
    presences: list[PresenceView] = field(default_factory=list)
    rejected_calls: list[RejectedCallView] = field(default_factory=list)
    connects: int = 0
    refused_hosts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    _users: dict[str, Phone] = field(default_factory=dict)
    _unconfirmed: dict[LinkedDevice, dict[Key, Node]] = field(default_factory=dict)
    """What was sent to each device and may be lost, as it was sent."""
    _offline: dict[LinkedDevice, list[Delivery]] = field(default_factory=dict)

    def phone(self, number: str, *, name: str = "") -> Phone:
        """The phone of that number (digits only), made on first use."""
        phone = self.phones.get(number)
        if phone is None:
            phone = self.phones[number] = Phone(number, name)
            self._users |= {number: phone, phone.lid_user: phone}
        return phone

    def by_jid(self, jid: str) -> Phone | None:
        """The phone behind a JID or a LID, of the phone itself or of one of its devices."""
        return self._users.get(user_of(jid))

    def typed(self, number: str) -> Phone | None:
        """The phone that WhatsApp finds for a typed number: Brazil's with and without the 9 are one."""
        return next((found for one in spellings(number) if (found := self._users.get(one))), None)

    def number_of(self, jid: str) -> str:
        """The number behind an address; empty when nobody has it."""
        phone = self.by_jid(jid)
        return phone.number if phone else ""

    def memory(self) -> bytes:
        """What the server must remember over a restart: phones and their devices, waiting messages, files."""
        kept = (self.phones, self._offline, self._unconfirmed, self.media.files, self.groups)
        return pickle.dumps(kept)

    def recall(self, memory: bytes) -> None:
        """The inverse of `memory`; only for bytes this program wrote."""
        (self.phones, self._offline, self._unconfirmed, self.media.files, self.groups) = pickle.loads(memory)
        for phone in self.phones.values():
            self._users |= {phone.number: phone, phone.lid_user: phone}

    # What people do with their phones

    async def scan(self, phone: Phone, qr: str) -> LinkedDevice | None:
        """Scan a QR (`ref,noise key,identity,ADV secret,platform`, or a URL with that after `#`).

        None when the client was asked for a passkey instead.
        Raises `LookupError` when no connected client shows that code, `PairingRefusedError` when the client
        does not accept the result.
        """
        reference, noise_key, _identity, secret, *_ = qr.rpartition("#")[2].split(",")
        session = self.offers.get(reference)
        if session is None or session.client_key != base64.b64decode(noise_key):
            raise LookupError("no client is offering that QR code")
        return await session.pairing.link(phone, adv_secret=base64.b64decode(secret))

    async def enter_code(self, phone: Phone, code: str) -> LinkedDevice | None:
        """Type a pairing code; raises `LookupError` when no client asked for one for that number."""
        for session in self.offers.values():
            if session.pairing.asks_code_of(phone):
                return await session.pairing.enter_code(phone, code)
        raise LookupError(f"no client asked for a code for {phone.number}")

    async def inbound(self, sender: Phone, receiver: Phone, text: str) -> str:
        """A contact writes: delivered now, or at the device's next login; gives the message id."""
        if not receiver.devices:
            raise LookupError(f"{receiver.number} has no linked device")
        return await writing.write(self, sender, receiver, Text(text))

    async def deliver(self, device: LinkedDevice, delivery: Delivery) -> None:
        """Now, or at the device's next login; again at each login until the device confirms it."""
        session = self.online.get(device)
        if session is None:
            self._offline.setdefault(device, []).append(delivery)
            return
        node = await delivery.stanza(device)
        self._unconfirmed.setdefault(device, {})[_key(node.tag, node.attrs)] = node
        with contextlib.suppress(Exception):  # it may go at any moment, and then comes back for it
            await session.send(node)

    def confirmed(self, device: LinkedDevice, tag: str, attrs: Mapping[str, str]) -> None:
        """A device says, with these attributes, that it has a stanza; others than ours are ignored."""
        self._unconfirmed.get(device, {}).pop(_key(tag, attrs), None)

    async def read(self, message_id: str) -> None:
        """The recipient reads a message; raises `LookupError` when it or its sender is not there."""
        await receipts.send(self, message_id, kind="read")

    async def unlink(self, phone: Phone) -> int:
        """The owner removes all linked devices; gives how many connections that ended."""
        devices = list(phone.devices.values())
        phone.devices.clear()
        for device in devices:
            self._offline.pop(device, None)
            self._unconfirmed.pop(device, None)
        open_sessions = [self.online[device] for device in devices if device in self.online]
        for session in open_sessions:
            await session.stream_error("device_removed", code="401")
        return len(open_sessions)

    async def drop(self, number: str = "") -> int:
        """Close the connections of a number, or all; gives how many."""
        hit = [item for item in self.sessions if not number or item.number == number]
        for session in hit:
            with contextlib.suppress(Exception):  # whatever state it is in: it was to go
                await session.close()
        return len(hit)

    # What sessions report

    def came_online(self, session: Session, device: LinkedDevice) -> list[Delivery]:
        """Note a login; gives what waited for that device."""
        self.online[device] = session
        self.logins.append(LoginView(device.jid, device.phone.number, time.time()))
        again = [Notice(node.attrs["id"], node) for node in self._unconfirmed.pop(device, {}).values()]
        waiting = [*again, *self._offline.pop(device, [])]
        past = self.histories.pop(device.phone.number, None)
        return waiting + (history.deliveries(self, device.phone, past) if past else [])

    def left(self, session: Session) -> None:
        """Forget a connection that ended."""
        self.sessions.remove(session)
        for reference in session.pairing.refs:
            self.offers.pop(reference, None)
        if session.device is not None and self.online.get(session.device) is session:
            del self.online[session.device]
            self.available.discard(session.device)

    def state(self) -> WorldState:
        """A copy of everything, for tests."""
        return WorldState(
            root_key=self.authority.root.public.hex(),
            connects=self.connects,
            sessions=tuple(_session_view(session) for session in self.sessions),
            devices=tuple(_device_views(self.phones.values())),
            messages=tuple(self.messages.values()),
            receipts=tuple(self.receipts),
            presences=tuple(self.presences),
            logins=tuple(self.logins),
            rejected_calls=tuple(self.rejected_calls),
            media={path: len(stored) for path, stored in self.media.files.items()},
            refused_hosts=dict(self.refused_hosts),
            errors=tuple(self.errors),
        )


def spellings(number: str) -> tuple[str, ...]:
    """A number, and the other way to write it if it is a Brazilian mobile: with or without its 9."""
    if found := re.fullmatch(r"(55\d\d)(9?)([6-9]\d{7})", number):
        return number, found[1] + ("" if found[2] else "9") + found[3]
    return (number,)


def _key(tag: str, attrs: Mapping[str, str]) -> Key:
    """What a stanza and its confirmation share (whatsmeow, `sendAck`); receipts may name the same message."""
    if tag != "receipt":
        return tag, attrs["id"], "", ""
    return tag, attrs["id"], attrs.get("type", ""), attrs.get("participant", "")


def _session_view(session: Session) -> SessionView:
    jid = session.device.jid if session.device else ""
    return SessionView(jid, session.number, tuple(session.pairing.refs))


def _device_views(phones: Iterable[Phone]) -> Iterable[DeviceView]:
    for phone in phones:
        for device in phone.devices.values():
            yield DeviceView(phone.number, device.device_id, device.jid, device.platform, len(device.prekeys))
