"""What of a request is let through: its head, its headers, its origin, its body."""
