"""Ids: readable, random at the end, and safe wherever they are written."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.store.layout import instance_dir, instance_ids, is_id, new_id

NOT_IDS = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "%00",
    "a\x00b",
    "?",
    "#",
    "a?id=b",
    "a b",
    "Loja",
    "a.b",
    ".trash",
    "a_b",
    "-a",
    "a-",
    "a--b",
    "a\n",
    "é",
    "٣",
    "²",
    "loja-k7m2xq ",
    "x" * 41,
    "x" * 100_000,
]


@given(st.text(st.characters()))
@example("../x")
@example("a/b")
@example("%00")
@example("?#")
@example("")
@example("CON")
@example("\ud800")
@example("İstanbul ŞİRKETİ")
@example("½ ﬁ ①" * 100)
@example("x" * 300)
@example("👩‍👩‍👧")
def test_any_name_gives_a_safe_id(name: str) -> None:
    """Whatever somebody types, the id is one path part, one URL part, lower case and short."""
    new = new_id(name)
    assert is_id(new)
    assert len(new) <= 40
    assert quote(new, safe="") == new
    assert Path("/auth", new).parent == Path("/auth")
    assert instance_dir(Path("/auth"), new) == Path("/auth") / new
    assert re.search(r"-[b-z2-9]{6}$", new)


def test_an_id_can_be_recognised() -> None:
    """Accents and signs fall away, words stay; a name of signs only is an instance all the same."""
    assert new_id("Loja Centro").rpartition("-")[0] == "loja-centro"
    assert new_id("Ação & Reação!").rpartition("-")[0] == "acao-reacao"
    assert new_id("🙂").rpartition("-")[0] == "instance"
    assert new_id("x" * 300).rpartition("-")[0] == "x" * 24


def test_two_instances_of_one_name_have_two_ids() -> None:
    """A thousand of the same name never share a folder."""
    assert len({new_id("loja") for _ in range(1_000)}) == 1_000


NUMBER_SEPARATORS = st.sampled_from(["", " ", "-", ".", "(", ") ", "/", "_", ",", "–", "‑", "\u00a0", " / "])


@given(
    st.lists(st.integers(0, 99_999).map(str), min_size=2, max_size=6),
    st.data(),
    st.sampled_from(["", "Loja ", "tel:", "Zé "]),
)
def test_a_telephone_number_is_not_in_the_id(groups: list[str], data: st.DataObject, before: str) -> None:
    """Ids are in logs and addresses: of a number, however it is written, only the last four digits stay."""
    number = "".join(group + data.draw(NUMBER_SEPARATORS) for group in groups)
    digits = "".join(groups)
    slug = new_id(before + number).rpartition("-")[0]
    kept = "".join(re.findall(r"\d", slug))
    assert len(kept) <= 4
    if len(digits) > 4:
        assert kept == digits[-4:]


@pytest.mark.parametrize("text", NOT_IDS)
def test_nothing_else_is_an_id(text: str) -> None:
    """What could leave the folder, hide in it or change an address is refused, as a path too."""
    assert not is_id(text)
    with pytest.raises(ValueError, match="not an instance id"):
        instance_dir(Path("/auth"), text)


@given(st.text(st.characters(), max_size=50))
def test_what_passes_for_an_id_is_harmless(text: str) -> None:
    """Only lower-case ASCII letters, digits and single hyphens between them, at most 40."""
    if is_id(text):
        assert re.fullmatch(r"[a-z0-9-]{1,40}", text)
        assert not text.startswith("-")
        assert "--" not in text


def test_the_refusal_does_not_repeat_the_text() -> None:
    """An attacker's text does not travel in the error."""
    with pytest.raises(ValueError, match=r"^not an instance id$"):
        instance_dir(Path("/auth"), "../../etc/passwd")


def test_instances_are_the_folders_with_a_record_or_a_session(tmp_path: Path) -> None:
    """Also one whose record was just set aside; not foreign folders, files, links or the trash."""
    for name, file in (
        ("b-record", "instance.json"),
        ("a-session", "session.db"),
        ("c-aside", "instance.json.corrupt-20240101T000000Z"),
        ("foreign", "notes.txt"),
        (".trash", "instance.json"),
        ("Upper", "instance.json"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "b-record", target_is_directory=True)
    assert instance_ids(tmp_path) == ["a-session", "b-record", "c-aside"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Missing is not the same as empty."""
    with pytest.raises(FileNotFoundError):
        instance_ids(tmp_path / "missing")
