"""The door with everything that belongs to it, put together for the launcher and the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from typing import Final

import anyio
from starlette.middleware import Middleware
from starlette.routing import Route

from core.errors import SettingError
from core.services import access, audit
from core.settings import Settings, read_settings
from core.web.door import Door
from core.web.doorkeeper import Doorkeeper
from core.web.oidc import Oidc
from core.web.requests.uploads import NO_UPLOADS, StoredUploads
from core.web.sign_in import SignIn
from core.web.waiting import end_idlers, running_server, set_limits

_LAST_SAVE_S: Final = 3.0
log = logging.getLogger(__name__)

_AUDIT_EVERY_S: Final = 1.0


class Entrance:
    """Routes and middleware for the app, and the life of what stands behind them."""

    def __init__(self, settings: Settings, stored_uploads: StoredUploads = NO_UPLOADS) -> None:
        self.keeper = Doorkeeper(settings)
        sign_in = SignIn(self.keeper)
        self.routes: list[Route] = sign_in.routes()
        if settings.oidc is not None:
            self.routes += Oidc(self.keeper, sign_in, settings.oidc).routes()
        self.middleware = Middleware(Door, keeper=self.keeper, stored_uploads=stored_uploads)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[asyncio.Future[None]]:
        """Keep the door while the process serves. Gives what to await before it does."""
        prepared = asyncio.get_running_loop().run_in_executor(None, self.keeper.prepare)
        access.install(self.keeper)
        if not self.keeper.needs_sign_in:
            log.warning("APP_PASSWORD is not set: only a browser on this machine may open the pages")
        jobs = [self._keep(prepared), self._write_audit()]
        if (server := running_server()) is not None:
            set_limits(server)
            jobs.append(end_idlers(server))
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            yield prepared
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with anyio.move_on_after(_LAST_SAVE_S, shield=True):
                if self.keeper.needs_sign_in:
                    await self.keeper.save()
                await anyio.to_thread.run_sync(
                    audit.flush, self.keeper.settings.auth_dir, abandon_on_cancel=True
                )
            access.install(None)

    async def _keep(self, prepared: asyncio.Future[None]) -> None:
        await asyncio.shield(prepared)
        await self.keeper.keep()

    async def _write_audit(self) -> None:
        while True:
            await asyncio.sleep(_AUDIT_EVERY_S)
            await anyio.to_thread.run_sync(audit.flush, self.keeper.settings.auth_dir)


def make_entrance(stored_uploads: StoredUploads = NO_UPLOADS) -> Entrance:
    """As the environment says; a setting that cannot be used ends the process with a sentence.

    ``stored_uploads`` is where the app keeps what is uploaded.
    """
    try:
        return Entrance(read_settings(), stored_uploads)
    except SettingError as error:
        sys.exit(error.detail)
