"""Links of maps: the place that they mean, as it stands in the link. None is ever followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote_plus, urlsplit

from core.errors import InvalidInputError
from core.models.codes import InputCode
from core.services.typed.coordinates import parse_pair
from core.services.visible import seen
from core.services.web_fetch.text_links import without_end

LONGEST: Final = 8_192
"""Characters of a link."""
_NAME_LIMIT: Final = 100
_FIGURE: Final = r"[+-]?\d{1,3}(?:\.\d{1,20})?"
_FIGURES: Final = re.compile(rf"(?:loc:|ll\.)?\s*({_FIGURE})\s*,\s*({_FIGURE})(?:\s*\((.*)\)|,[\w.,]*)?\s*")
_PIN: Final = re.compile(rf"!3d({_FIGURE})!4d({_FIGURE})")
"""Google's data: the place itself; what stands behind an ``@`` is where the eye is."""
_EYE: Final = re.compile(rf"/@({_FIGURE}),({_FIGURE})[,/]")
_MAP: Final = re.compile(rf"map=[\d.]+/({_FIGURE})/({_FIGURE})")
_SHORT: Final = re.compile(
    r"maps\.app\.goo\.gl|goo\.gl|g\.co|g\.page|maps\.apple|share\.google|w3w\.co|bit\.ly|tinyurl\.com|osm\.org/go"
)
_LINK: Final = re.compile(r"(?:https?://|geo:|waze:)\S+", re.IGNORECASE)
_BARE: Final = re.compile(
    r"(?<![\w.])(?:[a-z]+\.)*(?:goo\.gl|google\.[a-z.]{2,6}|apple\.com|maps\.apple|openstreetmap\.org|osm\.org|waze\.com|g\.page)"
    r"/\S+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place on earth."""

    latitude: float
    """Degrees, north positive."""
    longitude: float
    """Degrees, east positive."""
    name: str = ""
    """What the link calls it; may be empty."""


def find_map_link(text: str) -> str:
    """Return the first link of a map in ``text``, whole; empty when there is none."""
    found = _LINK.search(text[:LONGEST]) or _BARE.search(text[:LONGEST])
    return without_end(found[0]) if found else ""


def parse_map_link(link: str) -> Place:
    """Return the place that ``link`` names.

    Raises InvalidInputError: place-short-link (only its server knows), place-unreadable, place-invalid.
    """
    try:
        parts = urlsplit(link if re.match(r"[a-z]+:", link, re.IGNORECASE) else f"https://{link}")
        host, scheme = (parts.hostname or "").removeprefix("www."), parts.scheme.casefold()
    except ValueError:
        raise InvalidInputError(InputCode.PLACE_UNREADABLE) from None
    if scheme == "geo":
        return _geo(parts)
    if _SHORT.fullmatch(host) or (host == "osm.org" and parts.path.startswith("/go/")):
        raise InvalidInputError(InputCode.PLACE_SHORT_LINK)
    for service, read in _SERVICES:
        if service.fullmatch("waze.com" if scheme == "waze" else host):
            found = next(read(parts), None)
            if found is None:
                raise InvalidInputError(InputCode.PLACE_UNREADABLE)
            return found
    raise InvalidInputError(InputCode.PLACE_UNREADABLE)


def _geo(link: SplitResult) -> Place:
    """Return the place of a geo URI; Android's ``q`` is the place where there is one. Source: RFC 5870."""
    where, *options = link.path.split(";")
    if any(option.casefold().startswith("crs=") and option[4:].casefold() != "wgs84" for option in options):
        raise InvalidInputError(InputCode.PLACE_UNREADABLE)
    asked = _first(link, "q")
    near = None if asked and where.startswith("0,0") else _read(where)
    found = _read(asked) or near
    if found is None:
        raise InvalidInputError(InputCode.PLACE_UNREADABLE)
    return found


def _google(link: SplitResult) -> Iterator[Place]:
    path = unquote_plus(link.path)
    named, searched = (re.search(rf"/{part}/([^/]+)", path) for part in ("place", "search"))
    at = _read(named[1]) if named else None
    name = _name(named[1]) if named and at is None else ""
    pins = dict.fromkeys(_PIN.findall(link.path))
    if len(pins) > 1:  # a route: its end, or any of its stops
        raise InvalidInputError(InputCode.PLACE_AMBIGUOUS)
    for latitude, longitude in pins:
        yield _placed(latitude, longitude, name)
    yield from filter(None, (at,))
    yield from _given(link, "q", "query", "ll", "destination", "daddr", "center", "cbll", "viewpoint")
    yield from filter(None, (_read(searched[1]) if searched else None,))
    if "/dir/" in path:
        raise InvalidInputError(InputCode.PLACE_AMBIGUOUS)
    if eye := _EYE.search(f"{link.path}/"):
        yield _placed(eye[1], eye[2], name)


def _apple(link: SplitResult) -> Iterator[Place]:
    name = _name(_first(link, "name") or _first(link, "q"))
    for found in _given(link, "coordinate", "ll", "q", "daddr", "address", "center", "sll"):
        yield Place(found.latitude, found.longitude, found.name or ("" if _read(name) else name))


def _open_street_map(link: SplitResult) -> Iterator[Place]:
    if _first(link, "mlat"):
        yield from filter(None, (_read(f"{_first(link, 'mlat')},{_first(link, 'mlon')}"),))
    if found := _MAP.search(link.fragment):
        yield _placed(found[1], found[2], "")
    yield from filter(None, (_read(f"{_first(link, 'lat')},{_first(link, 'lon')}"),))


def _waze(link: SplitResult) -> Iterator[Place]:
    yield from _given(link, "ll", "latlng", "to", "q")
    if re.match(r"/ul/h\w+", link.path):
        raise InvalidInputError(InputCode.PLACE_SHORT_LINK)


_SERVICES: Final[tuple[tuple[re.Pattern[str], Callable[[SplitResult], Iterator[Place]]], ...]] = (
    (re.compile(r"(?:maps\.)?google\.(?:com?\.)?[a-z]{2,3}"), _google),
    (re.compile(r"maps\.apple\.com"), _apple),
    (re.compile(r"(?:\w+\.)?openstreetmap\.org|osm\.org"), _open_street_map),
    (re.compile(r"(?:ul\.|embed\.)?waze\.com"), _waze),
)


def _given(link: SplitResult, *names: str) -> Iterator[Place]:
    """Yield the places among the parameters, in the order of ``names``."""
    for name in names:
        if found := _read(_first(link, name)):
            yield found


def _first(link: SplitResult, name: str) -> str:
    try:
        return parse_qs(link.query, max_num_fields=100).get(name, [""])[0]
    except ValueError:
        return ""


def _read(text: str) -> Place | None:
    """Return the place that a part of a link consists of; None when it is anything else.

    Raises InvalidInputError (place-invalid): two figures that are none.
    """
    if found := _FIGURES.fullmatch(text):
        return _placed(found[1], found[2], _name(found[3] or ""))
    if not any(char.isdigit() for char in text):
        return None
    try:
        return Place(*parse_pair(text))
    except InvalidInputError:
        return None


def _placed(latitude: str, longitude: str, name: str) -> Place:
    place = Place(float(latitude), float(longitude), name)
    if abs(place.latitude) > 90 or abs(place.longitude) > 180:
        raise InvalidInputError(InputCode.PLACE_INVALID)
    return place


def _name(text: str) -> str:
    return seen(text)[:_NAME_LIMIT].strip()
