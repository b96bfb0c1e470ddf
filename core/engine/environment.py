"""The environment of workers and their preloader."""

from __future__ import annotations

import os
from typing import Final

from core.sandbox.limits import plain_environment

_PASSED_ON: Final = frozenset(
    {
        *("LANGUAGE", "HOME", "TMPDIR", "LOG_LEVEL"),
        # The way to WhatsApp, as the core and Python read it.
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy"),
        *("no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES"),
        # The Go runtime. By name: GOOGLE_… begins with GO too.
        *("GOGC", "GOMEMLIMIT", "GODEBUG", "GOMAXPROCS", "GOTRACEBACK"),
        # Where Python and libraries are.
        *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONSAFEPATH"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "MAGIC"),
        *("WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    }
)
_PASSED_ON_PREFIXES: Final = ("LC_", "MALLOC_", "NEONIZE_", "TEST_PROCESS_")
"""``TEST_PROCESS_…`` means nothing to the product: by it tests know the processes that they started."""


def worker_environment() -> dict[str, str]:
    """Return what a worker needs of our environment, and none of our secrets: a list of what may pass.

    Set before the process starts: Go reads its environment only then.
    """
    return {
        **plain_environment(_PASSED_ON, _PASSED_ON_PREFIXES),
        # Else neonize adds a <bot> node to each message: WhatsApp shows it as written by an AI.
        "NEONIZE_BOT_TAG": "off",
        # A client lives in about 10 MB of Go heap; collect early rather than grow.
        "GOGC": os.environ.get("GOGC", "50"),
        # No bound: from there on it collects at once; memory comes back after a large file (measured).
        "GOMEMLIMIT": os.environ.get("GOMEMLIMIT", "128MiB"),
        "PYTHONUNBUFFERED": "1",
    }
