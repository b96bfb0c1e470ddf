"""Conversations in ``history.db``: which one a message belongs to, where it stands, what pages read."""
