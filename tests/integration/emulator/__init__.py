"""The emulator against the genuine core, one process per client."""
