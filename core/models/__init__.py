"""Frozen data that travels between rooms. No I/O, no threads, no clock."""
