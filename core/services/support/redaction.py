"""Masks for text that goes to strangers: numbers, addresses, secrets and home folders, however written.

Each mask leaves what support needs: the end of a number, the host of a link, the name of a parameter. What a
log is read for stays: dates, times, versions, sizes, codes.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
import unicodedata
from typing import Final

DOTS: Final = "••••"

_HIDDEN: Final = {"Cf", "Cc", "Cs"}
_SELECTORS: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")

# What looks like a number of a person and is none.
_DATE: Final = (
    r"(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?)?(?!-?\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[/.](?:0?[1-9]|[12]\d|3[01])[/.](?:19|20)\d\d(?!\.?\w)"
)
_BETWEEN: Final = r"(?:[ \n]{0,2}[().·‐-―−-]{0,3}[ \n]{0,2}|/)"
_VERSION: Final = (
    rf"\d{{1,2}}\.\d{{1,2}}\.\d{{1,3}}(?!\w|{_BETWEEN}\d)"
    r"|\d{1,2}\.\d{1,3}\.\d{1,3}-\d{1,4}(?=-[a-z])"  # a kernel's
    r"|2\.\d{4}\.\d{8,10}(?![\w.-])"  # of WhatsApp's client
    r"|\d{2,3}\.0\.\d{4}\.\d{1,3}(?![\w.-])"  # a browser's
)
_SIZE: Final = r"(?:\d{1,12}[ ]?bytes?|\d{1,7}(?:\.\d{1,9})?[ ]?(?:[kKMGT]?i?B|ms|s|%))(?!\w)"
_KEPT: Final = rf"(?<![\w.+-])(?:{_DATE}|{_VERSION}|{_SIZE})"
_NUMBER: Final = re.compile(rf"(?P<kept>{_KEPT})|\+?\d(?:{_BETWEEN}(?!(?<![\w.+-])(?:{_DATE}))\d)*")
_RUN: Final = re.compile(rf"(?P<kept>{_KEPT})|\d+")
_NUMBER_DIGITS: Final = 8
_SHOWN_DIGITS: Final = 4

_QR: Final = re.compile(r"\d@[A-Za-z0-9+/=_,-]{16,}")
_WHATSAPP: Final = (
    r"(?:s\.whatsapp\.net|c\.us|g\.us|lid|broadcast|newsletter|hosted(?:\.lid)?|bot|call)(?![\w.])"
)
_JID: Final = re.compile(rf"(?<![\w.:+…-])([\w.:+-]+)@(?={_WHATSAPP})")
_LOCAL: Final = r"\w.!#$%&'*+/=?^`{|}~•-"
_EMAIL: Final = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]+(?:@|%40)(?!{_WHATSAPP})\[?[\w-]+(?:\.[\w-]+)*\]?", re.IGNORECASE
)
_QUOTED_EMAIL: Final = re.compile(r"\"[^\"\n]{1,64}\"@[\w-]+(?:\.[\w-]+)*")
_IPV6: Final = re.compile(
    r"(?<![\w])(?=[0-9A-Fa-f.]{0,15}:[0-9A-Fa-f.]{0,15}:)[0-9A-Fa-f:.]{2,45}(?:%[\w.-]{1,16})?"
)
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:(?:\.\d{1,3}){3}(?!\.?\d)|(?:-\d{1,3}){3}(?![\d-]))")
_MAC: Final = re.compile(r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")
_USER: Final = r"[^\\/\s:\"'<>|,;]+"
_HOME: Final = re.compile(
    r"(?P<before>(?<!\w)(?:(?:/(?:mnt|var|export|usr|nfs|net|srv))?/(?:home|Users)|(?:/mnt)?/[a-z]/Users|(?:/run)?/media)/{1,2}"
    r"|(?:(?<!\w)[A-Z]:[\\/]{1,2}|(?<=\w)\\{1,2})(?:Users|Documents and Settings)[\\/]{1,2}"
    r"|(?<![\w/])~(?=[a-z_][\w.-]{0,40}/))"
    rf"(?:{_USER}(?: {_USER}){{1,3}}(?=[\\/])|{_USER})",
    re.IGNORECASE,
)
_USER_INFO: Final = re.compile(r"(?<=://)[^\s/?#@\"'<>]*+@")
_FRAGMENT: Final = re.compile(r"(://[^\s#\"'<>]*#)[^\s\"'<>]+")
_PARAMETER: Final = re.compile(r"([?&][\w.%\[\]-]{1,60}=)[^\s&;#\"'<>]+")
_QUERY: Final = re.compile(r"(://[^\s?#\"'<>]*\?)[^\s&=#\"'<>]+(?=[\s#\"'<>]|$)")
_SENSITIVE: Final = (
    r"[\w-]{0,40}(?:password|passwd|passphrase|senha|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|authorization|cookie|session[_-]?id)[\w-]{0,40}"
)
_ASSIGNED: Final = re.compile(
    rf"((?<![\w-]){_SENSITIVE}(?:[\"']?[ ]?=[ ]?[\"']?|[\"'][ ]?:[ ]?[\"']?))(?!{DOTS})[^\s\"',;&]+",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(
    r"((?<![\w-])(?:(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:key|token))[\"']?[ ]?[:=])[^\n]+"
    r"|((?<!\w)(?:bearer[ ]+|basic[ ]+(?=[\w+/]*[\d=])))[\w.~+/=-]{8,}",
    re.IGNORECASE,
)

_TOKEN: Final = re.compile(r"(?<![\w+/-])[\w+/-]{16,}={0,2}", re.ASCII)
_TOKEN_LENGTH: Final = 20
_SCRAP_LENGTH: Final = 6
_HEX: Final = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,}", re.IGNORECASE)
_WORD: Final = re.compile(r"[a-z]{1,18}\d{0,4}|[A-Z]{1,14}\d{0,4}|\d{1,6}")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")
_CAMEL_LETTERS: Final = 4
"""Of a word in a name like ``ConnectionRefusedError``, on average; random letters change case more often."""
_DIGITS: Final = re.compile(r"\d+")
"""In one place at most of a name of many words."""
_LONGEST_WORD: Final = 18
_UNSPEAKABLE: Final = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
_REPEATED: Final = re.compile(r"([A-Za-z0-9])\1{5}")
"""No word has it; bytes that are zero do, in base64."""


def plain(text: str) -> str:
    """Return ``text`` with one kind of blank and of digits, composed letters and nothing that is not seen."""
    if text.isascii():
        return text.translate(_PLAIN_ASCII)
    composed = _SELECTORS.sub("", unicodedata.normalize("NFC", text))
    return "".join(map(_plain_char, composed))


def _plain_char(char: str) -> str:
    if char == "\n" or " " <= char <= "~":
        return char
    if char.isspace():
        return " "
    if unicodedata.category(char) in _HIDDEN:
        return ""
    if "！" <= char <= "～":  # the wide forms of ASCII
        return chr(ord(char) - 0xFEE0)
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


_PLAIN_ASCII: Final = {code: _plain_char(chr(code)) for code in range(128)}


def mask_text(text: str) -> str:
    """Return ``text``, which ``plain`` has seen, without what identifies a person or opens something."""
    return _mask_tokens(_mask_numbers(_mask_addresses(text), _NUMBER))


def mask_fact(text: str) -> str:
    """Return one of our own facts, masked as by ``mask_text`` but for numbers that stand side by side."""
    return _mask_tokens(_mask_numbers(_mask_addresses(text), _RUN))


def _mask_addresses(text: str) -> str:
    text = _QR.sub("[qr]", text)
    text = _USER_INFO.sub("", text)
    text = _FRAGMENT.sub(rf"\g<1>{DOTS}", text)
    text = _QUERY.sub(rf"\g<1>{DOTS}", _PARAMETER.sub(rf"\g<1>{DOTS}", text))
    text = _HEADER.sub(lambda found: f"{found[1] or found[2]}{DOTS}", text)
    text = _ASSIGNED.sub(rf"\g<1>{DOTS}", text)
    text = _JID.sub(_mask_jid, text)
    text = _EMAIL.sub("[email]", _QUOTED_EMAIL.sub("[email]", text))
    text = _MAC.sub("[mac]", text)
    text = _IPV4.sub("[ip]", _IPV6.sub(_mask_ipv6, text))
    return _HOME.sub(rf"\g<before>{DOTS}", text)


def _mask_jid(found: re.Match[str]) -> str:
    user = found[1].partition(":")[0]
    return f"{_end_of(user)}@" if re.search(r"\d", user) else found[0]


def _mask_ipv6(found: re.Match[str]) -> str:
    """Mask what ``ipaddress`` takes for an address; a time of day is none."""
    text = found[0]
    for before, after in itertools.product(range(3), repeat=2):
        if _is_ipv6(text[before : len(text) - after]):
            return f"{text[:before]}[ip]{text[len(text) - after :]}"
    return text


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _mask_numbers(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: found[0] if found["kept"] else _end_of(found[0], short=found[0]), text)


def _end_of(text: str, *, short: str = "…") -> str:
    """Return the last four digits of a number; ``short`` when there are too few to be one."""
    digits = re.sub(r"\D", "", text)
    return f"…{digits[-_SHOWN_DIGITS:]}" if len(digits) >= _NUMBER_DIGITS else short


def _mask_tokens(text: str) -> str:
    return _TOKEN.sub(lambda found: _mask_token(found[0]), text)


def _mask_token(token: str) -> str:
    if _REPEATED.search(token) or (_is_secret(token) and not token.startswith("/")):
        return _cut(token)
    return "/".join(_cut(part) if _is_secret(part) or _is_scrap(part) else part for part in token.split("/"))


def _is_scrap(part: str) -> bool:
    """Return whether ``part`` of what looks like a path may be a piece of base64, which has slashes too."""
    mixed = part != part.lower() and part != part.upper()
    return mixed and len(part) >= _SCRAP_LENGTH and not _is_spoken(part)


def _cut(secret: str) -> str:
    return f"{secret[:_SHOWN_DIGITS]}{DOTS}"


def _is_secret(token: str) -> bool:
    """Return whether ``token`` is random letters rather than words joined together."""
    if _HEX.fullmatch(token):
        return True
    if len(token) < _TOKEN_LENGTH:
        return False
    if _UNSPEAKABLE.search(token):
        return True
    return not _is_spoken(token)


def _is_spoken(token: str) -> bool:
    return all(map(_is_word, re.split(r"[-_+/=]+", token)))


def _is_word(part: str) -> bool:
    if not part or _WORD.fullmatch(part):
        return True
    pieces = _CAMEL.findall(part)
    if len(_DIGITS.findall(part)) > 1:
        return False
    return len(part) / len(pieces) >= _CAMEL_LETTERS and max(map(len, pieces)) <= _LONGEST_WORD
