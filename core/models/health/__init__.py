"""What is known of an instance beyond its state: whether it can send, and whether WhatsApp restricts it."""
