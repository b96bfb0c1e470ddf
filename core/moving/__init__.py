"""Sessions on their way in and out: where they are prepared, backups, and other systems' formats."""
