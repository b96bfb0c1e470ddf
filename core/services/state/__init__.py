"""What one run of the process holds in memory: each a class, made and closed with the ``Runtime``."""
