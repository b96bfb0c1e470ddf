"""The emulator's own parts, each against something independent of it."""
