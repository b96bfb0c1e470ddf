"""Starting and stopping leaves nothing, however often."""

from __future__ import annotations

from core.models.history import HistoryKind
from core.models.instance import InstanceState
from tests.integration.registry.conftest import open_files, our_threads
from tests.integration.registry.support import House
from tests.support.polling import eventually

S = InstanceState


def test_fifty_starts_and_stops_leave_nothing(house: House) -> None:
    """Descriptors and threads are as before, in this process and in the preloader; it still works."""
    house.open()
    created = house.registry.create("Loja")
    house.wait_qr(created.id)
    preloader = house.worker(created.id).parent()
    assert preloader is not None
    house.registry.stop_instance(created.id, timeout=5)
    house.wait_noted(created.id, HistoryKind.STOPPED)
    before = (len(open_files()), our_threads(), preloader.num_fds())
    for _ in range(50):
        house.registry.start_instance(created.id)
        assert house.registry.wait_for(created.id, lambda view: view.state is not S.STOPPED, timeout=5)
        assert house.registry.stop_instance(created.id, timeout=5)

    def now() -> tuple[int, list[str], int]:
        return len(open_files()), our_threads(), preloader.num_fds()

    eventually(lambda: now() == before, timeout=5, seen=lambda: (before, now(), open_files()))
    assert preloader.children() == []
    house.registry.start_instance(created.id)
    house.pair(instance_id=created.id)
