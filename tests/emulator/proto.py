"""WhatsApp's protobuf messages, from pyaileys.

The generated module builds its classes at import, so a type checker sees none of them: they are `Any` here,
in one place, instead of an exception in every file that parses one.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from pyaileys.proto import WAProto_pb2

Proto: TypeAlias = Any
"""An instance of one of the classes of `wa`."""

wa: Final[Any] = WAProto_pb2
"""The message classes: `wa.Message`, `wa.ClientPayload`, `wa.HandshakeMessage`, ..."""
