"""A visitor who went away and cannot come back any more costs nothing."""

from __future__ import annotations

import psutil

from tests.drills.visiting import visit
from tests.integration.web.conftest import Starts
from tests.support.polling import eventually
from tests.support.processes import looks_inside

VISITS = 15


@looks_inside
def test_the_descriptors_of_a_visit_are_given_back_in_time(starts: Starts) -> None:
    """Three for each visit stayed open, until a collection of garbage that a quiet process does not make."""
    app = starts(env={"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "2"})
    process, cookie = psutil.Process(app.pid), app.cookie()
    for _ in range(2):  # pools and caches fill
        visit(app.url, cookie, "", stay_s=0.0)
    before = process.num_fds()  # with what those two cost still
    for _ in range(VISITS):
        visit(app.url, cookie, "", stay_s=0.0)
    eventually(lambda: process.num_fds() <= before, timeout=10, seen=lambda: (before, process.num_fds()))
