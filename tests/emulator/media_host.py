"""mmg.whatsapp.net and pps.whatsapp.net: uploads, downloads and removals over HTTP.

Source: whatsmeow, upload.go (`rawUpload`: `POST /mms/TYPE/TOKEN?auth=...&token=...`, answered with `url`,
`direct_path` and `handle`; `DeleteMedia`) and download.go (`GET DIRECT_PATH&hash=...&mms-type=...`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.media import LABELS, token_of, url_of

if TYPE_CHECKING:
    from tests.emulator.world import World

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404


def media_routes(world: World) -> list[Route]:
    """The host's routes."""

    async def upload(request: Request) -> Response:
        """Refused without the token of `media_conn`, or when the bytes are not those the name stands for."""
        stored, token = await request.body(), request.path_params["token"]
        if request.query_params.get("auth") != world.media.auth:
            return Response(status_code=_UNAUTHORIZED)
        if request.path_params["kind"] not in LABELS or not token == request.query_params.get(
            "token"
        ) == token_of(stored):
            return Response(status_code=_BAD_REQUEST)
        if world.faults.half_answers:
            world.faults.half_answers -= 1
            return Response(b'{"url": ')
        direct_path = world.media.put(stored)
        return JSONResponse({"url": url_of(direct_path), "direct_path": direct_path, "handle": token})

    async def download(request: Request) -> Response:
        """Refused when the hash asked for is not that of the file: a client must know what it fetches."""
        if (picture := world.media.pictures.get(request.url.path)) is not None:
            return Response(picture, media_type="image/jpeg")
        stored = world.media.files.get(request.url.path)
        if stored is None:
            return Response(status_code=_NOT_FOUND)
        if request.query_params.get("hash") != token_of(stored):
            return Response(status_code=_FORBIDDEN)
        if world.faults.corrupt_media:
            stored = bytes([stored[0] ^ 1]) + stored[1:]
        return Response(stored)

    async def remove(request: Request) -> Response:
        if request.query_params.get("auth") != world.media.auth:
            return Response(status_code=_UNAUTHORIZED)
        found = world.media.remove(request.path_params["token"])
        return Response(status_code=200 if found else _NOT_FOUND)

    def faulty(handler: Handler) -> Handler:
        async def run(request: Request) -> Response:
            if world.faults.media_delay_s:
                await asyncio.sleep(world.faults.media_delay_s)
            if world.faults.media_status:
                await request.body()
                return Response(status_code=world.faults.media_status)
            return await handler(request)

        return run

    return [
        Route("/mms/{kind}/{token:path}", faulty(upload), methods=["POST"]),
        Route("/mms/{kind}/{token:path}", faulty(remove), methods=["DELETE"]),
        Route("/v/{name:path}", faulty(download)),
    ]
