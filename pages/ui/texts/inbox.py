"""What stands in a line of the inbox: its file, the other person, and the groups of kinds to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.models.content import Content
from core.models.messages import InboxContact, InboxEntry, Mark
from core.services.visible import seen
from pages.ui.escape import isolated
from pages.ui.formats import format_length, format_size
from pages.ui.i18n import _
from pages.ui.presentation import shown_number


def facts(content: Content, *, quote: Callable[[str], str] = str) -> str:
    """Return what is worth knowing of a file before it is fetched; empty when there is none.

    ``quote`` is for its name, which another person chose.
    """
    file = content.file
    if file is None:
        return ""
    measure = f"{file.width} × {file.height}" if file.width and file.height else ""
    size = format_size(file.size) if file.size else ""
    return " · ".join(filter(None, (quote(file.name), format_length(file.seconds), measure, size)))


def name_and_number(entry: InboxEntry, names: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return name and number of the other person, as far as they are known; the first is never empty.

    ``names`` by number stand in for a name that did not come with the message: a call has none.
    """
    number = shown_number(entry.contact) or _("Hidden number")
    name = entry.name if seen(entry.name) else (names or {}).get(entry.contact, "")
    return (name, number) if name else (number, "")


def contact_label(contact: InboxContact) -> str:
    """Return a person, or a group, as an option of a list."""
    if contact.group:
        name = isolated(contact.name)
        return _("Group: {name}").format(name=name) if seen(name) else _("Group without a name")
    number = shown_number(contact.number) or _("Hidden number")
    return f"{isolated(contact.name)} · {number}" if seen(contact.name) else number


def mark_author(mark: Mark) -> str:
    """Return who reacted or voted: a name, else a number."""
    if mark.from_me:
        return _("you")
    return shown_number(mark.who) if mark.who.isdigit() else isolated(mark.who) or _("Hidden number")
