"""What files are prepared with: a private folder, and the children that decode pictures."""

from __future__ import annotations

from pathlib import Path

from core.media.temp_folder import MediaFolder
from core.media.untrusted import Decoders


class MediaTools:
    """The folder and the decoders of one run of the process. Threading: safe from any thread."""

    def __init__(self, parent: Path | None = None) -> None:
        """Make nothing yet; the folder will lie in ``parent``, the system's temporary place when omitted."""
        self.folder = MediaFolder(parent)
        self.decoders = Decoders()

    def close(self) -> None:
        """Delete the files that wait and end the children. Idempotent."""
        self.decoders.close()
        self.folder.close()
