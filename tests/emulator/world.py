"""Everything the emulator knows: phones, connections, what was sent, and the faults that are on."""

from __future__ import annotations

import base64
import contextlib
import pickle
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulator.faults import Faults
from tests.emulator.nodes import Node, now, user_of
from tests.emulator.noise import RootAuthority
from tests.emulator.phone import LinkedDevice, Phone
from tests.emulator.proto import wa
from tests.emulator.state import (
    DeviceView,
    LoginView,
    MessageView,
    ReceiptView,
    SessionView,
    WorldState,
)

if TYPE_CHECKING:
    from tests.emulator.session import Session


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A contact's text on its way to one linked device."""

    message_id: str
    sender: Phone
    text: str

    async def stanza(self, device: LinkedDevice) -> Node:
        """Encrypted for that device; each call advances the Signal session, so send what you get."""
        attrs = {
            "from": self.sender.lid,
            "sender_pn": self.sender.jid,
            "id": self.message_id,
            "t": now(),
            "type": "text",
            "notify": self.sender.name,
            "addressing_mode": "lid",
        }
        enc = await self.sender.encrypt_to(device, wa.Message(conversation=self.text))
        return Node("message", attrs, [enc])


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
    media: dict[str, bytes] = field(default_factory=dict)
    connects: int = 0
    refused_hosts: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    _users: dict[str, Phone] = field(default_factory=dict)
    _offline: dict[LinkedDevice, list[InboundMessage]] = field(default_factory=dict)

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

    def number_of(self, jid: str) -> str:
        """The number behind an address; empty when nobody has it."""
        phone = self.by_jid(jid)
        return phone.number if phone else ""

    def memory(self) -> bytes:
        """What the server must remember across a restart: phones with their devices, waiting messages."""
        return pickle.dumps((self.phones, self._offline))

    def recall(self, memory: bytes) -> None:
        """The inverse of `memory`; only for bytes this program wrote."""
        self.phones, self._offline = pickle.loads(memory)
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
        message = InboundMessage("3A" + secrets.token_hex(9).upper(), sender, text)
        for device in receiver.devices.values():
            session = self.online.get(device)
            if session is None:
                self._offline.setdefault(device, []).append(message)
            else:
                await session.send(await message.stanza(device))
        return message.message_id

    async def read(self, message_id: str) -> None:
        """The recipient reads a message; raises `LookupError` when it or its sender is not there."""
        await self.receipt(message_id, kind="read")

    async def receipt(self, message_id: str, *, kind: str, twin: bool = False) -> None:
        """The recipient, or with `twin` the sender's own phone, confirms a message.

        Raises `LookupError` when it or its sender is not there.
        """
        message = self.messages.get(message_id)
        reader = self.by_jid(message.to) if message else None
        sender = self._online_as(message.sender) if message else None
        if reader is None or sender is None:
            raise LookupError(f"no message {message_id} from a connected device to a known phone")
        by = self.by_jid(message.sender) if message and twin else reader
        assert by is not None
        await sender.send_receipt(message_id, by, kind=kind)

    async def unlink(self, phone: Phone) -> int:
        """The owner removes all linked devices; gives how many connections that ended."""
        devices = list(phone.devices.values())
        phone.devices.clear()
        for device in devices:
            self._offline.pop(device, None)
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

    def came_online(self, session: Session, device: LinkedDevice) -> list[InboundMessage]:
        """Note a login; gives what waited for that device."""
        self.online[device] = session
        self.logins.append(LoginView(device.jid, device.phone.number, time.time()))
        return self._offline.pop(device, [])

    def left(self, session: Session) -> None:
        """Forget a connection that ended."""
        self.sessions.remove(session)
        for reference in session.pairing.refs:
            self.offers.pop(reference, None)
        if session.device is not None and self.online.get(session.device) is session:
            del self.online[session.device]

    def state(self) -> WorldState:
        """A copy of everything, for tests."""
        return WorldState(
            root_key=self.authority.root.public.hex(),
            connects=self.connects,
            sessions=tuple(_session_view(session) for session in self.sessions),
            devices=tuple(_device_views(self.phones.values())),
            messages=tuple(self.messages.values()),
            receipts=tuple(self.receipts),
            logins=tuple(self.logins),
            media={token: len(data) for token, data in self.media.items()},
            refused_hosts=dict(self.refused_hosts),
            errors=tuple(self.errors),
        )

    def _online_as(self, jid: str) -> Session | None:
        return next((session for device, session in self.online.items() if device.jid == jid), None)


def _session_view(session: Session) -> SessionView:
    jid = session.device.jid if session.device else ""
    return SessionView(jid, session.number, tuple(session.pairing.refs))


def _device_views(phones: Iterable[Phone]) -> Iterable[DeviceView]:
    for phone in phones:
        for device in phone.devices.values():
            yield DeviceView(phone.number, device.device_id, device.jid, device.platform, len(device.prekeys))
