"""Sends whose outcome is open: awaited by the caller, or by a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from core.messages.outbox import Outbox
from core.models.codes import SendCode
from core.models.messages import SentMessage

log = logging.getLogger(__name__)


class OpenSends:
    """Sees each send to its end: its outcome, at the latest an uncertain one, and then its file deleted.

    Threading: safe from any thread.
    """

    def __init__(self, outbox: Outbox, *, on_given_up: Callable[[str], None]) -> None:
        """``on_given_up`` gets the instance of a send that is given up, which no event of a worker tells."""
        self._outbox = outbox
        self._on_given_up = on_given_up

    def wait(self, message: SentMessage, *, timeout: float) -> SentMessage:
        """Return the send once it is settled, or as uncertain after ``timeout`` seconds."""
        file = message.content.file
        try:
            outcome = self._outbox.wait(message.instance_id, message.request_id, timeout=timeout)
        finally:
            if file is not None and file.path:
                Path(file.path).unlink(missing_ok=True)
        if outcome.reason == SendCode.TIMEOUT:
            self._on_given_up(message.instance_id)
        return outcome

    def follow(self, message: SentMessage, *, timeout: float) -> None:
        """Do the same in the background. Returns at once; the thread ends with the send."""
        threading.Thread(target=self._follow, args=(message, timeout), name="open-send", daemon=True).start()

    def _follow(self, message: SentMessage, timeout: float) -> None:
        try:
            self.wait(message, timeout=timeout)
        except KeyError:  # its instance was deleted meanwhile
            log.info("an open send is gone with its instance", extra={"instance": message.instance_id})
        except Exception:  # top of a thread
            log.exception("the outcome of a send was not awaited", extra={"instance": message.instance_id})
