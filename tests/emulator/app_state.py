"""What a phone tells all its linked devices of the account's settings: here, what the account calls itself.

A device that has the key may change them too: the server passes its patch on to the others.

Source: whatsmeow, appstate.go, appstate/decode.go and appstate/hash.go; message.go
(`handleAppStateSyncKeyShare`) and notification.go (`handleAppStateNotification`). The phone gives each device
a key, and the server patches that only they can read; a device fetches them when it gets the key, and again
when the server says that there are more.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from pyaileys.appstate.keys import expand_app_state_keys
from pyaileys.appstate.processor import HashState, generate_content_mac, generate_patch_mac

from tests.emulator.inbound import Notice, PeerMessage
from tests.emulator.nodes import SERVER, Node, child, children, new_id, now, raw
from tests.emulator.phone import Phone
from tests.emulator.proto import Proto, wa
from tests.emulator.writing import new_message_id

if TYPE_CHECKING:
    from tests.emulator.session import Session
    from tests.emulator.world import World

_COLLECTION: Final = "critical_block"
_INDEX: Final = b'["setting_pushName"]'
_SET: Final = 0
_BLOCK: Final = 16
_MAC: Final = 32


@dataclass(slots=True)
class AppState:
    """The settings of one account: a key, and every patch since the first."""

    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(6))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    patches: list[bytes] = field(default_factory=list)
    _hash: HashState = field(default_factory=HashState)
    _value_mac: bytes | None = None

    def rename(self, name: str) -> None:
        """Add a patch that says what the account calls itself."""
        keys = expand_app_state_keys(self.key)
        value = {"timestamp": int(time.time() * 1000), "pushNameSetting": {"name": name}}
        action = wa.SyncActionData(index=_INDEX, value=value, padding=b"", version=1)
        blob = _encrypted(action.SerializeToString(), keys.value_encryption)
        blob += generate_content_mac(_SET, blob, self.key_id, keys.value_mac)
        index = hmac.new(keys.index, _INDEX, hashlib.sha256).digest()
        record = {"index": {"blob": index}, "value": {"blob": blob}, "keyId": {"id": self.key_id}}
        patch = wa.SyncdPatch(
            version={"version": len(self.patches) + 1},
            mutations=[{"operation": _SET, "record": record}],
            keyId={"id": self.key_id},
        )
        self._hash.version = len(self.patches) + 1
        self._hash.update_hash(list(patch.mutations), lambda _index, _place: self._value_mac)
        self._value_mac = blob[-32:]
        patch.snapshotMac = self._hash.generate_snapshot_mac(_COLLECTION, keys.snapshot_mac)
        patch.patchMac = generate_patch_mac(patch, _COLLECTION, keys.patch_mac, self._hash.version)
        self.patches.append(patch.SerializeToString())

    def accept(self, sent: bytes) -> str:
        """Take a device's patch, checked as another device would check it; gives the new name.

        Raises `ValueError` for a patch that no device would take.
        """
        keys, patch = expand_app_state_keys(self.key), wa.SyncdPatch.FromString(sent)
        (mutation,) = patch.mutations
        blob = mutation.record.value.blob
        content = _decrypted(blob[:-_MAC], keys.value_encryption)
        action = wa.SyncActionData.FromString(content)
        version = len(self.patches) + 1
        changed = HashState(version, self._hash.hash)
        changed.update_hash([mutation], lambda _index, _place: self._value_mac)
        genuine = (
            patch.keyId.id == mutation.record.keyId.id == self.key_id
            and action.index == _INDEX
            and mutation.record.index.blob == hmac.new(keys.index, _INDEX, hashlib.sha256).digest()
            and blob[-_MAC:] == generate_content_mac(_SET, blob[:-_MAC], self.key_id, keys.value_mac)
            and patch.snapshotMac == changed.generate_snapshot_mac(_COLLECTION, keys.snapshot_mac)
            and patch.patchMac == generate_patch_mac(patch, _COLLECTION, keys.patch_mac, version)
        )
        if not genuine:
            raise ValueError("a patch that other devices would refuse")
        patch.version.version = version  # the server's own part
        self._hash, self._value_mac = changed, blob[-_MAC:]
        self.patches.append(patch.SerializeToString())
        return str(action.value.pushNameSetting.name)

    def key_share(self) -> bytes:
        """The phone's message that gives the key to one of its devices."""
        data = {"keyData": self.key, "fingerprint": {"rawId": 1, "currentIndex": 0}, "timestamp": 1}
        kind = wa.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE
        share = {"keys": [{"keyId": {"keyId": self.key_id}, "keyData": data}]}
        message: Proto = wa.Message(protocolMessage={"type": kind, "appStateSyncKeyShare": share})
        serialized: bytes = message.SerializeToString()
        return serialized


