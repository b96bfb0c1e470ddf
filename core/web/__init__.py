"""The HTTP face: the process's start and stop, health, JSON, and who may come in."""
