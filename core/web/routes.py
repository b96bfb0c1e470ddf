"""Plain HTTP beside the pages: liveness, and a snapshot of all instances."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from core.models.instance import InstanceView
from core.services.instances import list_instances
from core.web.change_stream import changes

_NOT_STORED: Final = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> JSONResponse:
    """Answer 200 as soon as the process serves, whatever WhatsApp does: a host would restart it."""
    return JSONResponse({"status": "ok"}, headers=_NOT_STORED)


async def instances(_request: Request) -> JSONResponse:
    """Answer with every instance as a list of objects, oldest first; times are seconds since the epoch."""
    return JSONResponse([_as_json(view) for view in list_instances()], headers=_NOT_STORED)


def _as_json(view: InstanceView) -> dict[str, object]:
    return {
        "id": view.id,
        "name": view.name,
        "state": view.state.value,
        "reason": view.reason,
        "phone": view.phone,
        "since": view.since,
        "restarts": view.restarts,
        "worker_pid": view.worker_pid,
        "moved_out": view.is_moved_out,
    }


ROUTES: Final = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/api/instances", instances, methods=["GET"]),
    WebSocketRoute("/api/changes", changes),
]
