"""A session on its way: in from another system, out to one, into a backup and back."""
