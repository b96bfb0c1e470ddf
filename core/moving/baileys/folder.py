"""The folder of one Baileys session, as a mapping of names to bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from core.models.moving.codes import MoveCode
from core.models.moving.converted import ConvertedSession, Lost
from core.models.moving.device import (
    AppStateKey,
    Conversations,
    DeviceKeys,
    MoveRefusedError,
    OneTimeKey,
    SenderKey,
    TrustToken,
)
from core.moving.baileys.app_state_keys import convert_app_state_key
from core.moving.baileys.credentials import bare_key, device_keys, private_key
from core.moving.baileys.lids import LidMap
from core.moving.baileys.names import (
    Address,
    Kind,
    address_of,
    key_id_of,
    kind_and_id,
    number_and_lid,
    sender_of,
)
from core.moving.baileys.part import Part, masked, parse
from core.moving.baileys.ratchets import convert_ratchet
from core.moving.baileys.sender_keys import convert_sender_key
from core.moving.baileys.trust_tokens import convert_trust_token
from core.moving.key_checks import LARGEST_KEY_ID, check_keys

CREDS: Final = "creds.json"
MOST_FILES: Final = 200_000
SUFFIX: Final = ".json"
_DAMAGED_NAMED: Final = 100


def convert_folder(files: Mapping[str, bytes]) -> ConvertedSession:
    """Return the device of a folder with its conversations, and what stays behind.

    ``files`` are the folder's own, by name. The device is checked (``check_keys``). A file of a conversation
    that is damaged, as Baileys leaves them after a crash, does not stop the move: it is named in ``lost``.

    Raises MoveRefusedError: NEVER_PAIRED, KEYS_WRONG, TOO_LARGE, or DAMAGED with the name
    ``creds.json``.
    """
    if CREDS not in files:
        raise MoveRefusedError(MoveCode.DAMAGED, CREDS)
    if len(files) > MOST_FILES:
        raise MoveRefusedError(MoveCode.TOO_LARGE, str(MOST_FILES))
    creds = parse(CREDS, files[CREDS])
    keys = device_keys(creds)
    check_keys(keys)
    return _Folder(files, keys, creds).converted()


class _Folder:
    """The files of a device that is known, and what is learned from them while they are read."""

    def __init__(self, files: Mapping[str, bytes], keys: DeviceKeys, creds: Part) -> None:
        self._files, self._keys, self._creds = files, keys, creds
        self._names = _by_kind(files)
        self._damaged: list[str] = []
        self._lost_groups: set[str] = set()
        number, lid = keys.jid.partition(":")[0], keys.lid.partition(":")[0]
        self._lids = LidMap(own_number=number, own_lid=lid)

    def converted(self) -> ConvertedSession:
        """Read everything. LIDs come first: they say under which name a session is kept."""
        next_key_id = self._creds["nextPreKeyId"].integer(1, LARGEST_KEY_ID + 1)
        self._learn_lids()
        one_time_keys = tuple(self._one_time_keys())
        sessions, identities, lost = self._sessions()
        conversations = Conversations(
            sessions=sessions,
            identities=identities,
            sender_keys=tuple(self._sender_keys()),
            trust_tokens=tuple(self._trust_tokens()),
            app_state_keys=tuple(self._app_state_keys()),
            one_time_keys=one_time_keys,
            lid_of=dict(self._lids.pairs()),
            next_key_id=next_key_id,
        )
        everyone = not self._names[Kind.SESSION]
        return ConvertedSession(
            keys=self._keys, conversations=conversations, lost=self._lost(lost, everyone=everyone)
        )

    def _learn_lids(self) -> None:
        for key, name in self._names[Kind.LID_MAPPING].items():
            with self._noted(name):
                part = parse(name, self._files[name])
                pair = number_and_lid(key, part.text())
                if pair is None:
                    raise part.damaged()
                self._lids.learn(*pair)

    def _one_time_keys(self) -> Iterator[OneTimeKey]:
        unsent = self._creds["firstUnuploadedPreKeyId"].integer(0, LARGEST_KEY_ID + 1)
        for key, name in self._names[Kind.PRE_KEY].items():
            with self._noted(name):
                part, key_id = parse(name, self._files[name]), key_id_of(key)
                if key_id is None or key_id > LARGEST_KEY_ID:
                    raise part.damaged()
                yield OneTimeKey(key_id=key_id, private=private_key(part), uploaded=key_id < unsent)

    def _sessions(self) -> tuple[dict[str, bytes], dict[str, bytes], set[Address]]:
        """Return sessions and identity keys by the address where the core looks, and whose are lost."""
        sessions: dict[str, bytes] = {}
        identities = self._identities()
        lost: set[Address] = set()
        tried: set[Address] = set()
        for address, name in self._addressed(Kind.SESSION):
            target, ratchet = self._lids.lid_address(address), None
            if target in tried:
                continue  # of before the contact had a LID: the newer one counts, even if it is damaged
            tried.add(target)
            with self._noted(name):
                ratchet = convert_ratchet(parse(name, self._files[name]), self._keys)
            if ratchet is None:
                lost.add(address)
                continue
            sessions[str(target)] = ratchet.serialized
            identities[str(target)] = ratchet.remote_identity
            if not target.domain:
                # The core looks under the LID, and moves this one only for a message that names the number.
                lost.add(address)
        return sessions, identities, lost

    def _sender_keys(self) -> Iterator[SenderKey]:
        found: set[tuple[str, str]] = set()
        for chat, address, name in self._senders():
            sender = str(self._lids.lid_address(address))
            if self._lids.number(address) == self._lids.own_number or (chat, sender) in found:
                continue  # the core makes a key of its own and hands it to every member
            key = b""
            with self._noted(name):
                key = convert_sender_key(parse(name, self._files[name]))
            if key:
                found.add((chat, sender))
                yield SenderKey(chat=chat, sender=sender, key=key)
            else:
                self._lost_groups.add(chat)

    def _trust_tokens(self) -> Iterator[TrustToken]:
        for contact, name in self._names[Kind.TRUST_TOKEN].items():
            token = None
            with self._noted(name):
                token = convert_trust_token(contact, parse(name, self._files[name]))
            if token is not None:
                yield token

    def _app_state_keys(self) -> Iterator[AppStateKey]:
        for key_id, name in self._names[Kind.APP_STATE_KEY].items():
            with self._noted(name):
                yield convert_app_state_key(key_id, parse(name, self._files[name]))

    def _identities(self) -> dict[str, bytes]:
        identities: dict[str, bytes] = {}
        for address, name in self._addressed(Kind.IDENTITY):
            with self._noted(name):
                key = bare_key(parse(name, self._files[name]))
                identities.setdefault(str(self._lids.lid_address(address)), key)
        return identities

    def _addressed(self, kind: Kind) -> list[tuple[Address, str]]:
        """Return the files that are named after a device of a person; those under a LID come first."""
        found = [
            (self._lids.recognized(address), name)
            for key, name in self._names[kind].items()
            if (address := address_of(key))
        ]
        return sorted(found, key=lambda item: not item[0].domain)

    def _senders(self) -> list[tuple[str, Address, str]]:
        """Return group, member and file of each sender key; those under a LID come first."""
        names = self._names[Kind.SENDER_KEY].items()
        found = [
            (sender[0], self._lids.recognized(sender[1]), name)
            for key, name in names
            if (sender := sender_of(key))
        ]
        return sorted(found, key=lambda item: not item[1].domain)

    def _lost(self, addresses: Collection[Address], *, everyone: bool) -> Lost:
        numbers = {self._lids.number(address) for address in addresses}
        unnamed = {address.user for address in addresses if not self._lids.number(address)}
        return Lost(
            contacts=tuple(sorted(numbers - {"", self._lids.own_number})),
            unnamed_contacts=len(unnamed),
            everyone=everyone,
            groups=len(self._lost_groups),
            damaged=tuple(self._damaged[:_DAMAGED_NAMED]),
        )

    @contextlib.contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        """Go on without a file that is damaged, and remember its name."""
        try:
            yield
        except MoveRefusedError:
            self._damaged.append(masked(name))


def _by_kind(files: Mapping[str, bytes]) -> dict[Kind, dict[str, str]]:
    """Return the files' names by what they hold and by the id in them."""
    names: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}
    for name in files:
        if (found := kind_and_id(name.removesuffix(SUFFIX))) is not None:
            kind, key = found
            names[kind][key] = name
    return names
