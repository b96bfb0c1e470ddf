"""Linking a new device: the QR codes a client may show, and the eight-character code.

Both end the same way: the phone signs the client's identity, the client countersigns, and the server cuts
the stream with 515 so that the client comes back logged in (whatsmeow: pair.go, pair-code.go).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from pyaileys.auth.creds import KeyPair

from tests.emulator.crypto import (
    CURVE,
    adv_secret_of_link_code,
    link_code_crypt,
    open_link_code_bundle,
    signed_device_identity,
)
from tests.emulator.nodes import SERVER, Node, child, iq_request, new_id, now, raw, user_of
from tests.emulator.phone import LinkedDevice, Phone, SignedPreKey
from tests.emulator.proto import Proto, wa

if TYPE_CHECKING:
    from tests.emulator.session import Session

_CLIENT_FINISHES_S: Final = 15.0


class PairingRefusedError(RuntimeError):
    """One side did not accept the other's keys (a wrong code, for example)."""


@dataclass(slots=True)
class _LinkCode:
    """A client's request for a pairing code, and where it stands."""

    jid: str
    reference: bytes
    wrapped_key: bytes
    """The client's ephemeral key under the code: 32 bytes salt, 16 bytes IV, 32 bytes key."""
    phone: Phone | None = None
    ephemeral: KeyPair | None = None
    companion_key: bytes = b""
    outcome: asyncio.Future[LinkedDevice | None] | None = None


class Pairing:
    """The pairing side of one connection; of no use once the client is logged in."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._registration: Proto = None
        self._code: _LinkCode | None = None
        self._finishing: asyncio.Task[None] | None = None
        self.refs: list[str] = []

    async def offer(self, registration: Proto) -> None:
        """Give a client that has no account the references of its QR codes."""
        self._registration = registration
        world = self._session.world
        self.refs = [f"2@{secrets.token_urlsafe(24)}" for _ in range(world.faults.qr_refs)]
        world.offers |= dict.fromkeys(self.refs, self._session)
        refs = [Node("ref", {}, reference.encode()) for reference in self.refs]
        await self._session.send(iq_request([Node("pair-device", {}, refs)], xmlns="md", request=new_id()))

    async def link(self, phone: Phone, *, adv_secret: bytes) -> LinkedDevice | None:
        """What a phone does after a scan: sign this client's identity and tell it so.

        None when the client is asked for a passkey instead: it has none, so nothing is linked.
        Raises `PairingRefusedError` when the client does not accept, `ClientGoneError` when it leaves.
        """
        if self._session.world.faults.passkey:
            await self._session.send(_passkey_request())
            return None
        device = self._new_device(phone)
        identity = signed_device_identity(
            phone.identity,
            companion_identity=device.identity,
            adv_secret=adv_secret,
            key_index=device.device_id,
        )
        success = Node("pair-success", {}, _pair_success(device, identity))
        answer = await self._session.ask([success], xmlns="md")
        if answer.attrs.get("type") == "error":
            raise PairingRefusedError(f"the client refused: {answer}")
        phone.devices[device.device_id] = device
        await self._session.send(Node("stream:error", {"code": "515"}))
        return device

    def _new_device(self, phone: Phone) -> LinkedDevice:
        data = self._registration.devicePairingData
        signed_prekey = SignedPreKey(int.from_bytes(data.eSkeyId, "big"), data.eSkeyVal, data.eSkeySig)
        return LinkedDevice(
            phone=phone,
            device_id=phone.next_device_id(),
            noise_key=self._session.client_key,
            identity=data.eIdent,
            registration_id=int.from_bytes(data.eRegid, "big"),
            signed_prekey=signed_prekey,
            platform=wa.DeviceProps.FromString(data.deviceProps).os,
        )

    # Pairing by code

    def companion_hello(self, request: Node) -> Node:
        """The client wants a code: keep its wrapped key and name the attempt."""
        wrapped = raw(child(request, "link_code_pairing_wrapped_companion_ephemeral_pub"))
        self._code = _LinkCode(request.attrs["jid"], secrets.token_bytes(16), wrapped)
        return Node("link_code_pairing_ref", {}, self._code.reference)

    def asks_code_of(self, phone: Phone) -> bool:
        """Whether this client asked for a code for that phone's number."""
        return self._code is not None and user_of(self._code.jid) in (phone.number, phone.lid_user)

    async def enter_code(self, phone: Phone, code: str) -> LinkedDevice | None:
        """The phone's owner types the code the app shows; gives the device once it is linked, as `link` does.

        Raises `PairingRefusedError` for a wrong code, `TimeoutError` when the client does not go on.
        """
        attempt = self._code
        assert attempt is not None, "ask `asks_code_of` first"
        code = code.replace("-", "").upper()
        attempt.phone, attempt.ephemeral = phone, CURVE.generate_keypair()
        salt, iv, key = attempt.wrapped_key[:32], attempt.wrapped_key[32:48], attempt.wrapped_key[48:80]
        attempt.companion_key = await asyncio.to_thread(link_code_crypt, code, salt=salt, iv=iv, data=key)
        attempt.outcome = asyncio.get_running_loop().create_future()
        await self._session.send(await _primary_hello(attempt.reference, code, phone, attempt.ephemeral))
        return await asyncio.wait_for(attempt.outcome, _CLIENT_FINISHES_S)

    def companion_finish(self, request: Node) -> None:
        """The client sent its key bundle: finish in the background, its answer must come first."""
        bundle = raw(child(request, "link_code_pairing_wrapped_key_bundle"))
        self._finishing = asyncio.get_running_loop().create_task(self._finish(bundle))

    async def _finish(self, bundle: bytes) -> None:
        attempt = self._code
        if attempt is None or attempt.outcome is None:
            return
        try:
            device = await self._link_by_code(attempt, bundle)
        except Exception as error:  # top of a task: whoever typed the code gets it
            if not attempt.outcome.done():
                attempt.outcome.set_exception(error)
        else:
            if not attempt.outcome.done():
                attempt.outcome.set_result(device)

    async def _link_by_code(self, attempt: _LinkCode, bundle: bytes) -> LinkedDevice | None:
        assert attempt.phone is not None
        assert attempt.ephemeral is not None
        shared = CURVE.shared_key(attempt.ephemeral.private, attempt.companion_key)
        try:
            opened = open_link_code_bundle(shared, bundle)
        except InvalidTag:
            raise PairingRefusedError("wrong pairing code") from None
        secret = adv_secret_of_link_code(shared, phone=attempt.phone.identity, bundle=opened)
        return await self.link(attempt.phone, adv_secret=secret)

    def give_up(self, error: Exception) -> None:
        """The connection ended: whoever waits for a pairing by code learns it now."""
        outcome = self._code.outcome if self._code else None
        if outcome is not None and not outcome.done():
            outcome.set_exception(error)
            outcome.exception()  # retrieved: nobody may be waiting any more


