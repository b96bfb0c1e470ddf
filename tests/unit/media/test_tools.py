"""The tools that files are prepared with."""

from __future__ import annotations

from pathlib import Path

from core.media.tools import MediaTools


def test_nothing_is_made_before_it_is_needed_and_nothing_is_left(tmp_path: Path) -> None:
    """No folder and no child at first; closing twice does no harm, and the tools work on."""
    tools = MediaTools(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert tools.decoders.quick.child.pid == tools.decoders.slow.child.pid == 0
    for _ in range(2):
        kept = tools.folder.keep(b"words", ".bin")
        assert kept.read_bytes() == b"words"
        tools.close()
        tools.close()
        assert list(tmp_path.iterdir()) == []
