"""Faces: initials of whatever somebody calls their instance."""

from __future__ import annotations

import pytest

from pages.ui.widgets.face import COLOURS, face_html, initials


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Loja Centro", "LC"),
        ("Bar do Zé", "BZ"),
        ("Teste — não usar", "TN"),
        ("suporte", "SU"),
        ("X", "X"),
        ("Ótica 24 horas", "Ó2"),
        ("do", "•"),
        ("🛵 Entregas", "EN"),
        ("🛵", "🛵"),
        ("***", "•"),
        ("", "•"),
        ("\u200b\u202e", "•"),
        ("\u202eanA", "AN"),
        ("שלום עולם", "שע"),
        ("ﬁlho", "FI"),
        ("<b>", "B"),
    ],
)
def test_initials(name: str, shown: str) -> None:
    """Two letters or digits at most; small words and signs count for nothing."""
    assert initials(name) == shown


def test_a_face_is_its_colour_and_its_state() -> None:
    """The same for one id always; nothing of it is read out."""
    face = face_html("Loja", seed="loja-1", dot="ok")
    assert face == face_html("Loja", seed="loja-1", dot="ok")
    assert 'aria-hidden="true"' in face
    assert "wa-dot-ok" in face
    colours = {face_html("Loja", seed=f"loja-{n}").split("wa-face-")[1][0] for n in range(100)}
    assert colours == {str(n) for n in range(1, COLOURS + 1)}
    assert "wa-face-pale" in face_html("Loja", seed="loja-1", pale=True)
