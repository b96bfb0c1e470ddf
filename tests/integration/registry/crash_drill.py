"""A drill: a send is hit at one of its points, again and again; each time the same must hold afterwards.

Every press goes to a contact of its own, so that each message there tells of this press alone.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from core.models.content import Attachment, Content, Kind
from core.models.instance import InstanceState
from core.models.messages import SentMessage
from tests.integration.registry.conftest import StartRegistry
from tests.integration.registry.support import Paired, RegistryHarness, RegistryProcess
from tests.support.contents import words
from tests.support.polling import eventually

JITTER_S: Final = 0.12
"""A text takes about a tenth of it, an image about half, from the press to the answer."""
FILE: Final = b"\xff\xd8\xff any bytes" * 4_000
CONTENTS: Final = (
    words("uma vez só"),
    Content(Kind.IMAGE, text="uma foto", file=Attachment("f.jpg", "image/jpeg", width=2, height=2)),
    Content(Kind.VOICE, file=Attachment("v.ogg", "audio/ogg; codecs=opus", seconds=2)),
    Content(Kind.POLL, text="Que dia?", options=("segunda", "terça")),
)


@dataclass(slots=True)
class Tally:
    """What became of the presses."""

    runs: int = 0
    doubles: int = 0
    lost: int = 0
    """Said to be sent and not there, said to have failed and there, or there and not known."""
    ends: Counter[str] = field(default_factory=Counter)
    """By point and state."""

    def count(self, point: str, state: str, arrived: int) -> None:
        """One press: what is said of it, and how many messages the contact has."""
        self.runs += 1
        self.doubles += arrived > 1
        wrong = {"sent": arrived == 0, "failed": arrived > 0, "unknown": arrived > 0, "sending": True}
        self.lost += wrong.get(state, False)
        self.ends[f"{point}: {state}, {arrived} arrived"] += 1

    def __str__(self) -> str:
        lines = [f"{self.runs} runs, {self.doubles} doubles, {self.lost} lost"]
        return "\n".join([*lines, *(f"{count:4} {end}" for end, count in sorted(self.ends.items()))])


class CrashDrill:
    """Presses on one instance of a house, and what hits them."""

    def __init__(self, house: RegistryHarness, folder: Path, *, seed: int) -> None:
        self._house = house
        self._folder = folder
        self._chance = random.Random(seed)  # the same blows again, when one hurt
        self.tally = Tally()
        self._presses: list[tuple[str, str]] = []

    # The registry lives; its worker or its connection is hit

    def hit_worker_or_connection(self, paired: Paired, runs: int) -> None:
        """The registry of the house is open."""
        blows: tuple[tuple[str, Callable[[Paired, str, Content], SentMessage]], ...] = (
            ("worker dies before it sees the command", self._before),
            ("worker dies while uploading", self._uploading),
            ("worker dies before the answer", self._unanswered),
            ("worker dies at any moment", self._any_moment),
            ("connection ends before the server sees it", self._cut_before),
            ("connection ends before the answer", self._cut_after),
            ("connection ends while uploading", self._drop_uploading),
            ("connection ends at any moment", self._drop_any_moment),
            ("media host refuses", self._refused),
        )
        for number in range(runs):
            point, blow = blows[number % len(blows)]
            contact = self._house.contact()
            blow(paired, contact, self._content(point))
            self._house.emulator.clear_faults()
            self._house.wait(paired.id, InstanceState.CONNECTED, timeout=20)
            request_id = self._request(contact)
            found = self._house.registry.verify_sent(paired.id, request_id)
            again = self._house.send_text(
                paired.id, to=contact, text="outra vez", request_id=request_id, timeout=15
            )
            assert again.request_id == request_id
            found = next(one for one in self._house.registry.sent(paired.id) if one.request_id == request_id)
            self._note(point, found.state.value, contact)

    def _before(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        worker = self._house.worker(paired.id)
        worker.suspend()
        with self._pressed(paired, contact, content) as outcome:
            worker.kill()
        return self._again(paired, outcome)

    def _uploading(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(media_delay_s=0.5)
        with self._pressed(paired, contact, content) as outcome:
            time.sleep(self._chance.uniform(0, 0.4))
            self._house.worker(paired.id).kill()
        return self._again(paired, outcome)

    def _unanswered(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(mute_acks=True, auto_deliver=False)
        with self._pressed(paired, contact, content) as outcome:
            self._house.emulator.wait_for(lambda state: state.messages_to(contact), what="the message")
            self._house.worker(paired.id).kill()
        return self._again(paired, outcome)

    def _any_moment(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        with self._pressed(paired, contact, content) as outcome:
            time.sleep(self._chance.uniform(0, JITTER_S))
            self._house.worker(paired.id).kill()
        return self._again(paired, outcome)

    def _cut_before(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(cut_before=1)
        with self._pressed(paired, contact, content) as outcome:
            pass
        return outcome.message

    def _cut_after(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(cut_after=1)
        with self._pressed(paired, contact, content) as outcome:
            pass
        return outcome.message

    def _drop_uploading(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(media_delay_s=0.5)
        with self._pressed(paired, contact, content) as outcome:
            time.sleep(self._chance.uniform(0, 0.4))
            self._house.emulator.drop(paired.number)
        return outcome.message

    def _drop_any_moment(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        with self._pressed(paired, contact, content) as outcome:
            time.sleep(self._chance.uniform(0, JITTER_S))
            self._house.emulator.drop(paired.number)
        return outcome.message

    def _refused(self, paired: Paired, contact: str, content: Content) -> SentMessage:
        self._house.emulator.faults(media_status=self._chance.choice((403, 413, 500)))
        with self._pressed(paired, contact, content) as outcome:
            pass
        return outcome.message

    def _pressed(self, paired: Paired, contact: str, content: Content) -> _Press:
        return _Press(self._house, paired.id, contact, content, self._request(contact))

    def _again(self, paired: Paired, outcome: _Press) -> SentMessage:
        """Connected once more, without waiting out the pause after a crash."""
        dead = outcome.worker_pid
        self._house.registry.restart_instance(paired.id)
        assert self._house.registry.wait_for(
            paired.id,
            lambda view: view.state is InstanceState.CONNECTED and view.worker_pid not in {None, dead},
            timeout=20,
        )
        return outcome.message

    # The registry itself is hit: one in a process of its own

    def hit_registry(self, paired: Paired, start: StartRegistry, runs: int) -> None:
        """No registry runs on the house's folder."""
        points = ("write", "command", "outcome", "any moment")
        process = start().__enter__()
        for number in range(runs):
            process.wait(paired.id, "connected")
            at, contact = points[number % len(points)], self._house.contact()
            request = {
                "instance_id": paired.id,
                "to": contact,
                "content": self._content(at).to_json(),
                "request_id": self._request(contact),
            }
            if at == "any moment":
                self._kill_soon(process, request)
            else:
                process.ask("die", at=at)
                self._press_and_die(process, request)
            process.stop()
            process = start().__enter__()
            process.wait(paired.id, "connected")
            state = self._known(process, paired, request)
            self._note(f"app dies at: {at}", state, contact)
        process.stop()

    def _kill_soon(self, process: RegistryProcess, request: dict[str, str]) -> None:
        pressing = threading.Thread(target=self._press_and_die, args=(process, request))
        pressing.start()
        time.sleep(self._chance.uniform(0, JITTER_S))
        process.kill()
        pressing.join(15)

    @staticmethod
    def _press_and_die(process: RegistryProcess, request: dict[str, str]) -> None:
        ours, theirs = process._pipes()
        theirs.write(json.dumps({"do": "send", **request}) + "\n")
        theirs.flush()
        ours.readline()  # the answer, or the end

    def _known(self, process: RegistryProcess, paired: Paired, request: dict[str, str]) -> str:
        """What is said of a press after the restart; pressing again says the same."""

        def look() -> dict[str, Any] | None:
            sends = process.ask("sent", instance_id=paired.id)
            return next((one for one in sends if one["request_id"] == request["request_id"]), None)

        if look() is None:
            return "unknown"
        if process.ask("send", **request)["state"] == "uncertain":
            process.ask("verify", instance_id=paired.id, request_id=request["request_id"])
        found = look()
        assert found is not None
        return str(found["state"])

    # What must hold

    def check_late_ones(self) -> None:
        """Nothing may have gone out since it was counted."""
        state = self._house.emulator.state()
        assert not state.errors
        late = [(point, contact) for point, contact in self._presses if len(state.messages_to(contact)) > 1]
        assert not late

    def _note(self, point: str, state: str, contact: str) -> None:
        arrived = len(self._house.emulator.messages_to(contact))
        if state == "sent":  # the answer may be here before the emulator's record of it is read
            arrived = len(
                self._house.emulator.wait_for(lambda s: s.messages_to(contact)).messages_to(contact)
            )
        self.tally.count(point, state, arrived)
        self._presses.append((point, contact))

    def _request(self, contact: str) -> str:
        return f"press-{contact}"

    def _content(self, point: str) -> Content:
        files = [one for one in CONTENTS if one.file]
        content = self._chance.choice(files if "upload" in point or "media" in point else CONTENTS)
        if content.file is None:
            return content
        path = self._folder / f"file-{self.tally.runs}"
        path.write_bytes(FILE)
        return replace(content, file=replace(content.file, path=str(path), size=len(FILE)))


class _Press:
    """A send in a thread of its own: inside, it is written down; behind, it is settled."""

    def __init__(
        self, house: RegistryHarness, instance_id: str, to: str, content: Content, request_id: str
    ) -> None:
        self._house = house
        self._id = instance_id
        self._request_id = request_id
        self.worker_pid = house.view(instance_id).worker_pid
        """Of the worker that is to send it."""
        self._results: list[SentMessage] = []
        self._thread = threading.Thread(
            target=lambda: self._results.append(
                house.send(instance_id, to=to, content=content, request_id=request_id, timeout=15)
            )
        )

    def __enter__(self) -> _Press:
        self._thread.start()
        eventually(
            lambda: [
                one for one in self._house.registry.sent(self._id) if one.request_id == self._request_id
            ],
            timeout=5,
            seen=lambda: self._house.registry.sent(self._id),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)

    @property
    def message(self) -> SentMessage:
        """What the person was told."""
        return self._results[0]
