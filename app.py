"""Launcher: `streamlit run app.py`. The pages are in pages/, everything else in core/."""

from __future__ import annotations

from starlette.middleware import Middleware
from streamlit.starlette import App

from core.web.lifespan import make_lifespan
from core.web.local_only import LocalOnly
from core.web.routes import ROUTES

app = App("pages/shell.py", lifespan=make_lifespan(), routes=ROUTES, middleware=[Middleware(LocalOnly)])
