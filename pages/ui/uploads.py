"""Files that Streamlit keeps in memory after a person chose them: how many bytes, and letting them go."""

from __future__ import annotations

from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx


def stored_uploads() -> dict[str, int]:
    """Return the bytes that are kept for each session.

    Threading: safe from any thread; each copy of a table is one step of the interpreter.
    """
    manager = get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)  # noqa: S101  # else nothing would be counted
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(manager.file_storage.items())
    }


def drop_upload(file_id: str) -> None:
    """Free the memory of a file that this page's visitor chose; Streamlit keeps it while the tab is open."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file_id)
