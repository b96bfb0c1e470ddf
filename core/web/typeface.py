"""The typeface of the app, for the pages before it: those of the app itself answer only who has signed in."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from core.web.auth.public_paths import TYPEFACE
from core.web.streamlit_files import streamlit_file

_KEPT: Final = {"Cache-Control": "public, max-age=604800"}
STYLE: Final = (
    '@font-face { font-family: "Source Sans"; font-weight: 100 900; font-display: swap; '
    f'src: url({TYPEFACE}) format("woff2"); }}'
)
"""Names it, for a style sheet."""


async def typeface(_request: Request) -> Response:
    """Answer with the file that Streamlit brings along; 404 when another version has none of that name."""
    file = streamlit_file("media", "SourceSansVF-Upright*.woff2")
    return Response(status_code=404) if file is None else FileResponse(file, headers=_KEPT)
