"""The registry with real workers and the genuine core, against the emulator."""
