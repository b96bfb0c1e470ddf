"""Pieces of the page where sessions of other systems, and backups, come in."""
