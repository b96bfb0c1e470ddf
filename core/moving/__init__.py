"""Sessions on their way in from other systems, out to them, into backups and back."""
