"""Files that Streamlit keeps in memory after a person chose them: how many bytes, and letting them go."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile


class KeptUploads:
    """What Streamlit keeps. Threading: safe from any thread; a copy of a table is one step."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes that are kept for each session."""
        return {
            session: sum(len(file.data) for file in list(files.values()))
            for session, files in list(_manager().file_storage.items())
        }

    def drop_closed(self) -> None:
        """Free what is kept for tabs that were closed or loaded anew; Streamlit does so minutes later."""
        for session in list(_manager().file_storage):
            if not get_instance().is_active_session(session):
                _manager().remove_session_files(session)


def drop_upload(file_id: str) -> None:
    """Free the memory of a file that this page's visitor chose; Streamlit keeps it while the tab is open."""
    dropping(file_id)()


def dropping(file_id: str) -> Callable[[], None]:
    """Return what does so from any thread."""
    context = get_script_run_ctx()
    manager = context.uploaded_file_mgr if context is not None else None
    session_id = context.session_id if context is not None else ""

    def drop() -> None:
        if isinstance(manager, MemoryUploadedFileManager):
            manager.remove_file(session_id, file_id)

    return drop


def was_dropped(key: str) -> bool:
    """Return whether the uploader ``key`` still shows a file whose bytes were dropped; it gives None then."""
    return isinstance(st.session_state.get(key), DeletedFile)


def _manager() -> MemoryUploadedFileManager:
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)  # noqa: S101  # else nothing would be counted
    return manager
