"""The base of every message on the pipe between a worker and its supervisor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

_TEXTS_SHOWN: Final = frozenset(
    {"instance_id", "request_id", "message_id", "outcome", "detail", "reason", "error", "path"}
)
"""Fields whose text may appear in a log or a traceback.

Any other text is hidden, and so is whatever is not a plain number: codes, numbers and texts of people are
secrets. A new field stays hidden until it is listed here.
"""


class WorkerMessage(msgspec.Struct, frozen=True, tag=True, tag_field="kind", forbid_unknown_fields=True):
    """One message, told apart on the pipe by the name of its class.

    It carries ``instance_id``: paired clients may one day share a worker, and then only the id tells whose
    message it is.
    """

    instance_id: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._shown())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return list(self._shown())

    def _shown(self) -> Iterator[tuple[str, object]]:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, int | float) or name in _TEXTS_SHOWN:
                yield name, value