async def name_account(world: World, owner: Phone, name: str) -> None:
    """The phone tells its linked devices what the account calls itself."""
    fresh = owner.number not in world.app_states
    state = world.app_states.setdefault(owner.number, AppState())
    state.rename(name)
    for device in owner.devices.values():
        if fresh:
            await world.deliver(device, PeerMessage(new_message_id(), owner, state.key_share()))
        else:
            await world.deliver(device, _changed(len(state.patches)))


async def accept(session: Session, sent: Node) -> Node:
    """The answer to a device's change of one collection: its new version, or why it is refused."""
    world, name = session.world, sent.attrs["name"]
    state, patch = world.app_states.get(session.number), child(sent, "patch")
    if state is None or session.device is None or patch is None or name != _COLLECTION:
        return _refused(name, "400", "bad-request")
    if int(sent.attrs["version"]) != len(state.patches):
        refused = _collection(state, sent)
        return Node("collection", refused.attrs | {"type": "error"}, [_error("409"), *children(refused)])
    phone = session.device.phone
    phone.name = state.accept(raw(patch))
    for device in phone.devices.values():
        if device is not session.device:
            await world.deliver(device, _changed(len(state.patches)))
    return Node("collection", {"name": name, "version": str(len(state.patches)), "type": "result"})


def _refused(name: str, code: str, text: str) -> Node:
    return Node("collection", {"name": name, "type": "error"}, [_error(code, text)])


def _error(code: str, text: str = "conflict") -> Node:
    return Node("error", {"code": code, "text": text})


def collections(state: AppState | None, asked: list[Node]) -> list[Node]:
    """What a device gets of the collections that it asks for: the patches it lacks."""
    return [_collection(state, collection) for collection in asked]


def _collection(state: AppState | None, asked: Node) -> Node:
    name = asked.attrs["name"]
    patches = state.patches if state is not None and name == _COLLECTION else []
    missing = patches[int(asked.attrs.get("version", "0")) :]
    nodes = [Node("patches", {}, [Node("patch", {}, patch) for patch in missing])] if missing else None
    return Node("collection", {"name": name, "version": str(len(patches)), "type": "result"}, nodes)


def _changed(version: int) -> Notice:
    attrs = {"from": SERVER, "type": "server_sync", "id": new_id(), "t": now()}
    collection = Node("collection", {"name": _COLLECTION, "version": str(version)})
    return Notice(attrs["id"], Node("notification", attrs, [collection]))


def _encrypted(plain: bytes, key: bytes) -> bytes:
    """AES-CBC with its initial vector in front."""
    padder, iv = PKCS7(8 * _BLOCK).padder(), secrets.token_bytes(_BLOCK)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()


def _decrypted(sealed: bytes, key: bytes) -> bytes:
    """The inverse of `_encrypted`. Raises `ValueError`."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(sealed[:_BLOCK])).decryptor()
    unpadder = PKCS7(8 * _BLOCK).unpadder()
    padded = decryptor.update(sealed[_BLOCK:]) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()
