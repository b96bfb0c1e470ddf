"""Sessions that move: in from other systems, into a backup and back, out to a file."""
