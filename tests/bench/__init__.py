"""`make bench`: what the README promises, measured with the genuine core, the emulator and Chromium."""
