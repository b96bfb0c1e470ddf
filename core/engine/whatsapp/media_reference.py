"""Where a received file lies at WhatsApp and what opens it: as JSON, and back into what the core reads."""

from __future__ import annotations

import base64
import importlib
import json
from typing import Any, Final

_TEXTS: Final = ("URL", "directPath", "mimetype")
_BYTES: Final = ("mediaKey", "fileSHA256", "fileEncSHA256")


def remote_of(name: str, part: Any) -> str:
    """The part of a message that carries a file, as far as it takes to fetch it. Empty without a key.

    A secret: it opens the file.
    """
    if not part.mediaKey or not (part.directPath or part.URL):
        return ""
    kept: dict[str, object] = {"part": name, "length": int(part.fileLength)}
    kept |= {field: getattr(part, field)[:4096] for field in _TEXTS}
    kept |= {field: base64.b64encode(getattr(part, field)[:64]).decode() for field in _BYTES}
    return json.dumps(kept, separators=(",", ":"))


def downloadable(remote: str) -> Any:
    """The message that the core fetches the file of. Raises ValueError when ``remote`` is none of ours."""
    messages = importlib.import_module("neonize.proto.waE2E.WAWebProtobufsE2E_pb2")
    try:
        kept = json.loads(remote)
        fields: dict[str, Any] = {field: kept[field] for field in _TEXTS}
        fields |= {field: base64.b64decode(kept[field]) for field in _BYTES}
        return messages.Message(**{kept["part"]: {**fields, "fileLength": kept["length"]}})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no file: {type(error).__name__}") from None
