"""Which parts of a page the visitor's hand was at: of several at once, or of a page that was left."""

from __future__ import annotations

from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext


def pressed_elsewhere(context: ScriptRunContext) -> set[str | None]:
    """Give the fragments outside this run in which something was pressed or typed, None for the page itself.

    What happens within one task of the browser goes to the server as one request, which names the fragment
    of the first alone (``scheduleFlush`` of Streamlit's ``WidgetStateManager``). All callbacks run; what
    belongs to the others would not be drawn, as if the press had been lost. Empty when the whole page runs.
    """
    about = context.fragment_ids_this_run
    if not about:
        return set()
    # No public name tells which widgets a request is about.
    state = context.session_state._state  # noqa: SLF001
    widgets = state._new_widget_state  # noqa: SLF001
    told = {
        metadata.fragment_id
        for widget in widgets
        if state._widget_changed(widget) and (metadata := widgets.widget_metadata.get(widget))  # noqa: SLF001
    }
    return {each for each in told - {*about} if each is None or _stands_alone(each, about, context)}


def drop_late_request(requests: ScriptRequests, parts: FragmentStorage) -> None:
    """Drop the request that waits for the end of this run, if all it asks for are parts that are no more."""
    # No public name tells what waits, nor takes it away.
    with requests._lock:  # noqa: SLF001
        about = requests._rerun_data.fragment_id_queue  # noqa: SLF001
        waits = requests._state is ScriptRequestType.RERUN  # noqa: SLF001
        if waits and about and not any(map(parts.contains, about)):
            requests._state = ScriptRequestType.CONTINUE  # noqa: SLF001


def _stands_alone(fragment: str, about: list[str], context: ScriptRunContext) -> bool:
    """Whether it is on the page and not drawn as a part of what is drawn."""
    storage = context.fragment_storage
    return storage.contains(fragment) and not storage.has_ancestor_in(fragment, about)
