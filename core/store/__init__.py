"""Bytes on disk: where they lie, who owns them, and how they are written so that none is lost."""
