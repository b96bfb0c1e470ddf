"""Whether an instance can send, and whether WhatsApp restricts it: from its sends, its bans and its tests."""
