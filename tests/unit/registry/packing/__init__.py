"""States, waits, sends and supervisors."""
