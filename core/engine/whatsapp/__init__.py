"""The WhatsApp client library: the only folder that knows neonize."""
