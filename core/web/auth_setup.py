"""Sign-in with everything that belongs to it, put together for the launcher and the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

import anyio
from starlette.middleware import Middleware
from starlette.routing import Route

from core.errors import SettingError
from core.services import audit
from core.services.pairing.links import anything_to_settle, settle_links
from core.settings import Settings, read_settings
from core.store.sign_in_link import remove_link
from core.web.auth.authenticator import Authenticator
from core.web.auth.link_sign_in import LinkSignIn
from core.web.auth.middleware import AuthMiddleware
from core.web.auth.oidc import Oidc
from core.web.auth.sign_in import SignIn
from core.web.auth.sign_in_link import announce, link_base
from core.web.backup_download import BackupDownloads
from core.web.calm_server import calm
from core.web.connection_limits import close_idle_connections, running_server, set_limits
from core.web.desktop import open_browser
from core.web.index_page import IndexPage
from core.web.listening import (
    Listening,
    bound_port,
    port_in_advance,
    refuse_public_address,
    until_started,
)
from core.web.pairing.routes import PairingPages
from core.web.requests.uploads import NO_UPLOADS, StoredUploads

_LAST_SAVE_S: Final = 3.0
_LINK_S: Final = 2.0
log = logging.getLogger(__name__)

_AUDIT_EVERY_S: Final = 1.0
_LINKS_EVERY_S: Final = 1.0


class AuthSetup:
    """Routes and middleware for the app, in the order that they go around it, and the life behind them."""

    def __init__(self, settings: Settings, stored_uploads: StoredUploads = NO_UPLOADS) -> None:
        self.authenticator = Authenticator(settings)
        sign_in = SignIn(self.authenticator)
        self.routes: list[Route] = sign_in.routes() + PairingPages(self.authenticator).routes()
        self.routes += BackupDownloads(settings).routes()
        if self.authenticator.opens_by_link:
            self.routes = LinkSignIn(self.authenticator, sign_in).routes() + self.routes
        if settings.oidc is not None:
            self.routes += Oidc(self.authenticator, sign_in, settings.oidc).routes()
        self.middleware = Middleware(
            AuthMiddleware, authenticator=self.authenticator, stored_uploads=stored_uploads
        )
        self.index_page = Middleware(IndexPage, settings=settings)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Future[None]]:
        """Run sign-in while the process serves. Yields what to await before it does."""
        server = running_server()
        prepared = asyncio.ensure_future(self._prepare(server))
        jobs = [self._keep(prepared), self._write_audit(), self._settle_links()]
        if self.authenticator.opens_by_link:
            jobs += self._jobs_without_password(server)
        if server is not None:
            set_limits(server)
            calm(server)
            jobs.append(close_idle_connections(server))
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            yield prepared
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with anyio.move_on_after(_LAST_SAVE_S, shield=True):
                await self.authenticator.save()
                await anyio.to_thread.run_sync(audit.flush, abandon_on_cancel=True)
            if self.authenticator.opens_by_link:
                await self.authenticator.link.withdraw()

    async def _prepare(self, server: Any | None) -> None:
        """Read what an earlier process left, then say how to come in."""
        await asyncio.get_running_loop().run_in_executor(None, self.authenticator.prepare)
        settings = self.authenticator.settings
        if not self.authenticator.opens_by_link:
            with anyio.move_on_after(_LINK_S):
                await anyio.to_thread.run_sync(remove_link, settings.auth_dir, abandon_on_cancel=True)
        elif server is not None and (port := port_in_advance(server)):
            await self._invite(server, port)

    async def _invite(self, server: Any, port: int) -> None:
        """Make the link, keep it where only its user can read it, and tell the person who started the app."""
        settings, link = self.authenticator.settings, self.authenticator.link
        address = link.make(link_base(server, port))
        await link.store()
        announce(address)
        if settings.open_browser and not settings.on_render:
            open_browser(address, settings.auth_dir)

    async def _invite_late(self, server: Any) -> None:
        """Do the same once the server has started, if its port was not known before."""
        if not port_in_advance(server):
            await until_started(server)
            if self.authenticator.may_serve():
                await self._invite(server, bound_port(server))

    def _jobs_without_password(self, server: Any | None) -> list[Coroutine[Any, Any, None]]:
        log.warning(
            "APP_PASSWORD is not set: only who has the sign-in link may open the pages, on this machine"
        )
        # Its lines name whole addresses, and the link is one.
        logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
        listening = Listening(server)
        self.authenticator.may_serve = listening.is_private
        jobs = [listening.watch(), self.authenticator.link.keep()]
        return jobs if server is None else [*jobs, self._invite_late(server)]

    async def _keep(self, prepared: asyncio.Future[None]) -> None:
        await asyncio.shield(prepared)
        await self.authenticator.keep()

    async def _write_audit(self) -> None:
        while True:
            await asyncio.sleep(_AUDIT_EVERY_S)
            if audit.anything_waits():
                await anyio.to_thread.run_sync(audit.flush)

    async def _settle_links(self) -> None:
        while True:
            if anything_to_settle():
                await anyio.to_thread.run_sync(settle_links)
            await asyncio.sleep(_LINKS_EVERY_S)


def make_auth_setup(stored_uploads: StoredUploads = NO_UPLOADS) -> AuthSetup:
    """Return what the environment asks for; a setting that cannot be used ends the process with a sentence.

    ``stored_uploads`` is where the app keeps what is uploaded.
    """
    try:
        auth_setup = AuthSetup(read_settings(), stored_uploads)
    except SettingError as error:
        sys.exit(error.detail)
    if auth_setup.authenticator.opens_by_link:
        refuse_public_address(running_server())
    return auth_setup
