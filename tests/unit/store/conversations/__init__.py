"""Real files on a real disk."""