def _pair_success(device: LinkedDevice, identity: bytes) -> list[Node]:
    return [
        Node("device-identity", {}, identity),
        Node("biz", {"name": ""}),
        Node("device", {"jid": device.jid, "lid": device.lid}),
        Node("platform", {"name": "android"}),
    ]


def _passkey_request() -> Node:
    """What a WebAuthn authenticator would be asked (whatsmeow: pair-passkey.go, types/passkey.go)."""
    options = {
        "challenge": secrets.token_urlsafe(32),
        "timeout": 60_000,
        "rpId": "whatsapp.com",
        "allowCredentials": [
            {"id": secrets.token_urlsafe(16), "type": "public-key", "transports": ["hybrid"]}
        ],
        "userVerification": "required",
        "extensions": {},
    }
    content = [Node("passkey_request_options", {}, json.dumps(options).encode())]
    attrs = {"from": SERVER, "type": "passkey_prologue_request", "id": new_id(), "t": now()}
    return Node("notification", attrs, content)


async def _primary_hello(reference: bytes, code: str, phone: Phone, ephemeral: KeyPair) -> Node:
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    wrapped = await asyncio.to_thread(link_code_crypt, code, salt=salt, iv=iv, data=ephemeral.public)
    parts = [
        Node("link_code_pairing_ref", {}, reference),
        Node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, salt + iv + wrapped),
        Node("primary_identity_pub", {}, phone.identity.public),
    ]
    content = [Node("link_code_companion_reg", {"stage": "primary_hello"}, parts)]
    attrs = {"from": SERVER, "type": "link_code_companion_reg", "id": new_id(), "t": now()}
    return Node("notification", attrs, content)
