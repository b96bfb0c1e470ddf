"""Instances that come in with their session, and those that leave with it."""
