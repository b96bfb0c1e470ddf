"""What processes know of our secrets, and what others of the same user learn of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from core.engine.environment import worker_environment
from core.hosting.usage.monitor import UsageMonitor
from tests.integration.registry.support import RegistryHarness
from tests.support.polling import eventually
from tests.support.processes import descendants
from tests.support.unprivileged import core_limit, limit_of, readable

SECRETS = {
    "APP_PASSWORD": "canary-password",
    "OIDC_CLIENT_SECRET": "canary-oidc",
    "DATABASE_URL": "postgres://canary",
    "AWS_SECRET_ACCESS_KEY": "canary-aws",
    "GOOGLE_API_KEY": "canary-google",
    "GOTIFY_TOKEN": "canary-gotify",
    "TEST_SECRET": "canary-test",
    "PYTHON_TOKEN": "canary-python",
    "SSL_CERT_PASSWORD": "canary-ssl",
    "proxy_password": "canary-proxy",
    "MY_OWN": "canary-own",
}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root sees what others may not"
)


@pytest.fixture
def secret_house(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> RegistryHarness:
    """Secrets of all kinds stand in the environment of whoever starts the workers."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOMEMLIMIT", "300MiB")
    return house


@pytest.fixture
def meter(house: RegistryHarness, monkeypatch: pytest.MonkeyPatch) -> Iterator[UsageMonitor]:
    """Measures where the system tells of no other process's memory, as it does to any user but root."""
    monkeypatch.setattr("core.hosting.usage.monitor.ASKED_GAP_S", 0.05)
    monkeypatch.setattr("core.hosting.usage.monitor.proportional_bytes", lambda _pid: None)
    registry = house.open()
    made = UsageMonitor(house.auth_dir, storage=registry.storage, views=registry.views)
    made.start()
    yield made
    made.stop()


def test_no_worker_has_a_secret_and_none_is_open(secret_house: RegistryHarness) -> None:
    """Preloader and worker: what the core needs is there, nothing else; no memory to read, no core file."""
    secret_house.open()
    paired = secret_house.pair()
    family = descendants(os.getpid())
    worker = secret_house.worker(paired.id)
    ours = [worker, *worker.parents()[:1]]
    assert ours[1] in family
    for process in ours:
        environment = process.environ()
        assert not set(SECRETS) & set(environment)
        assert "canary" not in repr(environment)
        assert {"HTTPS_PROXY", "SSL_CERT_FILE", "PATH", "PYTHONPATH"} <= set(environment)
        assert (environment["NEONIZE_BOT_TAG"], environment["GOMEMLIMIT"]) == ("off", "300MiB")
        assert readable(process.pid, user=0) == {"status"}
        assert core_limit(process.pid) == ["0", "0"]


def test_a_worker_may_not_take_the_whole_machine(house: RegistryHarness) -> None:
    """Whatever the core loads by itself."""
    house.open()
    paired = house.pair()
    assert limit_of(house.worker(paired.id).pid, "Max data size") == [str(4 * 1024**3)] * 2


def test_what_a_worker_costs_is_known_without_a_look_into_it(
    house: RegistryHarness, meter: UsageMonitor
) -> None:
    """It tells by itself, some seconds after its start; one that is stopped costs nothing."""
    paired = house.pair()

    def told() -> int | None:
        meter.measure_again()
        return next((one.worker_bytes for one in meter.view.instances), None)

    size = eventually(told, timeout=15, seen=lambda: meter.view)
    assert 5_000_000 < size < 60_000_000
    house.registry.stop_instance(paired.id, timeout=5)
    eventually(lambda: told() is None, timeout=5, seen=told)


def test_a_plain_worker_has_no_secret_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where forking cannot be used, the same list counts."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert "canary" not in repr(worker_environment())
