"""What the sessions occupy on disk, how that grows, and what it costs."""
