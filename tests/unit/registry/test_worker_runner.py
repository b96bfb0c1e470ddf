"""The worker of an instance and its status, in step, without a supervisor's thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import StorageUnavailableError, WorkerLostError
from core.messages.arrival_replay import ArrivalReplay
from core.messages.write_behind import MessageWriter
from core.models.instance import InstanceRecord, InstanceState
from core.models.worker_commands import StopWorker
from core.registry.instance_writer import InstanceWriter
from core.registry.worker_runner import START_DEADLINE_S, WorkerRunner
from core.registry.workers import WorkerSlot
from core.store import session
from tests.unit.registry.conftest import ID, FakeContext
from tests.unit.store.conftest import make_store

S = InstanceState
FULL = StorageUnavailableError("disk-full", detail="No space left on device")


@pytest.fixture
def runner(scripted: FakeContext) -> Iterator[WorkerRunner]:
    """Of a linked instance whose session is there; its worker is ended with the test."""
    folder, context = scripted.auth_dir / ID, scripted.real()
    make_store(folder, devices=1)
    record = InstanceRecord(ID, "Loja", 1.0, wanted=True, linked=True)
    messages = MessageWriter(ID, context.outbox, context.inbox, clock=context.clock)
    made = WorkerRunner(
        folder,
        context,
        slot=WorkerSlot(ID, on_event=lambda _generation, _event: None),
        writer=InstanceWriter(record, folder, save=context.save, clock=context.clock),
        messages=messages,
        arrivals=ArrivalReplay(ID, folder, messages, clock=context.clock),
    )
    yield made
    made.end()


def test_a_launch_sets_the_deadline_and_an_end_clears_it(runner: WorkerRunner, scripted: FakeContext) -> None:
    """The worker is told to stop; what belonged to it goes with it."""
    runner.launch(automatic=False)
    assert (runner.status.state, runner.deadline) == (S.STARTING, scripted.now + START_DEADLINE_S)
    runner.worker_pid, runner.worker_bytes = 7, 17
    runner.end()
    assert [type(command) for command in scripted.workers[0].commands] == [StopWorker]
    runner.publish()
    assert (runner.snapshot.worker_pid, runner.snapshot.worker_bytes) == (None, None)
    assert runner.deadline is None


@pytest.mark.parametrize("error", [WorkerLostError("worker-lost"), FULL])
def test_a_launch_that_fails_is_planned_again(
    runner: WorkerRunner, scripted: FakeContext, error: Exception
) -> None:
    """With the reason and a time, and counted."""
    scripted.error = error
    runner.launch(automatic=False)
    status = runner.snapshot.status
    assert (status.state, status.next_try_at) == (S.RECONNECTING, scripted.now + 30)
    assert status.reason == getattr(error, "code", "")
    assert (runner.snapshot.restarts, runner.deadline) == (1, None)


def test_a_full_disk_ends_the_worker_and_plans_nothing(runner: WorkerRunner, scripted: FakeContext) -> None:
    """Told once; the check of the storage goes on with it, not the clock."""
    runner.launch(automatic=False)
    for _ in range(2):
        runner.wait_for_storage(FULL)
    status = runner.snapshot.status
    assert (status.state, status.reason, status.next_try_at) == (S.RECONNECTING, "disk-full", None)
    assert (len(scripted.workers), runner.snapshot.restarts) == (1, 0)


def test_a_session_that_was_replaced_is_noticed(runner: WorkerRunner, scripted: FakeContext) -> None:
    """Only once the worker is known to have opened it, and no more when that worker is gone."""
    runner.launch(automatic=False)
    path = session.session_path(scripted.auth_dir / ID)
    assert not runner.session_replaced()
    runner.remember_session()
    assert not runner.session_replaced()
    path.rename(path.with_name("taken"))
    make_store(scripted.auth_dir / ID, devices=1)
    runner.remember_session()
    assert runner.session_replaced()
    runner.end()
    assert not runner.session_replaced()


def test_a_link_that_ended_takes_its_session_along(runner: WorkerRunner, scripted: FakeContext) -> None:
    """Once the core has taken its device out; the worker ends first."""
    runner.launch(automatic=False)
    path = session.session_path(scripted.auth_dir / ID)
    path.unlink()
    make_store(scripted.auth_dir / ID)
    runner.end_unlinked()
    assert not path.exists()
    assert isinstance(scripted.workers[0].commands[-1], StopWorker)
