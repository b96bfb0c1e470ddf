"""Processes that tests start: the real app, and one genuine core."""
