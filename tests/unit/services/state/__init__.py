"""What a runtime owns."""
