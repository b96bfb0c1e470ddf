"""Paired instances that share worker processes: where each runs, and how it gets there."""
