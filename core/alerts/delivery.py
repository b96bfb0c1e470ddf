"""Handing one message to one address, by apprise in a disposable process."""

from __future__ import annotations

from typing import Final

from core.alerts.apprise_protocol import ENVIRONMENT, MODULE, Answer, Request
from core.errors import InvalidInputError
from core.models.alerts.deliveries import DeliveryFailure, Outcome
from core.models.codes import InputCode
from core.sandbox.child import CallTimeoutError, SandboxError
from core.sandbox.pool import ChildPool

ATTEMPT_S: Final = 30.0
"""How long one attempt may take: mail servers are slow, and another one follows."""
AT_ONCE: Final = 3
"""Attempts under way: an address that hangs holds up one of them."""
ADDRESS_LIMIT: Final = 2_000
"""Characters of an address."""
_ANSWER_LIMIT: Final = 64 * 1024


class Messenger:
    """Sends messages and looks at addresses. Threading: safe from any thread; calls take up to 30 s."""

    def __init__(self) -> None:
        self._pool = ChildPool(MODULE, size=AT_ONCE, answer_limit=_ANSWER_LIMIT, environment=ENVIRONMENT)

    def send(self, address: str, *, title: str, body: str) -> Outcome:
        """Hand the message over and return how that went; raises nothing.

        An attempt that timed out may have arrived: it counts as failed all the same, because an alert that
        comes twice is better than none.
        """
        try:
            answer = self._ask(Request(address, title, body))
        except CallTimeoutError:
            return Outcome(DeliveryFailure.TIMEOUT)
        except (SandboxError, ValueError, TypeError):
            return Outcome(DeliveryFailure.NO_PROCESS)
        return Outcome(DeliveryFailure(answer.failure), answer.detail) if answer.failure else Outcome()

    def service_of(self, address: str) -> str:
        """Return what kind of service the address leads to (``Telegram``); asks no network.

        Raises InvalidInputError (alert-address) for one that leads to none.
        """
        if not 0 < len(address) <= ADDRESS_LIMIT or not address.isprintable():
            raise InvalidInputError(InputCode.ALERT_ADDRESS)
        try:
            answer = self._ask(Request(address))
        except (SandboxError, ValueError, TypeError) as error:
            raise InvalidInputError(InputCode.ALERT_ADDRESS) from error
        if answer.failure:
            raise InvalidInputError(InputCode.ALERT_ADDRESS)
        return answer.service

    def close(self) -> None:
        """End attempts under way, and their processes. Idempotent."""
        self._pool.close()

    def _ask(self, request: Request) -> Answer:
        return Answer.decoded(self._pool.call(request.encoded(), timeout_s=ATTEMPT_S))
