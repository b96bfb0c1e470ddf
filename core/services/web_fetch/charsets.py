"""The character sets that a web page may be written in.

Python knows many codecs more, among them some that decompress, run escapes or import modules by their name: a
page may ask for none of them.
Source: WHATWG, Encoding Standard, "Names and labels", less UTF-16 and ISO-2022-JP, whose markup is not ASCII.
"""

from __future__ import annotations

import re
from typing import Final

_CODECS: Final = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "cp1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso88591 latin1 latin-1 l1 ascii us-ascii",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253 x-cp1253",
    "cp1254": "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso88599 latin5 l5",
    "cp1255": "windows-1255 cp1255 x-cp1255",
    "cp1256": "windows-1256 cp1256 x-cp1256",
    "cp1257": "windows-1257 cp1257 x-cp1257",
    "cp1258": "windows-1258 cp1258 x-cp1258",
    "cp874": "windows-874 tis-620 iso-8859-11 iso8859-11 iso885911 dos-874",
    "cp866": "ibm866 cp866 866 csibm866",
    "mac-roman": "macintosh mac x-mac-roman csmacintosh",
    "koi8-r": "koi8-r koi8 koi koi8r cskoi8r",
    "koi8-u": "koi8-u koi8-ru",
    "gb18030": "gb18030 gbk gb2312 gb-2312-80 csgb2312 chinese x-gbk iso-ir-58",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "euc-jp x-euc-jp cseucpkdfmtjapanese",
    "cp932": "shift-jis shiftjis sjis x-sjis ms932 ms-kanji windows-31j csshiftjis",
    "cp949": "euc-kr cseuckr korean ks-c-5601-1987 ks-c-5601-1989 ksc5601 ksc-5601 windows-949",
}
_ISO: Final = (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)
_BY_LABEL: Final = {
    **{label: codec for codec, labels in _CODECS.items() for label in labels.split()},
    **{f"{iso}-{part}": f"iso8859-{part}" for iso in ("iso-8859", "iso8859") for part in _ISO},
}
_DECLARED: Final = re.compile(rb"charset\s{0,8}=\s{0,8}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_BOM: Final = b"\xef\xbb\xbf"
_LOOKED_AT: Final = 2_048
"""Bytes of a page in which it may say how it is written."""


def charset_of(content_type: str, data: bytes) -> str:
    """Return the codec for a page: what its mark, its header or its own first lines say, else UTF-8."""
    if data.startswith(_BOM):
        return "utf-8"
    places = (content_type[:_LOOKED_AT].encode("latin-1", "replace"), data[:_LOOKED_AT])
    declared = next(filter(None, map(_DECLARED.search, places)), None)
    label = declared[1].decode("latin-1").casefold().replace("_", "-") if declared else ""
    return _BY_LABEL.get(label, "utf-8")
