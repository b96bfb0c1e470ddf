"""Facts of the host: mounts, whether what is stored lasts, what it occupies and costs."""
