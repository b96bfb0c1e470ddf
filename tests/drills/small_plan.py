"""The smallest plan: the real app in a control group of 512 MB, with emulator and browser outside of it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Final

import psutil
from PIL import Image
from playwright.sync_api import expect

from tests.drills.house import House
from tests.drills.report import Report
from tests.support.composer_page import ComposerPage
from tests.support.memory_group import MB, MemoryGroup, memory_group
from tests.support.polling import eventually
from tests.support.visitor import Visitor, chromium

LIMIT: Final = 512 * MB
PSS_MB: Final = 450.0
PICTURE: Final = 16_000_000
"""Bytes: what WhatsApp takes at most for a picture."""
AFTER_S: Final = 60.0


def run(*, instances: int = 100, limit: int = LIMIT, seed: int = 463) -> Report:
    """Start so many instances within ``limit`` bytes, open two tabs, send a large picture.

    Raises NoGroupError.
    """
    report = Report(f"{instances} instances in {limit // MB} MB")
    with memory_group(limit) as group, House(instances) as place:
        _forget(place.core)
        begin = time.monotonic()
        peak = _Peak(group)
        with group.inside():
            place.app.start()
        took, _ = place.wait_connected(since=begin, press=False)
        report.tell("start → all connected", f"{took:.2f} s")
        _tell_memory(report, place, group)
        picture = large_picture(place.folder / "foto.jpg", seed)
        with peak:
            _visit(place, picture)
        arrived = place.emulator.messages_to(place.contacts[0])
        report.none_of("the picture did not arrive", [] if [one for one in arrived if one.media] else ["it"])
        report.tell("— bytes of the picture", picture.stat().st_size)
        report.tell("picture sent: what cannot be given back", f"{group.resident / MB:.0f} MB")
        restarts = [view for view in place.hands.views() if view["restarts"] or view["state"] != "connected"]
        report.none_of("instances that were not connected all the while", [str(one) for one in restarts])
        outside = {place.app.pid, *(one.pid for one in place.app.descendants())} - set(group.pids())
        report.none_of("processes of the app outside of the group", [str(one) for one in outside])
        report.at_most("most memory that was taken, page cache included", group.most / MB, limit / MB, "MB")
        report.tell("— of it that could not be given back", f"{peak.most / MB:.0f} MB")
        report.tell("— how often the kernel had to let go of files", group.hits)
        report.none_of("processes that the kernel ended for want of memory", ["one"] * group.kills)
        report.none_of("processes left", [f"{one.pid} {one.name()}" for one in place.stop()])
    return report


class _Peak:
    """Looks all the while at what a group cannot give back."""

    def __init__(self, group: MemoryGroup) -> None:
        self.most = 0
        self._group = group
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, self._group.resident)


def large_picture(path: Path, seed: int) -> Path:
    """A photo of nearly ``PICTURE`` bytes that no compression makes small."""
    noise = [Image.effect_noise((4000, 3000), 40 + seed % 5) for _ in range(3)]
    whole = Image.merge("RGB", noise)
    for quality in range(98, 40, -2):
        whole.save(path, "JPEG", quality=quality)
        if path.stat().st_size <= PICTURE:
            return path
    raise AssertionError(path.stat().st_size)


def _visit(place: House, picture: Path) -> None:
    """Two tabs of one person: the list, and a conversation in which the picture goes out."""
    instance_id = next(iter(place.ids))
    cookie = place.app.cookie()
    with chromium() as browser, Visitor(browser, place.app.url, cookie=cookie) as person:
        person.open("/")
        other = person.new_tab()
        other.goto(f"{place.app.url}/messages?id={instance_id}")
        person.page, first = other, person.page
        person.settled()
        person.talk_to(f"+{place.contacts[0]}")
        composer = ComposerPage(person)
        composer.attach("photo")
        files = person.page.locator('[class*="st-key-send-file-"] input[type=file]')
        expect(files).to_have_count(1)
        files.set_input_files(picture)
        expect(person.by_key("send-preview").locator("img")).to_be_visible(timeout=60_000)
        composer.ready()
        person.press("send")
        eventually(
            lambda: [one for one in place.emulator.messages_to(place.contacts[0]) if one.media],
            timeout=AFTER_S,
            seen=place.app.log_text,
        )
        first.bring_to_front()


def _tell_memory(report: Report, place: House, group: MemoryGroup) -> None:
    family = [psutil.Process(place.app.pid), *place.app.descendants()]
    pss = sum(one.memory_full_info().pss for one in family) / MB
    report.at_most("— PSS of everything, web process included", pss, PSS_MB, "MB")
    report.tell("— of it that cannot be given back", f"{group.resident / MB:.0f} MB")


def _forget(folder: Path) -> None:
    """Have the page cache let go of the core: its pages are to be charged to the group that uses them."""
    for path in folder.rglob("*.so"):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
