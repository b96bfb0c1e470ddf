"""Threads and locks: who runs, who is restarted, and in which order everything stops."""
