"""What is asked of the process that talks to services, and what it answers; both ends of its pipe."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Final, Self

MODULE: Final = "core.alerts.apprise_process"
ENVIRONMENT: Final = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)
"""Where the only way out of a network is its own proxy, alerts take it too."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be said where; without a ``body``, only what kind of address it is."""

    address: str = field(repr=False)
    title: str = ""
    body: str = ""

    def encoded(self) -> bytes:
        """Return the request as a frame's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, frame: bytes) -> Self:
        """Return the request in ``frame``. Raises ValueError or TypeError for any other."""
        return cls(**json.loads(frame))


@dataclass(frozen=True, slots=True)
class Answer:
    """What kind of service it is, and how the attempt went."""

    service: str = ""
    failure: str = ""
    detail: str = ""

    def encoded(self) -> bytes:
        """Return the answer as a frame's content."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decoded(cls, frame: bytes) -> Self:
        """Return the answer in ``frame``. Raises ValueError or TypeError for any other."""
        return cls(**json.loads(frame))
