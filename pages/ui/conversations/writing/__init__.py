"""The composer's parts: the box of words, what goes with them, and the way out of both."""
