"""Loading neonize in two halves: its Python part once, in the preloader; the Go library in each worker.

A Go runtime does not survive ``fork``. neonize loads its library at import, unless the variable ``SPHINX`` is
set (meant for building its documentation): then everything is defined and nothing is loaded. The preloader
imports it that way, and each forked worker loads the library itself.
"""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType
from typing import Final

_SWITCH: Final = "SPHINX"


def import_python_part() -> None:
    """Import neonize without its Go library. Raises ImportError when neonize or libmagic is missing."""
    os.environ[_SWITCH] = "1"
    # neonize needs libmagic at import; pylibmagic brings one where the system has none.
    importlib.import_module("pylibmagic")
    importlib.import_module("neonize.client")
    # It asks a shell for the platform, twice at each load, and leaves both as zombies: ask once, here.
    platform = importlib.import_module("neonize.utils.platform")
    file_name = platform.generated_name()
    platform.generated_name = lambda: file_name  # type: ignore[attr-defined]


def load_library() -> ModuleType:
    """neonize's ``client`` module with the Go library loaded and bound.

    Call once per process, after any fork. Raises OSError when the library cannot be loaded.
    """
    os.environ.pop(_SWITCH, None)
    if "neonize.client" not in sys.modules:
        importlib.import_module("pylibmagic")
        return importlib.import_module("neonize.client")
    binder = importlib.reload(sys.modules["neonize._binder"])
    client = sys.modules["neonize.client"]
    # ``client`` took these names from the binder before the library was there.
    for name in ("gocode", "ProxySettings", "func_string", "func_callback_bytes", "func_callback_bytes2"):
        setattr(client, name, getattr(binder, name))
    return client
