"""The three listeners of an emulator in one event loop: TLS, control and proxy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from tests.emulator.certificates import Identity, TlsFiles, tls_files, write_atomically
from tests.emulator.control import control_app
from tests.emulator.proxy import Proxy
from tests.emulator.whatsapp import whatsapp_app
from tests.emulator.world import World


class _Server(uvicorn.Server):
    """Leaves the process's signal handlers alone: they belong to the command line."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(folder: Path, *, stop: asyncio.Event, proxy_port: int = 0) -> None:
    """Run until `stop` is set. `folder`/emulator.json appears when clients may come.

    Keys, certificate, ports and phones saved in the folder are used again. Raises `OSError` when a saved
    or wished port is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "emulator.json").unlink(missing_ok=True)
    identity = Identity.load(folder)
    world = World(authority=identity.authority)
    memory = folder / "phones.pickle"
    if memory.exists():
        world.recall(memory.read_bytes())
    files = tls_files(folder)
    tls_socket, control_socket = _listen(0), _listen(identity.control_port)
    servers = [
        (_make(whatsapp_app(world), tls=files), tls_socket),
        (_make(control_app(world)), control_socket),
    ]
    proxy = Proxy(_port(tls_socket), network_down=lambda: world.faults.network_down)
    world.refused_hosts = proxy.refused_hosts
    identity.proxy_port = await proxy.start(proxy_port or identity.proxy_port)
    identity.control_port = _port(control_socket)
    identity.save(folder)
    running = [asyncio.create_task(server.serve(sockets=[bound])) for server, bound in servers]
    while not all(server.started for server, _ in servers):
        await asyncio.sleep(0.005)
    _announce(folder, identity, files)
    await stop.wait()
    proxy.close()
    for server, _ in servers:
        server.should_exit = server.force_exit = True
    await asyncio.gather(*running)
    memory.write_bytes(world.memory())


def _make(app: Starlette, *, tls: TlsFiles | None = None) -> _Server:
    config = uvicorn.Config(
        app,
        log_level="error",
        lifespan="off",
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    return _Server(config)


def _listen(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=256)


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _announce(folder: Path, identity: Identity, files: TlsFiles) -> None:
    info = {
        "proxy": f"http://127.0.0.1:{identity.proxy_port}",
        "control": f"http://127.0.0.1:{identity.control_port}",
        "ca": str(files.certificate),
        "root_key": identity.authority.root.public.hex(),
    }
    write_atomically(folder / "emulator.json", json.dumps(info))
