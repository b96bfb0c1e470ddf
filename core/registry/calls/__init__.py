"""What one instance does about calls to its account."""
