"""Launcher: `streamlit run app.py`. The pages are in pages/, everything else in core/."""

from __future__ import annotations

from streamlit.starlette import App

from core.web.auth_setup import make_auth_setup
from core.web.lifespan import make_lifespan
from core.web.routes import ROUTES
from pages.ui.ended_visits import end_visits_in_time
from pages.ui.uploads import KeptUploads

end_visits_in_time()
auth_setup = make_auth_setup(KeptUploads())
app = App(
    "pages/shell.py",
    lifespan=make_lifespan(auth_setup),
    routes=[*ROUTES, *auth_setup.routes],
    middleware=[auth_setup.middleware, auth_setup.index_page],
)
