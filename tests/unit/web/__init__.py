"""The HTTP face, called as a server calls it."""
