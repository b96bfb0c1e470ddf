"""The names of instances, to choose some of them."""

from __future__ import annotations

from collections.abc import Iterable

from core.models.instance import InstanceView
from pages.ui.escape import isolated
from pages.ui.widgets.choice import distinct


def names_of(views: Iterable[InstanceView]) -> dict[str, str]:
    """Return by id what each is called in a list, where no two look the same."""
    return distinct({view.id: isolated(view.name) for view in views})
