"""What of a request is let through."""
