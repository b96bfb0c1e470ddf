"""Two figures that name a place, in the many ways in which they are written.

A comma may stand between the degrees and their decimals, or between the two figures. Where a text can be
read in two ways it is refused: the other reading may lie on the other side of the earth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.services.typed.number_text import plain

LONGEST: Final = 200
"""Characters."""
_NAMES: Final = ("one", "two")
_WORDS: Final = {
    **dict.fromkeys(("norte", "north", "norden"), "N"),
    **dict.fromkeys(("sul", "sur", "south", "sud"), "S"),
    **dict.fromkeys(("leste", "este", "east", "l"), "E"),
    **dict.fromkeys(("oeste", "west", "o"), "W"),
    **dict.fromkeys(("latitude", "latitud", "lat"), "A"),
    **dict.fromkeys(("longitude", "longitud", "lon", "long", "lng"), "Z"),
    **dict.fromkeys(("graus", "grau", "grados", "grado", "degrees", "degree", "deg"), "°"),
    **dict.fromkeys(("minutos", "minuto", "minutes", "minute", "min"), "'"),
    **dict.fromkeys(("segundos", "segundo", "seconds", "second", "seg", "sec"), '"'),
    **dict.fromkeys(("n", "s", "e", "w"), ""),
}
"""What a word means; an empty one is itself in capitals. Portuguese, Spanish and English."""
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys("º˚", "°"),
        **dict.fromkeys("’‘′´`ʹʼ＇", "'"),
        **dict.fromkeys("”“″ʺ＂", '"'),
        **dict.fromkeys("\u066b", "."),
        **dict.fromkeys("，、\u060c\u066c", ","),
        **dict.fromkeys("；\u061b", ";"),
        **dict.fromkeys("｜", "|"),
    }
)
_BRACKETS: Final = re.compile(r"[()\[\]{}<>]")
_JSON_KEY: Final = re.compile(r'"(\w+)"\s*:')
_WORD: Final = re.compile(r"[^\W\d_]+")
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
_AMBIGUOUS: Final = re.compile(
    r"\d,\d+,\d"  # three figures or two
    r"|\d\.\d+\.\d"  # marks between thousands
    r"|\.\d+,\d+(?![\d.])(?!\s*[NSEW°'])"  # 1.234,56
    r"|\d+\s*-\s+\d"  # 23.5 - 46.6
)
_NUMBER: Final = r"\d{1,3}(?:\.\d{1,20})?"
_BETWEEN: Final = r"(?P<between>\s*[,;|/&]\s*|\s+|)"


def _figure(name: str, body: str) -> str:
    """Return the pattern of one figure with its label, letters and sign."""
    return (
        rf"(?:(?P<{name}_label>[AZ])\s*[:=]?\s*)?(?:(?P<{name}_before>[NSEW])\s*)?"
        rf"(?P<{name}_sign>[+-]\s?)?{body}(?({name}_before)|(?:\s*(?P<{name}_after>[NSEW]))?)"
    )


def _both(body: str) -> re.Pattern[str]:
    one, two = (_figure(name, body.replace("(?P<", f"(?P<{name}_")) for name in _NAMES)
    return re.compile(f"{one}{_BETWEEN}{two}")


_DECIMAL: Final = _both(rf"(?P<degrees>{_NUMBER})(?:\s*°)?")
_SEXAGESIMAL: Final = _both(
    rf"(?P<degrees>{_NUMBER})\s*[°:]"
    rf"(?:\s*(?P<minutes>{_NUMBER})(?:\s*[':])?(?:\s*(?P<seconds>{_NUMBER})(?:\s*(?:\"|'{{1,2}}))?)?)?"
)
_BY_SPACES: Final = _both(rf"(?P<degrees>\d{{1,3}})\s+(?P<minutes>{_NUMBER})(?:\s+(?P<seconds>{_NUMBER}))?")
"""Only with the letters of both directions."""
_CAMERA: Final = re.compile(r"^\s*@(.*\d),\s*[\d.]+[zma](?:,.*)?$", re.IGNORECASE | re.DOTALL)
"""The part of Google's long links: ``@-23.56,-46.65,17z``."""


