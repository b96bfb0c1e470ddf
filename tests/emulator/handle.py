"""The emulator as a test holds it: start, stop, and everything that can be done to it, typed."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from tests.emulator.conversations import Conversations
from tests.emulator.process import EmulatorError
from tests.emulator.state import DeviceView, LoginView, MessageView, ProfileView, WorldState

__all__ = ["Emulator", "EmulatorError"]

_POLL_S: Final = 0.02


class Emulator(Conversations):
    """A WhatsApp server in a process of its own, and its control API.

    Use as a context manager, or call `start` and `stop`. Started again on the same folder it is the same
    server: root key, certificate, ports and phones with their linked devices; what it saw begins anew.
    Threading: safe from any thread once started.
    """

    # People and their phones

    def add_phone(self, number: str, name: str = "", *, business: str = "") -> str:
        """An account with a phone: a contact, or the owner of an instance; gives its JID.

        `business` is the name of a business that WhatsApp vouches for.
        """
        return str(self._post("/phones", number=number, name=name, business=business)["jid"])

    def name_account(self, number: str, name: str) -> None:
        """A phone tells the devices that are linked to it now what its account calls itself.

        It does so some time after a pairing; until then a core shows no presence.
        """
        self._post("/name-account", number=number, name=name)

    def set_picture(self, number: str, data: bytes, *, hidden: bool = False) -> None:
        """Somebody's profile picture (JPEG; empty: none), perhaps hidden from those who ask."""
        self._post("/picture", number=number, data=base64.b64encode(data).decode(), hidden=hidden)

    def set_about(self, number: str, text: str) -> None:
        """What somebody says about themselves."""
        self._post("/about", number=number, text=text)

    def block(self, other: str, *, by: str) -> None:
        """The owner of the number `by` blocks somebody, on the phone."""
        self._post("/block", number=by, other=other)

    def profile_of(self, number: str) -> ProfileView:
        """What others see of an account now, and the numbers that it blocks."""
        told = self._post("/profile", number=number)
        picture, blocked = base64.b64decode(told["picture"]), tuple(told["blocked"])
        return ProfileView(told["name"], told["about"], picture, blocked)

    def lid_of(self, number: str) -> str:
        """The address that stands for that number without showing it; makes the phone on first use."""
        return str(self._post("/phones", number=number)["lid"])

    def scan(self, *, number: str, qr: str) -> str:
        """That phone scans a QR's text; gives the new device's JID. Raises when no client shows it.

        Empty when the client was asked for a passkey instead.
        """
        return str(self._post("/scan", number=number, qr=qr)["jid"])

    def enter_code(self, *, number: str, code: str) -> str:
        """That phone's owner types a pairing code; gives what `scan` gives. Raises when it is wrong."""
        return str(self._post("/enter-code", number=number, code=code)["jid"])

    def unlink(self, number: str) -> int:
        """The owner removes all linked devices; gives how many connections that ended."""
        return int(self._post("/unlink", number=number)["closed"])

    # The network and the server

    def drop(self, number: str = "") -> int:
        """Close the connections of a number, or all, as a network failure would; gives how many."""
        return int(self._post("/drop", number=number)["dropped"])

    def faults(
        self,
        *,
        refuse: bool | None = None,
        network_down: bool | None = None,
        blackhole: bool | None = None,
        failure: Mapping[str, str] | None = None,
        delay_success_s: float | None = None,
        mute_acks: bool | None = None,
        ack_error: str | None = None,
        stranger_error: str | None = None,
        phones_off: bool | None = None,
        only_numbers: Collection[str] | None = None,
        unknown_numbers: Collection[str] | None = None,
        unlisted_groups: Collection[str] | None = None,
        latency_s: float | None = None,
        qr_refs: int | None = None,
        passkey: bool | None = None,
        auto_deliver: bool | None = None,
        ack_delay_s: float | None = None,
        hold_acks: bool | None = None,
        duplicate_acks: int | None = None,
        stray_acks: bool | None = None,
        receipts_first: bool | None = None,
        cut_before: int | None = None,
        cut_after: int | None = None,
        media_status: int | None = None,
        half_answers: int | None = None,
        media_delay_s: float | None = None,
        media_padding: int | None = None,
        corrupt_media: bool | None = None,
    ) -> None:
        """Set the faults that are given and keep the others; `faults.Faults` says what each does.

        One argument per fault, so that a type checker finds a misspelled one.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        for name in ("only_numbers", "unknown_numbers", "unlisted_groups"):
            if name in given:
                given[name] = list(given[name])
        self._post("/faults", **given)

    def clear_faults(self) -> None:
        """All is well again."""
        self._post("/clear-faults")

    # What the emulator saw

    def state(self) -> WorldState:
        """Everything up to now."""
        return WorldState.from_json(self._call("GET", "/state", None))

    def messages_to(self, number: str) -> tuple[MessageView, ...]:
        """Messages whose recipient is that number, oldest first."""
        return self.state().messages_to(number)

    def messages_from(self, number: str) -> tuple[MessageView, ...]:
        """Messages that number's linked devices sent, oldest first."""
        return self.state().messages_from(number)

    def logins_of(self, number: str) -> tuple[LoginView, ...]:
        """Accepted logins of that number's devices, oldest first."""
        return self.state().logins_of(number)

    def devices_of(self, number: str) -> tuple[DeviceView, ...]:
        """Devices linked to that number now."""
        return self.state().devices_of(number)

    def wait_for(
        self,
        predicate: Callable[[WorldState], object],
        *,
        timeout: float = 10.0,
        what: str = "the expected state",
    ) -> WorldState:
        """Poll until `predicate` holds; gives that state.

        Raises `AssertionError` with the last state after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            state = self.state()
            if predicate(state):
                return state
            if time.monotonic() > deadline:
                seen = json.dumps(state.as_json(), indent=1)
                raise AssertionError(f"the emulator did not see {what} within {timeout} s, but:\n{seen}")
            time.sleep(_POLL_S)
