"""Files on the media host: sealed, opened, and refused when anything about them is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from pyaileys.media import get_media_keys

from tests.emulator.media import MediaError, MediaStore, Reference, Sealed, _stretch, seal, unseal

DATA = bytes(range(256)) * 5


def _reference(sealed: Sealed, path: str = "") -> Reference:
    return Reference("video", path, sealed.key, sealed.sha256, sealed.enc_sha256, sealed.length)


def test_a_sealed_file_opens_with_its_reference() -> None:
    """Over the store and back, the same bytes; what is stored shows none of them."""
    store, sealed = MediaStore(), seal(DATA, "video")
    path = store.put(sealed.stored)
    assert store.fetch(_reference(sealed, path)) == DATA
    assert DATA[:32] not in sealed.stored
    assert "?" in path  # clients append "&hash=..."


def test_the_keys_are_those_of_an_independent_implementation() -> None:
    """IV, cipher key and HMAC key agree with pyaileys'."""
    theirs, ours = get_media_keys(bytes(32), "image"), _stretch(bytes(32), "image")
    assert ours == (theirs.iv, theirs.cipher_key, theirs.mac_key)


Change = Callable[[Reference], Reference]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda r: dataclasses.replace(r, enc_sha256=bytes(32)), "encrypted file"),
        (lambda r: dataclasses.replace(r, mms_type="image"), "not authentic"),
        (lambda r: dataclasses.replace(r, key=bytes(32)), "not authentic"),
        (lambda r: dataclasses.replace(r, sha256=bytes(32)), "hash of the file"),
        (lambda r: dataclasses.replace(r, length=1), "1280 bytes"),
    ],
)
def test_a_file_that_is_not_what_its_message_says_is_refused(change: Change, what: str) -> None:
    """Each check by itself, named."""
    sealed = seal(DATA, "video")
    with pytest.raises(MediaError, match=what):
        unseal(sealed.stored, change(_reference(sealed)))


def test_nothing_is_stored_where_nothing_was_put() -> None:
    """A path of no upload, and one whose file was removed."""
    store, sealed = MediaStore(), seal(DATA, "video")
    path = store.put(sealed.stored)
    with pytest.raises(MediaError, match="nothing"):
        store.get("/v/other")
    store.files.clear()
    with pytest.raises(MediaError, match="nothing"):
        store.fetch(_reference(sealed, path))