def parse_pair(text: str) -> tuple[float, float]:
    """Return latitude and longitude in degrees, north and east positive.

    Raises InvalidInputError: place-unreadable, place-ambiguous, place-invalid (no such place on earth).
    """
    if len(text) > LONGEST:
        raise InvalidInputError(InputCode.PLACE_UNREADABLE)
    bare = _normalised(text)
    for pattern in (_DECIMAL, _SEXAGESIMAL, _BY_SPACES):
        if found := pattern.fullmatch(bare):
            return _place(found.groupdict(), needs_side=pattern is not _DECIMAL)
    several = len(re.findall(r"\d+", bare)) > 1
    raise InvalidInputError(InputCode.PLACE_AMBIGUOUS if several else InputCode.PLACE_UNREADABLE)


def _normalised(text: str) -> str:
    """Return ``text`` with one sign for each thing, and with decimal points. Raises InvalidInputError."""
    bare = plain(unicodedata.normalize("NFC", _CAMERA.sub(r"\1", text)).translate(_SIGNS))
    bare = _BRACKETS.sub(" ", _JSON_KEY.sub(r"\1 ", bare))
    bare = "".join(char for char in bare if char == "°" or unicodedata.category(char) != "So")
    bare = " ".join(_WORD.sub(_word, bare).split()).strip(" ,;./@")
    if _AMBIGUOUS.search(bare):
        raise InvalidInputError(InputCode.PLACE_AMBIGUOUS)
    if re.search(r"\d\.\d", bare):
        return bare
    return _DECIMAL_COMMA.sub(".", bare)


def _word(found: re.Match[str]) -> str:
    word = found[0].casefold()
    if word not in _WORDS:
        raise InvalidInputError(InputCode.PLACE_UNREADABLE)
    return _WORDS[word] or word.upper()


def _place(parts: Mapping[str, str | None], *, needs_side: bool) -> tuple[float, float]:
    """Return the pair in ``parts``; ``needs_side`` where north and east are always said."""
    letters = [_letter(parts, name) for name in _NAMES]
    signs = [(parts[f"{name}_sign"] or "").strip() for name in _NAMES]
    if _is_unclear(parts, letters, signs) or (needs_side and not any((*letters, *signs))):
        raise InvalidInputError(InputCode.PLACE_AMBIGUOUS)
    sides = zip(_NAMES, letters, signs, strict=True)
    figures = [_degrees(parts, name, letter in {"S", "W"} or sign == "-") for name, letter, sign in sides]
    swapped = letters[0] in {"E", "W"} if letters[0] else parts["one_label"] == "Z"
    latitude, longitude = reversed(figures) if swapped else figures
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise InvalidInputError(InputCode.PLACE_INVALID)
    return latitude, longitude


def _is_unclear(parts: Mapping[str, str | None], letters: list[str], signs: list[str]) -> bool:
    """Return whether there are two latitudes, one letter for both, a sign beside one, or no gap between."""
    axes = ["NS" if letter in {"N", "S"} else "EW" for letter in letters if letter]
    labels = [label for name in _NAMES if (label := parts[f"{name}_label"])]
    gap = parts["between"] or parts["one_after"] or parts["two_before"] or parts["two_label"] or all(signs)
    return (
        not gap
        or any(len(kinds) == 1 or len({*kinds}) == 1 for kinds in (axes, labels) if kinds)
        or (bool(axes) and "-" in signs)
    )


def _letter(parts: Mapping[str, str | None], name: str) -> str:
    return parts[f"{name}_before"] or parts[f"{name}_after"] or ""


def _degrees(parts: Mapping[str, str | None], name: str, negative: bool) -> float:
    given = [parts.get(f"{name}_{part}") or "" for part in ("degrees", "minutes", "seconds")]
    degrees, minutes, seconds = (float(part or 0) for part in given)
    broken = any("." in whole and finer for whole, finer in pairwise(given))
    if broken or minutes >= 60 or seconds >= 60:
        raise InvalidInputError(InputCode.PLACE_INVALID)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if negative else size
