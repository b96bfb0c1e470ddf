"""WhatsApp's marks in a text: ``*bold* _italic_ ~strike~`` and three backticks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

Run: TypeAlias = tuple[str, str]
"""Words and how they look: letters of ``MARKS``, and ``c`` for code."""
CODE: Final = re.compile(r"```(.+?)```", re.DOTALL)
# A mark counts at the edge of a word only, as in WhatsApp: 2*3*4 stays as it is.
MARKS: Final = {
    style: re.compile(rf"(?<![\w{sign}])\{sign}(?=[^\s{sign}])(.+?)(?<=[^\s])\{sign}(?![\w{sign}])")
    for style, sign in (("b", "*"), ("i", "_"), ("s", "~"))
}
"""Bold, italic, struck out."""
_LONGEST: Final = 4096
"""Characters of a line in which marks are looked for: in a longer one that would take a while."""


def runs(text: str) -> tuple[Run, ...]:
    """Return ``text`` in pieces of one look each; joined, they are the text without its marks."""
    found: list[Run] = []
    for odd, part in enumerate(CODE.split(text)):
        pieces = [(part, "c")] if odd % 2 else [run for line in _lines(part) for run in line]
        for words, style in pieces:
            if found and found[-1][1] == style:
                found[-1] = (found[-1][0] + words, style)
            elif words:
                found.append((words, style))
    return tuple(found)


def _lines(text: str) -> Iterator[Iterator[Run]]:
    for line in text.splitlines(keepends=True):
        yield _styled(line, "") if len(line) <= _LONGEST else iter([(line, "")])


def _styled(line: str, style: str) -> Iterator[Run]:
    """Yield the pieces of ``line``, all of it in ``style`` already."""
    begin = 0
    left = {mark: pattern for mark, pattern in MARKS.items() if mark not in style}
    while left:
        looks = {mark: pattern.search(line, begin) for mark, pattern in left.items()}
        found = [(match, mark) for mark, match in looks.items() if match]
        # What is not found here is not found in the rest either.
        left = {mark: left[mark] for _, mark in found}
        if found:
            match, mark = min(found, key=lambda each: each[0].start())
            yield line[begin : match.start()], style
            yield from _styled(match[1], style + mark)
            begin = match.end()
    yield line[begin:], style
